//! The origin's cache over a real Redis: what several origin processes promise together, and what is left of it while
//! Redis is away.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../origin/tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::http::HeaderValue;
use cache_key::{CacheKey, Change, ContactQuery, CountsQuery, Invalidation, MessagesQuery, PageParams};
use coherence::{Encoding, EntryHeader, Generation, Lifetime, Stamp, Tag};
use dto::cache_status::{CacheStatus, Source};
use identity::{ClaimPath, TokenVerifier, VerifiedUser};
use ids::ContactId;
use origin::cache::answer::{Answer, SharedUse};
use origin::cache::invalidation::WithoutSharedTier;
use origin::cache::membership::{MembershipError, Memberships};
use origin::cache::memory::MemoryTier;
use origin::cache::pipeline::Cache;
use origin::cache::shares::Shares;
use origin::cache::views::Views;
use origin::clock::{Clock as _, SystemClock};
use origin::outbox::{OutboxStore, Owed};
use origin::shared_tier::SharedTier as _;
use origin::shared_tier::compression::Compression;
use origin::shared_tier::redis::RedisTier;
use origin::tokens::UserToken;
use serde_json::json;
use stack::{Redis, RedisPersistence, StackDirs};
use support::{TestSource, board_changed, list, request, version};

const BOUND: Duration = Duration::from_millis(400);

async fn origin(redis: &Redis, source: &Arc<TestSource>) -> Arc<Cache> {
    let views = Arc::new(Views::told_by_push());
    let clock = Arc::new(SystemClock);
    let shared =
        RedisTier::start(&[redis.url()], views.clone(), clock.clone(), BOUND, Compression::default())
            .await
            .unwrap();
    Cache::new(
        MemoryTier::new(1 << 24),
        views,
        shared,
        source.clone(),
        clock,
        WithoutSharedTier::Accept,
        Shares::default(),
    )
}

async fn read(cache: &Arc<Cache>) -> Answer {
    cache.read(request("")).await.unwrap()
}

/// Reads until the condition holds, for five seconds at most.
async fn until(cache: &Arc<Cache>, condition: impl Fn(&Answer) -> bool) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let answer = read(cache).await;
        if condition(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "still {:?} from {:?}", answer.status, answer.source);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn redis(persistence: RedisPersistence) -> Redis {
    Redis::start_with(&StackDirs::of_this_checkout("redis_tier"), persistence).await.unwrap()
}

#[tokio::test]
async fn what_one_origin_loads_the_other_finds_in_redis_and_then_in_its_memory() {
    let (redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let (one, two) = (origin(&redis, &source).await, origin(&redis, &source).await);
    assert_eq!(read(&one).await.source, Source::Database);
    let shared = until(&two, |answer| answer.source != Source::Database).await;
    assert_eq!((shared.status, shared.source), (CacheStatus::Hit, Source::Redis));
    until(&two, |answer| answer.source == Source::OriginMemory).await;
    assert_eq!(source.loads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_invalidation_at_one_origin_reaches_the_others_memory_within_the_bound() {
    let (redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let (one, two) = (origin(&redis, &source).await, origin(&redis, &source).await);
    let mut slowest = Duration::ZERO;
    for round in 0..20 {
        until(&two, |answer| answer.source == Source::OriginMemory).await;
        source.version.fetch_add(1, Ordering::SeqCst);
        let done = one.invalidate(&board_changed()).await.unwrap();
        let acknowledged = Instant::now();
        // With the token at once; without it within the bound.
        let token = done.generations.to_token();
        assert_eq!(version(&two.read(request(&token)).await.unwrap()), round + 1);
        until(&two, |answer| version(answer) == round + 1).await;
        slowest = slowest.max(acknowledged.elapsed());
        assert_eq!(version(&read(&one).await), round + 1);
    }
    println!("slowest to be seen by the other origin: {slowest:?}, bound {BOUND:?}");
    assert!(slowest < BOUND);
}

#[tokio::test]
async fn a_thousand_cold_requests_over_two_origins_make_one_load() {
    let (redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let origins = [origin(&redis, &source).await, origin(&redis, &source).await];
    let reads = (0..1000).map(|n| {
        let cache = origins[n % 2].clone();
        tokio::spawn(async move { version(&read(&cache).await) })
    });
    for read in reads.collect::<Vec<_>>() {
        assert_eq!(read.await.unwrap(), 0);
    }
    assert_eq!(source.loads.load(Ordering::SeqCst), 1);
}

/// A user of `w` by the claim of a token that was issued `secs` from now.
fn claiming_user(user: &str, secs: i64) -> (VerifiedUser, UserToken) {
    const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";
    let now_secs = SystemClock.now_secs();
    let issued_at_secs = now_secs.saturating_add_signed(secs);
    let claims = json!({"sub": user, "aud": "authenticated", "iat": issued_at_secs, "exp": now_secs + 3600,
        "app_metadata": {"workspaces": {"w": "member"}}});
    let token = stack::tokens::sign(&json!({"alg": "HS256"}), &claims, SECRET).unwrap();
    let claim = ClaimPath::parse("app_metadata.workspaces").unwrap();
    // By a clock that is past when it was issued: a time ahead of the verifier's is not believed.
    let verifier = TokenVerifier::hs256(SECRET).unwrap().with_memberships(claim);
    let user = verifier.verify(&token, now_secs.max(issued_at_secs)).unwrap();
    let authorization = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    (user, UserToken::of(&authorization).unwrap())
}

#[tokio::test]
async fn a_claim_is_judged_at_a_fresh_origin_by_what_redis_holds_and_by_nothing_without_it() {
    let (mut redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let old = origin(&redis, &source).await;
    read(&old).await;
    let fresh = origin(&redis, &source).await;
    while !fresh.views().trust().holds(SystemClock.now_ms()) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (members, workspace) = (Memberships::new(fresh), support::workspace().id().clone());
    let (user, token) = claiming_user("user_9", 60);
    let verified = members.verify(&user, &token, &workspace).await.unwrap();
    assert!(verified.is_some(), "the source knows of nobody, and was not asked");
    assert_eq!(source.roles.load(Ordering::SeqCst), 0);
    let (early, token) = claiming_user("user_9", -60);
    assert!(members.verify(&early, &token, &workspace).await.unwrap().is_none(), "from before what is known");

    redis.kill().await.unwrap();
    tokio::time::sleep(BOUND + Duration::from_millis(100)).await;
    let away = members.verify(&user, &token, &workspace).await;
    assert!(matches!(away, Err(MembershipError::Unjudged)), "nobody knows: {away:?}");
    source.members.lock().unwrap().insert("user_8".to_owned());
    let (user, token) = claiming_user("user_8", 60);
    assert!(members.verify(&user, &token, &workspace).await.unwrap().is_some(), "the source does");
}

#[tokio::test]
async fn while_redis_is_away_reads_go_on_and_nothing_old_comes_back_with_it() {
    // A Redis that keeps everything on disk is the harder case: its old entries come back.
    let (mut redis, source) = (redis(RedisPersistence::AppendOnly).await, Arc::new(TestSource::default()));
    let cache = origin(&redis, &source).await;
    read(&cache).await;
    until(&cache, |answer| answer.source == Source::OriginMemory).await;

    redis.kill().await.unwrap();
    source.version.fetch_add(1, Ordering::SeqCst);
    cache.invalidate(&board_changed()).await.unwrap();
    for _ in 0..20 {
        assert_eq!(version(&read(&cache).await), 1, "while Redis is away");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    redis.restart().await.unwrap();
    let back = until(&cache, |answer| answer.source == Source::OriginMemory).await;
    assert_eq!(version(&back), 1);
    // An origin that starts now knows nothing but what Redis tells it.
    let late = origin(&redis, &source).await;
    assert_eq!(version(&read(&late).await), 1);
}

#[tokio::test]
async fn a_redis_that_comes_back_empty_makes_what_was_stamped_before_unservable() {
    let (mut redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let cache = origin(&redis, &source).await;
    let before = read(&cache).await.page.header().stamp.clone();
    redis.kill().await.unwrap();
    redis.restart().await.unwrap();
    // Until the bound has run out, memory may still serve what it held.
    let is_later = |answer: &Answer| before.is_older_than(&answer.page.header().stamp);
    until(&cache, |answer| answer.source == Source::OriginMemory && is_later(answer)).await;
}

#[tokio::test]
async fn a_page_that_was_loaded_without_redis_is_marked_not_to_be_stored() {
    let (mut redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let cache = origin(&redis, &source).await;
    assert_eq!(read(&cache).await.shared, SharedUse::Missed);
    redis.kill().await.unwrap();
    tokio::time::sleep(2 * BOUND).await;
    // It is stamped without the authority: an invalidation after its return may mint below that stamp.
    assert_eq!(read(&cache).await.shared, SharedUse::Away);
}

#[tokio::test]
async fn boards_that_do_not_exist_or_cannot_be_read_leave_nothing_behind() {
    let (redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let cache = origin(&redis, &source).await;
    let mut connection = connection(&redis).await;
    for fault in [&source.no_board, &source.down] {
        fault.store(true, Ordering::SeqCst);
        assert!(cache.read(request("")).await.is_err());
        let fields: Vec<String> =
            redis::cmd("HKEYS").arg("generations:{w}").query_async(&mut connection).await.unwrap();
        // Those of the settings were minted for the workspace, which exists.
        assert_eq!(fields, ["incarnation", "workspace", "settings"]);
        let key = request("").query.key();
        let boards = key.tags().iter().filter(|tag| matches!(tag, Tag::Board(_)));
        for board in boards {
            assert_eq!(cache.views().heard(key.workspace(), |view| view.heard_of(board)), None);
        }
        fault.store(false, Ordering::SeqCst);
    }
    read(&cache).await;
    until(&cache, |answer| answer.source == Source::OriginMemory).await;
}

#[tokio::test]
async fn what_redis_refuses_to_record_is_refused_and_what_is_owed_is_paid() {
    let (redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let (one, two) = (origin(&redis, &source).await, origin(&redis, &source).await);
    until(&two, |answer| answer.source == Source::OriginMemory).await;
    let replicas = async |count: u32| {
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg("min-replicas-to-write").arg(count);
        set.exec_async(&mut connection(&redis).await).await.unwrap();
    };
    // It answers, and the others rely on it: an invalidation that it does not take must not be acknowledged.
    replicas(1).await;
    source.version.fetch_add(1, Ordering::SeqCst);
    assert!(one.invalidate(&board_changed()).await.is_err());
    // Nor when its connection breaks meanwhile, and it takes nothing of what it is owed.
    let told = [(Tag::Workspace, Generation::new(SystemClock.now_ms() + 60_000))].into_iter().collect();
    one.hear(support::workspace().id(), &told);
    read(&one).await;
    let kill = ["KILL", "TYPE", "normal"];
    redis::cmd("CLIENT").arg(&kill).exec_async(&mut connection(&redis).await).await.unwrap();
    tokio::time::sleep(4 * BOUND).await;
    assert!(one.invalidate(&board_changed()).await.is_err());
    replicas(0).await;
    let deadline = Instant::now() + Duration::from_secs(5);
    while one.invalidate(&board_changed()).await.is_err() {
        assert!(Instant::now() < deadline, "it is refused for ever");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    until(&two, |answer| version(answer) == 1).await;
}

#[tokio::test]
async fn generations_of_another_incarnation_begin_anew_and_those_who_are_behind_learn_of_it() {
    let (redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let (one, two) = (origin(&redis, &source).await, origin(&redis, &source).await);
    for cache in [&one, &two] {
        until(cache, |answer| answer.source == Source::OriginMemory).await;
    }
    let before = read(&one).await.page.header().clone();
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    // Demoted and promoted again: another replication id, and no connection is closed.
    for master in [["127.0.0.1", "1"], ["NO", "ONE"]] {
        redis::cmd("REPLICAOF").arg(&master).exec_async(&mut connection).await.unwrap();
    }
    let is_anew = |answer: &Answer| {
        let header = answer.page.header();
        header.incarnation != before.incarnation && before.stamp.is_older_than(&header.stamp)
    };
    for cache in [&one, &two] {
        until(cache, |answer| answer.source == Source::OriginMemory && is_anew(answer)).await;
    }
    source.version.fetch_add(1, Ordering::SeqCst);
    one.invalidate(&board_changed()).await.unwrap();
    until(&two, |answer| version(answer) == 1).await;
}

/// What one process has heard of a generation that Redis has lost may not have been its last.
#[tokio::test]
async fn a_generation_that_is_merged_where_none_is_held_is_as_late_as_a_fresh_one() {
    let (redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let cache = origin(&redis, &source).await;
    let (shared, workspace) = (cache.shared(), support::workspace().id().clone());
    let now = Generation::new(SystemClock.now_ms());
    let heard = Stamp::new(vec![(Tag::Workspace, Generation::new(7))]);
    let merged = async || {
        shared.merge(&workspace, &heard).await.unwrap();
        shared.generations(&workspace, &[Tag::Workspace]).await.unwrap().0
    };
    let once = merged().await;
    assert!(once.get(&Tag::Workspace) > Some(now), "{once:?}");
    assert_eq!(merged().await, once, "what is held stays");
}

#[tokio::test]
async fn what_is_owed_is_crossed_out_once_redis_has_it_and_not_before() {
    let (mut redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let workspace = support::workspace().id().clone();
    let owed = Owed::beside(&OutboxStore::in_memory().unwrap());
    let minted = Generation::new(SystemClock.now_ms() + 60_000);
    owed.write_down(&workspace, &Stamp::new(vec![(Tag::Workspace, minted)])).await.unwrap();
    let held_after_paying = async |cache: &Arc<Cache>| {
        owed.pay(cache).await.unwrap();
        let held = cache.shared().generations(&workspace, &[Tag::Workspace]).await;
        held.ok().and_then(|(held, _)| held.get(&Tag::Workspace))
    };
    redis.kill().await.unwrap();
    assert_eq!(held_after_paying(&origin(&redis, &source).await).await, None, "it is away");
    redis.restart().await.unwrap();
    assert_eq!(held_after_paying(&origin(&redis, &source).await).await, Some(minted));
    redis::cmd("FLUSHALL").exec_async(&mut connection(&redis).await).await.unwrap();
    assert_eq!(
        held_after_paying(&origin(&redis, &source).await).await,
        Some(Generation::ZERO),
        "it was paid"
    );
}

/// A replica answers reads, from what it had when it last heard of its master: nothing of that would ever fail.
#[tokio::test]
async fn a_connection_to_a_demoted_master_is_left_wherever_else_there_is_to_go() {
    let new = redis(RedisPersistence::None).await;
    for others in [vec![new.url()], Vec::new()] {
        let old = redis(RedisPersistence::None).await;
        let (views, clock) = (Arc::new(Views::told_by_push()), Arc::new(SystemClock));
        let urls: Vec<String> = std::iter::once(old.url()).chain(others).collect();
        let tier = RedisTier::start(&urls, views.clone(), clock.clone(), BOUND, Compression::default());
        let tier = tier.await.unwrap();
        let key = request("").query.key();
        let before = tier.look_up(&key).await.unwrap().incarnation;
        let deadline = Instant::now() + Duration::from_secs(5);
        let wait = async |for_what| {
            assert!(Instant::now() < deadline, "{for_what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        while !views.trust().holds(clock.now_ms()) {
            wait("it does not push").await;
        }
        let mut connection = connection(&old).await;
        redis::cmd("REPLICAOF").arg(&["127.0.0.1", "1"]).exec_async(&mut connection).await.unwrap();
        while tier.look_up(&key).await.is_ok_and(|lookup| lookup.incarnation == before) {
            wait("still on the old one").await;
        }
    }
}

#[tokio::test]
async fn what_is_in_redis_is_smaller_and_what_is_served_is_the_same() {
    let (redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    source.rows.store(500, Ordering::SeqCst);
    let (one, two) = (origin(&redis, &source).await, origin(&redis, &source).await);
    let loaded = read(&one).await;
    let shared = until(&two, |answer| answer.source == Source::Redis).await;
    assert_eq!(shared.page.encoded(), loaded.page.encoded());
    let mut connection = connection(&redis).await;
    let key = one_key(&mut connection, "contacts:{w}:*").await;
    let stored: Vec<u8> = redis::cmd("GET").arg(&key).query_async(&mut connection).await.unwrap();
    let (plain, stored_len) = (loaded.page.encoded().len(), stored.len());
    println!("{plain} bytes served, {stored_len} in Redis");
    assert!(stored_len * 3 < plain);
    // In front of the body stands the same header, of another encoding.
    let header = coherence::decode(&stored).unwrap().header;
    assert_eq!(
        (header.key_digest, &header.stamp),
        (request("").query.key().digest(), &loaded.page.header().stamp)
    );

    // Damaged there, or from before there was compression: the one is a miss, the other a hit.
    let mut put = async |bytes: &[u8]| {
        redis::cmd("SET").arg(&key).arg(bytes).arg("KEEPTTL").exec_async(&mut connection).await.unwrap();
    };
    put(&stored[..stored.len() - 9]).await;
    let after = origin(&redis, &source).await;
    assert_eq!(read(&after).await.source, Source::Database);
    put(loaded.page.encoded()).await;
    let after = origin(&redis, &source).await;
    let old = until(&after, |answer| answer.source != Source::Database).await;
    assert_eq!((old.source, old.page.encoded()), (Source::Redis, loaded.page.encoded()));
}

#[tokio::test]
async fn an_invalidation_counts_the_entries_of_every_tag_that_it_includes() {
    let (redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let cache = origin(&redis, &source).await;
    let workspace = request("").query.workspace().clone();
    let verified = support::workspace();
    // Three buckets: see the tests of `coherence::Tag`.
    let contacts = ["contact_123", "contact_456", "a"].map(|id| ContactId::parse(id).unwrap());
    let overtaken = async |change: Change| {
        for contact in &contacts {
            store(&cache, &ContactQuery::new(&verified, contact.clone()).key()).await;
            store(&cache, &MessagesQuery::new(&verified, contact.clone(), PageParams::default()).key()).await;
        }
        store(&cache, &CountsQuery::new(&verified).key()).await;
        store(&cache, &request("").query.key()).await;
        // A census knows in which millisecond it began anew, not what came before within it.
        tokio::time::sleep(Duration::from_millis(5)).await;
        cache.invalidate(&Invalidation::of(workspace.clone(), &[change])).await.unwrap().entries
    };
    let one = Some(contacts[0].clone());
    let board = request("").query.board().clone();
    assert_eq!(overtaken(Change::Messages { contact: one.clone() }).await, 2);
    assert_eq!(overtaken(Change::Messages { contact: None }).await, 6);
    // With its board and the counts.
    assert_eq!(overtaken(Change::Contact { board: board.clone(), contact: one }).await, 4);
    assert_eq!(overtaken(Change::Contact { board, contact: None }).await, 8);
    assert_eq!(overtaken(Change::Workspace).await, 8);
}

#[tokio::test]
async fn an_invalidation_adds_up_a_few_numbers_however_long_entries_live() {
    const ENTRIES: u64 = 2_000;
    let (redis, source) = (redis(RedisPersistence::None).await, Arc::new(TestSource::default()));
    let cache = origin(&redis, &source).await;
    // As of lifetimes of a day, stored over a day and a half.
    for page in 1..=ENTRIES {
        let keep_ms = (37 * 60 - page) * 60_000;
        store_for(&cache, &list("b", &format!("page={page}")).query.key(), keep_ms).await;
    }
    let mut connection = connection(&redis).await;
    let census = one_key(&mut connection, "census:*:board:*").await;
    let numbers: u64 = redis::cmd("HLEN").arg(census).query_async(&mut connection).await.unwrap();
    assert!(numbers < 256, "{numbers}");
    // One that is replaced is counted once.
    store_for(&cache, &list("b", "page=1").query.key(), 37 * 60 * 60_000).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let board = request("").query.board().clone();
    let change = Change::Contact { board, contact: None };
    let workspace = request("").query.workspace().clone();
    assert_eq!(cache.invalidate(&Invalidation::of(workspace, &[change])).await.unwrap().entries, ENTRIES);
}

/// Stores an entry of nothing under a key.
async fn store(cache: &Cache, key: &CacheKey) {
    store_for(cache, key, 60_000).await;
}

async fn store_for(cache: &Cache, key: &CacheKey, keep_ms: u64) {
    let lookup = cache.shared().look_up(key).await.unwrap();
    let header = EntryHeader {
        key_digest: key.digest(),
        etag: [0; 16],
        incarnation: lookup.incarnation,
        stored_at_ms: 0,
        lifetime: Lifetime::jittered(60, 0),
        stamp: lookup.generations.clone(),
        read_set: None,
        encoding: Encoding::Identity,
    };
    let entry = coherence::encode(&header, b"").unwrap();
    assert!(cache.shared().store(key, &lookup.generations, entry.into(), keep_ms).await.unwrap());
}

async fn connection(redis: &Redis) -> redis::aio::MultiplexedConnection {
    redis::Client::open(redis.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// The one key of a pattern.
async fn one_key(connection: &mut redis::aio::MultiplexedConnection, pattern: &str) -> String {
    let mut keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(connection).await.unwrap();
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys.remove(0)
}
