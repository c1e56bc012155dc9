-- Takes back migrations/20261123100500_messages.sql. Re-runnable. DROPS THE MESSAGES; settings stay as they are.

drop function if exists public.set_cache_settings(text, jsonb);
do $$
begin
    if to_regclass('public.workspace_settings') is not null then
        alter table public.workspace_settings drop constraint if exists cache_settings_are_valid;
    end if;
end
$$;
drop table if exists public.messages;
do $$
begin
    if to_regnamespace('private') is not null then
        drop function if exists private.are_cache_settings(jsonb);
        drop function if exists private.messages_insert_changes();
        drop function if exists private.messages_delete_changes();
        drop function if exists private.messages_update_changes();
    end if;
end
$$;
drop index if exists public.contacts_by_workspace_and_id;
