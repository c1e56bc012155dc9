//! `If-None-Match` (RFC 9110, 13.1.2): compared weakly, since a compressing proxy makes entity tags weak.

/// Whether one of the listed entity tags is `etag`.
#[must_use]
pub fn matches(if_none_match: &str, etag: &str) -> bool {
    // Our entity tags hold no comma, so splitting at commas finds them whatever else is listed.
    if_none_match
        .split(',')
        .map(str::trim)
        .any(|listed| listed == "*" || listed.strip_prefix("W/").unwrap_or(listed) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_tag_matches_in_a_list_and_weakly() {
        for list in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\", W/\"a\"", "*", " \"x,y\" ,\"a\" "] {
            assert!(matches(list, "\"a\""), "{list}");
        }
        for list in ["", "a", "\"b\"", "\"ab\"", "w/\"a\"", "W/W/\"a\"", "\"a", "\"A\""] {
            assert!(!matches(list, "\"a\""), "{list}");
        }
    }
}
