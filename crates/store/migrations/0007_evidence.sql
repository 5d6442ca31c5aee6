-- Evidence about safeguards: what probes found, what people said, which settings were approved. No ePHI in it.

CREATE TABLE evidence (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    -- The probe, the safeguard, or the thing whose baseline it is.
    subject    TEXT NOT NULL,
    at         BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    body       TEXT NOT NULL,
    checksum   TEXT NOT NULL,
    -- The event in the log, which carries the same checksum. It commits with this row.
    event_id   TEXT NOT NULL
);
CREATE INDEX evidence_history ON evidence (kind, subject, at);

-- The newest of each, so that a page reads it without searching the history.
CREATE TABLE evidence_newest (
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    evidence_id TEXT NOT NULL REFERENCES evidence (id),
    PRIMARY KEY (kind, subject)
);

-- What probes plant to look for: ids of canary records, a marker that must not be readable on disk.
CREATE TABLE canary (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
