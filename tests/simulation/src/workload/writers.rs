//! Writers: commit at the source, then invalidate until that is acknowledged.

use std::rc::Rc;

use edge_worker::platform::OriginRequest;
use tokio::task::spawn_local;

use super::change::Change;
use super::{Token, Workload};
use crate::clock::sleep_ms;
use crate::places::{INTERNAL_KEY, LOCATIONS, ORIGINS};
use crate::system::System;
use crate::world::event;

/// How many tokens are remembered.
const MAX_TOKENS: usize = 12;

impl Workload {
    /// Writes until the storm is over.
    pub(crate) async fn write_on(self: Rc<Self>) {
        while self.world.is_stormy() {
            sleep_ms(self.world.about(self.world.scenario.write_pause_ms)).await;
            if !self.world.is_stormy() {
                return;
            }
            let change = self.world.commit_something();
            let workload = self.clone();
            self.writing.set(self.writing.get() + 1);
            spawn_local(async move {
                if workload.world.chance(150) && matches!(workload.system, System::Coherent(_)) {
                    workload.invalidate_at_origin(&change).await;
                } else {
                    workload.invalidate(&change).await;
                }
                workload.writing.set(workload.writing.get() - 1);
            });
        }
    }

    /// Invalidates through the edge, again and again until it is acknowledged. Returns the token.
    pub(crate) async fn invalidate(&self, change: &Change) -> String {
        let mut pause_ms = 50;
        loop {
            let location = self.world.below(LOCATIONS);
            let done = self.system.invalidate(location, &change.places(), &change.body).await;
            if let Some(token) = done {
                self.acknowledged(change, &token);
                return token;
            }
            self.retry(&mut pause_ms).await;
        }
    }

    /// Invalidates at an origin, as a backend or a webhook does that knows no edge.
    async fn invalidate_at_origin(&self, change: &Change) {
        let mut pause_ms = 50;
        loop {
            let origin = self.world.below(ORIGINS);
            let text = {
                let _one = self.at_origin[origin].lock().await;
                self.post_to(origin, &change.body).await
            };
            match text {
                Some(text) if text.contains(r#""edge":"recorded""#) => return self.acknowledged(change, ""),
                // The outbox has it; when the edge hears of it is not known. After the storm it must have.
                Some(_) => return event!(self.world, "an invalidation is pending in an outbox"),
                None => self.retry(&mut pause_ms).await,
            }
        }
    }

    async fn post_to(&self, origin: usize, body: &str) -> Option<String> {
        let request = OriginRequest {
            method: "POST",
            target: "/api/cache/invalidate".to_owned(),
            headers: vec![(dto::headers::INTERNAL_AUTH, INTERNAL_KEY.to_owned())],
            body: Some(body.as_bytes().to_vec()),
        };
        self.world.travel(5, 40).await;
        let response = self.processes.call(origin, request)?.answer.await.ok()?;
        self.world.travel(5, 40).await;
        (response.status == 200).then(|| String::from_utf8_lossy(&response.body).into_owned())
    }

    async fn retry(&self, pause_ms: &mut u64) {
        self.world.journal.lock().tally.retried += 1;
        sleep_ms(self.world.about(*pause_ms)).await;
        *pause_ms = (*pause_ms * 2).min(2_000);
    }

    fn acknowledged(&self, change: &Change, token: &str) {
        let now_ms = self.world.now_ms();
        {
            let mut oracle = self.world.oracle.lock();
            for board in &change.boards {
                oracle.acknowledge_board(board, now_ms);
            }
            for (member, version) in &change.members {
                oracle.acknowledge_member(*member, *version, now_ms);
            }
        }
        self.world.journal.lock().tally.acknowledged += 1;
        event!(self.world, "acknowledged: {:?} {:?} {token}", change.boards, change.members);
        if !change.boards.is_empty() && (!token.is_empty() || matches!(self.system, System::CacheAside(_))) {
            let mut tokens = self.tokens.borrow_mut();
            tokens.push_back(Token { text: token.to_owned(), changes: change.boards.clone() });
            if tokens.len() > MAX_TOKENS {
                tokens.pop_front();
            }
        }
    }
}
