-- Takes back migrations/20261123100400_change_feed.sql. Re-runnable. Changes that wait to be delivered are dropped with the feed.

do $$
declare
    watched text;
    action text;
begin
    foreach watched in array array['contacts', 'boards', 'board_columns', 'workspace_members', 'workspace_settings'] loop
        foreach action in array array['insert', 'delete', 'update', 'truncate'] loop
            if to_regclass('public.' || watched) is not null then
                execute format('drop trigger if exists %I on public.%I', 'boardcache_' || action, watched);
            end if;
            if to_regnamespace('private') is not null then
                execute format('drop function if exists private.%I()', watched || '_' || action || '_changes');
            end if;
        end loop;
    end loop;
    if to_regnamespace('private') is not null then
        drop function if exists private.watch_for_changes(text, text, text, text);
        drop function if exists private.record_truncation();
        drop function if exists private.record_changes(text, text, jsonb);
        drop function if exists private.deliver_changes();
        drop table if exists private.change_delivery;
        drop table if exists private.changes;
    end if;
end
$$;
