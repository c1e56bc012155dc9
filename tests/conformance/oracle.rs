//! The right answers, from the rows themselves: two sources that agree might both be wrong.
//!
//! It filters and sorts the generator's rows in the plainest way, for the one board on which most questions are asked.

use std::cmp::Ordering;

use cache_key::{Filter, ListParams, SortField, SortOrder};
use demo_data::{Anchor, ContactRow, LifecycleStage, Priority, Sentiment, Status};

use crate::world::Agreed;

/// The board that it knows.
pub const BOARD: &str = "board_sales";

pub struct Oracle {
    rows: Vec<ContactRow>,
    recent_since: i64,
}

impl Oracle {
    pub fn new(anchor: Anchor, now_secs: u64) -> Self {
        let rows = demo_data::contacts_of_workspace(anchor, demo_data::VARIED_WORKSPACE_ID);
        Self {
            rows: rows.filter(|row| row.board_id == BOARD).collect(),
            recent_since: now_secs.cast_signed() - 7 * 24 * 60 * 60,
        }
    }

    /// The right answer, or nothing where the board is another.
    pub fn answer(&self, board: &str, user: Option<&str>, params: &ListParams) -> Option<Agreed> {
        if board != BOARD {
            return None;
        }
        let mut rows: Vec<&ContactRow> =
            self.rows.iter().filter(|row| self.matches(row, user, params)).collect();
        let total = rows.len() as u64;
        rows.sort_unstable_by(|a, b| {
            let ascending = compare(a, b, params.sort_by).then_with(|| a.id.cmp(&b.id));
            if params.sort_order == SortOrder::Asc { ascending } else { ascending.reverse() }
        });
        let offset = (params.page as usize - 1) * params.per_page as usize;
        let page = rows.iter().skip(offset).take(params.per_page as usize);
        Some(Agreed { ids: page.map(|row| row.id.clone()).collect(), total })
    }

    fn matches(&self, row: &ContactRow, user: Option<&str>, params: &ListParams) -> bool {
        let by_filter = match params.filter {
            Filter::All => true,
            Filter::Open => row.status == Status::Open,
            Filter::Closed => row.status == Status::Closed,
            Filter::Unassigned => row.assigned_to.is_none(),
            Filter::AssignedToMe => row.assigned_to.is_some() && row.assigned_to == user,
            Filter::HighPriority => row.priority == Priority::High,
            Filter::MediumPriority => row.priority == Priority::Medium,
            Filter::LowPriority => row.priority == Priority::Low,
            Filter::NeedsResponse => row.needs_response,
            Filter::FollowUp => row.follow_up_at.is_some(),
            Filter::Favorites => row.is_favorite,
            Filter::Archived => row.is_archived,
            Filter::UnhappyCustomers => row.sentiment == Some(Sentiment::Unhappy),
            Filter::NewCustomers => row.lifecycle_stage == LifecycleStage::NewCustomer,
            Filter::RecentActivity => row.last_activity_at.is_some_and(|at| at >= self.recent_since),
        };
        let by_column = params
            .column
            .as_ref()
            .is_none_or(|column| row.board_column_id.as_deref() == Some(column.as_str()));
        let by_search = || {
            params.search.as_ref().is_none_or(|term| {
                [Some(&row.name), row.email.as_ref(), row.phone.as_ref()]
                    .into_iter()
                    .flatten()
                    .any(|text| text.to_ascii_lowercase().contains(term.as_str()))
            })
        };
        by_filter && by_column && by_search()
    }
}

fn compare(a: &ContactRow, b: &ContactRow, field: SortField) -> Ordering {
    match field {
        SortField::CreatedAt => a.created_at.cmp(&b.created_at),
        SortField::UpdatedAt => a.updated_at.cmp(&b.updated_at),
        SortField::Name => a.name.to_ascii_lowercase().cmp(&b.name.to_ascii_lowercase()),
        // `None` is the smallest.
        SortField::LastActivityAt => a.last_activity_at.cmp(&b.last_activity_at),
        SortField::Priority => a.priority.cmp(&b.priority),
    }
}
