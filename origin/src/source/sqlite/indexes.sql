-- Indexes of `contacts`. Dropped while demo data is written into an empty table: sorting once is faster than inserting in order.

-- One a sort field: a list walks it in either direction.
CREATE INDEX contacts_by_created_at ON contacts (workspace_id, board_id, created_at, id);
CREATE INDEX contacts_by_updated_at ON contacts (workspace_id, board_id, updated_at, id);
CREATE INDEX contacts_by_name ON contacts (workspace_id, board_id, name_sort_key, id);
CREATE INDEX contacts_by_last_activity_at ON contacts (workspace_id, board_id, last_activity_at, id);
CREATE INDEX contacts_by_priority_rank ON contacts (workspace_id, board_id, priority_rank, id);

-- One a filter: totals are counted in it alone, within one column of the board as well, and few matches are found by it.
CREATE INDEX contacts_by_column ON contacts (workspace_id, board_id, board_column_id);
CREATE INDEX contacts_by_priority ON contacts (workspace_id, board_id, priority, board_column_id);
CREATE INDEX contacts_by_status ON contacts (workspace_id, board_id, status, board_column_id);
CREATE INDEX contacts_by_assignee ON contacts (workspace_id, board_id, assigned_to, board_column_id);
CREATE INDEX contacts_needing_response ON contacts (workspace_id, board_id, board_column_id) WHERE needs_response = 1;
CREATE INDEX contacts_with_follow_up ON contacts (workspace_id, board_id, board_column_id, follow_up_at) WHERE follow_up_at IS NOT NULL;
CREATE INDEX contacts_favorite ON contacts (workspace_id, board_id, board_column_id) WHERE is_favorite = 1;
CREATE INDEX contacts_archived ON contacts (workspace_id, board_id, board_column_id) WHERE is_archived = 1;
CREATE INDEX contacts_unhappy ON contacts (workspace_id, board_id, board_column_id) WHERE sentiment = 'unhappy';
CREATE INDEX contacts_new_customers ON contacts (workspace_id, board_id, board_column_id) WHERE lifecycle_stage = 'new_customer';
