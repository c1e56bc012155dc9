//! `/openapi.json` against the router itself, and the page that shows it.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;

use crate::world::{World, world};

async fn bytes(world: &World, path: &str) -> Vec<u8> {
    let response = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
}

/// A path of the template, and the name of the template in the document.
fn example(template: &str) -> (String, String) {
    let (mut path, mut documented) = (String::new(), String::new());
    for part in template.split('/').skip(1) {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        path += if name.is_some() { "/x" } else { "/" };
        path += if name.is_some() { "" } else { part };
        let mut words = part.split('_');
        documented += "/";
        documented += words.next().unwrap();
        documented.extend(words.map(|word| word[..1].to_uppercase() + &word[1..]));
    }
    (path, documented)
}

#[tokio::test]
async fn every_route_is_described_with_its_methods() {
    let world = world();
    let document: Value = serde_json::from_slice(&bytes(&world, "/openapi.json").await).unwrap();
    let mut described = 0;
    for template in origin::http::TEMPLATES {
        let is_of_console = template.starts_with("/console") && !template.ends_with("config.json");
        if template.starts_with("/internal/") || template.starts_with("/docs") || is_of_console {
            continue;
        }
        let (path, documented) = example(template);
        // A method that no route takes is answered with those that it does.
        let request = Request::builder().method("PROPFIND").uri(path).body(Body::empty()).unwrap();
        let response = world.send(request).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{template}");
        let taken: BTreeSet<String> = response.headers()["allow"]
            .to_str()
            .unwrap()
            .split(',')
            .map(str::to_ascii_lowercase)
            // Whatever can be read can be asked for without its body.
            .filter(|method| method != "head")
            .collect();
        let item = document["paths"][&documented].as_object().unwrap_or_else(|| panic!("{documented}"));
        assert_eq!(item.keys().cloned().collect::<BTreeSet<_>>(), taken, "{documented}");
        described += 1;
    }
    assert_eq!(document["paths"].as_object().unwrap().len(), described);
}

#[tokio::test]
async fn the_page_is_served_whole_and_loads_nothing_from_elsewhere() {
    let world = world();
    let response = world.send(Request::get("/docs").body(Body::empty()).unwrap()).await;
    assert_eq!(
        (response.status(), &response.headers()["location"]),
        (StatusCode::PERMANENT_REDIRECT, &axum::http::HeaderValue::from_static("docs/"))
    );
    for file in ["", "index.css", "swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"]
    {
        let path = format!("/docs/{file}");
        let plain = world.send(Request::get(&path).body(Body::empty()).unwrap()).await;
        let as_gzip = Request::get(&path).header("accept-encoding", "gzip, br").body(Body::empty()).unwrap();
        let response = world.send(as_gzip).await;
        assert_eq!((plain.status(), response.status()), (StatusCode::OK, StatusCode::OK), "{path}");
        assert!(!plain.headers().contains_key("content-encoding"), "{path}");
        let fields = response.headers();
        assert_eq!(fields["vary"], "Accept-Encoding, Origin", "{path}");
        let policy = fields["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert_eq!(fields["content-encoding"], "gzip", "{path}");
        assert_eq!(fields["x-content-type-options"], "nosniff");
        let kind = fields["content-type"].to_str().unwrap();
        assert!(["text/html", "text/css", "text/javascript"].contains(&kind), "{kind}");
    }
    let page = String::from_utf8(bytes(&world, "/docs/").await).unwrap();
    assert!(page.contains("<html"), "{page}");
    let start = String::from_utf8(bytes(&world, "/docs/swagger-initializer.js").await).unwrap();
    assert!(start.contains(r#""url": "../openapi.json""#) && !start.contains("http"), "{start}");
    for path in ["/docs/nothing", "/docs/%FF", "/docs/..%2Findex.html", "/docs/a/b"] {
        let response = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
    }
}
