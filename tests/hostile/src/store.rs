//! A store that mixes things up: entries of one workspace in the other's places in Redis, and bytes that are no entry. The seal makes each of them a
//! miss.

use anyhow::{Context as _, Result, ensure};
use redis::AsyncCommands as _;

use crate::case::{Case, Expect, Tier};
use crate::leak::Sees;
use crate::target::{Party, SIDES, Target, list};

/// How many pages of each side. Each is of a length of its own, and read by nobody else.
const PAGES: u32 = 8;

/// What lies in a place that is not its own.
#[derive(Debug, Clone, Copy)]
enum Filling {
    /// The other workspace's entry as it is.
    Swapped,
    /// The same, cut.
    Cut,
    /// The same with its body alone.
    NoHead,
}

fn key(party: Party, per_page: u32) -> String {
    format!("contacts:{{{}}}:{}:f=all:s=created_at.desc:p=1:n={per_page}", party.workspace, party.board)
}

/// Puts the victim's pages into the attacker's places in Redis, and has the attacker read there.
pub async fn cases(target: &Target<'_>, redis_url: &str) -> Result<Vec<Case>> {
    let mut redis = redis::Client::open(redis_url)?.get_multiplexed_async_connection().await?;
    let mut cases = Vec::new();
    for (first, (attacker, victim)) in [61, 71].into_iter().zip(SIDES) {
        for index in 0..PAGES {
            let per_page = first + index;
            // The attacker's generations first: what the victim's page is stamped with is not behind them then.
            let own = target.as_member(attacker, &format!("{}?per_page={}", list(attacker), per_page + 20));
            own.send(target.host(Tier::Origin)).await?;
            let path = format!("{}?per_page={per_page}", list(victim));
            let read = target.as_member(victim, &path).send(target.host(Tier::Origin)).await?;
            ensure!(read.first().is_some_and(|answer| answer.status == 200), "{path}");
            let entry = stored(&mut redis, &key(victim, per_page)).await?;
            let filling =
                [Filling::Swapped, Filling::Swapped, Filling::Cut, Filling::NoHead][index as usize % 4];
            let bytes = match filling {
                Filling::Swapped => entry,
                Filling::Cut => entry[..entry.len() / 2].to_vec(),
                Filling::NoHead => entry[entry.len() / 2..].to_vec(),
            };
            // A length that was never asked of the attacker's own board.
            let (place, asked) = (key(attacker, per_page), format!("{}?per_page={per_page}", list(attacker)));
            let _: () = redis.set_ex(&place, bytes, 180).await?;
            for tier in [Tier::Origin, Tier::Edge] {
                cases.push(Case {
                    name: format!("store: {filling:?} under {place}"),
                    tier,
                    request: target.as_member(attacker, &asked),
                    sees: Sees::Only(attacker.workspace),
                    expect: Expect::Success,
                });
            }
        }
    }
    Ok(cases)
}

/// An entry, once it is there: it is stored after the answer.
async fn stored(redis: &mut redis::aio::MultiplexedConnection, key: &str) -> Result<Vec<u8>> {
    for _ in 0..100 {
        if let Some(entry) = redis.get::<_, Option<Vec<u8>>>(key).await? {
            return Ok(entry);
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    None.with_context(|| format!("{key} is not stored"))
}
