-- Accounts and sessions. Secrets are hashed (password, token) or sealed (second factor).

CREATE TABLE account (
    id          TEXT PRIMARY KEY,
    login       TEXT NOT NULL UNIQUE,
    version     BIGINT NOT NULL,
    body        TEXT NOT NULL,
    checksum    TEXT NOT NULL
);

CREATE TABLE account_secret (
    account_id  TEXT PRIMARY KEY REFERENCES account (id),
    password    TEXT NOT NULL,
    totp        BYTEA,
    -- The last time step whose code was accepted: a code works once.
    totp_step   BIGINT NOT NULL,
    enrolled_at BIGINT
);

CREATE TABLE session (
    id          TEXT PRIMARY KEY,
    token       TEXT NOT NULL UNIQUE,
    account_id  TEXT NOT NULL REFERENCES account (id),
    factor      TEXT NOT NULL,
    began_at    BIGINT NOT NULL,
    active_at   BIGINT NOT NULL,
    locked_at   BIGINT,
    ended_at    BIGINT,
    source      TEXT NOT NULL,
    device      TEXT NOT NULL,
    canary      BIGINT NOT NULL
);
CREATE INDEX session_account ON session (account_id, ended_at);

CREATE TABLE sign_in_throttle (
    bucket      TEXT PRIMARY KEY,
    failures    BIGINT NOT NULL,
    until       BIGINT NOT NULL,
    touched_at  BIGINT NOT NULL
);

CREATE TABLE device (
    token       TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES account (id),
    seen_at     BIGINT NOT NULL
);
