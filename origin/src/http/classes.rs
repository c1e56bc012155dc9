//! Which class of answers each route has, and what follows from it for every answer, whoever gave it.
//!
//! A route that is not classified here is treated as the strictest class; a test fails for it.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use dto::answers::{AnswerClass, CacheControl, SAFETY, STRICT_POLICY};
use dto::headers::NO_STORE;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The class of a route by its template; `None` for one that nobody classified.
#[must_use]
pub fn class_of(template: &str) -> Option<AnswerClass> {
    Some(match template {
        "/api/boards/{board_id}/contacts"
        | "/api/contacts/{contact_id}"
        | "/api/contacts/{contact_id}/messages"
        | "/internal/boards/{board_id}/contacts" => AnswerClass::Page,
        "/docs/" | "/docs/{file}" | "/console" | "/console/" | "/console/{*path}" => AnswerClass::Document,
        "/api/cache-settings/health"
        | "/api/cache-settings/status"
        | "/api/cache-settings/workspace/{workspace_id}/settings"
        | "/api/cache-settings/workspace/{workspace_id}/counts"
        | "/api/cache-settings/test-performance"
        | "/api/cache-settings/invalidate"
        | "/api/cache-settings/warm-cache"
        | "/internal/workspaces/{workspace_id}/membership"
        | "/internal/invalidate"
        | "/api/live"
        | "/api/system/live"
        | "/api/system/workspaces"
        | "/console/config.json"
        | "/console/demo-users.json"
        | "/console/demo/rest/{table}"
        | "/api/cache/invalidate"
        | "/health"
        | "/ready"
        | "/metrics"
        | "/openapi.json"
        | "/docs" => AnswerClass::Unstored,
        _ => return None,
    })
}

/// Sees to it that an answer carries what its route's class asks for. To come last: what anything else answers passes here.
pub(super) fn apply(class: AnswerClass, status: StatusCode, fields: &mut HeaderMap) {
    let set = fields.get(CACHE_CONTROL).map(|value| value.to_str().unwrap_or_default());
    if class.cache_control(status.as_u16(), set) == CacheControl::NoStore {
        fields.insert(CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    }
    for (name, (_, value)) in NAMES.into_iter().zip(SAFETY) {
        fields.insert(name, HeaderValue::from_static(value));
    }
    let strict = HeaderValue::from_static(STRICT_POLICY);
    if class.has_own_policy() {
        fields.entry(CONTENT_SECURITY_POLICY).or_insert(strict);
    } else {
        fields.insert(CONTENT_SECURITY_POLICY, strict);
    }
    // Whether a page of another origin may read it depends on that origin.
    fields.entry(VARY).or_insert(HeaderValue::from_static("Origin"));
}

/// The names of [`SAFETY`], in its order: made once, and compared by a test.
const NAMES: [HeaderName; 3] = [X_CONTENT_TYPE_OPTIONS, CROSS_ORIGIN_RESOURCE_POLICY, REFERRER_POLICY];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_values() {
        for (name, (text, _)) in NAMES.iter().zip(SAFETY) {
            assert_eq!(name.as_str(), text.to_ascii_lowercase());
        }
    }

    #[test]
    fn every_route_is_classified() {
        let unclassified: Vec<_> =
            super::super::TEMPLATES.iter().filter(|template| class_of(template).is_none()).collect();
        assert!(unclassified.is_empty(), "what may be kept of {unclassified:?}? Say so in class_of");
    }
}
