//! A replay: reads and moves at the times that they are due, whatever becomes of those before.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use coherence::{Generation, Tag, View};
use dto::cache_status::{CacheStatus, Source};
use dto::headers::{CACHE_GENERATION, WORKSPACE_ID};
use edge_worker::http::response::Response;
use futures_util::stream::{self, StreamExt as _};
use ids::BoardId;
use serde::Deserialize;
use serde_json::json;
use simulation::EdgeRequest;
use stack::tokens;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::sleep_until;

use crate::edge::{Fleet, World};
use crate::ideal::{self, Held};
use crate::network::LOCATIONS;
use crate::scale::{Scale, USERS, board_id, column_id, contact_id, user_id, workspace_id};
use crate::tally::Tally;
use crate::trace::{Event, Trace};
use crate::workload::{Move, Read, Workload};

/// `MEMBERSHIP_CLAIM` of both tiers.
pub const MEMBERSHIP_CLAIM: &str = "app_metadata.workspaces";
/// The staleness bound that the tiers are told: their default.
const BOUND: Duration = Duration::from_secs(1);
/// How often an isolate is replaced by a new one, what has expired in the model of KV is let go, and a line is printed.
const EVICTION: Duration = Duration::from_secs(15);
/// How long what is under way at the end may take to end.
const END_GRACE: Duration = Duration::from_secs(5);
/// Where the product's backend reaches the edge.
const BACKEND_LOCATION: usize = 0;
/// How many pages are asked for at once that have been asked for before it begins. Most of them wait for the way to the origin.
const FILLED_AT_ONCE: usize = 64;
/// After how many of them a line is printed.
const FILLED_TO_TELL: usize = 20_000;

/// What is replayed, and over what.
#[derive(Debug, Clone)]
pub struct Setting {
    /// How much.
    pub scale: Scale,
    /// The origin.
    pub backend_url: String,
    /// What the product's backend and the tiers share.
    pub internal_key: String,
    /// What users' tokens are signed with.
    pub jwt_secret: String,
    /// The database, as its owner: moves are made in it.
    pub database_url: String,
    /// `KV_WRITES` of the Worker.
    pub kv_writes: &'static str,
    /// What is drawn depends on it alone.
    pub seed: u64,
}

/// A replay that goes on.
pub struct Running {
    warmed_up: oneshot::Receiver<()>,
    ended: oneshot::Receiver<Result<(Tally, Trace)>>,
}

impl Running {
    /// Waits until it begins to count.
    pub async fn warmed_up(&mut self) -> Result<()> {
        (&mut self.warmed_up).await.context("the replay ended before it counted anything")
    }

    /// Waits until it ends.
    pub async fn ended(self) -> Result<(Tally, Trace)> {
        self.ended.await.context("the replay was cut off")?
    }
}

/// Begins a replay, on a thread of its own: an isolate has one.
pub fn run(setting: Setting) -> Result<Running> {
    let ((tell_warm, warmed_up), (tell_end, ended)) = (oneshot::channel(), oneshot::channel());
    let runtime = Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("replay".to_owned()).spawn(move || {
        let outcome = LocalSet::new().block_on(&runtime, replay(setting, tell_warm));
        // Nobody to tell when the bench was interrupted.
        let _ = tell_end.send(outcome);
    })?;
    Ok(Running { warmed_up, ended })
}

async fn replay(setting: Setting, tell_warm: oneshot::Sender<()>) -> Result<(Tally, Trace)> {
    let world = Rc::new(World::new(&setting)?);
    let fleet = Fleet::new(&setting, Rc::clone(&world))?;
    let (database, connection) =
        tokio_postgres::connect(&setting.database_url, tokio_postgres::NoTls).await?;
    spawn_local(connection);
    let replay = Rc::new(Replay {
        bearers: bearers(&setting)?,
        acknowledged: RefCell::default(),
        trace: RefCell::default(),
        world,
        fleet,
        database,
        setting,
    });
    let scale = replay.setting.scale;
    replay.fill().await;
    let began = Instant::now();
    let (measured_from, ends) = (began + scale.warm_up, began + scale.warm_up + scale.measured);
    let moving = spawn_local(Rc::clone(&replay).move_on(began, ends));
    let aging = spawn_local(Rc::clone(&replay).age(ends));
    let reading = spawn_local(Rc::clone(&replay).read_on(began, ends));

    sleep_until(measured_from.into()).await;
    *replay.world.tally.borrow_mut() = Tally::new()?;
    replay.trace.borrow_mut().measured_from_ms = scale.warm_up.as_millis() as u64;
    let _ = tell_warm.send(());
    reading.await?;
    moving.await?;
    aging.await?;
    tokio::time::sleep(END_GRACE).await;
    let tally = replay.world.tally.borrow().clone();
    let trace = replay.trace.take();
    Ok((tally, trace))
}

/// A token for each user.
fn bearers(setting: &Setting) -> Result<Vec<Vec<String>>> {
    let of = |workspace, user| {
        let claims = json!({"app_metadata": {"workspaces": [workspace_id(workspace)]}});
        let (user, ttl) = (user_id(workspace, user), Duration::from_hours(24));
        let token = tokens::mint_with(&user, &setting.jwt_secret, ttl, &claims)?;
        anyhow::Ok(format!("Bearer {token}"))
    };
    (0..setting.scale.workspaces)
        .map(|workspace| (0..USERS).map(|user| of(workspace, user)).collect())
        .collect()
}

/// When moves were acknowledged, with their generations.
type Acknowledgements = Vec<(Instant, Generation)>;

struct Replay {
    setting: Setting,
    world: Rc<World>,
    fleet: Fleet,
    database: tokio_postgres::Client,
    bearers: Vec<Vec<String>>,
    /// By workspace and board: when a move was acknowledged, and its generation.
    acknowledged: RefCell<HashMap<(usize, usize), Acknowledgements>>,
    trace: RefCell<Trace>,
}

impl Replay {
    async fn read_on(self: Rc<Self>, began: Instant, ends: Instant) {
        let scale = self.setting.scale;
        let mut workload = Workload::new(scale, self.setting.seed);
        let mut due = began;
        loop {
            due = began + workload.next(due - began, scale.reads_per_second, |after| scale.rise(after));
            if due >= ends {
                return;
            }
            sleep_until(due.into()).await;
            let read = workload.read();
            self.note(due - began, Event::Read(read.clone()));
            let counts = due - began >= scale.warm_up;
            self.world.tally.borrow_mut().due += u64::from(counts);
            spawn_local(Rc::clone(&self).read(read, due, counts));
        }
    }

    async fn move_on(self: Rc<Self>, began: Instant, ends: Instant) {
        let scale = self.setting.scale;
        let moves_per_second = scale.reads_per_second / scale.reads_per_move;
        let mut workload = Workload::new(scale, self.setting.seed + 1);
        let mut due = began;
        loop {
            due = began + workload.next(due - began, moves_per_second, |after| scale.rise(after));
            if due >= ends {
                return;
            }
            sleep_until(due.into()).await;
            spawn_local(Rc::clone(&self).make(workload.moves(), began));
        }
    }

    /// Asks for what the traffic that has gone before would have left in the caches, as fast as it is answered. Whatever somebody asked for again
    /// meanwhile is asked for again, elsewhere: the isolate that had it is gone by now.
    async fn fill(&self) {
        let held = ideal::left(self.setting.scale, self.setting.seed);
        let (began, all) = (Instant::now(), held.len());
        let asked = Cell::new(0_usize);
        stream::iter(held)
            .for_each_concurrent(FILLED_AT_ONCE, async |Held { read, times }| {
                let elsewhere = (read.location + 1) % LOCATIONS.len();
                let locations = [read.location, elsewhere];
                for location in &locations[..if times > 1 { 2 } else { 1 }] {
                    let response = self.ask(&Read { location: *location, ..read.clone() }).await;
                    if response.status != 200 {
                        self.world.trouble(&format!("a page of before was answered {}", response.status));
                    }
                }
                asked.set(asked.get() + 1);
                if asked.get().is_multiple_of(FILLED_TO_TELL) || asked.get() == all {
                    println!(
                        "  {} of {all} pages of before ({:.0} s)",
                        asked.get(),
                        began.elapsed().as_secs_f64()
                    );
                }
            })
            .await;
    }

    async fn age(self: Rc<Self>, ends: Instant) {
        while Instant::now() + EVICTION < ends {
            tokio::time::sleep(EVICTION).await;
            self.fleet.evict_one();
            self.world.sweep();
            self.world.tell();
        }
    }

    fn note(&self, at: Duration, event: Event) {
        self.trace.borrow_mut().events.push((at.as_millis() as u64, event));
    }

    async fn read(self: Rc<Self>, read: Read, due: Instant, counts: bool) {
        let newest = self.must_have_heard(&read, Instant::now());
        let response = self.ask(&read).await;
        let took = due.elapsed();
        let mut tally = self.world.tally.borrow_mut();
        let Some((source, status)) = answered(&response) else {
            tally.refused += u64::from(counts);
            self.world.trouble(&format!("a read was answered {}", response.status));
            return;
        };
        if !counts {
            return;
        }
        tally.read(source, status, took);
        let board = board_id(read.workspace, read.board);
        tally.old += u64::from(newest.is_some_and(|newest| generation(&response, &board) < Some(newest)));
    }

    async fn ask(&self, read: &Read) -> Response {
        let (workspace, board) = (read.workspace, board_id(read.workspace, read.board));
        let headers = vec![
            ("Authorization", self.bearers[workspace][read.user].clone()),
            (WORKSPACE_ID, workspace_id(workspace)),
        ];
        let request = EdgeRequest::get(&format!("/api/boards/{board}/contacts?{}", read.query), headers);
        self.fleet.request(read.location, request).await
    }

    /// The generation of the last move of the board that was acknowledged longer ago than the bound.
    fn must_have_heard(&self, read: &Read, now: Instant) -> Option<Generation> {
        let acknowledged = self.acknowledged.borrow();
        let moves = acknowledged.get(&(read.workspace, read.board))?;
        moves.iter().filter(|(at, _)| *at + BOUND < now).map(|(_, generation)| *generation).max()
    }

    async fn make(self: Rc<Self>, one: Move, began: Instant) {
        let due = Instant::now();
        match self.moved(one).await {
            Ok(generation) => {
                self.note(began.elapsed(), Event::Move(one));
                let us = due.elapsed().as_micros() as u64;
                self.world.tally.borrow_mut().moves_us.saturating_record(us);
                let mut acknowledged = self.acknowledged.borrow_mut();
                let moves = acknowledged.entry((one.workspace, one.board)).or_default();
                // The last that is older than the bound, and those after it, are enough.
                let old = moves.iter().rposition(|(at, _)| *at + BOUND < due).unwrap_or(0);
                moves.drain(..old);
                moves.push((Instant::now(), generation));
            }
            Err(error) => {
                self.world.trouble(&format!("a move failed: {error:#}"));
                self.world.tally.borrow_mut().moves_failed += 1;
            }
        }
    }

    /// As the product's backend does it: in the database, then at the edge.
    async fn moved(&self, one: Move) -> Result<Generation> {
        let board = board_id(one.workspace, one.board);
        let (contact, column) =
            (contact_id(one.workspace, one.contact), column_id(one.workspace, one.board, one.column));
        let update = "with before as (select board_column_id from public.contacts where id = $1)
            update public.contacts set board_column_id = $2, updated_at = now() where id = $1
            returning (select board_column_id from before)";
        let before: Option<String> = self.database.query_one(update, &[&contact, &column]).await?.get(0);
        let body = json!({"boardId": board, "contactId": contact, "action": "contact_moved", "fromColumnId": before,
            "toColumnId": column, "changedColumns": ["board_column_id", "updated_at"]});
        let (key, workspace) = (&self.setting.internal_key, workspace_id(one.workspace));
        let request = EdgeRequest::post("/api/cache/invalidate", key, Some(&workspace), body.to_string());
        let response = self.fleet.request(BACKEND_LOCATION, request).await;
        anyhow::ensure!(response.status == 200, "status {}", response.status);
        let answer: Acknowledged = serde_json::from_slice(&response.body)?;
        let view = View::from_token(&answer.data.generation).ok().context("no generations")?;
        Ok(view.get(&Tag::Board(BoardId::parse(&board).ok().context("no board")?)))
    }
}

#[derive(Deserialize)]
struct Acknowledged {
    data: AcknowledgedData,
}

#[derive(Deserialize)]
struct AcknowledgedData {
    generation: String,
}

#[derive(Deserialize)]
struct Page {
    data: PageData,
}

#[derive(Deserialize)]
struct PageData {
    #[serde(rename = "_cache")]
    cache: CacheMember,
}

#[derive(Deserialize)]
struct CacheMember {
    status: String,
    source: String,
}

/// Where a page came from; `None` if there is none.
fn answered(response: &Response) -> Option<(Source, CacheStatus)> {
    if response.status != 200 {
        return None;
    }
    let Page { data: PageData { cache } } = serde_json::from_slice(&response.body).ok()?;
    Some((Source::parse(&cache.source)?, CacheStatus::parse(&cache.status)?))
}

/// The generation of its board that a page was stamped with.
fn generation(response: &Response, board: &str) -> Option<Generation> {
    let view = View::from_token(response.header(CACHE_GENERATION)?).ok()?;
    Some(view.get(&Tag::Board(BoardId::parse(board).ok()?)))
}
