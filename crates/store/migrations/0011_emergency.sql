-- Who may open a restricted record, and emergency access to one. `body` is the record, `checksum` covers it.

-- Ids of accounts that a restricted record is open to, as `denied` has those that it never is.
ALTER TABLE patient ADD COLUMN circle TEXT NOT NULL DEFAULT '';

-- Why a record is restricted; at most one a patient, and a lifted one stays.
CREATE TABLE restriction (
    patient_id TEXT PRIMARY KEY REFERENCES patient (id),
    version    BIGINT NOT NULL,
    body       TEXT NOT NULL,
    checksum   TEXT NOT NULL
);

CREATE TABLE emergency (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    session_id TEXT NOT NULL REFERENCES session (id),
    patient_id TEXT NOT NULL REFERENCES patient (id),
    opened_at  BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    ended      BIGINT NOT NULL,
    -- Whether its end is in the log.
    noted      BIGINT NOT NULL,
    reviewed   BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    body       TEXT NOT NULL,
    checksum   TEXT NOT NULL
);
-- One person has one record open at a time.
CREATE UNIQUE INDEX emergency_open ON emergency (account_id) WHERE ended = 0;
CREATE INDEX emergency_session ON emergency (session_id, ended);
CREATE INDEX emergency_opened ON emergency (opened_at, id);
CREATE INDEX emergency_waiting ON emergency (reviewed, due_at);
CREATE INDEX emergency_noted ON emergency (noted, ends_at);
