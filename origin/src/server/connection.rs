//! One connection: plain requests are read and answered here, whatever else comes is hyper's.
//!
//! Most of what a hit costs beside the kernel's part was spent between the socket and the page: a state machine for all that HTTP/1.1 may be, a
//! service, a boxed body polled piece by piece, a timer for each head. A plain request needs none of it: its head is read, its answer is found, and head
//! and page are written at once. The first request that is not plain ([`head`]) takes its connection over to hyper, with all that was read
//! of it; there it stays.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;

use super::drain::Draining;
use super::head::{self, Head};
use super::patience::Patience;
use super::rewound::Rewound;
use super::{MAX_HEAD_BYTES, Timeouts, answer};
use crate::http::Front;
use crate::tokens::LastShown;

/// How much is read at once, in bytes: more than the head of a request has.
const READ_BYTES: usize = 4096;
/// How long a client may take to close a connection that is closed here.
const CLOSING: Duration = Duration::from_millis(500);

/// What every connection is served with.
pub(super) struct Service {
    pub(super) front: Front,
    pub(super) http: http1::Builder,
    pub(super) timeouts: Timeouts,
}

/// How the plain part of a connection ended.
enum Ended {
    /// It is closed.
    Closed,
    /// What has arrived is no plain request.
    Other(Bytes),
}

/// Serves a connection until it is closed, or the process is asked to end and it is idle.
pub(super) async fn serve(service: Arc<Service>, mut stream: TcpStream, mut draining: Draining) {
    let ended = match plainly(&service, &mut stream, &draining).await {
        Ok(Ended::Closed) => Ok(()),
        Ok(Ended::Other(arrived)) => {
            Box::pin(by_hyper(&service, Rewound::new(arrived, stream), &mut draining))
                .await
                .map_err(io::Error::other)
        }
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Answers plain requests for as long as no other comes.
async fn plainly(service: &Service, stream: &mut TcpStream, draining: &Draining) -> io::Result<Ended> {
    let Service { front, timeouts, .. } = service;
    let (mut arrived, mut seen) = (BytesMut::new(), 0);
    let mut patience = Patience::of(timeouts.header_read);
    let mut shown = LastShown::default();
    // One future for all heads that are waited for.
    let mut listening = draining.clone();
    let mut asked = pin!(listening.asked());
    loop {
        match head::take(&mut arrived, seen, |head| front.plain(head)) {
            Head::Plain(list, head) => {
                let Some(response) = unless_gone(stream, front.list(list, &head, &mut shown)).await else {
                    return Ok(Ended::Closed);
                };
                let is_last = draining.is_asked();
                answer::write(stream, response, is_last, timeouts.write).await?;
                if is_last {
                    close(stream).await;
                    return Ok(Ended::Closed);
                }
                // Who has sent a thousand requests at once waits for others between their answers.
                tokio::task::consume_budget().await;
                seen = 0;
                patience.begin();
            }
            Head::Unfinished if arrived.len() < MAX_HEAD_BYTES => {
                seen = arrived.len();
                arrived.reserve(READ_BYTES);
                let mut reading = pin!(stream.read_buf(&mut arrived));
                let read = poll_fn(|context| {
                    if let Poll::Ready(read) = reading.as_mut().poll(context) {
                        return Poll::Ready(read);
                    }
                    // A request that has begun is answered yet.
                    let is_over = patience.poll_is_lost(context).is_ready()
                        || (seen == 0 && asked.as_mut().poll(context).is_ready());
                    if is_over { Poll::Ready(Ok(0)) } else { Poll::Pending }
                });
                if read.await? == 0 {
                    return Ok(Ended::Closed);
                }
            }
            // Also a head that is too long: hyper refuses it.
            Head::Unfinished | Head::Other => return Ok(Ended::Other(arrived.freeze())),
        }
    }
}

/// Closes a connection so that its last answer arrives: where something that was sent lies unread, a close resets the connection, and the client may
/// lose what it has not read yet.
async fn close(stream: &mut TcpStream) {
    let discarding = async {
        stream.shutdown().await?;
        let (mut discarded, mut bytes) = (0, [0; 1024]);
        while discarded < 2 * MAX_HEAD_BYTES {
            match stream.read(&mut bytes).await? {
                0 => break,
                read => discarded += read,
            }
        }
        io::Result::Ok(())
    };
    // Whoever does not close it in time is not waited for.
    let _ = timeout(CLOSING, discarding).await;
}

/// What comes of it, unless the client goes away before: nobody needs it then.
async fn unless_gone<T>(stream: &TcpStream, answering: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        // A hit is there at once, and the connection is not looked at.
        biased;
        answer = answering => Some(answer),
        () = gone(stream) => None,
    }
}

/// Waits until the client goes away; for ever once it has sent more.
async fn gone(stream: &TcpStream) {
    if let Ok(1) = stream.peek(&mut [0]).await {
        pending::<()>().await;
    }
}

/// Serves a connection by hyper, on which something has arrived.
async fn by_hyper(service: &Service, stream: Rewound, draining: &mut Draining) -> hyper::Result<()> {
    let Service { front, http, timeouts } = service;
    let answer = service_fn(|request| {
        let front = front.clone();
        async move { Ok::<_, Infallible>(front.answer(request).await) }
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(timeouts.write));
    let mut connection = pin!(http.serve_connection(TokioIo::new(Box::pin(stream)), answer));
    tokio::select! {
        biased;
        ended = connection.as_mut() => return ended,
        () = draining.asked() => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}
