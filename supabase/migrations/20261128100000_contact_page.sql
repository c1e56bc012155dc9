-- A page of a list and its total, in one question and from one snapshot.
--
-- Re-runnable. Taken back by rollback/20261128100000_contact_page.sql.
--
-- Asked for one by one, rows and total are two transactions, and may disagree. The rows are those that
-- `GET /contacts` answers for the same filter and order, printed by the same function of PostgreSQL.

-- `sort_order` is asc or desc. NULLs are smallest; ties break on the id in the same direction. No row is returned where the caller sees no
-- such board. The statement is put together from pieces that stand here; what a caller says is a parameter of it.
-- It is planned for each call: one plan for every board would not know a small one from a large one. Security invoker: the policies hold.
create or replace function public.contact_page(
    workspace_id  text,
    board_id      text,
    filter        text default 'all',
    column_id     text default null,
    user_id       text default null,
    recent_since  timestamptz default date_trunc('second', now()) - interval '7 days',
    sort_by       text default 'created_at',
    sort_order    text default 'desc',
    row_limit     integer default 50,
    row_offset    bigint default 0
) returns table (total bigint, contacts json)
    language plpgsql stable parallel safe
    set search_path = ''
as $$
declare
    condition text := case filter
        when 'all' then ''
        when 'open' then $q$ and contact.status = 'open'$q$
        when 'closed' then $q$ and contact.status = 'closed'$q$
        when 'unassigned' then ' and contact.assigned_to is null'
        when 'assigned_to_me' then ' and contact.assigned_to = $4'
        when 'high_priority' then $q$ and contact.priority = 'high'$q$
        when 'medium_priority' then $q$ and contact.priority = 'medium'$q$
        when 'low_priority' then $q$ and contact.priority = 'low'$q$
        when 'needs_response' then ' and contact.needs_response = true'
        when 'follow_up' then ' and contact.follow_up_at is not null'
        when 'favorites' then ' and contact.is_favorite = true'
        when 'archived' then ' and contact.is_archived = true'
        when 'unhappy_customers' then $q$ and contact.sentiment = 'unhappy'$q$
        when 'new_customers' then $q$ and contact.lifecycle_stage = 'new_customer'$q$
        when 'recent_activity' then ' and contact.last_activity_at >= $5'
    end;
    -- %1$s is the row, %2$s the direction.
    ordering text := case sort_by
        when 'created_at' then '(%1$s).created_at %2$s'
        when 'updated_at' then '(%1$s).updated_at %2$s'
        when 'name' then 'public.name_sort_key(%1$s) %2$s'
        -- The only one that can be null. To say where nulls go where there are none would miss the index.
        when 'last_activity_at' then '(%1$s).last_activity_at %2$s nulls %3$s'
        when 'priority' then 'public.priority_rank(%1$s) %2$s'
    end || ', (%1$s).id %2$s';
    -- From here on it pays to read a page from the end that is nearer.
    deep constant bigint := 5000;
    wanted bigint;
    found bigint;
    is_nearer_to_the_end boolean;
    direction text;
    first bigint;
begin
    if condition is null or ordering is null or sort_order is null or sort_order not in ('asc', 'desc')
        or row_limit is null or row_limit not between 1 and 1000 or row_offset is null or row_offset < 0
    then
        raise exception 'no such list' using errcode = 'invalid_parameter_value';
    end if;
    total := public.contact_total(workspace_id, board_id, filter, column_id, user_id, recent_since);
    if total = 0 and not exists (
        select from public.boards as board
        where board.workspace_id = contact_page.workspace_id and board.id = contact_page.board_id
    ) then
        return;
    end if;
    contacts := '[]';
    wanted := least(row_limit, total - row_offset);
    if wanted > 0 then
        if column_id is not null then
            condition := condition || ' and contact.board_column_id = $3';
        end if;
        -- PostgreSQL walks past every row in front of a page, so the nearer end of the list is the better one to begin at.
        first := total - row_offset - wanted;
        is_nearer_to_the_end := row_offset >= deep and first < row_offset;
        loop
            direction := case when (sort_order = 'asc') = is_nearer_to_the_end then 'desc' else 'asc' end;
            execute format(
                'select coalesce(json_agg(page.contact%s), ''[]''), count(*) from (
                    select contact from public.contacts as contact
                    where contact.workspace_id = $1 and contact.board_id = $2%s
                    order by %s limit $6 offset $7
                ) as page',
                case when is_nearer_to_the_end then
                    ' order by ' || format(ordering, 'page.contact', sort_order,
                        case sort_order when 'asc' then 'first' else 'last' end)
                end,
                condition,
                format(ordering, 'contact', direction, case direction when 'asc' then 'first' else 'last' end)
            ) into contacts, found using workspace_id, board_id, column_id, user_id, recent_since, wanted,
                case when is_nearer_to_the_end then first else row_offset end;
            exit when found = wanted or not is_nearer_to_the_end;
            -- The total is not that of what the caller sees (a policy shows less than the board has), so nobody can say where the end is.
            is_nearer_to_the_end := false;
        end loop;
    end if;
    return next;
end
$$;
comment on function public.contact_page(text, text, text, text, text, timestamptz, text, text, integer, bigint) is
    'A page of a board''s list, as a JSON array of its contacts, and how many contacts the list has.';

revoke all on function public.contact_page(text, text, text, text, text, timestamptz, text, text, integer, bigint)
    from public, anon;
grant execute on function public.contact_page(text, text, text, text, text, timestamptz, text, text, integer, bigint)
    to authenticated, service_role;
