-- Takes back migrations/20261128100000_contact_page.sql. Re-runnable.

drop function if exists public.contact_page(text, text, text, text, text, timestamptz, text, text, integer, bigint);
