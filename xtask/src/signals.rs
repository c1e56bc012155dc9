//! What tells a task to end: Ctrl-C, `kill`, a closed terminal.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for the first such signal and says which it was.
pub async fn first() -> &'static str {
    let (interrupt, terminate, hangup) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()));
    tokio::select! {
        () = arrival(interrupt.ok()) => "Ctrl-C",
        () = arrival(terminate.ok()) => "SIGTERM",
        () = arrival(hangup.ok()) => "the terminal was closed",
    }
}

async fn arrival(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
