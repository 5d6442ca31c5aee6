//! Evidence on both engines.

use domain::Instant;
use domain::audit::{Act, Actor, Event, Purpose};
use domain::compliance::{EvidenceKind, Finding, Verdict};
use domain::id::SessionId;
use store::{Error, evidence, params, sql};

use crate::practice::{On, Practice, on_both};

fn ran() -> Event {
    Event::new(Act::ProbeRan, Actor::System("test".into()), Purpose::SelfCheck)
}

fn add(practice: &Practice, subject: &'static str, finding: Finding) {
    let expires = Instant::from_micros(1_790_000_000_000_000);
    let added = practice
        .store()
        .write("add", move |tx| evidence::add(tx, EvidenceKind::Probe, subject, &finding, expires, ran()).map(|_| ()));
    assert_eq!(added.unwrap().receipts.len(), 1, "one event in the same commit");
}

#[test]
fn evidence_commits_with_its_event_and_keeps_its_history() {
    on_both(|practice| {
        add(&practice, "V-07", Finding::pass("first").with("files", 3));
        add(&practice, "V-08", Finding::unknown("other"));
        add(&practice, "V-07", Finding::fail("second"));
        let store = practice.store();
        let newest = store.read("newest", evidence::newest).unwrap();
        let found: Vec<_> = newest.iter().map(|e| (e.subject.as_str(), e.finding.verdict)).collect();
        assert_eq!(found, [("V-07", Verdict::Fail), ("V-08", Verdict::NotEvaluable)]);
        let history = store.read("history", |tx| evidence::history(tx, EvidenceKind::Probe, "V-07", 10)).unwrap();
        let said: Vec<_> = history.iter().map(|e| e.finding.said.as_str()).collect();
        assert_eq!(said, ["second", "first"]);
        assert_eq!(history[1].finding.observed["files"], "3");
        let none = store.read("latest", |tx| evidence::latest(tx, EvidenceKind::Attestation, "V-07")).unwrap();
        assert!(none.is_none());
        let log = store.log().clone();
        let event = store.read("one", |tx| store::audit::read::one(&log, tx, &history[0].event)).unwrap();
        assert!(event.is_some(), "its event is in the log");
    });
}

#[test]
fn evidence_that_was_changed_is_refused() {
    on_both(|practice| {
        add(&practice, "V-07", Finding::fail("bad"));
        let edit = sql!("UPDATE evidence SET body = replace(body, 'fail', 'pass')");
        practice.store().write("tamper", |tx| tx.execute(edit, &[])).unwrap();
        let read = practice.store().read("newest", evidence::newest);
        assert!(matches!(read, Err(Error::CorruptRow { ref column, .. }) if column == "checksum"));
    });
}

#[test]
fn canaries_are_planted_once_a_name() {
    on_both(|practice| {
        let store = practice.store();
        for value in ["one", "two"] {
            store.write("plant", move |tx| evidence::plant(tx, "marker", value)).unwrap();
        }
        assert_eq!(store.read("canary", |tx| evidence::canary(tx, "marker")).unwrap().as_deref(), Some("two"));
        assert_eq!(store.read("canary", |tx| evidence::canary(tx, "nothing")).unwrap(), None);
    });
}

#[test]
fn only_a_canary_session_can_be_left_idle() {
    on_both(|practice| {
        let session = |n| SessionId::parse(&format!("01890000-0000-7000-8000-00000000000{n}")).unwrap();
        let made = practice.store().write("sessions", move |tx| {
            tx.execute(
                sql!("INSERT INTO account (id, login, version, body, checksum) VALUES ('a', 'a', 1, '', '')"),
                &[],
            )?;
            for (n, canary) in [(1, true), (2, false)] {
                tx.execute(
                    sql!(
                        "INSERT INTO session (id, token, account_id, factor, began_at, active_at, source, device, canary)
                         VALUES ($1, $1, 'a', 'totp', 5000000, 5000000, '', '', $2)"
                    ),
                    params![session(n), canary],
                )?;
            }
            Ok((evidence::leave_idle(tx, &session(1), 3)?, evidence::leave_idle(tx, &session(2), 3)?))
        });
        assert_eq!(made.unwrap().value, (true, false));
        let rows = practice.store().read("active", |tx| {
            let rows = tx.query(sql!("SELECT active_at FROM session ORDER BY id"), &[])?;
            rows.iter().map(|row| row.get::<i64>("active_at")).collect::<store::Result<Vec<_>>>()
        });
        assert_eq!(rows.unwrap(), [2_000_000, 5_000_000]);
    });
}

#[test]
fn a_wrong_key_opens_nothing() {
    let practice = Practice::new(On::Sqlite);
    let right = practice.store().derive("practice.db").unwrap();
    assert!(evidence::opens_with(&practice.file(), &right));
    assert!(!evidence::opens_with(&practice.file(), &[9; 32]));
}
