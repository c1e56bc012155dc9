//! The query string of a list request: parsed strictly where it is known, ignored where it is not.

use ids::ColumnId;

use crate::paging::{self, DEFAULT_PER_PAGE, ParamError};
use crate::search_term::{MAX_SEARCH_CHARS, SearchTerm, SearchTermError};
use crate::{Filter, SortField, SortOrder};

/// What a list request asks for, before it is known who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListParams {
    /// The page, from 1.
    pub page: u32,
    /// Contacts a page, 1 to 100.
    pub per_page: u32,
    /// Which contacts.
    pub filter: Filter,
    /// Contacts that contain this text in name, e-mail or phone.
    pub search: Option<SearchTerm>,
    /// Contacts of this column alone.
    pub column: Option<ColumnId>,
    /// The order of the list.
    pub sort_by: SortField,
    /// The direction of the order.
    pub sort_order: SortOrder,
}

impl Default for ListParams {
    fn default() -> Self {
        Self {
            page: 1,
            per_page: DEFAULT_PER_PAGE,
            filter: Filter::All,
            search: None,
            column: None,
            sort_by: SortField::CreatedAt,
            sort_order: SortOrder::Desc,
        }
    }
}

impl ListParams {
    /// Reads a query string, without its `?`. Unknown parameters are ignored; a known one that is given twice is an
    /// error, since a proxy and we might disagree which one counts.
    pub fn parse(query: &str) -> Result<Self, ParamError> {
        let mut params = Self::default();
        paging::for_each_known(query, &FIELDS, |field, value| params.set(field, value))?;
        paging::within_reach(params.page, params.per_page)?;
        Ok(params)
    }

    /// The canonical query string: every known parameter that is set, in one order, and nothing else. Parsed again it
    /// is the same.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::with_capacity(128));
        query.append_pair("page", &self.page.to_string());
        query.append_pair("per_page", &self.per_page.to_string());
        query.append_pair("filter", self.filter.as_str());
        query.append_pair("sort_by", self.sort_by.as_str());
        query.append_pair("sort_order", self.sort_order.as_str());
        if let Some(column) = &self.column {
            query.append_pair("column_id", column.as_str());
        }
        if let Some(term) = &self.search {
            query.append_pair("search", term.as_str());
        }
        query.finish()
    }

    fn set(&mut self, field: &str, value: &str) -> Result<(), &'static str> {
        match field {
            "page" => self.page = paging::page(value)?,
            "per_page" => self.per_page = paging::per_page(value)?,
            "filter" => self.filter = Filter::parse(value).ok_or(Filter::PROBLEM)?,
            "sort_by" => self.sort_by = SortField::parse(value).ok_or(SortField::PROBLEM)?,
            "sort_order" => self.sort_order = SortOrder::parse(value).ok_or(SortOrder::PROBLEM)?,
            "column_id" if value.is_empty() => self.column = None,
            "column_id" => self.column = Some(ColumnId::parse(value).map_err(|_| "is not a column id")?),
            _ => {
                const { assert!(MAX_SEARCH_CHARS == 200, "the message below says 200") };
                self.search = SearchTerm::parse(value).map_err(|error| match error {
                    SearchTermError::TooLong => "must have at most 200 characters",
                    SearchTermError::Control => "must not contain control characters",
                    SearchTermError::NotUtf8 => "must be UTF-8",
                })?;
            }
        }
        Ok(())
    }
}

const FIELDS: [&str; 7] = ["page", "per_page", "filter", "search", "column_id", "sort_by", "sort_order"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_query_parses_to_the_same() {
        for query in [
            "",
            "page=3&per_page=7&filter=open&search=%26a%3D%25%20%F0%9F%98%80&column_id=c&sort_by=name&x=y",
        ] {
            let params = ListParams::parse(query).unwrap();
            assert_eq!(ListParams::parse(&params.to_query()).unwrap(), params);
        }
    }

    #[test]
    fn an_empty_query_is_the_first_page_of_fifty_newest_first() {
        assert_eq!(ListParams::parse("").unwrap(), ListParams::default());
    }

    #[test]
    fn every_parameter_is_read() {
        let params = ListParams::parse(
            "page=3&per_page=20&filter=open&search=J%C3%B6hn+D&column_id=col_1&sort_by=name&sort_order=asc",
        )
        .unwrap();
        assert_eq!((params.page, params.per_page, params.filter), (3, 20, Filter::Open));
        assert_eq!(params.search.unwrap().as_str(), "jöhn d");
        assert_eq!(params.column.unwrap().as_str(), "col_1");
        assert_eq!((params.sort_by, params.sort_order), (SortField::Name, SortOrder::Asc));
    }

    #[test]
    fn a_bad_value_names_its_parameter() {
        for (query, field) in [
            ("page=0", "page"),
            ("page=-1", "page"),
            ("page=abc", "page"),
            ("page=", "page"),
            ("page=99999999999999999999", "page"),
            ("per_page=101", "per_page"),
            ("per_page=abc", "per_page"),
            ("filter=nope", "filter"),
            ("filter=Open", "filter"),
            ("sort_by=password", "sort_by"),
            ("sort_order=up", "sort_order"),
            ("column_id=a,b", "column_id"),
            ("search=%FF", "search"),
            ("search=a%C3%28", "search"),
            ("search=a%00b", "search"),
            ("page=1&page=2", "page"),
        ] {
            assert_eq!(ListParams::parse(query).unwrap_err().field, field, "{query}");
        }
        let long = format!("search={}", "a".repeat(10_240));
        assert_eq!(ListParams::parse(&long).unwrap_err().field, "search");
        assert!(ListParams::parse(&format!("search={}", "%F0%9F%98%80".repeat(200))).is_ok());
        assert!(ListParams::parse(&format!("search={}", "a".repeat(201))).is_err());
    }

    #[test]
    fn a_word_that_is_not_known_is_answered_with_those_that_are() {
        for (query, message) in [
            (
                "sort_by=age",
                "sort_by must be one of created_at, updated_at, name, last_activity_at, priority",
            ),
            ("sort_order=up", "sort_order must be one of asc, desc"),
        ] {
            assert_eq!(ListParams::parse(query).unwrap_err().to_string(), message);
        }
        let message = ListParams::parse("filter=nope").unwrap_err().to_string();
        let words: Vec<&str> = message.strip_prefix("filter must be one of ").unwrap().split(", ").collect();
        assert_eq!(words, Filter::ALL.iter().map(|filter| filter.as_str()).collect::<Vec<_>>());
    }

    #[test]
    fn unknown_parameters_are_ignored() {
        assert_eq!(ListParams::parse("utm_source=x&Page=7&or=(a)").unwrap(), ListParams::default());
    }
}
