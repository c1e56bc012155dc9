//! Tokens verified once are remembered, by their digest, until they expire, and no longer than the key is good that signed them
//! ([`RememberedUser`]).
//!
//! A token of the shared secret is verified here, in WebAssembly: some microseconds, less than it takes to ask the runtime. What
//! a public key signed is checked by the runtime ([`TokenKeys`]), whose code for curves and large numbers is native, and would take
//! the Worker half as much space again. The keys are fetched when a token names one that is not known, one question at a time, and
//! anew from time to time in the background: when is [`KeyRing`]'s to say.
//!
//! [`TokenKeys`]: crate::platform::TokenKeys

use std::cell::RefCell;
use std::rc::Rc;

use hashlink::LruCache;
use identity::{
    KeyRing, MAX_KEY_SET_LEN, PublicKey, RememberedUser, Step, TokenError, TokenSettings, TokenVerifier,
    VerifiedUser,
};
use sha2::{Digest as _, Sha256};

use crate::platform::{Platform, within};
use crate::single_flight::Flights;

/// How many tokens an isolate remembers: a few hundred bytes each.
const MAX_TOKENS: usize = 2048;
/// How long the keys are waited for, in milliseconds.
const KEYS_TIMEOUT_MS: u64 = 3000;

/// A verifier with a memory. Only accepted tokens are remembered, so forged ones cannot push them out for nothing.
pub(crate) struct Tokens {
    verifier: TokenVerifier,
    accepted: Rc<RefCell<LruCache<[u8; 32], RememberedUser>>>,
    /// Unset where the project signs with its shared secret alone.
    keys: Option<Rc<Keys>>,
}

/// The project's keys, as far as they are known.
struct Keys {
    url: String,
    ring: RefCell<KeyRing>,
    questions: Rc<Flights<(), ()>>,
}

impl Tokens {
    pub(crate) fn new(settings: &TokenSettings) -> Self {
        let keys = settings.key_set_url.clone().map(|url| {
            let questions = Flights::new(KEYS_TIMEOUT_MS + 500);
            Rc::new(Keys { url, ring: RefCell::default(), questions })
        });
        let accepted = Rc::new(RefCell::new(LruCache::new(MAX_TOKENS)));
        Self { verifier: settings.verifier.clone(), accepted, keys }
    }

    pub(crate) async fn verify<P: Platform>(
        &self,
        platform: &Rc<P>,
        token: &str,
        now_secs: u64,
    ) -> Result<VerifiedUser, TokenError> {
        if token.len() > identity::MAX_TOKEN_LEN {
            return Err(TokenError::Malformed);
        }
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(remembered) = self.accepted.borrow_mut().get(&digest)
            && let Some(user) = remembered.at(now_secs)
        {
            // A key that was given up must be noticed where only known tokens come, too.
            self.refresh_in_background(platform, now_secs);
            return Ok(user.clone());
        }
        let verified = self.verify_anew(platform, token, now_secs).await?;
        // A token within the leeway is good, and not worth remembering.
        if verified.at(now_secs).is_some() {
            self.accepted.borrow_mut().insert(digest, verified.clone());
        }
        Ok(verified.into_user())
    }

    async fn verify_anew<P: Platform>(
        &self,
        platform: &Rc<P>,
        token: &str,
        now_secs: u64,
    ) -> Result<RememberedUser, TokenError> {
        let Some(keys) = &self.keys else {
            return self.verifier.verify(token, now_secs).map(RememberedUser::by_secret);
        };
        let begin = || self.verifier.begin(token, &keys.ring.borrow(), now_secs);
        let mut step = begin()?;
        if matches!(step, Step::AskForKeys) {
            if keys.ring.borrow().may_ask(now_secs) || keys.questions.is_flying(&()) {
                let question = self.question(keys, platform, now_secs);
                keys.questions.join_or_lead(platform, &(), question).await;
            }
            step = begin()?;
        } else {
            self.refresh_in_background(platform, now_secs);
        }
        match step {
            Step::Verified(user) => Ok(RememberedUser::by_secret(user)),
            Step::Check(check) => {
                let is_genuine = platform.is_genuine(&check).await;
                let user = self.verifier.conclude(&check, is_genuine, now_secs)?;
                Ok(RememberedUser::by_key(user, check.key(), &keys.ring.borrow(), now_secs))
            }
            Step::AskForKeys if keys.ring.borrow().is_current() => Err(TokenError::UnknownKey),
            Step::AskForKeys => Err(TokenError::KeysUnavailable),
        }
    }

    fn refresh_in_background<P: Platform>(&self, platform: &Rc<P>, now_secs: u64) {
        if let Some(keys) = self.keys.as_ref().filter(|keys| keys.is_old(now_secs)) {
            let question = self.question(keys, platform, now_secs);
            keys.questions.lead_in_background(platform, &(), question);
        }
    }

    /// Asks for the keys. What they verified is forgotten when one of them was given up.
    fn question<P: Platform>(
        &self,
        keys: &Rc<Keys>,
        platform: &Rc<P>,
        now_secs: u64,
    ) -> impl Future<Output = ()> + 'static {
        let (keys, platform, accepted) = (Rc::clone(keys), Rc::clone(platform), Rc::clone(&self.accepted));
        async move {
            keys.ring.borrow_mut().asked(now_secs);
            let answer =
                within(&*platform, KEYS_TIMEOUT_MS, platform.key_set(&keys.url, MAX_KEY_SET_LEN)).await;
            match answer.and_then(Result::ok).map(|set| PublicKey::parse_set(&set)) {
                Some(Ok(fetched)) => {
                    if keys.ring.borrow_mut().replace(fetched, now_secs) {
                        accepted.borrow_mut().clear();
                    }
                }
                Some(Err(_)) => platform.warn("what SUPABASE_JWKS_URL answers is no key set"),
                None => platform.warn("SUPABASE_JWKS_URL does not answer"),
            }
        }
    }
}

impl Keys {
    /// Whether the keys have been known for so long that they are to be asked for anew.
    fn is_old(&self, now_secs: u64) -> bool {
        let ring = self.ring.borrow();
        ring.is_known() && ring.is_due(now_secs)
    }
}
