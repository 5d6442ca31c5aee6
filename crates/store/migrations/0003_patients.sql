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
CREATE INDEX patient_birth ON patient (birth_date, family_key, id);
CREATE INDEX patient_phone ON patient (phone_key, id);

-- What a patient is found by: in place 0 the whole folded family name, in place 1 each other word of the name, so that the
-- second part of a double name finds its bearer too.
CREATE TABLE patient_word (
    patient_id TEXT NOT NULL REFERENCES patient (id),
    place      BIGINT NOT NULL,
    word       TEXT NOT NULL,
    PRIMARY KEY (patient_id, place, word)
);
CREATE INDEX patient_word_find ON patient_word (place, word, patient_id);

CREATE TABLE coverage (
    id         TEXT PRIMARY KEY,
    patient_id TEXT NOT NULL REFERENCES patient (id),
    payer_id   TEXT NOT NULL,
    member_id  TEXT NOT NULL,
    version    BIGINT NOT NULL,
    body       TEXT NOT NULL,
    checksum   TEXT NOT NULL
);
CREATE INDEX coverage_patient ON coverage (patient_id);
CREATE INDEX coverage_member ON coverage (member_id);

-- What the practice knows about itself and its surroundings, no ePHI: the practice, locations, providers, payers, partners.
CREATE TABLE directory (
    kind     TEXT NOT NULL,
    id       TEXT NOT NULL,
    name     TEXT NOT NULL,
    version  BIGINT NOT NULL,
    body     TEXT NOT NULL,
    checksum TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);

-- Counters that must never give a number twice: record numbers, X12 control numbers.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    next BIGINT NOT NULL
);
