//! The Worker's vars and secrets, read once by each isolate.

use dto::cors::AllowedOrigins;
use std::borrow::Cow;
use std::fmt;

use identity::{InternalKeys, SettingError, TokenSettings};

/// The default of `STALENESS_BOUND_MS`.
const DEFAULT_STALENESS_BOUND_MS: u64 = 1000;
/// The largest accepted staleness bound: a minute.
const MAX_STALENESS_BOUND_MS: u64 = 60_000;

/// What a Worker that was built to be measured without identity must be told, or it answers nothing: nobody tells one that is deployed.
const MEASURED: &str = "MEASURED_WITHOUT_IDENTITY";

/// Which pages are written to Workers KV, where a write costs what ten reads do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KvWrites {
    /// Each page that the origin was asked for.
    EveryLoad,
    /// A page that somebody has asked for before within its lifetime: the origin still had it, or an old one was served while it was loaded.
    #[default]
    AskedAgain,
}

/// What the Worker is configured with. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the origin is, without a slash at the end.
    pub backend_url: String,
    /// The internal keys: accepted from callers, and the first signs what is asked of the origin.
    pub internal_keys: InternalKeys,
    /// How readers' tokens are verified.
    pub tokens: TokenSettings,
    /// Which origins browsers may call from.
    pub allowed_origins: AllowedOrigins,
    /// How long an answer of the ledger may be reused, in milliseconds, counted from when the question was sent.
    pub staleness_bound_ms: u64,
    /// Which pages are written to Workers KV.
    pub kv_writes: KvWrites,
}

/// A var or secret is missing or malformed. Never shows its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Its name.
    pub name: &'static str,
    /// What is wrong with it.
    pub problem: Cow<'static, str>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.problem)
    }
}

impl std::error::Error for ConfigError {}

impl From<SettingError> for ConfigError {
    fn from(SettingError { name, problem }: SettingError) -> Self {
        Self { name, problem: problem.into() }
    }
}

impl Config {
    /// Reads the configuration; `lookup` finds a var or secret by its name.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let required = |name: &'static str| {
            lookup(name)
                .filter(|value| !value.is_empty())
                .ok_or(ConfigError { name, problem: "is missing".into() })
        };
        let error = |name: &'static str, problem: &'static str| ConfigError { name, problem: problem.into() };

        if cfg!(measured_without_identity) && required(MEASURED)? != "yes" {
            return Err(error(MEASURED, "must be yes, for this Worker knows nobody"));
        }
        let backend_url = required("BACKEND_URL")?;
        if !backend_url.starts_with("http://") && !backend_url.starts_with("https://") {
            return Err(error("BACKEND_URL", "must begin with http:// or https://"));
        }
        let internal_keys = InternalKeys::parse(&required("INTERNAL_AUTH_KEY")?)
            .map_err(|_| error("INTERNAL_AUTH_KEY", "must have at least 16 characters"))?;
        let tokens = TokenSettings::read(&lookup)?;
        let allowed_origins = AllowedOrigins::parse(&lookup("ALLOWED_ORIGINS").unwrap_or_default())
            .map_err(|problem| error("ALLOWED_ORIGINS", problem))?;
        let staleness_bound_ms = match lookup("STALENESS_BOUND_MS") {
            None => DEFAULT_STALENESS_BOUND_MS,
            Some(text) => text
                .parse()
                .ok()
                .filter(|ms| *ms <= MAX_STALENESS_BOUND_MS)
                .ok_or(error("STALENESS_BOUND_MS", "must be a whole number of at most 60000"))?,
        };
        let kv_writes = match lookup("KV_WRITES").as_deref() {
            None => KvWrites::default(),
            Some("every-load") => KvWrites::EveryLoad,
            Some("asked-again") => KvWrites::AskedAgain,
            Some(_) => return Err(error("KV_WRITES", "must be every-load or asked-again")),
        };
        Ok(Self {
            backend_url: backend_url.trim_end_matches('/').to_owned(),
            internal_keys,
            tokens,
            allowed_origins,
            staleness_bound_ms,
            kv_writes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(changes: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let vars = [
            ("BACKEND_URL", "http://127.0.0.1:8080/"),
            ("INTERNAL_AUTH_KEY", "internal-key-0123456789"),
            ("SUPABASE_JWT_SECRET", "a-secret-of-at-least-thirty-two-bytes"),
        ];
        Config::read(|name| {
            let find = |vars: &[(&str, &str)]| {
                vars.iter().find(|(key, _)| *key == name).map(|(_, v)| (*v).to_owned())
            };
            find(changes).or_else(|| find(&vars))
        })
    }

    #[test]
    fn what_is_not_set_has_a_default() {
        let config = read(&[]).unwrap();
        assert_eq!(config.staleness_bound_ms, 1000);
        assert_eq!(config.backend_url, "http://127.0.0.1:8080");
        assert_eq!(config.kv_writes, KvWrites::AskedAgain);
        assert_eq!(read(&[("KV_WRITES", "every-load")]).unwrap().kv_writes, KvWrites::EveryLoad);
    }

    #[test]
    fn a_bad_value_is_named_and_not_shown() {
        for (name, value) in [
            ("BACKEND_URL", ""),
            ("BACKEND_URL", "origin.example.com"),
            ("INTERNAL_AUTH_KEY", "short"),
            ("SUPABASE_JWT_SECRET", "short"),
            ("SUPABASE_JWT_SECRET", ""),
            ("SUPABASE_JWKS_URL", "nowhere"),
            ("STALENESS_BOUND_MS", "soon"),
            ("STALENESS_BOUND_MS", "60001"),
            ("ALLOWED_ORIGINS", "nowhere.test"),
            ("KV_WRITES", "sometimes"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert_eq!(error.name, name);
            assert!(value.is_empty() || !error.to_string().contains(value), "{error}");
        }
    }
}
