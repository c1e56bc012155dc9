//! Claims that the operator names: where in a token they stand, and what they must say.
//!
//! Supabase puts what the service role alone may set under `app_metadata`, and what a user may set of itself under
//! `user_metadata`. A right must never rest on the latter, so a path into it is refused when it is configured.

use serde_json::Value;

/// Where a user may write: no right may rest on it.
const WRITTEN_BY_USERS: [&str; 2] = ["user_metadata", "raw_user_meta_data"];
/// The deepest path.
const MAX_DEPTH: usize = 8;

/// The place of a claim: names separated by dots, as in `app_metadata.workspaces`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPath(Vec<String>);

/// A claim with the value that it must have, as in `app_metadata.role=system_admin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredClaim {
    path: ClaimPath,
    value: String,
}

/// Why a text names no claim; to follow the name of the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// It is not a path.
    #[error("must be a path of claims such as app_metadata.workspaces")]
    Path,
    /// It is not a path with a value.
    #[error("must be a claim and its value such as app_metadata.role=system_admin")]
    Value,
    /// It leads where users write.
    #[error("must not lead into user_metadata, which users write themselves")]
    WrittenByUsers,
}

impl ClaimPath {
    /// Reads names separated by dots.
    pub fn parse(text: &str) -> Result<Self, ClaimError> {
        let names: Vec<String> = text.split('.').map(ToOwned::to_owned).collect();
        let is_name = |name: &String| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        if names.len() > MAX_DEPTH || !names.iter().all(is_name) {
            return Err(ClaimError::Path);
        }
        if names.first().is_some_and(|root| WRITTEN_BY_USERS.contains(&root.as_str())) {
            return Err(ClaimError::WrittenByUsers);
        }
        Ok(Self(names))
    }

    /// The claim in the payload of a token, if it has one there.
    pub(crate) fn find<'a>(&self, payload: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(payload, |value, name| value.get(name))
    }
}

impl RequiredClaim {
    /// Reads a path, `=` and a value.
    pub fn parse(text: &str) -> Result<Self, ClaimError> {
        let (path, value) = text.split_once('=').ok_or(ClaimError::Value)?;
        if value.is_empty() {
            return Err(ClaimError::Value);
        }
        Ok(Self { path: ClaimPath::parse(path)?, value: value.to_owned() })
    }

    /// Whether the payload of a token has the claim with the value, alone or in a list.
    pub(crate) fn is_met(&self, payload: &Value) -> bool {
        match self.path.find(payload) {
            Some(Value::String(found)) => *found == self.value,
            Some(Value::Array(found)) => found.iter().any(|one| one.as_str() == Some(&self.value)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_found_where_the_path_leads_and_nowhere_else() {
        let payload = json!({"app_metadata": {"role": "system_admin"}, "role": "authenticated"});
        let is_met = |text: &str| RequiredClaim::parse(text).unwrap().is_met(&payload);
        assert!(is_met("app_metadata.role=system_admin"));
        for text in ["role=system_admin", "app_metadata.role=system", "app_metadata=system_admin", "a.b.c=d"]
        {
            assert!(!is_met(text), "{text}");
        }
        let listed = json!({"app_metadata": {"role": ["editor", "system_admin", 7]}});
        let required = RequiredClaim::parse("app_metadata.role=system_admin").unwrap();
        assert!(required.is_met(&listed));
        for other in [json!({"app_metadata": {"role": true}}), json!([]), json!(null)] {
            assert!(!required.is_met(&other), "{other}");
        }
    }

    #[test]
    fn no_right_rests_on_what_users_write() {
        for text in ["user_metadata.role", "user_metadata", "raw_user_meta_data.x"] {
            assert_eq!(ClaimPath::parse(text), Err(ClaimError::WrittenByUsers), "{text}");
        }
        assert_eq!(RequiredClaim::parse("user_metadata.role=admin"), Err(ClaimError::WrittenByUsers));
        for text in ["", ".", "a.", ".a", "a b", "a.b.c.d.e.f.g.h.i"] {
            assert_eq!(ClaimPath::parse(text), Err(ClaimError::Path), "{text:?}");
        }
        for text in ["app_metadata.role", "app_metadata.role="] {
            assert_eq!(RequiredClaim::parse(text), Err(ClaimError::Value), "{text}");
        }
    }
}
