//! The books: they balance whatever is posted, and nothing is posted twice.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::Cents;
use domain::access::Action;
use domain::claim::{Claim, Frequency};
use domain::id::{ClaimId, EntryId, PatientId, PayerId, RemittanceId};
use domain::ledger::{Account, Cause, Entry, Posting};
use jiff::civil::date;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use store::ledger::{Check, Checked, Difference};
use store::{Error, Store, params, sql};

use super::fixture::{DAY, claim, id, keep_claim, lists, of, open, payer, stamp};
use super::remittances::{keep_file, remittance};
use crate::practice::on_both;

fn post(store: &Store, cause: Cause, postings: Vec<Posting>) -> Result<EntryId, Error> {
    let done = store.write("post", move |tx| {
        let id = store::ledger::next_id(tx)?;
        let entry = Entry::new(id.clone(), cause.clone(), DAY, DAY, postings.clone());
        store::ledger::post(tx, &entry.map_err(store::ledger::refused)?, &stamp("posted"))?;
        Ok(id)
    });
    done.map(|c| c.value)
}

/// A cause that never was before.
fn new_cause() -> Cause {
    static NEXT: AtomicU32 = AtomicU32::new(1000);
    Cause::Deposit { remittance: id(RemittanceId::parse, NEXT.fetch_add(1, Ordering::Relaxed)) }
}

fn two(account: Account, cents: i64) -> Vec<Posting> {
    let patient = id(PatientId::parse, 1);
    let posting = |account, cents| Posting::new(account, Cents::new(cents)).about(&patient, None, None);
    vec![posting(account, cents), posting(Account::Cash, -cents)]
}

/// What a look through the books in small parts finds and keeps.
fn check(store: &Store) -> Checked {
    let mut look = Check::default();
    while let Some(next) = store.read("check", |tx| look.go_on(tx, 3)).unwrap() {
        look = next;
    }
    let kept = store.write("keep", move |tx| look.keep(tx)).unwrap().value;
    let last = store.read("last", store::ledger::last_check).unwrap();
    assert_eq!(last.as_ref(), Some(&kept));
    kept
}

/// The balance of each kind of account, and that the whole is whole.
fn balances(store: &Store) -> BTreeMap<String, i64> {
    let checked = check(store);
    assert_eq!((checked.broken, checked.first), (0, vec![]), "the books are whole");
    let found = store.read("balances", |tx| store::ledger::balances(tx, &lists(Action::LedgerView))).unwrap();
    let found = open(store, found);
    for kind in found.iter() {
        let sides = Cents::sum([kind.debit, kind.credit]).unwrap();
        assert_eq!(sides, kind.balance, "{}", kind.kind);
    }
    found.iter().map(|k| (k.kind.clone(), k.balance.get())).filter(|(_, cents)| *cents != 0).collect()
}

#[test]
fn an_entry_is_posted_once_and_taken_back_once() {
    on_both(|practice| {
        let store = practice.store();
        let remittance = id(RemittanceId::parse, 5);
        let deposit = Cause::Deposit { remittance: remittance.clone() };
        let postings = vec![
            Posting::new(Account::Cash, Cents::new(100)),
            Posting::new(Account::Unapplied(payer().id), Cents::new(-100)),
        ];
        let first = post(store, deposit.clone(), postings.clone()).unwrap();
        let twice = post(store, deposit.clone(), postings);
        assert!(matches!(&twice, Err(Error::Refused(why)) if why.contains("nothing is posted twice")), "{twice:?}");
        let entry = store.read("entry", |tx| store::ledger::entry_of(tx, &deposit)).unwrap();
        assert_eq!(entry, Some(first.clone()));
        assert_eq!(store.read("left", |tx| store::ledger::unapplied(tx, &remittance)).unwrap(), Cents::new(100));
        let back = |of: EntryId| {
            let cause = Cause::Reversal { of: of.clone() };
            store.write("back", move |tx| store::ledger::reverse(tx, &of, cause.clone(), (DAY, DAY), &stamp("back")))
        };
        let reversal = back(first.clone()).unwrap().value;
        assert!(reversal > first, "the order of ids is the order of posting");
        assert!(back(first.clone()).is_err() && back(reversal).is_err());
        assert_eq!(balances(store), BTreeMap::new());
        let record = store.read("record", |tx| store::ledger::record(tx, &first)).unwrap();
        assert_eq!(record.postings().len(), 2);
    });
}

#[test]
fn closed_periods_take_nothing() {
    on_both(|practice| {
        let store = practice.store();
        assert_eq!(store.read("closed", store::ledger::closed_through).unwrap(), None);
        let close = |day| store.write("close", move |tx| store::ledger::close_through(tx, day, &stamp("month")));
        close(date(2026, 2, 28)).unwrap();
        assert!(close(date(2026, 1, 31)).is_err(), "a closed period stays closed");
        post(store, new_cause(), two(Account::OtherAdjustment, 5)).unwrap();
        close(DAY).unwrap();
        let late = post(store, new_cause(), two(Account::OtherAdjustment, 5));
        assert!(matches!(&late, Err(Error::Refused(why)) if why.contains("closed through 2026-03-02")), "{late:?}");
        assert_eq!(balances(store).get("other_adjustment"), Some(&5));
    });
}

fn charge(store: &Store, claim: &Claim) -> bool {
    let claim = claim.clone();
    store.write("charge", move |tx| store::ledger::post_charges(tx, &claim, DAY, &stamp("sent"))).unwrap().value
}

/// The next claim of the same visit, with 100.00 and `cents`.
fn later(before: &Claim, n: u32, frequency: Frequency, cents: i64) -> Claim {
    let mut next = Claim { id: id(ClaimId::parse, n), frequency, ..before.clone() };
    next.lines[1].amount = Cents::new(cents);
    next.total = Cents::new(10_000 + cents);
    next
}

fn insurance(store: &Store) -> i64 {
    balances(store).get("insurance").copied().unwrap_or(0)
}

#[test]
fn the_charges_that_stand_are_those_of_the_claim_that_left_last() {
    on_both(|practice| {
        let store = practice.store();
        let first = keep_claim(store, 1);
        assert!(charge(store, &first));
        assert!(!charge(store, &first), "once");
        assert_eq!(insurance(store), 15_000);
        let better = later(&first, 51, Frequency::Replacement, 7_000);
        assert!(charge(store, &better));
        assert_eq!(insurance(store), 17_000);
        // The first was rejected and its coverage corrected: the same version goes to another payer.
        let mut elsewhere = later(&better, 52, Frequency::Original, 7_000);
        elsewhere.payer.id = id(PayerId::parse, 2);
        charge(store, &elsewhere);
        assert_eq!(insurance(store), 17_000, "owed once");
        let missing = |claim: &Claim| {
            let claim = claim.clone();
            let done = store.write("late", move |tx| {
                store::ledger::post_missing_charges(tx, &claim, DAY, &stamp("a remittance for an older claim"))
            });
            done.unwrap().value
        };
        assert!(!missing(&first), "what left later stands");
        let void = later(&elsewhere, 53, Frequency::Void, 7_000);
        assert!(charge(store, &void));
        assert_eq!(balances(store), BTreeMap::new());
        assert!(!missing(&first) && balances(store).is_empty(), "taken back for good");
        let (rejected, old) = (void, elsewhere);
        let back = move |tx: &mut store::Tx| store::ledger::restore_charges(tx, &rejected, &old, DAY, &stamp("back"));
        store.write("restore", back).unwrap();
        assert_eq!(insurance(store), 17_000, "the payer has it still");
        assert!(missing(&keep_claim(store, 2)), "of a visit that was never charged");
        assert_eq!(insurance(store), 32_000);
    });
}

#[test]
fn what_the_patient_pays_no_payer_owes() {
    on_both(|practice| {
        let store = practice.store();
        let first = keep_claim(store, 1);
        charge(store, &first);
        let own = || {
            let visit = claim(1).0;
            let done =
                store.write("own", move |tx| store::ledger::post_self_pay(tx, &visit, DAY, &stamp("no coverage")));
            done.unwrap();
            (insurance(store), balances(store).get("patient").copied().unwrap_or(0))
        };
        assert_eq!(own(), (0, 15_000));
        assert_eq!(own(), (0, 15_000), "once");
        charge(store, &later(&first, 51, Frequency::Original, 5_000));
        let all = balances(store);
        assert_eq!((all.get("insurance"), all.get("patient")), (Some(&15_000), None), "a coverage was found after all");
    });
}

#[test]
fn each_number_leads_to_its_postings() {
    on_both(|practice| {
        let store = practice.store();
        let made = keep_claim(store, 1);
        charge(store, &made);
        let file = keep_file(store, b"one");
        let sheet = remittance(1, &file, "T1", vec![]);
        let kept = sheet.clone();
        store.write("add", move |tx| store::remittance::add(tx, &kept, &stamp("imported")).map(|_| ())).unwrap();
        let deposit = vec![
            Posting::new(Account::Cash, Cents::new(6_000)),
            Posting::new(Account::Unapplied(payer().id), Cents::new(-6_000)),
        ];
        let entry = post(store, Cause::Deposit { remittance: sheet.id.clone() }, deposit).unwrap();
        let grant = lists(Action::LedgerView);
        let of_kind = |before: Option<&EntryId>| {
            let found = store.read("kind", |tx| store::ledger::postings(tx, &grant, "insurance", before, 9));
            open(store, found.unwrap()).iter().map(|l| l.amount.get()).collect::<Vec<_>>()
        };
        assert_eq!(of_kind(None), [10_000, 5_000]);
        assert_eq!(of_kind(Some(&entry)), [10_000, 5_000], "what is older");
        let of_sheet = store.read("of", |tx| store::ledger::of_remittance(tx, &grant, &sheet.id)).unwrap();
        assert_eq!(open(store, of_sheet).iter().map(|l| l.amount.get()).collect::<Vec<_>>(), [6_000, -6_000]);
        let account = store.read("of", |tx| store::ledger::of_patient(tx, &of(Action::LedgerView, 1))).unwrap();
        let account = open(store, account);
        assert_eq!(account.iter().map(|l| l.amount.get()).collect::<Vec<_>>(), [10_000, -10_000, 5_000, -5_000]);
        assert!(account.iter().all(|l| l.patient.as_ref().is_some_and(|(_, mrn)| mrn == "P-1")));
        let one = store.read("open", |tx| store::ledger::open(tx, &grant, &entry)).unwrap();
        let one = open(store, one);
        assert_eq!((one.0.id(), one.1.len()), (&entry, 2));
        let ties = store.read("ties", |tx| store::ledger::tie_outs(tx, &grant, 9)).unwrap();
        let ties = open(store, ties);
        assert!(ties.len() == 1 && ties[0].ties());
        assert_eq!((ties[0].deposited, ties[0].unapplied), (Cents::new(6_000), Cents::new(6_000)));
    });
}

#[test]
fn s_tec_15_a_posting_changed_behind_the_books_is_seen() {
    on_both(|practice| {
        let store = practice.store();
        let entry = post(store, new_cause(), two(Account::OtherAdjustment, 500)).unwrap();
        let spoiled = entry.clone();
        store
            .write("spoil", move |tx| {
                let text = sql!("UPDATE ledger_posting SET amount = amount + 1 WHERE entry_id = $1 AND line = 0");
                tx.execute(text, params![spoiled]).map(|_| ())
            })
            .unwrap();
        let found = check(store);
        let what = "posting 1: `amount`".to_owned();
        assert_eq!((found.entries, found.broken, found.first), (1, 1, vec![Difference { entry, what }]));
    });
}

/// The sum stays zero, and yet somebody else owes the money.
#[test]
fn s_tec_15_money_moved_between_the_postings_of_an_entry_is_seen() {
    let spoil = |text: &'static store::Sql, what: &str| {
        on_both(|practice| {
            let store = practice.store();
            let entry = post(store, new_cause(), two(Account::Contractual, 500)).unwrap();
            post(store, new_cause(), two(Account::Contractual, 700)).unwrap();
            assert_eq!(check(store).broken, 0);
            let spoiled = entry.clone();
            store.write("spoil", move |tx| tx.execute(text, params![spoiled]).map(|_| ())).unwrap();
            assert_eq!(check(store).first, [Difference { entry, what: what.to_owned() }], "{}", text.text);
        });
    };
    spoil(sql!("UPDATE ledger_posting SET amount = -amount WHERE entry_id = $1"), "posting 1: `amount`");
    let other =
        sql!("UPDATE ledger_posting SET account = 'revenue', kind = 'revenue' WHERE entry_id = $1 AND line = 0");
    spoil(other, "posting 1: `account`");
    spoil(
        sql!("UPDATE ledger_posting SET patient_id = NULL WHERE entry_id = $1 AND line = 1"),
        "posting 2: `patient_id`",
    );
    spoil(sql!("DELETE FROM ledger_posting WHERE entry_id = $1"), "0 postings instead of 2");
    spoil(sql!("UPDATE ledger_entry SET posting = '2020-01-01' WHERE id = $1"), "`posting`");
    spoil(sql!("UPDATE ledger_entry SET body = '{}' WHERE id = $1"), "the record is not what its checksum says");
}

/// Pages go on after an entry: what a limit cut off would be on none of them.
#[test]
fn a_page_of_postings_ends_with_a_whole_entry() {
    on_both(|practice| {
        let store = practice.store();
        let cash = || Posting::new(Account::Cash, Cents::new(-1));
        let three = || vec![Posting::new(Account::Contractual, Cents::new(3)), cash(), cash(), cash()];
        let (first, second) = (post(store, new_cause(), three()).unwrap(), post(store, new_cause(), three()).unwrap());
        let page = |before: Option<&EntryId>, limit| {
            let found =
                store.read("page", |tx| store::ledger::postings(tx, &lists(Action::LedgerView), "cash", before, limit));
            open(store, found.unwrap()).iter().map(|line| line.entry.clone()).collect::<Vec<_>>()
        };
        assert_eq!(page(None, 2), vec![second.clone(); 3]);
        assert_eq!(page(None, 4), [vec![second.clone(); 3], vec![first.clone(); 3]].concat());
        assert_eq!(page(Some(&second), 2), vec![first.clone(); 3]);
        assert_eq!(page(Some(&first), 2), []);
    });
}

/// The kept sums are of all entries up to one, so none is let in before it.
#[test]
fn an_entry_comes_after_all_others() {
    on_both(|practice| {
        let store = practice.store();
        post(store, new_cause(), two(Account::Contractual, 500)).unwrap();
        let early = Entry::new(id(EntryId::parse, 1), new_cause(), DAY, DAY, two(Account::Contractual, 700)).unwrap();
        let done = store.write("early", move |tx| store::ledger::post(tx, &early, &stamp("early")));
        assert!(matches!(&done, Err(Error::Refused(why)) if why.contains("after all others")), "{done:?}");
        assert_eq!(balances(store).get("contractual"), Some(&500));
    });
}

/// What was kept and what came since are the whole, whenever the last look was.
#[test]
fn balances_are_what_was_kept_and_what_came_since() {
    on_both(|practice| {
        let store = practice.store();
        let balance = || {
            let found = store.read("balances", |tx| store::ledger::balances(tx, &lists(Action::LedgerView))).unwrap();
            let found = open(store, found);
            let cash = found.iter().find(|k| k.kind == "cash").cloned().unwrap();
            (cash.debit.get(), cash.credit.get(), cash.balance.get(), cash.postings)
        };
        post(store, new_cause(), two(Account::Contractual, 500)).unwrap();
        assert_eq!(balance(), (0, -500, -500, 1), "before the first look");
        assert_eq!(check(store).entries, 1);
        assert_eq!(balance(), (0, -500, -500, 1));
        post(store, new_cause(), two(Account::Contractual, -200)).unwrap();
        assert_eq!(balance(), (200, -500, -300, 2), "one kept, one since");
        assert_eq!(check(store).entries, 2);
        assert_eq!(balance(), (200, -500, -300, 2), "kept sums are not added to themselves");
    });
}

/// One thing that somebody does to the books.
#[derive(Clone, Debug)]
enum Act {
    /// Posts amounts to accounts, and the rest to cash, so that it balances.
    Post(Vec<(usize, i64)>),
    /// Posts amounts as they are: refused unless they happen to balance.
    Try(Vec<(usize, i64)>),
    /// Takes an earlier entry back, counted from the first.
    Back(usize),
}

fn accounts() -> [Account; 6] {
    [
        Account::InsuranceReceivable(payer().id),
        Account::PatientReceivable(id(PatientId::parse, 1)),
        Account::Unapplied(payer().id),
        Account::Contractual,
        Account::Revenue,
        Account::OtherAdjustment,
    ]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let amounts = || vec((0_usize..6, -50_000_i64..50_000), 1..5);
    let act = prop_oneof![
        4 => amounts().prop_map(Act::Post),
        2 => amounts().prop_map(Act::Try),
        3 => (0_usize..8).prop_map(Act::Back),
    ];
    vec(act, 1..10)
}

fn postings(amounts: &[(usize, i64)]) -> Vec<Posting> {
    amounts.iter().map(|(at, cents)| Posting::new(accounts()[*at].clone(), Cents::new(*cents))).collect()
}

/// Whatever is posted, tried and taken back, by whatever amounts: the books sum to zero, entry by entry and as a whole, and
/// their balances are those of the entries that they took.
#[test]
fn the_books_balance_whatever_is_posted() {
    on_both(|practice| {
        let store = practice.store();
        let mut taken: Vec<Entry> = Vec::new();
        let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
        // One practice for all cases: the books only grow.
        let taken = std::cell::RefCell::new(&mut taken);
        TestRunner::new(config)
            .run(&acts(), |acts| {
                let mut taken = taken.borrow_mut();
                for act in acts {
                    let done = match act {
                        Act::Post(amounts) => {
                            let rest: i64 = amounts.iter().map(|(_, cents)| cents).sum();
                            let mut all = postings(&amounts);
                            all.push(Posting::new(Account::Cash, Cents::new(-rest)));
                            post(store, new_cause(), all)
                        }
                        Act::Try(amounts) => post(store, new_cause(), postings(&amounts)),
                        Act::Back(at) => {
                            let Some(of) = taken.get(at).map(|e| e.id().clone()) else { continue };
                            let cause = Cause::Reversal { of: of.clone() };
                            let back = store.write("back", move |tx| {
                                store::ledger::reverse(tx, &of, cause.clone(), (DAY, DAY), &stamp("back"))
                            });
                            back.map(|c| c.value)
                        }
                    };
                    if let Ok(id) = done {
                        taken.push(store.read("entry", |tx| store::ledger::record(tx, &id)).unwrap());
                    }
                }
                let mut expect: BTreeMap<String, i64> = BTreeMap::new();
                for posting in taken.iter().flat_map(Entry::postings) {
                    *expect.entry(posting.account.kind().to_owned()).or_default() += posting.amount.get();
                }
                expect.retain(|_, cents| *cents != 0);
                prop_assert_eq!(balances(store), expect);
                prop_assert!(taken.is_sorted_by_key(|e| e.id().clone()), "ids come in the order of posting");
                Ok(())
            })
            .unwrap();
        assert!(!taken.into_inner().is_empty(), "something was posted");
    });
}
