//! Cache poisoning: an attacker fills a page with an input that is in no key, a victim reads the page without it, and must get what it would have got
//! anyway. The attacker is a member of the same workspace (whose rows are the same) or of the other one.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::case::{Case, Expect, Tier};
use crate::leak::{Detector, Sees};
use crate::target::{Party, SIDES, Target, VARIED, list};
use crate::wire::{Answer, Raw};

/// A word that is nowhere but in what an attacker sends.
const MARK: &str = "zzpoisonzz";

/// One input that is in no key.
#[derive(Debug, Clone)]
enum Input {
    Header(&'static str, String),
    /// Added to the query as it is.
    Query(String),
    Method(&'static str),
}

fn inputs() -> Vec<Input> {
    let header = |name, value: &str| Input::Header(name, value.replace("MARK", MARK));
    let mut inputs = vec![
        header("X-Forwarded-Host", "MARK.test"),
        header("X-Forwarded-Proto", "MARK"),
        header("X-Forwarded-Scheme", "http"),
        header("X-Forwarded-For", "127.0.0.1, MARK"),
        header("X-Forwarded-Port", "1"),
        header("X-Forwarded-Prefix", "/MARK"),
        header("X-Forwarded-Server", "MARK.test"),
        header("Forwarded", "host=MARK.test;proto=http"),
        header("X-Host", "MARK.test"),
        header("X-Original-Host", "MARK.test"),
        header("X-Original-URL", "/api/boards/MARK/contacts"),
        header("X-Rewrite-URL", "/api/boards/MARK/contacts"),
        header("X-HTTP-Method-Override", "POST"),
        header("X-HTTP-Method", "DELETE"),
        header("X-Method-Override", "HEAD"),
        header("Accept", "text/html"),
        header("Accept", "application/vnd.pgrst.object+json"),
        header("Accept", "application/vnd.boardcache.entry"),
        header("Accept-Encoding", "MARK, gzip;q=0, *;q=0"),
        header("Accept-Language", "MARK"),
        header("Accept-Charset", "utf-16"),
        header("Accept-Profile", "MARK"),
        header("Content-Type", "text/MARK"),
        header("Content-Profile", "MARK"),
        header("Prefer", "count=none, return=minimal"),
        header("Range", "bytes=0-1"),
        header("Range", "0-0"),
        header("Range-Unit", "items"),
        header("If-Range", "\"MARK\""),
        header("If-Match", "\"MARK\""),
        header("If-None-Match", "\"MARK\""),
        header("If-None-Match", "*"),
        header("If-Modified-Since", "Sat, 01 Jan 2050 00:00:00 GMT"),
        header("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
        header("Cache-Control", "no-cache"),
        header("Cache-Control", "no-store"),
        header("Cache-Control", "only-if-cached, max-stale=9999999"),
        header("Pragma", "no-cache"),
        header("Origin", "https://MARK.test"),
        header("Origin", "https://app.example.com"),
        header("Origin", "null"),
        header("Referer", "https://MARK.test/"),
        header("User-Agent", "MARK"),
        header("Cookie", "session=MARK"),
        header("Via", "1.1 MARK"),
        header("Max-Forwards", "0"),
        header("Expect", "MARK"),
        header("TE", "trailers, MARK"),
        header("Trailer", "X-MARK"),
        header("Warning", "199 MARK"),
        header("X-Request-ID", "MARK"),
        header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        header("tracestate", "MARK=1"),
        header("CF-Ray", "MARK"),
        header("CF-Connecting-IP", "MARK"),
        header("CF-IPCountry", "MARK"),
        header("CF-Worker", "MARK.test"),
        header("CDN-Loop", "MARK"),
        header("X-Real-IP", "MARK"),
        header("X-Cache-Generation", "1"),
        header("X-Cache-Generation", "board:MARK=1"),
        header("X-Reader-Generation", "workspace=1"),
        header("X-Cache-Source", "MARK"),
        header("X-Cache-Status", "MARK"),
        header("Cache-Status", "MARK; hit"),
        header("X-Internal-Auth", "MARK"),
        header("ETag", "\"MARK\""),
        header("Vary", "MARK"),
        header("Authorization-Override", "MARK"),
        header("apikey", "MARK"),
        header("Role", "MARK"),
    ];
    inputs.extend(
        [
            "utm_source=MARK",
            "_=MARK",
            "callback=MARK",
            "jsonp=MARK",
            "cb=MARK",
            "_method=POST",
            "format=MARK",
            "select=MARK",
            "or=(id.eq.MARK)",
            "limit=1",
            "offset=5",
            "order=MARK",
            "workspace_id=MARK",
            "board_id=MARK",
            "Page=7",
            "PAGE=7",
            "page[]=7",
            "page%20=7",
            "sort=MARK",
            "filter[]=open",
            "lang=MARK",
            "__proto__[page]=7",
            "%70age%00=7",
            "search%00=MARK",
            "user_id=MARK",
            "useCache=false",
            "fields=MARK",
            "&&&",
            "=MARK",
            "MARK",
            "%ff=%ff",
            ";page=7",
        ]
        .map(|query| Input::Query(query.replace("MARK", MARK))),
    );
    inputs.extend(["HEAD", "OPTIONS", "POST", "DELETE"].map(Input::Method));
    inputs
}

fn poisoned(target: &Target<'_>, attacker: Party, path: &str, input: &Input) -> Raw {
    match input {
        Input::Header(name, value) => target.as_member(attacker, path).with(name, value),
        Input::Query(query) => target.as_member(attacker, &format!("{path}&{query}")),
        Input::Method(method) => {
            let clean = target.as_member(attacker, path);
            Raw { line: format!("{method} {path} HTTP/1.1").into_bytes(), ..clean }
        }
    }
}

/// An attack and what the victim reads after it.
pub struct Attack {
    /// For people.
    pub name: String,
    /// Whom it is tried on.
    pub tier: Tier,
    input: Input,
    attacker: Party,
    victim: Party,
    /// The victim's page: no other attack has it.
    page: u64,
    per_page: u64,
}

/// Every input at both tiers, from a colleague and from a stranger, each on a page of its own.
pub fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for tier in Tier::ALL {
        let mut number = 0_u64;
        for input in inputs() {
            for (stranger, victim) in SIDES {
                if victim != VARIED {
                    continue;
                }
                for attacker in [victim, stranger] {
                    // 4 to 43 to a page, and 12 pages of each: always within the first contacts, and no two alike.
                    let (per_page, page) = (4 + number % 40, 1 + number / 40);
                    number += 1;
                    let name = format!("{input:?} of {} on {per_page} a page, page {page}", attacker.user);
                    attacks.push(Attack {
                        name,
                        tier,
                        input: input.clone(),
                        attacker,
                        victim,
                        page,
                        per_page,
                    });
                }
            }
        }
    }
    attacks
}

/// What the victims' pages hold: the ids of the first contacts of the board, newest first, read before any attack.
pub struct Clean(BTreeMap<&'static str, Vec<String>>);

impl Clean {
    /// Reads them.
    pub async fn read(target: &Target<'_>, contacts: u64) -> Result<Self> {
        let mut ids = Vec::new();
        for page in 1..=contacts.div_ceil(100) {
            let path = format!("{}?per_page=100&page={page}", list(VARIED));
            let reply = target.as_member(VARIED, &path).send(target.host(Tier::Origin)).await?;
            let answer = reply.first().context("an answer")?;
            ensure!(answer.status == 200, "{}", answer.status);
            ids.extend(listed(&answer));
        }
        Ok(Self(BTreeMap::from([(VARIED.workspace, ids)])))
    }
}

fn listed(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let contacts = json.pointer("/data/contacts").and_then(Value::as_array).cloned().unwrap_or_default();
    contacts.iter().filter_map(|contact| contact["id"].as_str().map(ToOwned::to_owned)).collect()
}

impl Attack {
    /// How many contacts of the board the attacks reach.
    pub fn reach(&self) -> u64 {
        self.page * self.per_page
    }

    /// The attacker's request, as a case of its own.
    pub fn case(&self, target: &Target<'_>) -> Case {
        let path = self.path();
        Case {
            name: format!("poison: {}", self.name),
            tier: self.tier,
            request: poisoned(target, self.attacker, &path, &self.input),
            sees: Sees::Only(self.attacker.workspace),
            expect: Expect::Anything,
        }
    }

    fn path(&self) -> String {
        format!("{}?page={}&per_page={}", list(self.victim), self.page, self.per_page)
    }

    /// The victim's clean read: what is wrong with it.
    pub async fn aftermath(
        &self,
        target: &Target<'_>,
        clean: &Clean,
        detector: &Detector,
    ) -> Result<Vec<String>> {
        let request = target.as_member(self.victim, &self.path());
        let reply = request.send(target.host(self.tier)).await?;
        let mut wrong = Vec::new();
        if let Some(row) = detector.foreign(&reply.bytes, Sees::Only(self.victim.workspace)) {
            wrong.push(format!("the victim sees {row}"));
        }
        if String::from_utf8_lossy(&reply.bytes).contains(MARK) {
            wrong.push("the victim's answer has the attacker's word".to_owned());
        }
        let Some(answer) = reply.first().filter(|answer| answer.status == 200) else {
            wrong.push(format!("the victim is refused: {:?}", reply.statuses()));
            return Ok(wrong);
        };
        let expected: Vec<&String> = clean.0[self.victim.workspace]
            .iter()
            .skip(((self.page - 1) * self.per_page) as usize)
            .take(self.per_page as usize)
            .collect();
        let ids = listed(&answer);
        if ids.iter().collect::<Vec<_>>() != expected {
            wrong.push(format!(
                "the victim gets {} contacts that are not the page's {}",
                ids.len(),
                expected.len()
            ));
        }
        let pagination = answer.json()["data"]["pagination"].clone();
        let said =
            (pagination["page"].as_u64(), pagination["per_page"].as_u64(), pagination["total"].as_u64());
        if said != (Some(self.page), Some(self.per_page), Some(demo_data::VARIED_BOARD_CONTACTS)) {
            wrong.push(format!("the victim is told {said:?}"));
        }
        Ok(wrong)
    }
}
