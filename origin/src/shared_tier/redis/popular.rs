//! What is popular, added up over all processes in a sorted set for each workspace.
//!
//! Redis's own clock says what a request weighs, so processes need not agree on one.

use std::sync::LazyLock;

use async_trait::async_trait;
use ids::WorkspaceId;
use redis::Script;

use super::{RedisTier, keys};
use crate::popularity::{Decay, MAX_PAGES, SharedPopularity, Tally};
use crate::shared_tier::TierError;

static ADD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("popular.lua")));

#[async_trait]
impl SharedPopularity for RedisTier {
    async fn add(&self, workspace: &WorkspaceId, tally: &Tally, decay: Decay) -> Result<(), TierError> {
        let mut call = ADD.key(keys::popular(workspace));
        call.key(keys::popular_landmark(workspace));
        call.arg(decay.half_life_ms()).arg(decay.landmark_ms()).arg(MAX_PAGES);
        for (page, times) in tally {
            call.arg(page).arg(times);
        }
        self.link.call(|mut connection| async move { call.invoke_async(&mut connection).await }).await
    }

    async fn top(&self, workspace: &WorkspaceId, n: usize) -> Result<Vec<String>, TierError> {
        let Some(last) = n.checked_sub(1) else { return Ok(Vec::new()) };
        let mut ask = redis::cmd("ZREVRANGE");
        ask.arg(keys::popular(workspace)).arg(0).arg(last);
        self.link.call(|mut connection| async move { ask.query_async(&mut connection).await }).await
    }
}
