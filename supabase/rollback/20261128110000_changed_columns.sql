-- Takes back migrations/20261128110000_changed_columns.sql. Re-runnable. Changes that wait to be delivered stay as they are; those to come
-- do not say which columns changed.

do $$
begin
    if to_regprocedure('private.record_changes(text, text, jsonb)') is not null then
-- As it stands in migrations/20261123100400_change_feed.sql, to the last blank.
create or replace function private.record_changes(of_table text, of_action text, touched jsonb) returns void
    language plpgsql security definer
    set search_path = ''
as $function$
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
$function$;
    end if;
    if to_regclass('public.contacts') is not null
        and to_regprocedure('private.watch_for_changes(text, text, text, text)') is not null
    then
        perform private.watch_for_changes('contacts', 'workspace_id', 'board_id', 'id');
    end if;
    if to_regnamespace('private') is not null then
        drop function if exists private.write_changes(jsonb);
    end if;
end
$$;
