//! Routes: an exact path, no decoding, no trailing slash, no suffix. What is not exactly a route is nothing, so that
//! no cache on the way can be talked into taking a page for a style sheet.

use dto::answers::AnswerClass;
use ids::BoardId;

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `/api/boards/{boardId}/contacts`
    BoardContacts(BoardId),
    /// `/api/cache/invalidate`
    Invalidate,
    /// `/internal/generations`
    Generations,
    /// `/health`
    Health,
    /// `/metrics`
    Metrics,
}

impl Route {
    /// The route of a path.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        match path {
            "/api/cache/invalidate" => Some(Self::Invalidate),
            "/internal/generations" => Some(Self::Generations),
            "/health" => Some(Self::Health),
            "/metrics" => Some(Self::Metrics),
            _ => {
                let board = path.strip_prefix("/api/boards/")?.strip_suffix("/contacts")?;
                BoardId::parse(board).ok().map(Self::BoardContacts)
            }
        }
    }

    /// What may be kept of its answers.
    #[must_use]
    pub const fn class(&self) -> AnswerClass {
        match self {
            Self::BoardContacts(_) => AnswerClass::Page,
            Self::Invalidate | Self::Generations | Self::Health | Self::Metrics => AnswerClass::Unstored,
        }
    }

    /// The methods it takes, as the value of `Allow`.
    #[must_use]
    pub const fn allow(&self) -> &'static str {
        match self {
            Self::BoardContacts(_) | Self::Health | Self::Metrics => "GET, HEAD, OPTIONS",
            Self::Invalidate | Self::Generations => "POST, OPTIONS",
        }
    }

    /// Whether it takes the method.
    #[must_use]
    pub fn takes(&self, method: &str) -> bool {
        self.allow().split(", ").any(|known| known == method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_its_exact_path() {
        let board = BoardId::parse("board_123").unwrap();
        assert_eq!(Route::of("/api/boards/board_123/contacts"), Some(Route::BoardContacts(board)));
        for path in [
            "/",
            "/api/boards//contacts",
            "/api/boards/contacts",
            "/api/boards/b/contacts/",
            "//api/boards/b/contacts",
            "/api/boards/b/contacts.css",
            "/api/boards/b/contacts/x.css",
            "/api/boards/b/contacts;x.css",
            "/api/boards/b%2fc/contacts",
            "/api/boards/b%00/contacts",
            "/api/boards/../boards/b/contacts",
            "/api/boards/b/c/contacts",
            "/API/boards/b/contacts",
            "/health/",
            "/metrics.css",
        ] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }

    #[test]
    fn methods_are_whole_words() {
        assert!(Route::Health.takes("HEAD"));
        for method in ["get", "GE", "POST", "", "GET, HEAD"] {
            assert!(!Route::Health.takes(method), "{method:?}");
        }
    }
}
