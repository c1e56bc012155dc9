//! Requests between the tiers, signed with the internal key: the key itself does not travel, and a request that somebody
//! captured is useless after a minute.
//!
//! What is signed is all that the receiver goes by: the method, the target, the time, a digest of the body, and the headers of
//! [`SIGNED_HEADERS`], of `Authorization` a digest. So a captured request can be repeated within that minute, which brings what it
//! brought before, and cannot be changed: neither for another workspace or user, nor with generations that were never minted.
//!
//! ```text
//! X-Internal-Signature: v1;t=1785000000123;b=<SHA-256 of the body>;s=<HMAC-SHA-256>       both in base64url
//! ```
//!
//! The digest of the body stands in the header so that the signature is judged before the body is read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::internal_key::{InternalKeys, InternalProof};

/// The headers that are signed, in this order; one that is not sent counts as empty, and several lines as one with commas.
pub const SIGNED_HEADERS: [&str; 5] =
    ["Authorization", "X-Workspace-ID", "X-Cache-Generation", "X-Reader-Generation", "X-Cache-Bypass"];
/// How old a request may be, in milliseconds, clocks that differ included.
pub const MAX_AGE_MS: u64 = 50_000;
/// How far ahead of ours the sender's clock may be, in milliseconds. With [`MAX_AGE_MS`] that is a minute.
pub const MAX_LEAD_MS: u64 = 10_000;
/// What every signed text begins with, so that no signature of ours means anything elsewhere.
const CONTEXT: &str = "boardcache request v1";

/// A request as its receiver will see it, without its body.
pub struct RequestHead<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Finds the value of a header of [`SIGNED_HEADERS`].
    pub header: &'a dyn Fn(&'static str) -> Option<String>,
}

/// A request whose signature is good, as far as its head goes.
#[derive(Debug)]
pub struct SignedRequest {
    body_digest: [u8; 32],
}

impl SignedRequest {
    /// The proof that a service with an internal key sent this body. `None` when the body is another.
    #[must_use]
    pub fn with_body(&self, body: &[u8]) -> Option<InternalProof> {
        (self.body_digest == digest(body)).then(InternalProof::new)
    }
}

impl InternalKeys {
    /// The value of `X-Internal-Signature` for a request that is sent at `now_ms`.
    #[must_use]
    pub fn sign(&self, head: &RequestHead<'_>, body: &[u8], now_ms: u64) -> String {
        let body = URL_SAFE_NO_PAD.encode(digest(body));
        let mac = mac(self.signer(), head, now_ms, &body).finalize().into_bytes();
        let mac = URL_SAFE_NO_PAD.encode(mac);
        format!("v1;t={now_ms};b={body};s={mac}")
    }

    /// Judges the signature of a request that came at `now_ms`, in time that depends on lengths alone. `None` when it is not of
    /// one of the keys, or is too old, or of the future.
    #[must_use]
    pub fn check_signature(
        &self,
        head: &RequestHead<'_>,
        signature: &str,
        now_ms: u64,
    ) -> Option<SignedRequest> {
        let mut parts = signature.split(';');
        if parts.next() != Some("v1") {
            return None;
        }
        let mut part = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix('=');
        let (sent_at, body, offered) = (part("t")?, part("b")?, part("s")?);
        if parts.next().is_some() {
            return None;
        }
        let sent_at_ms: u64 = sent_at.parse().ok()?;
        if now_ms.saturating_sub(sent_at_ms) > MAX_AGE_MS || sent_at_ms.saturating_sub(now_ms) > MAX_LEAD_MS {
            return None;
        }
        let body_digest = URL_SAFE_NO_PAD.decode(body).ok()?.try_into().ok()?;
        let offered = URL_SAFE_NO_PAD.decode(offered).ok()?;
        // Each key is tried, whatever came of the one before.
        let is_genuine = self.signers().fold(false, |any, signer| {
            mac(signer, head, sent_at_ms, body).verify_slice(&offered).is_ok() | any
        });
        is_genuine.then_some(SignedRequest { body_digest })
    }
}

/// Each part is followed by a line feed, which none of them can contain, so that no two requests sign the same text.
fn mac(mut mac: Hmac<Sha256>, head: &RequestHead<'_>, sent_at_ms: u64, body_digest: &str) -> Hmac<Sha256> {
    let mut line = |text: &[u8]| {
        mac.update(text);
        mac.update(b"\n");
    };
    line(CONTEXT.as_bytes());
    line(head.method.as_bytes());
    line(head.target.as_bytes());
    line(sent_at_ms.to_string().as_bytes());
    line(body_digest.as_bytes());
    for name in SIGNED_HEADERS {
        let value = (head.header)(name).unwrap_or_default();
        if name == "Authorization" {
            line(URL_SAFE_NO_PAD.encode(digest(value.as_bytes())).as_bytes());
        } else {
            line(value.as_bytes());
        }
    }
    mac
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_785_000_000_000;
    const BODY: &[u8] = b"{}";

    fn keys(text: &str) -> InternalKeys {
        InternalKeys::parse(text).unwrap()
    }

    fn sent(name: &'static str) -> Option<String> {
        let headers =
            [("Authorization", "Bearer abc"), ("X-Workspace-ID", "w"), ("X-Cache-Generation", "workspace=7")];
        headers.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    const HEAD: RequestHead<'_> = RequestHead { method: "POST", target: "/internal/x?y=1", header: &sent };

    #[test]
    fn a_request_is_the_services_own_for_a_minute() {
        let keys = keys("an-internal-key-for-tests");
        let signature = keys.sign(&HEAD, BODY, NOW);
        let check = |now_ms| keys.check_signature(&HEAD, &signature, now_ms);
        assert!(check(NOW).unwrap().with_body(BODY).is_some());
        assert!(check(NOW).unwrap().with_body(b"{ }").is_none());
        assert!(check(NOW + MAX_AGE_MS).is_some() && check(NOW - MAX_LEAD_MS).is_some());
        assert!(check(NOW + MAX_AGE_MS + 1).is_none(), "captured, and sent again later");
        assert!(check(NOW - MAX_LEAD_MS - 1).is_none(), "signed for later");
        const { assert!(MAX_AGE_MS + MAX_LEAD_MS <= 60_000) };
        assert!(!signature.contains("an-internal-key"));
    }

    #[test]
    fn nothing_that_the_receiver_goes_by_can_be_changed() {
        let keys = keys("an-internal-key-for-tests");
        let signature = keys.sign(&HEAD, BODY, NOW);
        let is_accepted = |head: &RequestHead<'_>| keys.check_signature(head, &signature, NOW).is_some();
        assert!(is_accepted(&HEAD));
        assert!(!is_accepted(&RequestHead { method: "GET", ..HEAD }));
        assert!(!is_accepted(&RequestHead { target: "/internal/x?y=2", ..HEAD }));
        for changed in SIGNED_HEADERS {
            let other = move |name| if name == changed { Some("other".to_owned()) } else { sent(name) };
            assert!(!is_accepted(&RequestHead { header: &other, ..HEAD }), "{changed}");
            let without = move |name| if name == changed { None } else { sent(name) };
            let was_sent = sent(changed).is_some();
            assert_eq!(is_accepted(&RequestHead { header: &without, ..HEAD }), !was_sent, "{changed}");
        }
        // What stands in one header cannot be moved into another.
        let moved = |name| match name {
            "X-Workspace-ID" => sent("X-Cache-Generation"),
            "X-Cache-Generation" => sent("X-Workspace-ID"),
            _ => sent(name),
        };
        assert!(!is_accepted(&RequestHead { header: &moved, ..HEAD }));
        let later = signature.replace(&NOW.to_string(), &(NOW + 1).to_string());
        assert!(keys.check_signature(&HEAD, &later, NOW).is_none());
    }

    #[test]
    fn either_key_may_have_signed_during_a_rotation_and_no_other() {
        let (old, new) = ("old-key-0123456789", "new-key-0123456789");
        let both = keys(&format!("{new},{old}"));
        for sender in [keys(old), keys(new), both.clone()] {
            assert!(both.check_signature(&HEAD, &sender.sign(&HEAD, BODY, NOW), NOW).is_some());
        }
        let signature = both.sign(&HEAD, BODY, NOW);
        assert!(keys(new).check_signature(&HEAD, &signature, NOW).is_some(), "the first one signs");
        assert!(keys(old).check_signature(&HEAD, &signature, NOW).is_none());
    }

    #[test]
    fn what_is_no_signature_is_none() {
        let keys = keys("an-internal-key-for-tests");
        let good = keys.sign(&HEAD, BODY, NOW);
        for cut in 0..good.len() {
            assert!(keys.check_signature(&HEAD, &good[..cut], NOW).is_none(), "cut at {cut}");
        }
        for text in ["an-internal-key-for-tests", "v2;t=1;b=;s=", "v1;t=-1;b=;s=", &format!("{good};x=1")] {
            assert!(keys.check_signature(&HEAD, text, NOW).is_none(), "{text}");
        }
    }
}
