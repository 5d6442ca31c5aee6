-- What witnesses saw of the audit log, and the times that somebody accepted an older copy of it.

CREATE TABLE audit_witness (
    name     TEXT PRIMARY KEY,
    asked_at BIGINT NOT NULL,
    -- How the last asking went: seen, down, contradicts.
    state    TEXT NOT NULL,
    said     TEXT NOT NULL,
    -- The newest checkpoint that it cosigned, as signed; NULL while it has seen none.
    seen_at  BIGINT,
    size     BIGINT,
    note     TEXT
);

CREATE TABLE audit_restore (
    -- The log goes on as NAME/rN.
    generation BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    -- Entries that the copy had.
    size       BIGINT NOT NULL,
    reason     TEXT NOT NULL,
    event_id   TEXT NOT NULL
);
