-- Search costs what is on the board, however many contacts other workspaces have.
--
-- Re-runnable. Taken back by rollback/20261127100000_search_within_a_board.sql. On a large table in use, make the index beforehand with
-- `create index concurrently`, as it stands here.
--
-- The index of earlier versions was on trigrams alone: a term that many people have led through all contacts that have it, of all
-- workspaces, to the few of the board. Of ten million contacts that took 100 ms a search. GIN looks up all columns of an index at once, and
-- skips through the long lists by the short ones.

create schema if not exists extensions;
create extension if not exists btree_gin with schema extensions;
-- The operator classes are found wherever the extensions live: `extensions` on Supabase, `public` on some older projects.
set search_path = public, extensions;

create index if not exists contacts_search on public.contacts using gin (
    workspace_id,
    board_id,
    (lower((name || E'\n' || coalesce(email, '') || E'\n' || coalesce(phone, '')) collate "C")) gin_trgm_ops
);
drop index if exists public.contacts_search_trigrams;

reset search_path;
