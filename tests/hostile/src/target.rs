//! What is attacked, and who attacks whom.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result};
use demo_data::{BIG_BOARD_ID, BIG_WORKSPACE_ID, BUSY_CONTACT_ID, VARIED_BOARD_IDS, VARIED_WORKSPACE_ID};
use end_to_end::World;

use crate::case::Tier;
use crate::wire::Raw;

/// A workspace with somebody in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party {
    /// The workspace.
    pub workspace: &'static str,
    /// A board of it.
    pub board: &'static str,
    /// A contact of it.
    pub contact: &'static str,
    /// A member of it.
    pub user: &'static str,
    /// An admin of it.
    pub admin: &'static str,
}

/// The big workspace.
pub const BIG: Party = Party {
    workspace: BIG_WORKSPACE_ID,
    board: BIG_BOARD_ID,
    contact: "contact_15213_000001",
    user: "user_member_15213",
    admin: "user_admin_15213",
};
/// The varied one.
pub const VARIED: Party = Party {
    workspace: VARIED_WORKSPACE_ID,
    board: VARIED_BOARD_IDS[0],
    contact: BUSY_CONTACT_ID,
    user: "user_member_20771",
    admin: "user_admin_20771",
};

/// Attacker and victim, in both directions.
pub const SIDES: [(Party, Party); 2] = [(BIG, VARIED), (VARIED, BIG)];

/// What is attacked.
pub struct Target<'a> {
    /// The chain.
    pub world: &'a World,
    hosts: BTreeMap<&'static str, String>,
    tokens: BTreeMap<&'static str, String>,
    /// `ETag` and `X-Cache-Generation` of the first page of each workspace's board, by tier.
    pages: HashMap<(Tier, &'static str), [String; 2]>,
}

impl<'a> Target<'a> {
    /// The chain as it is.
    pub fn new(world: &'a World) -> Result<Self> {
        let tokens = demo_data::demo_users()
            .iter()
            .map(|user| Ok((user.user_id, world.token(user.user_id)?)))
            .collect::<Result<_>>()?;
        let host = |url: String| url.trim_start_matches("http://").to_owned();
        let hosts =
            BTreeMap::from([("edge", host(world.edge.url())), ("origin", host(world.origins[0].url()))]);
        Ok(Self { world, hosts, tokens, pages: HashMap::new() })
    }

    /// The same chain with another origin in front.
    #[must_use]
    pub fn with_origin(mut self, url: &str) -> Self {
        self.hosts.insert("origin", url.trim_start_matches("http://").to_owned());
        self
    }

    /// The same chain with another Worker in front.
    #[must_use]
    pub fn with_edge(mut self, url: &str) -> Self {
        self.hosts.insert("edge", url.trim_start_matches("http://").to_owned());
        self
    }

    /// The address of a tier.
    pub fn host(&self, tier: Tier) -> &str {
        match tier {
            Tier::Edge => &self.hosts["edge"],
            Tier::Origin => &self.hosts["origin"],
        }
    }

    /// The token of a demo user.
    pub fn token(&self, user: &str) -> &str {
        &self.tokens[user]
    }

    /// A request of a member, with a token and the workspace.
    pub fn as_member(&self, party: Party, target: &str) -> Raw {
        self.signed(party, target).with("X-Workspace-ID", party.workspace)
    }

    /// A request of a member that names no workspace yet.
    pub fn signed(&self, party: Party, target: &str) -> Raw {
        Raw::new("GET", target).with("Authorization", format!("Bearer {}", self.token(party.user)))
    }

    /// `ETag` and `X-Cache-Generation` of the first page of a party's board, once it was read.
    pub fn page(&self, tier: Tier, party: Party) -> Option<&[String; 2]> {
        self.pages.get(&(tier, party.workspace))
    }

    /// Has every tier fetch rows of both workspaces, so that there is something to leak.
    pub async fn warm(&mut self) -> Result<usize> {
        let mut answered = 0;
        for (party, _) in SIDES {
            for tier in Tier::ALL {
                for target in routes(party, tier) {
                    // Twice: the second is a hit.
                    for _ in 0..2 {
                        let reply = self.as_member(party, &target).send(self.host(tier)).await?;
                        let said = || String::from_utf8_lossy(&reply.bytes).into_owned();
                        let answer = reply.first().filter(|answer| answer.status == 200);
                        let answer = answer.with_context(|| format!("{target}: {}", said()))?;
                        if target == list(party) {
                            let page =
                                ["etag", "x-cache-generation"].map(|name| answer.header(name).to_owned());
                            self.pages.insert((tier, party.workspace), page);
                        }
                        answered += 1;
                    }
                }
            }
        }
        Ok(answered)
    }
}

/// The list of a party's board.
pub fn list(party: Party) -> String {
    format!("/api/boards/{}/contacts", party.board)
}

/// What a member of the party can read at a tier.
pub fn routes(party: Party, tier: Tier) -> Vec<String> {
    let lists = ["", "?per_page=3", "?filter=open&per_page=5", "?search=joan&per_page=5"];
    let mut routes: Vec<String> = lists.iter().map(|query| format!("{}{query}", list(party))).collect();
    if tier == Tier::Origin {
        let Party { contact, workspace, .. } = party;
        routes.push(format!("/api/contacts/{contact}"));
        routes.push(format!("/api/contacts/{contact}/messages"));
        routes.push(format!("/api/cache-settings/workspace/{workspace}/counts"));
        routes.push(format!("/api/cache-settings/workspace/{workspace}/settings"));
    }
    routes
}
