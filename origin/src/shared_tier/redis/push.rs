//! The push connection: every process is told of every generation, and knows until when it was told everything.
//!
//! RESP3 carries pushed messages and replies on one connection, in order. So the reply to a heartbeat shows that all that
//! Redis pushed before it has been merged here, and the views are complete as of when the heartbeat was *sent*. The heartbeat is
//! `INFO replication`: it also shows that the server still is the master that it was.

use std::sync::Arc;
use std::time::Duration;

use coherence::View;
use ids::WorkspaceId;
use redis::aio::{AsyncPushSender, SendError};
use redis::{AsyncConnectionConfig, Client, ErrorKind, PushInfo, PushKind, RedisError, Value};

use super::keys::CHANNEL;
use super::link::{Link, RECONNECT_PAUSE, ask_incarnation, category};
use crate::cache::views::Views;
use crate::clock::Clock;

/// Merges what is pushed, at once, on the task that reads the connection.
struct Merge(Arc<Views>);

impl AsyncPushSender for Merge {
    fn send(&self, push: PushInfo) -> Result<(), SendError> {
        if push.kind == PushKind::Message
            && let [_, Value::BulkString(payload)] = push.data.as_slice()
        {
            match read_message(payload) {
                Some((workspace, view)) => self.0.merge(&workspace, &view),
                // Something was told that was not understood: nothing read before it can be relied upon.
                None => drop(self.0.trust().begin_epoch()),
            }
        }
        Ok(())
    }
}

fn read_message(payload: &[u8]) -> Option<(WorkspaceId, View)> {
    let (workspace, token) = std::str::from_utf8(payload).ok()?.split_once(' ')?;
    Some((WorkspaceId::parse(workspace).ok()?, View::from_token(token).ok()?))
}

/// Listens until the process ends. Each time the connection breaks, a new epoch begins before the next one is made.
pub async fn listen(link: Arc<Link>, views: Arc<Views>, clock: Arc<dyn Clock>, bound: Duration) {
    loop {
        for client in link.clients() {
            if let Err(error) = listen_to(client, &views, &*clock, bound).await {
                tracing::debug!(reason = category(&error), "the push connection is down");
            }
            views.trust().begin_epoch();
        }
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}

async fn listen_to(
    client: &Client,
    views: &Arc<Views>,
    clock: &dyn Clock,
    bound: Duration,
) -> Result<(), RedisError> {
    let server = client.get_connection_info();
    let settings = server.redis_settings().clone().set_protocol(redis::ProtocolVersion::RESP3);
    let client = Client::open(server.clone().set_redis_settings(settings))?;
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(Duration::from_secs(1)))
        .set_response_timeout(Some(bound))
        .set_push_sender(Merge(views.clone()));
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    let incarnation = ask_incarnation(&mut connection).await?;
    views.trust().set_incarnation(incarnation);
    connection.subscribe(CHANNEL).await?;
    // Whatever was read before the subscription began may have missed a push.
    views.trust().begin_epoch();
    let bound_ms = bound.as_millis() as u64;
    loop {
        let sent_at_ms = clock.now_ms();
        if ask_incarnation(&mut connection).await? != incarnation {
            return Err((ErrorKind::Client, "another incarnation").into());
        }
        views.trust().extend(sent_at_ms + bound_ms);
        tokio::time::sleep(bound / 4).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_a_workspace_and_its_generations() {
        let (workspace, view) = read_message(b"15213 board:b=7,counts=7").unwrap();
        assert_eq!((workspace.as_str(), view.len()), ("15213", 2));
        for nonsense in [&b""[..], b"15213", b"a:b counts=7", b"15213 counts", b"15213 7", b"\xff counts=7"] {
            assert!(read_message(nonsense).is_none());
        }
    }
}
