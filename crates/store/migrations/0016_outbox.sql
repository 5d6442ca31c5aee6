-- The way to partners, and what is on it. Connectors are records of the directory; here is what they prove themselves with.

CREATE TABLE connector_secret (
    partner_id TEXT PRIMARY KEY,
    -- The private half of our key pair, sealed. It leaves this column to sign, and never for a page.
    sealed     BYTEA NOT NULL
);

-- A released file on its way to its partner. A file has one row, so it is sent once. `body` is the record, `checksum` covers it.
CREATE TABLE delivery (
    id         TEXT PRIMARY KEY,
    file_id    TEXT NOT NULL UNIQUE REFERENCES file (id),
    batch_id   TEXT NOT NULL REFERENCES batch (id),
    partner_id TEXT NOT NULL,
    state      TEXT NOT NULL,
    queued_at  BIGINT NOT NULL,
    -- Before this nothing is tried.
    due_at     BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    body       TEXT NOT NULL,
    checksum   TEXT NOT NULL
);
CREATE INDEX delivery_due ON delivery (state, due_at, id);
CREATE INDEX delivery_batch ON delivery (batch_id);
CREATE INDEX delivery_partner ON delivery (partner_id, queued_at, id);
