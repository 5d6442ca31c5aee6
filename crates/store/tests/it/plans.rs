//! How the embedded engine finds the rows of hot queries. A plan that reads a whole table is quick in every small test and slow in
//! every large practice.

use std::sync::{Arc, Mutex};

use domain::Instant;
use domain::access::Action;
use domain::audit::Act;
use domain::claim::ClaimState;
use domain::id::RemittanceId;
use domain::patient::PatientQuery;
use store::audit::read::{Filter, Lately, from_place, lately_by, lately_of, list};
use store::audit::verify::verify;
use store::{Sql, Store, Tx};

use crate::audit::{patient, viewed};
use crate::patient::grant;
use crate::practice::{On, Practice};

/// The plans of the statements of `file` that `run` runs, each as the engine explains it.
fn plans(file: &str, run: impl Fn(&Store)) -> Vec<String> {
    let mut practice = Practice::new(On::Sqlite);
    let ran: Arc<Mutex<Vec<&'static Sql>>> = Arc::default();
    let seen = Arc::clone(&ran);
    practice.options.observer = Some(Arc::new(move |_, sql| seen.lock().unwrap().push(sql)));
    practice.reopen();
    ran.lock().unwrap().clear();
    run(practice.store());
    let conn = practice.raw("practice.db");
    ran.lock().unwrap().iter().filter(|sql| sql.file.ends_with(file)).map(|sql| explained(&conn, sql)).collect()
}

/// The steps that read a table, or sort all that was read, in their order.
fn explained(conn: &rusqlite::Connection, sql: &Sql) -> String {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).unwrap();
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get::<_, String>("detail").unwrap());
    }
    let kept = ["SEARCH", "SCAN", "USE TEMP B-TREE FOR ORDER BY"];
    steps.retain(|step| kept.iter().any(|kind| step.starts_with(kind)));
    steps.join("; ").replace("sqlite_autoindex_", "")
}

#[test]
fn the_log_is_read_by_its_indexes() {
    for (act, actor, plan) in [
        (None, None, "SEARCH audit_event USING INDEX audit_event_at ((at,event_id)<(?,?))"),
        (Some("a"), None, "SEARCH audit_event USING INDEX audit_event_act (act=? AND at<?)"),
        (None, Some("b"), "SEARCH audit_event USING INDEX audit_event_actor (actor=? AND at<?)"),
        (Some("a"), Some("b"), "SEARCH audit_event USING INDEX audit_event_actor (actor=? AND at<?)"),
    ] {
        let filter = Filter { act: act.map(str::to_owned), actor: actor.map(str::to_owned), ..Filter::default() };
        assert_eq!(of_log(&filter), [plan]);
    }
    let of_patient = Filter { patient: Some(patient(1)), ..Filter::default() };
    let plan = "SEARCH s USING COVERING INDEX audit_subject_1 (patient_id=?); \
                SEARCH e USING INDEX audit_event_1 (event_id=?); USE TEMP B-TREE FOR ORDER BY";
    assert_eq!(of_log(&of_patient), [plan]);
}

fn of_log(filter: &Filter) -> Vec<String> {
    plans("audit/read.rs", |store| {
        let log = store.log().clone();
        store.read("list", |tx| list(&log, tx, filter, 10).map(drop)).unwrap();
    })
}

/// Each of a million entries asks whom it names: a look at the whole table each time would never end.
#[test]
fn the_log_is_verified_by_its_indexes() {
    let found = plans("audit/rows.rs", |store| {
        store.record(viewed(&patient(1))).unwrap();
        let log = store.log().clone();
        store.read("verify", |tx| verify(&log, tx).map(drop)).unwrap();
    });
    let pairs = "SCAN a; SEARCH s USING COVERING INDEX audit_subject_1 (patient_id=? AND event_id=?)";
    assert!(found.iter().any(|plan| plan.ends_with(pairs)), "{found:#?}");
}

#[test]
fn patients_are_found_by_indexes() {
    let by_word = "SEARCH w USING COVERING INDEX patient_word_find (place=? AND word>? AND word<?); \
                   SEARCH p USING INDEX patient_1 (id=?); \
                   SEARCH b EXISTS USING COVERING INDEX patient_word_1 (patient_id=?); \
                   SEARCH c EXISTS USING COVERING INDEX patient_word_1 (patient_id=?)";
    for (text, expected) in [
        ("", ["SCAN patient USING INDEX patient_name"].as_slice()),
        ("6/9/1984", &["SEARCH patient USING INDEX patient_birth (birth_date=?)"]),
        (
            "5550142",
            &["SEARCH patient USING INDEX patient_1 (id=?); \
               SEARCH patient USING COVERING INDEX patient_phone (phone_key>? AND phone_key<?); \
               USE TEMP B-TREE FOR ORDER BY; SEARCH patient USING INDEX patient_2 (mrn=?)"],
        ),
        ("quetzal n", &[by_word, by_word]),
    ] {
        let query = PatientQuery::parse(text);
        let found = plans("store/src/patient.rs", |store| {
            let find = |tx: &mut Tx| store::patient::find(tx, &grant(Action::PatientFind), &query, 50).map(drop);
            store.read("find", find).unwrap();
        });
        assert_eq!(found, expected, "{text}");
    }
}

/// Each state is read as far as the page shows, and nothing is sorted.
#[test]
fn claims_are_listed_in_the_order_of_their_index() {
    let found = of_claims(|tx| {
        let states = [ClaimState::Paid, ClaimState::PartlyPaid];
        store::claim::list(tx, &grant(Action::ClaimView), &states, 200).map(drop)
    });
    let plan = "SEARCH claim USING INDEX claim_state (state=?); SEARCH patient USING INDEX patient_1 (id=?)";
    assert_eq!(found, [plan, plan]);
}

/// Every state is counted, by its part of the index.
#[test]
fn claims_are_counted_by_their_index() {
    let found = of_claims(|tx| store::claim::counts(tx).map(drop));
    let state = "SEARCH claim USING COVERING INDEX claim_state (state=?); SCAN part";
    assert_eq!(found, [[state; ClaimState::ALL.len()].join("; ")]);
}

fn of_claims(ask: fn(&mut Tx) -> store::Result<()>) -> Vec<String> {
    plans("store/src/claim.rs", |store| store.read("claims", ask).unwrap())
}

/// The rows since the last look, a page of postings, the remittances on the page with their entries: never all postings.
#[test]
fn the_ledger_is_not_read_whole_for_a_page() {
    let balances = of_ledger(|tx| store::ledger::balances(tx, &grant(Action::LedgerView)).map(drop));
    let since = "SEARCH ledger_posting USING INDEX ledger_posting_1 (entry_id>?)";
    assert_eq!(balances, [format!("SCAN ledger_sum; {since}; SCAN part")]);
    let lines = of_ledger(|tx| store::ledger::postings(tx, &grant(Action::LedgerView), "cash", None, 200).map(drop));
    let patient = "SEARCH p USING INDEX patient_1 (id=?) LEFT-JOIN";
    let entry = "SEARCH e USING INDEX ledger_entry_1 (id=?)";
    let kind = "SEARCH l USING INDEX ledger_posting_kind (kind=? AND entry_id>? AND entry_id<?); \
                SEARCH ledger_posting USING COVERING INDEX ledger_posting_kind (kind=? AND entry_id<?)";
    assert_eq!(lines, [[kind, entry, patient].join("; ")]);
    let ties = of_ledger(|tx| store::ledger::tie_outs(tx, &grant(Action::LedgerView), 50).map(drop));
    let shown = "SCAN remittance USING INDEX remittance_at; \
                 SEARCH ledger_entry EXISTS USING COVERING INDEX ledger_entry_remittance (remittance_id=?); SCAN r";
    let entries = "SEARCH e USING INDEX ledger_entry_remittance (remittance_id=?)";
    let postings = "SEARCH l USING INDEX ledger_posting_1 (entry_id=?)";
    assert_eq!(ties, [[shown, entries, postings, "USE TEMP B-TREE FOR ORDER BY"].join("; ")]);
    let left = of_ledger(|tx| {
        store::ledger::unapplied(tx, &RemittanceId::parse("01890000-0000-7000-8000-000000000001").unwrap()).map(drop)
    });
    let unapplied = "SEARCH l USING INDEX ledger_posting_kind (kind=? AND entry_id=?)";
    assert_eq!(left, [[entries, unapplied].join("; ")]);
}

fn of_ledger(ask: fn(&mut Tx) -> store::Result<()>) -> Vec<String> {
    plans("ledger/read.rs", |store| store.read("ledger", ask).unwrap())
}

/// The officials' pages count alerts each time, and the rules look back at each person of a part.
#[test]
fn alerts_and_what_the_rules_look_back_at_are_found_by_indexes() {
    let found = plans("store/src/alert.rs", |store| {
        store.read("counts", |tx| store::alert::counts(tx).map(drop)).unwrap();
        store.read("waiting", |tx| store::alert::waiting(tx, &grant(Action::AlertReview)).map(drop)).unwrap();
        let kin = |tx: &mut Tx| store::alert::kin(tx, &patient(1), "pena", "ada", 9).map(drop);
        store.read("kin", kin).unwrap();
    });
    assert_eq!(
        found,
        [
            "SEARCH alert USING COVERING INDEX alert_waiting (closed=?)",
            "SEARCH alert USING INDEX alert_waiting (closed=?)",
            "SEARCH patient USING INDEX patient_1 (id=?); SEARCH patient USING INDEX patient_name (family_key=?); SCAN few",
        ]
    );
    let (from, to) = (Instant::from_micros(0), Instant::from_micros(i64::MAX));
    let lately = Lately { from, to, before: 9, limit: 9 };
    let back = plans("audit/read.rs", |store| {
        let log = store.log().clone();
        store.read("from", |tx| from_place(&log, tx, 0, 9).map(drop)).unwrap();
        store.read("by", |tx| lately_by(&log, tx, "account:x", &lately).map(drop)).unwrap();
        store.read("of", |tx| lately_of(&log, tx, Act::SignInFailed, &lately).map(drop)).unwrap();
    });
    assert_eq!(
        back,
        [
            "SEARCH audit_event USING INDEX audit_event_2 (leaf_index>?)",
            "SEARCH audit_event USING INDEX audit_event_actor (actor=? AND at>? AND at<?)",
            "SEARCH audit_event USING INDEX audit_event_act (act=? AND at>? AND at<?)",
        ]
    );
}
