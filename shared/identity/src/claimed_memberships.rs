//! Memberships that a token claims, where the operator has said which claim they are in.
//!
//! Three shapes are understood, all of which are in use: a mapping from workspace to role, a list of objects with `id` and
//! `role`, and a list of workspaces, whose role is then `member`. The claim decides for all workspaces: one that it does not
//! name is a "no". A claim of another shape names none, for a right must not come of what is not understood.

use std::collections::BTreeMap;

use ids::WorkspaceId;
use serde_json::Value;

use crate::Role;

/// The workspaces that a token names, with the role in each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ClaimedMemberships(BTreeMap<WorkspaceId, Role>);

impl ClaimedMemberships {
    /// Reads the value of the claim.
    pub(crate) fn read(claim: &Value) -> Self {
        let role = |value: &Value| value.as_str().and_then(Role::parse);
        let member = |(id, role): (&str, Option<Role>)| Some((WorkspaceId::parse(id).ok()?, role?));
        Self(match claim {
            Value::Object(roles) => {
                roles.iter().filter_map(|(id, value)| member((id, role(value)))).collect()
            }
            Value::Array(entries) => entries
                .iter()
                .filter_map(|entry| match entry {
                    Value::String(id) => member((id, Some(Role::Member))),
                    _ => member((entry.get("id")?.as_str()?, role(entry.get("role")?))),
                })
                .collect(),
            _ => BTreeMap::new(),
        })
    }

    /// The role in a workspace; `None` for one that is not named.
    pub(crate) fn role(&self, workspace: &WorkspaceId) -> Option<Role> {
        self.0.get(workspace).copied()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mapping_objects_and_plain_ids_are_understood() {
        let role =
            |claim: &Value, id: &str| ClaimedMemberships::read(claim).role(&WorkspaceId::parse(id).unwrap());
        for claim in [
            json!({"w1": "admin", "w2": "member"}),
            json!([{"id": "w1", "role": "admin"}, {"id": "w2", "role": "member", "since": 7}]),
        ] {
            assert_eq!(role(&claim, "w1"), Some(Role::Admin), "{claim}");
            assert_eq!(role(&claim, "w2"), Some(Role::Member), "{claim}");
            assert_eq!(role(&claim, "w3"), None, "{claim}");
        }
        assert_eq!(role(&json!(["w1"]), "w1"), Some(Role::Member));
    }

    #[test]
    fn what_is_not_understood_gives_no_right() {
        for claim in [
            json!("w1"),
            json!(null),
            json!({"w1": "owner"}),
            json!({"w1": {"role": "admin"}}),
            json!([{"id": "w1"}]),
            json!([{"role": "admin"}]),
            json!([["w1", "admin"]]),
            json!({"w1 ": "admin"}),
        ] {
            assert_eq!(ClaimedMemberships::read(&claim), ClaimedMemberships::default(), "{claim}");
        }
    }
}
