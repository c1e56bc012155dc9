//! What `docs/operating.md` names is there, and what is there it names.

use std::collections::BTreeSet;

use crate::world::world;

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operating.md");
const PREFIX: &str = "boardcache_origin_";

/// Figures that are shown only with a Redis.
const WITH_REDIS: [&str; 1] = ["boardcache_origin_redis_up"];

fn documented() -> BTreeSet<String> {
    let guide = std::fs::read_to_string(GUIDE).unwrap();
    let is_of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    guide
        .split(|c: char| !is_of_name(c))
        .filter(|word| word.starts_with(PREFIX))
        .map(ToOwned::to_owned)
        .collect()
}

/// The name under which a histogram is spoken of.
fn whole(name: &str) -> &str {
    let of_histogram = ["_bucket", "_count", "_sum"].iter().find_map(|suffix| name.strip_suffix(suffix));
    of_histogram.unwrap_or(name)
}

#[tokio::test]
async fn every_figure_of_the_guide_exists_and_every_figure_is_in_the_guide() {
    let shown = world().scrape().await.names;
    let documented = documented();
    assert!(documented.len() > 20);
    for name in &documented {
        let exists = shown.iter().any(|shown| shown == name || whole(shown) == name);
        assert!(exists || WITH_REDIS.contains(&name.as_str()), "{name} does not exist");
    }
    for name in &shown {
        assert!(documented.contains(whole(name)), "{name} is not in docs/operating.md");
    }
}
