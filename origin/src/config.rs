//! Configuration from the environment, checked before anything starts. A missing or malformed value stops the start
//! with one line that names it; no value of a secret is ever printed.

mod published;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use dto::cors::AllowedOrigins;
use identity::{InternalKeys, TokenSettings};
use tokio_postgres::config::SslMode;

use crate::cache::invalidation::{Rules, WithoutSharedTier};
use crate::cache::shares::MAX_LOADS_PER_WORKSPACE;
use crate::http::console::config::ConsoleSettings;
use crate::http::limits::MAX_CONCURRENT_REQUESTS;
use crate::shared_tier::compression::COMPRESS_ABOVE_BYTES;
use crate::source::supabase::ServiceCredential;
use crate::trace::export::ExportConfig;

/// What an origin that was built to be measured without identity must be told, or it does not start.
const MEASURED: &str = "MEASURED_WITHOUT_IDENTITY";

/// Everything the origin can be told.
#[derive(Clone)]
pub struct Config {
    /// `BIND_ADDR`: where to listen.
    pub bind_addr: SocketAddr,
    /// `SUPABASE_JWT_SECRET`, `SUPABASE_JWKS_URL` and what else is said of tokens: how readers' are verified.
    pub tokens: TokenSettings,
    /// `INTERNAL_AUTH_KEY`: one key, or two separated by a comma during a rotation.
    pub internal_keys: InternalKeys,
    /// Where contacts are read.
    pub source: SourceConfig,
    /// `REDIS_URL`, then `REDIS_PUBLIC_URL`: tried in this order. Empty: memory alone.
    pub redis_urls: Vec<String>,
    /// `COMPRESS_ABOVE_BYTES`: entries that are larger are compressed in Redis.
    pub compress_above_bytes: usize,
    /// `STALENESS_BOUND_MS`: how long the memory tier trusts what it was last told.
    pub staleness_bound_ms: u64,
    /// `MEMORY_CACHE_BYTES`: the bound of the memory tier.
    pub memory_cache_bytes: u64,
    /// `EDGE_URL`: where the edge's ledger is told of invalidations that begin here. Unset: there is no edge.
    pub edge_url: Option<String>,
    /// `OUTBOX_PATH`: the file in which they wait until it was told.
    pub outbox_path: PathBuf,
    /// `CHANGE_FEED_DATABASE_URL`: deliver the changes that the database's triggers recorded. Unset: somebody else does.
    pub change_feed_database_url: Option<String>,
    /// `INVALIDATE_WITHOUT_REDIS` (`accept` or `refuse`) and `PRECISE_INVALIDATION`.
    pub invalidation: Rules,
    /// `MAX_CONCURRENT_REQUESTS`: one more is refused, to be tried again.
    pub max_concurrent_requests: usize,
    /// `MAX_LOADS_PER_WORKSPACE`: how many reads of the source one workspace may have under way.
    pub max_loads_per_workspace: usize,
    /// `HEADER_READ_TIMEOUT_SECS`: how long a connection may take until the head of its next request is there, and so how long
    /// it may be idle. Longer than the proxy in front keeps idle connections, or it sends into closed ones.
    pub header_read_timeout: Duration,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: where spans are sent. Unset: nowhere.
    pub trace_export: Option<ExportConfig>,
    /// `ALLOWED_ORIGINS`: the browsers' origins that may read answers.
    pub allowed_origins: AllowedOrigins,
    /// `CONSOLE_DIR`, `CONSOLE_EDGE_URL`, `CONSOLE_SUPABASE_URL`, `CONSOLE_DEMO_USERS`: the web console.
    pub console: ConsoleSettings,
}

/// Which contact source is used.
#[derive(Clone)]
pub enum SourceConfig {
    /// `SUPABASE_URL` is set.
    Supabase {
        /// `SUPABASE_URL`, without a path.
        url: String,
        /// `POSTGREST_URL`, or where Supabase's gateway has PostgREST.
        rest_url: String,
        /// `SUPABASE_ANON_KEY`.
        anon_key: String,
        /// What the service shows for its own requests.
        service: ServiceCredential,
    },
    /// The embedded source.
    Sqlite {
        /// `SQLITE_PATH`.
        path: PathBuf,
        /// `DEMO_DATA`: fill an empty database with the demo workspaces.
        demo_data: bool,
    },
}

impl std::fmt::Debug for SourceConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Supabase { url, .. } => write!(f, "Supabase({url})"),
            Self::Sqlite { path, demo_data } => {
                write!(f, "Sqlite({}, demo_data: {demo_data})", path.display())
            }
        }
    }
}

/// A value is missing or malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct ConfigError {
    /// The variable.
    pub name: &'static str,
    /// What is wrong with it; never its value.
    pub problem: String,
}

fn error(name: &'static str, problem: impl Into<String>) -> ConfigError {
    ConfigError { name, problem: problem.into() }
}

impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads variables through `lookup`. An empty value counts as unset.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &'static str| lookup(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let need = |name: &'static str| get(name).ok_or_else(|| error(name, "is required"));

        let tokens = TokenSettings::read(&lookup).map_err(|e| error(e.name, e.problem))?;
        let internal_keys = InternalKeys::parse(&need("INTERNAL_AUTH_KEY")?)
            .map_err(|e| error("INTERNAL_AUTH_KEY", e.to_string()))?;
        let source = source(get)?;
        let redis_urls: Vec<String> = ["REDIS_URL", "REDIS_PUBLIC_URL"]
            .into_iter()
            .filter_map(|name| get(name).map(|url| redis_url(name, url)))
            .collect::<Result<_, _>>()?;
        let bind_addr: SocketAddr =
            get("BIND_ADDR")
                .unwrap_or_else(|| "127.0.0.1:8080".to_owned())
                .parse()
                .map_err(|_| error("BIND_ADDR", "must be an address and a port, like 127.0.0.1:8080"))?;
        if cfg!(measured_without_identity) && (need(MEASURED)? != "yes" || !bind_addr.ip().is_loopback()) {
            return Err(error(
                MEASURED,
                "must be yes and BIND_ADDR a loopback address, for this origin knows nobody",
            ));
        }
        let invalidation = invalidation(get, !redis_urls.is_empty())?;
        let edge_url = get("EDGE_URL").map(|url| http_url("EDGE_URL", &url)).transpose()?;
        let console = published::console(get, bind_addr, &source)?;
        Ok(Self {
            bind_addr,
            tokens,
            internal_keys,
            source,
            redis_urls,
            compress_above_bytes: number(
                "COMPRESS_ABOVE_BYTES",
                get("COMPRESS_ABOVE_BYTES"),
                COMPRESS_ABOVE_BYTES,
                256..=1 << 40,
            )? as usize,
            staleness_bound_ms: number("STALENESS_BOUND_MS", get("STALENESS_BOUND_MS"), 1000, 50..=60_000)?,
            memory_cache_bytes: number(
                "MEMORY_CACHE_BYTES",
                get("MEMORY_CACHE_BYTES"),
                256 * 1024 * 1024,
                1024 * 1024..=1 << 40,
            )?,
            edge_url,
            outbox_path: get("OUTBOX_PATH").unwrap_or_else(|| "boardcache-outbox.sqlite".to_owned()).into(),
            change_feed_database_url: get("CHANGE_FEED_DATABASE_URL")
                .map(|url| match url.parse::<tokio_postgres::Config>() {
                    Ok(config) if config.get_ssl_mode() == SslMode::Require => Err(error(
                        "CHANGE_FEED_DATABASE_URL",
                        "must not require TLS, which is not spoken here",
                    )),
                    Ok(_) => Ok(url),
                    Err(_) => Err(error("CHANGE_FEED_DATABASE_URL", "must be a postgres:// URL")),
                })
                .transpose()?,
            invalidation,
            max_concurrent_requests: number(
                "MAX_CONCURRENT_REQUESTS",
                get("MAX_CONCURRENT_REQUESTS"),
                MAX_CONCURRENT_REQUESTS as u64,
                1..=1_000_000,
            )? as usize,
            max_loads_per_workspace: number(
                "MAX_LOADS_PER_WORKSPACE",
                get("MAX_LOADS_PER_WORKSPACE"),
                MAX_LOADS_PER_WORKSPACE as u64,
                1..=1_000_000,
            )? as usize,
            header_read_timeout: Duration::from_secs(number(
                "HEADER_READ_TIMEOUT_SECS",
                get("HEADER_READ_TIMEOUT_SECS"),
                65,
                1..=3600,
            )?),
            trace_export: trace_export(get)?,
            allowed_origins: AllowedOrigins::parse(&get("ALLOWED_ORIGINS").unwrap_or_default())
                .map_err(|problem| error("ALLOWED_ORIGINS", problem))?,
            console,
        })
    }
}

fn invalidation(get: impl Fn(&'static str) -> Option<String>, has_redis: bool) -> Result<Rules, ConfigError> {
    let without_shared_tier = match get("INVALIDATE_WITHOUT_REDIS").as_deref() {
        None | Some("accept") => WithoutSharedTier::Accept,
        Some("refuse") => WithoutSharedTier::Refuse,
        Some(_) => return Err(error("INVALIDATE_WITHOUT_REDIS", "must be accept or refuse")),
    };
    let spares_untouched = boolean("PRECISE_INVALIDATION", get("PRECISE_INVALIDATION").as_deref())?;
    // What was minted elsewhere is on nobody's record.
    if spares_untouched && has_redis && without_shared_tier == WithoutSharedTier::Accept {
        return Err(error(
            "PRECISE_INVALIDATION",
            "needs INVALIDATE_WITHOUT_REDIS=refuse where there is a Redis",
        ));
    }
    Ok(Rules { without_shared_tier, spares_untouched })
}

fn source(get: impl Fn(&'static str) -> Option<String>) -> Result<SourceConfig, ConfigError> {
    let supabase_url = get("SUPABASE_URL").map(|url| http_url("SUPABASE_URL", &url)).transpose()?;
    let postgrest_url = get("POSTGREST_URL").map(|url| http_url("POSTGREST_URL", &url)).transpose()?;
    if supabase_url.is_none() && postgrest_url.is_some() {
        return Err(error("POSTGREST_URL", "needs SUPABASE_URL"));
    }
    Ok(match supabase_url {
        Some(url) => SourceConfig::Supabase {
            rest_url: postgrest_url.unwrap_or_else(|| format!("{url}/rest/v1")),
            url,
            anon_key: published::anon_key(
                get("SUPABASE_ANON_KEY").ok_or_else(|| error("SUPABASE_ANON_KEY", "is required"))?,
                get("SUPABASE_SERVICE_ROLE_KEY").as_deref(),
            )?,
            service: service(get("SUPABASE_SERVICE_ROLE_KEY"), get("SUPABASE_JWT_SECRET"))?,
        },
        None => SourceConfig::Sqlite {
            path: get("SQLITE_PATH").unwrap_or_else(|| "boardcache.sqlite".to_owned()).into(),
            demo_data: boolean("DEMO_DATA", get("DEMO_DATA").as_deref())?,
        },
    })
}

fn trace_export(get: impl Fn(&'static str) -> Option<String>) -> Result<Option<ExportConfig>, ConfigError> {
    let Some(url) = get("OTEL_EXPORTER_OTLP_ENDPOINT") else { return Ok(None) };
    Ok(Some(ExportConfig {
        endpoint: http_url("OTEL_EXPORTER_OTLP_ENDPOINT", &url)?,
        service_name: get("OTEL_SERVICE_NAME").unwrap_or_else(|| "boardcache-origin".to_owned()),
        sampled_share: share("OTEL_TRACES_SAMPLER_ARG", get("OTEL_TRACES_SAMPLER_ARG"))?,
    }))
}

/// The key if there is one, since the project may have given its old secret up; else what the secret signs.
fn service(key: Option<String>, secret: Option<String>) -> Result<ServiceCredential, ConfigError> {
    let name = "SUPABASE_SERVICE_ROLE_KEY";
    match (key, secret) {
        (Some(key), _) if key.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(ServiceCredential::Key(key)),
        (Some(_), _) => Err(error(name, "must be a key as Supabase shows it")),
        (None, Some(secret)) => Ok(ServiceCredential::Secret(secret)),
        (None, None) => Err(error(name, "or SUPABASE_JWT_SECRET is required with SUPABASE_URL")),
    }
}

/// An address to which paths are appended. It is logged, and some are published: nothing secret may stand in it.
fn http_url(name: &'static str, url: &str) -> Result<String, ConfigError> {
    let parsed: http::Uri = url.parse().map_err(|_| error(name, "is not a URL"))?;
    if parsed.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(error(name, "must not contain a user name or a password"));
    }
    if url.contains(['?', '#']) {
        return Err(error(name, "must end before a query or a fragment"));
    }
    match parsed.scheme_str() {
        Some("http" | "https") if parsed.host().is_some() => Ok(url.trim_end_matches('/').to_owned()),
        _ => Err(error(name, "must begin with http:// or https://")),
    }
}

fn redis_url(name: &'static str, url: String) -> Result<String, ConfigError> {
    redis::Client::open(url.as_str()).map(|_| url).map_err(|_| error(name, "must be a redis:// URL"))
}

fn boolean(name: &'static str, value: Option<&str>) -> Result<bool, ConfigError> {
    match value {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(error(name, "must be true or false")),
    }
}

fn share(name: &'static str, value: Option<String>) -> Result<f64, ConfigError> {
    let Some(value) = value else { return Ok(1.0) };
    value
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| error(name, "must be between 0 and 1"))
}

fn number(
    name: &'static str,
    value: Option<String>,
    default: u64,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, ConfigError> {
    let Some(value) = value else { return Ok(default) };
    value.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
        error(name, format!("must be a whole number between {} and {}", range.start(), range.end()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(changes: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let base = [
            ("SUPABASE_JWT_SECRET", "a-secret-of-at-least-thirty-two-bytes"),
            ("INTERNAL_AUTH_KEY", "an-internal-key-0123"),
        ];
        Config::from_lookup(|name| {
            let find =
                |list: &[(&str, &str)]| list.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            find(changes).or_else(|| find(&base))
        })
    }

    #[test]
    fn the_defaults_are_memory_and_sqlite() {
        let config = parse(&[]).ok().unwrap();
        assert!(config.redis_urls.is_empty());
        assert!(matches!(config.source, SourceConfig::Sqlite { demo_data: false, .. }));
        assert_eq!(config.staleness_bound_ms, 1000);
    }

    #[test]
    fn a_bad_value_is_named_and_not_repeated() {
        for (name, value) in [
            ("SUPABASE_JWT_SECRET", "short-secret"),
            ("SUPABASE_JWT_SECRET", ""),
            ("INTERNAL_AUTH_KEY", "short-key"),
            ("BIND_ADDR", "nowhere"),
            ("SUPABASE_URL", "ftp://nowhere"),
            ("REDIS_URL", "http://nowhere"),
            ("STALENESS_BOUND_MS", "-1"),
            ("STALENESS_BOUND_MS", "soon"),
            ("DEMO_DATA", "perhaps"),
            ("INVALIDATE_WITHOUT_REDIS", "sometimes"),
            ("PRECISE_INVALIDATION", "roughly"),
            ("COMPRESS_ABOVE_BYTES", "1k"),
            ("MAX_CONCURRENT_REQUESTS", "-5"),
            ("MAX_CONCURRENT_REQUESTS", "many"),
            ("MAX_LOADS_PER_WORKSPACE", "-5"),
            ("HEADER_READ_TIMEOUT_SECS", "7200"),
            ("ALLOWED_ORIGINS", "nonsense"),
            ("CONSOLE_EDGE_URL", "nowhere"),
            ("CHANGE_FEED_DATABASE_URL", "postgres://u@h/d?sslmode=require"),
        ] {
            let error = parse(&[(name, value)]).err().unwrap();
            assert_eq!(error.name, name);
            assert!(value.is_empty() || !error.to_string().contains(value), "{error}");
        }
        for (name, value) in
            [("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"), ("OTEL_TRACES_SAMPLER_ARG", "1.5")]
        {
            let collector = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
            assert_eq!(parse(&[(name, value), collector]).err().unwrap().name, name);
        }
        assert_eq!(parse(&[("SUPABASE_URL", "http://localhost:1")]).err().unwrap().name, "SUPABASE_ANON_KEY");
    }

    #[test]
    fn pages_are_spared_only_where_nothing_is_minted_without_redis() {
        let (precise, redis) = (("PRECISE_INVALIDATION", "true"), ("REDIS_URL", "redis://private:1"));
        let refuse = ("INVALIDATE_WITHOUT_REDIS", "refuse");
        let spares =
            |changes: &[(&str, &str)]| parse(changes).map(|config| config.invalidation.spares_untouched);
        assert_eq!(spares(&[]).ok(), Some(false));
        assert_eq!(spares(&[precise]).ok(), Some(true));
        assert_eq!(spares(&[precise, redis, refuse]).ok(), Some(true));
        assert_eq!(spares(&[precise, redis]).err().unwrap().name, "PRECISE_INVALIDATION");
    }

    #[test]
    fn postgrest_is_behind_the_gateway_unless_it_is_said_to_be_elsewhere() {
        let supabase = [("SUPABASE_URL", "https://p.supabase.co/"), ("SUPABASE_ANON_KEY", "anon")];
        let asked = |changes: &[(&str, &str)]| match parse(changes).ok().unwrap().source {
            SourceConfig::Supabase { rest_url, .. } => rest_url,
            SourceConfig::Sqlite { .. } => "SQLite".to_owned(),
        };
        let direct = ("POSTGREST_URL", "http://rest.internal:3000/");
        assert_eq!(asked(&supabase), "https://p.supabase.co/rest/v1");
        assert_eq!(asked(&[&supabase[..], &[direct]].concat()), "http://rest.internal:3000");
        assert_eq!(parse(&[direct]).err().unwrap().to_string(), "POSTGREST_URL needs SUPABASE_URL");
    }

    #[test]
    fn without_the_shared_secret_the_service_needs_a_key_of_its_own() {
        let supabase = [
            ("SUPABASE_JWT_SECRET", ""),
            ("SUPABASE_JWKS_URL", "https://p.supabase.co/auth/v1/.well-known/jwks.json"),
            ("SUPABASE_URL", "https://p.supabase.co"),
            ("SUPABASE_ANON_KEY", "anon"),
        ];
        let error = parse(&supabase).err().unwrap();
        assert_eq!(
            error.to_string(),
            "SUPABASE_SERVICE_ROLE_KEY or SUPABASE_JWT_SECRET is required with SUPABASE_URL"
        );
        let with = |key| parse(&[&supabase[..], &[("SUPABASE_SERVICE_ROLE_KEY", key)]].concat());
        assert!(with("sb_secret_0123").is_ok());
        assert_eq!(with("two words").err().unwrap().name, "SUPABASE_SERVICE_ROLE_KEY");
        assert!(parse(&supabase[..2]).is_ok(), "the embedded source asks nobody");
    }

    #[test]
    fn demo_users_are_refused_where_others_can_reach_the_origin() {
        let users = ("CONSOLE_DEMO_USERS", "users.json");
        for addr in ["0.0.0.0:8080", "10.0.0.1:8080", "[::]:8080"] {
            assert_eq!(parse(&[users, ("BIND_ADDR", addr)]).err().unwrap().name, "CONSOLE_DEMO_USERS");
        }
        assert!(parse(&[users, ("BIND_ADDR", "[::1]:8080")]).is_ok());
    }

    #[test]
    fn browsers_are_told_of_an_edge_only_where_that_is_said() {
        let edge = ("EDGE_URL", "https://edge.internal/");
        let told = |changes: &[(&str, &str)]| parse(changes).ok().unwrap().console.edge_url;
        assert_eq!(told(&[edge]), None);
        let public = ("CONSOLE_EDGE_URL", "https://api.example.com/");
        assert_eq!(told(&[edge, public]).as_deref(), Some("https://api.example.com"));
    }

    #[test]
    fn browsers_are_told_where_supabase_is_unless_that_is_private() {
        let told = |changes: &[(&str, &str)]| {
            let key = ("SUPABASE_ANON_KEY", "sb_publishable_0");
            parse(&[changes, &[key]].concat()).ok().unwrap().console.supabase.map(|(url, _)| url)
        };
        let (private, public) =
            (("SUPABASE_URL", "http://kong:8000"), ("CONSOLE_SUPABASE_URL", "https://db.example.com"));
        assert_eq!(told(&[private]), None);
        assert_eq!(told(&[private, public]).as_deref(), Some("https://db.example.com"));
        assert_eq!(
            told(&[("SUPABASE_URL", "https://p.supabase.co")]).as_deref(),
            Some("https://p.supabase.co")
        );
    }

    #[test]
    fn an_address_has_nothing_secret_in_it() {
        let anon_key = ("SUPABASE_ANON_KEY", "anon");
        for name in ["SUPABASE_URL", "POSTGREST_URL", "EDGE_URL", "CONSOLE_EDGE_URL", "CONSOLE_SUPABASE_URL"]
        {
            for url in [
                "https://user:hunter2@h.example",
                "https://hunter2@h.example/base",
                "https://h.example/?k=hunter2",
            ] {
                let refused = parse(&[(name, url), anon_key]).err().unwrap();
                assert_eq!(refused.name, name);
                assert!(!refused.to_string().contains("hunter2"), "{refused}");
            }
        }
    }

    #[test]
    fn a_service_role_key_in_the_place_of_the_anonymous_one_stops_the_start() {
        let supabase = ("SUPABASE_URL", "https://p.supabase.co");
        let refused = parse(&[supabase, ("SUPABASE_ANON_KEY", "sb_secret_0123")]).err().unwrap();
        assert_eq!(refused.name, "SUPABASE_ANON_KEY");
        assert!(!refused.to_string().contains("sb_secret_0123"), "{refused}");
    }

    #[test]
    fn redis_urls_are_tried_in_order() {
        let config = parse(&[("REDIS_PUBLIC_URL", "redis://public:1"), ("REDIS_URL", "redis://private:1")])
            .ok()
            .unwrap();
        assert_eq!(config.redis_urls, ["redis://private:1", "redis://public:1"]);
    }
}
