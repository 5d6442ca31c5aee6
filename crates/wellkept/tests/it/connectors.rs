//! Released files on their way to partners: who makes the way, what is on record before anything leaves, what waits, and what is
//! never sent twice. The other end is a stand-in that does as it is told; `connector::tests` has a real one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use app::Cx;
use app::compliance::ProbeEnv;
use app::delivery::{Carrier, Line, Outbound, Parcel};
use domain::access::Role;
use domain::batch::Batch;
use domain::compliance::{Finding, Verdict};
use domain::delivery::{Delivery, DeliveryState, Ended};
use domain::id::{EventId, SessionId};
use domain::partner::Partner;
use testkit::{Practice, engines};

/// What happens to the next file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Luck {
    /// It arrives.
    Arrives,
    /// The server is away.
    Away,
    /// The way breaks when it may have arrived.
    Breaks,
    /// The process ends before anything left.
    DiesFirst,
    /// The process ends after it arrived and before that is on record.
    DiesLast,
}

/// The partner's side.
struct Partners {
    luck: Luck,
    /// Names of what arrived, each time that it did.
    got: Vec<String>,
    /// What is found when a file is looked for; an error when the partner cannot be asked.
    found: Result<Ended, String>,
    /// The secret that the connector proved itself with.
    secret: Vec<u8>,
}

#[derive(Clone)]
struct Stand(Arc<Mutex<Partners>>);

impl Stand {
    fn now(&self, luck: Luck) {
        self.0.lock().unwrap().luck = luck;
    }

    fn finds(&self, found: Result<Ended, &str>) {
        self.0.lock().unwrap().found = found.map_err(str::to_owned);
    }

    fn got(&self) -> Vec<String> {
        self.0.lock().unwrap().got.clone()
    }

    fn secret(&self) -> Vec<u8> {
        self.0.lock().unwrap().secret.clone()
    }
}

impl Carrier for Stand {
    fn send(&self, line: &Line, parcel: &Parcel<'_>, committing: &mut dyn FnMut() -> bool) -> Result<Ended, String> {
        let luck = {
            let mut partners = self.0.lock().unwrap();
            partners.secret = line.secret.to_vec();
            partners.luck
        };
        assert!(luck != Luck::DiesFirst, "the process ends here");
        assert_eq!(u64::try_from(parcel.bytes.len()).unwrap(), parcel.size);
        assert!(parcel.bytes.starts_with(b"ISA"), "the whole file");
        if luck == Luck::Away {
            return Ok(Ended::NotArrived("cannot be reached".to_owned()));
        }
        assert!(committing());
        if luck == Luck::Breaks {
            return Err("the connection broke".to_owned());
        }
        self.0.lock().unwrap().got.push(parcel.name.to_owned());
        assert!(luck != Luck::DiesLast, "the process ends here");
        Ok(Ended::Delivered("taken".to_owned()))
    }

    fn look(&self, _: &Line, _: &Parcel<'_>) -> Result<Ended, String> {
        self.0.lock().unwrap().found.clone()
    }

    fn test(&self, line: &Line) -> Result<String, String> {
        if line.way.place().contains("wrong") { Err("cannot be reached".to_owned()) } else { Ok("all well".to_owned()) }
    }
}

const FORM: [(&str, &str); 5] = [
    ("host", "sftp.relay.example"),
    ("port", ""),
    ("user", "prac17"),
    ("host_key", "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA"),
    ("folder", "in"),
];

/// A practice on each engine whose batch waits for its release, with a connector to its partner.
fn each(test: impl Fn(&Practice, &Stand, &Batch)) {
    for on in engines() {
        let found = Err("nobody said".to_owned());
        let partners = Partners { luck: Luck::Arrives, got: Vec::new(), found, secret: Vec::new() };
        let stand = Stand(Arc::new(Mutex::new(partners)));
        let practice = Practice::reaching(on, Outbound::new(stand.clone()));
        let batch = practice.open_batch();
        practice.connect(&batch.partner, &FORM);
        test(&practice, &stand, &batch);
    }
}

fn state(practice: &Practice, batch: &Batch) -> DeliveryState {
    practice.delivery(&batch.id).state
}

fn batch_page(practice: &Practice, batch: &Batch) -> String {
    practice.as_role(Role::Biller).get(&format!("/claims/batches/{}", batch.id)).expect(200).text()
}

/// Runs the outbox as a process that may end in the middle of it.
fn run(practice: &Practice) -> bool {
    catch_unwind(AssertUnwindSafe(|| practice.app.deliver_due().unwrap())).is_ok()
}

#[test]
fn s_tec_12_every_file_that_leaves_is_on_record_with_who_why_whom_and_on_what_ground() {
    each(|practice, stand, batch| {
        practice.release(&batch.id);
        let page = batch_page(practice, batch);
        assert!(page.contains("It leaves within seconds") && stand.got().is_empty(), "{page}");
        assert_eq!(practice.app.deliver_due().unwrap(), 1);
        let delivery = practice.delivery(&batch.id);
        assert_eq!(stand.got(), std::slice::from_ref(&delivery.name));
        let page = batch_page(practice, batch);
        for words in ["Delivered", &delivery.digest, &delivery.name] {
            assert!(page.contains(words), "{words} is not on {page}");
        }
        assert_eq!((practice.events_of("file.sending"), practice.events_of("file.delivered")), (1, 1));
        // V-17: actor, purpose, partner, agreement, digest.
        let log = practice.as_role(Role::PrivacyOfficial).get("/audit?act=file.sending").expect(200).text();
        let biller = practice.persona(Role::Biller).account.to_string();
        let partner = batch.partner.to_string();
        let ground = delivery.basis.to_string();
        for words in [delivery.digest.as_str(), &biller, &partner, &ground, "payment", "outbox"] {
            assert!(log.contains(words), "{words} is not on {log}");
        }
        // The event names everybody in the file.
        let patients = practice.app.store.read("subjects", |tx| {
            let text = store::sql!("SELECT patient_id FROM file_subject WHERE file_id = $1");
            tx.query(text, store::params![delivery.file])
        });
        let patients = patients.unwrap();
        assert!(!patients.is_empty());
        let told = practice.app.store.read("told", |tx| {
            let text = store::sql!(
                "SELECT s.patient_id AS id FROM audit_subject s JOIN audit_event e ON e.event_id = s.event_id
                 WHERE e.act = 'file.sending'"
            );
            tx.query(text, &[])
        });
        assert_eq!(told.unwrap().len(), patients.len());
        assert_eq!(practice.app.deliver_due().unwrap(), 0, "and never again");
        let way = practice.as_role(Role::Biller).get(&format!("/partners/{partner}/connector")).expect(200).text();
        assert!(way.contains(&delivery.name) && !way.contains("/connector/edit"), "{way}");
    });
}

#[test]
fn s_tec_12_a_kill_at_any_step_sends_nothing_twice() {
    each(|practice, stand, batch| {
        practice.release(&batch.id);
        stand.now(Luck::DiesFirst);
        assert!(!run(practice), "the process ended");
        assert_eq!(practice.events_of("file.sending"), 1, "its record was there before the first byte");
        assert_eq!(state(practice, batch), DeliveryState::Sending);
        // Nothing left, so it goes again, by itself and after a while.
        stand.now(Luck::DiesLast);
        assert_eq!(practice.app.deliver_due().unwrap(), 1, "the first attempt is closed");
        assert_eq!((state(practice, batch), stand.got().len()), (DeliveryState::Waiting, 0));
        assert_eq!(practice.app.deliver_due().unwrap(), 0, "not at once");
        practice.clock.pass(61);
        assert!(!run(practice), "the process ended again, after the file arrived");
        assert_eq!((state(practice, batch), stand.got().len()), (DeliveryState::Sending, 1));
        // It is looked for and not sent.
        stand.now(Luck::Arrives);
        assert_eq!(practice.app.deliver_due().unwrap(), 0, "the partner cannot be asked yet");
        assert!(batch_page(practice, batch).contains("nobody said"));
        practice.clock.pass(301);
        stand.finds(Ok(Ended::Delivered("found".to_owned())));
        assert_eq!(practice.app.deliver_due().unwrap(), 1);
        assert_eq!((state(practice, batch), stand.got().len()), (DeliveryState::Delivered, 1));
        practice.clock.pass(86_400);
        assert_eq!((practice.app.deliver_due().unwrap(), stand.got().len()), (0, 1));
    });
}

#[test]
fn s_tec_12_what_may_have_arrived_waits_for_a_person_with_a_reason() {
    each(|practice, stand, batch| {
        practice.release(&batch.id);
        stand.now(Luck::Breaks);
        assert_eq!(practice.app.deliver_due().unwrap(), 0);
        stand.finds(Ok(Ended::Unsure("it is not there".to_owned())));
        practice.clock.pass(301);
        assert_eq!(practice.app.deliver_due().unwrap(), 1);
        assert_eq!(state(practice, batch), DeliveryState::Unsure);
        practice.clock.pass(86_400);
        stand.now(Luck::Arrives);
        assert_eq!((practice.app.deliver_due().unwrap(), stand.got().len()), (0, 0), "never by itself");
        let said = format!("/claims/batches/{}/said", batch.id);
        let no = [("arrived", "no"), ("reason", "Relay has no such file, said Ines")];
        let _ = practice.as_role(Role::FrontDesk).post(&said, &no).expect(403);
        let biller = practice.as_role(Role::Biller);
        let _ = biller.post(&said, &[("arrived", "no"), ("reason", " ")]).expect(422);
        let _ = biller.post(&said, &[("reason", "x")]).expect(400);
        assert_eq!(state(practice, batch), DeliveryState::Unsure);
        let _ = biller.post(&said, &no).expect(303);
        assert_eq!(practice.events_of("file.settled"), 1);
        assert!(batch_page(practice, batch).contains("said Ines"));
        assert_eq!((practice.app.deliver_due().unwrap(), stand.got().len()), (1, 1));
        let _ = biller.post(&said, &no).expect(409);
        assert_eq!(practice.app.deliver_due().unwrap(), 0, "delivered is the end");
    });
}

#[test]
fn s_baa_08_a_file_waits_when_the_agreement_ended_after_its_release_or_somebody_paused_the_way() {
    each(|practice, stand, batch| {
        practice.release(&batch.id);
        let agreement = |to: Option<jiff::civil::Date>| {
            let id = batch.partner.clone();
            let stamp = store::record::Stamp { actor: "system:test".into(), reason: "a test".into() };
            practice
                .app
                .store
                .write("agreement", move |tx| {
                    let old = store::directory::one::<Partner>(tx, id.as_str())?;
                    let mut partner = old.value;
                    if let Some(agreement) = &mut partner.agreement {
                        agreement.to = to;
                    }
                    partner.exemption = None;
                    store::directory::change(tx, &partner, old.version, &stamp)
                })
                .unwrap();
        };
        agreement(Some(practice.today.yesterday().unwrap()));
        assert_eq!(practice.app.deliver_due().unwrap(), 0);
        assert_eq!((practice.events_of("file.sending"), stand.got().len()), (0, 0));
        let page = batch_page(practice, batch);
        assert!(page.contains("its agreement ended on"), "{page}");
        agreement(None);
        let connector = format!("/partners/{}/connector", batch.partner);
        let official = practice.as_role(Role::SecurityOfficial);
        let _ = official.post(&format!("{connector}/pause"), &[("reason", "")]).expect(422);
        let _ = official.post(&format!("{connector}/pause"), &[("reason", "they were breached")]).expect(303);
        assert_eq!((practice.app.deliver_due().unwrap(), stand.got().len()), (0, 0));
        assert!(batch_page(practice, batch).contains("they were breached"));
        let shown = official.get(&connector).expect(200).text();
        assert!(shown.contains("Paused") && shown.contains("they were breached"), "{shown}");
        let _ = official.post(&format!("{connector}/resume"), &[("reason", "mended")]).expect(303);
        assert_eq!((practice.app.deliver_due().unwrap(), stand.got().len()), (1, 1));
    });
}

#[test]
fn s_tec_11_what_surely_did_not_arrive_is_tried_again_and_every_attempt_shows() {
    each(|practice, stand, batch| {
        practice.release(&batch.id);
        stand.now(Luck::Away);
        for pause in [60, 300, 900] {
            assert_eq!(practice.app.deliver_due().unwrap(), 1);
            practice.clock.pass(pause - 5);
            assert_eq!(practice.app.deliver_due().unwrap(), 0, "too soon");
            practice.clock.pass(6);
        }
        stand.now(Luck::Arrives);
        assert_eq!(practice.app.deliver_due().unwrap(), 1);
        let delivery = practice.delivery(&batch.id);
        assert_eq!((delivery.attempts.len(), delivery.state, stand.got().len()), (4, DeliveryState::Delivered, 1));
        assert_eq!(batch_page(practice, batch).matches("Did not arrive").count(), 3);
        assert_eq!((practice.events_of("file.sending"), practice.events_of("file.not_delivered")), (4, 3));
    });
}

#[test]
fn s_tec_11_a_connectors_secret_is_nowhere_to_be_read_and_the_official_alone_sets_it() {
    each(|practice, stand, batch| {
        let connector = format!("/partners/{}/connector", batch.partner);
        for role in [Role::PracticeManager, Role::PrivacyOfficial, Role::Biller] {
            let _ = practice.as_role(role).post(&connector, &FORM).expect(403);
            let _ = practice.as_role(role).post(&format!("{connector}/test"), &[]).expect(403);
        }
        practice.release(&batch.id);
        let _ = practice.app.deliver_due().unwrap();
        let (first, official) = (stand.secret(), practice.as_role(Role::SecurityOfficial));
        assert_eq!(first.len(), 32);
        let key = |page: &str| page.split_once("ssh-ed25519 ").unwrap().1.split_once(' ').unwrap().0.to_owned();
        let shown = official.get(&connector).expect(200).text();
        let public = key(&shown);
        let _ = official.post(&format!("{connector}/key"), &[]).expect(303);
        let page = official.get(&connector).expect(200).text();
        assert_ne!(key(&page), public, "a new pair");
        let wrong = [("host", "wrong.example"), ("version", "2")];
        let form: Vec<(&str, &str)> = FORM.iter().skip(1).copied().chain(wrong).collect();
        let _ = official.post(&connector, &form).expect(303);
        let _ = official.post(&connector, &form).expect(409);
        let tested = official.post(&format!("{connector}/test"), &[]).expect(200).text();
        assert!(tested.contains("It does not work: cannot be reached. No file was sent."), "{tested}");
        assert_eq!(practice.events_of("connector.tested"), 1);
        let edit = official.get(&format!("{connector}/edit")).expect(200).text();
        let log = official.get("/audit?act=connector.changed").expect(200).text();
        // Not on a page in any writing, not in a row, not in an old version of one.
        let rows = practice.app.store.read("rows", |tx| {
            let mut all = tx.query(store::sql!("SELECT body FROM record_version WHERE kind = 'connector'"), &[])?;
            all.extend(tx.query(store::sql!("SELECT body FROM record_version WHERE kind = 'delivery'"), &[])?);
            all.iter().map(|row| row.get::<String>("body")).collect::<store::Result<Vec<_>>>()
        });
        let text = [shown, page, edit, log].into_iter().chain(rows.unwrap()).collect::<Vec<_>>().join("\n");
        let (hex, base64) = (hex::encode(&first), {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD_NO_PAD.encode(&first)
        });
        assert!(!text.contains(&hex) && !text.contains(&base64) && !text.contains("PRIVATE KEY"), "{text}");
        let sealed = practice.app.store.read("sealed", |tx| store::connector::secret(tx, &batch.partner)).unwrap();
        assert!(!sealed.windows(32).any(|part| part == first), "sealed");
        let place = store::connector::secret_place(&batch.partner);
        let now = practice.app.store.open_column(&place, &sealed).unwrap();
        assert!(now.len() == 32 && now != first);
        assert!(practice.app.store.open_column("connector_secret|somebody-else|sealed", &sealed).is_err());
    });
}

/// What V-17 finds now.
fn v_17(practice: &Practice) -> Finding {
    let official = practice.persona(Role::SecurityOfficial);
    let cx = Cx {
        account: official.account.clone(),
        name: "Sam".to_owned(),
        role: Role::SecurityOfficial,
        disabled: false,
        session: SessionId::new(practice.app.clock.now(), &*practice.app.entropy),
        mfa: true,
        fresh_at: None,
        source: "192.0.2.7".to_owned(),
        origin: domain::device::Origin::Premises,
        canary: false,
        emergency: None,
    };
    practice.app.run_probe_now(&cx, "V-17", &ProbeEnv::default()).unwrap().finding
}

#[test]
fn v_17_a_file_without_its_ground_or_its_record_is_seen() {
    each(|practice, _, batch| {
        assert_eq!(v_17(practice).verdict, Verdict::Pass, "files of the past were released on a ground");
        practice.release(&batch.id);
        assert_eq!(practice.app.deliver_due().unwrap(), 1);
        let found = v_17(practice);
        assert_eq!((found.verdict, found.observed["attempts"].as_str()), (Verdict::Pass, "1"), "{found:?}");
        let changed = |change: &(dyn Fn(&mut Delivery) + Sync)| {
            let mut delivery = practice.delivery(&batch.id);
            change(&mut delivery);
            let stamp = store::record::Stamp { actor: "system:test".into(), reason: "a test".into() };
            let id = batch.id.clone();
            let write = move |tx: &mut store::Tx| {
                let version = store::delivery::of_batch(tx, &id)?.unwrap().version;
                store::delivery::change(tx, &delivery, version, &stamp)
            };
            practice.app.store.write("changed", write).unwrap();
        };
        let whole = practice.delivery(&batch.id);
        let (attempt, other) = (whole.attempts[0].clone(), practice.batch(&batch.id).release.unwrap());
        // Another digest; an attempt whose event is none; a sending that no row knows.
        changed(&|delivery| "00".clone_into(&mut delivery.digest));
        assert!(v_17(practice).said.contains("not the ones"));
        changed(&|delivery| {
            delivery.digest.clone_from(&whole.digest);
            delivery.attempts[0].event = EventId::parse(other.file.as_str()).unwrap();
        });
        let found = v_17(practice);
        assert!(found.verdict == Verdict::Fail && found.said.contains("no event that says all of it"), "{found:?}");
        changed(&|delivery| delivery.attempts.clear());
        let found = v_17(practice);
        assert!(found.verdict == Verdict::Fail && found.said.contains("the log has 1 sendings"), "{found:?}");
        changed(&|delivery| delivery.attempts = vec![attempt.clone()]);
        assert_eq!(v_17(practice).verdict, Verdict::Pass);
        // What cannot be read is no proof, and no fault.
        let blind = |tx: &mut store::Tx| {
            tx.execute(store::sql!("UPDATE audit_event SET sealed = leaf WHERE act = 'file.sending'"), &[])
        };
        practice.app.store.write("blind", blind).unwrap();
        let found = v_17(practice);
        assert!(found.verdict == Verdict::NotEvaluable && found.said.contains("cannot be read"), "{found:?}");
        // A file in nobody's batch.
        let loose = |tx: &mut store::Tx| store::file::keep_outbound(tx, b"ISA", "837P", "loose.837");
        practice.app.store.write("loose", loose).unwrap();
        let found = v_17(practice);
        assert!(
            found.verdict == Verdict::Fail && found.said.contains("1 released files belong to no batch"),
            "{found:?}"
        );
    });
}
