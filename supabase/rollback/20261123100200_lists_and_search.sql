-- Takes back migrations/20261123100200_lists_and_search.sql. Re-runnable.
-- The extension pg_trgm stays: something else may use it.

drop statistics if exists public.contacts_board_status, public.contacts_board_priority,
    public.contacts_board_assignee, public.contacts_board_column, public.contacts_board_sentiment,
    public.contacts_board_stage, public.contacts_board_response, public.contacts_board_favorite,
    public.contacts_board_archived;

drop index if exists public.contacts_by_column_id, public.board_columns_by_board, public.contacts_new_customers,
    public.contacts_unhappy, public.contacts_archived, public.contacts_favorite, public.contacts_with_follow_up,
    public.contacts_needing_response, public.contacts_by_assignee, public.contacts_by_priority_value,
    public.contacts_by_status, public.contacts_by_column, public.contacts_by_board, public.contacts_by_priority,
    public.contacts_by_last_activity_at, public.contacts_by_name, public.contacts_by_updated_at,
    public.contacts_by_created_at;

drop view if exists public.contact_search cascade;
drop function if exists public.search_contacts(text, text, text);
do $$
begin
    if to_regclass('public.contacts') is not null then
        drop function if exists public.search_text(public.contacts);
        drop function if exists public.priority_rank(public.contacts);
        drop function if exists public.name_sort_key(public.contacts);
    end if;
end
$$;
drop domain if exists public.byte_ordered_text;
