//! Pages that an invalidation has overtaken and that it did not touch.
//!
//! An invalidation raises the generation of a whole board, and with it every page of the board is old. Where it says what was
//! written, that is on record with whoever mints generations, and a page that was read from none of it is stamped with the
//! board's generation as it is now, and served. It costs a question to the shared tier in place of a load.

use std::sync::Arc;

use cache_key::CacheKey;
use coherence::{Stamp, Tag, View};
use dto::cache_status::Source;

use super::page::CachedPage;
use super::pipeline::Cache;
use crate::shared_tier::Lookup;

impl Cache {
    /// The first of the `candidates` that no change up to what `lookup` has found has touched, stamped anew. `may_ask` becomes false once
    /// the record was asked for.
    pub(super) async fn find_spared(
        &self,
        key: &CacheKey,
        lookup: &Lookup,
        candidates: [Option<(Arc<CachedPage>, Source)>; 2],
        may_ask: &mut bool,
    ) -> Option<(Arc<CachedPage>, Source)> {
        let (now, now_ms) = (&lookup.generations, self.clock.now_ms());
        let behind = candidates.into_iter().flatten().filter_map(|(page, source)| {
            if page.header().age_ms(now_ms) >= page.header().lifetime.total_ms() {
                return None;
            }
            let board = board_behind(&page.header().stamp, now)?.clone();
            page.header().read_set.is_some().then_some((board, page, source))
        });
        let mut log = None;
        for (board, page, source) in behind {
            let log = match &mut log {
                Some(log) => log,
                none => {
                    *may_ask = false;
                    none.insert(self.shared.changes(key.workspace(), &board).await.ok()?)
                }
            };
            let (stamped, held) = (page.header().stamp.get(&board)?, now.get(&board)?);
            let read_set = page.header().read_set.as_ref()?;
            if log.spares(read_set, stamped, held) {
                let stamp = page.header().stamp.raised_to(&View::from(now));
                return Some((Arc::new(page.restamped(stamp).ok()?), source));
            }
        }
        None
    }
}

/// The board's tag, if a stamp is behind `now` in that one and in no other.
fn board_behind<'a>(stamp: &'a Stamp, now: &Stamp) -> Option<&'a Tag> {
    let mut behind = stamp.iter().filter(|(tag, stamped)| now.get(tag) > Some(*stamped)).map(|(tag, _)| tag);
    let board = behind.next().filter(|tag| matches!(tag, Tag::Board(_)))?;
    behind.next().is_none().then_some(board)
}
