//! What `wrangler.toml` says of the Worker, for those who run or build it without wrangler.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::repo;

/// The part of `wrangler.toml` that describes local development: what stands outside its environments.
#[derive(Debug, Deserialize)]
pub struct WorkerConfig {
    /// The day whose runtime behaviour the Worker is written for.
    pub compatibility_date: String,
    /// The Workers KV namespaces.
    pub kv_namespaces: Vec<KvNamespace>,
    /// The Durable Objects.
    pub durable_objects: DurableObjects,
    /// Variables that are not secret.
    pub vars: BTreeMap<String, String>,
}

/// A Workers KV namespace.
#[derive(Debug, Deserialize)]
pub struct KvNamespace {
    /// Its name in the Worker.
    pub binding: String,
}

/// The table `durable_objects`.
#[derive(Debug, Deserialize)]
pub struct DurableObjects {
    /// One for each class.
    pub bindings: Vec<DurableObject>,
}

/// A namespace of Durable Objects.
#[derive(Debug, Deserialize)]
pub struct DurableObject {
    /// Its name in the Worker.
    pub name: String,
    /// The class that the Worker exports.
    pub class_name: String,
}

/// Reads `wrangler.toml`.
pub fn read() -> Result<WorkerConfig> {
    let file = repo::root().join("wrangler.toml");
    let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    toml::from_str(&text).context("wrangler.toml is not what the tasks expect")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_environment_has_the_bindings_of_local_development() {
        let text = fs::read_to_string(repo::root().join("wrangler.toml")).expect("wrangler.toml is there");
        let all: toml::Table = toml::from_str(&text).expect("wrangler.toml is TOML");
        for name in ["dev", "staging", "production"] {
            let environment = &all["env"][name];
            assert_eq!(environment["kv_namespaces"], all["kv_namespaces"], "{name}");
            assert_eq!(environment["durable_objects"], all["durable_objects"], "{name}");
            let limits = |table: &toml::Value| -> Vec<(String, i64)> {
                let limit = |limit: &toml::Value| {
                    let period = limit["simple"]["period"].as_integer().expect("a period");
                    (limit["name"].as_str().expect("a name").to_owned(), period)
                };
                table.as_array().expect("limits").iter().map(limit).collect()
            };
            assert_eq!(limits(&environment["ratelimits"]), limits(&all["ratelimits"]), "{name}");
            let vars =
                |table: &toml::Value| table.as_table().map(|vars| vars.keys().cloned().collect::<Vec<_>>());
            assert_eq!(vars(&environment["vars"]), vars(&all["vars"]), "{name}");
        }
    }
}
