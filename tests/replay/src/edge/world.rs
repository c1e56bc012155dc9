//! What all isolates share: Workers KV, the ledgers, the network, and what is counted.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use anyhow::Result;
use coherence::View;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use simulation::kv::model::{Kv, TooManyWrites};
use tokio::time::sleep;

use crate::kv;
use crate::network::{KV_CACHED_MS, KV_COLD_MS, KV_WRITE_MS, LOCATIONS, home_of, ledger_rtt_ms, within};
use crate::run::Setting;
use crate::scale::workspace_id;
use crate::tally::{Tally, Used};

/// The world.
pub(crate) struct World {
    began: Instant,
    kv: RefCell<Kv>,
    /// By workspace.
    ledgers: RefCell<HashMap<String, View>>,
    /// By workspace: where its people are, and its ledger.
    homes: HashMap<String, usize>,
    pub(crate) random: RefCell<StdRng>,
    pub(crate) tally: RefCell<Tally>,
    pub(crate) http: reqwest::Client,
    pub(crate) backend_url: String,
    /// What the edge warned of, and what was answered in place of pages: how often, since it was last told.
    troubles: RefCell<BTreeMap<String, u64>>,
}

impl World {
    pub(crate) fn new(setting: &Setting) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
        Ok(Self {
            began: Instant::now(),
            kv: RefCell::new(Kv::new(LOCATIONS.len())),
            ledgers: RefCell::default(),
            homes: (0..setting.scale.workspaces).map(|one| (workspace_id(one), home_of(one))).collect(),
            random: RefCell::new(StdRng::seed_from_u64(setting.seed)),
            tally: RefCell::new(Tally::new()?),
            http,
            backend_url: setting.backend_url.clone(),
            troubles: RefCell::default(),
        })
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    pub(crate) fn use_up(&self, note: impl FnOnce(&mut Used)) {
        note(&mut self.tally.borrow_mut().used);
    }

    async fn takes(&self, range: (u64, u64)) {
        let ms = within(&mut *self.random.borrow_mut(), range);
        sleep(Duration::from_millis(ms)).await;
    }

    pub(crate) async fn kv_get(&self, location: usize, key: &str) -> Option<Vec<u8>> {
        let found = self.kv.borrow_mut().read(location, key, self.now_ms());
        self.use_up(|used| {
            used.kv_reads += 1;
            used.kv_cold_reads += u64::from(!found.was_cached);
        });
        self.takes(if found.was_cached { KV_CACHED_MS } else { KV_COLD_MS }).await;
        found.value.map(|value| value.to_vec())
    }

    pub(crate) async fn kv_put(
        &self,
        location: usize,
        key: &str,
        value: &[u8],
        keep_secs: u64,
    ) -> Result<(), TooManyWrites> {
        self.takes(KV_WRITE_MS).await;
        let now_ms = self.now_ms();
        let (mut model, mut random) = (self.kv.borrow_mut(), self.random.borrow_mut());
        let written =
            kv::put(&mut model, &mut *random, location, (key, Some(value)), now_ms, keep_secs * 1000);
        self.use_up(|used| {
            used.kv_writes += u64::from(written.is_ok());
            used.kv_writes_refused += u64::from(written.is_err());
        });
        written
    }

    /// Asks a workspace's ledger, or has it record.
    pub(crate) async fn ledger(&self, location: usize, workspace: &str, news: Option<&View>) -> View {
        let home = self.homes.get(workspace).copied().unwrap_or(location);
        let way = Duration::from_millis(ledger_rtt_ms(location, home)) / 2;
        sleep(way).await;
        let view = self.ask_ledger(workspace, news);
        sleep(way).await;
        view
    }

    fn ask_ledger(&self, workspace: &str, news: Option<&View>) -> View {
        self.use_up(|used| used.ledger_requests += 1);
        let mut ledgers = self.ledgers.borrow_mut();
        let known = ledgers.entry(workspace.to_owned()).or_default();
        let Some(news) = news else { return known.clone() };
        let (raised, writes) = edge_worker::ledger_book::raise(known, news);
        *known = raised;
        let rows = (writes.raised.len() + writes.forgotten.len()) as u64;
        self.use_up(|used| used.ledger_rows_written += rows);
        writes.recorded()
    }

    pub(crate) fn trouble(&self, what: &str) {
        *self.troubles.borrow_mut().entry(what.to_owned()).or_default() += 1;
    }

    /// A line for whoever watches.
    pub(crate) fn tell(&self) {
        let tally = self.tally.borrow();
        println!("  {} s: {} reads, {} refused", self.now_ms() / 1000, tally.reads(), tally.refused);
        for (what, times) in std::mem::take(&mut *self.troubles.borrow_mut()) {
            println!("    {times} times: {what}");
        }
    }

    /// Lets go of what no read can find any more.
    pub(crate) fn sweep(&self) {
        let now_ms = self.now_ms();
        self.kv.borrow_mut().sweep(now_ms);
    }
}
