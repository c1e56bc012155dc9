//! `Content-Range` as PostgREST writes it (RFC 9110, 14.4, with the unit left out): `0-49/191663`, `*/0`, `0-49/*`.

/// The total behind the slash; `None` where it is not known or the text is something else.
pub(super) fn total(value: &str) -> Option<u64> {
    let (range, total) = value.rsplit_once('/')?;
    let range = range.strip_prefix("items ").unwrap_or(range);
    let is_range = range == "*"
        || range.split_once('-').is_some_and(|(first, last)| is_number(first) && is_number(last));
    (is_range && is_number(total)).then(|| total.parse().ok())?
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_behind_the_slash() {
        assert_eq!(total("0-49/191663"), Some(191_663));
        assert_eq!(total("*/0"), Some(0));
        assert_eq!(total("*/191663"), Some(191_663));
        assert_eq!(total("items 0-0/7"), Some(7));
    }

    #[test]
    fn what_says_no_total_has_none() {
        for text in
            ["0-49/*", "*/*", "", "/", "0-49", "0-49/", "0-/7", "/7", "a-b/7", "0-1/-7", "0-1/+7", "0-1/7 "]
        {
            assert_eq!(total(text), None, "{text:?}");
        }
        assert_eq!(total("0-49/99999999999999999999999"), None);
    }
}
