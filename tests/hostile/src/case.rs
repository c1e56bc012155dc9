//! One hostile request: what is sent, what its sender may see, and what is held against the answer.

use dto::answers::{CONTENT_SECURITY_POLICY, SAFETY, STRICT_POLICY};

use crate::leak::{Detector, Sees};
use crate::wire::{Answer, Raw, Reply};

/// Which tier is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// The Worker.
    Edge,
    /// The origin, by somebody who has found a way around the edge.
    Origin,
}

impl Tier {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Edge, Self::Origin];
}

/// How a request may be answered, beside what holds for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// With a 4xx, or by closing the connection.
    Refusal,
    /// With a 200: it is right, and shows that the others are refused for what is wrong with them.
    Success,
    /// In any way.
    Anything,
    /// By workerd, in whatever way, before our code is reached: Cloudflare's own front lets no such request through to it.
    Runtimes,
}

/// A hostile request.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is tried, for people.
    pub name: String,
    /// Whom it is tried on.
    pub tier: Tier,
    /// What is sent.
    pub request: Raw,
    /// What its sender may see.
    pub sees: Sees,
    /// How it may be answered.
    pub expect: Expect,
}

/// What came of a case.
#[derive(Debug, Default)]
pub struct Verdict {
    /// A row that the sender may not see.
    pub leak: Option<String>,
    /// The server failed.
    pub is_5xx: bool,
    /// Anything else that must not be.
    pub wrong: Vec<String>,
    /// Whether it was answered 200.
    pub is_answered: bool,
}

impl Case {
    /// Judges the reply.
    pub fn judge(&self, reply: &Reply, detector: &Detector) -> Verdict {
        let mut verdict = Verdict { leak: detector.foreign(&reply.bytes, self.sees), ..Verdict::default() };
        let mut statuses = reply.statuses();
        // "Go on" is no answer yet.
        statuses.retain(|status| *status >= 200);
        verdict.is_5xx = statuses.iter().any(|status| *status >= 500) && self.expect != Expect::Runtimes;
        if !reply.is_in_time {
            verdict.wrong.push("no end in time".to_owned());
        }
        let answer = reply.first();
        verdict.is_answered = answer.as_ref().is_some_and(|answer| answer.status == 200);
        let is_as_expected = match self.expect {
            Expect::Refusal => statuses.iter().all(|status| (400..500).contains(status)),
            Expect::Success => verdict.is_answered,
            Expect::Anything | Expect::Runtimes => true,
        };
        if !is_as_expected {
            let text = answer.as_ref().map(Answer::payload).unwrap_or_default();
            let text: String = String::from_utf8_lossy(&text).chars().take(200).collect();
            verdict.wrong.push(format!("{:?} was expected, {statuses:?} came: {text}", self.expect));
        }
        if let Some(answer) = &answer {
            verdict.wrong.extend(unsafe_to_keep(answer));
        }
        verdict
    }
}

/// What is wrong with an answer of ours as one that browsers and caches on the way get to see. What the HTTP servers themselves say of bytes that are
/// no request is not ours, and has no body of ours.
fn unsafe_to_keep(answer: &Answer) -> Vec<String> {
    let payload = answer.payload();
    let is_ours = payload.starts_with(br#"{"success":"#);
    let control = answer.header("cache-control");
    let mut wrong = Vec::new();
    let may_be_kept = if answer.status == 200 { ["private, no-cache", "no-store"] } else { ["no-store"; 2] };
    if is_ours && !may_be_kept.contains(&control) {
        wrong.push(format!("{} with Cache-Control: {control:?}", answer.status));
    }
    let safety = SAFETY.into_iter().chain([(CONTENT_SECURITY_POLICY, STRICT_POLICY)]);
    for (name, value) in safety.filter(|_| is_ours) {
        if answer.header(&name.to_ascii_lowercase()) != value.to_ascii_lowercase() {
            wrong.push(format!("{} without {name}", answer.status));
        }
    }
    if !is_ours && (payload.len() > 4096 || control.contains("public")) {
        wrong.push(format!("{} of {} bytes that are not ours", answer.status, payload.len()));
    }
    wrong
}
