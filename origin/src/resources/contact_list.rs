//! A page of a board's contacts; with a search term, a page of what is found.

use async_trait::async_trait;
use cache_key::{CacheKey, ListQuery};
use coherence::ItemSet;
use serde::Deserialize;

use super::Query;
use crate::source::{Asker, ContactSource, SourceError};

#[async_trait]
impl Query for ListQuery {
    fn key(&self) -> CacheKey {
        Self::key(self)
    }

    async fn load(
        &self,
        source: &dyn ContactSource,
        asker: Asker<'_>,
        now_secs: u64,
    ) -> Result<Vec<u8>, SourceError> {
        let page = source.list_contacts(asker, self, now_secs).await?;
        Ok(dto::page::stored_part(&page.contacts_json, self.params(), page.total))
    }

    fn read_set(&self, body: &[u8]) -> Option<ItemSet> {
        let contacts = Vec::<Shown>::deserialize(&mut serde_json::Deserializer::from_slice(
            dto::page::contacts_json(body)?,
        ));
        let ids: Option<Vec<String>> = contacts.ok()?.into_iter().map(Shown::id).collect();
        Self::read_set(self, ids?.iter().map(String::as_str))
    }
}

/// What of a contact says which it is. In a user's schema the id may be a number.
#[derive(Deserialize)]
struct Shown {
    id: serde_json::Value,
}

impl Shown {
    fn id(self) -> Option<String> {
        match self.id {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use cache_key::{ListParams, written};
    use identity::{InternalKeys, VerifiedWorkspace};
    use ids::{BoardId, ContactId, WorkspaceId};

    use super::*;

    #[test]
    fn a_page_was_read_from_the_contacts_that_it_shows() {
        let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
        let proof = keys.check("an-internal-key-for-tests").unwrap();
        let workspace = VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("w").unwrap());
        let query = ListQuery::new(&workspace, BoardId::parse("b").unwrap(), ListParams::default()).unwrap();
        let read_set = |contacts: &str| {
            let body = dto::page::stored_part(contacts.as_bytes(), query.params(), 100);
            Query::read_set(&query, &body)
        };
        let shows = |contacts: &str, id: &str| {
            let changed = written(&ContactId::parse(id).unwrap(), [], None).unwrap();
            read_set(contacts).unwrap().meets(&changed)
        };
        let contacts = r#"[{"name":"a \"id\": \"c9\"","id":"c1","more":{"id":"c8"}},{"id":7}]"#;
        assert!(shows(contacts, "c1") && shows(contacts, "7"));
        assert!(!shows(contacts, "c9") && !shows(contacts, "c8") && !shows("[]", "c1"));
        for nonsense in ["[{}]", r#"[{"id":null}]"#, r#"[{"id":["c1"]}]"#, "{}", "[1]", "["] {
            assert_eq!(read_set(nonsense), None, "{nonsense}");
        }
    }
}
