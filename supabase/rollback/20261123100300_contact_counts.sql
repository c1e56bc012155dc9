-- Takes back migrations/20261123100300_contact_counts.sql. Re-runnable.

do $$
begin
    if to_regclass('public.contacts') is not null then
        drop trigger if exists tally_on_insert on public.contacts;
        drop trigger if exists tally_on_update on public.contacts;
        drop trigger if exists tally_on_delete on public.contacts;
        drop trigger if exists tally_on_truncate on public.contacts;
    end if;
    if to_regnamespace('private') is not null then
        drop function if exists private.recently_active(text, text, timestamptz);
        drop function if exists private.rebuild_contact_tallies();
        drop function if exists private.compact_contact_tallies(text, text);
        drop function if exists private.tally_contacts_on_insert();
        drop function if exists private.tally_contacts_on_update();
        drop function if exists private.tally_contacts_on_delete();
        drop function if exists private.tally_contacts_on_truncate();
        drop table if exists private.contact_tallies;
    end if;
end
$$;
drop function if exists public.contact_total(text, text, text, text, text, timestamptz);
drop function if exists public.contact_counts(text, text, timestamptz);
