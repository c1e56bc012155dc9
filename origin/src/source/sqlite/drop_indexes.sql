-- The reverse of indexes.sql; a test compares the two.
DROP INDEX contacts_by_created_at;
DROP INDEX contacts_by_updated_at;
DROP INDEX contacts_by_name;
DROP INDEX contacts_by_last_activity_at;
DROP INDEX contacts_by_priority_rank;
DROP INDEX contacts_by_column;
DROP INDEX contacts_by_priority;
DROP INDEX contacts_by_status;
DROP INDEX contacts_by_assignee;
DROP INDEX contacts_needing_response;
DROP INDEX contacts_with_follow_up;
DROP INDEX contacts_favorite;
DROP INDEX contacts_archived;
DROP INDEX contacts_unhappy;
DROP INDEX contacts_new_customers;
