-- Who may see and change what: members of a workspace, and nobody else.
--
-- Re-runnable. Taken back by rollback/20261123100100_row_level_security.sql, which shuts the tables to everybody but their owner.
--
-- Policies compare a row's workspace with an array that is computed once per query (`array(select …)` becomes an
-- InitPlan), never once per row.

create or replace function private.current_user_id() returns text
    language sql stable parallel safe
    set search_path = ''
as $$
    select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
$$;
comment on function private.current_user_id() is 'The `sub` of the token that PostgREST verified, or null.';

-- Security definer: it must see the memberships although the policy on `workspace_members` asks it.
create or replace function private.my_workspaces() returns setof text
    language sql stable security definer parallel safe rows 10
    set search_path = ''
as $$
    select member.workspace_id
    from public.workspace_members as member
    where member.user_id = private.current_user_id()
$$;
comment on function private.my_workspaces() is 'The workspaces of which the caller is a member.';

create or replace function private.my_administered_workspaces() returns setof text
    language sql stable security definer parallel safe rows 10
    set search_path = ''
as $$
    select member.workspace_id
    from public.workspace_members as member
    where member.user_id = private.current_user_id() and member.role = 'admin'
$$;
comment on function private.my_administered_workspaces() is 'The workspaces of which the caller is an admin.';

create index if not exists workspace_members_by_user on public.workspace_members (user_id, workspace_id);

revoke all on schema private from public;
grant usage on schema private to authenticated, service_role;
revoke all on function private.current_user_id(), private.my_workspaces(), private.my_administered_workspaces()
    from public;
grant execute on function private.current_user_id(), private.my_workspaces(), private.my_administered_workspaces()
    to authenticated, service_role;

grant usage on schema public to authenticated, service_role;
revoke all on public.workspaces, public.workspace_members, public.boards, public.board_columns,
    public.workspace_settings, public.contacts from public, anon, authenticated;
grant select on public.workspaces, public.workspace_members, public.boards, public.board_columns to authenticated;
grant select, insert, update on public.workspace_settings to authenticated;
grant select, insert, update, delete on public.contacts to authenticated;
grant all on public.workspaces, public.workspace_members, public.boards, public.board_columns,
    public.workspace_settings, public.contacts to service_role;

alter table public.workspaces enable row level security;
alter table public.workspace_members enable row level security;
alter table public.boards enable row level security;
alter table public.board_columns enable row level security;
alter table public.workspace_settings enable row level security;
alter table public.contacts enable row level security;

drop policy if exists members_read on public.workspaces;
create policy members_read on public.workspaces for select to authenticated
    using (id = any (array(select private.my_workspaces())));

drop policy if exists members_read on public.workspace_members;
create policy members_read on public.workspace_members for select to authenticated
    using (workspace_id = any (array(select private.my_workspaces())));

drop policy if exists members_read on public.boards;
create policy members_read on public.boards for select to authenticated
    using (workspace_id = any (array(select private.my_workspaces())));

drop policy if exists members_read on public.board_columns;
create policy members_read on public.board_columns for select to authenticated
    using (workspace_id = any (array(select private.my_workspaces())));

drop policy if exists members_read on public.workspace_settings;
create policy members_read on public.workspace_settings for select to authenticated
    using (workspace_id = any (array(select private.my_workspaces())));

drop policy if exists admins_insert on public.workspace_settings;
create policy admins_insert on public.workspace_settings for insert to authenticated
    with check (workspace_id = any (array(select private.my_administered_workspaces())));

drop policy if exists admins_update on public.workspace_settings;
create policy admins_update on public.workspace_settings for update to authenticated
    using (workspace_id = any (array(select private.my_administered_workspaces())))
    with check (workspace_id = any (array(select private.my_administered_workspaces())));

drop policy if exists members_work on public.contacts;
create policy members_work on public.contacts for all to authenticated
    using (workspace_id = any (array(select private.my_workspaces())))
    with check (workspace_id = any (array(select private.my_workspaces())));
