//! Who asks, and about what.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;
use end_to_end::{BOARD, WORKSPACE, World};
use stack::tokens;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum Caller {
    /// An admin of the big workspace, and of the system.
    Admin,
    /// A member of it.
    Member,
    /// A service with the internal key.
    Service,
    /// Nobody: whatever is shown is made up.
    Nobody,
}

impl Caller {
    /// All of them. The admin comes first: the settings are as they were at the start.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Member, Self::Service, Self::Nobody];

    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Service => "service",
            Self::Nobody => "nobody",
        }
    }

    /// What is shown with each request.
    pub fn header(self, world: &World) -> Result<Option<String>> {
        Ok(match self {
            Self::Admin => {
                let secret = &world.secrets.jwt_secret;
                let token = tokens::mint_system_admin(self.user(), secret, Duration::from_hours(1))?;
                Some(format!("Authorization: Bearer {token}"))
            }
            Self::Member => Some(format!("Authorization: Bearer {}", world.token(self.user())?)),
            Self::Service => Some(format!("X-Internal-Auth: {}", world.secrets.internal_auth_key)),
            Self::Nobody => None,
        })
    }

    const fn user(self) -> &'static str {
        match self {
            Self::Member => "user_member_15213",
            _ => "user_admin_15213",
        }
    }

    /// How often an id is one that exists, rather than one that is made up.
    const fn probability(self) -> f64 {
        match self {
            Self::Admin | Self::Service => 0.9,
            Self::Member | Self::Nobody => 0.5,
        }
    }

    /// The configuration of schemathesis: the seed, and ids that exist.
    pub fn configuration(self) -> String {
        let (probability, user) = (self.probability(), self.user());
        let contacts = format!(r#""contact_{WORKSPACE}_000001", "contact_{WORKSPACE}_000002""#);
        let mut text = format!(
            "seed = 15213\n[generation]\ndatabase = \"none\"\nwith-security-parameters = {}\n",
            matches!(self, Self::Nobody)
        );
        for (name, values, places) in [
            (
                "workspaces",
                format!("\"{WORKSPACE}\""),
                ["header.X-Workspace-ID", "path.workspaceId"].as_slice(),
            ),
            ("users", format!("\"{user}\""), &["header.X-User-ID"]),
            ("boards", format!("\"{BOARD}\""), &["path.boardId"]),
            ("contacts", contacts, &["path.contactId"]),
        ] {
            writeln!(text, "[dictionaries.{name}]\nvalues = [{values}]").unwrap();
            for place in places {
                writeln!(
                    text,
                    "[parameters.\"{place}\"]\ndictionary = \"{name}\"\nprobability = {probability}"
                )
                .unwrap();
            }
        }
        text
    }
}
