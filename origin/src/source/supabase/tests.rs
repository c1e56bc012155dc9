//! The source in front of a PostgREST that says what a test wants it to say.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::{Router, routing::get};
use cache_key::ListParams;
use identity::{InternalKeys, VerifiedWorkspace};
use ids::BoardId;

use super::*;

/// A source whose pages and totals are these, one a question; the last of each is repeated. There is a board.
async fn source(pages: &[&'static str], totals: &[&'static str]) -> SupabaseSource {
    let script = |answers: &[&'static str]| {
        let answers = Arc::new(Mutex::new(VecDeque::from(answers.to_vec())));
        move || {
            let mut answers = answers.lock().unwrap();
            let answer =
                if answers.len() > 1 { answers.pop_front() } else { answers.front().copied() }.unwrap();
            async move { answer }
        }
    };
    let postgrest = Router::new()
        .route("/rest/v1/contacts", get(script(pages)))
        .route("/rest/v1/rpc/contact_total", get(script(totals)))
        .route("/rest/v1/boards", get(async || r#"[{"id":"b"}]"#));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, postgrest).await });
    let config = SupabaseConfig {
        url,
        anon_key: "key".to_owned(),
        service: Some(ServiceCredential::Secret("a-secret-of-at-least-thirty-two-bytes".to_owned())),
        timeout: Duration::from_secs(5),
    };
    SupabaseSource::new(config).unwrap()
}

async fn listed(source: &SupabaseSource, page: u32) -> Result<(String, u64), SourceError> {
    let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
    let proof = keys.check("an-internal-key-for-tests").unwrap();
    let workspace = VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("w").unwrap());
    let params = ListParams { page, ..ListParams::default() };
    let query = ListQuery::new(&workspace, BoardId::parse("b").unwrap(), params).unwrap();
    let page = source.list_contacts(Asker::Service, &query, 0).await?;
    Ok((String::from_utf8(page.contacts_json.to_vec()).unwrap(), page.total))
}

#[tokio::test]
async fn a_page_and_a_total_that_agree_are_asked_once() {
    let some = r#"[{"id":"c"}]"#;
    for (contacts, total, page) in [(some, "1", 1), ("[]", "0", 1), ("[]", "50", 2), (some, "51", 2)] {
        let asked = source(&[contacts, "no list"], &[total, "no number"]).await;
        let expected = (contacts.to_owned(), total.parse().unwrap());
        assert_eq!(listed(&asked, page).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_page_and_a_total_that_disagree_are_asked_once_more() {
    let some = r#"[{"id":"c"}]"#;
    let rows_went = source(&["[]"], &["1", "0"]).await;
    assert_eq!(listed(&rows_went, 1).await.unwrap(), ("[]".to_owned(), 0));
    let rows_came = source(&[some], &["0", "1"]).await;
    assert_eq!(listed(&rows_came, 1).await.unwrap(), (some.to_owned(), 1));
}

#[tokio::test]
async fn a_page_and_a_total_that_go_on_to_disagree_are_no_answer() {
    let some = r#"[{"id":"c"}]"#;
    for (contacts, total, page) in [("[]", "1", 1), ("[]", "51", 2), (some, "0", 1), (some, "50", 2)] {
        let error = listed(&source(&[contacts], &[total]).await, page).await.unwrap_err();
        assert_eq!(error.to_string(), "the source cannot be reached: page and total disagree");
    }
}
