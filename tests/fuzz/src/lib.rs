//! Fuzz targets: everything that reads what a caller, or a store, has sent.
//!
//! A target is a function of bytes that may be anything, and panics if what came of them breaks a law: what is accepted says the same when it is written
//! and read again, is within its bounds, and is for the workspace that was named.
//!
//! Two programs run them: `tests/short.rs`, some ten thousands of mutations of the seeds in every `cargo test`, blind to coverage; and libFuzzer, guided by
//! coverage, by `cargo xtask fuzz`.

mod entry;
mod generation;
mod key_set;
pub mod mutate;
mod query;
mod signature;
mod token;
mod webhook;

/// A target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Reads bytes; panics where a law is broken.
    pub run: fn(&[u8]),
    /// What to begin with: inputs of every kind that is accepted, and some that are refused.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words of its grammar.
    pub words: &'static [&'static str],
}

/// Every target.
pub const TARGETS: [Target; 7] = [
    Target { name: "query", run: query::run, seeds: query::seeds, words: query::WORDS },
    Target { name: "webhook", run: webhook::run, seeds: webhook::seeds, words: webhook::WORDS },
    Target { name: "token", run: token::run, seeds: token::seeds, words: token::WORDS },
    Target { name: "entry", run: entry::run, seeds: entry::seeds, words: entry::WORDS },
    Target { name: "generation", run: generation::run, seeds: generation::seeds, words: generation::WORDS },
    Target { name: "key_set", run: key_set::run, seeds: key_set::seeds, words: key_set::WORDS },
    Target { name: "signature", run: signature::run, seeds: signature::seeds, words: signature::WORDS },
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}

/// Texts as seeds.
fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
