-- What is done with the audit log beside looking at it: a sample of each week for people to read, and its delivery to systems
-- elsewhere. `body` is the record, `checksum` covers it.

CREATE TABLE sample (
    -- The ISO week in UTC, such as `2026-W47`.
    id       TEXT PRIMARY KEY,
    version  BIGINT NOT NULL,
    body     TEXT NOT NULL,
    checksum TEXT NOT NULL
);

CREATE TABLE sample_item (
    id        TEXT PRIMARY KEY,
    sample_id TEXT NOT NULL REFERENCES sample (id),
    -- Its place in the log.
    place     BIGINT NOT NULL,
    event_id  TEXT NOT NULL REFERENCES audit_event (event_id),
    due_at    BIGINT NOT NULL,
    -- 1 once somebody read it.
    closed    BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    body      TEXT NOT NULL,
    checksum  TEXT NOT NULL
);
CREATE UNIQUE INDEX sample_item_place ON sample_item (sample_id, place);
CREATE INDEX sample_item_waiting ON sample_item (closed, due_at, place);

-- How far each system elsewhere was sent the log. It holds no event.
CREATE TABLE siem (
    -- Its name in the configuration.
    name     TEXT PRIMARY KEY,
    -- The first place of the log that was not handed over yet.
    next     BIGINT NOT NULL,
    -- When all that was there had been handed over, the last time that it had.
    caught_up_at BIGINT NOT NULL,
    -- When it was tried last, and why it failed; empty when it did not.
    tried_at BIGINT NOT NULL,
    said     TEXT NOT NULL
);
