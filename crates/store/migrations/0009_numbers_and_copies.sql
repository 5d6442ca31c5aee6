-- A number of a payer is one payer's, and a copy of a held payment may stand in its place.

-- What only one record of a kind may have at a time: for a payer, each number that it is known by today.
CREATE TABLE directory_key (
    kind TEXT NOT NULL,
    key  TEXT NOT NULL,
    id   TEXT NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX directory_key_id ON directory_key (kind, id);

-- Whose money it is, once it is in the books.
ALTER TABLE remittance ADD COLUMN payer_id TEXT;
-- The copy that stands in its place; nothing is lost, and this one is never posted.
ALTER TABLE remittance ADD COLUMN superseded_by TEXT REFERENCES remittance (id);
CREATE INDEX remittance_superseded_by ON remittance (superseded_by) WHERE superseded_by IS NOT NULL;
DROP INDEX remittance_fingerprint;
CREATE UNIQUE INDEX remittance_fingerprint ON remittance (fingerprint)
    WHERE duplicate_of IS NULL AND state <> 'superseded';
