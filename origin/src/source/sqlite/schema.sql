-- The reference schema of supabase/migrations in SQLite: the same tables, the same column names, the same computed fields.
--
-- Timestamps are text exactly as PostgREST prints them (`2026-01-01T00:00:00+00:00`), which sorts as time does. Booleans are
-- 0 and 1. `lower` folds ASCII letters alone and text compares byte by byte, as in the reference schema.

CREATE TABLE workspaces (
    id          TEXT PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL,
    created_at  TEXT NOT NULL
) STRICT;

CREATE TABLE workspace_members (
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id       TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('member', 'admin')),
    created_at    TEXT NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE boards (
    id            TEXT PRIMARY KEY NOT NULL,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name          TEXT NOT NULL,
    created_at    TEXT NOT NULL
) STRICT;

CREATE TABLE board_columns (
    id            TEXT PRIMARY KEY NOT NULL,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    board_id      TEXT NOT NULL REFERENCES boards (id) ON DELETE CASCADE,
    name          TEXT NOT NULL,
    position      INTEGER NOT NULL
) STRICT;

CREATE TABLE workspace_settings (
    workspace_id  TEXT PRIMARY KEY NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    settings      TEXT NOT NULL,
    updated_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- No foreign keys here: two look-ups a row would take a fifth of the time in which the demo data is written.
CREATE TABLE contacts (
    id                TEXT PRIMARY KEY NOT NULL,
    name              TEXT NOT NULL,
    email             TEXT,
    phone             TEXT,
    status            TEXT NOT NULL CHECK (status IN ('open', 'pending', 'snoozed', 'closed')),
    board_column_id   TEXT,
    workspace_id      TEXT NOT NULL,
    board_id          TEXT NOT NULL,
    priority          TEXT NOT NULL CHECK (priority IN ('low', 'medium', 'high')),
    assigned_to       TEXT,
    needs_response    INTEGER NOT NULL CHECK (needs_response IN (0, 1)),
    follow_up_at      TEXT,
    is_favorite       INTEGER NOT NULL CHECK (is_favorite IN (0, 1)),
    is_archived       INTEGER NOT NULL CHECK (is_archived IN (0, 1)),
    sentiment         TEXT CHECK (sentiment IN ('happy', 'neutral', 'unhappy')),
    lifecycle_stage   TEXT NOT NULL CHECK (lifecycle_stage IN ('lead', 'new_customer', 'customer')),
    last_activity_at  TEXT,
    created_at        TEXT NOT NULL,
    updated_at        TEXT NOT NULL,
    -- Computed, stored in the indexes alone; not part of a contact's JSON.
    name_sort_key     TEXT AS (lower(name)) VIRTUAL,
    priority_rank     INTEGER AS (CASE priority WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END) VIRTUAL,
    search_text       TEXT AS (lower(name || char(10) || coalesce(email, '') || char(10) || coalesce(phone, ''))) VIRTUAL
) STRICT;
