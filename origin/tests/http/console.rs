//! The console: its files, what it is told, and the demo that only a developer's machine has.

use std::fs;
use std::path::PathBuf;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use demo_data::Anchor;
use origin::http::console::Console;
use origin::http::console::config::ConsoleSettings;
use origin::source::sqlite::SqliteSource;
use serde_json::{Value, json};

use crate::world::{KEY, World, world, world_with_console};

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let dir = std::env::temp_dir().join(format!("console-{name}-{}", std::process::id()));
        for (file, text) in files {
            let path = dir.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(dir)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const PAGE: &str = "<!doctype html><title>console</title>";

fn built(name: &str) -> (Folder, World) {
    let script = "console.log(1);".repeat(200);
    let files = [
        ("index.html", PAGE),
        ("assets/app-0a1b2c.js", &script),
        ("favicon.svg", "<svg/>"),
        ("_headers", "x"),
    ];
    let folder = Folder::new(name, &files);
    let settings = ConsoleSettings {
        dir: Some(folder.0.clone()),
        edge_url: Some("https://edge.example.com".to_owned()),
        ..ConsoleSettings::default()
    };
    let world = world_with_console(Console::load(&settings, None).unwrap());
    (folder, world)
}

async fn get(world: &World, path: &str) -> Response<Body> {
    world.send(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn text(response: Response<Body>) -> String {
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_process_without_a_console_says_how_to_build_one() {
    let world = world();
    for path in ["/console/", "/console/assets/app.js"] {
        let response = get(&world, path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let said = text(response).await;
        assert!(said.contains("cargo xtask build-console") && said.lines().count() == 1, "{said}");
    }
}

#[tokio::test]
async fn its_files_are_served_and_nothing_else() {
    let (folder, world) = built("files");
    fs::write(folder.0.join("late.txt"), "written after the start").unwrap();
    let folder = get(&world, "/console").await;
    assert_eq!(folder.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(folder.headers()["location"], "console/");
    for path in ["/console/", "/console/index.html"] {
        let response = get(&world, path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-cache", "{path}");
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{path}");
        assert_eq!(text(response).await, PAGE);
    }
    let script = get(&world, "/console/assets/app-0a1b2c.js").await;
    assert_eq!(script.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
    for path in [
        "/console/_headers",
        "/console/late.txt",
        "/console/settings",
        "/console/assets/nothing.js",
        "/console/..%2F..%2Fetc%2Fpasswd.txt",
        "/console/../config.rs",
        "/console/%FF.js",
    ] {
        assert_eq!(get(&world, path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_file_that_the_browser_has_is_not_sent_again_and_a_large_one_is_compressed() {
    let (_folder, world) = built("conditional");
    let path = "/console/assets/app-0a1b2c.js";
    let whole = get(&world, path).await;
    let etag = whole.headers()["etag"].clone();
    assert_eq!(text(whole).await.len(), 3000);
    let compressed = Request::get(path).header("Accept-Encoding", "br, gzip").body(Body::empty()).unwrap();
    let compressed = world.send(compressed).await;
    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    assert_eq!(compressed.headers()["vary"], "Accept-Encoding");
    let body = axum::body::to_bytes(compressed.into_body(), usize::MAX).await.unwrap();
    assert!(body.len() < 300, "{}", body.len());
    let again = Request::get(path).header("If-None-Match", etag).body(Body::empty()).unwrap();
    assert_eq!(world.send(again).await.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn the_page_may_call_what_it_is_told_of_and_load_nothing_from_elsewhere() {
    let (_folder, world) = built("policy");
    let page = get(&world, "/console/").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(policy.contains("connect-src 'self' https://edge.example.com;"), "{policy}");
    assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    let told: Value = serde_json::from_str(&text(get(&world, "/console/config.json").await).await).unwrap();
    let expected = json!({
        "edgeUrl": "https://edge.example.com", "originUrl": "", "supabaseUrl": null, "supabaseAnonKey": null,
        "restUrl": null, "demoUsersUrl": null,
    });
    assert_eq!(told, expected);
}

#[tokio::test]
async fn without_a_demo_nobody_is_told_of_users_and_nothing_is_written() {
    let (_folder, world) = built("no-demo");
    let asked = Request::get("/console/demo-users.json").header("Host", "localhost:8080");
    assert_eq!(world.send(asked.body(Body::empty()).unwrap()).await.status(), StatusCode::NOT_FOUND);
    let write =
        Request::patch("/console/demo/rest/contacts?id=eq.c&workspace_id=eq.w").header("Host", "localhost");
    let write = write.header("X-Internal-Auth", KEY).body(Body::from(r#"{"board_column_id":"x"}"#)).unwrap();
    assert_eq!(world.send(write).await.status(), StatusCode::NOT_FOUND);
}

#[test]
fn a_folder_that_was_named_and_has_no_console_stops_the_start() {
    let dir = Some(std::env::temp_dir().join("no-console-here"));
    let settings = ConsoleSettings { dir, ..ConsoleSettings::default() };
    assert!(Console::load(&settings, None).is_err());
}

/// A demo over an embedded database.
fn demo(name: &str, source: SqliteSource) -> (Folder, World) {
    let folder = Folder::new(name, &[("users.json", r#"{"users":[]}"#), ("index.html", PAGE)]);
    let settings = ConsoleSettings {
        dir: Some(folder.0.clone()),
        demo_users: Some(folder.0.join("users.json")),
        ..ConsoleSettings::default()
    };
    let world = world_with_console(Console::load(&settings, Some(source)).unwrap());
    (folder, world)
}

const CONTACT: &str = "/console/demo/rest/contacts?id=eq.contact_15213_000001&workspace_id=eq.15213";

fn write(host: &str, path: &str, column: &str) -> Request<Body> {
    let request = Request::patch(path).header("Host", host).header("X-Internal-Auth", KEY);
    request.body(Body::from(json!({ "board_column_id": column }).to_string())).unwrap()
}

#[tokio::test]
async fn a_demo_moves_a_contact_and_tells_the_generation() {
    let source = SqliteSource::open_in_memory().unwrap();
    source.seed_demo(Anchor::of_day_containing(1_785_000_000)).await.unwrap();
    let (_folder, world) = demo("moves", source);
    let users = Request::get("/console/demo-users.json").header("Host", "127.0.0.1:8080");
    assert_eq!(world.send(users.body(Body::empty()).unwrap()).await.status(), StatusCode::OK);
    let moved = world.send(write("localhost:8080", CONTACT, "col_123_done")).await;
    assert_eq!(moved.status(), StatusCode::OK);
    assert!(moved.headers()["x-cache-generation"].to_str().unwrap().contains("board:board_123="));
    let rows: Value = serde_json::from_str(&text(moved).await).unwrap();
    assert_eq!(rows, json!([{"id": "contact_15213_000001", "board_column_id": "col_123_done"}]));
    // A column of another board, and a contact of another workspace.
    for (path, column) in
        [(CONTACT.to_owned(), "col_sales_done"), (CONTACT.replace("eq.15213", "eq.20771"), "col_123_done")]
    {
        let nothing = world.send(write("localhost:8080", &path, column)).await;
        assert_eq!(text(nothing).await, "[]", "{path}");
    }
}

#[tokio::test]
async fn a_demo_answers_nothing_that_was_asked_of_another_name() {
    let (_folder, world) = demo("names", SqliteSource::open_in_memory().unwrap());
    for host in ["evil.example:8080", "localhost.evil.example", ""] {
        let users = Request::get("/console/demo-users.json").header("Host", host);
        assert_eq!(
            world.send(users.body(Body::empty()).unwrap()).await.status(),
            StatusCode::NOT_FOUND,
            "{host}"
        );
        assert_eq!(
            world.send(write(host, CONTACT, "col_123_done")).await.status(),
            StatusCode::NOT_FOUND,
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_demo_answers_nothing_that_came_through_a_proxy() {
    let (_folder, world) = demo("proxies", SqliteSource::open_in_memory().unwrap());
    for name in [
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Server",
        "X-Real-IP",
        "Via",
        "CF-Connecting-IP",
    ] {
        // Also where the proxy names a loopback host and says that the client is on this machine.
        let ask = |request: axum::http::request::Builder| {
            let request = request.header("Host", "localhost:8080").header(name, "127.0.0.1");
            world.send(request.body(Body::empty()).unwrap())
        };
        let users = ask(Request::get("/console/demo-users.json")).await;
        assert_eq!(users.status(), StatusCode::NOT_FOUND, "{name}");
        let written = ask(Request::patch(CONTACT).header("X-Internal-Auth", KEY)).await;
        assert_eq!(written.status(), StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn a_demo_writes_for_nobody_who_is_not_known() {
    let (_folder, world) = demo("strangers", SqliteSource::open_in_memory().unwrap());
    let stranger = Request::patch(CONTACT).header("Host", "localhost").body(Body::from("{}")).unwrap();
    assert_eq!(world.send(stranger).await.status(), StatusCode::UNAUTHORIZED);
}
