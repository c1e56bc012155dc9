//! The plain way, for comparison: look aside into KV and Redis, fill on a miss, delete on an invalidation.
//!
//! It runs over the same KV, Redis, network and source, with the same faults and the same workload. It asks the source
//! for membership each time, so it does not fail at that.

use std::sync::Arc;

use bytes::Bytes;

use crate::clock::sleep_ms;
use crate::origin::process::Processes;
use crate::places::{ORIGINS, PAGES, USERS};
use crate::source::BoardPlace;
use crate::system::{Ask, Page, Reply};
use crate::world::World;

const TTL_SECS: u64 = 180;

/// The plain cache-aside.
pub(crate) struct CacheAside {
    pub(crate) world: Arc<World>,
    pub(crate) processes: Arc<Processes>,
}

impl CacheAside {
    pub(crate) async fn read(&self, ask: &Ask) -> Reply {
        self.find(ask).await.unwrap_or_else(Reply::Failure)
    }

    async fn find(&self, ask: &Ask) -> Result<Reply, u16> {
        let world = &self.world;
        let origin = self.hop().await?;
        let is_member = world.read_member((ask.board.0, ask.user)).await.map_err(|_| 503_u16)?;
        if !is_member {
            return Err(403);
        }
        let key = key(ask.board, ask.page, ask.is_own.then_some(ask.user));
        if let Ok(Some(bytes)) = world.kv_get(ask.location, &key).await {
            return page(&bytes, "cloudflare_kv");
        }
        let origin = if self.processes.is_up(origin) { origin } else { self.hop().await? };
        let cached = if self.has_redis(origin) {
            world.travel(0, 2).await;
            world.redis.lock().entry(&key, world.now_ms())
        } else {
            None
        };
        let (text, tier) = if let Some(bytes) = cached {
            (String::from_utf8_lossy(&bytes).into_owned(), "redis")
        } else {
            let read = world.read_page(
                Some(ask.user),
                ask.board.0,
                ask.board.1,
                ask.page,
                ask.is_own.then_some(ask.user),
            );
            let text = read.await.map_err(|_| 503_u16)?;
            world.journal.lock().tally.loads += 1;
            if self.has_redis(origin) {
                world.travel(0, 2).await;
                let entry = Bytes::from(text.clone());
                world.redis.lock().set(&key, entry, TTL_SECS * 1000, world.now_ms());
            }
            (text, "database")
        };
        world.travel(5, 40).await;
        let (world, location, bytes) = (world.clone(), ask.location, text.clone().into_bytes());
        tokio::task::spawn_local(async move { world.kv_put(location, &key, Some(&bytes), TTL_SECS).await });
        page(text.as_bytes(), tier)
    }

    pub(crate) async fn invalidate(&self, location: usize, boards: &[BoardPlace]) -> bool {
        let Ok(origin) = self.hop().await else { return false };
        for board in boards {
            self.world.travel(0, 2).await;
            if !self.has_redis(origin) {
                return false;
            }
            self.world.redis.lock().delete_prefix(&format!("plain:w{}:b{}:", board.0, board.1));
        }
        for board in boards {
            for page in 1..=PAGES {
                for whose in (0..USERS).map(Some).chain([None]) {
                    if !self.delete(location, &key(*board, page, whose)).await {
                        return false;
                    }
                }
            }
        }
        true
    }

    async fn delete(&self, location: usize, key: &str) -> bool {
        for _ in 0..5 {
            if self.world.kv_put(location, key, None, TTL_SECS).await.is_ok() {
                return true;
            }
            sleep_ms(1_000).await;
        }
        false
    }

    async fn hop(&self) -> Result<usize, u16> {
        self.world.travel(5, 40).await;
        let first = self.world.below(ORIGINS);
        let up = [first, (first + 1) % ORIGINS].into_iter().find(|origin| self.processes.is_up(*origin));
        up.ok_or(503)
    }

    fn has_redis(&self, origin: usize) -> bool {
        let redis = self.world.redis.lock();
        redis.is_up && !redis.is_cut_off(origin)
    }
}

fn key(board: BoardPlace, page: u64, whose: Option<usize>) -> String {
    let whose = whose.map_or("-".to_owned(), |user| user.to_string());
    format!("plain:w{}:b{}:{page}:{whose}", board.0, board.1)
}

fn page(bytes: &[u8], tier: &str) -> Result<Reply, u16> {
    let page = Page::read(&String::from_utf8_lossy(bytes)).ok_or(500_u16)?;
    Ok(Reply::Page { page, tier: tier.to_owned(), etag: None })
}
