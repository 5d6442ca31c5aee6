-- The books at millions of postings: what they came to when they were last looked through, and the order of a kind's postings.

-- The last look through the whole books. The sums are of the entries up to `through`; what came later is added from its rows.
CREATE TABLE ledger_check (
    id      BIGINT PRIMARY KEY CHECK (id = 1),
    at      BIGINT NOT NULL,
    through TEXT NOT NULL,
    entries BIGINT NOT NULL,
    -- How many entries are not as they were posted, and the first of them, a line each: the id, and what differs.
    broken   BIGINT NOT NULL,
    examples TEXT NOT NULL
);
CREATE TABLE ledger_sum (
    kind     TEXT PRIMARY KEY,
    debit    BIGINT NOT NULL,
    credit   BIGINT NOT NULL,
    postings BIGINT NOT NULL
);

-- Nothing is posted by hand: every cause stands once.
DROP INDEX ledger_entry_cause;
CREATE UNIQUE INDEX ledger_entry_cause ON ledger_entry (cause);

-- Pages go by the order of the books, which is that of the entries' ids.
DROP INDEX ledger_posting_kind;
CREATE INDEX ledger_posting_kind ON ledger_posting (kind, entry_id, line);
