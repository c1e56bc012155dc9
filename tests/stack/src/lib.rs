//! Starts and stops the real processes that development and the tests need.
//!
//! Each server is a guard: it gets free ports on the loopback interface, logs to a file, is awaited until it answers,
//! and ends when it is dropped, however the program ends ([`guard`]). Nothing here signals a process that it did not start.
//!
//! - [`Supabase`]: [`Postgres`] with migrations and demo data, [`Postgrest`] on it, [`SupabaseAuth`] beside
//!   that, [`SupabaseGateway`] in front.
//! - [`Redis`]: to be killed and brought back on the same port.
//! - [`edge`] and [`origin`]: our own two tiers.
//! - [`Secrets`], [`tokens`] and [`demo`]: what they all must agree on, and who may sign in.

mod balancer;
pub mod demo;
mod dirs;
pub mod edge;
pub mod guard;
pub mod origin;
pub mod ports;
mod postgres;
mod postgrest;
mod process;
pub mod python_tool;
mod redis;
pub mod repo;
pub mod requirements;

mod scratch;
mod secrets;
mod signing_keys;
mod supabase;
mod supabase_auth;
mod supabase_gateway;
pub mod tokens;
pub mod worker_config;

pub use balancer::Balancer;
pub use dirs::StackDirs;
pub use postgres::{Migration, Postgres, connect, migrations};
pub use postgrest::Postgrest;
pub use process::ServerProcess;
pub use redis::{Redis, RedisPersistence};
pub use secrets::Secrets;
pub use signing_keys::{KeySetServer, SigningKey, key_set};
pub use supabase::Supabase;
pub use supabase_auth::SupabaseAuth;
pub use supabase_gateway::SupabaseGateway;
