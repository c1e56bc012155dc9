-- Takes back migrations/20261123100100_row_level_security.sql. Re-runnable.
-- Row-level security itself stays on: a table without policies shows nothing, a table without the switch would show all.

do $$
begin
    if to_regclass('public.contacts') is not null then
        drop policy if exists members_work on public.contacts;
        drop policy if exists admins_update on public.workspace_settings;
        drop policy if exists admins_insert on public.workspace_settings;
        drop policy if exists members_read on public.workspace_settings;
        drop policy if exists members_read on public.board_columns;
        drop policy if exists members_read on public.boards;
        drop policy if exists members_read on public.workspace_members;
        drop policy if exists members_read on public.workspaces;
        revoke all on public.workspaces, public.workspace_members, public.boards, public.board_columns,
            public.workspace_settings, public.contacts from authenticated, service_role;
    end if;
    if to_regnamespace('private') is not null then
        drop function if exists private.my_administered_workspaces();
        drop function if exists private.my_workspaces();
        drop function if exists private.current_user_id();
        revoke usage on schema private from authenticated, service_role;
    end if;
end
$$;
drop index if exists public.workspace_members_by_user;
