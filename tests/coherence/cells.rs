//! One small board for each writer, in both workspaces.

use anyhow::Result;
use end_to_end::World;

/// A board with one contact whose name is a number.
#[derive(Debug, Clone)]
pub struct Cell {
    pub workspace: &'static str,
    pub board: String,
    pub contact: String,
}

/// All boards, and what is needed to ask for them.
pub struct Cells {
    all: Vec<Cell>,
    pub member_tokens: [(&'static str, String); 2],
    pub internal_auth_key: String,
}

impl Cells {
    pub async fn create(world: &World) -> Result<Self> {
        let mut cells = Vec::new();
        for number in 0..8 {
            let workspace = if number % 2 == 0 { "15213" } else { "20771" };
            let (board, contact) = (format!("board_cell_{number}"), format!("contact_cell_{number}"));
            world
                .supabase
                .sql(&format!(
                    "insert into boards (id, workspace_id, name) values ('{board}', '{workspace}', 'Cell');
                     insert into contacts (id, name, status, workspace_id, board_id, priority, lifecycle_stage)
                         values ('{contact}', '0', 'open', '{workspace}', '{board}', 'medium', 'lead')"
                ))
                .await?;
            cells.push(Cell { workspace, board, contact });
        }
        Ok(Self {
            all: cells,
            member_tokens: [
                ("15213", world.token("user_member_15213")?),
                ("20771", world.token("user_member_20771")?),
            ],
            internal_auth_key: world.secrets.internal_auth_key.clone(),
        })
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn get(&self, number: usize) -> &Cell {
        &self.all[number]
    }

    /// The token of a member of this workspace.
    pub fn member(&self, workspace: &str) -> &str {
        let (_, token) = self.member_tokens.iter().find(|(of, _)| *of == workspace).unwrap();
        token
    }

    /// The token of a member of the other workspace.
    pub fn stranger(&self, workspace: &str) -> &str {
        let (_, token) = self.member_tokens.iter().find(|(of, _)| *of != workspace).unwrap();
        token
    }
}
