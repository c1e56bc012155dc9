-- The figures of a workspace, each counted in an index alone, board by board. ?1 workspace, ?2 user, ?3 since when activity is recent.
SELECT
    (SELECT count(*) FROM contacts INDEXED BY contacts_by_column
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1)) AS total,
    (SELECT count(*) FROM contacts INDEXED BY contacts_by_assignee
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND assigned_to >= '') AS assigned,
    (SELECT count(*) FROM contacts INDEXED BY contacts_by_assignee
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND assigned_to = ?2) AS mine,
    (SELECT count(*) FROM contacts INDEXED BY contacts_by_status
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND status = 'open') AS open,
    (SELECT count(*) FROM contacts INDEXED BY contacts_by_status
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND status = 'closed') AS closed,
    (SELECT count(*) FROM contacts INDEXED BY contacts_by_priority
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND priority = 'high') AS high,
    (SELECT count(*) FROM contacts INDEXED BY contacts_by_priority
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND priority = 'low') AS low,
    (SELECT count(*) FROM contacts INDEXED BY contacts_needing_response
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND needs_response = 1) AS needs_response,
    (SELECT count(*) FROM contacts INDEXED BY contacts_with_follow_up
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND follow_up_at IS NOT NULL) AS follow_up,
    (SELECT count(*) FROM contacts INDEXED BY contacts_favorite
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND is_favorite = 1) AS favorites,
    (SELECT count(*) FROM contacts INDEXED BY contacts_archived
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND is_archived = 1) AS archived,
    (SELECT count(*) FROM contacts INDEXED BY contacts_unhappy
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND sentiment = 'unhappy') AS unhappy,
    (SELECT count(*) FROM contacts INDEXED BY contacts_new_customers
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND lifecycle_stage = 'new_customer') AS new_customers,
    (SELECT count(*) FROM contacts INDEXED BY contacts_by_last_activity_at
        WHERE workspace_id = ?1 AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?1) AND last_activity_at >= ?3) AS recent;
