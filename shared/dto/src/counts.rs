//! The counts of a workspace's contacts. Field order is the contract's.

use serde::{Deserialize, Serialize};

/// How many contacts of a workspace each filter has. `high + medium + low = total`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContactCounts {
    /// Assigned to nobody.
    pub unassigned: u64,
    /// Assigned to the caller; none for a caller who is no user.
    pub assigned_to_me: u64,
    /// Status open.
    pub open: u64,
    /// Status closed.
    pub closed: u64,
    /// All of them.
    pub total: u64,
    /// Priority high.
    pub high_priority: u64,
    /// Priority medium.
    pub medium_priority: u64,
    /// Priority low.
    pub low_priority: u64,
    /// Waiting for an answer.
    pub needs_response: u64,
    /// With a follow-up date.
    pub follow_up: u64,
    /// Marked as favourite.
    pub favorites: u64,
    /// Archived.
    pub archived: u64,
    /// With an unhappy sentiment.
    pub unhappy_customers: u64,
    /// New customers.
    pub new_customers: u64,
    /// Active within the last seven days.
    pub recent_activity: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_contract_is_read_and_written_as_it_stands() {
        let example = concat!(
            r#"{"unassigned":191623,"assignedToMe":0,"open":14,"closed":588,"total":191663,"highPriority":2,"#,
            r#""mediumPriority":191657,"lowPriority":4,"needsResponse":5,"followUp":0,"favorites":3,"archived":4,"#,
            r#""unhappyCustomers":0,"newCustomers":0,"recentActivity":0}"#,
        );
        let counts: ContactCounts = serde_json::from_str(example).unwrap();
        assert_eq!(counts.high_priority + counts.medium_priority + counts.low_priority, counts.total);
        assert_eq!(serde_json::to_string(&counts).unwrap(), example);
    }
}
