-- Access reviews: each quarter somebody decides about every access. `body` is the record, `checksum` covers it.

CREATE TABLE review (
    id       TEXT PRIMARY KEY,
    begun_at BIGINT NOT NULL,
    finished BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    body     TEXT NOT NULL,
    checksum TEXT NOT NULL
);
-- One is under way at a time.
CREATE UNIQUE INDEX review_running ON review (finished) WHERE finished = 0;
CREATE INDEX review_begun ON review (begun_at, id);

CREATE TABLE review_item (
    id        TEXT PRIMARY KEY,
    review_id TEXT NOT NULL REFERENCES review (id),
    -- What became of it; empty until it is decided.
    choice    TEXT NOT NULL,
    version   BIGINT NOT NULL,
    body      TEXT NOT NULL,
    checksum  TEXT NOT NULL
);
CREATE INDEX review_item_review ON review_item (review_id, choice, id);
