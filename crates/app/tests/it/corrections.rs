//! Corrections of what a payer has, and what they do to the books.

use std::collections::BTreeMap;

use app::Error;
use app::claim::{Came, Made};
use domain::access::Role;
use domain::claim::{Claim, ClaimState, Frequency};
use domain::id::{BatchId, ClaimId, VisitId};
use domain::visit::Stage;

use crate::claims::{ack_of_claims, charges, claim, number, released, signed, signed_on, state};
use crate::clinic::{Clinic, TODAY};

/// The balance of each kind of account that has one.
pub(crate) fn books(clinic: &Clinic) -> BTreeMap<String, i64> {
    let books = clinic.app.ledger(&clinic.cx(Role::Biller)).unwrap();
    let all = books.balances.iter().map(|b| (b.kind.clone(), b.balance.get()));
    all.filter(|(_, cents)| *cents != 0).collect()
}

fn owed(clinic: &Clinic) -> i64 {
    books(clinic).get("insurance").copied().unwrap_or(0)
}

/// The payer takes a claim, or turns it back.
fn answered(clinic: &Clinic, batch: &BatchId, id: &ClaimId, accepted: bool) {
    let cx = clinic.cx(Role::Biller);
    let reference = clinic.app.open_batch(&cx, batch, TODAY).unwrap().batch.reference.clone();
    let bytes = ack_of_claims(&reference, &[(&number(clinic, id), accepted)]);
    let read = clinic.app.read_acknowledgement(&cx, None, "a.277", bytes).unwrap();
    assert_ne!(read.outcomes[0].came, Came::NotOurs, "{read:?}");
}

/// The charges are corrected and signed again: `version` is that of the visit's record.
fn corrected(clinic: &Clinic, visit: &VisitId, version: i64, price: &str) {
    let clinician = clinic.cx(Role::Clinician);
    clinic.app.correct_charges(&clinician, visit, version).unwrap();
    clinic.app.record_charges(&clinician, visit, version + 1, &charges(price)).unwrap();
    clinic.app.sign_charges(&clinician, visit, version + 2).unwrap();
}

fn latest(clinic: &Clinic, visit: &VisitId) -> Claim {
    clinic.app.store.read("claims", |tx| store::claim::of_visit(tx, visit)).unwrap().pop().unwrap().value
}

/// A claim that the payer has, with its visit.
fn taken(clinic: &Clinic) -> (VisitId, ClaimId) {
    let visit = signed(clinic, &clinic.patient("Nunez", 0), "100");
    let id = claim(clinic, &visit);
    answered(clinic, &released(clinic, std::slice::from_ref(&id)), &id, true);
    assert_eq!((state(clinic, &id), owed(clinic)), (ClaimState::Accepted, 15_000));
    (visit, id)
}

#[test]
fn a_rejected_claim_that_is_corrected_is_owed_once() {
    let clinic = Clinic::new();
    let visit = signed(&clinic, &clinic.patient("Nunez", 0), "100");
    let first = claim(&clinic, &visit);
    answered(&clinic, &released(&clinic, std::slice::from_ref(&first)), &first, false);
    corrected(&clinic, &visit, 3, "120");
    let second = claim(&clinic, &visit);
    released(&clinic, &[second]);
    assert_eq!(owed(&clinic), 17_000);
    assert_eq!(latest(&clinic, &visit).frequency, Frequency::Original, "the payer has none to replace");
}

#[test]
fn an_unsent_replacement_stays_one_when_it_is_billed_again() {
    let clinic = Clinic::new();
    let (visit, first) = taken(&clinic);
    corrected(&clinic, &visit, 3, "120");
    let second = claim(&clinic, &visit);
    corrected(&clinic, &visit, 6, "130");
    assert_eq!(claim(&clinic, &visit), second, "the same claim, as nobody outside has seen it");
    let kept = latest(&clinic, &visit);
    assert_eq!((kept.frequency, kept.replaces, kept.total.get()), (Frequency::Replacement, Some(first), 18_000));
}

#[test]
fn a_rejected_replacement_leaves_the_payer_with_what_it_had() {
    let clinic = Clinic::new();
    let (visit, first) = taken(&clinic);
    corrected(&clinic, &visit, 3, "120");
    let second = claim(&clinic, &visit);
    let batch = released(&clinic, std::slice::from_ref(&second));
    assert_eq!((state(&clinic, &first), owed(&clinic)), (ClaimState::Superseded, 17_000));
    answered(&clinic, &batch, &second, false);
    assert_eq!((state(&clinic, &first), owed(&clinic)), (ClaimState::Accepted, 15_000));
    clinic.app.resend_claim(&clinic.cx(Role::Biller), &second, TODAY).unwrap();
    let third = latest(&clinic, &visit);
    assert_eq!((third.frequency, third.replaces.as_ref()), (Frequency::Replacement, Some(&first)));
    assert_ne!(third.id, second);
    released(&clinic, &[third.id]);
    assert_eq!((state(&clinic, &first), owed(&clinic)), (ClaimState::Superseded, 17_000));
}

#[test]
fn a_void_stays_a_void_when_it_is_made_again_and_when_it_is_sent_anew() {
    let clinic = Clinic::new();
    let cx = clinic.cx(Role::Biller);
    let (visit, first) = taken(&clinic);
    clinic.app.void_claim(&cx, &first, TODAY).unwrap();
    let void = latest(&clinic, &visit);
    let twice = clinic.app.void_claim(&cx, &first, TODAY);
    assert!(matches!(&twice, Err(Error::Refused(why)) if why.contains("already")), "{twice:?}");
    clinic.app.rebuild_claim(&cx, &void.id, TODAY).unwrap();
    assert_eq!(latest(&clinic, &visit), void, "the same, as nothing has changed");
    let batch = released(&clinic, std::slice::from_ref(&void.id));
    assert_eq!((state(&clinic, &first), owed(&clinic)), (ClaimState::Superseded, 0));
    answered(&clinic, &batch, &void.id, false);
    assert_eq!((state(&clinic, &first), owed(&clinic)), (ClaimState::Accepted, 15_000), "the payer has it still");
    clinic.app.resend_claim(&cx, &void.id, TODAY).unwrap();
    let anew = latest(&clinic, &visit);
    assert_eq!((anew.frequency, anew.replaces.as_ref()), (Frequency::Void, Some(&first)));
    assert_ne!(anew.id, void.id);
    released(&clinic, &[anew.id]);
    assert_eq!((state(&clinic, &first), books(&clinic)), (ClaimState::Superseded, BTreeMap::new()));
}

/// A visit has one claim at a time that has not left. While that is a void, billing the visit waits, and no other does.
#[test]
fn a_void_that_has_not_left_is_sent_before_the_visit_is_billed_again() {
    let clinic = Clinic::new();
    let cx = clinic.cx(Role::Biller);
    let (visit, first) = taken(&clinic);
    clinic.app.void_claim(&cx, &first, TODAY).unwrap();
    let void = latest(&clinic, &visit);
    corrected(&clinic, &visit, 3, "120");
    let newer = signed(&clinic, &clinic.patient("Nolan", 0), "100");
    let refused = clinic.app.make_claim(&cx, &visit, TODAY);
    assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("has not left")), "{refused:?}");
    let many = clinic.app.make_claims(&cx, TODAY).unwrap();
    assert_eq!((many.ready, many.refused.len()), (1, 1), "{many:?}");
    assert_eq!((&many.refused[0].0, latest(&clinic, &newer).state), (&visit, ClaimState::Ready));
    released(&clinic, &[void.id]);
    assert_ne!(claim(&clinic, &visit), first, "once the void has left");

    // The other way about: a replacement that has not left is no ground for a 500 either.
    let (visit, first) = {
        let visit = signed(&clinic, &clinic.patient("Novak", 0), "100");
        let id = claim(&clinic, &visit);
        answered(&clinic, &released(&clinic, std::slice::from_ref(&id)), &id, true);
        (visit, id)
    };
    corrected(&clinic, &visit, 3, "120");
    claim(&clinic, &visit);
    let refused = clinic.app.void_claim(&cx, &first, TODAY);
    assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("has not left yet")), "{refused:?}");
}

#[test]
fn what_nobody_covers_the_patient_owes() {
    let clinic = Clinic::new();
    let cx = clinic.cx(Role::Biller);
    let visit = signed_on(&clinic, &clinic.patient("Nunez", 0), "100", "12/15/2025");
    for _ in 0..2 {
        assert_eq!(clinic.app.make_claim(&cx, &visit, TODAY).unwrap(), Made::SelfPay);
        let expect = [("patient", 15_000), ("revenue", -15_000)].map(|(kind, cents)| (kind.to_owned(), cents));
        assert_eq!(books(&clinic), BTreeMap::from(expect), "once");
    }
    assert_eq!(clinic.app.open_charges(&cx, &visit).unwrap().stage, Stage::SelfPay);
}
