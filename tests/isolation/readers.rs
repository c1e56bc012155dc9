//! Readers: a user, a workspace and a board at random, whether they fit together or not.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use end_to_end::Answer;

use crate::tally::Tally;
use crate::users::{USERS, WORKSPACES};
use crate::{BOUND, Random, Run};

/// Few enough that caches have something to answer.
const QUERIES: [&str; 5] = [
    "per_page=20",
    "per_page=20&page=2",
    "filter=open&per_page=5",
    "sort_by=name&per_page=10",
    "filter=assigned_to_me",
];

pub async fn read_on(run: Arc<Run>, seed: u64) -> Result<()> {
    let mut random = Random(seed);
    while Instant::now() < run.ends_at {
        let (user, place) = (random.below(USERS), random.below(2));
        // One in ten asks for a board of the other workspace.
        let of = if random.below(10) == 0 { 1 - place } else { place };
        let boards = WORKSPACES[of].1;
        let question = Question {
            user,
            place,
            board: boards[random.below(boards.len())],
            is_foreign: of != place,
            query: QUERIES[random.below(QUERIES.len())],
        };
        let origin = (random.below(4) == 0).then(|| random.below(run.world.origins.len()));
        ask(&run, &question, origin).await?;
    }
    Ok(())
}

struct Question {
    user: usize,
    place: usize,
    board: &'static str,
    is_foreign: bool,
    query: &'static str,
}

async fn ask(run: &Run, question: &Question, origin: Option<usize>) -> Result<()> {
    let Question { user, place, board, is_foreign, query } = *question;
    let (workspace, tally) = (WORKSPACES[place].0, &run.tally);
    let base = match origin {
        Some(origin) => run.world.origins[origin].url(),
        None => run.world.edge.url(),
    };
    Tally::add(if origin.is_some() { &tally.origin_reads } else { &tally.edge_reads }, 1);
    let before = run.memberships.get(user, place);
    let began = Instant::now();
    let request = run
        .world
        .http
        .get(format!("{base}/api/boards/{board}/contacts?{query}"))
        .bearer_auth(run.users.token(user))
        .header("X-Workspace-ID", workspace);
    let answer = Answer::read(request.send().await?).await?;
    // Nobody can say of a membership that changed meanwhile.
    let settled = before.since.filter(|_| run.memberships.get(user, place) == before);
    let age = settled.map(|since| began.saturating_duration_since(since));
    match answer.status {
        200 => {
            Tally::add(&tally.pages, 1);
            let contacts = answer.contacts()?;
            let foreign = contacts.iter().filter(|contact| contact["workspace_id"] != workspace).count();
            Tally::add(&tally.rows, contacts.len());
            Tally::add(&tally.foreign_rows, foreign);
            if matches!(answer.cache().0, "HIT" | "STALE") {
                Tally::add(&tally.cached, 1);
            }
            if is_foreign || contacts.iter().any(|contact| contact["board_id"] != board) {
                Tally::add(&tally.odd, 1);
                println!("{workspace}/{board}: answered {}", answer.text);
            }
            if let (Some(age), false) = (age, before.is_member) {
                tally.seen_after(age);
                if age > BOUND {
                    Tally::add(&tally.leaks, 1);
                    println!("user {user} sees {workspace} {age:?} after the removal, at {base}");
                }
            }
        }
        403 => {
            Tally::add(&tally.refused, 1);
            if let (Some(age), true) = (age, before.is_member) {
                tally.refused_after(age);
                if age > BOUND {
                    Tally::add(&tally.lockouts, 1);
                    println!("user {user} is refused {workspace} {age:?} after the admission, at {base}");
                }
            }
        }
        404 if is_foreign => Tally::add(&tally.not_found, 1),
        // The database's own rules are ahead of what is remembered of a membership, by the bound at most.
        404 if age.is_none_or(|age| age <= BOUND) => {}
        status => {
            Tally::add(&tally.odd, 1);
            println!("{workspace}/{board} for user {user} at {base}: {status} {}", answer.text);
        }
    }
    Ok(())
}
