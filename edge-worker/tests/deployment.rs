//! `wrangler.toml`: every path that the Worker answers reaches it, wherever it is deployed.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use edge_worker::http::route::Route;

/// One of each route, as clients ask for it.
const ADDRESSES: [&str; 7] = [
    "/api/boards/b/contacts?page=2",
    "/api/cache/invalidate",
    "/internal/generations",
    "/health",
    "/health?probe=1",
    "/metrics",
    "/metrics?format=prometheus",
];

#[test]
fn an_environment_without_a_host_of_its_own_has_a_route_for_every_path() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../wrangler.toml");
    let config: toml::Table = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut checked = 0;
    for (name, environment) in config["env"].as_table().unwrap() {
        if environment["workers_dev"].as_bool().unwrap() && environment.get("routes").is_none() {
            continue;
        }
        checked += 1;
        let routes = environment["routes"].as_array().unwrap();
        let patterns: Vec<&str> = routes.iter().map(|route| route["pattern"].as_str().unwrap()).collect();
        for address in ADDRESSES {
            assert!(Route::of(address.split('?').next().unwrap()).is_some(), "{address}");
            assert!(patterns.iter().any(|pattern| matches(pattern, address)), "{name}: {address}");
        }
    }
    assert!(checked > 0, "production is served by routes");
}

#[test]
fn requests_are_counted_in_the_period_that_the_refused_are_told() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../wrangler.toml");
    let config: toml::Table = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let environments =
        config["env"].as_table().unwrap().values().map(|environment| &environment["ratelimits"]);
    let mut namespaces = std::collections::HashSet::new();
    for limits in environments.chain([&config["ratelimits"]]) {
        let limits = limits.as_array().unwrap();
        assert_eq!(limits.len(), 2);
        for limit in limits {
            let period = limit["simple"]["period"].as_integer().unwrap();
            assert_eq!(period, i64::from(dto::RATE_LIMIT_PERIOD_SECS), "{limit:?}");
            let namespace = limit["namespace_id"].as_str().unwrap().to_owned();
            assert!(namespaces.insert(namespace), "two limits would share their counters: {limit:?}");
        }
    }
}

/// As Cloudflare matches: the whole address with its query, and a `*` stands at the end alone.
fn matches(pattern: &str, address: &str) -> bool {
    let path = pattern.split_once('/').map_or("", |(_, path)| path);
    let address = address.trim_start_matches('/');
    path.strip_suffix('*').map_or(path == address, |prefix| address.starts_with(prefix))
}
