-- Messages of contacts, and the cache settings of a workspace.
--
-- Re-runnable. Taken back by rollback/20261123100500_messages.sql, which drops the messages.

-- What messages refer to, so that none can belong to a contact of another workspace. A unique index is enough for a foreign key, and
-- unlike a constraint it can be made beforehand, concurrently, on a table that is large and in use.
create unique index if not exists contacts_by_workspace_and_id on public.contacts (workspace_id, id);

create table if not exists public.messages (
    id            text collate "C" primary key check (id ~ '^[A-Za-z0-9_-]{1,64}$'),
    workspace_id  text collate "C" not null,
    contact_id    text collate "C" not null,
    direction     text not null check (direction in ('inbound', 'outbound')),
    channel       text not null check (channel in ('email', 'sms', 'whatsapp', 'call', 'chat')),
    body          text not null,
    created_at    timestamptz not null default now(),
    -- Messages go where their contact goes, to another workspace too.
    foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id)
        on update cascade on delete cascade
);

-- A page of a contact's messages is read from its end. It is also what the foreign key looks up when a contact goes.
create index if not exists messages_newest_first
    on public.messages (workspace_id, contact_id, created_at desc, id desc);

-- Counting a contact's messages in the index alone needs pages that VACUUM has seen.
alter table public.messages set (
    autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
);

revoke all on public.messages from public, anon, authenticated;
grant select, insert on public.messages to authenticated;
grant all on public.messages to service_role;

alter table public.messages enable row level security;

drop policy if exists members_read on public.messages;
create policy members_read on public.messages for select to authenticated
    using (workspace_id = any (array(select private.my_workspaces())));

drop policy if exists members_insert on public.messages;
create policy members_insert on public.messages for insert to authenticated
    with check (workspace_id = any (array(select private.my_workspaces())));

select private.watch_for_changes('messages', 'workspace_id', null, 'contact_id');

-- Cache settings -------------------------------------------------------------------------------------------------
-- They are the key `cache` of `workspace_settings.settings`, beside whatever else the application keeps there.

-- Whether what is known is of its type: switches are booleans, lifetimes whole seconds from a minute to a day. What is missing has its
-- default, and what is not known is let be, for versions to come. Null, where nothing is set, is right.
create or replace function private.are_cache_settings(cache jsonb) returns boolean
    language sql immutable parallel safe
    set search_path = ''
as $$
    select cache is null or (
        jsonb_typeof(cache) = 'object'
        and coalesce(jsonb_typeof(cache -> 'enabled'), 'boolean') = 'boolean'
        and coalesce(jsonb_typeof(cache -> 'features'), 'object') = 'object'
        and coalesce(jsonb_typeof(cache -> 'config'), 'object') = 'object'
        and not exists (
            select from unnest(array['contactCounts', 'contactLists', 'search', 'messageHistory']) as name
            where jsonb_typeof(cache -> 'features' -> name) <> 'boolean'
        )
        and not exists (
            select from unnest(array['contactCountsTTL', 'contactsTTL', 'searchTTL', 'messageHistoryTTL']) as name
            where case jsonb_typeof(cache -> 'config' -> name)
                when 'number' then
                    (cache -> 'config' ->> name)::numeric not between 60 and 86400
                    or (cache -> 'config' ->> name)::numeric <> trunc((cache -> 'config' ->> name)::numeric)
                else cache -> 'config' ? name
            end
        )
    )
$$;
comment on function private.are_cache_settings(jsonb) is 'Whether this may stand under the key `cache` of a workspace''s settings.';
-- Whoever writes settings checks them.
revoke all on function private.are_cache_settings(jsonb) from public;
grant execute on function private.are_cache_settings(jsonb) to authenticated, service_role;

alter table public.workspace_settings drop constraint if exists cache_settings_are_valid;
alter table public.workspace_settings add constraint cache_settings_are_valid
    check (private.are_cache_settings(settings -> 'cache'));

-- Puts cache settings in the place of those that are there and leaves the other settings alone, in one statement. Returns when.
-- Security invoker: the policies of the table let admins do it, and nobody else.
create or replace function public.set_cache_settings(workspace_id text, cache jsonb) returns timestamptz
    language sql volatile
    set search_path = ''
as $$
    insert into public.workspace_settings as present (workspace_id, settings, updated_at)
        values (
            set_cache_settings.workspace_id,
            jsonb_build_object('cache', set_cache_settings.cache),
            clock_timestamp()
        )
        on conflict (workspace_id) do update set
            settings = case when jsonb_typeof(present.settings) = 'object' then present.settings else '{}' end
                || jsonb_build_object('cache', set_cache_settings.cache),
            updated_at = clock_timestamp()
        returning present.updated_at
$$;
comment on function public.set_cache_settings(text, jsonb) is
    'Replaces the cache settings of a workspace, of which the caller must be an admin. Returns when.';
revoke all on function public.set_cache_settings(text, jsonb) from public, anon;
grant execute on function public.set_cache_settings(text, jsonb) to authenticated, service_role;
