//! Live figures as server-sent events: what they tell, to whom, from where they go on, and how they end.
//!
//! Time is tokio's and jumps to the next window as soon as nothing else is left to do.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, Response, StatusCode};
use futures_util::StreamExt as _;
use origin::live::{MAX_STREAMS_OF_ONE, WINDOW};
use serde_json::Value;

use crate::tokens::token;
use crate::world::{KEY, World, world};

/// One event, as it was sent.
#[derive(Debug, Default, PartialEq)]
struct Event {
    name: String,
    id: String,
    data: String,
}

impl Event {
    fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }
}

/// An open stream.
struct Stream {
    body: BodyDataStream,
    text: String,
}

impl Stream {
    async fn open(world: &World, last_id: Option<&str>) -> Self {
        let response = ask(world, "/api/live?workspaceId=w", last_id).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let mut stream = Self { body: response.into_body().into_data_stream(), text: String::new() };
        let greeting = stream.block().await.unwrap();
        assert!(greeting.contains("retry: 2000"), "{greeting}");
        stream
    }

    /// What stands before the next empty line; `None` at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let chunk = self.body.next().await?.unwrap();
            self.text += std::str::from_utf8(&chunk).unwrap();
        }
    }

    async fn event(&mut self) -> Option<Event> {
        let block = self.block().await?;
        let mut event = Event::default();
        for line in block.lines() {
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            match name {
                "event" => value.clone_into(&mut event.name),
                "id" => value.clone_into(&mut event.id),
                "data" => value.clone_into(&mut event.data),
                _ => {}
            }
        }
        Some(event)
    }

    async fn figures(&mut self) -> Event {
        loop {
            let event = self.event().await.unwrap();
            if event.name == "figures" {
                return event;
            }
        }
    }
}

async fn ask_as_user(world: &World) -> Response<Body> {
    let request = Request::get("/api/live?workspaceId=w")
        .header("Authorization", format!("Bearer {}", token(r#"{"sub":"u","exp":1785000060}"#)));
    world.send(request.body(Body::empty()).unwrap()).await
}

/// How many windows are told until the stream ends, each of two seconds.
async fn windows_until_the_end(world: &World, response: Response<Body>) -> u64 {
    let mut stream = Stream { body: response.into_body().into_data_stream(), text: String::new() };
    let mut windows = 0;
    while let Some(event) = stream.event().await {
        windows += u64::from(event.name == "figures");
        world.advance_secs(2);
        assert!(windows < 1000, "it goes on");
    }
    windows
}

/// Has the streams end that were dropped.
async fn gone() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

async fn ask(world: &World, path: &str, last_id: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path).header("X-Internal-Auth", KEY);
    if let Some(id) = last_id {
        request = request.header("Last-Event-ID", id);
    }
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn a_window_tells_what_was_asked_in_it_and_of_the_watched_workspace_alone() {
    let world = world();
    let mut stream = Stream::open(&world, None).await;
    for _ in 0..3 {
        assert_eq!(world.list().await, StatusCode::OK);
    }
    let other = Request::get("/api/boards/b/contacts").header("X-Internal-Auth", KEY);
    let other = other.header("X-Workspace-ID", "other").body(Body::empty()).unwrap();
    assert_eq!(world.send(other).await.status(), StatusCode::OK);
    let figures = stream.figures().await.json();
    assert_eq!((&figures["requests"], &figures["hits"]), (&3.into(), &2.into()), "{figures}");
    assert_eq!(figures["byTier"], serde_json::json!({"memory": 2, "redis": 0, "database": 1}));
    assert_eq!(figures["windowSecs"], WINDOW.as_secs());
    assert!(figures["redisUp"].is_null() && figures["p99Ms"].as_f64().unwrap() > 0.0, "{figures}");
    world.advance_secs(2);
    let next = stream.figures().await.json();
    assert_eq!((&next["requests"], &next["hitRate"]), (&0.into(), &Value::Null), "{next}");
}

#[tokio::test(start_paused = true)]
async fn whoever_was_away_goes_on_where_they_were() {
    let world = world();
    let mut stream = Stream::open(&world, None).await;
    let seen = stream.figures().await.id;
    drop(stream);
    // Between two windows, so that it is certain which of them the clock has been advanced for.
    tokio::time::sleep(WINDOW / 2).await;
    for _ in 0..5 {
        world.advance_secs(2);
        tokio::time::sleep(WINDOW).await;
    }
    let mut again = Stream::open(&world, Some(&seen)).await;
    let mut ids = vec![seen.parse::<u64>().unwrap()];
    for _ in 0..4 {
        ids.push(again.figures().await.id.parse().unwrap());
    }
    let steps: Vec<u64> = ids.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(steps, [2000; 4], "{ids:?}");
    // Somebody new begins with the last window; an id that is no number, or of tomorrow, is nobody's.
    for last_id in [None, Some("abc"), Some("99999999999999")] {
        let mut fresh = Stream::open(&world, last_id).await;
        world.advance_secs(2);
        assert!(fresh.figures().await.id.parse::<u64>().unwrap() >= *ids.last().unwrap(), "{last_id:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_is_told_at_once_with_its_generation() {
    let world = world();
    let mut stream = Stream::open(&world, None).await;
    let change = r#"{"boardId":"b","action":"contact_moved","contactId":"c"}"#;
    assert_eq!(world.ask("POST", "/api/cache/invalidate", change).await, StatusCode::OK);
    let event = stream.event().await.unwrap();
    assert_eq!((event.name.as_str(), event.id.as_str()), ("invalidated", ""));
    let generation = event.json()["generation"].as_str().unwrap().to_owned();
    // It can be sent back.
    let read = Request::get("/api/boards/b/contacts").header("X-Internal-Auth", KEY);
    let read = read.header("X-Workspace-ID", "w").header("X-Cache-Generation", generation);
    assert_eq!(world.send(read.body(Body::empty()).unwrap()).await.status(), StatusCode::OK);
    assert_eq!(stream.figures().await.json()["invalidations"], 1);
}

#[tokio::test(start_paused = true)]
async fn only_so_many_streams_are_open_at_once() {
    let world = world();
    let mut open = Vec::new();
    for _ in 0..MAX_STREAMS_OF_ONE {
        open.push(Stream::open(&world, None).await);
    }
    let refused = ask(&world, "/api/live?workspaceId=w", None).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(world.app.live.open_streams(), MAX_STREAMS_OF_ONE);
    open.pop();
    gone().await;
    Stream::open(&world, None).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_for_the_head_alone_takes_no_place() {
    let world = world();
    for n in 0..100 {
        let head = Request::head(format!("/api/live?workspaceId=w{n}")).header("X-Internal-Auth", KEY);
        let response = world.send(head.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
    assert!(!world.app.live.is_counting(), "nothing is watched");
    let stranger = Request::head("/api/live?workspaceId=w").body(Body::empty()).unwrap();
    assert_eq!(world.send(stranger).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn nobody_keeps_others_from_watching_by_visiting_many_workspaces() {
    let world = world();
    for n in 0..100 {
        let visited = ask(&world, &format!("/api/live?workspaceId=w{n}"), None).await;
        assert_eq!(visited.status(), StatusCode::OK, "the visit to w{n}");
        drop(visited);
        gone().await;
    }
    world.source.everybody_is_a_member.store(true, Ordering::SeqCst);
    assert_eq!(ask_as_user(&world).await.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_counted_while_nobody_watches() {
    let world = world();
    assert!(!world.app.live.is_counting());
    let stream = Stream::open(&world, None).await;
    assert!(world.app.live.is_counting());
    drop(stream);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert!(world.app.live.is_counting(), "whoever was there may come back");
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(!world.app.live.is_counting());
    // And somebody may begin again.
    Stream::open(&world, None).await.figures().await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_says_so_and_closes() {
    let world = world();
    let mut stream = Stream::open(&world, None).await;
    world.app.live.end();
    let block = stream.block().await.unwrap();
    assert!(block.contains("event: bye") && block.contains("retry: 1000"), "{block}");
    assert!(stream.event().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_token_has_expired() {
    let world = world();
    world.source.everybody_is_a_member.store(true, Ordering::SeqCst);
    let response = ask_as_user(&world).await;
    assert_eq!(response.status(), StatusCode::OK);
    let secs = 2 * windows_until_the_end(&world, response).await;
    assert!((60..=80).contains(&secs), "after {secs} s");
    assert_eq!(ask_as_user(&world).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_user_is_a_member_no_more() {
    let world = world();
    world.source.everybody_is_a_member.store(true, Ordering::SeqCst);
    let response = ask_as_user(&world).await;
    assert_eq!(response.status(), StatusCode::OK);
    world.source.everybody_is_a_member.store(false, Ordering::SeqCst);
    let change =
        r#"{"type":"DELETE","table":"workspace_members","record":null,"old_record":{"workspace_id":"w"}}"#;
    assert_eq!(world.ask("POST", "/api/cache/invalidate", change).await, StatusCode::OK);
    let secs = 2 * windows_until_the_end(&world, response).await;
    assert!(secs <= 12, "after {secs} s");
    assert_eq!(ask_as_user(&world).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_read_ends_with_its_token_all_the_same() {
    let world = world();
    world.source.everybody_is_a_member.store(true, Ordering::SeqCst);
    let unread = ask_as_user(&world).await;
    assert_eq!(world.app.live.open_streams(), 1);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(world.app.live.open_streams(), 1, "its token is good");
    world.advance_secs(200);
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert_eq!(world.app.live.open_streams(), 0, "its place is free");
    // Of what happened meanwhile nothing was kept for it but what was on its way.
    assert!(windows_until_the_end(&world, unread).await <= 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_watches_who_may_not() {
    let world = world();
    for (path, status) in [
        ("/api/live?workspaceId=w", StatusCode::UNAUTHORIZED),
        ("/api/system/live", StatusCode::UNAUTHORIZED),
        ("/api/system/workspaces", StatusCode::UNAUTHORIZED),
        ("/api/live", StatusCode::BAD_REQUEST),
        ("/api/live?workspaceId=", StatusCode::BAD_REQUEST),
        ("/api/live?workspaceId=w&workspaceId=v", StatusCode::BAD_REQUEST),
    ] {
        let response = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
    let disagreeing = Request::get("/api/live?workspaceId=w").header("X-Workspace-ID", "v");
    let disagreeing = disagreeing.header("X-Internal-Auth", KEY).body(Body::empty()).unwrap();
    assert_eq!(world.send(disagreeing).await.status(), StatusCode::BAD_REQUEST);
}
