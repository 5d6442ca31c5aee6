-- Patients and their coverages. `body` is the record, `checksum` covers it; the other columns are for finding.

CREATE TABLE patient (
    id         TEXT PRIMARY KEY,
    mrn        TEXT NOT NULL UNIQUE,
    family_key TEXT NOT NULL,
    given_key  TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    phone_key  TEXT NOT NULL,
    restricted BIGINT NOT NULL,
    denied     TEXT NOT NULL,
    canary     BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    body       TEXT NOT NULL,
    checksum   TEXT NOT NULL
);
CREATE INDEX patient_name ON patient (family_key, given_key, birth_date, id);
CREATE INDEX patient_given ON patient (given_key, family_key, id);
CREATE INDEX patient_birth ON patient (birth_date, family_key, id);
CREATE INDEX patient_phone ON patient (phone_key, id);
