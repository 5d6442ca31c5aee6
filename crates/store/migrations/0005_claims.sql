-- Visits with their charges, claims, batches, and the files that went out and came in. `body` is the record; the other
-- columns are for finding.

CREATE TABLE visit (
    id              TEXT PRIMARY KEY,
    patient_id      TEXT NOT NULL REFERENCES patient (id),
    -- One visit an appointment; NULL when it was entered without one.
    appointment_id  TEXT UNIQUE,
    provider_id     TEXT NOT NULL,
    date_of_service TEXT NOT NULL,
    -- empty, draft, signed, billed, self_pay
    stage           TEXT NOT NULL,
    total           BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    body            TEXT NOT NULL,
    checksum        TEXT NOT NULL
);
CREATE INDEX visit_stage ON visit (stage, date_of_service, id);
CREATE INDEX visit_patient ON visit (patient_id, date_of_service, id);

-- Kept byte for byte. The same bytes are kept once a direction.
CREATE TABLE file (
    id         TEXT PRIMARY KEY,
    direction  TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    digest     TEXT NOT NULL,
    size       BIGINT NOT NULL,
    kept_at    BIGINT NOT NULL,
    -- What it came to, in words; for people.
    outcome    TEXT NOT NULL,
    bytes      BYTEA NOT NULL,
    UNIQUE (direction, digest)
);
CREATE INDEX file_kept ON file (direction, kept_at, id);

-- Whose records a file speaks of.
CREATE TABLE file_subject (
    file_id    TEXT NOT NULL REFERENCES file (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    PRIMARY KEY (file_id, patient_id)
);
CREATE INDEX file_subject_patient ON file_subject (patient_id);

CREATE TABLE batch (
    id            TEXT PRIMARY KEY,
    partner_id    TEXT NOT NULL,
    state         TEXT NOT NULL,
    -- BHT03, which a 277CA brings back.
    reference     TEXT NOT NULL UNIQUE,
    -- ISA13 and GS06, which a TA1 and a 999 bring back; NULL until it is released.
    interchange   BIGINT,
    group_control BIGINT,
    made_at       BIGINT NOT NULL,
    released_at   BIGINT,
    version       BIGINT NOT NULL,
    body          TEXT NOT NULL,
    checksum      TEXT NOT NULL
);
CREATE UNIQUE INDEX batch_interchange ON batch (interchange);
CREATE UNIQUE INDEX batch_group ON batch (group_control);
CREATE INDEX batch_state ON batch (state, made_at, id);

CREATE TABLE claim (
    id              TEXT PRIMARY KEY,
    -- CLM01: comes back in the 277CA and the 835.
    control_number  TEXT NOT NULL UNIQUE,
    -- The payer's number, once told. Two payers may give the same.
    payer_number    TEXT,
    visit_id        TEXT NOT NULL REFERENCES visit (id),
    patient_id      TEXT NOT NULL REFERENCES patient (id),
    payer_id        TEXT NOT NULL,
    batch_id        TEXT REFERENCES batch (id),
    state           TEXT NOT NULL,
    date_of_service TEXT NOT NULL,
    file_by         TEXT NOT NULL,
    total           BIGINT NOT NULL,
    -- When the state was entered, and why, in words for a person.
    since           BIGINT NOT NULL,
    why             TEXT NOT NULL,
    version         BIGINT NOT NULL,
    body            TEXT NOT NULL,
    checksum        TEXT NOT NULL
);
CREATE INDEX claim_payer_number ON claim (payer_number);
CREATE INDEX claim_visit ON claim (visit_id);
CREATE INDEX claim_patient ON claim (patient_id, date_of_service, id);
CREATE INDEX claim_state ON claim (state, file_by, id);
CREATE INDEX claim_batch ON claim (batch_id);
-- A visit has one claim at a time that has not left: two people cannot bill it at once.
CREATE UNIQUE INDEX claim_unsent ON claim (visit_id) WHERE state IN ('built', 'ready', 'batched');
