//! The steps of a hit, each by itself, on what a real request brings: a token, a query, a page of fifty contacts.
//!
//! Two things measure them: criterion in time (`cargo bench -p hot-path`), for whoever makes a step faster; and a test in instructions
//! (`tests/instructions.rs`), so that a step that has become dearer is seen where it happened.

mod whole_hit;

use std::hint::black_box;

use anyhow::{Context as _, Result};
use cache_key::{ListParams, ListQuery};
use coherence::{
    Encoding, EntryHeader, Floor, Generation, KeyDigest, Lifetime, Stamp, Tag, View, decode, encode, judge,
};
use dto::cache_status::{CacheStatus, Source};
use dto::page::{CacheInfo, render};
use identity::{InternalKeys, TokenVerifier, VerifiedWorkspace};
use ids::{BoardId, WorkspaceId};
use serde_json::json;
use stack::tokens;

use crate::whole_hit::WholeHit;

const NOW_MS: u64 = 1_785_000_000_000;
/// After every run of this.
const FAR_FUTURE_SECS: u64 = 4_102_444_800;
const SECRET: &str = "a secret of thirty-two bytes or more";

/// A step, ready to be taken again and again.
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// Takes it once.
    pub take: Box<dyn FnMut()>,
}

/// Every step. Only what comes with a request is inside of them; what is there before it is made here.
pub fn steps() -> Result<Vec<Step>> {
    let verifier = TokenVerifier::hs256(SECRET).context("the secret is too short")?;
    // The real time: the origin goes by the clock.
    let bearer = format!("Bearer {}", token(FAR_FUTURE_SECS)?);
    // Made when it is first taken: starting an origin does a little more or less each time, which would be seen in the other steps.
    let mut whole_hit = None;
    let token = token(NOW_MS / 1000 + 3600)?;
    verifier.verify(&token, NOW_MS / 1000).context("the token is not accepted")?;
    let workspace = workspace()?;
    let board = BoardId::parse("board_123").context("a board")?;
    let query = "page=3&per_page=50&filter=open&sort_by=last_activity_at&sort_order=desc";

    let header = header(&board);
    let body = page_of_fifty();
    let encoded = encode(&header, &body)?;
    let view = View::from(&header.stamp);
    let token_of_stamp = header.stamp.to_token();
    let floor = Floor::parse(&token_of_stamp, NOW_MS).context("a floor")?;

    let (body_to_encode, header_to_encode) = (body.clone(), header.clone());
    Ok(vec![
        step("answer a hit", move || {
            let prepare = || WholeHit::prepare(SECRET, bearer.clone(), contacts_of_fifty().into());
            black_box(whole_hit.get_or_insert_with(prepare).as_ref().map(WholeHit::answer).is_ok());
        }),
        step("verify a token", move || drop(black_box(verifier.verify(black_box(&token), NOW_MS / 1000)))),
        step("read a query and build its key", move || {
            if let Ok(params) = ListParams::parse(black_box(query))
                && let Ok(query) = ListQuery::new(&workspace, board.clone(), params)
            {
                black_box(query.key());
            }
        }),
        step("encode an entry", move || {
            drop(black_box(encode(&header_to_encode, black_box(&body_to_encode))));
        }),
        step("decode an entry", move || drop(black_box(decode(black_box(&encoded))))),
        step("judge an entry", move || {
            let stored_at_ms = header.stored_at_ms;
            black_box(judge(black_box(&header.stamp), stored_at_ms, &header.lifetime, &view, &floor, NOW_MS));
        }),
        step("render a page", move || {
            let info = CacheInfo {
                status: CacheStatus::Hit,
                source: Source::OriginMemory,
                ttl_secs: 180,
                edge_location: None,
                response_time_ms: 0,
                age_secs: 12,
                generation: &token_of_stamp,
            };
            black_box(render(black_box(&body), &info));
        }),
    ])
}

fn step(name: &'static str, take: impl FnMut() + 'static) -> Step {
    Step { name, take: Box::new(take) }
}

/// As long as Supabase's are, and always the same.
fn token(expires_at_secs: u64) -> Result<String> {
    let claims = json!({
        "sub": "user_member_15213", "aud": "authenticated", "role": "authenticated",
        "iat": 1_700_000_000, "exp": expires_at_secs,
        "iss": "https://project.supabase.co/auth/v1", "email": "member@example.com",
        "session_id": "0b9d9e7c-1111-4222-8333-444455556666",
    });
    tokens::sign(&json!({"alg": "HS256", "typ": "JWT"}), &claims, SECRET)
}

fn workspace() -> Result<VerifiedWorkspace> {
    let key = "an-internal-key-for-measurements";
    let keys = InternalKeys::parse(key)?;
    let proof = keys.check(key).context("the key is its own")?;
    Ok(VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("15213").context("a workspace")?))
}

fn header(board: &BoardId) -> EntryHeader {
    let generation = Generation::new(NOW_MS - 60_000);
    EntryHeader {
        key_digest: KeyDigest([7; 16]),
        etag: [8; 16],
        incarnation: Some([9; 20]),
        stored_at_ms: NOW_MS - 12_000,
        lifetime: Lifetime::jittered(180, 1),
        stamp: Stamp::new(vec![(Tag::Workspace, generation), (Tag::Board(board.clone()), generation)]),
        read_set: None,
        encoding: Encoding::Identity,
    }
}

/// Some 20 KB, as a page has.
fn page_of_fifty() -> Vec<u8> {
    format!(r#""contacts":{},"pagination":{{"page":3}}"#, contacts_of_fifty()).into_bytes()
}

fn contacts_of_fifty() -> String {
    let contact = r#"{"id":"contact_15213_000001","name":"Jordan Example","email":"jordan@example.com","phone":"+15550000001","status":"open","board_column_id":"col_15213_1","workspace_id":"15213","board_id":"board_123","priority":"medium","assigned_to":null,"needs_response":false,"follow_up_at":null,"is_favorite":false,"is_archived":false,"sentiment":null,"lifecycle_stage":"lead"}"#;
    format!("[{}]", [contact; 50].join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_can_be_taken_and_has_a_name_of_its_own() {
        let mut steps = steps().unwrap();
        let names: std::collections::BTreeSet<_> = steps.iter().map(|step| step.name).collect();
        assert_eq!(names.len(), steps.len());
        for step in &mut steps {
            (step.take)();
        }
    }
}
