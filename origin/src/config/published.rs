//! What of the configuration is published: the console's `config.json` goes to whoever opens its page, signed in or not.
//!
//! Nothing is told that was not said to be for browsers, or is for them by its nature: where the origin reaches the edge may be a private
//! name, and a key that no policy binds opens the whole database. What must not be published stops the start, with a line that names the
//! variable and never repeats its value.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::{ConfigError, SourceConfig, error, http_url};
use crate::http::console::config::ConsoleSettings;

/// The role of a key that is made to be in browsers.
const ANONYMOUS: &str = "anon";
/// What Supabase's secret keys begin with.
const SECRET_KEY: &str = "sb_secret_";

/// How the console is set up.
pub(super) fn console(
    get: impl Fn(&'static str) -> Option<String>,
    bind_addr: SocketAddr,
    source: &SourceConfig,
) -> Result<ConsoleSettings, ConfigError> {
    let url = |name| get(name).map(|url| http_url(name, &url)).transpose();
    let demo_users = get("CONSOLE_DEMO_USERS").map(PathBuf::from);
    if demo_users.is_some() && !bind_addr.ip().is_loopback() {
        return Err(error("CONSOLE_DEMO_USERS", "is for development, where BIND_ADDR is a loopback address"));
    }
    let public_supabase = url("CONSOLE_SUPABASE_URL")?;
    Ok(ConsoleSettings {
        dir: get("CONSOLE_DIR").map(PathBuf::from),
        edge_url: url("CONSOLE_EDGE_URL")?,
        supabase: match source {
            SourceConfig::Supabase { url, anon_key, .. } => public_supabase
                .or_else(|| is_for_browsers(url).then(|| url.clone()))
                .map(|url| (url, anon_key.clone())),
            SourceConfig::Sqlite { .. } => None,
        },
        demo_users,
    })
}

/// Whether browsers may be sent to an address that was given for the origin itself: Supabase's own is public. One without TLS is of a private
/// network or of this machine, and passwords must not be sent to the former.
fn is_for_browsers(url: &str) -> bool {
    let Ok(url) = url.parse::<http::Uri>() else { return false };
    let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_this_machine = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    url.scheme_str() == Some("https") || is_this_machine
}

/// `SUPABASE_ANON_KEY`, if it is one that browsers may have.
pub(super) fn anon_key(key: String, service_key: Option<&str>) -> Result<String, ConfigError> {
    let is_secret = key.starts_with(SECRET_KEY) || service_key == Some(key.as_str());
    if is_secret || role_of(&key).is_some_and(|role| role != ANONYMOUS) {
        return Err(error(
            "SUPABASE_ANON_KEY",
            "must be the project's anon or publishable key, since browsers are told it: this is a service-role or secret key, or one of \
             another role",
        ));
    }
    Ok(key)
}

/// The role that a key claims, if it is a token that claims one. Nothing is verified: what is asked is what the key was meant for.
fn role_of(key: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        role: Option<String>,
    }
    let [_, claims, _] = key.split('.').collect::<Vec<_>>()[..] else { return None };
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice::<Claims>(&claims).ok()?.role
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "SUPABASE_ANON_KEY must be the project's anon or publishable key";

    fn token(claims: &str) -> String {
        format!("eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_key_that_browsers_must_not_have_is_refused_and_not_repeated() {
        let service = token(r#"{"iss":"supabase","role":"service_role"}"#);
        let padded = service.replace(".c2ln", "==.c2ln");
        for key in [&service, &padded, "sb_secret_0123456789", &token(r#"{"role":"supabase_admin"}"#)] {
            let refused = anon_key(key.to_owned(), None).unwrap_err().to_string();
            assert!(refused.starts_with(REFUSED) && !refused.contains(key), "{refused}");
        }
        assert!(anon_key("the same".to_owned(), Some("the same")).is_err());
    }

    #[test]
    fn a_key_that_is_made_for_browsers_is_taken() {
        let anonymous = token(r#"{"iss":"supabase","ref":"p","role":"anon"}"#);
        for key in [&anonymous, "sb_publishable_0123", "anon", "not.a.token", &token("{}")] {
            assert_eq!(anon_key(key.to_owned(), Some("sb_secret_0123")).ok().as_deref(), Some(key));
        }
    }

    #[test]
    fn supabase_is_told_of_where_browsers_can_reach_it() {
        for url in [
            "https://p.supabase.co",
            "http://127.0.0.1:54321",
            "http://localhost:54321",
            "http://[::1]:54321",
        ] {
            assert!(is_for_browsers(url), "{url}");
        }
        for url in ["http://kong:8000", "http://10.0.0.7:8000", "http://localhost.internal", "nowhere"] {
            assert!(!is_for_browsers(url), "{url}");
        }
    }
}
