//! What may be kept of a route's answers, and the headers that every answer carries for its safety. Both tiers use this.
//!
//! Each route is of one class. A tier must treat a route that nobody classified as [`AnswerClass::Unstored`], the
//! strictest one.

use crate::headers::{NO_STORE, PAGE_CACHE_CONTROL};

/// What a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerClass {
    /// Something that depends on who asks or when: nobody stores it.
    Unstored,
    /// A page: whoever got it may keep it and must ask each time. What is answered in its place is not stored.
    Page,
    /// Something for browsers to show, which is the same for everybody: it says itself for how long it may be kept, and
    /// what it may load.
    Document,
}

impl AnswerClass {
    /// What `Cache-Control` must be, given what the route's handler has set.
    #[must_use]
    pub fn cache_control(self, status: u16, set: Option<&str>) -> CacheControl {
        let stands = match self {
            Self::Unstored => false,
            Self::Page => matches!(status, 200 | 304) && set == Some(PAGE_CACHE_CONTROL),
            Self::Document => set.is_some(),
        };
        if stands || set == Some(NO_STORE) { CacheControl::AsSet } else { CacheControl::NoStore }
    }

    /// Whether the route's handler may set a content security policy of its own in place of [`STRICT_POLICY`].
    #[must_use]
    pub const fn has_own_policy(self) -> bool {
        matches!(self, Self::Document)
    }
}

/// What becomes of the `Cache-Control` that a handler has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheControl {
    /// It stands.
    AsSet,
    /// `no-store` takes its place.
    NoStore,
}

/// Carried by every answer: it is what it says it is, it is for pages of its own origin and of those that CORS lets in, and whoever follows a
/// link in it does not tell from where.
pub const SAFETY: [(&str, &str); 3] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
];

/// The header of a content security policy.
pub const CONTENT_SECURITY_POLICY: &str = "Content-Security-Policy";
/// The policy of an answer that is no document: a browser that shows it all the same runs and loads nothing, in no frame.
pub const STRICT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_that_was_found_is_kept() {
        let page = |status, set| AnswerClass::Page.cache_control(status, set);
        assert_eq!(page(200, Some(PAGE_CACHE_CONTROL)), CacheControl::AsSet);
        assert_eq!(page(304, Some(PAGE_CACHE_CONTROL)), CacheControl::AsSet);
        assert_eq!(page(200, Some(NO_STORE)), CacheControl::AsSet, "the handler knows better");
        for (status, set) in [
            (404, Some(PAGE_CACHE_CONTROL)),
            (503, Some(PAGE_CACHE_CONTROL)),
            (200, None),
            (200, Some("public, max-age=60")),
        ] {
            assert_eq!(page(status, set), CacheControl::NoStore, "{status} {set:?}");
        }
    }

    #[test]
    fn what_depends_on_the_asker_is_kept_by_nobody_whatever_its_handler_says() {
        for set in [None, Some(PAGE_CACHE_CONTROL), Some("public, max-age=60")] {
            assert_eq!(AnswerClass::Unstored.cache_control(200, set), CacheControl::NoStore, "{set:?}");
        }
        assert_eq!(AnswerClass::Document.cache_control(200, None), CacheControl::NoStore);
    }
}
