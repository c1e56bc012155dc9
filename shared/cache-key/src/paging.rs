//! Pages of a list, and how a query string is read: strictly where it is known, ignored where it is not.

/// The most rows on a page.
pub const MAX_PER_PAGE: u32 = 100;
/// The last page that can be asked for.
pub const MAX_PAGE: u32 = 100_000;
/// How deep into a list a page may reach, in rows: five times the largest board. An offset is read over row by row, and each page past the
/// end would be one more entry to cache.
pub const MAX_DEPTH: u64 = 1_000_000;
/// Rows on a page unless the caller says another number.
pub(crate) const DEFAULT_PER_PAGE: u32 = 50;

/// A parameter is bad. The message never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct ParamError {
    /// The parameter.
    pub field: &'static str,
    /// What is wrong with it, to follow its name in a sentence.
    pub problem: &'static str,
}

/// Which page of a list that has no other parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageParams {
    /// The page, from 1.
    pub page: u32,
    /// Rows a page, 1 to 100.
    pub per_page: u32,
}

impl Default for PageParams {
    fn default() -> Self {
        Self { page: 1, per_page: DEFAULT_PER_PAGE }
    }
}

impl PageParams {
    /// Reads a query string, without its `?`, as [`crate::ListParams::parse`] does.
    pub fn parse(query: &str) -> Result<Self, ParamError> {
        let mut params = Self::default();
        for_each_known(query, &["page", "per_page"], |field, value| {
            match field {
                "page" => params.page = page(value)?,
                _ => params.per_page = per_page(value)?,
            }
            Ok(())
        })?;
        within_reach(params.page, params.per_page)?;
        Ok(params)
    }

    /// The canonical query string. Parsed again it is the same.
    #[must_use]
    pub fn to_query(self) -> String {
        format!("page={}&per_page={}", self.page, self.per_page)
    }

    /// How many rows come before the page.
    #[must_use]
    pub fn offset(self) -> u64 {
        u64::from(self.page - 1) * u64::from(self.per_page)
    }
}

/// Hands each parameter that is one of `fields` to `set`, which says what is wrong with the value. Other parameters are ignored; a
/// known one that is given twice is an error, since a proxy and we might disagree which one counts.
pub(crate) fn for_each_known(
    query: &str,
    fields: &[&'static str],
    mut set: impl FnMut(&'static str, &str) -> Result<(), &'static str>,
) -> Result<(), ParamError> {
    let mut seen: Vec<&'static str> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let Some(&field) = fields.iter().find(|field| **field == name) else { continue };
        if seen.contains(&field) {
            return Err(ParamError { field, problem: "must be given once" });
        }
        seen.push(field);
        set(field, &value).map_err(|problem| ParamError { field, problem })?;
    }
    Ok(())
}

/// The value of `page`.
pub(crate) fn page(value: &str) -> Result<u32, &'static str> {
    integer(value, MAX_PAGE).ok_or("must be a whole number between 1 and 100000")
}

/// Refuses a page that reaches deeper than [`MAX_DEPTH`].
pub(crate) fn within_reach(page: u32, per_page: u32) -> Result<(), ParamError> {
    const { assert!(MAX_DEPTH == 1_000_000, "the message below says 1000000") };
    if u64::from(page) * u64::from(per_page) <= MAX_DEPTH {
        return Ok(());
    }
    Err(ParamError { field: "page", problem: "times per_page must be at most 1000000" })
}

/// The value of `per_page`.
pub(crate) fn per_page(value: &str) -> Result<u32, &'static str> {
    integer(value, MAX_PER_PAGE).ok_or("must be between 1 and 100")
}

fn integer(text: &str, max: u32) -> Option<u32> {
    if text.is_empty() || text.len() > 9 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|value| (1..=max).contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_read_and_written_and_anything_else_is_ignored() {
        assert_eq!(PageParams::parse("").unwrap(), PageParams { page: 1, per_page: 50 });
        let params = PageParams::parse("filter=nope&page=3&Page=9&per_page=100").unwrap();
        assert_eq!((params, params.offset()), (PageParams { page: 3, per_page: 100 }, 200));
        assert_eq!(PageParams::parse(&params.to_query()).unwrap(), params);
    }

    #[test]
    fn a_bad_page_is_refused_in_the_words_of_a_list() {
        for query in [
            "page=0",
            "page=x",
            "per_page=101",
            "per_page=",
            "page=1&page=1",
            "page=100001",
            "page=10001&per_page=100",
            "page=20001",
        ] {
            let error = PageParams::parse(query).unwrap_err();
            assert_eq!(Err(error), crate::ListParams::parse(query), "{query}");
        }
    }

    #[test]
    fn the_last_page_of_the_largest_board_is_within_reach_and_so_is_a_million_rows() {
        // 191,663 contacts make 3,834 pages of 50.
        for query in ["page=3834", "page=20000", "page=10000&per_page=100", "page=100000&per_page=10"] {
            assert!(PageParams::parse(query).is_ok() && crate::ListParams::parse(query).is_ok(), "{query}");
        }
    }
}
