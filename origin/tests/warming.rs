//! Warming: what a workspace asks for most is in memory before somebody waits for it.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cache_key::CountsQuery;
use coherence::Floor;
use dto::cache_status::CacheStatus;
use ids::BoardId;
use origin::cache::invalidation::WithoutSharedTier;
use origin::cache::memory::MemoryTier;
use origin::cache::pipeline::Cache;
use origin::cache::request::{ReadRequest, Reader};
use origin::cache::shares::Shares;
use origin::cache::views::Views;
use origin::popularity::Popularity;
use origin::shared_tier::local::LocalTier;
use origin::warming::{MAX_TIME, Warmed, warm};
use support::{TestClock, TestSource, list, workspace};

struct World {
    source: Arc<TestSource>,
    cache: Arc<Cache>,
    popularity: Arc<Popularity>,
}

impl World {
    /// A process that was just started.
    fn start() -> Self {
        let (clock, source) = (Arc::<TestClock>::default(), Arc::<TestSource>::default());
        let cache = Cache::new(
            MemoryTier::new(1 << 26),
            Arc::new(Views::alone()),
            Arc::new(LocalTier::new(clock.clone())),
            source.clone(),
            clock.clone(),
            WithoutSharedTier::Accept,
            Shares::default(),
        );
        Self { source, cache, popularity: Popularity::start(None, clock) }
    }

    /// Whether it was in the cache.
    async fn ask(&self, board: &str, query: &str) -> bool {
        let request = list(board, query);
        self.popularity.record(&request.query);
        self.cache.read(request).await.unwrap().status == CacheStatus::Hit
    }

    async fn warm(&self, n: usize) -> Warmed {
        warm(&self.cache, &self.popularity, &workspace(), &Reader::Service, n).await
    }
}

fn boards(ids: &[&str]) -> Vec<BoardId> {
    ids.iter().map(|id| BoardId::parse(id).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_most_is_warmed_and_the_counts() {
    let world = World::start();
    for (times, board, query) in [(3, "b1", "page=2"), (2, "b2", "filter=open"), (1, "b3", "")] {
        for _ in 0..times {
            world.popularity.record(&list(board, query).query);
        }
    }
    let warmed = world.warm(2).await;
    assert_eq!((warmed.entries_warmed, warmed.counts), (3, true));
    assert_eq!(warmed.boards, boards(&["b1", "b2"]));
    assert!(world.ask("b1", "page=2").await && world.ask("b2", "filter=open").await);
    assert!(!world.ask("b3", "").await);
    let counts = CountsQuery::new(&workspace());
    let request = ReadRequest { query: counts, reader: Reader::Service, floor: Floor::none() };
    assert_eq!(world.cache.read(request).await.unwrap().status, CacheStatus::Hit);
    // What is warm already is not loaded again.
    let before = world.source.loads.load(Ordering::SeqCst);
    assert_eq!(world.warm(2).await.entries_warmed, 3);
    assert_eq!(world.source.loads.load(Ordering::SeqCst), before);
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_known_the_first_page_of_each_board_is_warmed() {
    let world = World::start();
    world.source.boards.store(3, Ordering::SeqCst);
    let warmed = world.warm(20).await;
    assert_eq!((warmed.entries_warmed, warmed.counts), (4, true));
    assert_eq!(warmed.boards, boards(&["b0", "b1", "b2"]));
    assert!(world.ask("b2", "").await);
    assert_eq!(World::start().warm(20).await.boards, []);
}

#[tokio::test(start_paused = true)]
async fn warming_ends_in_time_and_says_what_was_done_by_then() {
    let world = World::start();
    world.source.boards.store(100, Ordering::SeqCst);
    world.source.delay_ms.store(3_000, Ordering::SeqCst);
    let warmed = world.warm(100).await;
    assert!(warmed.took >= MAX_TIME && warmed.took < MAX_TIME + Duration::from_millis(100));
    // Four at once, three times over, and the counts.
    assert!((10..=13).contains(&warmed.entries_warmed), "{warmed:?}");
    assert_eq!(world.source.loads.load(Ordering::SeqCst), 16);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_down_warms_nothing_but_what_it_answers() {
    let world = World::start();
    world.source.boards.store(3, Ordering::SeqCst);
    world.source.down.store(true, Ordering::SeqCst);
    let warmed = world.warm(20).await;
    assert_eq!((warmed.entries_warmed, warmed.counts, warmed.boards.len()), (1, true, 0));
}

/// Forty boards of twenty-five pages each, asked for as Zipf has it: the page of rank r as often as 1/r says.
struct Zipf {
    cumulated: Vec<f64>,
    state: u64,
}

impl Zipf {
    fn new() -> Self {
        let cumulated = (1..=1000)
            .scan(0.0, |sum, rank| {
                *sum += 1.0 / f64::from(rank);
                Some(*sum)
            })
            .collect();
        Self { cumulated, state: 0x9e37_79b9_7f4a_7c15 }
    }

    /// The board and the query that are asked for next. The same for every run.
    fn next(&mut self) -> (String, String) {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let at = (self.state >> 11) as f64 / (1_u64 << 53) as f64 * self.cumulated[999];
        let rank = self.cumulated.partition_point(|sum| *sum < at);
        place(rank)
    }
}

/// The board and the query of a rank.
fn place(rank: usize) -> (String, String) {
    (format!("board_{}", rank % 40), format!("page={}", rank / 40 + 1))
}

#[tokio::test(start_paused = true)]
async fn a_process_that_is_warmed_hits_more_at_once_than_one_that_starts_cold() {
    let mut zipf = Zipf::new();
    let before = World::start();
    for n in 0..10_000 {
        let (board, query) = zipf.next();
        before.popularity.record(&list(&board, &query).query);
        if n % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let replay: Vec<_> = (0..1000).map(|_| zipf.next()).collect();
    let hits = async |world: &World| {
        let mut hits = 0_u32;
        for (board, query) in &replay {
            hits += u32::from(world.ask(board, query).await);
        }
        hits
    };
    // The most that can be had: the 64 pages that are the most popular indeed.
    let best = World::start();
    for (board, query) in (0..64).map(place) {
        best.popularity.record(&list(&board, &query).query);
    }
    let warm = World { popularity: before.popularity, ..World::start() };
    let (warmed, ideal) = (warm.warm(64).await, best.warm(64).await);
    assert_eq!((warmed.entries_warmed, ideal.entries_warmed), (65, 65));
    let (cold, warm, best) = (hits(&World::start()).await, hits(&warm).await, hits(&best).await);
    println!("of the first 1,000 requests hit: {cold} cold, {warm} warmed, {best} if the future were known");
    // Most of what 64 entries can do.
    assert!(warm > cold && (warm - cold) * 3 >= (best - cold) * 2);
}
