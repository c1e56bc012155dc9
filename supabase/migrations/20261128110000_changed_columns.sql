-- The change feed says which columns of a contact changed, so that pages on which they do not show can stay cached.
--
-- Re-runnable. Taken back by rollback/20261128110000_changed_columns.sql.
--
-- Only where an update touched one contact of a board alone, and left it there; whatever else is told as before. Columns are named and
-- their values are not, for those may be personal data. One exception: the column of the board that the contact left and the one that it
-- came to are part of where it is, and say which lists it is on.

-- Writes events as they are, and has them delivered.
create or replace function private.write_changes(events jsonb) returns void
    language plpgsql security definer
    set search_path = ''
    -- A caller may have turned it off for itself. Without it, pruning would read all rows that wait.
    set enable_nestloop = on
as $$
begin
    if events is null then
        return;
    end if;
    insert into private.changes (event) select event from jsonb_array_elements(events) as event;
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
revoke all on function private.write_changes(jsonb) from public;

-- One row for each workspace and board that the statement touched, in the form of a database webhook.
create or replace function private.record_changes(of_table text, of_action text, touched jsonb) returns void
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform private.write_changes((
        select jsonb_agg(jsonb_build_object('type', of_action, 'schema', 'public', 'table', of_table, 'record', place))
        from jsonb_array_elements(touched) as place
    ));
end
$$;
revoke all on function private.record_changes(text, text, jsonb) from public;

-- Takes the place of what `watch_for_changes` made for updates of contacts; the trigger is the one that it made.
--
-- Rows are counted before any is looked at: of many contacts of a board, none is compared.
create or replace function private.contacts_update_changes() returns trigger
    language plpgsql security definer
    set search_path = ''
    -- The plan is kept for the session, and mostly made for a single row. A nested loop, good for that, would go through all rows of a
    -- large statement once for each place.
    set enable_nestloop = off
as $$
begin
    perform private.write_changes((
        with places as materialized (
            select
                workspace_id,
                board_id,
                min(id) as id,
                jsonb_strip_nulls(jsonb_build_object(
                    'workspace_id', workspace_id,
                    'board_id', board_id,
                    'id', case when min(id) = max(id) then min(id) end
                )) as place,
                -- One contact, with one row from before and one from after: it was here, and is.
                min(id) = max(id) and count(*) = 2 and count(*) filter (where is_new) = 1 as is_one_that_stayed
            from (
                select workspace_id, board_id, id, false from old_rows
                union all
                select workspace_id, board_id, id, true from new_rows
            ) as touched (workspace_id, board_id, id, is_new)
            group by workspace_id, board_id
        ), versions as materialized (
            select workspace_id, board_id, to_jsonb(old_row) as before, to_jsonb(new_row) as after
            from places
            join old_rows as old_row using (workspace_id, board_id, id)
            join new_rows as new_row using (workspace_id, board_id, id)
            where is_one_that_stayed
                -- Asked beforehand, so that where there is none no row is put into a hash table either.
                and exists (select from places where is_one_that_stayed)
        ), compared as materialized (
            select workspace_id, board_id, before, after, (
                select coalesce(jsonb_agg(field.name order by field.name collate "C"), '[]')
                from jsonb_each_text(after) as field (name, value)
                -- As text, which is what a page shows: 1.0 and 1.00 are the same number.
                where field.value is distinct from before ->> field.name
            ) as changed_columns
            from versions
        )
        select jsonb_agg(
            jsonb_build_object('type', 'UPDATE', 'schema', 'public', 'table', 'contacts', 'record', place)
            || case
                -- Of a table with very many columns a hundred such events would be more than one request may hold.
                when changed_columns is null or jsonb_array_length(changed_columns) > 32 then '{}'
                when changed_columns ? 'board_column_id' then jsonb_build_object(
                    'record', place || jsonb_build_object('board_column_id', after -> 'board_column_id'),
                    'old_record', place || jsonb_build_object('board_column_id', before -> 'board_column_id'),
                    'changed_columns', changed_columns
                )
                else jsonb_build_object('old_record', place, 'changed_columns', changed_columns)
            end
        )
        from places
        left join compared using (workspace_id, board_id)
    ));
    return null;
end
$$;
revoke all on function private.contacts_update_changes() from public;
