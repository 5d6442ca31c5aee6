-- The audit log: events as leaves of an RFC 6962 tree in C2SP tiles, and the versions of every record.

CREATE TABLE audit_event (
    event_id   TEXT PRIMARY KEY,
    -- NULL until a sequencer has numbered it; the embedded engine numbers in the same commit.
    leaf_index BIGINT UNIQUE,
    at         BIGINT NOT NULL,
    act        TEXT NOT NULL,
    actor      TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    leaf       BYTEA NOT NULL,
    key_id     TEXT NOT NULL,
    -- NULL once the content was destroyed under authority; leaf and proofs stay.
    sealed     BYTEA
);
CREATE INDEX audit_event_open ON audit_event (event_id) WHERE leaf_index IS NULL;
CREATE INDEX audit_event_at ON audit_event (at, event_id);
CREATE INDEX audit_event_act ON audit_event (act, at);
CREATE INDEX audit_event_actor ON audit_event (actor, at);

CREATE TABLE audit_subject (
    patient_id TEXT NOT NULL,
    event_id   TEXT NOT NULL REFERENCES audit_event (event_id),
    PRIMARY KEY (patient_id, event_id)
);

CREATE TABLE audit_tile (
    level  BIGINT NOT NULL,
    tile   BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (level, tile)
);

CREATE TABLE audit_head (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    size BIGINT NOT NULL,
    root BYTEA NOT NULL
);

CREATE TABLE audit_checkpoint (
    at   BIGINT PRIMARY KEY,
    size BIGINT NOT NULL,
    note TEXT NOT NULL
);

CREATE TABLE record_version (
    kind     TEXT NOT NULL,
    id       TEXT NOT NULL,
    version  BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    actor    TEXT NOT NULL,
    reason   TEXT NOT NULL,
    body     TEXT NOT NULL,
    checksum TEXT NOT NULL,
    PRIMARY KEY (kind, id, version)
);
