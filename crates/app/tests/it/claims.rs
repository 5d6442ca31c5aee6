//! From signed charges to a claim that the payer took.

use app::Error;
use app::claim::{Came, ClaimTab, Made};
use app::partner::PartnerForm;
use app::visit::NewVisit;
use domain::access::Role;
use domain::batch::BatchState;
use domain::charge::{ChargeForm, ChargesForm};
use domain::claim::ClaimState;
use domain::id::{BatchId, ClaimId, PatientId, VisitId};
use domain::visit::Stage;
use jiff::civil::DateTime;
use x12::ack::{Ack999, AckClaim, AckStatus, Action, ClaimAck, SetResponse, StatusCode, Ta1, Verdict};

use crate::acknowledgements::from_to;
use crate::clinic::{Clinic, TODAY};
use crate::corrections::books;

pub(crate) fn at() -> DateTime {
    TODAY.at(16, 30, 0, 0)
}

pub(crate) fn charges(price: &str) -> ChargesForm {
    let line = |code: &str, price: &str, pointers: &str| ChargeForm {
        code: code.to_owned(),
        price: price.to_owned(),
        pointers: pointers.to_owned(),
        ..ChargeForm::default()
    };
    ChargesForm {
        diagnoses: vec!["E11.9".to_owned(), "I10".to_owned()],
        lines: vec![line("G0463", price, "A B"), line("LV010", "50", "B")],
    }
}

/// A visit of a patient with the first provider, signed.
pub(crate) fn signed(clinic: &Clinic, patient: &PatientId, price: &str) -> VisitId {
    signed_on(clinic, patient, price, "5/20/2026")
}

pub(crate) fn signed_on(clinic: &Clinic, patient: &PatientId, price: &str, day: &str) -> VisitId {
    let cx = clinic.cx(Role::Clinician);
    let form = NewVisit {
        patient: patient.to_string(),
        provider: clinic.around.providers[0].id.to_string(),
        location: clinic.around.locations[0].id.to_string(),
        date: day.to_owned(),
    };
    let visit = clinic.app.start_visit(&cx, &form, TODAY).unwrap();
    clinic.app.record_charges(&cx, &visit, 1, &charges(price)).unwrap();
    clinic.app.sign_charges(&cx, &visit, 2).unwrap();
    visit
}

pub(crate) fn claim(clinic: &Clinic, visit: &VisitId) -> ClaimId {
    match clinic.app.make_claim(&clinic.cx(Role::Biller), visit, TODAY).unwrap() {
        Made::Claim(id, true) => id,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn released(clinic: &Clinic, claims: &[ClaimId]) -> BatchId {
    let cx = clinic.cx(Role::Biller);
    let batches = clinic.app.make_batches(&cx, claims).unwrap();
    assert_eq!(batches.len(), 1);
    clinic.app.release_batch(&cx, &batches[0], at()).unwrap();
    batches[0].clone()
}

pub(crate) fn state(clinic: &Clinic, id: &ClaimId) -> ClaimState {
    clinic.app.open_claim(&clinic.cx(Role::Biller), id, TODAY).unwrap().listed.claim.state
}

pub(crate) fn number(clinic: &Clinic, id: &ClaimId) -> String {
    let page = clinic.app.open_claim(&clinic.cx(Role::Biller), id, TODAY).unwrap();
    page.listed.claim.control_number.to_string()
}

/// Where the referee finds what we wrote.
fn keep_for_the_referee(name: &str, bytes: &[u8]) {
    if let Some(dir) = std::env::var_os("WELLKEPT_X12_OUT") {
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(std::path::Path::new(&dir).join(name), bytes).unwrap();
    }
}

pub(crate) fn envelope() -> x12::Envelope {
    x12::Envelope {
        sender: x12::Party::mutual("RIVERBEND"),
        receiver: x12::Party::mutual("NORTHSIDE"),
        date: x12::Date::new(2026, 5, 28).unwrap(),
        time: x12::Time::new(17, 0).unwrap(),
        control: 900,
        group_control: 900,
        usage: x12::Usage::Test,
        ack_requested: false,
        delimiters: x12::Delimiters::default(),
        line_ends: true,
    }
}

pub(crate) fn ack_of_file(group: u32, verdict: Verdict) -> Vec<u8> {
    let set = SetResponse { kind: "837".into(), control: "0001".into(), verdict, ..SetResponse::default() };
    let mut ack = Ack999 {
        group_kind: "HC".into(),
        group_control: group.to_string(),
        group_version: "005010X222A1".into(),
        sets: vec![set],
        ..Ack999::default()
    };
    ack.settle();
    x12::write_interchange(&envelope(), &[ack]).unwrap()
}

pub(crate) fn ack_of_claims(reference: &str, claims: &[(&str, bool)]) -> Vec<u8> {
    let day = x12::Date::new(2026, 5, 28);
    let status = |accepted: bool| AckStatus {
        codes: vec![StatusCode {
            category: if accepted { "A2" } else { "A7" }.into(),
            status: if accepted { "20" } else { "562" }.into(),
            entity: (!accepted).then(|| "85".to_owned()),
        }],
        date: day,
        action: if accepted { Action::Accept } else { Action::Reject },
        cents: Some(15_000),
        message: None,
    };
    let claim = |(number, accepted): &(&str, bool)| AckClaim {
        patient: x12::Entity { name: x12::Name::person("NUNEZ", "ZOE"), id: Some(x12::Identifier::new("MI", "XQ1")) },
        control_number: (*number).to_owned(),
        statuses: vec![status(*accepted)],
        payer_claim_number: accepted.then(|| format!("PAYER{number}")),
        ..AckClaim::default()
    };
    let provider = x12::ack::AckProvider {
        provider: x12::Entity {
            name: x12::Name::organization("NORTHSIDE FAMILY CLINIC"),
            id: Some(x12::Identifier::npi("1999000018")),
        },
        claims: claims.iter().map(claim).collect(),
        ..x12::ack::AckProvider::default()
    };
    ack_of_batch(reference, vec![status(true)], vec![provider])
}

/// A 277CA about a batch: what it says of the whole, and of each provider's claims.
pub(crate) fn ack_of_batch(
    reference: &str,
    statuses: Vec<AckStatus>,
    providers: Vec<x12::ack::AckProvider>,
) -> Vec<u8> {
    let day = x12::Date::new(2026, 5, 28);
    let entity = |qualifier: &str, name: &str| x12::Entity {
        name: x12::Name::organization(name),
        id: Some(x12::Identifier::new(qualifier, "HM001")),
    };
    let ack = ClaimAck {
        reference: "ACK1".into(),
        date: day,
        source_kind: "PR".into(),
        source: entity("PI", "HEARTLAND MUTUAL"),
        source_trace: "T1".into(),
        received: day,
        processed: day,
        receiver: entity("46", "NORTHSIDE FAMILY CLINIC"),
        batch_reference: reference.into(),
        statuses,
        providers,
        ..ClaimAck::default()
    };
    x12::write_interchange(&envelope(), &[ack]).unwrap()
}

#[test]
fn signed_charges_become_a_file_that_is_valid_and_an_answer_moves_them() {
    let clinic = Clinic::new();
    let cx = clinic.cx(Role::Biller);
    let visits =
        [signed(&clinic, &clinic.patient("Nunez", 0), "100"), signed(&clinic, &clinic.patient("Okoro", 0), "80")];
    let claims = visits.each_ref().map(|visit| claim(&clinic, visit));
    assert_eq!(clinic.app.open_charges(&cx, &visits[0]).unwrap().stage, Stage::Billed);
    assert_eq!(clinic.app.claims(&cx, ClaimTab::Ready).unwrap().rows.len(), 2);

    let batch = released(&clinic, &claims);
    let again = clinic.app.release_batch(&cx, &batch, at());
    assert!(matches!(&again, Err(Error::Refused(why)) if why.contains("Released")), "{again:?}");
    let (name, bytes) = clinic.app.download_batch(clinic.app.fresh(&cx).unwrap(), &batch).unwrap();
    keep_for_the_referee(&format!("claims-{name}"), &bytes);
    assert_eq!(x12::validate(&bytes), []);
    let (sets, faults) = x12::professional::read(&bytes);
    assert!(faults.iter().all(|f| !f.is_error()), "{faults:?}");
    let charged: Vec<i64> = sets.iter().flat_map(|s| &s.claims).map(|c| c.charge_cents).collect();
    assert_eq!(charged, [15_000, 13_000]);

    let page = clinic.app.open_batch(&cx, &batch, TODAY).unwrap();
    let release = page.batch.release.clone().unwrap();
    let ta1 = Ta1 {
        control: format!("{:09}", release.interchange),
        date: x12::Date::new(2026, 5, 28),
        time: x12::Time::new(16, 30),
        verdict: Verdict::Accepted,
        note: "000".into(),
    };
    let mut writer = x12::Writer::new(&envelope()).unwrap();
    writer.ta1(&ta1).unwrap();
    let read = clinic.app.read_acknowledgement(&cx, None, "a.ta1", writer.finish().unwrap()).unwrap();
    assert_eq!(read.outcomes[0].came, Came::Accepted, "{read:?}");
    assert_eq!(state(&clinic, &claims[0]), ClaimState::Released, "an envelope says nothing of its claims");

    clinic.app.read_acknowledgement(&cx, None, "a.999", ack_of_file(release.group, Verdict::Accepted)).unwrap();
    assert_eq!(claims.each_ref().map(|c| state(&clinic, c)), [ClaimState::Received; 2]);

    let numbers = claims.each_ref().map(|c| number(&clinic, c));
    let answer = ack_of_claims(&page.batch.reference, &[(&numbers[0], true), (&numbers[1], false), ("NOT-OURS", true)]);
    let read = clinic.app.read_acknowledgement(&cx, None, "a.277", answer.clone()).unwrap();
    assert_eq!(claims.each_ref().map(|c| state(&clinic, c)), [ClaimState::Accepted, ClaimState::Rejected]);
    assert_eq!(read.outcomes.iter().filter(|o| o.came == Came::NotOurs).count(), 1, "{read:?}");
    let rejected = clinic.app.claims(&cx, ClaimTab::Rejected).unwrap();
    assert!(
        rejected.rows[0].why.contains("information is not valid: NPI of the billing provider"),
        "{}",
        rejected.rows[0].why
    );
    assert!(clinic.app.read_acknowledgement(&cx, None, "again.277", answer).unwrap().seen_before);

    clinic.app.resend_claim(&cx, &claims[1], TODAY).unwrap();
    assert_eq!(state(&clinic, &claims[1]), ClaimState::Superseded);
    assert_eq!(clinic.app.claims(&cx, ClaimTab::Ready).unwrap().rows.len(), 1, "a new claim, with a number of its own");
    let lives = clinic.app.open_claim(&cx, &claims[0], TODAY).unwrap();
    let states: Vec<ClaimState> = lives.timeline.iter().map(|m| m.state).collect();
    let expect =
        [ClaimState::Ready, ClaimState::Batched, ClaimState::Released, ClaimState::Received, ClaimState::Accepted];
    assert_eq!(states, expect);
    assert!(
        clinic.app.store.read("verify", |tx| store::batch::list(tx, Some(BatchState::Received), 9)).unwrap().len() == 1
    );
}

#[test]
fn s_baa_08_nothing_leaves_without_a_ground() {
    let clinic = Clinic::new();
    let (biller, official) = (clinic.cx(Role::Biller), clinic.cx(Role::PrivacyOfficial));
    let claims = [claim(&clinic, &signed(&clinic, &clinic.patient("Nunez", 0), "100"))];
    let batch = clinic.app.make_batches(&biller, &claims).unwrap().remove(0);
    let partner = &clinic.around.partners[0];
    let no_paper = PartnerForm {
        agreement: String::new(),
        signed_on: String::new(),
        from: String::new(),
        to: String::new(),
        ..PartnerForm::from(partner)
    };
    clinic.app.change_partner(&official, &partner.id, 1, &no_paper).unwrap();
    let refused = clinic.app.release_batch(&biller, &batch, at());
    assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("record a signed agreement")), "{refused:?}");
    assert_eq!(state(&clinic, &claims[0]), ClaimState::Batched);
    assert!(
        matches!(clinic.app.download_batch(clinic.app.fresh(&biller).unwrap(), &batch), Err(Error::Refused(_))),
        "no file was made"
    );
    // A reason that does not fit a clearinghouse counts for nothing.
    let excused = PartnerForm { exemption: "plan_for_payment".to_owned(), ..no_paper };
    clinic.app.change_partner(&official, &partner.id, 2, &excused).unwrap();
    assert!(clinic.app.release_batch(&biller, &batch, at()).is_err());
    clinic.app.change_partner(&official, &partner.id, 3, &PartnerForm::from(partner)).unwrap();
    clinic.app.release_batch(&biller, &batch, at()).unwrap();
    assert_eq!(state(&clinic, &claims[0]), ClaimState::Released);
}

#[test]
fn only_the_visits_clinician_signs_and_a_correction_is_billed_again() {
    let clinic = Clinic::new();
    let (clinician, biller) = (clinic.cx(Role::Clinician), clinic.cx(Role::Biller));
    let visit = signed(&clinic, &clinic.patient("Nunez", 0), "100");
    let by_another = clinic.app.correct_charges(&biller, &visit, 3);
    assert!(matches!(by_another, Err(Error::Denied { .. })), "{by_another:?}");
    let id = claim(&clinic, &visit);
    clinic.app.correct_charges(&clinician, &visit, 3).unwrap();
    let batch = clinic.app.make_batches(&biller, std::slice::from_ref(&id)).unwrap().remove(0);
    let stale = clinic.app.release_batch(&biller, &batch, at());
    assert!(matches!(&stale, Err(Error::Refused(why)) if why.contains("corrected since")), "{stale:?}");
    clinic.app.undo_batch(&biller, &batch).unwrap();
    clinic.app.record_charges(&clinician, &visit, 4, &charges("120")).unwrap();
    clinic.app.sign_charges(&clinician, &visit, 5).unwrap();
    assert_eq!(claim(&clinic, &visit), id, "the same claim, as nobody outside has seen it");
    let page = clinic.app.open_claim(&biller, &id, TODAY).unwrap();
    assert_eq!((page.listed.claim.total.get(), page.listed.claim.visit_version), (17_000, 2));
}

#[test]
fn a_rejected_file_rejects_its_claims() {
    let clinic = Clinic::new();
    let cx = clinic.cx(Role::Biller);
    let patient = clinic.patient("Nunez", 2);
    let visit = signed(&clinic, &patient, "100");
    let made = clinic.app.make_claims(&cx, TODAY).unwrap();
    assert_eq!((made.ready, made.refused.len()), (1, 0), "{made:?}");
    let id = clinic.app.open_charges(&cx, &visit).unwrap().claims[0].0.clone();
    let batch = released(&clinic, std::slice::from_ref(&id));
    let release = clinic.app.open_batch(&cx, &batch, TODAY).unwrap().batch.release.clone().unwrap();
    assert!(release.basis.to_string().contains("health plan, for payment"));
    // The plan takes its claims without a clearinghouse, so it answers itself.
    let answer = from_to(&ack_of_file(release.group, Verdict::Rejected), "GREATLAKES", "NORTHSIDE");
    clinic.app.read_acknowledgement(&cx, None, "r.999", answer).unwrap();
    assert_eq!(state(&clinic, &id), ClaimState::Rejected);
    let nothing = clinic.app.read_acknowledgement(&cx, None, "x", b"hello".to_vec());
    assert!(matches!(nothing, Err(Error::Refused(_))));
    assert_eq!(clinic.app.acknowledgements(&cx).unwrap()[0].outcome, "1 rejected");
}

#[test]
fn what_somebody_holds_does_not_leave() {
    let clinic = Clinic::new();
    let cx = clinic.cx(Role::Biller);
    let id = claim(&clinic, &signed(&clinic, &clinic.patient("Maple", 0), "100"));
    clinic.app.hold_claim(&cx, &id, " the card is copied ", TODAY).unwrap();
    let page = clinic.app.open_claim(&cx, &id, TODAY).unwrap();
    assert_eq!(page.listed.claim.state, ClaimState::Built);
    assert!(page.listed.why.contains("somebody holds it: the card is copied"), "{}", page.listed.why);
    assert!(clinic.app.make_batches(&cx, std::slice::from_ref(&id)).is_err(), "a held claim goes into no batch");
    clinic.app.rebuild_claim(&cx, &id, TODAY).unwrap();
    assert_eq!(state(&clinic, &id), ClaimState::Built, "it is held after it was made again too");
    clinic.app.hold_claim(&cx, &id, "", TODAY).unwrap();
    assert_eq!(state(&clinic, &id), ClaimState::Ready);
    released(&clinic, std::slice::from_ref(&id));
    let late = clinic.app.hold_claim(&cx, &id, "too late", TODAY);
    assert!(matches!(&late, Err(Error::Refused(why)) if why.contains("is `Released`")), "{late:?}");
}

#[test]
fn an_answer_for_nothing_of_ours_waits_for_a_person() {
    let clinic = Clinic::new();
    let cx = clinic.cx(Role::Biller);
    let bytes = ack_of_claims("B999999", &[("NOBODYSCLAIM", true)]);
    let read = clinic.app.read_acknowledgement(&cx, None, "stranger.277", bytes.clone()).unwrap();
    assert!(read.outcomes.iter().all(|o| o.came == Came::NotOurs));
    clinic.app.read_acknowledgement(&cx, None, "again.277", bytes).unwrap();
    let work = clinic.app.acknowledgement_work(&cx).unwrap();
    let reasons: Vec<&str> = work.iter().map(|w| w.reason.as_str()).collect();
    assert_eq!(reasons.len(), 1, "once, however often it comes");
    assert!(reasons[0].contains("`stranger.277` answers for claim NOBODYSCLAIM, which we did not send"), "{reasons:?}");
}

#[test]
fn the_payers_of_a_real_practice_are_nobodys_to_simulate() {
    let clinic = Clinic::real();
    let cx = clinic.cx(Role::Biller);
    let partner = &clinic.around.partners[0];
    let for_real = PartnerForm { usage: "P".to_owned(), ..PartnerForm::from(partner) };
    let claims = [claim(&clinic, &signed(&clinic, &clinic.patient("Maple", 0), "100"))];
    let batch = clinic.app.make_batches(&cx, &claims).unwrap().remove(0);
    let refused = clinic.app.release_batch(&cx, &batch, at());
    assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("set to tests")), "{refused:?}");
    assert_eq!((state(&clinic, &claims[0]), books(&clinic).len()), (ClaimState::Batched, 0), "nothing left");
    clinic.app.change_partner(&clinic.cx(Role::PrivacyOfficial), &partner.id, 1, &for_real).unwrap();
    clinic.app.release_batch(&cx, &batch, at()).unwrap();
    assert!(!clinic.app.open_batch(&cx, &batch, TODAY).unwrap().simulated);
    let refused = clinic.app.simulated_acknowledgements(&cx, &batch);
    assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("this practice is real")), "{refused:?}");
}
