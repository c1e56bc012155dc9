//! Details, messages, counts and settings: the two sources give the same answers, and the right ones.

use cache_key::{MessagesQuery, PageParams};
use demo_data::{
    BIG_WORKSPACE_ID, BUSY_CONTACT_ID, MessageRow, SILENT_CONTACT_ID, VARIED_WORKSPACE_ID, timestamp_text,
};
use dto::ContactCounts;
use dto::settings::CacheSettings;
use ids::{BoardId, ContactId, UserId};
use origin::source::{Asker, ContactSource, MessagePage, SourceError, StoredSettings};
use serde_json::{Value, json};

use crate::anchor;
use crate::world::{Caller, Who, World, asker, error_of, verified, workspace_id};

fn contact_id(text: &str) -> ContactId {
    ContactId::parse(text).unwrap()
}

fn user_id(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

/// Whoever asks in these tests: a member and the service see the same, the others nothing.
struct People {
    admin: Caller,
    member: Caller,
    outsider: Caller,
    /// A member of the varied workspace who asks about the big one.
    elsewhere: Caller,
}

impl People {
    fn of(world: &World) -> Self {
        Self {
            admin: world.sign_in("user_admin_20771", VARIED_WORKSPACE_ID),
            member: world.sign_in("user_member_20771", VARIED_WORKSPACE_ID),
            outsider: world.sign_in("user_outsider", VARIED_WORKSPACE_ID),
            elsewhere: world.sign_in("user_member_20771", BIG_WORKSPACE_ID),
        }
    }
}

const SERVICE: Who<'static> = Who::Service(VARIED_WORKSPACE_ID);

/// Contacts that exist, but not there, or not for who asks.
fn nowhere(people: &People) -> [(Who<'_>, &'static str); 6] {
    [
        (Who::User(&people.member), "no-such-contact"),
        (Who::User(&people.member), "contact_15213_000100"),
        (Who::User(&people.outsider), BUSY_CONTACT_ID),
        (Who::User(&people.elsewhere), "contact_15213_000100"),
        (SERVICE, "contact_15213_000100"),
        (SERVICE, "no-such-contact"),
    ]
}

/// Before settings are made: `cache_enabled` is what it is without any.
pub async fn workspaces(world: &World) {
    let people = People::of(world);
    for (who, expected) in [
        (SERVICE, vec![(BIG_WORKSPACE_ID, 1), (VARIED_WORKSPACE_ID, 3)]),
        (Who::User(&people.member), vec![(VARIED_WORKSPACE_ID, 3)]),
        (Who::User(&people.outsider), vec![]),
    ] {
        let [sqlite, supabase] =
            [world.sqlite.workspaces(asker(who)).await, world.supabase.workspaces(asker(who)).await]
                .map(Result::unwrap);
        assert_eq!(sqlite, supabase);
        let listed: Vec<_> = sqlite.iter().map(|one| (one.id.as_str(), one.boards)).collect();
        assert_eq!(listed, expected);
        assert!(sqlite.iter().all(|one| one.cache_enabled && !one.name.is_empty()));
    }
}

pub async fn details_of_contacts(world: &World) -> usize {
    let people = People::of(world);
    let mut agreed = 0;
    // The first have the awkward names.
    let ids = demo_data::contacts_of_workspace(anchor(world), VARIED_WORKSPACE_ID).map(|row| row.id);
    for id in ids.enumerate().filter(|(index, _)| *index < 40 || index % 997 == 0).map(|(_, id)| id) {
        for who in [Who::User(&people.member), SERVICE] {
            let (asker, workspace, id) = (asker(who), workspace_id(VARIED_WORKSPACE_ID), contact_id(&id));
            let (supabase, sqlite) = tokio::join!(
                world.supabase.contact(asker, &workspace, &id),
                world.sqlite.contact(asker, &workspace, &id)
            );
            let sqlite = sqlite.unwrap();
            assert_eq!(supabase.unwrap(), sqlite, "{id}: {}", String::from_utf8_lossy(&sqlite));
            let contact: Value = serde_json::from_slice(&sqlite).unwrap();
            assert_eq!((contact["id"].as_str(), contact.as_object().unwrap().len()), (Some(id.as_str()), 19));
            agreed += 1;
        }
    }
    for (who, id) in nowhere(&people) {
        let workspace = verified(who).id().clone();
        for source in world.sources() {
            let error = error_of(source.contact(asker(who), &workspace, &contact_id(id)).await);
            assert!(matches!(error, SourceError::NotFound), "{id}: {error:?}");
        }
    }
    agreed
}

pub async fn messages_of_contacts(world: &World) -> usize {
    let people = People::of(world);
    let mut agreed = 0;
    let rows: Vec<MessageRow> = demo_data::messages(anchor(world))
        .filter(|row| {
            row.workspace_id == VARIED_WORKSPACE_ID && row.contact_id.as_str() < "contact_20771_004001"
        })
        .collect();
    let mut ids: Vec<&str> = rows.iter().map(|row| row.contact_id.as_str()).collect();
    ids.dedup();
    assert!(ids.len() > 300);
    for id in ids {
        let expected = newest_first(rows.iter().filter(|row| row.contact_id == id).collect());
        let is_busy = expected.len() > 200;
        for per_page in if is_busy { [1, 7, 100].as_slice() } else { &[50] } {
            let pages = (expected.len() as u32).div_ceil(*per_page);
            // Of a page for each message, the first and the last will do.
            let asked = (1..=pages + 2).filter(|page| pages < 40 || *page < 4 || *page + 4 > pages);
            for page in asked.chain([cache_key::MAX_PAGE]) {
                let answer = agree_on(world, Who::User(&people.member), id, page, *per_page).await;
                assert_eq!(answer.total, expected.len() as u64, "{id}");
                let shown: Vec<Value> = serde_json::from_slice(&answer.messages_json).unwrap();
                let from = ((page - 1) as usize * *per_page as usize).min(expected.len());
                let to = (from + *per_page as usize).min(expected.len());
                assert_eq!(shown, expected[from..to], "{id}, page {page} of {per_page}");
                agreed += 1;
            }
        }
    }
    for who in [Who::User(&people.admin), SERVICE] {
        let of_service = agree_on(world, who, BUSY_CONTACT_ID, 2, 50).await;
        let of_member = agree_on(world, Who::User(&people.member), BUSY_CONTACT_ID, 2, 50).await;
        assert_eq!(of_service, of_member);
        for page in [1, 9] {
            let silent = agree_on(world, who, SILENT_CONTACT_ID, page, 50).await;
            assert_eq!((&silent.messages_json[..], silent.total), (&b"[]"[..], 0));
        }
    }
    for (who, id) in nowhere(&people) {
        for page in [1, 9] {
            for source in world.sources() {
                let error = error_of(source.messages(asker(who), &query(who, id, page, 50)).await);
                assert!(matches!(error, SourceError::NotFound), "{id}: {error:?}");
            }
        }
    }
    agreed
}

fn newest_first(mut rows: Vec<&MessageRow>) -> Vec<Value> {
    rows.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    rows.into_iter()
        .map(|row| {
            json!({"id": row.id, "contact_id": row.contact_id, "direction": row.direction.as_str(),
                "channel": row.channel.as_str(), "body": row.body, "created_at": timestamp_text(row.created_at)})
        })
        .collect()
}

fn query(who: Who<'_>, id: &str, page: u32, per_page: u32) -> MessagesQuery {
    MessagesQuery::new(&verified(who), contact_id(id), PageParams { page, per_page })
}

/// What both sources say, to the byte but for the white space between messages.
async fn agree_on(world: &World, who: Who<'_>, id: &str, page: u32, per_page: u32) -> MessagePage {
    let (asker, query) = (asker(who), query(who, id, page, per_page));
    let (supabase, sqlite) =
        tokio::join!(world.supabase.messages(asker, &query), world.sqlite.messages(asker, &query));
    let (supabase, sqlite) = (supabase.unwrap(), sqlite.unwrap());
    assert_eq!(supabase.total, sqlite.total, "{id}");
    let text = |page: &MessagePage| String::from_utf8(page.messages_json.to_vec()).unwrap();
    assert_eq!(text(&supabase).replace(", \n ", ","), text(&sqlite), "{id}, page {page} of {per_page}");
    sqlite
}

pub async fn counts_of_workspaces(world: &World) -> usize {
    let people = People::of(world);
    let big_member = world.sign_in("user_member_15213", BIG_WORKSPACE_ID);
    let agent = world.sign_in("user_agent_15213", BIG_WORKSPACE_ID);
    let agree = async |who: Who<'_>, workspace: &str, user: Option<&str>| -> ContactCounts {
        let (asker, workspace, user) = (asker(who), workspace_id(workspace), user.map(user_id));
        let (supabase, sqlite) = tokio::join!(
            world.supabase.contact_counts(asker, &workspace, user.as_ref(), world.now_secs),
            world.sqlite.contact_counts(asker, &workspace, user.as_ref(), world.now_secs)
        );
        let (supabase, sqlite) = (supabase.unwrap(), sqlite.unwrap());
        assert_eq!(supabase, sqlite, "{workspace}, {user:?}");
        assert_eq!(sqlite.high_priority + sqlite.medium_priority + sqlite.low_priority, sqlite.total);
        sqlite
    };
    let example = json!({
        "unassigned": 191_623, "assignedToMe": 0, "open": 14, "closed": 588, "total": 191_663, "highPriority": 2,
        "mediumPriority": 191_657, "lowPriority": 4, "needsResponse": 5, "followUp": 0, "favorites": 3, "archived": 4,
        "unhappyCustomers": 0, "newCustomers": 0, "recentActivity": 0
    });
    let example: ContactCounts = serde_json::from_value(example).unwrap();
    let of_agent = ContactCounts { assigned_to_me: 40, ..example };
    let nothing = ContactCounts::default();
    let (member, agent) = (Who::User(&big_member), Who::User(&agent));
    let cases = [
        (member, BIG_WORKSPACE_ID, Some("user_member_15213"), example),
        (agent, BIG_WORKSPACE_ID, Some("user_agent_15213"), of_agent),
        (SERVICE, BIG_WORKSPACE_ID, Some("user_agent_15213"), of_agent),
        (SERVICE, BIG_WORKSPACE_ID, None, example),
        // What PostgREST would take for an operator, were it an argument in the URL.
        (SERVICE, BIG_WORKSPACE_ID, Some("like"), example),
        (SERVICE, "not", Some("in"), nothing),
        (Who::User(&people.outsider), BIG_WORKSPACE_ID, Some("user_outsider"), nothing),
        (Who::User(&people.elsewhere), BIG_WORKSPACE_ID, Some("user_member_20771"), nothing),
    ];
    for (who, workspace, user, expected) in cases {
        assert_eq!(agree(who, workspace, user).await, expected, "{workspace}, {user:?}");
    }
    for caller in [&people.member, &people.admin] {
        let counts = agree(Who::User(caller), VARIED_WORKSPACE_ID, Some(caller.id.as_str())).await;
        assert_eq!(counts.total, 60_000);
        let counts = serde_json::to_value(counts).unwrap();
        assert!(counts.as_object().unwrap().values().all(|count| count.as_u64() > Some(0)), "{counts}");
    }
    cases.len() + 2
}

pub async fn boards_of_workspaces(world: &World) {
    let people = People::of(world);
    let varied: &[&str] = &["board_onboarding", "board_sales", "board_support"];
    let cases: [(Who<'_>, &str, &[&str]); 7] = [
        (Who::User(&people.member), VARIED_WORKSPACE_ID, varied),
        (Who::User(&people.admin), VARIED_WORKSPACE_ID, varied),
        (SERVICE, VARIED_WORKSPACE_ID, varied),
        (SERVICE, BIG_WORKSPACE_ID, &["board_123"]),
        (SERVICE, "no-such-workspace", &[]),
        (Who::User(&people.outsider), VARIED_WORKSPACE_ID, &[]),
        (Who::User(&people.elsewhere), BIG_WORKSPACE_ID, &[]),
    ];
    for (who, workspace, expected) in cases {
        for source in world.sources() {
            let boards = source.boards(asker(who), &workspace_id(workspace)).await.unwrap();
            assert_eq!(boards.iter().map(BoardId::as_str).collect::<Vec<_>>(), expected, "{workspace}");
        }
    }
}

pub async fn settings_of_workspaces(world: &World) {
    let people = People::of(world);
    let (varied, big) = (workspace_id(VARIED_WORKSPACE_ID), workspace_id(BIG_WORKSPACE_ID));
    let settings = |body: &str| CacheSettings::default().changed_by(body.as_bytes()).unwrap();
    let off = settings(r#"{"cacheEnabled": false, "cacheConfig": {"contactsTTL": 60, "searchTTL": 86400}}"#);
    let on = settings(r#"{"features": {"search": false}}"#);
    for source in world.sources() {
        let read = async |who: Who<'_>| source.settings(asker(who), &varied).await.unwrap();
        assert_eq!(read(Who::User(&people.member)).await, None);
        for (who, workspace) in [
            (Who::User(&people.member), &varied),
            (Who::User(&people.outsider), &varied),
            (Who::User(&people.admin), &big),
            (Who::User(&people.admin), &workspace_id("no-such-workspace")),
        ] {
            let error = error_of(source.put_settings(asker(who), workspace, &off).await);
            assert!(matches!(error, SourceError::Forbidden), "{workspace}: {error:?}");
        }
        let nowhere = source.put_settings(Asker::Service, &workspace_id("no-such-workspace"), &off).await;
        assert!(matches!(error_of(nowhere), SourceError::NotFound));
        assert_eq!(read(SERVICE).await, None);

        for (who, cache) in [(Who::User(&people.admin), off), (SERVICE, on)] {
            let updated_at = source.put_settings(asker(who), &varied, &cache).await.unwrap();
            assert!(updated_at.starts_with("20") && updated_at.ends_with("+00:00"), "{updated_at}");
            let stored = Some(StoredSettings { cache, updated_at });
            assert_eq!(read(Who::User(&people.member)).await, stored);
            assert_eq!(read(SERVICE).await, stored);
            assert_eq!(read(Who::User(&people.outsider)).await, None);
        }
    }
    let asker = Asker::User { id: &people.admin.id, token: "not-a-token" };
    for refused in [
        error_of(world.supabase.put_settings(asker, &varied, &on).await),
        error_of(world.supabase.settings(asker, &varied).await),
        error_of(world.supabase.contact_counts(asker, &varied, None, 0).await),
        error_of(world.supabase.contact(asker, &varied, &contact_id(BUSY_CONTACT_ID)).await),
    ] {
        assert!(matches!(refused, SourceError::Refused), "{refused:?}");
    }
}
