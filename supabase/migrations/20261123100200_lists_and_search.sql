-- What makes a board's lists fast: sort keys, indexes, statistics, and search.
--
-- Re-runnable. Taken back by rollback/20261123100200_lists_and_search.sql.

create schema if not exists extensions;
create extension if not exists pg_trgm with schema extensions;
-- The operator class is found wherever the extension lives: `extensions` on Supabase, `public` on some older projects.
set search_path = public, extensions;

-- A text that sorts byte by byte, whatever the database's locale.
do $$
begin
    create domain public.byte_ordered_text as text collate "C";
exception
    when duplicate_object then null;
end
$$;

-- Computed fields ------------------------------------------------------------------------------------------------
-- PostgREST offers a function of a row as a column to filter and order by; `select=*` leaves it out. Each is
-- one expression without a SET clause, so that the planner inlines it and finds the index on the same expression.

create or replace function public.name_sort_key(contact public.contacts) returns public.byte_ordered_text
    language sql immutable parallel safe
as $$
    select lower(contact.name collate "C")::public.byte_ordered_text
$$;
comment on function public.name_sort_key(public.contacts) is 'The name with A-Z folded to a-z (ASCII only), ordered by bytes.';

create or replace function public.priority_rank(contact public.contacts) returns integer
    language sql immutable parallel safe
as $$
    select case contact.priority when 'high' then 3 when 'medium' then 2 else 1 end
$$;
comment on function public.priority_rank(public.contacts) is 'low 1, medium 2, high 3.';

create or replace function public.search_text(contact public.contacts) returns public.byte_ordered_text
    language sql immutable parallel safe
as $$
    select lower((contact.name || E'\n' || coalesce(contact.email, '') || E'\n' || coalesce(contact.phone, '')) collate "C")::public.byte_ordered_text
$$;
comment on function public.search_text(public.contacts) is
    'Name, mail address and telephone number, one a line, with A-Z folded to a-z (ASCII only).';

-- Search ---------------------------------------------------------------------------------------------------------
-- Under row-level security PostgreSQL must not use the trigram index: pattern matching is not leakproof, so it may only see rows
-- that the policy has already let through. This function therefore reads with the rights of the table's owner, whom the policies
-- do not bind, and applies the same membership rule itself, before it reads anything. Three things keep it shut:
--
-- - It is PL/pgSQL, which is never merged into the query that calls it. Conditions of the caller (every filter that the API
--   offers) are applied to what it returns, and to no other row.
-- - The term is text. It becomes a pattern here, with what has a meaning escaped, so that no pattern is malformed or slow.
-- - A caller who is not a member gets nothing at all, before the index is touched.
--
-- A plan is made for each call: one that is to serve every term cannot tell a rare one from one that everybody has.
-- Blanks around the term do not count. A caller of the API may put one in front of it: PostgREST takes an argument that begins like one
-- of its operators (`like`, `eq.x`) for a filter.
drop view if exists public.contact_search cascade;

create or replace function public.search_contacts(of_workspace_id text, of_board_id text, term text)
    returns setof public.contacts
    language plpgsql stable security definer
    set search_path = ''
    set plan_cache_mode = force_custom_plan
as $$
declare
    wanted text := lower(btrim(term) collate "C");
begin
    if of_workspace_id is null or of_board_id is null or wanted is null or length(wanted) not between 1 and 200
        or of_workspace_id not in (select private.my_workspaces())
    then
        return;
    end if;
    wanted := '%' || replace(replace(replace(wanted, '!', '!!'), '%', '!%'), '_', '!_') || '%';
    return query
        select contact.*
        from public.contacts as contact
        where contact.workspace_id = of_workspace_id
            and contact.board_id = of_board_id
            and public.search_text(contact) like wanted escape '!';
end
$$;
comment on function public.search_contacts(text, text, text) is
    'The contacts of a board of the caller''s whose `search_text` contains the term. Nothing for who is not a member.';

revoke all on function public.search_contacts(text, text, text) from public, anon;
grant execute on function public.search_contacts(text, text, text) to authenticated, service_role;

-- Its index is made by 20261127100000_search_within_a_board.sql.

-- One index a sort field -----------------------------------------------------------------------------------------
-- Ties break on the id in the same direction, so that one index serves both directions. NULLs are smallest, and only
-- `last_activity_at` has any: it alone is asked for with `nullsfirst` / `nullslast`. The two columns behind
-- the id let `recent_activity` and `follow_up`, whose frequency on one board the statistics cannot tell, be decided inside
-- the index, without a visit to the table, however few rows there are.

create index if not exists contacts_by_created_at
    on public.contacts (workspace_id, board_id, created_at, id, last_activity_at, follow_up_at);
create index if not exists contacts_by_updated_at
    on public.contacts (workspace_id, board_id, updated_at, id, last_activity_at, follow_up_at);
create index if not exists contacts_by_name
    on public.contacts (
        workspace_id, board_id, (lower(name collate "C")::public.byte_ordered_text), id, last_activity_at, follow_up_at
    );
create index if not exists contacts_by_last_activity_at
    on public.contacts (workspace_id, board_id, last_activity_at nulls first, id, follow_up_at);
create index if not exists contacts_by_priority
    on public.contacts (
        workspace_id, board_id, (case priority when 'high' then 3 when 'medium' then 2 else 1 end), id,
        last_activity_at, follow_up_at
    );

-- One index a filter ---------------------------------------------------------------------------------------------
-- They find the few that are then sorted, and count the many without the table. Without sort columns the same key occurs again and
-- again, which a B-tree stores once: some 7 bytes a row. Flags that are seldom set get partial indexes, which cost nothing for the
-- rows that do not have them.

create index if not exists contacts_by_board on public.contacts (workspace_id, board_id);
create index if not exists contacts_by_column on public.contacts (workspace_id, board_id, board_column_id);
create index if not exists contacts_by_status on public.contacts (workspace_id, board_id, status);
create index if not exists contacts_by_priority_value on public.contacts (workspace_id, board_id, priority);
create index if not exists contacts_by_assignee on public.contacts (workspace_id, board_id, assigned_to);
create index if not exists contacts_needing_response on public.contacts (workspace_id, board_id) where needs_response;
create index if not exists contacts_with_follow_up on public.contacts (workspace_id, board_id)
    where follow_up_at is not null;
create index if not exists contacts_favorite on public.contacts (workspace_id, board_id) where is_favorite;
create index if not exists contacts_archived on public.contacts (workspace_id, board_id) where is_archived;
create index if not exists contacts_unhappy on public.contacts (workspace_id, board_id) where sentiment = 'unhappy';
create index if not exists contacts_new_customers on public.contacts (workspace_id, board_id)
    where lifecycle_stage = 'new_customer';

-- What referential actions look up: columns of a board, and the contacts of a column that goes.
create index if not exists board_columns_by_board on public.board_columns (workspace_id, board_id, position);
create index if not exists contacts_by_column_id on public.contacts (board_column_id) where board_column_id is not null;

-- Statistics -----------------------------------------------------------------------------------------------------
-- Boards differ: 8 % of all contacts may be open while a board of 200,000 has 14. Without these the planner takes the
-- columns to be independent and walks a whole board in sort order to find the 14. One for each column: a list of all combinations would leave out the rare ones.

create statistics if not exists public.contacts_board_status (mcv)
    on workspace_id, board_id, status from public.contacts;
create statistics if not exists public.contacts_board_priority (mcv)
    on workspace_id, board_id, priority from public.contacts;
create statistics if not exists public.contacts_board_assignee (mcv)
    on workspace_id, board_id, assigned_to from public.contacts;
create statistics if not exists public.contacts_board_column (mcv)
    on workspace_id, board_id, board_column_id from public.contacts;
create statistics if not exists public.contacts_board_sentiment (mcv)
    on workspace_id, board_id, sentiment from public.contacts;
create statistics if not exists public.contacts_board_stage (mcv)
    on workspace_id, board_id, lifecycle_stage from public.contacts;
create statistics if not exists public.contacts_board_response (mcv)
    on workspace_id, board_id, needs_response from public.contacts;
create statistics if not exists public.contacts_board_favorite (mcv)
    on workspace_id, board_id, is_favorite from public.contacts;
create statistics if not exists public.contacts_board_archived (mcv)
    on workspace_id, board_id, is_archived from public.contacts;

reset search_path;
