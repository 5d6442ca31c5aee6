-- Money: the books, remittances, and work that waits for a person.

-- One cause, one entry. Nothing here is updated: an entry is taken back by another one.
CREATE TABLE ledger_entry (
    id            TEXT PRIMARY KEY,
    cause         TEXT NOT NULL,
    remittance_id TEXT,
    visit_id      TEXT,
    effective     TEXT NOT NULL,
    posting       TEXT NOT NULL,
    reverses      TEXT REFERENCES ledger_entry (id),
    version       BIGINT NOT NULL,
    body          TEXT NOT NULL,
    checksum      TEXT NOT NULL
);
CREATE UNIQUE INDEX ledger_entry_cause ON ledger_entry (cause) WHERE cause <> 'manual';
CREATE UNIQUE INDEX ledger_entry_reverses ON ledger_entry (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX ledger_entry_remittance ON ledger_entry (remittance_id);
CREATE INDEX ledger_entry_visit ON ledger_entry (visit_id);

CREATE TABLE ledger_posting (
    entry_id   TEXT NOT NULL REFERENCES ledger_entry (id),
    line       BIGINT NOT NULL,
    -- The account, and its kind without whose it is.
    account    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount <> 0),
    patient_id TEXT,
    claim_id   TEXT,
    charge_id  TEXT,
    posting    TEXT NOT NULL,
    PRIMARY KEY (entry_id, line)
);
CREATE INDEX ledger_posting_kind ON ledger_posting (kind, posting, entry_id, line);
CREATE INDEX ledger_posting_account ON ledger_posting (account, posting, entry_id, line);
CREATE INDEX ledger_posting_claim ON ledger_posting (claim_id);
CREATE INDEX ledger_posting_patient ON ledger_posting (patient_id);

-- The last closed day is the latest of these.
CREATE TABLE ledger_close (
    through TEXT PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT NOT NULL
);

-- Files taken in as remittances; the bytes are kept with all other files. `read_at` is NULL until they were read.
CREATE TABLE remittance_file (
    file_id TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    at      BIGINT NOT NULL,
    read_at BIGINT,
    -- What the reader had to say, one line each.
    faults  TEXT NOT NULL
);
CREATE INDEX remittance_file_unread ON remittance_file (at) WHERE read_at IS NULL;

CREATE TABLE remittance (
    id           TEXT PRIMARY KEY,
    file_id      TEXT NOT NULL REFERENCES remittance_file (file_id),
    set_number   BIGINT NOT NULL,
    -- Payer, trace number, amount and date: the same payment twice is seen here.
    fingerprint  TEXT NOT NULL,
    duplicate_of TEXT REFERENCES remittance (id),
    state        TEXT NOT NULL,
    -- What the queue shows, so that it need not open every body.
    payer_name   TEXT NOT NULL,
    trace        TEXT NOT NULL,
    method       TEXT NOT NULL,
    paid_on      TEXT,
    total        BIGINT NOT NULL,
    claims       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    body         TEXT NOT NULL,
    checksum     TEXT NOT NULL,
    UNIQUE (file_id, set_number)
);
CREATE UNIQUE INDEX remittance_fingerprint ON remittance (fingerprint) WHERE duplicate_of IS NULL;
CREATE INDEX remittance_state ON remittance (state, at, id);
CREATE INDEX remittance_at ON remittance (at, id);

-- One row for each claim of a remittance that is in the books.
CREATE TABLE remittance_posting (
    remittance_id TEXT NOT NULL REFERENCES remittance (id),
    claim_index   BIGINT NOT NULL,
    claim_id      TEXT NOT NULL,
    payer_number  TEXT,
    charge        BIGINT NOT NULL,
    paid          BIGINT NOT NULL,
    -- payment, denial or reversal
    kind          TEXT NOT NULL,
    entry_id      TEXT REFERENCES ledger_entry (id),
    is_reversed   BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (remittance_id, claim_index)
);
CREATE INDEX remittance_posting_claim ON remittance_posting (claim_id);

-- What a person has to look at. The same open work about the same thing is there once.
CREATE TABLE work_item (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    patient_id TEXT,
    created_at BIGINT NOT NULL,
    done       BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    body       TEXT NOT NULL,
    checksum   TEXT NOT NULL
);
CREATE UNIQUE INDEX work_item_open ON work_item (subject, kind) WHERE done = 0;
CREATE INDEX work_item_waiting ON work_item (done, created_at, id);
