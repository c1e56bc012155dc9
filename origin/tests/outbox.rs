//! What the outbox promises: nothing that was submitted is lost, and the ledger hears of it in the end.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use coherence::{Generation, Stamp, Tag, View};
use ids::WorkspaceId;
use origin::outbox::{Delivery, Ledger, LedgerError, Outbox, OutboxStore, PATIENCE};
use tokio::sync::Mutex;

#[derive(Default)]
struct TestLedger {
    down: AtomicBool,
    view: Mutex<View>,
}

#[async_trait]
impl Ledger for TestLedger {
    async fn record(&self, _: &WorkspaceId, view: &View) -> Result<(), LedgerError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(LedgerError("down".to_owned()));
        }
        self.view.lock().await.merge_view(view);
        Ok(())
    }
}

fn workspace() -> WorkspaceId {
    WorkspaceId::parse("w").unwrap()
}

fn stamp(generation: u64) -> Stamp {
    Stamp::new(vec![(Tag::Counts, Generation::new(generation))])
}

#[tokio::test]
async fn an_invalidation_is_recorded_before_it_is_said_to_be() {
    let ledger = Arc::new(TestLedger::default());
    let outbox = Outbox::start(OutboxStore::in_memory().unwrap(), ledger.clone());
    for generation in 1..20 {
        assert_eq!(
            outbox.submit(&workspace(), &stamp(generation), PATIENCE).await.unwrap(),
            Delivery::Recorded
        );
        assert!(ledger.view.lock().await.get(&Tag::Counts) >= Generation::new(generation));
    }
    assert_eq!(outbox.depth().await.unwrap(), (0, None));
}

#[tokio::test]
async fn while_the_edge_is_away_it_waits_and_survives_a_restart() {
    let dir = std::env::temp_dir().join(format!("boardcache-outbox-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("outbox.sqlite");
    {
        let ledger = Arc::new(TestLedger::default());
        ledger.down.store(true, Ordering::SeqCst);
        let outbox = Outbox::start(OutboxStore::open(&path).unwrap(), ledger);
        assert_eq!(outbox.submit(&workspace(), &stamp(7), PATIENCE).await.unwrap(), Delivery::Pending);
        assert_eq!(outbox.submit(&workspace(), &stamp(5), PATIENCE).await.unwrap(), Delivery::Pending);
        let (depth, since_ms) = outbox.depth().await.unwrap();
        assert_eq!((depth, since_ms.is_some()), (1, true));
    }
    let ledger = Arc::new(TestLedger::default());
    let outbox = Outbox::start(OutboxStore::open(&path).unwrap(), ledger.clone());
    let forwarded = async {
        while outbox.depth().await.unwrap().0 > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), forwarded).await.unwrap();
    assert_eq!(ledger.view.lock().await.get(&Tag::Counts), Generation::new(7));
    std::fs::remove_dir_all(&dir).unwrap();
}

#[tokio::test]
async fn before_the_process_ends_the_outbox_is_emptied_if_that_can_be_done_in_time() {
    let ledger = Arc::new(TestLedger::default());
    ledger.down.store(true, Ordering::SeqCst);
    let outbox = Outbox::start(OutboxStore::in_memory().unwrap(), ledger.clone());
    assert_eq!(outbox.submit(&workspace(), &stamp(7), Duration::ZERO).await.unwrap(), Delivery::Pending);
    assert_eq!(outbox.flush(Duration::from_millis(50)).await.unwrap(), 1);
    ledger.down.store(false, Ordering::SeqCst);
    assert_eq!(outbox.flush(Duration::from_secs(5)).await.unwrap(), 0);
    assert_eq!(ledger.view.lock().await.get(&Tag::Counts), Generation::new(7));
}
