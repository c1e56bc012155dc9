//! What the operator says of tokens and of who shares what, in the settings that both tiers have under the same names.

use crate::{CacheScope, ClaimPath, RequiredClaim, TokenVerifier};

/// How tokens are verified, and who shares what they let see.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// What they are held against.
    pub verifier: TokenVerifier,
    /// `SUPABASE_JWKS_URL`: where the project publishes its keys; unset where it signs with its shared secret alone.
    pub key_set_url: Option<String>,
    /// `CACHE_SCOPE`: who shares what is cached.
    pub cache_scope: CacheScope,
}

/// A setting is missing or malformed. Never shows its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct SettingError {
    /// Its name.
    pub name: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

const SECRET: &str = "SUPABASE_JWT_SECRET";
const KEY_SET_URL: &str = "SUPABASE_JWKS_URL";
const ISSUER: &str = "SUPABASE_JWT_ISSUER";
const MEMBERSHIPS: &str = "MEMBERSHIP_CLAIM";
const SYSTEM_ADMIN: &str = "SYSTEM_ADMIN_CLAIM";
const SCOPE: &str = "CACHE_SCOPE";

impl TokenSettings {
    /// Reads the settings; `lookup` finds one by its name. An empty value counts as unset.
    pub fn read(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Self, SettingError> {
        let get = |name| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let error = |name, problem: &str| SettingError { name, problem: problem.to_owned() };

        let key_set_url = get(KEY_SET_URL);
        if key_set_url.as_ref().is_some_and(|url| !is_http(url)) {
            return Err(error(KEY_SET_URL, "must begin with http:// or https://"));
        }
        let of_secret = get(SECRET)
            .map(|secret| {
                TokenVerifier::hs256(&secret).ok_or_else(|| error(SECRET, "must have at least 32 bytes"))
            })
            .transpose()?;
        let mut verifier = match (of_secret, &key_set_url) {
            (Some(verifier), None) => verifier,
            (Some(verifier), Some(_)) => verifier.and_public_keys(),
            (None, Some(_)) => TokenVerifier::public_keys(),
            (None, None) => return Err(error(SECRET, "or SUPABASE_JWKS_URL is required")),
        };
        if let Some(issuer) = get(ISSUER) {
            verifier = verifier.with_issuer(issuer);
        }
        if let Some(text) = get(MEMBERSHIPS) {
            let claim = ClaimPath::parse(&text).map_err(|e| error(MEMBERSHIPS, &e.to_string()))?;
            verifier = verifier.with_memberships(claim);
        }
        if let Some(text) = get(SYSTEM_ADMIN) {
            let claim = RequiredClaim::parse(&text).map_err(|e| error(SYSTEM_ADMIN, &e.to_string()))?;
            verifier = verifier.with_system_admin(claim);
        }
        let cache_scope = match get(SCOPE) {
            None => CacheScope::default(),
            Some(text) => {
                CacheScope::parse(&text).ok_or_else(|| error(SCOPE, "must be workspace or user"))?
            }
        };
        Ok(Self { verifier, key_set_url, cache_scope })
    }
}

fn is_http(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<TokenSettings, SettingError> {
        TokenSettings::read(|name| {
            settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const OUR_SECRET: (&str, &str) = (SECRET, "a-secret-of-at-least-thirty-two-bytes");
    const OUR_KEYS: (&str, &str) = (KEY_SET_URL, "https://p.supabase.co/auth/v1/.well-known/jwks.json");

    #[test]
    fn a_secret_or_keys_or_both_will_do() {
        assert_eq!(read(&[OUR_SECRET]).unwrap().key_set_url, None);
        for settings in [&[OUR_KEYS][..], &[OUR_SECRET, OUR_KEYS], &[(SECRET, " "), OUR_KEYS]] {
            assert_eq!(read(settings).unwrap().key_set_url.as_deref(), Some(OUR_KEYS.1));
        }
        assert_eq!(
            read(&[]).unwrap_err().to_string(),
            "SUPABASE_JWT_SECRET or SUPABASE_JWKS_URL is required"
        );
    }

    #[test]
    fn a_bad_value_is_named_and_not_shown() {
        for (name, value) in [
            (SECRET, "short"),
            (KEY_SET_URL, "ftp://nowhere"),
            (KEY_SET_URL, "https:///jwks"),
            (MEMBERSHIPS, "user_metadata.workspaces"),
            (MEMBERSHIPS, "a..b"),
            (SYSTEM_ADMIN, "app_metadata.level"),
            (SCOPE, "everybody"),
        ] {
            let error = read(&[(name, value), OUR_SECRET]).unwrap_err();
            assert_eq!(error.name, name);
            assert!(!error.to_string().contains(value), "{error}");
        }
    }
}
