//! Remittances, what is in the books of them, and the work that they leave.

use domain::Cents;
use domain::access::Action;
use domain::id::{AccountId, FileId, PatientId, RemittanceId, WorkItemId};
use domain::payer::{Payer, PayerNumber};
use domain::remittance::{PaymentMethod, Posted, RemitClaim, RemitStatus, Remittance, RemittanceState};
use domain::work::{Done, WorkItem, WorkKind};
use jiff::civil::date;
use store::remittance::Added;
use store::{Error, Store};

use super::fixture::{id, keep_claim, lists, open, payer, practice as ours, stamp};
use crate::practice::on_both;

fn remit_claim(control_number: &str) -> RemitClaim {
    RemitClaim {
        control_number: control_number.to_owned(),
        payer_claim_number: Some("PX1".to_owned()),
        status: RemitStatus::Primary,
        status_code: "1".to_owned(),
        charge: Cents::new(15_000),
        paid: Cents::new(6_000),
        patient_part: None,
        patient_name: None,
        corrected: None,
        crossover: None,
        adjustments: Vec::new(),
        remarks: Vec::new(),
        lines: Vec::new(),
    }
}

pub(super) fn remittance(n: u32, file: &FileId, trace: &str, claims: Vec<RemitClaim>) -> Remittance {
    Remittance {
        id: id(RemittanceId::parse, n),
        file: file.clone(),
        set: n,
        is_test: false,
        payer: None,
        rivals: Vec::new(),
        payer_name: "PRAIRIE HEALTH".to_owned(),
        payer_numbers: vec!["PRAIR".to_owned()],
        payee_name: "NORTHSIDE FAMILY CARE".to_owned(),
        payee_numbers: vec!["1234567893".to_owned()],
        trace: trace.to_owned(),
        originator: "1".to_owned(),
        method: PaymentMethod::Ach,
        handling: "I".to_owned(),
        currency: None,
        is_debit: false,
        date: Some(date(2026, 3, 20)),
        total: Cents::new(6_000),
        claims,
        provider_adjustments: Vec::new(),
        differences: Vec::new(),
        faults: Vec::new(),
        unread: Vec::new(),
    }
}

pub(super) fn keep_file(store: &Store, bytes: &'static [u8]) -> FileId {
    store
        .write("file", move |tx| {
            let kept = store::file::keep_inbound(tx, bytes, "835", "era.835")?;
            store::remittance::take_in(tx, kept.id(), "era.835")?;
            Ok(kept.id().clone())
        })
        .unwrap()
        .value
}

fn add(store: &Store, remittance: &Remittance) -> Added {
    let kept = remittance.clone();
    store.write("add", move |tx| store::remittance::add(tx, &kept, &stamp("imported"))).unwrap().value
}

#[test]
fn a_payment_comes_in_once() {
    on_both(|practice| {
        let store = practice.store();
        let (file, other) = (keep_file(store, b"one"), keep_file(store, b"two"));
        assert_eq!(keep_file(store, b"one"), file, "the same bytes are the same file");
        let unread = store.read("unread", store::remittance::unread).unwrap();
        assert_eq!(unread.iter().map(|u| u.file.clone()).collect::<Vec<_>>(), [file.clone(), other.clone()]);

        let first = remittance(1, &file, "T1", vec![]);
        assert_eq!(add(store, &first), Added::New(first.id.clone()));
        assert_eq!(add(store, &first), Added::Known(first.id.clone()));
        let good = first.id.clone();
        store.write("state", move |tx| store::remittance::set_state(tx, &good, RemittanceState::Matched)).unwrap();
        let resent = remittance(2, &other, "T1", vec![]);
        assert_eq!(add(store, &resent), Added::Duplicate { id: resent.id.clone(), of: first.id.clone() });
        let next = remittance(3, &other, "T2", vec![]);
        assert_eq!(add(store, &next), Added::New(next.id.clone()));

        let read = file.clone();
        store.write("read", move |tx| store::remittance::mark_read(tx, &read, &["segment 9: x".to_owned()])).unwrap();
        let of_file = store.read("file", |tx| store::remittance::of_file(tx, &file)).unwrap();
        assert!(of_file.read_at.is_some_and(|read| read > of_file.at));
        assert_eq!((of_file.faults, of_file.remittances), (vec!["segment 9: x".to_owned()], vec![first.id.clone()]));
        assert_eq!(store.read("unread", store::remittance::unread).unwrap().len(), 1);

        let matched = next.id.clone();
        store.write("state", move |tx| store::remittance::set_state(tx, &matched, RemittanceState::Matched)).unwrap();
        let counts = store.read("counts", store::remittance::counts).unwrap();
        let expect = [(RemittanceState::Duplicate, 1), (RemittanceState::Matched, 2)];
        assert_eq!(counts, expect);
        let queue = |state| {
            let queue =
                store.read("queue", |tx| store::remittance::queue(tx, &lists(Action::RemittanceView), state, 9));
            open(store, queue.unwrap()).iter().map(|q| q.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(queue(None), [next.id.clone(), resent.id.clone(), first.id.clone()], "latest first");
        assert_eq!(queue(Some(RemittanceState::Matched)), [next.id, first.id]);
        let lost = store.write("lost", |tx| {
            store::remittance::set_state(tx, &id(RemittanceId::parse, 99), RemittanceState::Posted)
        });
        assert!(matches!(lost, Err(Error::Stale(_))), "{lost:?}");
    });
}

#[test]
fn a_copy_of_a_held_payment_stands_in_its_place() {
    on_both(|practice| {
        let store = practice.store();
        let files = [b"one", b"two", b"six", b"ten"].map(|bytes| keep_file(store, bytes));
        let held = remittance(1, &files[0], "T1", vec![]);
        add(store, &held);
        let copy = remittance(2, &files[1], "T1", vec![]);
        assert_eq!(add(store, &copy), Added::Instead { id: copy.id.clone(), of: held.id.clone() });
        let one = |id: &RemittanceId| store.read("one", |tx| store::remittance::one(tx, id)).unwrap();
        let old = one(&held.id);
        assert_eq!((old.stands.state, old.stands.superseded_by), (RemittanceState::Superseded, Some(copy.id.clone())));
        let loaded = store.read("open", |tx| store::remittance::record(tx, &lists(Action::RemittancePost), &copy.id));
        let loaded = loaded.unwrap();
        assert_eq!((loaded.instead_of, loaded.stands.superseded_by), (vec![held.id.clone()], None));

        let cents = Remittance { total: Cents::new(6_100), ..remittance(3, &files[2], "T1", vec![]) };
        assert_eq!(add(store, &cents), Added::Instead { id: cents.id.clone(), of: copy.id }, "the amount put right");
        let posted = cents.id.clone();
        store.write("state", move |tx| store::remittance::set_state(tx, &posted, RemittanceState::Posted)).unwrap();
        let late = Remittance { total: Cents::new(6_100), ..remittance(4, &files[3], "T1", vec![]) };
        assert_eq!(add(store, &late), Added::Duplicate { id: late.id.clone(), of: cents.id }, "what is posted stays");
    });
}

#[test]
fn two_payments_of_one_file_never_stand_for_each_other() {
    on_both(|practice| {
        let store = practice.store();
        let (file, again) = (keep_file(store, b"one"), keep_file(store, b"two"));
        let sets = |file: &FileId, from: u32| {
            let first = remittance(from, file, "T1", vec![]);
            let second = Remittance { total: Cents::new(100), ..remittance(from + 1, file, "T1", vec![]) };
            [first, second]
        };
        let (old, new) = (sets(&file, 1), sets(&again, 3));
        for one in &old {
            assert_eq!(add(store, one), Added::New(one.id.clone()));
        }
        for (new, old) in new.iter().zip(&old) {
            assert_eq!(add(store, new), Added::Instead { id: new.id.clone(), of: old.id.clone() });
        }
    });
}

#[test]
fn the_payer_of_what_is_in_the_books_stays() {
    on_both(|practice| {
        let store = practice.store();
        let file = keep_file(store, b"one");
        let held = Remittance { payer_numbers: vec!["1371234567".to_owned()], ..remittance(1, &file, "T1", vec![]) };
        add(store, &held);
        let payer_of = || store.read("one", |tx| store::remittance::one(tx, &held.id)).unwrap().remittance.payer;
        let with = |number: &str| {
            let number = PayerNumber::parse(number).unwrap();
            store.read("with", |tx| store::remittance::unposted_with(tx, &number, 9)).unwrap()
        };
        assert_eq!(payer_of(), None);
        assert_eq!((with("1371234567"), with("PRAIR")), (vec![held.id.clone()], vec![]));
        let mut known = payer();
        let by = id(AccountId::parse, 1);
        known.know_as(&PayerNumber::parse("1371234567").unwrap(), by.clone(), domain::Instant::from_micros(1)).unwrap();
        let kept = known.clone();
        store.write("payer", move |tx| store::directory::add(tx, &kept, &stamp("new"))).unwrap();
        assert_eq!(payer_of(), Some(payer().id), "a number that came later is as good");

        let ended = |mut payer: Payer| {
            let number = PayerNumber::parse("1371234567").unwrap();
            payer.end_number(&number, by.clone(), domain::Instant::from_micros(2)).unwrap();
            payer
        };
        let after = ended(known);
        let of = held.id.clone();
        store
            .write("post", move |tx| {
                store::remittance::settle_payer(tx, &of, &payer().id)?;
                store::directory::change(tx, &after, 1, &stamp("ended"))
            })
            .unwrap();
        let of = held.id.clone();
        store.write("post", move |tx| store::remittance::set_state(tx, &of, RemittanceState::PartlyPosted)).unwrap();
        assert_eq!(payer_of(), Some(payer().id));
        assert_eq!(with("1371234567"), []);
    });
}

#[test]
fn a_remittance_opens_with_the_claims_that_it_may_mean() {
    on_both(|practice| {
        let store = practice.store();
        let claim = keep_claim(store, 1);
        store
            .write("set up", |tx| {
                store::directory::add(tx, &ours(), &stamp("set up"))?;
                store::directory::add(tx, &payer(), &stamp("set up"))
            })
            .unwrap();
        let file = keep_file(store, b"one");
        let one = remittance(1, &file, "T1", vec![remit_claim(claim.control_number.as_str()), remit_claim("NOBODY")]);
        add(store, &one);
        let loaded =
            store.read("open", |tx| store::remittance::open(tx, &lists(Action::RemittanceView), &one.id)).unwrap();
        assert_eq!(loaded.subjects().collect::<Vec<_>>(), [id(PatientId::parse, 1)]);
        let loaded = open(store, loaded);
        let (loaded, withheld) = &*loaded;
        assert_eq!((loaded.claims(), withheld.len()), (vec![claim.clone()], 0));
        assert_eq!(loaded.remittance.payer, Some(payer().id), "a payer that we know by its number");
        assert_eq!(loaded.practice, Some(ours()));

        let refused = store
            .read("record", |tx| store::remittance::record(tx, &lists(Action::RemittanceView), &one.id).map(|_| ()));
        assert!(matches!(refused, Err(Error::NotFound(_))), "looking is no leave to post");
        let posted = Posted {
            claim: claim.id.clone(),
            remittance: one.id.clone(),
            index: 0,
            payer_claim_number: Some("PX1".to_owned()),
            charge: claim.total,
            paid: Cents::new(6_000),
            is_denial: false,
            entry: None,
            is_reversed: false,
        };
        let (kept, twice) = (posted.clone(), posted.clone());
        store.write("note", move |tx| store::remittance::note(tx, &kept, "payment")).unwrap();
        let again = store.write("note", move |tx| store::remittance::note(tx, &twice, "payment"));
        assert!(again.is_err(), "a claim of a remittance is posted once");
        let earlier = || store.read("posted", |tx| store::remittance::posted_of(tx, &claim.id)).unwrap();
        assert_eq!(earlier(), std::slice::from_ref(&posted));
        let back = one.id.clone();
        store.write("back", move |tx| store::remittance::take_back(tx, &back, 0)).unwrap();
        assert_eq!(earlier(), [Posted { is_reversed: true, ..posted }]);
        let back = one.id.clone();
        assert!(store.write("back", move |tx| store::remittance::take_back(tx, &back, 0)).is_err(), "once only");
        let loaded =
            store.read("record", |tx| store::remittance::record(tx, &lists(Action::RemittancePost), &one.id)).unwrap();
        assert_eq!(loaded.done().into_iter().collect::<Vec<_>>(), [0]);
        assert!(loaded.in_books[0].is_reversed);
    });
}

#[test]
fn open_work_about_a_thing_is_there_once() {
    on_both(|practice| {
        let store = practice.store();
        let item = |n: u32, subject: &str| {
            let at = domain::Instant::from_micros(i64::from(n));
            WorkItem::new(id(WorkItemId::parse, n), WorkKind::DeniedClaim, subject.to_owned(), "denied".to_owned(), at)
        };
        let add = |item: WorkItem| {
            store.write("work", move |tx| store::work::add(tx, &item, &stamp("posted"))).unwrap().value
        };
        assert!(add(item(1, "remittance:7/0")));
        assert!(!add(item(2, "remittance:7/0")), "the same is there already");
        assert!(add(item(3, "remittance:70")));
        let found = |subject: &'static str| {
            let found = store.read("about", |tx| store::work::about(tx, &lists(Action::RemittanceView), subject));
            open(store, found.unwrap()).len()
        };
        assert_eq!((found("remittance:7"), found("remittance:7/0"), found("remittance:8")), (1, 1, 0));
        let waiting = || {
            let waiting = store.read("waiting", |tx| store::work::waiting(tx, &lists(Action::RemittanceView), 9));
            open(store, waiting.unwrap()).len()
        };
        assert_eq!(waiting(), 2);
        let finish = || {
            store.write("done", |tx| {
                let done = Done { by: id(AccountId::parse, 1), at: tx.now(), note: "appealed".to_owned() };
                store::work::finish(tx, &id(WorkItemId::parse, 1), &done, &stamp("done"))
            })
        };
        finish().unwrap();
        assert!(matches!(finish(), Err(Error::Stale(_))), "somebody else did it");
        assert_eq!(waiting(), 1);
        assert_eq!(store.read("counts", store::work::counts).unwrap(), [(WorkKind::DeniedClaim, 1)]);
        assert!(add(item(4, "remittance:7/0")), "it may come up again");
        assert!(add(item(5, "remittance:7")));
        store
            .write("done", |tx| {
                let done = Done { by: id(AccountId::parse, 1), at: tx.now(), note: "another came".to_owned() };
                store::work::finish_about(tx, "remittance:7", &done, &stamp("done"))
            })
            .unwrap();
        assert_eq!((found("remittance:7"), found("remittance:70")), (0, 1), "all about it, and nothing else");
    });
}
