-- Exact counts without counting: figures per board, column and assignee, kept by the statements that change contacts.
--
-- Re-runnable. Taken back by rollback/20261123100300_contact_counts.sql.
--
-- How it stays exact and out of the way. A statement that changes contacts appends rows to `private.contact_tallies`
-- that say by how much each figure changed; it never updates a row, so writers do not wait for one another. The rows are written in the
-- transaction of the change, so that every snapshot that sees the change sees its tally, and a rollback takes back both. A reader adds up.
-- Now and then a writer folds a board's rows into one per group (`private.compact_contact_tallies`).

create table if not exists private.contact_tallies (
    id                  bigint generated always as identity primary key,
    workspace_id        text collate "C" not null,
    board_id            text collate "C" not null,
    board_column_id     text collate "C",
    assigned_to         text collate "C",
    contacts            bigint not null,
    status_open         bigint not null,
    status_closed       bigint not null,
    high_priority       bigint not null,
    medium_priority     bigint not null,
    low_priority        bigint not null,
    needs_response      bigint not null,
    follow_up           bigint not null,
    favorites           bigint not null,
    archived            bigint not null,
    unhappy_customers   bigint not null,
    new_customers       bigint not null
);
comment on table private.contact_tallies is
    'By how much each figure of a (board, column, assignee) changed. The sum over the rows is the figure.';

create index if not exists contact_tallies_by_board on private.contact_tallies (workspace_id, board_id);

-- Folding leaves dead rows behind; they are few, and cheap to clear.
alter table private.contact_tallies set (
    autovacuum_vacuum_scale_factor = 0.1,
    autovacuum_vacuum_threshold = 500
);

revoke all on private.contact_tallies from public;
grant select on private.contact_tallies to authenticated, service_role;
alter table private.contact_tallies enable row level security;
drop policy if exists members_read on private.contact_tallies;
create policy members_read on private.contact_tallies for select to authenticated
    using (workspace_id = any (array(select private.my_workspaces())));

-- Folds a board's rows into one per (column, assignee).
-- One at a time: the advisory lock is only tried, never waited for, and is held to the end of the transaction. Rows of transactions that are
-- still open are not visible and stay as they are. Above READ COMMITTED a fold could fail the caller's transaction, so it is left to others.
create or replace function private.compact_contact_tallies(of_workspace_id text, of_board_id text) returns void
    language plpgsql security definer
    set search_path = ''
as $$
begin
    if current_setting('transaction_isolation') <> 'read committed'
        or not pg_try_advisory_xact_lock(hashtextextended('contact_tallies:' || of_workspace_id || ':' || of_board_id, 0))
    then
        return;
    end if;
    with picked as materialized (
        select tally.id
        from private.contact_tallies as tally
        where tally.workspace_id = of_workspace_id and tally.board_id = of_board_id
        for update skip locked
    ), folded as (
        delete from private.contact_tallies as tally using picked where tally.id = picked.id returning tally.*
    )
    insert into private.contact_tallies (
        workspace_id, board_id, board_column_id, assigned_to, contacts, status_open, status_closed,
        high_priority, medium_priority, low_priority, needs_response, follow_up, favorites, archived,
        unhappy_customers, new_customers
    )
    select
        of_workspace_id, of_board_id, folded.board_column_id, folded.assigned_to,
        sum(folded.contacts), sum(folded.status_open), sum(folded.status_closed),
        sum(folded.high_priority), sum(folded.medium_priority), sum(folded.low_priority),
        sum(folded.needs_response), sum(folded.follow_up), sum(folded.favorites), sum(folded.archived),
        sum(folded.unhappy_customers), sum(folded.new_customers)
    from folded
    group by folded.board_column_id, folded.assigned_to
    -- Every figure counts a part of the contacts, so a group without contacts has no figures.
    having sum(folded.contacts) <> 0;
end
$$;

-- The triggers' functions: one for each event, since each has other transition tables, from one text.
-- %1$s is the event, %2$s the changed rows with their sign, %3$s a relation that has their boards.
do $do$
declare
    event record;
begin
    for event in
        select * from (values
            ('insert', 'select 1 as sign, added.* from added', 'added'),
            ('delete', 'select -1 as sign, removed.* from removed', 'removed'),
            ('update',
                'select 1 as sign, added.* from added union all select -1, removed.* from removed',
                'added')
        ) as events (name, changed, boards)
    loop
        execute format($function$
            create or replace function private.tally_contacts_on_%1$s() returns trigger
                language plpgsql security definer
                set search_path = ''
            as $body$
            begin
                insert into private.contact_tallies (
                    workspace_id, board_id, board_column_id, assigned_to, contacts, status_open, status_closed,
                    high_priority, medium_priority, low_priority, needs_response, follow_up, favorites, archived,
                    unhappy_customers, new_customers
                )
                select * from (
                    select
                        workspace_id, board_id, board_column_id, assigned_to,
                        sum(sign) as contacts,
                        sum(case when status = 'open' then sign else 0 end) as status_open,
                        sum(case when status = 'closed' then sign else 0 end) as status_closed,
                        sum(case when priority = 'high' then sign else 0 end) as high_priority,
                        sum(case when priority = 'medium' then sign else 0 end) as medium_priority,
                        sum(case when priority = 'low' then sign else 0 end) as low_priority,
                        sum(case when needs_response then sign else 0 end) as needs_response,
                        sum(case when follow_up_at is not null then sign else 0 end) as follow_up,
                        sum(case when is_favorite then sign else 0 end) as favorites,
                        sum(case when is_archived then sign else 0 end) as archived,
                        sum(case when sentiment = 'unhappy' then sign else 0 end) as unhappy_customers,
                        sum(case when lifecycle_stage = 'new_customer' then sign else 0 end) as new_customers
                    from (%2$s) as changed
                    group by workspace_id, board_id, board_column_id, assigned_to
                ) as delta
                where (contacts, status_open, status_closed, high_priority, medium_priority, low_priority,
                       needs_response, follow_up, favorites, archived, unhappy_customers, new_customers)
                    <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
                if found then
                    -- One statement in 64 folds the boards it touched.
                    perform private.compact_contact_tallies(board.workspace_id, board.board_id)
                    from (select distinct workspace_id, board_id from %3$s) as board
                    where random() < 1.0 / 64;
                end if;
                return null;
            end
            $body$
        $function$, event.name, event.changed, event.boards);
    end loop;
end
$do$;

-- TRUNCATE waits for every other writer of contacts, so nobody's open transaction can have tallies of its own.
create or replace function private.tally_contacts_on_truncate() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    truncate private.contact_tallies;
    return null;
end
$$;

-- Counts everything afresh. Needed after changes that fire no triggers (`session_replication_role = replica`, as in some restores);
-- readers go on, writers wait.
create or replace function private.rebuild_contact_tallies() returns void
    language plpgsql security definer
    set search_path = ''
as $$
begin
    lock table public.contacts in share row exclusive mode;
    truncate private.contact_tallies;
    insert into private.contact_tallies (
        workspace_id, board_id, board_column_id, assigned_to, contacts, status_open, status_closed,
        high_priority, medium_priority, low_priority, needs_response, follow_up, favorites, archived,
        unhappy_customers, new_customers
    )
    select
        workspace_id, board_id, board_column_id, assigned_to,
        count(*),
        count(*) filter (where status = 'open'),
        count(*) filter (where status = 'closed'),
        count(*) filter (where priority = 'high'),
        count(*) filter (where priority = 'medium'),
        count(*) filter (where priority = 'low'),
        count(*) filter (where needs_response),
        count(*) filter (where follow_up_at is not null),
        count(*) filter (where is_favorite),
        count(*) filter (where is_archived),
        count(*) filter (where sentiment = 'unhappy'),
        count(*) filter (where lifecycle_stage = 'new_customer')
    from public.contacts
    group by workspace_id, board_id, board_column_id, assigned_to;
end
$$;

create or replace trigger tally_on_insert after insert on public.contacts
    referencing new table as added
    for each statement execute function private.tally_contacts_on_insert();
create or replace trigger tally_on_update after update on public.contacts
    referencing old table as removed new table as added
    for each statement execute function private.tally_contacts_on_update();
create or replace trigger tally_on_delete after delete on public.contacts
    referencing old table as removed
    for each statement execute function private.tally_contacts_on_delete();
create or replace trigger tally_on_truncate after truncate on public.contacts
    for each statement execute function private.tally_contacts_on_truncate();

-- What contacts there are already.
select private.rebuild_contact_tallies();

revoke all on function
    private.compact_contact_tallies(text, text), private.rebuild_contact_tallies(),
    private.tally_contacts_on_insert(), private.tally_contacts_on_update(),
    private.tally_contacts_on_delete(), private.tally_contacts_on_truncate()
    from public;
grant execute on function private.rebuild_contact_tallies() to service_role;

-- Recent activity moves with the clock, so it is counted: an index range for each board.
create or replace function private.recently_active(of_workspace_id text, of_board_id text, recent_since timestamptz)
    returns bigint
    language sql stable parallel safe
as $$
    select count(*)
    from public.contacts as contact
    where contact.workspace_id = of_workspace_id
        and contact.board_id = of_board_id
        and contact.last_activity_at >= recent_since
$$;
revoke all on function private.recently_active(text, text, timestamptz) from public;
grant execute on function private.recently_active(text, text, timestamptz) to authenticated, service_role;

-- All counts of a workspace in one pass over its tallies. Security invoker: who is not a member counts nothing.
create or replace function public.contact_counts(
    workspace_id  text,
    user_id       text default null,
    recent_since  timestamptz default date_trunc('second', now()) - interval '7 days'
) returns json
    language sql stable parallel safe
    set search_path = ''
as $$
    select json_build_object(
        'unassigned', coalesce(sum(tally.contacts) filter (where tally.assigned_to is null), 0),
        'assignedToMe', coalesce(sum(tally.contacts) filter (where tally.assigned_to = contact_counts.user_id), 0),
        'open', coalesce(sum(tally.status_open), 0),
        'closed', coalesce(sum(tally.status_closed), 0),
        'total', coalesce(sum(tally.contacts), 0),
        'highPriority', coalesce(sum(tally.high_priority), 0),
        'mediumPriority', coalesce(sum(tally.medium_priority), 0),
        'lowPriority', coalesce(sum(tally.low_priority), 0),
        'needsResponse', coalesce(sum(tally.needs_response), 0),
        'followUp', coalesce(sum(tally.follow_up), 0),
        'favorites', coalesce(sum(tally.favorites), 0),
        'archived', coalesce(sum(tally.archived), 0),
        'unhappyCustomers', coalesce(sum(tally.unhappy_customers), 0),
        'newCustomers', coalesce(sum(tally.new_customers), 0),
        'recentActivity', (
            select coalesce(sum(private.recently_active(board.workspace_id, board.id, contact_counts.recent_since)), 0)
            from public.boards as board
            where board.workspace_id = contact_counts.workspace_id
        )
    )
    from private.contact_tallies as tally
    where tally.workspace_id = contact_counts.workspace_id
$$;
comment on function public.contact_counts(text, text, timestamptz) is
    'The counts of every filter over a workspace''s contacts; `assignedToMe` is those of `user_id`, none without one.';

-- The total of one list, for a page that is read without counting. Null for an unknown filter.
create or replace function public.contact_total(
    workspace_id  text,
    board_id      text,
    filter        text default 'all',
    column_id     text default null,
    user_id       text default null,
    recent_since  timestamptz default date_trunc('second', now()) - interval '7 days'
) returns bigint
    language plpgsql stable parallel safe
    set search_path = ''
as $$
#variable_conflict use_column
begin
    if filter = 'recent_activity' then
        if contact_total.column_id is null then
            return private.recently_active(contact_total.workspace_id, contact_total.board_id, recent_since);
        end if;
        return (
            select count(*)
            from public.contacts as contact
            where contact.workspace_id = contact_total.workspace_id
                and contact.board_id = contact_total.board_id
                and contact.board_column_id = contact_total.column_id
                and contact.last_activity_at >= recent_since
        );
    end if;
    if filter not in ('all', 'open', 'closed', 'unassigned', 'assigned_to_me', 'high_priority', 'medium_priority',
        'low_priority', 'needs_response', 'follow_up', 'favorites', 'archived', 'unhappy_customers', 'new_customers')
    then
        return null;
    end if;
    return (
        select coalesce(sum(
            case filter
                when 'all' then tally.contacts
                when 'open' then tally.status_open
                when 'closed' then tally.status_closed
                when 'unassigned' then case when tally.assigned_to is null then tally.contacts else 0 end
                when 'assigned_to_me' then
                    case when tally.assigned_to = contact_total.user_id then tally.contacts else 0 end
                when 'high_priority' then tally.high_priority
                when 'medium_priority' then tally.medium_priority
                when 'low_priority' then tally.low_priority
                when 'needs_response' then tally.needs_response
                when 'follow_up' then tally.follow_up
                when 'favorites' then tally.favorites
                when 'archived' then tally.archived
                when 'unhappy_customers' then tally.unhappy_customers
                when 'new_customers' then tally.new_customers
            end
        ), 0)
        from private.contact_tallies as tally
        where tally.workspace_id = contact_total.workspace_id
            and tally.board_id = contact_total.board_id
            and (contact_total.column_id is null or tally.board_column_id = contact_total.column_id)
    );
end
$$;
comment on function public.contact_total(text, text, text, text, text, timestamptz) is
    'How many contacts a filter (and column) of a board has, without counting them.';

revoke all on function public.contact_counts(text, text, timestamptz) from public, anon;
revoke all on function public.contact_total(text, text, text, text, text, timestamptz) from public, anon;
grant execute on function public.contact_counts(text, text, timestamptz) to authenticated, service_role;
grant execute on function public.contact_total(text, text, text, text, text, timestamptz) to authenticated, service_role;
