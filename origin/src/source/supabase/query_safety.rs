//! Whatever a user types, the request that PostgREST gets has the parameters that were meant, each once, and no others: it is built, encoded and read back
//! as a server reads it. No text adds a filter, a column, an `or` or an embed.

use std::sync::LazyLock;
use std::time::Duration;

use cache_key::{Filter, ListParams, ListQuery, MessagesQuery, PageParams, SearchTerm, SortField, SortOrder};
use identity::{InternalKeys, VerifiedWorkspace};
use ids::{BoardId, ColumnId, ContactId, WorkspaceId};
use proptest::prelude::*;

use super::postgrest_client::PostgrestClient;
use super::request::{self, Request};

/// Every parameter that may ever be asked of a list.
const KNOWN: [&str; 26] = [
    "select",
    "workspace_id",
    "board_id",
    "filter",
    "column_id",
    "user_id",
    "recent_since",
    "sort_by",
    "sort_order",
    "row_limit",
    "row_offset",
    "of_workspace_id",
    "of_board_id",
    "term",
    "status",
    "assigned_to",
    "priority",
    "needs_response",
    "follow_up_at",
    "is_favorite",
    "is_archived",
    "sentiment",
    "lifecycle_stage",
    "last_activity_at",
    "board_column_id",
    "order",
];
const SEARCH: &str = "search_text";

/// The query as a server reads it: split at `&` and, as PostgREST's parser does, at `;`, then at the first `=`, then decoded.
fn read(query: &str) -> Vec<(String, String)> {
    query
        .split(['&', ';'])
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (bytes[at], hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).expect("what is sent is UTF-8")
}

fn workspace() -> VerifiedWorkspace {
    let keys = InternalKeys::parse("an-internal-key-for-tests").expect("keys");
    let proof = keys.check("an-internal-key-for-tests").expect("the key");
    VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("15213").expect("an id"))
}

static CLIENT: LazyLock<PostgrestClient> = LazyLock::new(|| {
    PostgrestClient::new("http://supabase.test/rest/v1", "key", None, Duration::from_secs(1))
        .expect("a client")
});

/// The path and the query that are sent, the latter as it is and as it is read.
fn sent(request: &Request) -> (String, String, Vec<(String, String)>) {
    let sent = CLIENT.asked("token", request).expect("a request").build().expect("it can be sent");
    let query = sent.url().query().unwrap_or_default().to_owned();
    assert_eq!(sent.url().fragment(), None);
    (sent.url().path().to_owned(), query.clone(), read(&query))
}

/// What was asked reads back to exactly that, `select` first.
fn assert_is_as_meant(request: &Request) -> Vec<(String, String)> {
    let (path, query, pairs) = sent(request);
    assert_eq!(path, format!("/rest/v1/{}", request.table));
    assert!(query.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*-._+%=&".contains(&byte)), "{query}");
    let select = (!request.select.is_empty()).then(|| ("select".to_owned(), request.select.to_owned()));
    let meant: Vec<(String, String)> = select
        .into_iter()
        .chain(request.parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())))
        .collect();
    assert_eq!(pairs, meant);
    pairs
}

/// Without the backslashes that escape punctuation.
fn unescaped(regex: &str) -> String {
    let mut out = String::new();
    let mut chars = regex.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().expect("an escape is of something") } else { c });
    }
    out
}

fn words() -> impl Strategy<Value = String> {
    let hostile = proptest::sample::select(vec![
        "eq.",
        "or=(",
        "and=(",
        ")",
        ",",
        "&",
        ";",
        "=",
        "select=*",
        "*",
        "%",
        "\\",
        "not.",
        "in.(1)",
        "workspace_id.eq.20771",
        "(any)",
        "->>",
        "::",
        "'",
        "\"",
        "#",
        "?",
        "+",
        " ",
        "messages(*)",
        "order=id",
        "fts(english).",
        "%26",
        "%3B",
        "😀",
        "ß",
        "\u{202e}",
        "\u{ff11}",
    ])
    .prop_map(ToOwned::to_owned);
    proptest::collection::vec(prop_oneof![hostile, any::<String>()], 0..6).prop_map(|words| words.concat())
}

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_-]{1,64}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_list_has_the_parameters_that_were_meant_whatever_is_searched_for(
        text in words(),
        filter in proptest::sample::select(Filter::ALL.to_vec()),
        sort_by in proptest::sample::select(SortField::ALL.to_vec()),
        sort_order in proptest::sample::select(SortOrder::ALL.to_vec()),
        (board, column) in (id(), proptest::option::of(id())),
        (page, per_page, is_service) in (1..10_000_u32, 1..=100_u32, any::<bool>()),
    ) {
        let Ok(search) = SearchTerm::parse(&text) else { return Ok(()) };
        let filter = if filter.depends_on_user() { Filter::All } else { filter };
        let column = column.map(|column| ColumnId::parse(&column).expect("an id"));
        let params = ListParams { page, per_page, filter, search: search.clone(), column, sort_by, sort_order };
        let board = BoardId::parse(&board).expect("an id");
        let query = ListQuery::new(&workspace(), board.clone(), params).expect("no user is needed");
        let asked = match &search {
            Some(term) => request::search(&query, term, 1_795_000_000, is_service),
            None => request::page(&query, 1_795_000_000),
        };
        let pairs = assert_is_as_meant(&asked);

        let values = |name: &str| -> Vec<&str> {
            pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
        };
        for (name, _) in &pairs {
            prop_assert!(KNOWN.contains(&name.as_str()) || name == SEARCH, "{name}");
            prop_assert_eq!(values(name).len(), 1, "{} stands twice", name);
        }
        // The workspace and the board are what was verified and asked, whatever else is there.
        let eq_board = format!("eq.{board}");
        let (named, workspace, board) = match asked.table {
            "contacts" => (["workspace_id", "board_id"], "eq.15213", eq_board.as_str()),
            "rpc/contact_page" => (["workspace_id", "board_id"], "15213", board.as_str()),
            _ => (["of_workspace_id", "of_board_id"], "15213", board.as_str()),
        };
        prop_assert_eq!((values(named[0]), values(named[1])), (vec![workspace], vec![board]));
        // The text stands in one value, behind an operator of ours or a blank, and is nowhere else.
        let searched: Vec<String> = values(SEARCH)
            .into_iter()
            .map(|value| unescaped(value.strip_prefix("match.").expect("our operator")))
            .chain(values("term").into_iter().map(|value| value.strip_prefix(' ').expect("our blank").to_owned()))
            .collect();
        prop_assert_eq!(searched, search.iter().map(|term| term.as_str().to_owned()).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_asked_by_its_id_is_asked_by_nothing_else(id in id(), (page, per_page) in (1..10_000_u32, 1..=100_u32)) {
        let workspace = workspace();
        let contact = ContactId::parse(&id).expect("an id");
        let messages = MessagesQuery::new(&workspace, contact.clone(), PageParams { page, per_page });
        for asked in [
            request::contact(workspace.id(), &contact),
            request::contact_exists(workspace.id(), &contact),
            request::messages(&messages),
            request::settings(workspace.id()),
            request::boards(workspace.id()),
        ] {
            let pairs = assert_is_as_meant(&asked);
            prop_assert!(pairs.contains(&("workspace_id".to_owned(), "eq.15213".to_owned())), "{pairs:?}");
            prop_assert!(pairs.iter().all(|(name, _)| !["or", "and", "not.or", "not.and"].contains(&name.as_str())));
        }
    }
}
