-- Sign-in by an identity provider (OpenID Connect). Nothing here is a secret: state, nonce and verifier come from the browser's
-- cookie and a key of the practice.

-- Whose account at the provider is whose here: by issuer and subject, never by an address that the provider may give to another.
CREATE TABLE oidc_link (
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES account (id),
    linked_at  BIGINT NOT NULL,
    used_at    BIGINT,
    PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX oidc_link_account ON oidc_link (account_id, issuer);

-- Browsers that were sent to the provider and have not come back. Each comes back once.
CREATE TABLE oidc_asked (
    -- SHA-256 of the browser's cookie.
    token      TEXT PRIMARY KEY,
    -- The session in which somebody links their account; NULL for signing in.
    session_id TEXT REFERENCES session (id),
    asked_at   BIGINT NOT NULL
);
CREATE INDEX oidc_asked_at ON oidc_asked (asked_at);

-- What came before the second factor: a password, or the provider's word.
ALTER TABLE sign_in_ticket ADD COLUMN way TEXT NOT NULL DEFAULT 'password';
