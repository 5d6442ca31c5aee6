-- Visits, and the time that they take. `body` is the record, `checksum` covers it; the other columns are for finding.

CREATE TABLE appointment (
    id          TEXT PRIMARY KEY,
    patient_id  TEXT NOT NULL REFERENCES patient (id),
    provider_id TEXT NOT NULL,
    location_id TEXT NOT NULL,
    -- The local date at the location.
    day         TEXT NOT NULL,
    starts_at   BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    status      TEXT NOT NULL,
    -- When it came to this status.
    since       BIGINT NOT NULL,
    lane        BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    body        TEXT NOT NULL,
    checksum    TEXT NOT NULL
);
CREATE INDEX appointment_day ON appointment (day, location_id, starts_at, id);
CREATE INDEX appointment_provider ON appointment (provider_id, starts_at);
CREATE INDEX appointment_patient ON appointment (patient_id, starts_at);

-- The time of a provider in pieces of five minutes. The key is what makes a double booking impossible: a visit holds a row for
-- each piece, in lane 0 unless it was overbooked on purpose. A cancelled visit and a no-show hold none.
CREATE TABLE appointment_slot (
    provider_id    TEXT NOT NULL,
    at             BIGINT NOT NULL,
    lane           BIGINT NOT NULL,
    appointment_id TEXT NOT NULL REFERENCES appointment (id),
    PRIMARY KEY (provider_id, at, lane)
);
CREATE INDEX appointment_slot_visit ON appointment_slot (appointment_id);
