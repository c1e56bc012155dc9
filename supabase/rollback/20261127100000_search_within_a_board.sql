-- Takes back migrations/20261127100000_search_within_a_board.sql. Re-runnable. Searches read the whole board afterwards.
-- The extension btree_gin stays: something else may use it.

drop index if exists public.contacts_search;
