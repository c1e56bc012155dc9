//! `POST /api/cache/invalidate`: what changed, in any of three forms.
//!
//! - an action: `{"boardId": "board_123", "contactId": "contact_456", "action": "contact_moved", …}`
//! - a Supabase database webhook: `{"type", "table", "schema", "record", "old_record"}`
//! - `{"events": […]}` with up to 100 of either.
//!
//! What is not understood invalidates more, never less. An update that says which columns of one contact it changed (`changedColumns`
//! of an action, `changed_columns` of the change feed, or both rows of a webhook, whole) lets pages be spared that show neither.

use cache_key::{BOARD_COLUMN, Change, Invalidation, LIST_COLUMNS};
use coherence::ItemSet;
use ids::{BoardId, ColumnId, ContactId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ApiError, ErrorCode};

/// The largest accepted body, in bytes: a hundred webhooks with two rows each.
pub const MAX_BODY_LEN: usize = 512 * 1024;
/// The most events of one request.
pub const MAX_EVENTS: usize = 100;

/// The answer's `data`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invalidated {
    /// How many cached entries became unreachable.
    pub invalidated: u64,
    /// The patterns of their keys.
    pub patterns: Vec<String>,
    /// The generations that were minted: sent back as `X-Cache-Generation`, it lets nothing older be answered.
    pub generation: String,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "workspaceId")]
    workspace_id: Option<Value>,
    #[serde(rename = "boardId")]
    board_id: Option<Value>,
    #[serde(rename = "contactId")]
    contact_id: Option<Value>,
    action: Option<Value>,
    #[serde(rename = "fromColumnId")]
    from_column_id: Option<Value>,
    #[serde(rename = "toColumnId")]
    to_column_id: Option<Value>,
    /// Of an action.
    #[serde(rename = "changedColumns")]
    changed_by_action: Option<Value>,
    /// Of the change feed.
    changed_columns: Option<Value>,
    #[serde(rename = "type")]
    kind: Option<Value>,
    table: Option<String>,
    record: Option<Row>,
    old_record: Option<Row>,
}

/// A webhook's row. Ids may be text or numbers in a user's schema.
type Row = Map<String, Value>;

/// The actions that are about the one contact that they name. Of any other, or one not known, more contacts may have changed.
const OF_ONE_CONTACT: [&str; 5] =
    ["contact_created", "contact_updated", "contact_moved", "contact_deleted", "contact_assigned"];

/// Those of them after which the contact is where it was before.
const UPDATES: [&str; 3] = ["contact_updated", "contact_moved", "contact_assigned"];

/// Reads a body. `header` is the value of `X-Workspace-ID`; the body may name the workspace instead, and must not
/// name another one. Returns one invalidation a workspace, in the order in which they first appear.
pub fn parse(body: &[u8], header: Option<&str>) -> Result<Vec<Invalidation>, ApiError> {
    if body.len() > MAX_BODY_LEN {
        return Err(ApiError::new(ErrorCode::PayloadTooLarge, "the body must have at most 512 KiB"));
    }
    let header = header.map(|text| id("X-Workspace-ID", text, WorkspaceId::parse)).transpose()?;
    let body: Value = serde_json::from_slice(body).map_err(|_| ApiError::body("the body is not JSON"))?;
    let Value::Object(mut object) = body else {
        return Err(ApiError::body("the body must be a JSON object"));
    };
    let events = match object.remove("events") {
        None => vec![Value::Object(object)],
        Some(Value::Array(events)) if events.is_empty() => {
            return Err(ApiError::invalid("events", "must not be empty"));
        }
        Some(Value::Array(events)) if events.len() > MAX_EVENTS => {
            return Err(ApiError::invalid("events", "must have at most 100 members"));
        }
        Some(Value::Array(events)) => {
            // The workspace may stand beside the events as well.
            let shared = object.remove("workspaceId");
            events.into_iter().map(|event| with_default_workspace(event, shared.as_ref())).collect()
        }
        Some(_) => return Err(ApiError::invalid("events", "must be a list")),
    };

    let mut by_workspace: Vec<(WorkspaceId, Vec<Change>)> = Vec::new();
    for event in events {
        let event: Event =
            serde_json::from_value(event).map_err(|_| ApiError::body("an event is malformed"))?;
        for (workspace, change) in event.changes(header.as_ref())? {
            match by_workspace.iter_mut().find(|(known, _)| *known == workspace) {
                Some((_, changes)) => changes.push(change),
                None => by_workspace.push((workspace, vec![change])),
            }
        }
    }
    Ok(by_workspace.into_iter().map(|(workspace, changes)| Invalidation::of(workspace, &changes)).collect())
}

fn with_default_workspace(mut event: Value, workspace: Option<&Value>) -> Value {
    if let (Value::Object(fields), Some(workspace)) = (&mut event, workspace) {
        fields.entry("workspaceId").or_insert_with(|| workspace.clone());
    }
    event
}

impl Event {
    fn changes(&self, header: Option<&WorkspaceId>) -> Result<Vec<(WorkspaceId, Change)>, ApiError> {
        match &self.table {
            Some(table) => self.webhook_changes(table, header),
            None => self.action_changes(header),
        }
    }

    fn action_changes(&self, header: Option<&WorkspaceId>) -> Result<Vec<(WorkspaceId, Change)>, ApiError> {
        let Some(Value::String(action)) = &self.action else {
            return Err(ApiError::invalid("action", "must be a text"));
        };
        let named = parse_id("workspaceId", self.workspace_id.as_ref(), WorkspaceId::parse)?;
        let workspace = agree(named, header)?
            .ok_or_else(|| ApiError::invalid("X-Workspace-ID", "or workspaceId in the body is required"))?;
        let board = parse_id("boardId", self.board_id.as_ref(), BoardId::parse)?;
        // A caller that sends nonsense wants to know; but what is not needed refuses no invalidation.
        let contact = if OF_ONE_CONTACT.contains(&action.as_str()) {
            parse_id("contactId", self.contact_id.as_ref(), ContactId::parse)?
        } else {
            None
        };
        // Without a board there is no telling which pages are old: all of them.
        let Some(board) = board else { return Ok(vec![(workspace, Change::Workspace)]) };
        let moved = || Some([self.from_column_id.as_ref()?, self.to_column_id.as_ref()?]);
        let change = match contact {
            Some(contact) if UPDATES.contains(&action.as_str()) => {
                let written = self.written_by_action(action, &contact, moved());
                of_columns(board, contact, written)
            }
            contact => Change::Contact { board, contact },
        };
        Ok(vec![(workspace, change)])
    }

    /// Both the old and the new row count: a contact that moves to another board changes two boards.
    fn webhook_changes(
        &self,
        table: &str,
        header: Option<&WorkspaceId>,
    ) -> Result<Vec<(WorkspaceId, Change)>, ApiError> {
        let mut changes = Vec::new();
        let mut incomplete = false;
        for row in [&self.record, &self.old_record].into_iter().flatten() {
            let workspace_value = row.get(if table == "workspaces" { "id" } else { "workspace_id" });
            let named = parse_id("workspace_id", workspace_value, WorkspaceId::parse)?;
            let Some(workspace) = agree(named, header)? else {
                incomplete = true;
                continue;
            };
            let board_value = row.get(if table == "boards" { "id" } else { "board_id" });
            let board = parse_id("board_id", board_value, BoardId::parse)?;
            let change = match (table, board) {
                ("contacts", Some(board)) => match contact_of(row.get("id")) {
                    Some(contact) => {
                        let written = self.written_by_update(&contact);
                        of_columns(board, contact, written)
                    }
                    None => Change::Contact { board, contact: None },
                },
                ("boards" | "board_columns", Some(board)) => Change::Contact { board, contact: None },
                ("messages", _) => Change::Messages { contact: contact_of(row.get("contact_id")) },
                ("workspace_members", _) => Change::Members,
                // Settings among them: what was turned off must become unservable, and a row does not say what it was before.
                _ => Change::Workspace,
            };
            if !changes.contains(&(workspace.clone(), change.clone())) {
                changes.push((workspace, change));
            }
        }
        // A row that does not say where it was may have been anywhere in the workspace.
        if incomplete && let Some((workspace, _)) = changes.first().cloned() {
            changes.push((workspace, Change::Workspace));
        }
        // A `DELETE` under the default replica identity carries the primary key alone: the header must say where.
        if changes.is_empty() {
            let workspace = header
                .cloned()
                .ok_or_else(|| ApiError::invalid("record", "names no workspace, and no header does"))?;
            changes.push((workspace, Change::Workspace));
        }
        Ok(changes)
    }

    /// What an update of one row has written, if both rows say where it was and is, and what has changed can be told.
    fn written_by_update(&self, contact: &ContactId) -> Option<ItemSet> {
        let (now, before) = self.record.as_ref().zip(self.old_record.as_ref())?;
        let is_in_place = ["id", "workspace_id", "board_id"]
            .iter()
            .all(|name| now.get(*name).is_some_and(|id| before.get(*name) == Some(id)));
        if !is_in_place || self.kind.as_ref().is_none_or(|kind| kind != "UPDATE") {
            return None;
        }
        let moved = || Some([before.get(BOARD_COLUMN)?, now.get(BOARD_COLUMN)?]);
        if let Some(names) = &self.changed_columns {
            return cache_key::written(contact, texts(names)?, columns(moved()).as_ref());
        }
        // Of rows that are not whole nobody knows what they leave out.
        let is_whole = |row: &Row| LIST_COLUMNS.iter().all(|name| row.contains_key(*name));
        if !is_whole(now) || !is_whole(before) {
            return None;
        }
        let names = now.keys().chain(before.keys().filter(|name| !now.contains_key(*name)));
        let changed = names.filter(|name| now.get(*name) != before.get(*name)).map(String::as_str);
        cache_key::written(contact, changed, columns(moved()).as_ref())
    }

    /// What an action has written that says which columns it changed. Those that it changes by its name are not left to the caller to name, nor the one that
    /// a trigger may set. No column at all is nothing said.
    fn written_by_action(
        &self,
        action: &str,
        contact: &ContactId,
        moved: Option<[&Value; 2]>,
    ) -> Option<ItemSet> {
        let mut names = texts(self.changed_by_action.as_ref()?).filter(|names| !names.is_empty())?;
        names.push("updated_at");
        names.extend(match action {
            "contact_moved" => Some(BOARD_COLUMN),
            "contact_assigned" => Some("assigned_to"),
            _ => None,
        });
        cache_key::written(contact, names, columns(moved).as_ref())
    }
}

/// The members of a list of texts.
fn texts(list: &Value) -> Option<Vec<&str>> {
    list.as_array()?.iter().map(Value::as_str).collect()
}

/// A change of one contact, with what it has written if that is known.
fn of_columns(board: BoardId, contact: ContactId, written: Option<ItemSet>) -> Change {
    match written {
        Some(written) => Change::Columns { board, contact, written },
        None => Change::Contact { board, contact: Some(contact) },
    }
}

/// The columns of a board between which a contact was moved, if both can be read; a contact may be in none.
fn columns(moved: Option<[&Value; 2]>) -> Option<[Option<ColumnId>; 2]> {
    let [from, to] = moved?;
    let column = |value| parse_id(BOARD_COLUMN, Some(value), ColumnId::parse).ok();
    Some([column(from)?, column(to)?])
}

/// The body's workspace and the header's: either, or both when they are the same.
fn agree(named: Option<WorkspaceId>, header: Option<&WorkspaceId>) -> Result<Option<WorkspaceId>, ApiError> {
    match (named, header) {
        (Some(named), Some(header)) if named != *header => {
            Err(ApiError::invalid("workspaceId", "is not the workspace of X-Workspace-ID"))
        }
        (Some(named), _) => Ok(Some(named)),
        (None, header) => Ok(header.cloned()),
    }
}

/// The contact that a webhook's row names. A row that names none, or in a way that is not understood, is no reason to refuse the
/// news: it may be of any contact.
fn contact_of(value: Option<&Value>) -> Option<ContactId> {
    parse_id("contact_id", value, ContactId::parse).ok().flatten()
}

fn id<T, E: std::fmt::Display>(
    field: &'static str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, ApiError> {
    parse(text).map_err(|error| ApiError::invalid(field, &error.to_string()))
}

fn parse_id<T, E: std::fmt::Display>(
    field: &'static str,
    value: Option<&Value>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, ApiError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => id(field, text, parse).map(Some),
        Some(Value::Number(number)) => id(field, &number.to_string(), parse).map(Some),
        Some(_) => Err(ApiError::invalid(field, "must be a text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(body: &str, header: Option<&str>) -> Result<Vec<(String, Vec<String>)>, ApiError> {
        let plans = parse(body.as_bytes(), header)?;
        Ok(plans
            .iter()
            .map(|plan| (plan.workspace().to_string(), plan.tags().iter().map(ToString::to_string).collect()))
            .collect())
    }

    fn one(workspace: &str, tags: &[&str]) -> Vec<(String, Vec<String>)> {
        vec![(workspace.to_owned(), tags.iter().map(|tag| (*tag).to_owned()).collect())]
    }

    /// The tag of the contact `c`, in whose bucket `d` is not.
    const BUCKET_OF_C: &str = "contact:c4";
    const BUCKET_OF_D: &str = "contact:4a";

    #[test]
    fn an_action_known_or_not_invalidates_its_board() {
        for (action, contacts) in [
            ("contact_moved", BUCKET_OF_C),
            ("contacts_bulk_updated", "contacts"),
            ("something_new", "contacts"),
        ] {
            let body = format!(r#"{{"boardId":"b","contactId":"c","action":"{action}","fromColumnId":"x"}}"#);
            assert_eq!(tags(&body, Some("15213")).unwrap(), one("15213", &["counts", "board:b", contacts]));
        }
    }

    /// The items that are known to have been written, by board tag, next to what a change of these columns writes.
    fn written(body: &Value) -> Vec<(String, ItemSet)> {
        let plans = parse(body.to_string().as_bytes(), Some("w")).unwrap();
        plans[0].written().map(|(tag, items)| (tag.to_string(), items.clone())).collect()
    }

    fn items(columns: &[&str], moved: Option<[&str; 2]>) -> Vec<(String, ItemSet)> {
        let moved = moved.map(|ids| ids.map(|id| ColumnId::parse(id).ok()));
        let contact = ContactId::parse("c").unwrap();
        let written = cache_key::written(&contact, columns.iter().copied(), moved.as_ref());
        vec![("board:b".to_owned(), written.unwrap())]
    }

    fn whole_row(changed: &[(&str, Value)]) -> Value {
        let mut row = serde_json::json!({"id": "c", "workspace_id": "w", "board_id": "b", "notes": "same"});
        for name in LIST_COLUMNS {
            row[name] = "same".into();
        }
        for (name, value) in changed {
            row[*name] = value.clone();
        }
        row
    }

    fn update(record: &Value, old_record: &Value) -> Value {
        serde_json::json!({"type": "UPDATE", "table": "contacts", "record": record, "old_record": old_record})
    }

    #[test]
    fn two_whole_rows_say_what_an_update_has_written() {
        let before = whole_row(&[]);
        assert_eq!(written(&update(&before, &before)), items(&[], None));
        let now = whole_row(&[("sentiment", "happy".into()), ("priority", "high".into())]);
        assert_eq!(written(&update(&now, &before)), items(&["sentiment", "priority"], None));
        let moved = whole_row(&[(BOARD_COLUMN, "to".into())]);
        assert_eq!(written(&update(&moved, &before)), items(&[BOARD_COLUMN], Some(["same", "to"])));
        let out = whole_row(&[(BOARD_COLUMN, Value::Null)]);
        assert_eq!(written(&update(&out, &before)), items(&[BOARD_COLUMN], Some(["same", ""])));
        let odd = whole_row(&[(BOARD_COLUMN, "no id".into())]);
        assert_eq!(written(&update(&odd, &before)), items(&[BOARD_COLUMN], None));
        // The source may look at a column of its own to decide what a list shows.
        assert_eq!(written(&update(&whole_row(&[("notes", "other".into())]), &before)), []);
        let mut wider = before.clone();
        wider["added"] = 1.into();
        assert_eq!(written(&update(&before, &wider)), []);
    }

    #[test]
    fn less_than_two_whole_rows_of_one_place_say_nothing() {
        let before = whole_row(&[]);
        for name in LIST_COLUMNS {
            let mut partial = before.clone();
            partial.as_object_mut().unwrap().remove(name);
            assert_eq!(written(&update(&partial, &before)), [], "{name}");
            assert_eq!(written(&update(&before, &partial)), [], "{name}");
            assert_eq!(written(&update(&partial, &partial)), [], "{name}");
        }
        for place in ["id", "board_id"] {
            assert_eq!(written(&update(&whole_row(&[(place, "other".into())]), &before)), [], "{place}");
        }
        for kind in [Value::Null, "INSERT".into(), "update".into(), 1.into()] {
            let mut event = update(&before, &before);
            event["type"] = kind;
            assert_eq!(written(&event), []);
        }
        let mut created = update(&before, &before);
        created["old_record"] = Value::Null;
        assert_eq!(written(&created), []);
    }

    #[test]
    fn the_feed_and_actions_say_which_columns_changed() {
        let place = serde_json::json!({"id": "c", "workspace_id": "w", "board_id": "b"});
        let mut fed = update(&place, &place);
        fed["changed_columns"] = serde_json::json!(["priority", "updated_at"]);
        assert_eq!(written(&fed), items(&["priority", "updated_at"], None));
        fed["changed_columns"] = serde_json::json!([]);
        assert_eq!(written(&fed), items(&[], None));
        fed["changed_columns"] = serde_json::json!([BOARD_COLUMN]);
        assert_eq!(written(&fed), items(&[BOARD_COLUMN], None));
        (fed["record"][BOARD_COLUMN], fed["old_record"][BOARD_COLUMN]) = ("to".into(), "from".into());
        assert_eq!(written(&fed), items(&[BOARD_COLUMN], Some(["from", "to"])));
        for nonsense in
            [serde_json::json!("priority"), serde_json::json!([1]), serde_json::json!(["board_id"])]
        {
            fed["changed_columns"] = nonsense;
            assert_eq!(written(&fed), []);
        }

        let mut action = serde_json::json!({"boardId": "b", "contactId": "c", "action": "contact_moved",
            "fromColumnId": "from", "toColumnId": "to"});
        assert_eq!(written(&action), []);
        let moved = items(&[BOARD_COLUMN, "priority", "updated_at"], Some(["from", "to"]));
        for named in
            [&["priority"][..], &["priority", BOARD_COLUMN], &["priority", BOARD_COLUMN, "updated_at"]]
        {
            action["changedColumns"] = named.into();
            assert_eq!(written(&action), moved, "{named:?}");
        }
        for unclear in [serde_json::json!([]), serde_json::json!(["assignedTo"]), serde_json::json!([null])] {
            action["changedColumns"] = unclear;
            assert_eq!(written(&action), []);
        }
        // That is the feed's, and said of no action.
        action["changed_columns"] = serde_json::json!(["priority"]);
        action["changedColumns"] = Value::Null;
        assert_eq!(written(&action), []);
        (action["action"], action["changedColumns"]) =
            ("contact_assigned".into(), serde_json::json!(["status"]));
        assert_eq!(written(&action), items(&["assigned_to", "status", "updated_at"], None));
        for action_name in ["contact_created", "contact_deleted", "contacts_bulk_updated", "something_new"] {
            action["action"] = action_name.into();
            assert_eq!(written(&action), [], "{action_name}");
        }
        (action["action"], action["contactId"]) = ("contact_updated".into(), Value::Null);
        assert_eq!(written(&action), []);
    }

    #[test]
    fn an_action_on_one_contact_that_is_not_named_may_be_on_any() {
        for contact in ["", r#""contactId":null,"#] {
            let body = format!(r#"{{"boardId":"b",{contact}"action":"contact_updated"}}"#);
            assert_eq!(tags(&body, Some("w")).unwrap(), one("w", &["counts", "board:b", "contacts"]));
        }
    }

    #[test]
    fn the_patterns_of_an_action_are_the_contracts() {
        let body = br#"{"boardId": "board_123", "contactId": "contact_456", "action": "contact_moved"}"#;
        let plans = parse(body, Some("15213")).unwrap();
        assert_eq!(plans[0].patterns(), ["contacts:15213:board_123:*", "counts:15213:*"]);
    }

    #[test]
    fn a_misspelt_board_is_seen_in_the_patterns_which_are_the_whole_workspaces() {
        let plans = parse(br#"{"board": "board_123", "action": "contact_moved"}"#, Some("15213")).unwrap();
        assert_eq!(plans[0].patterns(), ["counts:15213:*", "contacts:15213:*", "search:15213:*"]);
    }

    #[test]
    fn a_webhook_of_a_contact_whose_id_is_none_of_ours_invalidates_all_contacts() {
        for id in ["", r#""id":"ä b","#, r#""id":["c"],"#, r#""id":null,"#] {
            let body = format!(
                r#"{{"type":"INSERT","table":"contacts","record":{{{id}"workspace_id":"w","board_id":"b"}}}}"#
            );
            assert_eq!(tags(&body, None).unwrap(), one("w", &["counts", "board:b", "contacts"]), "{id}");
        }
    }

    #[test]
    fn a_message_invalidates_its_contact_and_no_board() {
        let body = |kind: &str, record: &str| format!(r#"{{"type":"{kind}","table":"messages",{record}}}"#);
        let insert = body("INSERT", r#""record":{"id":"m","workspace_id":"w","contact_id":"c","body":"x"}"#);
        assert_eq!(tags(&insert, None).unwrap(), one("w", &[BUCKET_OF_C]));
        let moved = body(
            "UPDATE",
            r#""record":{"workspace_id":"w","contact_id":"c"},"old_record":{"workspace_id":"w","contact_id":"d"}"#,
        );
        let mut both = [BUCKET_OF_C, BUCKET_OF_D];
        both.sort_unstable();
        assert_eq!(tags(&moved, None).unwrap(), one("w", &both));
        let unclear = body("INSERT", r#""record":{"id":"m","workspace_id":"w"}"#);
        assert_eq!(tags(&unclear, None).unwrap(), one("w", &["contacts"]));
        let nowhere = body("DELETE", r#""old_record":{"id":"m"}"#);
        assert_eq!(tags(&nowhere, None).unwrap_err().field, Some("record"));
        assert_eq!(tags(&nowhere, Some("w")).unwrap(), one("w", &["contacts"]));
    }

    #[test]
    fn an_action_without_a_board_invalidates_the_workspace() {
        let body = r#"{"action":"contacts_bulk_updated","workspaceId":15213}"#;
        assert_eq!(tags(body, None).unwrap(), one("15213", &["workspace"]));
    }

    #[test]
    fn a_webhook_that_moves_a_contact_invalidates_both_boards() {
        let body = r#"{"type":"UPDATE","table":"contacts","schema":"public",
            "record":{"id":"c","workspace_id":"w","board_id":"b2","name":"x"},
            "old_record":{"id":"c","workspace_id":"w","board_id":"b1"}}"#;
        assert_eq!(tags(body, None).unwrap(), one("w", &["counts", "board:b1", "board:b2", BUCKET_OF_C]));
    }

    #[test]
    fn a_webhook_without_enough_to_go_by_invalidates_the_workspace() {
        let body = r#"{"type":"DELETE","table":"contacts","record":null,"old_record":{"id":"c"}}"#;
        assert_eq!(tags(body, Some("w")).unwrap(), one("w", &["workspace"]));
        assert_eq!(tags(body, None).unwrap_err().field, Some("record"));
        let other =
            r#"{"type":"UPDATE","table":"tags","record":{"id":1,"workspace_id":"w"},"old_record":null}"#;
        assert_eq!(tags(other, None).unwrap(), one("w", &["workspace"]));
    }

    #[test]
    fn an_old_row_that_does_not_say_where_it_was_invalidates_the_workspace() {
        let body = r#"{"type":"UPDATE","table":"contacts","record":{"id":"c","workspace_id":"w","board_id":"b2"},
            "old_record":{"id":"c"}}"#;
        assert_eq!(tags(body, None).unwrap(), one("w", &["workspace"]));
    }

    #[test]
    fn members_have_a_tag_of_their_own_and_settings_take_everything_along() {
        let body = |table: &str| {
            format!(
                r#"{{"type":"DELETE","table":"{table}","old_record":{{"workspace_id":"w","user_id":"u"}}}}"#
            )
        };
        assert_eq!(tags(&body("workspace_members"), None).unwrap(), one("w", &["members"]));
        assert_eq!(tags(&body("workspace_settings"), None).unwrap(), one("w", &["workspace"]));
    }

    #[test]
    fn events_of_several_workspaces_are_told_apart() {
        let body = r#"{"events":[{"boardId":"b","action":"contact_created","workspaceId":"w1"},
            {"boardId":"b","action":"contact_created","workspaceId":"w2"},
            {"boardId":"b","action":"contact_updated","workspaceId":"w1"}]}"#;
        let plans = tags(body, None).unwrap();
        assert_eq!(plans.len(), 2);
        assert_eq!(plans[0], one("w1", &["counts", "board:b", "contacts"])[0]);
    }

    #[test]
    fn a_bad_body_is_refused_and_the_field_named() {
        for (body, field) in [
            ("", None),
            ("no json", None),
            ("[]", None),
            (r#"{"events":{}}"#, Some("events")),
            (r#"{"events":[]}"#, Some("events")),
            (r#"{"events":[1]}"#, None),
            (r#"{"boardId":"b"}"#, Some("action")),
            (r#"{"boardId":"b:*","action":"x"}"#, Some("boardId")),
            (r#"{"boardId":["b"],"action":"x"}"#, Some("boardId")),
            (r#"{"boardId":"b","action":"x","workspaceId":"other"}"#, Some("workspaceId")),
        ] {
            assert_eq!(tags(body, Some("w")).unwrap_err().field, field, "{body}");
        }
        assert_eq!(tags(r#"{"boardId":"b","action":"x"}"#, None).unwrap_err().field, Some("X-Workspace-ID"));
        let large = vec![b' '; MAX_BODY_LEN + 1];
        assert_eq!(parse(&large, None).unwrap_err().status(), 413);
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(tags(&deep, None).unwrap_err().status(), 400);
    }
}
