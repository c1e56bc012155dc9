//! A hundred users: some of one workspace, some of the other, some of both, some of none. Their tokens are of all three kinds.

use std::time::Duration;

use anyhow::Result;
use end_to_end::World;
use stack::tokens;

/// The two workspaces, each with a board of the other's to ask for as well.
pub const WORKSPACES: [(&str, &[&str]); 2] =
    [("15213", &["board_123"]), ("20771", &["board_sales", "board_support"])];
pub const USERS: usize = 100;

pub struct Users {
    tokens: Vec<String>,
}

impl Users {
    /// Signs them up.
    pub async fn enrol(world: &World) -> Result<Self> {
        let ttl = Duration::from_hours(2);
        let keys = world.keys.as_ref().unwrap();
        let tokens = (0..USERS)
            .map(|user| {
                let claims = tokens::user_claims(&name(user), ttl);
                match user % 3 {
                    0 => keys.es256.sign(&claims),
                    1 => keys.rs256.sign(&claims),
                    _ => tokens::mint(&name(user), &world.secrets.jwt_secret, ttl),
                }
            })
            .collect::<Result<_>>()?;
        let mut rows = Vec::new();
        for user in 0..USERS {
            for (place, (workspace, _)) in WORKSPACES.iter().enumerate() {
                if is_member_at_first(user, place) {
                    rows.push(format!("('{workspace}', '{}', 'member')", name(user)));
                }
            }
        }
        let rows = rows.join(", ");
        world
            .supabase
            .sql(&format!("insert into workspace_members (workspace_id, user_id, role) values {rows}"))
            .await?;
        Ok(Self { tokens })
    }

    pub fn token(&self, user: usize) -> &str {
        &self.tokens[user]
    }
}

pub fn name(user: usize) -> String {
    format!("user_isolation_{user:03}")
}

/// Forty of the first, forty of the second, ten of both, ten of none.
pub const fn is_member_at_first(user: usize, place: usize) -> bool {
    match user % 10 {
        0..=3 => place == 0,
        4..=7 => place == 1,
        8 => true,
        _ => false,
    }
}
