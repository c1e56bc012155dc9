//! Sends the cases, several at a time, and adds up what came of them.

use anyhow::{Context as _, Result};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::case::{Case, Verdict};
use crate::leak::Detector;
use crate::poisoning::{self, Clean};
use crate::target::Target;

/// How many requests are under way at once.
const AT_ONCE: usize = 8;
/// How many of the findings are shown.
const SHOWN: usize = 25;

/// What came of many cases.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many there were.
    pub cases: usize,
    /// How many were answered 200.
    pub answered: usize,
    /// Rows that somebody saw who may not.
    pub leaks: Vec<String>,
    /// Answers that say that the server failed.
    pub failures: Vec<String>,
    /// Anything else that must not be.
    pub wrong: Vec<String>,
}

impl Outcome {
    fn note(&mut self, case: &Case, verdict: Verdict) {
        let named = |what: &str| format!("{:?}, {}: {what}", case.tier, case.name);
        self.cases += 1;
        self.answered += usize::from(verdict.is_answered);
        self.leaks.extend(verdict.leak.map(|row| named(&row)));
        if verdict.is_5xx {
            self.failures.push(named("5xx"));
        }
        self.wrong.extend(verdict.wrong.iter().map(|what| named(what)));
    }

    /// Adds another's.
    pub fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.answered += other.answered;
        self.leaks.extend(other.leaks);
        self.failures.extend(other.failures);
        self.wrong.extend(other.wrong);
    }

    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.leaks.is_empty() && self.failures.is_empty() && self.wrong.is_empty()
    }

    /// In one line.
    pub fn line(&self) -> String {
        let Self { cases, answered, leaks, failures, wrong } = self;
        let (leaks, failures, wrong) = (leaks.len(), failures.len(), wrong.len());
        format!("{cases} cases, {answered} answered, {leaks} leaks, {failures} 5xx, {wrong} otherwise wrong")
    }

    /// What was found, or the beginning of it.
    pub fn report(&self) -> String {
        let shown = |name: &str, found: &[String]| {
            let lines: Vec<&str> = found.iter().take(SHOWN).map(String::as_str).collect();
            if lines.is_empty() { String::new() } else { format!("{name}:\n{}\n", lines.join("\n")) }
        };
        [shown("leaks", &self.leaks), shown("5xx", &self.failures), shown("wrong", &self.wrong)].concat()
    }
}

/// Sends every case.
pub async fn attack(target: &Target<'_>, detector: &Detector, cases: &[Case]) -> Result<Outcome> {
    let replies = stream::iter(cases).map(|case| async move {
        let reply = case.request.send(target.host(case.tier)).await.with_context(|| case.name.clone())?;
        anyhow::Ok((case, case.judge(&reply, detector)))
    });
    let verdicts: Vec<(&Case, Verdict)> = replies.buffered(AT_ONCE).try_collect().await?;
    let mut outcome = Outcome::default();
    for (case, verdict) in verdicts {
        outcome.note(case, verdict);
    }
    Ok(outcome)
}

/// Sends every poisoned request and, after each, its victim's.
pub async fn poison(target: &Target<'_>, detector: &Detector) -> Result<Outcome> {
    let attacks = poisoning::attacks();
    let reach = attacks.iter().map(poisoning::Attack::reach).max().unwrap_or_default();
    let clean = &Clean::read(target, reach).await?;
    let exchanges = stream::iter(&attacks).map(|attack| async move {
        let case = attack.case(target);
        let reply = case.request.send(target.host(case.tier)).await?;
        let mut verdict = case.judge(&reply, detector);
        verdict.wrong.extend(attack.aftermath(target, clean, detector).await?);
        anyhow::Ok((case, verdict))
    });
    let verdicts: Vec<(Case, Verdict)> = exchanges.buffered(AT_ONCE).try_collect().await?;
    let mut outcome = Outcome::default();
    for (case, verdict) in verdicts {
        outcome.note(&case, verdict);
    }
    Ok(outcome)
}
