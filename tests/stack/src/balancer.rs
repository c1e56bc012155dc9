//! A TCP load balancer on loopback: connections go to the backends in turn, past those that do not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A running balancer. Dropping it ends it and its connections.
#[derive(Debug)]
pub struct Balancer {
    port: u16,
    accepting: JoinHandle<()>,
}

impl Balancer {
    /// Balances between these ports of loopback.
    pub async fn start(backends: Vec<u16>) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let backends: Arc<[u16]> = backends.into();
        let turn = Arc::new(AtomicUsize::new(0));
        let accepting = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                connections.spawn(serve(client, backends.clone(), turn.fetch_add(1, Ordering::Relaxed)));
            }
        });
        Ok(Self { port, accepting })
    }

    /// Where it answers, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut client: TcpStream, backends: Arc<[u16]>, turn: usize) {
    for offset in 0..backends.len() {
        let port = backends[(turn + offset) % backends.len()];
        if let Ok(mut backend) = TcpStream::connect(("127.0.0.1", port)).await {
            let _ = (client.set_nodelay(true), backend.set_nodelay(true));
            let _ = copy_bidirectional(&mut client, &mut backend).await;
            return;
        }
    }
}
