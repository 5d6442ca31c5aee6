//! The schedule on both engines: one time, one visit, whoever is fastest.

use std::sync::Barrier;

use domain::access::{Action, Role};
use domain::form::Faults;
use domain::grant::{Allowed, Grant, Scope};
use domain::id::{AccountId, AppointmentId, LocationId, PatientId, ProviderId};
use domain::name::PersonName;
use domain::patient::{FieldGroup, Patient, Sex};
use domain::place::{Address, AddressParts, Location, PlaceOfService, Zone};
use domain::schedule::{Appointment, BookingForm, BookingRefusal, Hours, MoveForm, Status, Step};
use jiff::civil::{Date, date};
use store::record::Stamp;
use store::{Error, Store, params, sql};

use crate::practice::{Practice, authority, id, on_both};

const DAY: Date = date(2026, 3, 2);

pub(crate) fn grant(action: Action, scope: Scope, restricted: bool) -> Grant {
    authority().grant(Allowed {
        account: id(AccountId::parse, 0xaa),
        role: Some(Role::FrontDesk),
        client: None,
        action,
        scope,
        fields: FieldGroup::ALL.into(),
        includes_restricted: restricted,
    })
}

fn edit(patient: u8) -> Grant {
    grant(Action::ScheduleEdit, Scope::Patient(id(PatientId::parse, patient)), false)
}

fn overbook(patient: u8) -> Grant {
    grant(Action::ScheduleOverbook, Scope::Patient(id(PatientId::parse, patient)), false)
}

fn stamp(reason: &str) -> Stamp {
    Stamp { actor: "account:test".into(), reason: reason.into() }
}

fn location() -> Location {
    let parts = AddressParts { line1: "1 Elm", line2: "", city: "Peoria", state: "IL", zip: "61602" };
    Location {
        id: id(LocationId::parse, 0xcc),
        name: "Main".to_owned(),
        zone: Zone::parse("America/Chicago").unwrap(),
        address: Address::read("", parts, &mut Faults::new()).unwrap(),
        place_of_service: PlaceOfService::office(),
        npi: None,
        hours: Hours::default(),
    }
}

fn visit(n: u8, patient: u8, time: &str, reason: &str) -> Appointment {
    let form = BookingForm {
        patient: id(PatientId::parse, patient).to_string(),
        provider: id(ProviderId::parse, 0xbb).to_string(),
        date: DAY.to_string(),
        time: time.to_owned(),
        kind: "follow_up".to_owned(),
        overbook_reason: reason.to_owned(),
        ..BookingForm::default()
    };
    form.read(&location()).unwrap().into_appointment(id(AppointmentId::parse, n), &location())
}

pub(crate) fn person(n: u8) -> Patient {
    Patient {
        id: id(PatientId::parse, n),
        mrn: format!("P-{n}"),
        name: PersonName::new("Larsen", "Emma").unwrap(),
        birth_date: date(1984, 6, 9),
        sex: Sex::Female,
        address: None,
        phone: None,
        email: None,
        guardians: Vec::new(),
        died_on: None,
    }
}

pub(crate) fn register(store: &Store, n: u8) {
    let patient = person(n);
    let done = store.write("register", move |tx| {
        let grant = grant(Action::PatientEdit, Scope::Practice, false);
        store::patient::register(tx, &grant, &patient, false, &stamp("test"))
    });
    done.unwrap();
}

fn book(store: &Store, wanted: Appointment, grant: impl Fn(u8) -> Grant + Send + 'static) -> Result<(), String> {
    let patient = u8::from_str_radix(&wanted.patient.as_str()[34..], 16).unwrap();
    let done = store
        .write("book", move |tx| store::schedule::book(tx, &grant(patient), &wanted, &location(), &stamp("booked")));
    match done {
        Ok(done) => done.value.map_err(|refusal| refusal.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

fn take_step(store: &Store, n: u8, version: i64, step: Step) -> Result<Appointment, Error> {
    let done = store.write("step", move |tx| {
        let visit = id(AppointmentId::parse, n);
        let patient = store::schedule::subject(tx, &visit)?.id;
        let grant = grant(Action::ScheduleEdit, Scope::Patient(patient), false);
        store::schedule::step(tx, &grant, &visit, version, step, &stamp(step.label()))
    });
    done.map(|done| done.value)
}

fn slots(practice: &Practice) -> i64 {
    let rows = practice.store().read("slots", |tx| {
        tx.query_one(sql!("SELECT CAST(count(*) AS BIGINT) AS n FROM appointment_slot"), params![])
    });
    rows.unwrap().get("n").unwrap()
}

#[test]
fn sixteen_race_for_one_time_and_one_gets_it() {
    on_both(|practice| {
        let store = practice.store();
        register(store, 1);
        for round in 0..3_u8 {
            let barrier = Barrier::new(16);
            let won: Vec<Result<(), String>> = std::thread::scope(|scope| {
                let racers: Vec<_> = (0..16_u8)
                    .map(|n| {
                        let barrier = &barrier;
                        scope.spawn(move || {
                            // Some want the whole time and some a part of it: none may share five minutes with another.
                            let minute = 5 * (n % 3);
                            let wanted = visit(round * 16 + n, 1, &format!("{}:{minute:02}", 9 + round), "");
                            barrier.wait();
                            book(store, wanted, edit)
                        })
                    })
                    .collect();
                racers.into_iter().map(|racer| racer.join().unwrap()).collect()
            });
            assert_eq!(won.iter().filter(|r| r.is_ok()).count(), 1, "{won:?}");
            let refused = won.into_iter().filter_map(Result::err);
            for why in refused {
                assert!(why.contains("this time is taken"), "{why}");
            }
            assert_eq!(slots(&practice), i64::from(round + 1) * 4, "twenty minutes are four pieces");
        }
    });
}

/// The key alone, without the look at what is booked: this is what stands when a look was too early.
#[test]
fn the_key_refuses_what_a_stale_look_would_allow() {
    on_both(|practice| {
        let store = practice.store();
        register(store, 1);
        book(store, visit(1, 1, "9:00", ""), edit).unwrap();
        let again = store.write("again", |tx| {
            tx.execute(
                sql!(
                    "INSERT INTO appointment_slot (provider_id, at, lane, appointment_id)
                     SELECT provider_id, at, lane, appointment_id FROM appointment_slot"
                ),
                params![],
            )
        });
        assert!(matches!(again, Err(Error::Constraint(_))), "{again:?}");
    });
}

#[test]
fn overbooking_needs_its_own_grant_and_a_reason_and_takes_another_lane() {
    on_both(|practice| {
        let store = practice.store();
        register(store, 1);
        register(store, 2);
        book(store, visit(1, 1, "9:00", ""), edit).unwrap();
        let refused = |r: Result<(), String>, words: &str| assert!(r.clone().unwrap_err().contains(words), "{r:?}");
        refused(book(store, visit(2, 2, "9:10", "urgent"), edit), "does not overbook");
        refused(book(store, visit(2, 2, "9:10", ""), overbook), "is taken");
        refused(book(store, visit(2, 2, "6:00 PM", ""), overbook), "closed");
        book(store, visit(2, 2, "9:10", "urgent"), overbook).unwrap();
        book(store, visit(3, 1, "9:15", "urgent"), overbook).unwrap();
        let lanes = store.read("lanes", |tx| tx.query(sql!("SELECT id, lane FROM appointment ORDER BY id"), params![]));
        let lanes: Vec<i64> = lanes.unwrap().iter().map(|r| r.get("lane").unwrap()).collect();
        assert_eq!(lanes, [0, 1, 2]);
        // A grant for another patient, or for another act, writes nothing.
        let stranger = store.write("stranger", |tx| {
            store::schedule::book(tx, &edit(2), &visit(4, 1, "10:00", ""), &location(), &stamp("x"))
        });
        assert!(matches!(stranger, Err(Error::NotFound(_))));
        let look = |n| grant(Action::ScheduleView, Scope::Patient(id(PatientId::parse, n)), false);
        refused(book(store, visit(4, 1, "10:00", ""), look), "no such appointment");
    });
}

#[test]
fn steps_keep_their_history_and_give_time_back() {
    on_both(|practice| {
        let store = practice.store();
        register(store, 1);
        book(store, visit(1, 1, "9:00", ""), edit).unwrap();
        assert_eq!(take_step(store, 1, 1, Step::MarkNoShow).unwrap().status, Status::NoShow);
        assert_eq!(slots(&practice), 0);
        assert!(matches!(take_step(store, 1, 1, Step::Reopen), Err(Error::Stale("visit"))));
        take_step(store, 1, 2, Step::Reopen).unwrap();
        assert_eq!(slots(&practice), 4, "an undone no-show has its time again");
        let refused = take_step(store, 1, 3, Step::See).unwrap_err().to_string();
        assert!(refused.contains("cannot take the step"), "{refused}");
        take_step(store, 1, 3, Step::MarkNoShow).unwrap();
        book(store, visit(2, 1, "9:10", ""), edit).unwrap();
        let gone = take_step(store, 1, 4, Step::Reopen).unwrap_err().to_string();
        assert!(gone.contains("taken by now"), "{gone}");
        for (version, step) in [(1, Step::Arrive), (2, Step::Room), (3, Step::See), (4, Step::CheckOut)] {
            take_step(store, 2, version, step).unwrap();
        }
        let phi = store.read("open", |tx| {
            let grant = grant(Action::ScheduleView, Scope::Patient(id(PatientId::parse, 1)), false);
            store::schedule::open(tx, &grant, &id(AppointmentId::parse, 2))
        });
        let words = |changes: &[store::schedule::Change]| -> Vec<String> {
            changes.iter().map(|c| format!("{}: {}", c.reason, c.appointment.status)).collect()
        };
        let phi = phi.unwrap();
        assert_eq!(phi.subjects().count(), 1);
        let event = domain::audit::Event::new(
            domain::audit::Act::ScheduleViewed,
            domain::audit::Actor::Anonymous,
            domain::audit::Purpose::Treatment,
        );
        let receipt = store.record(event.about(phi.subjects()).showing(phi.fields())).unwrap();
        let open = phi.release(&receipt).unwrap();
        let expect =
            ["booked: scheduled", "Arrive: arrived", "Room: roomed", "Mark seen: seen", "Check out: checked_out"];
        assert_eq!(words(&open.1), expect);
        assert_eq!((open.0.version, open.0.lane), (5, 0));
    });
}

#[test]
fn a_move_takes_the_new_time_and_frees_the_old() {
    on_both(|practice| {
        let store = practice.store();
        register(store, 1);
        book(store, visit(1, 1, "9:00", ""), edit).unwrap();
        book(store, visit(2, 1, "10:00", ""), edit).unwrap();
        let go = |n: u8, version: i64, time: &str| {
            let form = MoveForm { time: time.to_owned(), ..MoveForm::default() };
            let done = store.write("move", move |tx| {
                let old = store::schedule::one(tx, &id(AppointmentId::parse, n))?;
                let new = form.read(&old.value, &location()).unwrap();
                store::schedule::reschedule(tx, &edit(1), &new, version, &location(), &stamp("moved"))
            });
            done.map(|done| done.value)
        };
        assert!(matches!(go(1, 1, "9:50"), Ok(Err(BookingRefusal::Taken(_)))));
        assert_eq!(slots(&practice), 8, "a refused move frees nothing");
        go(1, 1, "9:10").unwrap().unwrap();
        book(store, visit(3, 1, "8:50", ""), edit).unwrap();
        assert!(matches!(go(1, 1, "11:00"), Err(Error::Stale("visit"))), "somebody moved it first");
        assert_eq!(slots(&practice), 12);
    });
}

#[test]
fn a_day_shows_whom_the_reader_may_see_and_the_time_of_the_others() {
    on_both(|practice| {
        let store = practice.store();
        register(store, 1);
        register(store, 2);
        book(store, visit(1, 1, "9:00", ""), edit).unwrap();
        book(store, visit(2, 2, "10:00", ""), edit).unwrap();
        store
            .write("restrict", |tx| tx.execute(sql!("UPDATE patient SET restricted = 1 WHERE mrn = 'P-2'"), params![]))
            .unwrap();
        let list = |restricted| grant(Action::ScheduleView, Scope::Practice, restricted);
        let shown = |restricted| {
            let place = id(LocationId::parse, 0xcc);
            let phi = store.read("day", |tx| store::schedule::day(tx, &list(restricted), DAY, &place)).unwrap();
            phi.subjects().count()
        };
        assert_eq!((shown(false), shown(true)), (1, 2));
        let busy = store.read("busy", |tx| store::schedule::busy(tx, DAY, DAY.tomorrow().unwrap())).unwrap();
        assert_eq!(busy.len(), 2);
        assert_eq!(store.read("none", |tx| store::schedule::busy(tx, DAY, DAY)).unwrap().len(), 0);
        take_step(store, 1, 1, Step::Arrive).unwrap();
        let (now, later) = (visit(1, 1, "9:10", "").at, domain::Instant::from_micros(i64::MAX));
        let counts = store.read("counts", |tx| store::schedule::counts(tx, &list(false), DAY, now, later)).unwrap();
        let event = domain::audit::Event::new(
            domain::audit::Act::ScheduleViewed,
            domain::audit::Actor::Anonymous,
            domain::audit::Purpose::Treatment,
        );
        let receipt = store.record(event.showing(counts.fields())).unwrap();
        let counts = counts.release(&receipt).unwrap();
        let words: Vec<_> = counts.iter().map(|c| (c.status, c.visits, c.long, c.late)).collect();
        assert_eq!(words, [(Status::Arrived, 1, 1, 1), (Status::Scheduled, 1, 1, 0)]);
    });
}
