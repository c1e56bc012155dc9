-- Workspaces, their members, boards, columns and contacts.
--
-- Re-runnable. Taken back by rollback/20261123100000_boards_and_contacts.sql, which drops the data as well.
--
-- Ids are text with the grammar [A-Za-z0-9_-]{1,64} and compare byte by byte (collation "C"), whatever the
-- database's locale: the order of ids breaks ties between contacts and must be the same in every source.

create schema if not exists private;
comment on schema private is 'Helpers and maintained figures. Not exposed through the API.';

create table if not exists public.workspaces (
    id          text collate "C" primary key check (id ~ '^[A-Za-z0-9_-]{1,64}$'),
    name        text not null,
    created_at  timestamptz not null default now()
);

create table if not exists public.workspace_members (
    workspace_id  text collate "C" not null references public.workspaces (id) on delete cascade,
    user_id       text collate "C" not null,
    role          text not null default 'member' check (role in ('member', 'admin')),
    created_at    timestamptz not null default now(),
    primary key (workspace_id, user_id)
);
comment on column public.workspace_members.user_id is 'The `sub` of the user''s token.';

create table if not exists public.boards (
    id            text collate "C" primary key check (id ~ '^[A-Za-z0-9_-]{1,64}$'),
    workspace_id  text collate "C" not null references public.workspaces (id) on delete cascade,
    name          text not null,
    created_at    timestamptz not null default now(),
    -- What contacts and columns refer to, so that neither can lie on a board of another workspace.
    unique (workspace_id, id)
);

create table if not exists public.board_columns (
    id            text collate "C" primary key check (id ~ '^[A-Za-z0-9_-]{1,64}$'),
    workspace_id  text collate "C" not null,
    board_id      text collate "C" not null,
    name          text not null,
    position      integer not null default 0,
    -- What contacts refer to, so that none can lie in, or ask after, a column of another workspace.
    unique (workspace_id, id),
    foreign key (workspace_id, board_id) references public.boards (workspace_id, id) on delete cascade
);

create table if not exists public.workspace_settings (
    workspace_id  text collate "C" primary key references public.workspaces (id) on delete cascade,
    settings      jsonb not null default '{}',
    updated_at    timestamptz not null default now()
);

-- `priority` is text, not an enum: comparing enums is not leakproof, and under row-level security PostgreSQL uses neither an
-- index nor statistics for a comparison that is not. `public.priority_rank` gives the order low < medium < high.
create table if not exists public.contacts (
    id                text collate "C" primary key check (id ~ '^[A-Za-z0-9_-]{1,64}$'),
    name              text not null,
    email             text,
    phone             text,
    status            text not null default 'open' check (status in ('open', 'pending', 'snoozed', 'closed')),
    board_column_id   text collate "C",
    workspace_id      text collate "C" not null,
    board_id          text collate "C" not null,
    priority          text not null default 'medium' check (priority in ('low', 'medium', 'high')),
    assigned_to       text collate "C",
    needs_response    boolean not null default false,
    follow_up_at      timestamptz,
    is_favorite       boolean not null default false,
    is_archived       boolean not null default false,
    sentiment         text check (sentiment in ('happy', 'neutral', 'unhappy')),
    lifecycle_stage   text not null default 'lead' check (lifecycle_stage in ('lead', 'new_customer', 'customer')),
    last_activity_at  timestamptz,
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    foreign key (workspace_id, board_id) references public.boards (workspace_id, id) on delete cascade,
    foreign key (workspace_id, board_column_id) references public.board_columns (workspace_id, id)
        on delete set null (board_column_id)
);

-- Index-only scans need pages that VACUUM has seen; the default waits for a fifth of the table to change.
alter table public.contacts set (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
);
