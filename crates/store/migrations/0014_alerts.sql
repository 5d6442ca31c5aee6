-- What the rules over the audit log noticed. `body` is the record, `checksum` covers it.

CREATE TABLE alert (
    id         TEXT PRIMARY KEY,
    rule       TEXT NOT NULL,
    -- Whom it is about, as the log has it, with the patient where the rule is about two; it is not said again for a while.
    key        TEXT NOT NULL,
    -- The event that made it, and when that was.
    event_id   TEXT NOT NULL REFERENCES audit_event (event_id),
    at         BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    closed     BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    body       TEXT NOT NULL,
    checksum   TEXT NOT NULL
);
-- However often a part of the log is looked at, an event makes a rule fire once.
CREATE UNIQUE INDEX alert_event ON alert (event_id, rule);
CREATE INDEX alert_waiting ON alert (closed, due_at, id);
CREATE INDEX alert_at ON alert (at);

-- The first place of the log that the rules have not seen. What was there before there were rules is not looked at.
CREATE TABLE alert_place (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    next BIGINT NOT NULL
);
INSERT INTO alert_place (id, next) SELECT 1, coalesce(max(leaf_index) + 1, 0) FROM audit_event;
