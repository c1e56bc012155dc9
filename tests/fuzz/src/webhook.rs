//! Bodies of `POST /api/cache/invalidate`: actions, database webhooks, and lists of both.

use cache_key::Invalidation;

pub const WORDS: &[&str] = &[
    "\"boardId\":",
    "\"contactId\":",
    "\"action\":",
    "\"workspaceId\":",
    "\"events\":[",
    "\"type\":",
    "\"table\":",
    "\"record\":",
    "\"old_record\":",
    "\"schema\":\"public\"",
    "\"contact_moved\"",
    "\"contacts\"",
    "\"messages\"",
    "\"workspace_members\"",
    "\"INSERT\"",
    "\"DELETE\"",
    "null",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"15213\"",
    "15213",
    "\\u0000",
    "\\ud800",
    "1e99",
];

pub fn seeds() -> Vec<Vec<u8>> {
    super::texts(&[
        r#"{"boardId":"board_123","contactId":"contact_456","action":"contact_moved","fromColumnId":"a","toColumnId":"b"}"#,
        r#"{"action":"contacts_bulk_updated","workspaceId":"15213"}"#,
        r#"{"type":"UPDATE","table":"contacts","schema":"public","record":{"id":"c","workspace_id":"15213","board_id":"b"},"old_record":{"id":"c","workspace_id":"15213","board_id":"a"}}"#,
        r#"{"type":"DELETE","table":"workspace_members","schema":"public","record":null,"old_record":{"workspace_id":"15213","user_id":"u"}}"#,
        r#"{"type":"INSERT","table":"messages","schema":"public","record":{"workspace_id":"15213","contact_id":"c"},"old_record":null}"#,
        r#"{"events":[{"boardId":"b","action":"contact_created"},{"type":"INSERT","table":"boards","record":{"id":"b","workspace_id":"15213"}}]}"#,
        r#"{"boardId":"*","action":"x"}"#,
        "[[[[[[[[[[[[[[[[",
    ])
}

fn check(plans: &[Invalidation]) {
    assert!(!plans.is_empty() && plans.len() <= 1000);
    for plan in plans {
        assert!(!plan.tags().is_empty(), "an invalidation of nothing would be acknowledged");
        let (workspace, prefix) =
            (plan.workspace().as_str(), |pattern: &String| pattern.split(':').nth(1).map(ToOwned::to_owned));
        assert!(
            plan.patterns().iter().all(|pattern| prefix(pattern).as_deref() == Some(workspace)),
            "{:?}",
            plan.patterns()
        );
    }
}

pub fn run(bytes: &[u8]) {
    if let Ok(plans) = dto::invalidate::parse(bytes, None) {
        check(&plans);
    }
    if let Ok(plans) = dto::invalidate::parse(bytes, Some("15213")) {
        check(&plans);
        assert!(
            plans.iter().all(|plan| plan.workspace().as_str() == "15213"),
            "the header names the workspace"
        );
    }
}
