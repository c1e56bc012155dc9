//! The listener: clients that dawdle, heads that are too large, and ending well.

use std::sync::Arc;
use std::time::{Duration, Instant};

use origin::clock::Clock as _;
use origin::server::{Timeouts, serve_within};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::world::{KEY, SECRET, World, world};

struct Served {
    stream: TcpStream,
    world: Arc<World>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

/// A listening origin, and a connection to it.
async fn served(header_read: Duration) -> Served {
    served_within(Timeouts { header_read, write: PATIENT }).await
}

async fn served_within(timeouts: Timeouts) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, asked) = oneshot::channel::<()>();
    let world = Arc::new(world());
    let same = world.clone();
    let server = tokio::spawn(async move {
        let asked = async {
            let _ = asked.await;
            same.app.live.end();
        };
        serve_within(listener, same.front.clone(), timeouts, asked).await;
    });
    Served { stream: TcpStream::connect(addr).await.unwrap(), world, stop, server }
}

const PATIENT: Duration = Duration::from_mins(1);

impl Served {
    /// Sends text and reads until the connection is closed.
    async fn exchange(&mut self, text: &str) -> String {
        self.stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), self.stream.read_to_end(&mut answer));
        let _ = read.await.expect("the connection is closed");
        String::from_utf8(answer).unwrap()
    }

    /// Sends text and reads one answer.
    async fn answer(&mut self, text: &str) -> String {
        self.stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !is_whole(&answer) {
            assert_ne!(self.stream.read_buf(&mut answer).await.unwrap(), 0, "closed");
        }
        String::from_utf8(answer).unwrap()
    }
}

/// Whether an answer is there to its end.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() == length.map_or(0, |length| length.parse().unwrap())
}

#[tokio::test]
async fn a_request_is_answered() {
    let mut served = served(PATIENT).await;
    let answer = served.exchange("GET /health HTTP/1.1\r\nHost: o\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

/// A request for the list of a board, with more header lines.
fn list(lines: &str) -> String {
    format!(
        "GET /api/boards/b/contacts HTTP/1.1\r\nHost: o\r\nX-Internal-Auth: {KEY}\r\nX-Workspace-ID: w\r\n{lines}\r\n"
    )
}

/// Head and body of each of the answers in `text`, which all say how long they are.
fn answers(mut text: &str) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    while !text.is_empty() {
        let (head, rest) = text.split_once("\r\n\r\n").expect("a whole head");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let (body, rest) = rest.split_at(length.map_or(0, |length| length.parse().unwrap()));
        answers.push((head.to_owned(), body.to_owned()));
        text = rest;
    }
    answers
}

/// What of a head is the same for the same page: not when and how quickly it was answered, and as which request.
fn lasting(head: &str) -> Vec<&str> {
    let changes = [
        "date: ",
        "age: ",
        "server-timing: ",
        "x-request-id: ",
        "cache-status: ",
        "connection: ",
        "content-length: ",
    ];
    let mut lines: Vec<_> =
        head.lines().filter(|line| !changes.iter().any(|name| line.starts_with(name))).collect();
    lines.sort_unstable();
    lines
}

#[tokio::test]
async fn plain_requests_and_others_are_answered_in_turn_on_one_connection_and_alike() {
    let mut served = served(PATIENT).await;
    // All at once: answers come in order, whoever gives them. What expects something is hyper's, and so is what follows.
    let health = "GET /health HTTP/1.1\r\nHost: o\r\n\r\n";
    let asked =
        [list(""), list(""), health.to_owned(), list("Accept: */*\r\n"), list("Connection: close\r\n")]
            .concat();
    let text = served.exchange(&asked).await;
    let answers = answers(&text);
    let statuses: Vec<_> = answers.iter().map(|(head, _)| head.lines().next().unwrap()).collect();
    assert_eq!(statuses, ["HTTP/1.1 200 OK"; 5]);
    let ((plain, page), (by_hyper, same)) = (&answers[1], &answers[3]);
    assert_eq!(lasting(plain), lasting(by_hyper));
    assert!(plain.contains("\r\ndate: ") && plain.contains("\r\nx-request-id: "), "{plain}");
    assert!(page.starts_with('{') && page.ends_with("}}"), "{page}");
    assert_eq!(page.split("\"_cache\"").next(), same.split("\"_cache\"").next());
}

/// A user's request for the list of a board, with more header lines, by a token that is good for an hour.
fn list_by(world: &World, user: &str, lines: &str) -> String {
    let claims = json!({"sub": user, "aud": "authenticated", "exp": world.clock.now_secs() + 3600});
    let token = stack::tokens::sign(&json!({"alg": "HS256"}), &claims, SECRET).unwrap();
    format!(
        "GET /api/boards/b/contacts HTTP/1.1\r\nHost: o\r\nAuthorization: Bearer {token}\r\nX-Workspace-ID: w\r\n{lines}\r\n"
    )
}

#[tokio::test]
async fn each_request_of_a_connection_is_judged_by_what_it_shows_itself() {
    let mut served = served(PATIENT).await;
    served.world.source.members.lock().unwrap().extend(["user_1".to_owned(), "user_2".to_owned()]);
    let [one, two, stranger] = ["user_1", "user_2", "user_9"].map(|user| list_by(&served.world, user, ""));
    let by_one = |lines: &str| list_by(&served.world, "user_1", lines);
    let in_turn = [
        (one.clone(), 200),
        (one.clone(), 200),
        (stranger, 403),
        (one.clone(), 200),
        (two, 200),
        (by_one("X-User-ID: user_1\r\n"), 200),
        (by_one("X-User-ID: user_2\r\n"), 403),
        (by_one("X-User-ID: user_1\r\nX-User-ID: user_2\r\n"), 400),
        (by_one("X-Workspace-ID: w\r\n"), 400),
        (by_one("Authorization: Bearer a\r\n"), 401),
        (by_one("X-Internal-Auth: not-the-key-that-it-should-be\r\n"), 401),
        (one.replace("X-Workspace-ID: w", "X-Workspace-ID: w!"), 400),
        (one.replace("X-Workspace-ID: w\r\n", ""), 400),
        (one.replace("Authorization", "X-Authorization"), 401),
        (one.replace("Bearer ", "Bearer  "), 200),
        (one.replace("\r\nX-W", "x\r\nX-W"), 401),
        (one.clone(), 200),
    ];
    for (request, status) in in_turn {
        let answer = served.answer(&request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
    }
    served.world.advance_secs(3700);
    let answer = served.answer(&one).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "expired: {answer}");
}

#[tokio::test]
async fn a_plain_request_may_come_in_pieces_and_a_page_that_is_known_has_no_body() {
    let mut served = served(PATIENT).await;
    let whole = served.answer(&list("")).await;
    let etag = whole.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let again = list(&format!("If-None-Match: {etag}\r\n"));
    for piece in again.as_bytes().chunks(7) {
        served.stream.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    let answer = served.answer("").await;
    assert!(answer.starts_with("HTTP/1.1 304 Not Modified\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n") && !answer.contains("content-length"), "{answer}");
    assert!(served.answer(&list("")).await.starts_with("HTTP/1.1 200 OK\r\n"), "and the connection is kept");
}

#[tokio::test]
async fn a_plain_head_that_does_not_arrive_is_not_waited_for_for_ever_nor_an_idle_client() {
    for sent in ["GET /api/boards/b/contacts HTTP/1.1\r\nHost: o\r\nX-Slow: ", ""] {
        let mut served = served(Duration::from_millis(200)).await;
        let began = Instant::now();
        assert_eq!(served.exchange(sent).await, "");
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(150) && took < Duration::from_secs(5), "{sent:?}: {took:?}");
    }
}

#[tokio::test]
async fn a_plain_head_that_is_too_large_is_refused() {
    let mut served = served(PATIENT).await;
    let _ =
        served.stream.write_all(list(&format!("X-Padding: {}\r\n", "a".repeat(40 * 1024))).as_bytes()).await;
    let mut answer = [0; 12];
    served.stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 431");
}

#[tokio::test]
async fn a_client_that_goes_away_is_not_answered_and_counted_so() {
    let served = served(PATIENT).await;
    let Served { mut stream, world, .. } = served;
    // The source takes 10 ms.
    stream.write_all(list("").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(3)).await;
    drop(stream);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let figures = world.scrape().await;
    let ended =
        "http_requests_total{route=\"/api/boards/{board_id}/contacts\",method=\"GET\",status=\"cancelled\"}";
    assert_eq!(figures.get(ended), 1.0);
}

#[tokio::test]
async fn a_plain_answer_under_way_when_the_process_is_asked_to_end_is_the_last_of_its_connection() {
    let mut served = served(PATIENT).await;
    served.stream.write_all(list("").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(3)).await;
    served.stop.send(()).unwrap();
    let mut answer = String::new();
    served.stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    tokio::time::timeout(Duration::from_secs(2), served.server).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_head_that_does_not_arrive_is_not_waited_for_for_ever() {
    let mut served = served(Duration::from_millis(200)).await;
    let began = Instant::now();
    served.exchange("GET /health HTTP/1.1\r\nHost: o\r\nX-Slow: ").await;
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(5), "{took:?}");
}

/// More answers than the buffers between the two hold, asked for at once.
const MANY: usize = 400;

/// Asks for many answers, takes nothing of them for a second, and says how many bytes there were to be read after that.
async fn read_late(write: Duration) -> usize {
    let mut served = served_within(Timeouts { header_read: PATIENT, write }).await;
    let asked = "GET /openapi.json HTTP/1.1\r\nHost: o\r\n\r\n".repeat(MANY - 1);
    let last = "GET /openapi.json HTTP/1.1\r\nHost: o\r\nConnection: close\r\n\r\n";
    served.stream.write_all((asked + last).as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut answers = Vec::new();
    // A connection that was closed on an answer may end with a reset.
    let _ = served.stream.read_to_end(&mut answers).await;
    answers.len()
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answers_is_not_waited_for_for_ever() {
    let whole = read_late(PATIENT).await;
    let cut = read_late(Duration::from_millis(200)).await;
    assert!(whole > 10 << 20, "{whole} bytes are no more than buffers hold");
    assert!(cut < whole, "{cut} of {whole} bytes");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let mut served = served(PATIENT).await;
    let padding = "a".repeat(40 * 1024);
    let head = format!("GET /health HTTP/1.1\r\nHost: o\r\nX-Padding: {padding}\r\n\r\n");
    // The rest of the head may come too late for a connection that is closed.
    let _ = served.stream.write_all(head.as_bytes()).await;
    let mut answer = [0; 12];
    served.stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 431");
}

#[tokio::test]
async fn a_url_that_is_too_long_gets_our_own_answer() {
    let mut served = served(PATIENT).await;
    let search = "a".repeat(10_240);
    let head = format!("GET /health?search={search} HTTP/1.1\r\nHost: o\r\nConnection: close\r\n\r\n");
    let answer = served.exchange(&head).await;
    assert!(answer.starts_with("HTTP/1.1 414 ") && answer.contains("uri_too_long"), "{answer}");
}

#[tokio::test]
async fn what_is_under_way_when_the_process_is_asked_to_end_is_answered() {
    let mut served = served(PATIENT).await;
    // The source takes 10 ms.
    let head = format!(
        "GET /api/boards/b/contacts HTTP/1.1\r\nHost: o\r\nX-Internal-Auth: {KEY}\r\nX-Workspace-ID: w\r\n\r\n"
    );
    served.stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    served.stop.send(()).unwrap();
    let mut answer = String::new();
    served.stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    tokio::time::timeout(Duration::from_secs(2), served.server).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_idle_connection_does_not_keep_the_process_from_ending() {
    let mut served = served(PATIENT).await;
    served.stream.write_all(b"GET /health HTTP/1.1\r\nHost: o\r\n\r\n").await.unwrap();
    let mut begin = [0; 12];
    served.stream.read_exact(&mut begin).await.unwrap();
    served.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(2), served.server).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stream_without_an_end_does_not_keep_the_process_from_ending() {
    let mut served = served(PATIENT).await;
    let head = format!("GET /api/live?workspaceId=w HTTP/1.1\r\nHost: o\r\nX-Internal-Auth: {KEY}\r\n\r\n");
    served.stream.write_all(head.as_bytes()).await.unwrap();
    let mut begin = [0; 15];
    served.stream.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200 OK");
    served.stop.send(()).unwrap();
    let mut rest = String::new();
    served.stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("event: bye"), "{rest}");
    tokio::time::timeout(Duration::from_secs(2), served.server).await.unwrap().unwrap();
}
