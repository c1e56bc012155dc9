//! Which pages an invalidation spares that says what was written, with a source and a clock under the test's control and no Redis.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::atomic::Ordering;
use std::time::Duration;

use cache_key::{Change, Invalidation, ListQuery};
use coherence::{EntryHeader, Generation, Stamp, Tag};
use dto::cache_status::{CacheStatus, Source};
use origin::cache::answer::Answer;
use origin::cache::invalidation::{Rules, WithoutSharedTier};
use origin::cache::request::ReadRequest;
use origin::cache::shares::Shares;
use support::{World, board_changed, columns_changed, list, request};

fn world() -> World {
    world_by(Rules { without_shared_tier: WithoutSharedTier::Refuse, spares_untouched: true })
}

fn world_by(rules: impl Into<Rules>) -> World {
    let world = World::alone(rules, Shares::default());
    world.source.shows_contacts.store(true, Ordering::SeqCst);
    world
}

impl World {
    async fn read(&self, request: ReadRequest<ListQuery>) -> Answer {
        self.cache.read(request).await.unwrap()
    }

    /// Invalidates, and says whether the page is spared then. Returns the answer's stamp as well.
    async fn is_spared_by(&self, invalidation: &Invalidation) -> (bool, Stamp) {
        self.read(request("")).await;
        let loads = self.source.loads.load(Ordering::SeqCst);
        let token = self.cache.invalidate(invalidation).await.unwrap().generations.to_token();
        let answer = self.read(request(&token)).await;
        let is_spared = self.source.loads.load(Ordering::SeqCst) == loads;
        assert_eq!(answer.status, if is_spared { CacheStatus::Hit } else { CacheStatus::Miss });
        (is_spared, answer.page.header().stamp.clone())
    }

    /// The same of a page that another invalidation has made old before.
    async fn is_spared_by_both(&self, first: &Invalidation, second: &Invalidation) -> bool {
        self.read(request("")).await;
        self.cache.invalidate(first).await.unwrap();
        self.cache.invalidate(second).await.unwrap();
        self.read(request("")).await.status == CacheStatus::Hit
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_of_a_contact_that_is_not_shown_spares_a_page() {
    let world = world();
    let (is_spared, stamp) = world.is_spared_by(&columns_changed("other", &["priority", "sentiment"])).await;
    assert!(is_spared);
    // It is as current as one that was loaded anew, and the next request finds it in memory without a question.
    let generation = stamp.get(request("").query.key().narrowest_tag());
    assert!(generation > stamp.get(&Tag::Workspace) && generation > Some(Generation::ZERO));
    let again = world.read(request("")).await;
    assert_eq!((again.status, again.source), (CacheStatus::Hit, Source::OriginMemory));
    assert_eq!(again.page.header().stamp, stamp);
    assert_eq!(world.cache.spared(), 1);
    // One change after the other.
    for _ in 0..3 {
        assert!(world.is_spared_by(&columns_changed("other", &["priority"])).await.0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_of_what_is_shown_or_sorted_by_spares_nothing() {
    let world = world();
    for touching in [columns_changed("c2", &["sentiment"]), columns_changed("other", &["created_at"])] {
        assert!(!world.is_spared_by(&touching).await.0);
        assert!(world.is_spared_by(&columns_changed("other", &["sentiment"])).await.0);
    }
    // Also where others came after it.
    let (shown, other) = (columns_changed("c1", &["sentiment"]), columns_changed("other", &["sentiment"]));
    assert!(!world.is_spared_by_both(&shown, &other).await);
    assert!(world.is_spared_by_both(&other, &other).await);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_does_not_say_what_it_wrote_spares_nothing() {
    let world = world();
    assert!(!world.is_spared_by(&board_changed()).await.0);
    assert!(!world.is_spared_by_both(&board_changed(), &columns_changed("other", &["sentiment"])).await);
    let workspace = request("").query.workspace().clone();
    assert!(!world.is_spared_by(&Invalidation::of(workspace, &[Change::Workspace])).await.0);
}

#[tokio::test(start_paused = true)]
async fn generations_that_are_told_late_spare_nothing() {
    let world = world();
    let key = request("").query.key();
    let board = key.narrowest_tag().clone();
    let stamp = world.read(request("")).await.page.header().stamp.clone();
    world.clock.0.fetch_add(1000, Ordering::SeqCst);
    let done = world.cache.invalidate(&columns_changed("other", &["sentiment"])).await.unwrap();
    let (before, after) = (stamp.get(&board).unwrap(), done.generations.get(&board).unwrap());
    assert!(after.get() > before.get() + 1, "there is one in between");
    let between = Stamp::new(vec![(board, Generation::new(before.get() + 1))]);
    world.cache.shared().merge(key.workspace(), &between).await.unwrap();
    assert_eq!(world.read(request("")).await.status, CacheStatus::Miss);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_spared_unless_the_operator_says_so() {
    let world = world_by(WithoutSharedTier::Refuse);
    let (is_spared, _) = world.is_spared_by(&columns_changed("other", &["sentiment"])).await;
    assert!(!is_spared);
    assert_eq!(world.read(request("")).await.page.header().read_set, None);
}

#[tokio::test(start_paused = true)]
async fn a_load_that_was_under_way_is_spared_by_what_it_did_not_read_alone() {
    for (contact, is_spared) in [("other", true), ("c1", false)] {
        let world = world();
        let cache = world.cache.clone();
        let early = tokio::spawn(async move { cache.read(request("")).await });
        tokio::time::sleep(Duration::from_millis(5)).await;
        let token = world.cache.invalidate(&columns_changed(contact, &["sentiment"])).await.unwrap();
        early.await.unwrap().unwrap();
        let answer = world.read(request(&token.generations.to_token())).await;
        assert_eq!(answer.status == CacheStatus::Hit, is_spared, "{contact}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_spared_gets_no_younger() {
    let world = world();
    let loaded = world.read(request("")).await;
    world.clock.0.fetch_add(100_000, Ordering::SeqCst);
    assert!(world.is_spared_by(&columns_changed("other", &["sentiment"])).await.0);
    let spared = world.read(request("")).await;
    let (before, after) = (loaded.page.header(), spared.page.header());
    assert_eq!(
        (before.stored_at_ms, before.lifetime, before.etag),
        (after.stored_at_ms, after.lifetime, after.etag)
    );
    world.clock.0.fetch_add(100_000, Ordering::SeqCst);
    assert_eq!(world.read(request("")).await.status, CacheStatus::Stale);
}

/// Whoever does not keep the log can make nothing of it, and an edge of before could not read it.
#[tokio::test(start_paused = true)]
async fn the_edge_is_not_told_what_a_page_was_read_from() {
    let page = world().read(request("")).await.page;
    let for_edge = page.for_edge().unwrap();
    let told = coherence::decode(&for_edge).unwrap();
    assert!(page.header().read_set.is_some());
    assert_eq!(told.header, EntryHeader { read_set: None, ..page.header().clone() });
    assert_eq!(told.body, page.body());
}

#[tokio::test(start_paused = true)]
async fn another_boards_pages_are_none_of_its_business() {
    let world = world();
    world.read(list("b2", "")).await;
    assert!(world.is_spared_by(&columns_changed("other", &["sentiment"])).await.0);
    let other = world.read(list("b2", "")).await;
    assert_eq!((other.status, other.source), (CacheStatus::Hit, Source::OriginMemory));
}
