//! The scenarios: one file each, one chapter each.

mod database;
mod edge;
mod growth;
mod identity;
mod memory;
mod redis;
mod replay;
mod storm;

pub use self::redis::Commands;

use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::report::Chapter;
use crate::rounds::Plan;

/// What is measured, and how long.
#[derive(Args)]
pub struct Options {
    /// Measure less: a few minutes in all, and less data.
    #[arg(long)]
    quick: bool,
    /// Measure one scenario anew, or several; the others' chapters stay as they are.
    #[arg(long, value_enum)]
    only: Vec<Scenario>,
    /// Measure nothing: write the report anew from what was kept.
    #[arg(long)]
    report: bool,
}

impl Options {
    /// The scenarios to run, in the order of the report.
    pub fn scenarios(&self) -> Vec<Scenario> {
        let all = Scenario::ALL.iter().copied();
        all.filter(|scenario| !self.report && (self.only.is_empty() || self.only.contains(scenario)))
            .collect()
    }

    /// `quick` or `full`.
    pub const fn mode(&self) -> &'static str {
        if self.quick { "quick" } else { "full" }
    }

    /// One of two, by the mode.
    pub const fn either<T: Copy>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }

    /// Rounds for a ceiling over so many connections.
    pub fn plan(&self, connections: usize) -> Plan {
        Plan {
            rounds: self.either(5, 11),
            warm_up: Duration::from_millis(self.either(200, 500)),
            duration: Duration::from_millis(self.either(1500, 4000)),
            connections,
        }
    }

    /// Rounds for tails over so many connections: short ones, and many. What disturbs the machine for some milliseconds is the whole tail of a round, and
    /// must not be in most of them.
    pub fn tails(&self, connections: usize) -> Plan {
        Plan {
            rounds: self.either(9, 45),
            warm_up: Duration::from_millis(200),
            duration: Duration::from_millis(self.either(800, 1000)),
            connections,
        }
    }
}

macro_rules! scenarios {
    ($($variant:ident, $module:ident, $title:literal, $help:literal;)*) => {
        /// A scenario.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        pub enum Scenario { $(#[doc = $help] $variant,)* }

        impl Scenario {
            /// All of them, in the order of the report.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name on the command line, and its file's.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => stringify!($module),)* }
            }

            /// The heading of its chapter.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// Measures.
            pub async fn run(self, options: &Options, chapter: &mut Chapter) -> Result<()> {
                match self { $(Self::$variant => $module::run(options, chapter).await,)* }
            }
        }
    };
}

scenarios!(
    Memory, memory, "A hit in the origin's memory", "The origin's memory, beside Varnish, nginx and a bare axum handler";
    Redis, redis, "A hit in Redis", "The origin's Redis tier, beside redis-benchmark and Express with ioredis";
    Edge, edge, "A hit in Workers KV", "The Worker, beside one written by hand in JavaScript";
    Identity, identity, "What identity costs a hit", "Both tiers, beside the same programs built to know nobody";
    Database, database, "A read of the database", "The origin without its caches, beside PostgREST asked directly";
    Growth, growth, "What growth costs", "Boards of a thousand to a million contacts";
    Replay, replay, "Traffic of many workspaces, replayed", "All tiers together under Zipf traffic with moves: hit rates, load and cost";
    Storm, storm, "An invalidation storm", "A thousand moves a second on a board that is read";
);
