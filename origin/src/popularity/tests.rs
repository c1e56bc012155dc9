use std::hint::black_box;
use std::time::Instant;

use identity::{InternalKeys, TokenVerifier, VerifiedWorkspace};
use ids::UserId;

use super::*;

#[derive(Default)]
struct TestClock(AtomicU64);

impl TestClock {
    fn advance(&self, half_lives: u64) {
        self.0.fetch_add(half_lives * HALF_LIFE_MS, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        1_785_000_000_000 + self.0.load(Ordering::SeqCst)
    }
}

fn workspace(id: &str) -> VerifiedWorkspace {
    let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
    let proof = keys.check("an-internal-key-for-tests").unwrap();
    VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse(id).unwrap())
}

fn list(board: &str, query: &str) -> ListQuery {
    let (board, params) = (BoardId::parse(board).unwrap(), ListParams::parse(query).unwrap());
    ListQuery::new(&workspace("w"), board, params).unwrap()
}

fn start() -> (Arc<Popularity>, Arc<TestClock>) {
    let clock = Arc::<TestClock>::default();
    (Popularity::start(None, clock.clone()), clock)
}

async fn top_boards(popularity: &Popularity, n: usize) -> Vec<String> {
    let top = popularity.top(workspace("w").id(), n).await;
    top.into_iter().map(|(board, _)| board.as_str().to_owned()).collect()
}

fn times(popularity: &Popularity, n: usize, query: &ListQuery) {
    for _ in 0..n {
        popularity.record(query);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_is_given_back_as_it_was_asked_for_the_most_popular_first() {
    let (popularity, _) = start();
    let asked =
        [("b1", "page=2&filter=open&column_id=c&sort_by=name&sort_order=asc"), ("b2", ""), ("b1", "")];
    for (n, (board, query)) in asked.iter().enumerate() {
        times(&popularity, 10 - n, &list(board, query));
    }
    let top = popularity.top(workspace("w").id(), 10).await;
    let expected =
        asked.map(|(board, query)| (BoardId::parse(board).unwrap(), ListParams::parse(query).unwrap()));
    assert_eq!(top, expected);
    assert_eq!(popularity.top(workspace("w").id(), 2).await, expected[..2]);
    assert_eq!(popularity.top(workspace("w").id(), 0).await, []);
    assert_eq!(popularity.top(workspace("another").id(), 10).await, []);
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_long_ago_counts_less_by_half_each_hour() {
    let (popularity, clock) = start();
    times(&popularity, 100, &list("old", ""));
    assert_eq!(top_boards(&popularity, 1).await, ["old"]);
    clock.advance(2);
    times(&popularity, 24, &list("new", ""));
    assert_eq!(top_boards(&popularity, 2).await, ["old", "new"], "100 / 4 is more than 24");
    times(&popularity, 2, &list("new", ""));
    assert_eq!(top_boards(&popularity, 2).await, ["new", "old"], "and less than 26");
}

#[tokio::test(start_paused = true)]
async fn the_order_outlives_the_landmark_and_weights_stay_finite() {
    let (popularity, clock) = start();
    times(&popularity, 3, &list("b3", ""));
    times(&popularity, 2, &list("b2", ""));
    for half_lives in [1, 23, 25, 30, 1] {
        assert_eq!(top_boards(&popularity, 2).await, ["b3", "b2"]);
        clock.advance(half_lives);
        popularity.record(&list("b1", ""));
        assert_eq!(top_boards(&popularity, 1).await, if half_lives == 1 { ["b3"] } else { ["b1"] });
        times(&popularity, 3, &list("b3", ""));
        times(&popularity, 2, &list("b2", ""));
    }
    assert_eq!(top_boards(&popularity, 1).await, ["b3"]);
    clock.advance(1_000_000);
    popularity.record(&list("b1", ""));
    assert_eq!(top_boards(&popularity, 1).await, ["b1"]);
}

#[tokio::test(start_paused = true)]
async fn no_more_pages_are_kept_than_may_be_and_the_popular_ones_stay() {
    let (popularity, _) = start();
    for page in 1..400 {
        popularity.record(&list("b", &format!("page={page}")));
        if page % 3 == 0 {
            popularity.record(&list("popular", ""));
        }
        if page % 100 == 0 {
            assert_eq!(top_boards(&popularity, 1).await, ["popular"]);
        }
    }
    assert_eq!(popularity.top(workspace("w").id(), 1000).await.len(), MAX_PAGES);
    assert_eq!(top_boards(&popularity, 1).await, ["popular"]);
}

#[tokio::test]
async fn no_more_workspaces_are_kept_than_may_be() {
    let sketches = Sketches::new(Arc::<TestClock>::default(), Decay::new(HALF_LIFE_MS));
    let id = |n: usize| WorkspaceId::parse(&format!("w{n}")).unwrap();
    for n in 0..MAX_WORKSPACES + 1000 {
        sketches.add(&id(n), &vec![("b?page=1".to_owned(), 1)]);
    }
    assert_eq!(sketches.len(), MAX_WORKSPACES);
    assert_eq!(sketches.top(&id(MAX_WORKSPACES + 999), 1), ["b?page=1"]);
    assert!(sketches.top(&id(0), 1).is_empty());
}

#[tokio::test(start_paused = true)]
async fn neither_a_search_nor_what_depends_on_who_asks_is_kept() {
    let (popularity, _) = start();
    popularity.record(&list("b", "search=john+doe"));
    let user = user_in_workspace();
    let mine = ListParams::parse("filter=assigned_to_me").unwrap();
    let query = ListQuery::new(&user, BoardId::parse("b").unwrap(), mine).unwrap();
    assert_eq!(query.user(), Some(&UserId::parse("user_1").unwrap()));
    popularity.record(&query);
    assert_eq!(popularity.top(workspace("w").id(), 10).await, []);
}

fn user_in_workspace() -> VerifiedWorkspace {
    let secret = "a-secret-of-at-least-thirty-two-bytes";
    let token = token_of_user(secret);
    let signed_in = TokenVerifier::hs256(secret).unwrap().verify(&token, 1_785_000_000).unwrap();
    let id = WorkspaceId::parse("w").unwrap();
    let role = Some(identity::Role::Member);
    let membership = identity::Membership::answered(id, UserId::parse("user_1").unwrap(), role);
    VerifiedWorkspace::of_member(&signed_in, &membership).unwrap()
}

fn token_of_user(secret: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let head = BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims =
        BASE64.encode(r#"{"sub":"user_1","role":"authenticated","aud":"authenticated","exp":1785003600}"#);
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{head}.{claims}").as_bytes());
    format!("{head}.{claims}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

#[test]
fn what_is_no_page_that_may_be_kept_is_not_read_back() {
    for text in [
        "",
        "b",
        "b?page=0",
        "b?search=john",
        "b?filter=assigned_to_me",
        "b?sort_by=password",
        "a:b?page=1",
        "?page=1",
        "{w}?page=1",
    ] {
        assert_eq!(page::parse(text), None, "{text}");
    }
    let query = list("b", "filter=open&page=7");
    assert_eq!(page::parse(&page::text(&query)), Some((query.board().clone(), query.params().clone())));
}

#[tokio::test]
async fn to_record_waits_for_nobody_and_a_sample_of_much_tells_the_same() {
    let (popularity, _) = start();
    let queries = [list("five", ""), list("three", "")];
    // Five of eight, in turns: a count that takes each eighth would see one of the two alone.
    let turns = [0, 1, 0, 1, 0, 1, 0, 0];
    let measure = |calls: u32| {
        let began = Instant::now();
        for n in 0..calls {
            popularity.record(black_box(&queries[turns[n as usize % 8]]));
        }
        began.elapsed().as_nanos() / u128::from(calls)
    };
    // Nobody empties the queue meanwhile: the task has no thread of its own here.
    let noted_ns = measure(SAMPLED[0].0 as u32);
    let full_ns = measure(200_000);
    assert_eq!(top_boards(&popularity, 2).await, ["five", "three"]);
    let mut sampling = Duration::ZERO;
    for _ in 0..100 {
        let round = Instant::now();
        measure(2_000);
        sampling += round.elapsed();
        tokio::task::yield_now().await;
    }
    let sampled_ns = sampling.as_nanos() / 200_000;
    println!(
        "ns per record: {noted_ns} noted each, {sampled_ns} one in eight, {full_ns} while the queue is full"
    );
    assert_eq!(top_boards(&popularity, 2).await, ["five", "three"]);
    let weight = |board| popularity.sketches.weight(workspace("w").id(), &page::text(&list(board, "")));
    let share = weight("five") / (weight("five") + weight("three"));
    assert!((0.55..0.70).contains(&share), "{share}");
}
