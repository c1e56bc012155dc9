-- The change feed: every change of cached data invalidates, without a line of backend code, and none is lost.
--
-- Re-runnable. Taken back by rollback/20261123100400_change_feed.sql.
--
-- A statement that changes contacts, boards, columns, members, settings or messages writes, in its own transaction, one row for each
-- workspace and board that it touched: not one for each contact, and with no personal data. If it touched one contact alone, the
-- row names it, so that the others' details and messages stay cached. So a change and the news of it commit
-- together or not at all. Somebody delivers the rows at least once and deletes them when they were acknowledged:
--
-- - on Supabase `private.deliver_changes()`, through pg_net, called by the triggers and again by pg_cron until it is acknowledged;
-- - elsewhere an origin with CHANGE_FEED_DATABASE_URL, which listens on the channel `boardcache_changes` and looks once a second.
--
-- Both may run; delivering twice does no harm.

create table if not exists private.changes (
    id          bigint generated always as identity primary key,
    event       jsonb not null,
    created_at  timestamptz not null default now(),
    request_id  bigint,
    sent_at     timestamptz
);
comment on table private.changes is 'Changes that are not known to be invalidated yet, in the form of a database webhook.';
revoke all on private.changes from public;
alter table private.changes enable row level security;

-- Where pg_net delivers to. Empty: pg_net is not used. The key is the name of a secret in Supabase's vault, never the key itself.
create table if not exists private.change_delivery (
    only_row            boolean primary key default true check (only_row),
    invalidate_url      text not null,
    internal_key_secret text not null
);
revoke all on private.change_delivery from public;
alter table private.change_delivery enable row level security;

-- Sends what waits, in batches of the size that the API takes, and deletes what was acknowledged. Returns how many rows it sent.
create or replace function private.deliver_changes() returns integer
    language plpgsql security definer
    set search_path = ''
as $$
declare
    delivery private.change_delivery;
    internal_key text;
    batch bigint[];
    events jsonb;
    request bigint;
    sent integer := 0;
begin
    select * into delivery from private.change_delivery;
    if not found or to_regnamespace('net') is null then
        return 0;
    end if;
    delete from private.changes as change
        using net._http_response as response
        where response.id = change.request_id and response.status_code between 200 and 299;
    execute 'select decrypted_secret from vault.decrypted_secrets where name = $1'
        into internal_key using delivery.internal_key_secret;
    if internal_key is null then
        raise warning 'boardcache: the vault has no secret named %', delivery.internal_key_secret;
        return 0;
    end if;
    loop
        with picked as (
            select change.id, change.event
            from private.changes as change
            where change.request_id is null or change.sent_at < clock_timestamp() - interval '10 seconds'
            order by change.id
            limit 100
            for update skip locked
        )
        select array_agg(picked.id), jsonb_agg(picked.event order by picked.id) into batch, events from picked;
        exit when batch is null;
        request := net.http_post(
            url := delivery.invalidate_url,
            body := jsonb_build_object('events', events),
            headers := jsonb_build_object('Content-Type', 'application/json', 'X-Internal-Auth', internal_key),
            timeout_milliseconds := 5000
        );
        update private.changes set request_id = request, sent_at = clock_timestamp() where id = any (batch);
        sent := sent + cardinality(batch);
    end loop;
    return sent;
end
$$;
revoke all on function private.deliver_changes() from public;

-- One row for each workspace and board that the statement touched, in the form of a database webhook.
create or replace function private.record_changes(of_table text, of_action text, touched jsonb) returns void
    language plpgsql security definer
    set search_path = ''
as $$
begin
    if touched is null then
        return;
    end if;
    insert into private.changes (event)
        select jsonb_build_object('type', of_action, 'schema', 'public', 'table', of_table, 'record', place)
        from jsonb_array_elements(touched) as place;
    -- Where nobody delivers, rows must not pile up: no cached page lives for three days.
    if random() < 0.01 then
        delete from private.changes
            where id in (select change.id from private.changes as change order by change.id limit 1000)
                and created_at < now() - interval '3 days';
    end if;
    perform pg_notify('boardcache_changes', '');
    if exists (select 1 from private.change_delivery) then
        -- A fault of the sender must not fail the change: the row is written, and will be sent by the next call.
        begin
            perform private.deliver_changes();
        exception when others then
            raise warning 'boardcache: changes wait to be delivered: %', sqlerrm;
        end;
    end if;
end
$$;
revoke all on function private.record_changes(text, text, jsonb) from public;

-- TRUNCATE does not say which rows go, so all of every workspace changes: the name is no table's, which is understood as just that.
-- Before it, because `truncate workspaces cascade` leaves no workspace to name.
create or replace function private.record_truncation() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform private.record_changes('truncated', 'TRUNCATE', (
        select jsonb_agg(jsonb_build_object('workspace_id', workspace.id)) from public.workspaces as workspace
    ));
    return null;
end
$$;
revoke all on function private.record_truncation() from public;

-- Has every statement that changes a table write what it touched: one row for each workspace and, where the table names a board, each
-- board. Where it names a contact, the row does so too if the statement touched only one there.
--
-- Trigger functions see transition tables by name, one for each kind of statement, so there is one function for each.
create or replace function private.watch_for_changes(
    of_table text, workspace_column text, board_column text, contact_column text
) returns void
    language plpgsql
    set search_path = ''
as $watch$
declare
    action record;
    -- What a row of the feed calls its columns: as the table does, where a webhook of the database would carry them.
    record_of_place text := format('%L, workspace_id', 'workspace_id')
        || case when board_column is null then '' else format(', %L, board_id', board_column) end
        || case when contact_column is null then ''
            else format(', %L, case when min(contact_id) = max(contact_id) then min(contact_id) end', contact_column) end;
begin
    for action in
        select * from (values
            ('insert', array['new_rows'], 'referencing new table as new_rows'),
            ('delete', array['old_rows'], 'referencing old table as old_rows'),
            ('update', array['old_rows', 'new_rows'], 'referencing old table as old_rows new table as new_rows')
        ) as actions (name, sources, transition)
    loop
        execute format(
            $create$
            create or replace function private.%1$s() returns trigger
                language plpgsql security definer
                set search_path = ''
            as $function$
            begin
                perform private.record_changes(%2$L, %3$L, (
                    select jsonb_agg(place) from (
                        select jsonb_strip_nulls(jsonb_build_object(%4$s))
                        from (%5$s) as touched (workspace_id, board_id, contact_id)
                        group by workspace_id, board_id
                    ) as places (place)
                ));
                return null;
            end
            $function$
            $create$,
            of_table || '_' || action.name || '_changes',
            of_table,
            upper(action.name),
            record_of_place,
            (
                select string_agg(format(
                    'select %I, %s, %s from %s',
                    workspace_column,
                    coalesce(quote_ident(board_column), 'null::text'),
                    coalesce(quote_ident(contact_column), 'null::text'),
                    source
                ), ' union all ')
                from unnest(action.sources) as source
            )
        );
        execute format('revoke all on function private.%I() from public', of_table || '_' || action.name || '_changes');
        execute format('drop trigger if exists %I on public.%I', 'boardcache_' || action.name, of_table);
        execute format(
            'create trigger %I after %s on public.%I %s for each statement execute function private.%I()',
            'boardcache_' || action.name, action.name, of_table, action.transition,
            of_table || '_' || action.name || '_changes'
        );
    end loop;
    execute format('drop trigger if exists boardcache_truncate on public.%I', of_table);
    execute format(
        'create trigger boardcache_truncate before truncate on public.%I
            for each statement execute function private.record_truncation()',
        of_table
    );
end
$watch$;
revoke all on function private.watch_for_changes(text, text, text, text) from public;

select
    private.watch_for_changes('contacts', 'workspace_id', 'board_id', 'id'),
    private.watch_for_changes('boards', 'workspace_id', 'id', null),
    private.watch_for_changes('board_columns', 'workspace_id', 'board_id', null),
    private.watch_for_changes('workspace_members', 'workspace_id', null, null),
    private.watch_for_changes('workspace_settings', 'workspace_id', null, null);
