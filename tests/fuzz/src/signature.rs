//! Values of `X-Internal-Signature`, by which the tiers know each other.

use identity::{InternalKeys, RequestHead};

const KEY: &str = "an-internal-key-for-fuzzing";
const NOW_MS: u64 = 1_795_000_000_000;
const BODY: &[u8] = br#"{"boardId":"board_123","action":"contact_moved"}"#;

pub const WORDS: &[&str] = &[
    "v1",
    "v2",
    ";",
    "t=",
    "b=",
    "s=",
    "=",
    "1795000000000",
    "1794999940000",
    "-",
    "+",
    "A",
    "AAAA",
    " ",
    "\u{0}",
];

fn header(name: &'static str) -> Option<String> {
    (name == "X-Workspace-ID").then(|| "15213".to_owned())
}

fn head() -> RequestHead<'static> {
    RequestHead { method: "POST", target: "/internal/invalidate", header: &header }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let sign = |body: &[u8], now_ms| {
        InternalKeys::parse(KEY).map(|keys| keys.sign(&head(), body, now_ms)).unwrap_or_default()
    };
    [sign(BODY, NOW_MS), sign(BODY, NOW_MS - 120_000), sign(b"", NOW_MS), "v1;t=0;b=;s=".to_owned()]
        .map(String::into_bytes)
        .to_vec()
}

pub fn run(bytes: &[u8]) {
    let (Ok(text), Ok(keys)) = (std::str::from_utf8(bytes), InternalKeys::parse(KEY)) else { return };
    let Some(signed) = keys.check_signature(&head(), text, NOW_MS) else { return };
    // Of the seeds only two are in time, and nobody makes a third: what is accepted is of one of their bodies, and of no other.
    let bodies = [BODY, b"", b"{}"].map(|body| signed.with_body(body).is_some());
    assert!(matches!(bodies, [true, false, false] | [false, true, false]), "{bodies:?}");
}
