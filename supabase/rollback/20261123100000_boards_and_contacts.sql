-- Takes back migrations/20261123100000_boards_and_contacts.sql. Re-runnable. DROPS THE DATA.

drop table if exists public.contacts;
drop table if exists public.workspace_settings;
drop table if exists public.board_columns;
drop table if exists public.boards;
drop table if exists public.workspace_members;
drop table if exists public.workspaces;
drop schema if exists private;
