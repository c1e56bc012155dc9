-- Messages of contacts: what version 2 of the schema added.
--
-- Stored in the order in which they are paged through, so that a page is one range of neighbouring rows. No foreign key to contacts,
-- as contacts have none to boards.

CREATE TABLE messages (
    id            TEXT NOT NULL UNIQUE,
    workspace_id  TEXT NOT NULL,
    contact_id    TEXT NOT NULL,
    direction     TEXT NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    channel       TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'whatsapp', 'call', 'chat')),
    body          TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    PRIMARY KEY (workspace_id, contact_id, created_at, id)
) STRICT, WITHOUT ROWID;
