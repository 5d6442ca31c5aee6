//! The plans of what pages ask of millions of rows: by an index, in its order, and no further than what is shown.

use std::sync::{Arc, Mutex};

use domain::access::Action;
use domain::claim::ClaimState;
use store::{Sql, Store, Tx};

use super::fixture::lists;
use crate::practice::{On, Practice};

/// The plan of each statement that `ask` runs.
fn plans<T>(ask: impl Fn(&mut Tx) -> store::Result<T>) -> Vec<String> {
    let seen: Arc<Mutex<Vec<&'static Sql>>> = Arc::default();
    let mut practice = Practice::new(On::Sqlite);
    let note = Arc::clone(&seen);
    practice.options.observer = Some(Arc::new(move |_, sql| note.lock().unwrap().push(sql)));
    practice.reopen();
    let store: &Store = practice.store();
    seen.lock().unwrap().clear();
    store.read("ask", ask).unwrap();
    let asked = seen.lock().unwrap().clone();
    let plan = |sql: &'static Sql| {
        let text = Box::leak(format!("EXPLAIN QUERY PLAN {}", sql.text).into_boxed_str());
        let explain: &'static Sql = Box::leak(Box::new(Sql { text, file: file!(), line: line!() }));
        let rows = store.read("plan", |tx| tx.query(explain, &[])).unwrap();
        rows.iter().map(|row| row.get::<String>("detail").unwrap()).collect::<Vec<_>>().join("; ")
    };
    asked.into_iter().map(plan).collect()
}

/// Every plan has all of these words and none of those.
fn check(plans: &[String], all: &[&str], none: &[&str]) {
    assert!(!plans.is_empty());
    for plan in plans {
        assert!(all.iter().all(|words| plan.contains(words)), "{plan}");
        assert!(!none.iter().any(|words| plan.contains(words)), "{plan}");
    }
}

#[test]
fn the_lists_of_claims_are_read_in_the_order_of_their_index() {
    let paid = [ClaimState::Paid, ClaimState::PartlyPaid];
    let plans = plans(|tx| store::claim::list(tx, &lists(Action::ClaimView), &paid, 200));
    assert_eq!(plans.len(), 2, "one statement a state");
    check(&plans, &["SEARCH claim USING INDEX claim_state (state=?)"], &["SCAN", "TEMP B-TREE"]);
}

#[test]
fn claims_are_counted_by_their_index_and_no_further_than_a_person_reads() {
    let plans = plans(store::claim::counts);
    check(&plans, &["SEARCH claim USING COVERING INDEX claim_state (state=?)"], &["SCAN claim", "TEMP B-TREE"]);
}

#[test]
fn the_ledger_is_not_read_whole_for_a_page() {
    let view = || lists(Action::LedgerView);
    let balances = plans(|tx| store::ledger::balances(tx, &view()));
    check(&balances[1..], &["SEARCH ledger_posting USING", "entry_id>?"], &["SCAN ledger_posting"]);
    let lines = plans(|tx| store::ledger::postings(tx, &view(), "cash", None, 200));
    check(&lines, &["ledger_posting_kind (kind=? AND entry_id<?)"], &["SCAN", "TEMP B-TREE FOR ORDER BY"]);
    let ties = plans(|tx| store::ledger::tie_outs(tx, &view(), 50));
    check(&ties, &["remittance_at", "ledger_entry_remittance"], &["SCAN e", "SCAN l"]);
}
