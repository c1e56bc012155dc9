//! The cache settings of a workspace: what is cached, and for how long.
//!
//! They have two forms. Clients read and write `{"cacheEnabled", "features", "cacheConfig"}` ([`CacheSettings::body`]); the database
//! holds, and the answer to a write repeats, `{"enabled", "features", "config"}` ([`CacheSettings::stored`]).
//!
//! What a client sends is read strictly: a mistake must not look like a setting. What the database holds is read leniently, so that
//! a value from another version never keeps a workspace from being served.

use coherence::LifetimeClass;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{ApiError, ErrorCode};

/// The largest accepted body, in bytes: many times what it takes to say everything.
pub const MAX_BODY_LEN: usize = 8 * 1024;
/// The shortest lifetime that can be set, in seconds.
pub const MIN_TTL_SECS: u32 = 60;
/// The longest lifetime that can be set, in seconds: a day.
pub const MAX_TTL_SECS: u32 = 86_400;

/// What of a workspace is cached, and for how long. The default caches everything for the times of [`LifetimeClass`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSettings {
    /// Whether anything is cached at all.
    pub enabled: bool,
    /// What is cached.
    pub features: Features,
    /// For how long.
    pub config: Lifetimes,
}

/// A switch for each thing that can be cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "four independent switches, each by its name")]
pub struct Features {
    /// Counts over the workspace's contacts.
    pub contact_counts: bool,
    /// Pages of a board.
    pub contact_lists: bool,
    /// Pages of a board for a search term.
    pub search: bool,
    /// The messages of a contact.
    pub message_history: bool,
}

/// A lifetime for each thing that can be cached, in seconds, [`MIN_TTL_SECS`] to [`MAX_TTL_SECS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lifetimes {
    /// Of counts.
    #[serde(rename = "contactCountsTTL")]
    #[cfg_attr(feature = "openapi", schema(minimum = 60, maximum = 86400))]
    pub contact_counts_ttl_secs: u32,
    /// Of pages of a board.
    #[serde(rename = "contactsTTL")]
    #[cfg_attr(feature = "openapi", schema(minimum = 60, maximum = 86400))]
    pub contacts_ttl_secs: u32,
    /// Of pages of a board for a search term.
    #[serde(rename = "searchTTL")]
    #[cfg_attr(feature = "openapi", schema(minimum = 60, maximum = 86400))]
    pub search_ttl_secs: u32,
    /// Of messages.
    #[serde(rename = "messageHistoryTTL")]
    #[cfg_attr(feature = "openapi", schema(minimum = 60, maximum = 86400))]
    pub message_history_ttl_secs: u32,
}

/// The form in which clients read and write settings: the `data` of a GET.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SettingsBody {
    cache_enabled: bool,
    features: Features,
    cache_config: Lifetimes,
}

/// The form in which the database holds settings.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoredCache {
    enabled: bool,
    features: Features,
    config: Lifetimes,
}

/// The `data` of a POST: what the settings are from now on.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingsWritten<'a> {
    workspace_id: &'a str,
    #[cfg_attr(feature = "openapi", schema(inline))]
    settings: Stored,
    updated_at: &'a str,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Stored {
    cache: StoredCache,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            features: Features {
                contact_counts: true,
                contact_lists: true,
                search: true,
                message_history: true,
            },
            config: Lifetimes {
                contact_counts_ttl_secs: LifetimeClass::ContactCounts.default_ttl_secs(),
                contacts_ttl_secs: LifetimeClass::ContactLists.default_ttl_secs(),
                search_ttl_secs: LifetimeClass::SearchResults.default_ttl_secs(),
                message_history_ttl_secs: LifetimeClass::MessageHistory.default_ttl_secs(),
            },
        }
    }
}

/// A switch: its name, its path in a body, and where it is kept.
type Switch = (&'static str, &'static str, fn(&mut Features) -> &mut bool);

const SWITCHES: [Switch; 4] = [
    ("contactCounts", "features.contactCounts", |features| &mut features.contact_counts),
    ("contactLists", "features.contactLists", |features| &mut features.contact_lists),
    ("search", "features.search", |features| &mut features.search),
    ("messageHistory", "features.messageHistory", |features| &mut features.message_history),
];

/// A lifetime: its name, its path in a body, and where it is kept.
type Ttl = (&'static str, &'static str, fn(&mut Lifetimes) -> &mut u32);

const TTLS: [Ttl; 4] = [
    ("contactCountsTTL", "cacheConfig.contactCountsTTL", |config| &mut config.contact_counts_ttl_secs),
    ("contactsTTL", "cacheConfig.contactsTTL", |config| &mut config.contacts_ttl_secs),
    ("searchTTL", "cacheConfig.searchTTL", |config| &mut config.search_ttl_secs),
    ("messageHistoryTTL", "cacheConfig.messageHistoryTTL", |config| &mut config.message_history_ttl_secs),
];

impl CacheSettings {
    /// The form for clients.
    #[must_use]
    pub const fn body(&self) -> SettingsBody {
        SettingsBody { cache_enabled: self.enabled, features: self.features, cache_config: self.config }
    }

    /// The form for the database.
    #[must_use]
    pub const fn stored(&self) -> StoredCache {
        StoredCache { enabled: self.enabled, features: self.features, config: self.config }
    }

    /// The answer to a write that made these the workspace's settings.
    #[must_use]
    pub const fn written<'a>(&self, workspace_id: &'a str, updated_at: &'a str) -> SettingsWritten<'a> {
        SettingsWritten { workspace_id, settings: Stored { cache: self.stored() }, updated_at }
    }

    /// These settings with what a client's body changes. What the body leaves out stays as it is; what it has too much, or of the
    /// wrong type, is refused by name.
    pub fn changed_by(&self, body: &[u8]) -> Result<Self, ApiError> {
        if body.len() > MAX_BODY_LEN {
            return Err(ApiError::new(ErrorCode::PayloadTooLarge, "the body must have at most 8 KiB"));
        }
        let body: Value = serde_json::from_slice(body).map_err(|_| ApiError::body("the body is not JSON"))?;
        let Value::Object(body) = body else {
            return Err(ApiError::body("the body must be a JSON object"));
        };
        let mut changed = *self;
        for (name, value) in &body {
            match name.as_str() {
                "cacheEnabled" => changed.enabled = boolean("cacheEnabled", value)?,
                "features" => changed.features.change(object("features", value)?)?,
                "cacheConfig" => changed.config.change(object("cacheConfig", value)?)?,
                _ => return Err(ApiError::unknown_member(None, name)),
            }
        }
        Ok(changed)
    }

    /// Reads the form of the database. What is missing, or makes no sense, has its default.
    #[must_use]
    pub fn from_stored(cache: &Value) -> Self {
        let mut settings = Self::default();
        if let Some(enabled) = cache["enabled"].as_bool() {
            settings.enabled = enabled;
        }
        for (name, _, place) in SWITCHES {
            if let Some(is_on) = cache["features"][name].as_bool() {
                *place(&mut settings.features) = is_on;
            }
        }
        for (name, path, place) in TTLS {
            if let Ok(ttl_secs) = ttl_secs(path, &cache["config"][name]) {
                *place(&mut settings.config) = ttl_secs;
            }
        }
        settings
    }

    /// Whether answers of this class are cached. One contact goes with the main switch, since it has none of its own.
    #[must_use]
    pub const fn caches(&self, class: LifetimeClass) -> bool {
        self.enabled
            && match class {
                LifetimeClass::ContactCounts => self.features.contact_counts,
                LifetimeClass::ContactLists => self.features.contact_lists,
                LifetimeClass::SearchResults => self.features.search,
                LifetimeClass::MessageHistory => self.features.message_history,
                _ => true,
            }
    }

    /// The time to live of this class, in seconds; the default of those that cannot be set.
    #[must_use]
    pub const fn ttl_secs(&self, class: LifetimeClass) -> u32 {
        match class {
            LifetimeClass::ContactCounts => self.config.contact_counts_ttl_secs,
            LifetimeClass::ContactLists => self.config.contacts_ttl_secs,
            LifetimeClass::SearchResults => self.config.search_ttl_secs,
            LifetimeClass::MessageHistory => self.config.message_history_ttl_secs,
            _ => class.default_ttl_secs(),
        }
    }
}

impl Features {
    fn change(&mut self, members: &Map<String, Value>) -> Result<(), ApiError> {
        for (name, value) in members {
            let (_, path, place) = SWITCHES
                .iter()
                .find(|(known, ..)| known == name)
                .ok_or_else(|| ApiError::unknown_member(Some("features"), name))?;
            *place(self) = boolean(path, value)?;
        }
        Ok(())
    }
}

impl Lifetimes {
    fn change(&mut self, members: &Map<String, Value>) -> Result<(), ApiError> {
        for (name, value) in members {
            let (_, path, place) = TTLS
                .iter()
                .find(|(known, ..)| known == name)
                .ok_or_else(|| ApiError::unknown_member(Some("cacheConfig"), name))?;
            *place(self) = ttl_secs(path, value)?;
        }
        Ok(())
    }
}

fn object<'a>(path: &'static str, value: &'a Value) -> Result<&'a Map<String, Value>, ApiError> {
    value.as_object().ok_or_else(|| ApiError::invalid(path, "must be an object"))
}

fn boolean(path: &'static str, value: &Value) -> Result<bool, ApiError> {
    value.as_bool().ok_or_else(|| ApiError::invalid(path, "must be true or false"))
}

fn ttl_secs(path: &'static str, value: &Value) -> Result<u32, ApiError> {
    const { assert!(MIN_TTL_SECS == 60 && MAX_TTL_SECS == 86_400, "the message below says 60 and 86400") };
    if !value.is_i64() && !value.is_u64() {
        return Err(ApiError::invalid(path, "must be a whole number of seconds"));
    }
    value
        .as_u64()
        .and_then(|secs| u32::try_from(secs).ok())
        .filter(|secs| (MIN_TTL_SECS..=MAX_TTL_SECS).contains(secs))
        .ok_or_else(|| ApiError::invalid(path, "must be between 60 and 86400"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = concat!(
        r#"{"cacheEnabled":true,"features":{"contactCounts":true,"contactLists":true,"search":false,"messageHistory":false},"#,
        r#""cacheConfig":{"contactCountsTTL":300,"contactsTTL":180,"searchTTL":120,"messageHistoryTTL":300}}"#,
    );

    fn example() -> CacheSettings {
        CacheSettings::default().changed_by(EXAMPLE.as_bytes()).unwrap()
    }

    #[test]
    fn the_example_of_the_contract_is_read_and_written_as_it_stands() {
        assert_eq!(serde_json::to_string(&example().body()).unwrap(), EXAMPLE);
        let written = serde_json::to_string(&example().written("15213", "now")).unwrap();
        let cache = EXAMPLE.replace("cacheEnabled", "enabled").replace("cacheConfig", "config");
        let expected =
            format!(r#"{{"workspace_id":"15213","settings":{{"cache":{cache}}},"updated_at":"now"}}"#);
        assert_eq!(written, expected);
        let stored: Value = serde_json::from_str(&cache).unwrap();
        assert_eq!(CacheSettings::from_stored(&stored), example());
    }

    #[test]
    fn by_default_everything_is_cached_for_its_time() {
        let default = CacheSettings::default();
        for class in [
            LifetimeClass::ContactCounts,
            LifetimeClass::ContactLists,
            LifetimeClass::ContactDetails,
            LifetimeClass::SearchResults,
            LifetimeClass::MessageHistory,
            LifetimeClass::WorkspaceConfig,
        ] {
            assert!(default.caches(class), "{class:?}");
            assert_eq!(default.ttl_secs(class), class.default_ttl_secs(), "{class:?}");
        }
    }

    #[test]
    fn what_a_body_leaves_out_stays() {
        for body in ["{}", r#"{"features":{}}"#, r#"{"cacheConfig":{}}"#] {
            assert_eq!(example().changed_by(body.as_bytes()).unwrap(), example(), "{body}");
        }
        let body = br#"{"features":{"search":true},"cacheConfig":{"contactsTTL":60,"searchTTL":86400}}"#;
        let changed = example().changed_by(body).unwrap();
        assert!(
            changed.caches(LifetimeClass::SearchResults) && !changed.caches(LifetimeClass::MessageHistory)
        );
        assert_eq!(changed.ttl_secs(LifetimeClass::ContactLists), 60);
        assert_eq!(changed.ttl_secs(LifetimeClass::SearchResults), 86_400);
        let off = example().changed_by(br#"{"cacheEnabled":false}"#).unwrap();
        assert!(!off.caches(LifetimeClass::ContactLists) && !off.caches(LifetimeClass::ContactDetails));
        assert_eq!(off.features, example().features);
    }

    #[test]
    fn a_bad_body_is_refused_and_the_member_named() {
        for (body, field, message) in [
            ("", None, "the body is not JSON"),
            ("[]", None, "the body must be a JSON object"),
            (r#"{"cacheEnabled":1}"#, Some("cacheEnabled"), "cacheEnabled must be true or false"),
            (r#"{"cacheEnabled":null}"#, Some("cacheEnabled"), "cacheEnabled must be true or false"),
            (r#"{"features":[]}"#, Some("features"), "features must be an object"),
            (
                r#"{"features":{"search":"no"}}"#,
                Some("features.search"),
                "features.search must be true or false",
            ),
            (r#"{"features":{"Search":true}}"#, Some("features"), "features.Search is not a known member"),
            (r#"{"enabled":true}"#, None, "enabled is not a known member"),
            (r#"{"<b>\n":true}"#, None, "a member is not known"),
            (r#"{"cacheConfig":{"a b":60}}"#, Some("cacheConfig"), "a member of cacheConfig is not known"),
            (r#"{"cacheConfig":null}"#, Some("cacheConfig"), "cacheConfig must be an object"),
        ] {
            let error = example().changed_by(body.as_bytes()).unwrap_err();
            assert_eq!((error.field, &*error.message, error.status()), (field, message, 400), "{body}");
        }
        for (value, problem) in [
            ("59", "must be between 60 and 86400"),
            ("86401", "must be between 60 and 86400"),
            ("-60", "must be between 60 and 86400"),
            ("18446744073709551615", "must be between 60 and 86400"),
            ("60.5", "must be a whole number of seconds"),
            ("1e3", "must be a whole number of seconds"),
            ("\"180\"", "must be a whole number of seconds"),
            ("null", "must be a whole number of seconds"),
        ] {
            let body = format!(r#"{{"cacheConfig":{{"contactsTTL":{value}}}}}"#);
            let error = example().changed_by(body.as_bytes()).unwrap_err();
            assert_eq!(error.message, format!("cacheConfig.contactsTTL {problem}"), "{value}");
        }
        let large = vec![b' '; MAX_BODY_LEN + 1];
        assert_eq!(example().changed_by(&large).unwrap_err().status(), 413);
    }

    #[test]
    fn what_is_stored_and_makes_no_sense_has_its_default() {
        for stored in [
            "null",
            "[]",
            "{}",
            r#"{"enabled":"no","features":[],"config":{"contactsTTL":5,"searchTTL":"x"}}"#,
            r#"{"later":{"version":2}}"#,
        ] {
            let stored: Value = serde_json::from_str(stored).unwrap();
            assert_eq!(CacheSettings::from_stored(&stored), CacheSettings::default(), "{stored}");
        }
    }
}
