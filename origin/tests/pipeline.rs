//! What the pipeline promises, with a source and a clock under the test's control and no Redis.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::atomic::Ordering;
use std::time::Duration;

use cache_key::{Change, Invalidation};
use dto::cache_status::{CacheStatus, Source};
use dto::settings::CacheSettings;
use ids::WorkspaceId;
use origin::cache::answer::{Answer, CacheError};
use origin::cache::invalidation::WithoutSharedTier;
use origin::cache::shares::Shares;
use origin::clock::Clock as _;
use support::{World, board_changed, request, version};

fn world() -> World {
    world_with_shares(Shares::default())
}

fn world_with_shares(fair_shares: Shares) -> World {
    World::alone(WithoutSharedTier::Accept, fair_shares)
}

impl World {
    async fn read(&self) -> Result<Answer, CacheError> {
        self.cache.read(request("")).await
    }

    async fn version(&self) -> u64 {
        version(&self.read().await.unwrap())
    }

    /// Changes the row, then invalidates: what a product backend does. Returns the token.
    async fn write(&self) -> String {
        self.source.version.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate(&board_changed()).await.unwrap().generations.to_token()
    }

    fn advance_secs(&self, secs: u64) {
        self.clock.0.fetch_add(secs * 1000, Ordering::SeqCst);
    }

    fn loads(&self) -> u64 {
        self.source.loads.load(Ordering::SeqCst)
    }
}

#[tokio::test(start_paused = true)]
async fn a_miss_reads_the_source_and_the_next_is_a_hit() {
    let world = world();
    let first = world.read().await.unwrap();
    assert_eq!((first.status, first.source), (CacheStatus::Miss, Source::Database));
    let second = world.read().await.unwrap();
    assert_eq!((second.status, second.source), (CacheStatus::Hit, Source::OriginMemory));
    assert_eq!(world.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn after_an_invalidation_the_next_read_is_new() {
    let world = world();
    assert_eq!(world.version().await, 0);
    world.write().await;
    assert_eq!(world.version().await, 1);
    assert_eq!(world.version().await, 1);
    assert_eq!(world.loads(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_fill_that_began_before_an_invalidation_is_never_served_after_it() {
    let world = world();
    let cache = world.cache.clone();
    let early = tokio::spawn(async move { cache.read(request("")).await });
    tokio::time::sleep(Duration::from_millis(5)).await;
    world.write().await;
    // Arrives after the acknowledgement and while the old load is under way: must not share its answer.
    assert_eq!(world.version().await, 1);
    assert_eq!(version(&early.await.unwrap().unwrap()), 0, "its reader came before the invalidation");
    assert_eq!(world.version().await, 1);
}

/// A reader who waits for another one's load has looked at the settings before that; what it then loads itself must not outlive those made meanwhile.
#[tokio::test(start_paused = true)]
async fn a_page_does_not_get_a_lifetime_that_the_settings_no_longer_give() {
    let world = world();
    let lifetime = |ttl_secs| {
        let mut settings = CacheSettings::default();
        settings.config.contacts_ttl_secs = ttl_secs;
        *world.source.settings.lock().unwrap() = Some(settings);
    };
    let begin_to_read = || {
        let cache = world.cache.clone();
        tokio::spawn(async move { cache.read(request("")).await })
    };
    let a_little_later = || tokio::time::sleep(Duration::from_millis(2));
    lifetime(86_400);
    world.version().await;
    world.write().await;
    let first = begin_to_read();
    a_little_later().await;
    world.write().await;
    let waits_for_the_first = begin_to_read();
    a_little_later().await;
    lifetime(60);
    let settings_changed = Invalidation::of(WorkspaceId::parse("w").unwrap(), &[Change::Workspace]);
    world.cache.invalidate(&settings_changed).await.unwrap();
    for reader in [first, waits_for_the_first] {
        reader.await.unwrap().unwrap();
    }
    world.version().await;
    world.advance_secs(70);
    let later = world.read().await.unwrap();
    assert_ne!(later.status, CacheStatus::Hit, "a minute was up");
}

#[tokio::test(start_paused = true)]
async fn concurrent_misses_make_one_load() {
    let world = world();
    let reads = (0..1000).map(|_| {
        let cache = world.cache.clone();
        tokio::spawn(async move { cache.read(request("")).await.unwrap() })
    });
    for read in reads.collect::<Vec<_>>() {
        assert_eq!(version(&read.await.unwrap()), 0);
    }
    assert_eq!(world.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stale_page_is_served_at_once_and_refreshed_by_one() {
    let world = world();
    world.version().await;
    world.source.version.fetch_add(1, Ordering::SeqCst);
    world.advance_secs(200);
    for _ in 0..10 {
        let stale = world.read().await.unwrap();
        assert_eq!((stale.status, version(&stale)), (CacheStatus::Stale, 0));
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!((world.version().await, world.loads()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn an_expired_page_stands_in_for_a_source_that_fails_and_an_overtaken_one_does_not() {
    let world = world();
    world.version().await;
    world.source.down.store(true, Ordering::SeqCst);
    world.advance_secs(400);
    let stale = world.read().await.unwrap();
    assert_eq!((stale.status, version(&stale)), (CacheStatus::Stale, 0));
    world.write().await;
    assert_eq!(world.read().await.unwrap_err(), CacheError::SourceUnavailable);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_too_old_stands_in_for_nothing() {
    let world = world();
    world.version().await;
    world.source.down.store(true, Ordering::SeqCst);
    world.advance_secs(2 * 3600);
    assert_eq!(world.read().await.unwrap_err(), CacheError::SourceUnavailable);
}

#[tokio::test(start_paused = true)]
async fn a_readers_floor_is_met_or_the_source_is_read_and_it_is_never_merged() {
    let world = world();
    world.version().await;
    let token = world.write().await;
    assert_eq!(version(&world.cache.read(request(&token)).await.unwrap()), 1);
    let ahead = format!("{}", world.clock.now_ms() + 9_000);
    let loads = world.loads();
    let answer = world.cache.read(request(&ahead)).await.unwrap();
    assert_eq!(answer.source, Source::Database);
    assert_eq!(world.loads(), loads + 1);
    assert_eq!(world.read().await.unwrap().status, CacheStatus::Hit, "nobody else pays for it");
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_counts_what_it_made_unreachable_once() {
    let world = world();
    world.version().await;
    let invalidation = Invalidation::of(WorkspaceId::parse("w").unwrap(), &[Change::Workspace]);
    // The page, and the settings that said that it may be kept.
    assert_eq!(world.cache.invalidate(&invalidation).await.unwrap().entries, 2);
    assert_eq!(world.cache.invalidate(&invalidation).await.unwrap().entries, 0);
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_joins_another_ones_failing_load_falls_back_on_its_own() {
    let world = world();
    world.version().await;
    world.source.down.store(true, Ordering::SeqCst);
    world.advance_secs(400);
    // Whoever begins the load asks for more than anything cached can give.
    let (cache, ahead) = (world.cache.clone(), format!("{}", world.clock.now_ms() + 9_000));
    let demanding = tokio::spawn(async move { cache.read(request(&ahead)).await });
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(world.read().await.unwrap().status, CacheStatus::Stale);
    assert_eq!(demanding.await.unwrap().unwrap_err(), CacheError::SourceUnavailable);
}

#[tokio::test(start_paused = true)]
async fn an_entry_under_another_key_is_a_miss_and_an_alarm() {
    let world = world();
    let other = support::list("another_board", "");
    let (theirs, ours) = (other.query.key(), request("").query.key());
    world.cache.read(other).await.unwrap();
    let page = world.cache.memory().get(&theirs).unwrap();
    world.cache.memory().put(&ours, &page);
    let answer = world.read().await.unwrap();
    assert_eq!((answer.status, answer.source), (CacheStatus::Miss, Source::Database));
    assert_eq!(answer.page.header().key_digest, ours.digest());
    assert_eq!(world.cache.seal_mismatches(), 1);
    assert_eq!(world.read().await.unwrap().source, Source::OriginMemory, "the right one has taken its place");
    assert_eq!(world.cache.seal_mismatches(), 1);
}

/// A world in which one read takes the workspace's whole share, for 10 ms.
async fn world_whose_share_is_taken() -> (World, tokio::task::JoinHandle<Result<Answer, CacheError>>) {
    let world = world_with_shares(Shares::of(1));
    world.version().await;
    world.source.version.fetch_add(1, Ordering::SeqCst);
    world.advance_secs(200);
    let cache = world.cache.clone();
    let other = tokio::spawn(async move { cache.read(support::list("another_board", "")).await });
    tokio::time::sleep(Duration::from_millis(5)).await;
    (world, other)
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_finds_no_share_is_put_off_and_the_stale_page_kept() {
    let (world, other) = world_whose_share_is_taken().await;
    let stale = world.read().await.unwrap();
    assert_eq!((stale.status, version(&stale)), (CacheStatus::Stale, 0));
    other.await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(world.loads(), 2, "that page was not read again");
    assert_eq!(world.read().await.unwrap().status, CacheStatus::Stale, "but the next reader asks for it");
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!((world.version().await, world.loads()), (1, 3));
    assert_eq!(world.cache.shares().refused(), 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_joins_a_refresh_that_is_put_off_waits_for_the_share_itself() {
    let (world, other) = world_whose_share_is_taken().await;
    let ahead = format!("{}", world.clock.now_ms() + 9_000);
    world.read().await.unwrap();
    let answer = world.cache.read(request(&ahead)).await.unwrap();
    assert_eq!((answer.source, version(&answer)), (Source::Database, 1));
    other.await.unwrap().unwrap();
    assert_eq!(world.cache.shares().refused(), 0);
}
