//! The document is whole, and speaks of the routes that there are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document;
use crate::http::TEMPLATES;

fn rendered() -> Value {
    serde_json::to_value(document()).unwrap()
}

/// Every object of the document.
fn walk<'a>(value: &'a Value, see: &mut dyn FnMut(&'a serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            see(object);
            object.values().for_each(|value| walk(value, see));
        }
        Value::Array(items) => items.iter().for_each(|value| walk(value, see)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_described_in_vain() {
    let document = rendered();
    let mut referred = BTreeSet::new();
    walk(&document, &mut |object| {
        if let Some(Value::String(reference)) = object.get("$ref") {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
            referred.insert(reference.as_str());
        }
    });
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(referred.contains(format!("#/components/schemas/{name}").as_str()), "{name} is not used");
    }
}

/// The browser client's types are made of a copy, which npm reads without a process of ours.
#[test]
fn the_copy_that_the_browser_client_is_made_of_is_this_document() {
    const COPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/client/openapi.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        let text = serde_json::to_string_pretty(&document()).unwrap() + "\n";
        std::fs::write(COPY, text).unwrap();
    }
    let copy: Value = serde_json::from_slice(&std::fs::read(COPY).unwrap()).unwrap();
    assert!(
        copy == rendered(),
        "web/client/openapi.json is of another version: `UPDATE_OPENAPI=1 cargo test -p origin --lib openapi`, then \
         `npm run generate` in web"
    );
}

#[test]
fn it_is_of_version_3_1_and_names_every_operation_once() {
    let document = rendered();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    walk(&document["paths"], &mut |object| {
        if let Some(id) = object.get("operationId") {
            assert!(ids.insert(id.as_str().unwrap()), "{id} twice");
        }
    });
    assert!(ids.len() > 10);
}

/// The parameters of a template are named in Rust's way, those of the document in the contract's.
fn as_documented(template: &str) -> String {
    let mut words = template.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |path, word| path + &word[..1].to_uppercase() + &word[1..])
}

#[test]
fn the_public_routes_are_in_it_and_no_others() {
    let routes: BTreeSet<String> = TEMPLATES
        .iter()
        .filter(|template| !template.starts_with("/internal/") && !template.starts_with("/docs"))
        // The console's files and its demo are of the console alone; what it is told is for whoever serves it elsewhere.
        .filter(|template| !template.starts_with("/console") || template.ends_with("config.json"))
        .map(|template| as_documented(template))
        .collect();
    let document = rendered();
    let documented: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(routes, documented);
}

#[test]
fn the_bounds_of_settings_are_those_that_are_checked() {
    let lifetimes = &rendered()["components"]["schemas"]["Lifetimes"]["properties"];
    for (name, schema) in lifetimes.as_object().unwrap() {
        assert_eq!(schema["minimum"], dto::settings::MIN_TTL_SECS, "{name}");
        assert_eq!(schema["maximum"], dto::settings::MAX_TTL_SECS, "{name}");
    }
    let pages = &rendered()["components"]["schemas"]["Pagination"]["properties"];
    assert_eq!(pages["per_page"]["maximum"], cache_key::MAX_PER_PAGE);
}

#[test]
fn every_parameter_of_a_path_is_described() {
    let document = rendered();
    for (path, item) in document["paths"].as_object().unwrap() {
        let in_path: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        for (method, operation) in item.as_object().unwrap() {
            let mut by_place: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            for parameter in operation["parameters"].as_array().unwrap() {
                let (place, name) = (parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
                assert!(by_place.entry(place).or_default().insert(name), "{method} {path}: {name} twice");
            }
            assert_eq!(by_place.remove("path").unwrap_or_default(), in_path, "{method} {path}");
        }
    }
}
