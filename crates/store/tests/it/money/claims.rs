//! Claims, batches and files.

use domain::access::Action;
use domain::batch::{Batch, BatchState, Release};
use domain::claim::{Claim, ClaimState, ClaimStep};
use domain::id::{AccountId, BatchId, ClaimId, PartnerId, PatientId};
use domain::partner::{Basis, Exemption, ExemptionReason};
use domain::visit::Stage;
use domain::{Cents, Instant};
use store::file::Kept;
use store::{Error, Store, params, sql};

use super::fixture::{claim, id, keep_claim, keep_visit, lists, of, open, stamp};
use crate::practice::on_both;

fn step(store: &Store, n: u32, step: ClaimStep, number: Option<&'static str>) -> Result<ClaimState, Error> {
    let id = id(ClaimId::parse, n);
    let stamp = stamp(step.label());
    store.write("step", move |tx| store::claim::set_state(tx, &id, step, number, &stamp)).map(|c| c.value)
}

#[test]
fn a_claim_has_versions_and_the_lists_say_where_it_stands() {
    on_both(|practice| {
        let store = practice.store();
        let made = keep_claim(store, 1);
        let (found, version) =
            store.read("claim", |tx| store::claim::record(tx, &made.id).map(|c| (c.value, c.version))).unwrap();
        assert_eq!((&found, version), (&made, 1));

        let mut changed = made.clone();
        changed.state = ClaimState::Ready;
        let (now, late) = (changed.clone(), made.clone());
        store.write("change", move |tx| store::claim::change(tx, &now, 1, "mended", &stamp("mended"))).unwrap();
        let stale = store.write("stale", move |tx| store::claim::change(tx, &late, 1, "late", &stamp("late")));
        assert!(matches!(stale, Err(Error::Stale(_))), "{stale:?}");
        let again = made.clone();
        let twice = store.write("twice", move |tx| store::claim::create(tx, &again, "again", &stamp("again")));
        assert!(twice.is_err(), "a claim is made once");

        let row = |tx: &mut store::Tx| {
            let row = tx.query_one(sql!("SELECT why, since, version FROM claim WHERE id = $1"), params![made.id])?;
            Ok((row.get::<String>("why")?, row.get::<i64>("since")?, row.get::<i64>("version")?))
        };
        let before = store.read("row", row).unwrap();
        assert_eq!((before.0.as_str(), before.2), ("mended", 2));
        let same = changed.clone();
        store.write("same", move |tx| store::claim::change(tx, &same, 2, "looked at", &stamp("looked"))).unwrap();
        assert_eq!(store.read("row", row).unwrap().1, before.1, "it came to its state when it came to it");

        assert_eq!(store.read("counts", store::claim::counts).unwrap(), [(ClaimState::Ready, 1)]);
        assert_eq!(
            store.read("ids", |tx| store::claim::ids_in(tx, ClaimState::Ready, 9)).unwrap(),
            std::slice::from_ref(&made.id)
        );
        let list = store
            .read("list", |tx| store::claim::list(tx, &lists(Action::ClaimView), &[ClaimState::Ready], 9))
            .unwrap();
        let list = open(store, list);
        assert_eq!((list.len(), list[0].why.as_str(), list[0].file_by), (1, "looked at", made.file_by()));
        let mine = store.read("mine", |tx| store::claim::of_patient(tx, &of(Action::ClaimView, 1))).unwrap();
        assert_eq!(open(store, mine).len(), 1);
        assert_eq!(store.read("others", |tx| store::claim::others(tx, &made.patient.id)).unwrap(), [changed.clone()]);
        assert_eq!(store.read("visit", |tx| store::claim::of_visit(tx, &made.visit)).unwrap().len(), 1);
        let subject = store.read("subject", |tx| store::claim::subject(tx, &made.id)).unwrap();
        assert_eq!(subject.id, id(PatientId::parse, 1));
        let one = store.read("open", |tx| store::claim::open(tx, &of(Action::ClaimView, 1), &made.id)).unwrap();
        assert_eq!(open(store, one).value.claim, changed);
        let stranger = store.read("stranger", |tx| store::claim::open(tx, &of(Action::ClaimView, 2), &made.id));
        assert!(matches!(stranger.err(), Some(Error::NotFound(_))), "a grant for somebody else opens nothing");
        let past = store.read("past", |tx| store::claim::timeline(tx, &of(Action::ClaimView, 1), &made.id)).unwrap();
        let past: Vec<_> = open(store, past).iter().map(|m| (m.state, m.reason.clone())).collect();
        assert_eq!(past.len(), 3);
        assert_eq!(past[0], (ClaimState::Built, "made".to_owned()));
    });
}

#[test]
fn a_visit_has_one_claim_that_stands() {
    on_both(|practice| {
        let store = practice.store();
        let made = keep_claim(store, 1);
        let (_, twin) = claim(1);
        let twin = Claim { id: id(ClaimId::parse, 77), control_number: claim(7).1.control_number, ..twin };
        let (second, third) = (twin.clone(), twin.clone());
        let refused = store.write("twin", move |tx| store::claim::create(tx, &second, "twin", &stamp("twin")));
        assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("billed already")), "{refused:?}");
        for step_now in [ClaimStep::Pass, ClaimStep::Batch, ClaimStep::Release, ClaimStep::Reject] {
            step(store, 1, step_now, None).unwrap();
        }
        store.write("anew", move |tx| store::claim::create(tx, &third, "anew", &stamp("anew"))).unwrap();
        let of_visit = store.read("visit", |tx| store::claim::of_visit(tx, &made.visit)).unwrap();
        assert_eq!(of_visit.len(), 2, "a rejected one makes room");
    });
}

#[test]
fn the_payers_number_is_kept_and_found() {
    on_both(|practice| {
        let store = practice.store();
        let made = keep_claim(store, 1);
        for step_now in [ClaimStep::Pass, ClaimStep::Batch, ClaimStep::Release] {
            step(store, 1, step_now, None).unwrap();
        }
        assert_eq!(step(store, 1, ClaimStep::Accept, Some(" PX1 ")).unwrap(), ClaimState::Accepted);
        assert_eq!(step(store, 1, ClaimStep::Receive, Some(" ")).unwrap(), ClaimState::Accepted, "a late 999");
        let refused = step(store, 1, ClaimStep::Batch, None);
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        let number = made.control_number.as_str().to_owned();
        let ours = store.read("ours", |tx| store::claim::by_control_number(tx, &format!(" {number} "))).unwrap();
        assert_eq!(ours.unwrap().value.payer_number.as_deref(), Some("PX1"));
        assert_eq!(store.read("theirs", |tx| store::claim::by_payer_claim_number(tx, "PX1")).unwrap().len(), 1);
        assert!(store.read("none", |tx| store::claim::by_control_number(tx, "X")).unwrap().is_none());
    });
}

fn batch(n: u32) -> Batch {
    let (partner, at) = (id(PartnerId::parse, 1), Instant::from_micros(i64::from(n)));
    Batch::new(id(BatchId::parse, n), i64::from(n), partner, 1, Cents::new(15_000), at)
}

#[test]
fn a_batch_is_found_by_what_the_partner_sends_back() {
    on_both(|practice| {
        let store = practice.store();
        let made = keep_claim(store, 1);
        let kept = made.id.clone();
        store
            .write("batch", move |tx| {
                store::batch::create(tx, &batch(1), &stamp("made"))?;
                store::batch::create(tx, &batch(2), &stamp("made"))?;
                store::claim::set_batch(tx, &kept, Some(&id(BatchId::parse, 1)))
            })
            .unwrap();
        let of_batch = store.read("of", |tx| store::claim::of_batch(tx, &id(BatchId::parse, 1))).unwrap();
        assert_eq!(of_batch.len(), 1);
        assert_eq!(
            store.read("batch", |tx| store::claim::batch_of(tx, &made.id)).unwrap(),
            Some(id(BatchId::parse, 1))
        );
        let shown = store
            .read("shown", |tx| store::claim::shown_of_batch(tx, &lists(Action::ClaimView), &id(BatchId::parse, 1)));
        assert_eq!(open(store, shown.unwrap())[0].batch, Some(id(BatchId::parse, 1)));

        let released = store.write("release", |tx| {
            let store::file::Kept::New(file) = store::file::keep_outbound(tx, b"ISA", "837P", "B000001.837")? else {
                return Err(Error::Refused("the file was here".to_owned()));
            };
            let found = store::batch::open(tx, &id(BatchId::parse, 1))?;
            let mut batch = found.value;
            let basis = Basis::Exemption(Exemption {
                reason: ExemptionReason::PlanForPayment,
                approved_by: id(AccountId::parse, 1),
                approved_at: Instant::from_micros(0),
            });
            let release =
                Release { at: tx.now(), basis, interchange: 41, group: 42, file, production: false, addressed: None };
            batch.released(release).map_err(|e| Error::Refused(e.to_string()))?;
            store::batch::change(tx, &batch, found.version, &stamp("sent"))?;
            Ok(batch)
        });
        let released = released.unwrap().value;
        let found = |by: fn(&mut store::Tx) -> store::Result<Option<store::record::Versioned<Batch>>>| {
            store.read("find", by).unwrap().map(|b| b.value)
        };
        assert_eq!(found(|tx| store::batch::by_interchange(tx, 41)), Some(released.clone()));
        assert_eq!(found(|tx| store::batch::by_group(tx, 42)), Some(released.clone()));
        assert_eq!(found(|tx| store::batch::by_reference(tx, " B000001 ")), Some(released.clone()));
        assert_eq!(found(|tx| store::batch::by_group(tx, 41)), None);
        let late = store.write("late", |tx| store::batch::change(tx, &batch(1), 1, &stamp("late")));
        assert!(matches!(late, Err(Error::Stale(_))), "{late:?}");
        let list = |state| store.read("list", |tx| store::batch::list(tx, state, 9)).unwrap();
        assert_eq!(list(None).len(), 2);
        assert_eq!(list(Some(BatchState::Open)), [batch(2)]);
        let taken = made.id.clone();
        store.write("out", move |tx| store::claim::set_batch(tx, &taken, None)).unwrap();
        assert_eq!(store.read("batch", |tx| store::claim::batch_of(tx, &made.id)).unwrap(), None);
    });
}

#[test]
fn s_tec_15_the_same_bytes_are_one_file_and_changed_ones_are_none() {
    on_both(|practice| {
        let store = practice.store();
        keep_visit(store, 1);
        let keep = |way: fn(&mut store::Tx, &[u8], &str, &str) -> store::Result<Kept>, name: &'static str| {
            store.write("keep", move |tx| way(tx, b"TA1*1", "TA1", name)).unwrap().value
        };
        let first = keep(store::file::keep_inbound, "first.ta1");
        assert!(matches!(first, Kept::New(_)));
        assert_eq!(keep(store::file::keep_inbound, "second.ta1"), Kept::Same(first.id().clone()));
        assert!(matches!(keep(store::file::keep_outbound, "out.ta1"), Kept::New(_)), "what goes out is another");
        let file = first.id().clone();
        store
            .write("about", move |tx| {
                let patients = [id(PatientId::parse, 1), id(PatientId::parse, 1)];
                store::file::about(tx, &file, &patients)?;
                store::file::set_kind(tx, &file, "999")?;
                store::file::set_outcome(tx, &file, "1 accepted")
            })
            .unwrap();
        assert!(store.read("list", |tx| store::file::inbound(tx, &["TA1"], 9)).unwrap().is_empty(), "it is a 999 now");
        let list = store.read("list", |tx| store::file::inbound(tx, &["TA1", "999"], 9)).unwrap();
        let words: Vec<_> = list.iter().map(|f| (f.name.as_str(), f.size, f.outcome.as_str())).collect();
        assert_eq!(words, [("first.ta1", 5, "1 accepted")]);
        assert_eq!(store.read("info", |tx| store::file::info(tx, first.id())).unwrap(), list[0]);
        let read = |action| store.read("open", |tx| store::file::open(tx, &lists(action), first.id()));
        let phi = read(Action::ClaimView).unwrap();
        assert_eq!(phi.subjects().collect::<Vec<_>>(), [id(PatientId::parse, 1)]);
        assert_eq!(&*open(store, phi), b"TA1*1");
        let told: Vec<String> = store
            .read("open", |tx| Ok(store::file::open(tx, &lists(Action::ClaimView), first.id())?.fields().collect()))
            .unwrap();
        assert_eq!(told, ["charges", "claims", "contact", "coverage", "guardians", "identity"]);
        assert!(read(Action::PatientView).is_err(), "a file opens for billing only");
        let spoiled = first.id().clone();
        store
            .write("spoil", move |tx| {
                let bytes = b"TA1*2".as_slice();
                tx.execute(sql!("UPDATE file SET bytes = $2 WHERE id = $1"), params![spoiled, bytes]).map(|_| ())
            })
            .unwrap();
        assert!(
            matches!(read(Action::ClaimView).err(), Some(Error::CorruptRow { .. })),
            "changed bytes are no file of ours"
        );
    });
}

/// Says whether patient `n` is restricted, and to which account the record is closed.
fn close(store: &Store, n: u32, restricted: bool, denied: &str) {
    let (patient, denied) = (id(PatientId::parse, n), denied.to_owned());
    let done = store.write("close", move |tx| {
        let text = sql!("UPDATE patient SET restricted = $2, denied = $3 WHERE id = $1");
        tx.execute(text, params![patient, restricted, denied]).map(|_| ())
    });
    done.unwrap();
}

/// The account that the grants of these tests are for, among others.
fn reader() -> String {
    format!("{} {} {}", id(AccountId::parse, 8), id(AccountId::parse, 1), id(AccountId::parse, 9))
}

#[test]
fn a_file_stays_shut_when_one_record_in_it_is_closed_to_the_reader() {
    on_both(|practice| {
        let store = practice.store();
        keep_visit(store, 1);
        keep_visit(store, 2);
        let file = store.write("keep", |tx| {
            let kept = store::file::keep_outbound(tx, b"ISA", "837P", "b.837")?;
            store::file::about(tx, kept.id(), &[id(PatientId::parse, 1), id(PatientId::parse, 2)])?;
            Ok(kept.id().clone())
        });
        let file = file.unwrap().value;
        let read = |action| store.read("open", |tx| store::file::open(tx, &lists(action), &file)).map(|_| ());
        let reading = [Action::ClaimView, Action::RemittanceView, Action::RemittancePost];
        for (restricted, denied) in [(true, String::new()), (false, reader())] {
            close(store, 2, restricted, &denied);
            for action in reading {
                let shut = read(action);
                assert!(
                    matches!(&shut, Err(Error::Closed(who)) if *who == [id(PatientId::parse, 2)]),
                    "{action} {restricted} {denied}: {shut:?}"
                );
            }
            read(Action::ClaimCollect).expect("a person released it to the partner, with everybody in it");
        }
        close(store, 2, false, id(AccountId::parse, 9).as_str());
        for action in reading {
            read(action).expect("it is closed to somebody else");
        }
    });
}

#[test]
fn a_list_counts_to_its_limit_without_those_whom_it_leaves_out() {
    on_both(|practice| {
        let store = practice.store();
        for n in 1..=3 {
            keep_claim(store, n);
        }
        let (state, view) = (claim(3).1.state, Action::ClaimView);
        for (restricted, denied) in [(true, String::new()), (false, reader())] {
            close(store, 1, restricted, &denied);
            close(store, 2, restricted, &denied);
            let claims = store.read("claims", |tx| store::claim::list(tx, &lists(view), &[state], 1)).unwrap();
            assert_eq!(claims.subjects().collect::<Vec<_>>(), [id(PatientId::parse, 3)], "{restricted} {denied}");
            let visits = store.read("visits", |tx| store::visit::list(tx, &lists(view), Stage::Signed, 1)).unwrap();
            assert_eq!(visits.subjects().collect::<Vec<_>>(), [id(PatientId::parse, 3)], "{restricted} {denied}");
        }
    });
}
