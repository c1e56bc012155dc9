//! The source in front of a PostgREST that says what a test wants it to say.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use axum::{Router, routing::get};
use cache_key::ListParams;
use identity::{InternalKeys, VerifiedWorkspace};
use ids::BoardId;

use super::*;

/// A source whose answers to a list, or to a search and its total past the end, are these, one a question; the last of each is repeated. There is a
/// board.
async fn source(pages: &[Said], searches: &[Said]) -> SupabaseSource {
    let script = |answers: &[Said]| {
        let answers = Arc::new(Mutex::new(VecDeque::from(answers.to_vec())));
        move || {
            let mut answers = answers.lock().unwrap();
            let answer =
                if answers.len() > 1 { answers.pop_front() } else { answers.front().copied() }.unwrap();
            async move { (StatusCode::from_u16(answer.0).unwrap(), [("content-range", answer.1)], answer.2) }
        }
    };
    let postgrest = Router::new()
        .route("/rpc/contact_page", get(script(pages)))
        .route("/contacts", get(script(searches)))
        .route("/boards", get(async || r#"[{"id":"b"}]"#));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rest_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, postgrest).await });
    let config = SupabaseConfig {
        rest_url,
        anon_key: "key".to_owned(),
        service: Some(ServiceCredential::Secret("a-secret-of-at-least-thirty-two-bytes".to_owned())),
        timeout: Duration::from_secs(5),
    };
    SupabaseSource::new(config).unwrap()
}

/// A status, a `Content-Range` and a body.
type Said = (u16, &'static str, &'static str);

async fn listed(
    source: &SupabaseSource,
    page: u32,
    search: Option<&str>,
) -> Result<(String, u64), SourceError> {
    let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
    let proof = keys.check("an-internal-key-for-tests").unwrap();
    let workspace = VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("w").unwrap());
    let search = search.and_then(|text| SearchTerm::parse(text).unwrap());
    let params = ListParams { page, search, ..ListParams::default() };
    let query = ListQuery::new(&workspace, BoardId::parse("b").unwrap(), params).unwrap();
    let page = source.list_contacts(Asker::Service, &query, 0).await?;
    Ok((String::from_utf8(page.contacts_json.to_vec()).unwrap(), page.total))
}

#[tokio::test]
async fn a_page_and_its_total_are_one_row() {
    for (row, contacts, total) in [
        ("[{\"total\":1,\"contacts\":[{\"id\":\"c\"}]}]", "[{\"id\":\"c\"}]", 1),
        (
            "[{\"total\":191663,\"contacts\":[{\"id\":\"c\"}, \n {\"id\":\"}]\"}]}]",
            "[{\"id\":\"c\"}, \n {\"id\":\"}]\"}]",
            191_663,
        ),
        ("[{\"total\":0,\"contacts\":[]}]", "[]", 0),
    ] {
        let asked = source(&[(200, "0-0/*", row), (500, "", "asked twice")], &[(500, "", "asked")]).await;
        assert_eq!(listed(&asked, 1, None).await.unwrap(), (contacts.to_owned(), total));
    }
}

#[tokio::test]
async fn no_row_is_no_board_and_another_shape_no_page() {
    let none = source(&[(200, "*/*", "[]")], &[(500, "", "asked")]).await;
    assert!(matches!(listed(&none, 1, None).await, Err(SourceError::NoBoard)));
    for odd in [
        "",
        "{}",
        "[{\"total\":null,\"contacts\":[]}]",
        "[{\"total\":1,\"contacts\":null}]",
        "[{\"total\":-1,\"contacts\":[]}]",
        "[{\"total\":1}]",
        "[{\"contacts\":[],\"total\":1}]",
        "[{\"total\":99999999999999999999,\"contacts\":[]}]",
    ] {
        let asked = source(&[(200, "0-0/*", odd)], &[(500, "", "asked")]).await;
        let error = listed(&asked, 1, None).await.unwrap_err();
        assert_eq!(error.to_string(), "the source failed: a page does not have its shape", "{odd}");
    }
}

const FOUND: Said = (206, "0-0/1", r#"[{"id":"c"}]"#);
const PAST_THE_END: Said = (416, "", "");

#[tokio::test]
async fn a_search_and_its_total_that_agree_are_asked_once() {
    let unasked = [(500, "", "asked")];
    let found = source(&unasked, &[FOUND, (500, "", "asked twice")]).await;
    assert_eq!(listed(&found, 1, Some("c")).await.unwrap(), (FOUND.2.to_owned(), 1));
    let told = source(&unasked, &[(416, "*/1", ""), (500, "", "asked twice")]).await;
    assert_eq!(listed(&told, 2, Some("c")).await.unwrap(), ("[]".to_owned(), 1));
    let untold = source(&unasked, &[PAST_THE_END, FOUND, (500, "", "asked again")]).await;
    assert_eq!(listed(&untold, 2, Some("c")).await.unwrap(), ("[]".to_owned(), 1));
}

#[tokio::test]
async fn a_search_and_its_total_that_disagree_are_asked_once_more() {
    let many: Said = (206, "0-0/51", r#"[{"id":"c"}]"#);
    let second: Said = (206, "50-50/51", r#"[{"id":"d"}]"#);
    let rows_came = source(&[(500, "", "asked")], &[PAST_THE_END, many, second]).await;
    assert_eq!(listed(&rows_came, 2, Some("c")).await.unwrap(), (second.2.to_owned(), 51));
    let on_and_on = source(&[(500, "", "asked")], &[PAST_THE_END, many, PAST_THE_END, many]).await;
    let error = listed(&on_and_on, 2, Some("c")).await.unwrap_err();
    assert_eq!(error.to_string(), "the source cannot be reached: page and total disagree");
}
