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
    -- A PHC string: Argon2id with its parameters and salt.
    password    TEXT NOT NULL,
    -- Somebody else chose it: the person replaces it at the next sign-in.
    must_change BIGINT NOT NULL,
    set_at      BIGINT NOT NULL,
    -- Sealed, bound to this row and column.
    totp        BYTEA,
    -- The last time step whose code was accepted: a code works once.
    totp_step   BIGINT NOT NULL,
    enrolled_at BIGINT
);

-- Recovery codes, hashed; each works once.
CREATE TABLE account_recovery (
    account_id  TEXT NOT NULL REFERENCES account (id),
    code        TEXT NOT NULL,
    used_at     BIGINT,
    PRIMARY KEY (account_id, code)
);

-- Between the password and the second factor. A ticket is no session and opens nothing.
CREATE TABLE sign_in_ticket (
    token       TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES account (id),
    made_at     BIGINT NOT NULL,
    tries       BIGINT NOT NULL,
    -- The second factor that is being enrolled, sealed, bound to this row and column.
    totp        BYTEA
);
CREATE INDEX sign_in_ticket_account ON sign_in_ticket (account_id);

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
    touched_at  BIGINT NOT NULL,
    -- When the log last heard that this bucket refuses: once a minute, so that nobody can flood it.
    noted_at    BIGINT
);
CREATE INDEX sign_in_throttle_touched ON sign_in_throttle (touched_at);

-- Browsers that a person has signed in with, by the hash of their cookie.
CREATE TABLE device (
    token       TEXT NOT NULL,
    account_id  TEXT NOT NULL REFERENCES account (id),
    seen_at     BIGINT NOT NULL,
    PRIMARY KEY (token, account_id)
);
CREATE INDEX device_account ON device (account_id);
