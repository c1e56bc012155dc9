//! The connection to Redis: one multiplexed connection for commands, made again when it breaks.
//!
//! A call never waits for a connection that is known to be down: it fails at once and the pipeline goes on without Redis.
//! Each new connection passes two gates before anybody may use it: the incarnation of the server is learned, and what was minted
//! while there was no Redis is merged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::RwLock;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, RedisError};
use tokio::sync::Mutex as AsyncMutex;

use crate::shared_tier::TierError;

/// How long one command may take.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_millis(500);
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The pause between attempts to connect.
pub const RECONNECT_PAUSE: Duration = Duration::from_millis(250);

/// A connection that may be used.
#[derive(Clone)]
pub struct Live {
    /// The connection.
    pub connection: MultiplexedConnection,
    /// The server's replication id: another one holds another history.
    pub incarnation: [u8; 20],
    /// The same, as it is kept beside generations.
    pub incarnation_hex: Arc<str>,
    serial: u64,
}

/// Keeps a connection to the first of several addresses that answers.
pub struct Link {
    clients: Vec<Client>,
    /// Or why there is none: a server that answers, and refuses what it is owed, is one that others may go on relying on.
    live: RwLock<Result<Live, TierError>>,
    serial: AtomicU64,
    connecting: AsyncMutex<()>,
}

/// What happens on a new connection before it may be used.
#[async_trait::async_trait]
pub trait OnConnect: Send + Sync {
    /// Runs on the new connection; an error discards it.
    async fn on_connect(&self, live: &Live) -> Result<(), TierError>;
}

impl Link {
    /// A link that is not connected yet.
    pub fn new(urls: &[String]) -> Result<Arc<Self>, RedisError> {
        let clients = urls.iter().map(|url| Client::open(url.as_str())).collect::<Result<_, _>>()?;
        Ok(Arc::new(Self {
            clients,
            live: RwLock::new(Err(TierError::Down("not connected".to_owned()))),
            serial: AtomicU64::new(0),
            connecting: AsyncMutex::default(),
        }))
    }

    /// The addresses, in the order in which they are tried.
    pub fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// The connection, if there is one now.
    pub fn live(&self) -> Result<Live, TierError> {
        self.live.read().clone()
    }

    /// Whether there is a connection now.
    pub fn is_live(&self) -> bool {
        self.live.read().is_ok()
    }

    /// Connects, unless connected. One caller at a time; the others wait for its outcome.
    pub async fn connect(&self, gate: &dyn OnConnect) -> Result<(), TierError> {
        let _one = self.connecting.lock().await;
        if self.is_live() {
            return Ok(());
        }
        let mut why = TierError::Down("no address".to_owned());
        for client in &self.clients {
            match self.connect_to(client, gate).await {
                Ok(live) => {
                    *self.live.write() = Ok(live);
                    return Ok(());
                }
                Err(error) if matches!(why, TierError::Down(_)) => why = error,
                Err(_) => {}
            }
        }
        *self.live.write() = Err(why.clone());
        Err(why)
    }

    async fn connect_to(&self, client: &Client, gate: &dyn OnConnect) -> Result<Live, TierError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT));
        let down = |error: RedisError| TierError::Down(category(&error));
        let mut connection =
            client.get_multiplexed_async_connection_with_config(&config).await.map_err(down)?;
        let incarnation = ask_incarnation(&mut connection).await.map_err(down)?;
        let serial = self.serial.fetch_add(1, Ordering::Relaxed) + 1;
        let live = Live { connection, incarnation, incarnation_hex: hex(incarnation), serial };
        gate.on_connect(&live).await?;
        Ok(live)
    }

    /// Makes sure that the server still is what it was when this connection was made, and discards the connection if not.
    ///
    /// A master changes its replication id without closing anything when it has had no replica for long (`repl-backlog-ttl`).
    pub async fn confirm_incarnation(&self, live: &Live) -> Result<(), TierError> {
        let outcome = ask_incarnation(&mut live.connection.clone()).await;
        // That it is no master any more is ours to say: to the connection it is no error.
        let reason = match &outcome {
            Ok(incarnation) if *incarnation == live.incarnation => return Ok(()),
            Ok(_) => "another incarnation",
            Err(error) if error.kind() == ErrorKind::Client => "not a master",
            Err(_) => return self.settle(live, outcome).map(drop),
        };
        self.discard(live, reason);
        Err(TierError::Down(reason.to_owned()))
    }

    /// Discards a connection, unless a newer one is in use already.
    fn discard(&self, live: &Live, reason: &str) {
        let mut current = self.live.write();
        if current.as_ref().is_ok_and(|current| current.serial == live.serial) {
            *current = Err(TierError::Down(reason.to_owned()));
            tracing::warn!(reason, "the Redis connection is discarded");
        }
    }

    /// Reports how a call on `live` ended. An error of the connection discards it, unless a newer one is in use already.
    pub fn settle<T>(&self, live: &Live, outcome: Result<T, RedisError>) -> Result<T, TierError> {
        outcome.map_err(|error| {
            let broken = error.is_io_error() || error.is_timeout() || error.is_connection_dropped();
            // Loading after a restart: nobody can rely on it yet.
            let loading = matches!(error.code(), Some("LOADING"));
            // Demoted, or cut off from its master: the address may lead elsewhere by now. Others may still rely on it.
            let demoted = matches!(error.code(), Some("READONLY" | "MASTERDOWN"));
            if broken || loading || demoted {
                self.discard(live, &category(&error));
            }
            if broken || loading {
                TierError::Down(category(&error))
            } else {
                TierError::Refused(category(&error))
            }
        })
    }

    /// Runs one command or pipeline on the live connection.
    pub async fn call<T, F, Fut>(&self, run: F) -> Result<T, TierError>
    where
        T: FromRedisValue,
        F: FnOnce(MultiplexedConnection) -> Fut,
        Fut: Future<Output = Result<T, RedisError>>,
    {
        let live = self.live()?;
        let outcome = run(live.connection.clone()).await;
        self.settle(&live, outcome)
    }
}

/// What kind of error it was: never the text, which may hold a key or an address.
pub fn category(error: &RedisError) -> String {
    error.code().map_or_else(|| error.category().to_owned(), str::to_owned)
}

/// Asks a server for its incarnation. A replica is refused: it may lag behind its master, and would answer heartbeats while it
/// does.
pub async fn ask_incarnation(connection: &mut MultiplexedConnection) -> Result<[u8; 20], RedisError> {
    let info: String = redis::cmd("INFO").arg("replication").query_async(connection).await?;
    incarnation_of_master(&info)
}

/// The incarnation of a master, from its answer to `INFO replication`.
fn incarnation_of_master(info: &str) -> Result<[u8; 20], RedisError> {
    let is_master = info.lines().any(|line| line.trim_end() == "role:master");
    if is_master {
        Ok(replication_id(info))
    } else {
        Err((ErrorKind::Client, "the server is not a master").into())
    }
}

fn hex(incarnation: [u8; 20]) -> Arc<str> {
    use std::fmt::Write as _;
    let hex = incarnation.iter().fold(String::with_capacity(40), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    hex.into()
}

fn replication_id(info: &str) -> [u8; 20] {
    let mut id = [0; 20];
    let hex = info.lines().find_map(|line| line.strip_prefix("master_replid:")).unwrap_or_default().trim();
    for (byte, pair) in id.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte =
            std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(0);
    }
    id
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_replication_id_is_read() {
        let info =
            "# Replication\r\nrole:master\r\nmaster_replid:ff00000000000000000000000000000000000001\r\n";
        let id = super::replication_id(info);
        assert_eq!((id[0], id[19]), (255, 1));
        assert_eq!(super::replication_id("nothing"), [0; 20]);
    }
}
