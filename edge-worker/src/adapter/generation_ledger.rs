//! The generation ledger: a Durable Object for each workspace, named by its id. The authority at the edge.
//!
//! `GET` answers all it has recorded. `POST` records an invalidation: it raises the tags of its body, answers the
//! generations that they have then, and does so when they are durable: the runtime holds a response back until what
//! was written before it is. Both speak tokens. A ledger that nothing was ever recorded in writes nothing, so asking
//! for workspaces that do not exist leaves no trace.

use std::cell::RefCell;
use std::fmt::Write as _;

use coherence::{Generation, Tag, View};
use worker::{
    DurableObject, Env, Method, Request, Response, Result, SqlStorage, SqlStorageValue, State, durable_object,
};

use crate::ledger_book::{self, Writes};

/// One workspace's ledger.
#[durable_object(fetch)]
pub struct GenerationLedger {
    sql: SqlStorage,
    /// What is recorded, once it was read.
    view: RefCell<Option<View>>,
}

impl DurableObject for GenerationLedger {
    fn new(state: State, _env: Env) -> Self {
        Self { sql: state.storage().sql(), view: RefCell::new(None) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let answer = match request.method() {
            Method::Post => {
                let Ok(news) = View::from_token(&request.text().await?) else {
                    return Response::error("not a token", 400);
                };
                // No await from here on: what one event writes without an await between is one transaction.
                self.raise(&news)?
            }
            _ => self.tell()?,
        };
        Response::ok(answer.to_token())
    }
}

impl GenerationLedger {
    /// All that is recorded.
    fn tell(&self) -> Result<View> {
        let known = self.take()?;
        self.view.replace(Some(known.clone()));
        Ok(known)
    }

    /// Records an invalidation; says what it came to.
    fn raise(&self, news: &View) -> Result<View> {
        // If writing fails the view is not put back: the next event reads what is recorded.
        let (raised, writes) = ledger_book::raise(&self.take()?, news);
        self.write(&writes)?;
        self.view.replace(Some(raised));
        Ok(writes.recorded())
    }

    fn take(&self) -> Result<View> {
        self.view.take().map_or_else(|| self.read(), Ok)
    }

    fn read(&self) -> Result<View> {
        let exists = "select 1 from sqlite_master where type = 'table' and name = 'generations'";
        if self.sql.exec(exists, None)?.raw().next().is_none() {
            return Ok(View::new());
        }
        let mut view = View::new();
        for row in self.sql.exec("select tag, generation from generations", None)?.raw() {
            match row?.as_slice() {
                [SqlStorageValue::String(tag), SqlStorageValue::Integer(generation)] => {
                    // A tag of a version to come is none of ours.
                    if let (Ok(tag), Ok(generation)) = (Tag::parse(tag), u64::try_from(*generation)) {
                        view.merge(&tag, Generation::new(generation));
                    }
                }
                _ => return Err("a row of generations is malformed".into()),
            }
        }
        Ok(view)
    }

    fn write(&self, writes: &Writes) -> Result<()> {
        if !writes.raised.is_empty() {
            self.sql.exec(
                "create table if not exists generations (tag text primary key, generation integer not null) strict",
                None,
            )?;
            self.sql.exec(
                "insert into generations (tag, generation) select key, value from json_each(?) where true
                 on conflict (tag) do update set generation = max(generation, excluded.generation)",
                vec![SqlStorageValue::String(json_object(&writes.raised))],
            )?;
        }
        for tag in &writes.forgotten {
            self.sql.exec("delete from generations where tag = ?", vec![tag.to_string().into()])?;
        }
        Ok(())
    }
}

/// `{"tag": generation}`. Tags are made of ids and `:`, which JSON does not escape.
fn json_object(generations: &[(Tag, Generation)]) -> String {
    let mut json = String::from("{");
    for (tag, generation) in generations {
        let comma = if json.len() > 1 { "," } else { "" };
        let _ = write!(json, "{comma}\"{tag}\":{generation}");
    }
    json.push('}');
    json
}
