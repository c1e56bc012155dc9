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
    async fn record(&self, _: &WorkspaceId, view: &View) -> Result<View, LedgerError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(LedgerError("down".to_owned()));
        }
        let mut has = self.view.lock().await;
        has.merge_view(view);
        Ok(view.iter().map(|(tag, _)| (tag.clone(), has.get(tag))).collect())
    }
}

fn workspace() -> WorkspaceId {
    WorkspaceId::parse("w").unwrap()
}

fn stamp(generation: u64) -> Stamp {
    Stamp::new(vec![(Tag::Workspace, Generation::new(generation))])
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
        assert!(ledger.view.lock().await.get(&Tag::Workspace) >= Generation::new(generation));
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
    assert_eq!(ledger.view.lock().await.get(&Tag::Workspace), Generation::new(8), "above both");
    std::fs::remove_dir_all(&dir).unwrap();
}

/// Generations come in no order where some were minted ahead of the clock: what is told meanwhile does not stand for what came after it was taken.
#[tokio::test]
async fn a_later_invalidation_of_a_lower_generation_waits_also_while_the_higher_one_is_told() {
    let store = OutboxStore::in_memory().unwrap();
    store.put(workspace(), stamp(1000)).await.unwrap();
    let told = store.pending_of(workspace()).await.unwrap();
    store.put(workspace(), stamp(500)).await.unwrap();
    store.delivered(workspace(), told).await.unwrap();
    let left = store.pending_of(workspace()).await.unwrap();
    assert_eq!(left.get(&Tag::Workspace), Generation::new(1001));
}

#[tokio::test]
async fn a_reader_is_told_what_the_ledger_has_where_that_is_ahead() {
    let ledger = Arc::new(TestLedger::default());
    ledger.view.lock().await.merge(&Tag::Workspace, Generation::new(1000));
    let outbox = Outbox::start(OutboxStore::in_memory().unwrap(), ledger);
    let raised = |generation, delivery| outbox.raised(&workspace(), &stamp(generation), delivery);
    assert_eq!(raised(7, Delivery::Pending), stamp(7), "nothing was told yet");
    assert_eq!(outbox.submit(&workspace(), &stamp(7), PATIENCE).await.unwrap(), Delivery::Recorded);
    assert_eq!(raised(7, Delivery::Recorded), stamp(1000));
    assert_eq!(raised(1001, Delivery::Recorded), stamp(1001));
    // So high it will be raised, whatever it was minted as.
    assert_eq!(raised(7, Delivery::Pending), stamp(1001));
    assert_eq!(raised(1002, Delivery::Pending), stamp(1002));
}

/// One that takes a tenth of a second.
struct SlowLedger;

#[async_trait]
impl Ledger for SlowLedger {
    async fn record(&self, _: &WorkspaceId, view: &View) -> Result<View, LedgerError> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(view.clone())
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_told_of_is_told_apart_from_who_came_behind() {
    let outbox = Outbox::start(OutboxStore::in_memory().unwrap(), Arc::new(SlowLedger));
    let waiting = (1..100).map(|generation| {
        let outbox = outbox.clone();
        tokio::spawn(async move {
            // All the time some other one of the same tags is waiting.
            tokio::time::sleep(Duration::from_millis(generation * 30)).await;
            let began = tokio::time::Instant::now();
            let delivery = outbox.submit(&workspace(), &stamp(generation), PATIENCE).await.unwrap();
            (delivery, began.elapsed())
        })
    });
    for one in waiting.collect::<Vec<_>>() {
        let (delivery, took) = one.await.unwrap();
        assert_eq!(delivery, Delivery::Recorded);
        // The try that was under way, and its own.
        assert!(took <= Duration::from_millis(210), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_put_is_forwarded_also_where_nobody_waits_for_it_any_more() {
    let ledger = Arc::new(TestLedger::default());
    let outbox = Outbox::start(OutboxStore::in_memory().unwrap(), ledger.clone());
    // Gone right after it was begun.
    let _ = tokio::time::timeout(Duration::ZERO, outbox.submit(&workspace(), &stamp(7), PATIENCE)).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(ledger.view.lock().await.get(&Tag::Workspace), Generation::new(7));
}

/// One that fails, and one that never answers.
struct SomeLedgers;

#[async_trait]
impl Ledger for SomeLedgers {
    async fn record(&self, workspace: &WorkspaceId, view: &View) -> Result<View, LedgerError> {
        match workspace.as_str() {
            "fails" => Err(LedgerError("down".to_owned())),
            "hangs" => std::future::pending().await,
            _ => Ok(view.clone()),
        }
    }
}

#[tokio::test]
async fn a_ledger_that_fails_or_hangs_keeps_no_other_waiting() {
    let outbox = Outbox::start(OutboxStore::in_memory().unwrap(), Arc::new(SomeLedgers));
    let submit = async |workspace: &str, patience| {
        let workspace = WorkspaceId::parse(workspace).unwrap();
        outbox.submit(&workspace, &stamp(7), patience).await.unwrap()
    };
    assert_eq!(submit("hangs", Duration::from_millis(50)).await, Delivery::Pending);
    // It is in its pause after this, and that of the next failure is longer.
    assert_eq!(submit("fails", Duration::from_millis(250)).await, Delivery::Pending);
    for workspace in ["w1", "w2"] {
        let began = std::time::Instant::now();
        assert_eq!(submit(workspace, PATIENCE).await, Delivery::Recorded);
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    }
    assert_eq!(outbox.depth().await.unwrap().0, 2);
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
    assert_eq!(ledger.view.lock().await.get(&Tag::Workspace), Generation::new(7));
}
