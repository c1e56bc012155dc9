//! The figures of one location: a Durable Object for each, named by the location's code. `POST` adds the figures of
//! its body and answers the sum; figures that count nothing add nothing.

use std::cell::RefCell;

use worker::{
    DurableObject, Env, Request, Response, Result, SqlStorage, SqlStorageValue, State, durable_object,
};

use crate::metrics::Figures;

/// One location's figures.
#[durable_object(fetch)]
pub struct LocationMetrics {
    sql: SqlStorage,
    /// The sum, once it was read.
    sum: RefCell<Option<Figures>>,
}

impl DurableObject for LocationMetrics {
    fn new(state: State, _env: Env) -> Self {
        Self { sql: state.storage().sql(), sum: RefCell::new(None) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let Ok(news) = serde_json::from_str::<Figures>(&request.text().await?) else {
            return Response::error("not figures", 400);
        };
        Response::ok(self.add(&news)?)
    }
}

impl LocationMetrics {
    fn add(&self, news: &Figures) -> Result<String> {
        let mut sum = match self.sum.take() {
            Some(sum) => sum,
            None => self.read()?,
        };
        sum.add(news);
        let json = serde_json::to_string(&sum)?;
        if !news.is_empty() {
            self.sql.exec(
                "insert into figures (id, json) values (1, ?) on conflict (id) do update set json = excluded.json",
                vec![SqlStorageValue::String(json.clone())],
            )?;
        }
        self.sum.replace(Some(sum));
        Ok(json)
    }

    fn read(&self) -> Result<Figures> {
        self.sql.exec(
            "create table if not exists figures (id integer primary key check (id = 1), json text not null) strict",
            None,
        )?;
        match self.sql.exec("select json from figures", None)?.raw().next().transpose()?.as_deref() {
            // Figures that cannot be read are begun anew: they are for looking at.
            Some([SqlStorageValue::String(json)]) => Ok(serde_json::from_str(json).unwrap_or_default()),
            _ => Ok(Figures::default()),
        }
    }
}
