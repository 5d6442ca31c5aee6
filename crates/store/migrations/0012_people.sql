-- How access ended and how soon that held, what a person sees of the own sign-ins, the second factor given anew, and passkeys.

-- Each time that somebody's access was ended. What is not known yet is NULL.
CREATE TABLE access_end (
    account_id     TEXT NOT NULL REFERENCES account (id),
    -- When the act committed: from here on every request is refused.
    ended_at       BIGINT NOT NULL,
    reason         TEXT NOT NULL,
    note           TEXT NOT NULL,
    -- When employment ended; NULL where it goes on.
    left_at        BIGINT,
    ended_by       TEXT NOT NULL,
    -- What the act ended.
    sessions       BIGINT NOT NULL,
    tokens         BIGINT NOT NULL,
    -- The last credential or request of the person that was accepted, and the last act of theirs in the log.
    accepted_at    BIGINT,
    accepted_event TEXT,
    -- The event of the act itself.
    ended_event    TEXT NOT NULL,
    -- The first refusal after it.
    refused_at     BIGINT,
    refused_event  TEXT,
    PRIMARY KEY (account_id, ended_at)
);

-- What kind of browser began a session, as people recognise it: `Firefox on Windows`.
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
-- When the person last gave a second factor in it.
ALTER TABLE session ADD COLUMN fresh_at BIGINT;
-- When it was first tried after the person's access was ended: the log hears of it once.
ALTER TABLE session ADD COLUMN refused_at BIGINT;

-- Public keys of people's authenticators. No secret is here: those never leave the authenticator.
CREATE TABLE passkey (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    -- The authenticator's own name for it, base64url.
    credential TEXT NOT NULL UNIQUE,
    -- What the person calls it.
    name       TEXT NOT NULL,
    -- Public key, signature counter and flags.
    body       TEXT NOT NULL,
    added_at   BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX passkey_account ON passkey (account_id, added_at);

-- Questions to authenticators that were answered: each is answered once. The questions themselves are signed and kept nowhere,
-- so that strangers cannot fill the database.
CREATE TABLE passkey_answered (
    -- SHA-256 of the challenge.
    challenge   TEXT PRIMARY KEY,
    answered_at BIGINT NOT NULL
);
CREATE INDEX passkey_answered_at ON passkey_answered (answered_at);
