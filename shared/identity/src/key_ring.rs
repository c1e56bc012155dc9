//! The public keys that are known at present, and when to ask for them anew.
//!
//! A key set is asked for when it is first needed, every ten minutes while tokens come, and when a token names a key
//! that is not known, but then at most once in ten seconds: anybody can write a key's name into a token. A failure
//! changes nothing. A key that is no longer published is kept for an hour, the life of a token of Supabase unless it is
//! configured otherwise: whoever signed in before a rotation stays signed in. After that hour it is not found, whether or not keys can be
//! fetched then, and what it has verified is not relied upon.
//!
//! No I/O and no clock: what fetches is in the crate that needs it.

use std::sync::Arc;

use crate::PublicKey;

/// After this time keys are asked for anew, in seconds. Supabase's own caches keep a key set for ten minutes as well.
pub const REFRESH_SECS: u64 = 600;
/// The shortest time between two questions, in seconds, whatever tokens name.
pub const MIN_INTERVAL_SECS: u64 = 10;
/// How long a key is kept that is no longer published, in seconds.
pub const KEEP_GONE_SECS: u64 = 3600;
/// The most keys, those that are gone among them.
const MAX_KEYS: usize = 32;

/// Keys, by name.
#[derive(Debug, Clone, Default)]
pub struct KeyRing {
    keys: Vec<Held>,
    /// When keys were last asked for, whatever came of it.
    asked_at_secs: Option<u64>,
    /// When keys last came.
    fetched_at_secs: Option<u64>,
}

#[derive(Debug, Clone)]
struct Held {
    key: Arc<PublicKey>,
    /// Since when it is no longer published.
    gone_since_secs: Option<u64>,
}

impl KeyRing {
    /// The key of this name, unless it has been gone for too long.
    #[must_use]
    pub fn find(&self, kid: &str, now_secs: u64) -> Option<&Arc<PublicKey>> {
        let held = self.held(kid)?;
        held.is_believed(now_secs).then_some(&held.key)
    }

    /// Until when it may be relied upon, without looking again, that `key` is to be believed.
    #[must_use]
    pub fn reliable_until_secs(&self, key: &PublicKey, now_secs: u64) -> u64 {
        match self.held(key.kid()) {
            Some(held) if *held.key == *key => {
                let gives_up_at_secs = held.gone_since_secs.map_or(u64::MAX, |since| since + KEEP_GONE_SECS);
                gives_up_at_secs.min(now_secs.saturating_add(REFRESH_SECS))
            }
            _ => now_secs,
        }
    }

    fn held(&self, kid: &str) -> Option<&Held> {
        self.keys.iter().find(|held| held.key.kid() == kid)
    }

    /// Whether keys have ever come.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.fetched_at_secs.is_some()
    }

    /// Whether keys may be asked for now: not again so soon.
    #[must_use]
    pub fn may_ask(&self, now_secs: u64) -> bool {
        is_over(self.asked_at_secs, MIN_INTERVAL_SECS, now_secs)
    }

    /// Whether it is time to ask anew, and it may be done.
    #[must_use]
    pub fn is_due(&self, now_secs: u64) -> bool {
        is_over(self.fetched_at_secs, REFRESH_SECS, now_secs) && self.may_ask(now_secs)
    }

    /// Whether the last question was answered. If not, a key that is not known may exist all the same.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.fetched_at_secs.is_some() && self.fetched_at_secs >= self.asked_at_secs
    }

    /// Notes that keys are being asked for.
    pub const fn asked(&mut self, now_secs: u64) {
        self.asked_at_secs = Some(now_secs);
    }

    /// Takes what came. Says whether a key was given up, or another has its name: what was verified with it must be
    /// forgotten.
    pub fn replace(&mut self, fetched: Vec<PublicKey>, now_secs: u64) -> bool {
        let before = std::mem::take(&mut self.keys);
        self.keys =
            fetched.into_iter().map(|key| Held { key: Arc::new(key), gone_since_secs: None }).collect();
        self.fetched_at_secs = Some(now_secs);
        let mut gave_up = false;
        for held in before {
            if let Some(known) = self.held(held.key.kid()) {
                gave_up |= *known.key != *held.key;
                continue;
            }
            let gone = Held { gone_since_secs: held.gone_since_secs.or(Some(now_secs)), ..held };
            let is_kept = gone.is_believed(now_secs) && self.keys.len() < MAX_KEYS;
            gave_up |= !is_kept;
            if is_kept {
                self.keys.push(gone);
            }
        }
        gave_up
    }
}

impl Held {
    fn is_believed(&self, now_secs: u64) -> bool {
        self.gone_since_secs.is_none_or(|since| now_secs.saturating_sub(since) < KEEP_GONE_SECS)
    }
}

/// Whether a time since an event has passed; also when the event lies ahead, since then the clock was set back.
fn is_over(since: Option<u64>, secs: u64, now_secs: u64) -> bool {
    since.and_then(|since| now_secs.checked_sub(since)).is_none_or(|age_secs| age_secs >= secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(kids: &[&str]) -> Vec<PublicKey> {
        let coordinate = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
        let keys: Vec<String> = kids
            .iter()
            .map(|kid| {
                format!(r#"{{"kty":"EC","crv":"P-256","kid":"{kid}","x":"{coordinate}","y":"{coordinate}"}}"#)
            })
            .collect();
        PublicKey::parse_set(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).unwrap()
    }

    #[test]
    fn a_key_that_is_gone_is_kept_for_an_hour() {
        let mut ring = KeyRing::default();
        assert!(!ring.replace(keys(&["old"]), 1_000));
        assert!(!ring.replace(keys(&["new"]), 2_000));
        assert!(ring.find("old", 2_000).is_some() && ring.find("new", 2_000).is_some());
        assert!(!ring.replace(keys(&["new"]), 2_000 + KEEP_GONE_SECS - 1));
        assert!(ring.find("old", 2_000 + KEEP_GONE_SECS - 1).is_some());
        assert!(ring.replace(keys(&["new"]), 2_000 + KEEP_GONE_SECS), "what it verified must be forgotten");
        let later = 2_000 + KEEP_GONE_SECS;
        assert!(ring.find("old", later).is_none() && ring.find("new", later).is_some());
    }

    #[test]
    fn a_key_that_is_gone_is_given_up_after_an_hour_whether_or_not_keys_can_be_fetched() {
        let mut ring = KeyRing::default();
        ring.replace(keys(&["old"]), 1_000);
        ring.replace(keys(&["new"]), 2_000);
        assert!(ring.find("old", 2_000 + KEEP_GONE_SECS - 1).is_some());
        assert!(ring.find("old", 2_000 + KEEP_GONE_SECS).is_none(), "nothing was fetched since");
        assert!(ring.find("new", 2_000 + KEEP_GONE_SECS).is_some());
    }

    #[test]
    fn what_a_key_verified_is_relied_upon_until_keys_are_asked_for_anew_and_never_past_the_key() {
        let mut ring = KeyRing::default();
        let (old, new) = (keys(&["old"]), keys(&["new"]));
        ring.replace(old.clone(), 1_000);
        assert_eq!(ring.reliable_until_secs(&old[0], 1_500), 1_500 + REFRESH_SECS);
        ring.replace(new.clone(), 2_000);
        let gives_up = 2_000 + KEEP_GONE_SECS;
        assert_eq!(ring.reliable_until_secs(&old[0], 2_100), 2_100 + REFRESH_SECS);
        assert_eq!(ring.reliable_until_secs(&old[0], gives_up - 1), gives_up);
        assert_eq!(ring.reliable_until_secs(&keys(&["other"])[0], 2_100), 2_100, "not known at all");
    }

    #[test]
    fn a_key_that_comes_back_is_not_gone() {
        let mut ring = KeyRing::default();
        ring.replace(keys(&["a"]), 0);
        ring.replace(keys(&[]), 10);
        ring.replace(keys(&["a"]), 20);
        ring.replace(keys(&[]), 3_700);
        assert!(ring.find("a", 3_700).is_some());
    }

    #[test]
    fn another_key_of_the_same_name_takes_its_place_at_once() {
        let mut ring = KeyRing::default();
        ring.replace(keys(&["a"]), 0);
        let other = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a",
            "x":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
        let other = PublicKey::parse_set(other.as_bytes()).unwrap();
        assert!(ring.replace(other.clone(), 10));
        assert_eq!(**ring.find("a", 10).unwrap(), other[0]);
    }

    #[test]
    fn whoever_names_keys_that_do_not_exist_makes_one_question_in_ten_seconds() {
        let mut ring = KeyRing::default();
        let asked = (1_000..1_060).filter(|now_secs| {
            let may_ask = ring.may_ask(*now_secs);
            if may_ask {
                ring.asked(*now_secs);
            }
            may_ask
        });
        assert_eq!(asked.count(), 6);
    }

    #[test]
    fn keys_are_due_at_first_and_every_ten_minutes() {
        let mut ring = KeyRing::default();
        assert!(ring.is_due(1_000));
        ring.asked(1_000);
        assert!(!ring.is_due(1_005), "they were asked for just now");
        assert!(!ring.is_current(), "they were not answered");
        ring.replace(keys(&["a"]), 1_001);
        assert!(ring.is_current());
        assert!(!ring.is_due(1_600));
        assert!(ring.is_due(1_601));
        assert!(ring.is_due(500), "the clock was set back");
    }

    #[test]
    fn however_often_keys_change_their_number_is_bounded() {
        let mut ring = KeyRing::default();
        for round in 0..100 {
            ring.replace(keys(&[&format!("k{round}")]), round);
        }
        assert_eq!(ring.keys.len(), MAX_KEYS);
        assert!(ring.find("k99", 100).is_some());
    }
}
