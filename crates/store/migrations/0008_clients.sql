-- What API clients do: assertions spent, tokens given, scopes used, reports handed in. The clients themselves are records of
-- the directory, with their versions.

-- An assertion works once (RFC 7523, section 3, 7). Kept for a day beyond its life: a clock that is set back opens nothing.
CREATE TABLE client_assertion (
    client_id  TEXT NOT NULL,
    jti        TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, jti)
);
CREATE INDEX client_assertion_expires ON client_assertion (expires_at);

CREATE TABLE client_token (
    id         TEXT PRIMARY KEY,
    -- SHA-256 of the token; the token itself is nowhere.
    token      TEXT NOT NULL UNIQUE,
    client_id  TEXT NOT NULL,
    -- The key that proved the client.
    kid        TEXT NOT NULL,
    -- Apart by spaces.
    scopes     TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT
);
CREATE INDEX client_token_client ON client_token (client_id, ended_at);
CREATE INDEX client_token_expires ON client_token (expires_at);

-- What was used of what was given.
CREATE TABLE client_use (
    client_id TEXT NOT NULL,
    scope     TEXT NOT NULL,
    uses      BIGINT NOT NULL,
    last_at   BIGINT NOT NULL,
    PRIMARY KEY (client_id, scope)
);

-- What clients handed in, byte for byte. The same bytes of one client are one report.
CREATE TABLE intake (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    client_id   TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    digest      TEXT NOT NULL,
    size        BIGINT NOT NULL,
    body        TEXT NOT NULL,
    -- The event in the log, which carries the same digest. It commits with this row.
    event_id    TEXT NOT NULL,
    UNIQUE (client_id, kind, digest)
);
CREATE INDEX intake_client ON intake (client_id, received_at, id);
