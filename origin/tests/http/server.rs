//! The listener: clients that dawdle, heads that are too large, and ending well.

use std::time::{Duration, Instant};

use origin::server::{Timeouts, serve_within};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::world::{KEY, world};

struct Served {
    stream: TcpStream,
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
    let server = tokio::spawn(async move {
        let world = world();
        let asked = async {
            let _ = asked.await;
            world.app.live.end();
        };
        serve_within(listener, world.front, timeouts, asked).await;
    });
    Served { stream: TcpStream::connect(addr).await.unwrap(), stop, server }
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
}

#[tokio::test]
async fn a_request_is_answered() {
    let mut served = served(PATIENT).await;
    let answer = served.exchange("GET /health HTTP/1.1\r\nHost: o\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
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
