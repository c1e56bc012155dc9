//! What the console is told: where the edge, the origin and Supabase are. Nothing of it is secret: `crate::config` refuses what browsers must
//! not have, and the anonymous key of Supabase is made to be in them.

use std::path::PathBuf;

use serde::Serialize;
use utoipa::ToSchema;

/// How the console is set up, from the environment.
#[derive(Debug, Clone, Default)]
pub struct ConsoleSettings {
    /// `CONSOLE_DIR`: where it is built. Unset: `console` beside the program, or `web/console/dist` in the current folder.
    pub dir: Option<PathBuf>,
    /// `CONSOLE_EDGE_URL`: where browsers reach the edge. Unset: they read from the origin.
    pub edge_url: Option<String>,
    /// `CONSOLE_SUPABASE_URL`, or `SUPABASE_URL` where that is public, and `SUPABASE_ANON_KEY`: where users sign in, and write.
    pub supabase: Option<(String, String)>,
    /// `CONSOLE_DEMO_USERS`: in development alone, a file of users to sign in as with one click.
    pub demo_users: Option<PathBuf>,
}

/// `GET /console/config.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsoleConfig {
    /// Where the edge is; null where there is none, and the origin is read.
    pub edge_url: Option<String>,
    /// Where the origin is; empty where it serves the console itself.
    pub origin_url: String,
    /// Where users sign in.
    pub supabase_url: Option<String>,
    /// The key that is made to be in browsers.
    pub supabase_anon_key: Option<String>,
    /// Where contacts are written, as PostgREST takes it.
    pub rest_url: Option<String>,
    /// Users to sign in as with one click; in development alone.
    pub demo_users_url: Option<String>,
}

impl ConsoleSettings {
    /// What a browser is told. `demo_writes`: whether this process stands in for PostgREST.
    pub(super) fn told(&self, demo_writes: bool) -> ConsoleConfig {
        let (supabase_url, supabase_anon_key) = self.supabase.clone().unzip();
        let emulated = demo_writes.then(|| "/console/demo/rest".to_owned());
        ConsoleConfig {
            edge_url: self.edge_url.clone(),
            origin_url: String::new(),
            rest_url: supabase_url.as_ref().map(|url| format!("{url}/rest/v1")).or(emulated),
            supabase_url,
            supabase_anon_key,
            demo_users_url: self.demo_users.as_ref().map(|_| "/console/demo-users.json".to_owned()),
        }
    }

    /// The content security policy: everything from here, and calls to where the console is told to call.
    pub(super) fn policy(&self) -> String {
        let supabase = self.supabase.as_ref().map(|(url, _)| url);
        let callable: Vec<String> = ["'self'".to_owned()]
            .into_iter()
            .chain(self.edge_url.iter().chain(supabase).filter_map(|url| origin_of(url)))
            .collect();
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src {callable}; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'",
            callable = callable.join(" ")
        )
    }
}

/// Scheme, host and port of a URL: with a path, a policy would allow that path alone.
fn origin_of(url: &str) -> Option<String> {
    let url: http::Uri = url.parse().ok()?;
    Some(format!("{}://{}", url.scheme_str()?, url.authority()?.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_may_call_what_the_console_is_told_of_and_nothing_else() {
        let settings = ConsoleSettings {
            edge_url: Some("https://edge.example.com/base".to_owned()),
            supabase: Some(("http://127.0.0.1:54321".to_owned(), "anon".to_owned())),
            ..ConsoleSettings::default()
        };
        let policy = settings.policy();
        assert!(
            policy.contains("connect-src 'self' https://edge.example.com http://127.0.0.1:54321;"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert!(ConsoleSettings::default().policy().contains("connect-src 'self';"));
    }

    #[test]
    fn contacts_are_written_to_supabase_or_in_a_demo_to_the_process_itself() {
        let none = ConsoleSettings::default();
        assert_eq!(none.told(false).rest_url, None);
        assert_eq!(none.told(true).rest_url.as_deref(), Some("/console/demo/rest"));
        let supabase = Some(("https://p.supabase.co".to_owned(), "anon".to_owned()));
        let real = ConsoleSettings { supabase, ..none };
        assert_eq!(real.told(false).rest_url.as_deref(), Some("https://p.supabase.co/rest/v1"));
        assert_eq!(real.told(false).demo_users_url, None);
    }
}
