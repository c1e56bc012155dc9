//! Which pages an invalidation spares that says what was written, over a real Redis and with several origin processes.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../origin/tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use cache_key::Invalidation;
use coherence::{ChangeLog, Generation, Stamp, Tag, View};
use dto::cache_status::Source;
use end_to_end::{BOARD, Shape};
use origin::cache::answer::Answer;
use origin::cache::invalidation::{Rules, WithoutSharedTier};
use origin::cache::memory::MemoryTier;
use origin::cache::pipeline::Cache;
use origin::cache::shares::Shares;
use origin::cache::views::Views;
use origin::clock::SystemClock;
use origin::shared_tier::compression::Compression;
use origin::shared_tier::redis::RedisTier;
use serde_json::json;
use stack::{Redis, RedisPersistence, StackDirs};
use support::{TestSource, board_changed, columns_changed, request};

const BOUND: Duration = Duration::from_millis(400);

struct World {
    redis: Redis,
    source: Arc<TestSource>,
}

async fn world() -> World {
    let dirs = StackDirs::of_this_checkout("spared_pages");
    let source = Arc::new(TestSource::default());
    source.shows_contacts.store(true, Ordering::SeqCst);
    World { redis: Redis::start_with(&dirs, RedisPersistence::None).await.unwrap(), source }
}

impl World {
    async fn origin(&self, spares_untouched: bool) -> Arc<Cache> {
        let (views, clock) = (Arc::new(Views::told_by_push()), Arc::new(SystemClock));
        let (urls, compression) = ([self.redis.url()], Compression::default());
        let shared = RedisTier::start(&urls, views.clone(), clock.clone(), BOUND, compression).await.unwrap();
        let (memory, source) = (MemoryTier::new(1 << 24), self.source.clone());
        let rules = Rules { without_shared_tier: WithoutSharedTier::Refuse, spares_untouched };
        Cache::new(memory, views, shared, source, clock, rules, Shares::default())
    }

    fn loads(&self) -> u64 {
        self.source.loads.load(Ordering::SeqCst)
    }

    /// Invalidates at one origin, and says whether the other, which has the page or finds it in Redis, spares it.
    async fn is_spared(&self, [at, by]: [&Arc<Cache>; 2], invalidation: &Invalidation) -> bool {
        until_in_memory(by).await;
        let loads = self.loads();
        let token = at.invalidate(invalidation).await.unwrap().generations.to_token();
        by.read(request(&token)).await.unwrap();
        self.loads() == loads
    }

    /// The same of a page that is as it was left.
    async fn is_spared_by_last(&self, origin: &Arc<Cache>, invalidation: &Invalidation) -> bool {
        let loads = self.loads();
        origin.invalidate(invalidation).await.unwrap();
        read(origin).await;
        self.loads() == loads
    }
}

async fn read(cache: &Arc<Cache>) -> Answer {
    cache.read(request("")).await.unwrap()
}

/// Reads until memory answers: then Redis has the page as well, and views are trusted.
async fn until_in_memory(cache: &Arc<Cache>) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while read(cache).await.source != Source::OriginMemory {
        assert!(Instant::now() < deadline, "memory does not answer");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Has Redis hear of a generation of the board, and the origin, as it will by push a moment later.
async fn merge(origin: &Arc<Cache>, generation: u64) {
    let workspace = request("").query.workspace().clone();
    let stamp = Stamp::new(vec![(board(), Generation::new(generation))]);
    origin.shared().merge(&workspace, &stamp).await.unwrap();
    origin.hear(&workspace, &View::from(&stamp));
}

fn board() -> Tag {
    request("").query.key().narrowest_tag().clone()
}

#[tokio::test]
async fn a_change_at_one_origin_spares_what_it_did_not_touch_at_the_other() {
    let world = world().await;
    let (one, two) = (world.origin(true).await, world.origin(true).await);
    let (other, shown) = (columns_changed("other", &["sentiment"]), columns_changed("c2", &["sentiment"]));
    for origins in [[&one, &two], [&two, &one], [&one, &one]] {
        assert!(world.is_spared(origins, &other).await);
        assert!(!world.is_spared(origins, &shown).await);
        assert!(world.is_spared(origins, &other).await);
        assert!(!world.is_spared(origins, &columns_changed("other", &["created_at"])).await);
        assert!(!world.is_spared(origins, &board_changed()).await);
    }
    // A third process finds in Redis what changes since have spared.
    until_in_memory(&one).await;
    one.invalidate(&other).await.unwrap();
    let (loads, three) = (world.loads(), world.origin(true).await);
    assert_eq!(read(&three).await.source, Source::Redis);
    assert_eq!(world.loads(), loads);
}

#[tokio::test]
async fn more_changes_than_are_on_record_spare_nothing() {
    let world = world().await;
    let origin = world.origin(true).await;
    let other = columns_changed("other", &["sentiment"]);
    for (changes, is_spared) in [(ChangeLog::MAX_LEN - 1, true), (ChangeLog::MAX_LEN, false)] {
        until_in_memory(&origin).await;
        for _ in 0..changes {
            origin.invalidate(&other).await.unwrap();
        }
        assert_eq!(world.is_spared_by_last(&origin, &other).await, is_spared, "{changes} and one");
        origin.invalidate(&board_changed()).await.unwrap();
    }
}

/// One of a fleet that is not told to spare anything minds no log, and breaks the chain for the others.
#[tokio::test]
async fn what_an_origin_mints_that_keeps_no_record_spares_nothing() {
    let world = world().await;
    let (precise, plain) = (world.origin(true).await, world.origin(false).await);
    let other = columns_changed("other", &["sentiment"]);
    assert!(world.is_spared([&precise, &precise], &other).await);
    assert!(!world.is_spared([&plain, &precise], &other).await);
    assert!(!world.is_spared([&precise, &plain], &other).await);
}

#[tokio::test]
async fn generations_that_come_otherwise_spare_nothing_unless_they_are_numbers_of_what_is_on_record() {
    let world = world().await;
    let origin = world.origin(true).await;
    let (other, workspace) =
        (columns_changed("other", &["sentiment"]), request("").query.workspace().clone());
    // One that is later than all, as the edge may bring it.
    until_in_memory(&origin).await;
    let held = read(&origin).await.page.header().stamp.get(&board()).unwrap().get();
    merge(&origin, held + 60_000).await;
    assert!(!world.is_spared_by_last(&origin, &other).await);

    // One that comes late, and lies between two that are on record. The first generation is 5 s ahead of the clock.
    let world = self::world().await;
    let origin = world.origin(true).await;
    until_in_memory(&origin).await;
    let before = read(&origin).await.page.header().stamp.get(&board()).unwrap().get();
    tokio::time::sleep(Duration::from_millis(5_200)).await;
    let minted = origin.invalidate(&other).await.unwrap().generations.get(&board()).unwrap().get();
    assert!(minted > before + 1);
    merge(&origin, before + 1).await;
    let loads = world.loads();
    read(&origin).await;
    assert_eq!(world.loads(), loads + 1);

    // One that is told late and is on record all the same: another process was behind.
    until_in_memory(&origin).await;
    let told = origin.invalidate(&other).await.unwrap().generations.get(&board()).unwrap().get();
    let later = origin.invalidate(&other).await.unwrap().generations.get(&board()).unwrap().get();
    merge(&origin, told).await;
    let loads = world.loads();
    read(&origin).await;
    assert_eq!(world.loads(), loads);
    // The ledger had the later one first, and gave this one the number after it.
    let numbered = later + ChangeLog::MAX_RENUMBERED;
    merge(&origin, numbered).await;
    assert_eq!(read(&origin).await.page.header().stamp.get(&board()), Some(Generation::new(numbered)));
    assert_eq!(world.loads(), loads);
    // Heard of, and not merged yet when the next one is minted.
    origin.hear(&workspace, &[(board(), Generation::new(numbered + 1))].into_iter().collect());
    assert!(world.is_spared_by_last(&origin, &other).await);
    // Further above, it is a change of which nothing is known.
    let held = read(&origin).await.page.header().stamp.get(&board()).unwrap().get();
    merge(&origin, held + ChangeLog::MAX_RENUMBERED + 1).await;
    let loads = world.loads();
    read(&origin).await;
    assert_eq!(world.loads(), loads + 1);

    // One that this process alone has heard of when it mints the next.
    until_in_memory(&origin).await;
    let held = read(&origin).await.page.header().stamp.get(&board()).unwrap().get();
    let unknown = held + ChangeLog::MAX_RENUMBERED + 1;
    origin.hear(&workspace, &[(board(), Generation::new(unknown))].into_iter().collect());
    assert!(!world.is_spared_by_last(&origin, &other).await);
}

#[tokio::test]
async fn a_log_that_was_evicted_spares_nothing() {
    let world = world().await;
    let origin = world.origin(true).await;
    let other = columns_changed("other", &["sentiment"]);
    until_in_memory(&origin).await;
    origin.invalidate(&other).await.unwrap();
    let client = redis::Client::open(world.redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let gone: u64 = redis::cmd("DEL").arg("changes:{w}:board:b").query_async(&mut connection).await.unwrap();
    assert_eq!(gone, 1);
    assert!(!world.is_spared_by_last(&origin, &other).await);
    until_in_memory(&origin).await;
    assert!(world.is_spared_by_last(&origin, &other).await);
}

/// The whole chain: a change in the database, told by the product and by the database's own feed.
#[tokio::test]
async fn a_contact_that_changes_costs_the_pages_that_show_it_or_are_sorted_by_it() -> Result<()> {
    let origin_vars = &[("PRECISE_INVALIDATION", "true"), ("INVALIDATE_WITHOUT_REDIS", "refuse")];
    let shape = Shape { change_feed: true, origin_vars, ..Shape::default() };
    let world = end_to_end::World::start("spared_pages", shape).await?;
    let pages =
        ["per_page=2&page=1", "per_page=2&page=2", "per_page=2&sort_by=name", "per_page=2&search=smith"];
    let first = world.read(pages[0]).await?;
    let shown = world.read(pages[1]).await?.first("id")?.as_str().unwrap_or_default().to_owned();
    assert_ne!(first.first("id")?, &shown);
    for page in pages {
        world.read(page).await?;
        assert_eq!(world.read(page).await?.cache().0, "HIT", "{page}");
    }

    let change = async |columns: &[&str], update: &str| -> Result<Vec<(String, String)>> {
        world
            .supabase
            .sql(&format!("update contacts set {update}, updated_at = now() where id = '{shown}'"))
            .await?;
        let mut changed = vec!["updated_at"];
        changed.extend(columns);
        let told = json!({"boardId": BOARD, "contactId": shown, "action": "contact_updated", "changedColumns": changed});
        let answer = world.invalidate(&told).await?;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let token = answer.json["data"]["generation"].as_str();
        let mut found = Vec::new();
        for page in pages {
            let answer = world.read_with(page, token).await?;
            let (status, source) = answer.cache();
            found.push((status.to_owned(), source.to_owned()));
            if page == pages[1] {
                let now = answer.first("id")?.as_str() == Some(&shown);
                assert!(
                    now && answer.text.contains(update.split('\'').nth(1).unwrap_or_default()),
                    "{}",
                    answer.text
                );
            }
        }
        Ok(found)
    };
    let loaded = |found: &[(String, String)]| -> Vec<bool> {
        found.iter().map(|(status, source)| status == "MISS" && source == "database").collect()
    };

    let found = change(&["sentiment"], "sentiment = 'happy'").await?;
    assert_eq!(loaded(&found), [false, true, false, false], "{found:?}");
    let found = change(&["name"], "name = 'Aaron Aaronson'").await?;
    assert_eq!(loaded(&found), [false, true, true, true], "{found:?}");

    // The feed tells the same of a change that nobody else tells of.
    tokio::time::sleep(Duration::from_secs(2)).await;
    world
        .supabase
        .sql(&format!("update contacts set email = 'seen@example.com' where id = '{shown}'"))
        .await?;
    let began = Instant::now();
    while world.read(pages[1]).await?.first("email")? != "seen@example.com" {
        assert!(began.elapsed() < Duration::from_secs(4), "the change is not seen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let answer = world.read(pages[0]).await?;
    assert_eq!(answer.cache().0, "HIT");
    assert_eq!(answer.json["data"]["contacts"], first.json["data"]["contacts"]);
    Ok(())
}
