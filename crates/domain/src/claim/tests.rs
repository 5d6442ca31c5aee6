use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::coverage::{FilingIndicator, Priority, Relationship, Subscriber};
use crate::fixture::{Bytes, DAY, World, address, partner, payer, uuid};
use crate::id::PayerId;
use crate::place::Phone;

fn rules(claim: &Claim, today: Date, others: &[Claim]) -> Vec<&'static str> {
    scrub(claim, today, others).iter().map(|f| f.rule.as_str()).collect()
}

fn check(change: impl FnOnce(&mut Claim), expect: &[&str]) {
    let mut claim = World::new().claim(1);
    change(&mut claim);
    assert_eq!(rules(&claim, DAY, &[]), expect);
}

#[test]
fn a_clean_claim_is_clean() {
    let claim = World::new().claim(1);
    assert_eq!(scrub(&claim, DAY, &[]), []);
    assert_eq!((claim.total, claim.state), (Cents::new(15_000), ClaimState::Built));
    let json = serde_json::to_string(&claim).unwrap();
    assert_eq!(serde_json::from_str::<Claim>(&json).unwrap(), claim);
}

#[test]
fn each_rule_finds_its_fault() {
    check(|c| c.diagnoses.push(c.diagnoses[0].clone()), &["diagnosis-twice"]);
    check(|c| c.diagnoses.truncate(0), &["diagnosis-count", "pointer", "pointer"]);
    check(|c| c.lines[0].pointers = vec![3], &["pointer"]);
    check(|c| c.lines[1].units = 0, &["units"]);
    check(|c| c.lines.clear(), &["line-count", "total"]);
    check(|c| c.total = Cents::new(1), &["total"]);
    check(|c| (c.total, c.lines[0].amount) = (Cents::new(5_000), Cents::ZERO), &["zero-line"]);
    check(|c| c.lines[1].code = c.lines[0].code.clone(), &["line-twice"]);
    check(|c| c.frequency = Frequency::Replacement, &["original"]);
    check(|c| c.coverage.priority = Priority::Secondary, &["payer-order"]);
    check(|c| c.coverage.filing = FilingIndicator::WorkersCompensation, &["accident"]);
    check(|c| c.coverage.filing = FilingIndicator::Automobile, &["accident"]);
    check(|c| c.patient.name = PersonName::new("王", "小明").unwrap(), &["name-spelling"]);
    check(|c| c.patient.address = None, &["patient-address"]);
    check(|c| c.coverage.relationship = Relationship::Child, &["subscriber"]);
    check(|c| c.coverage.member_id.clear(), &["member-id"]);
    check(|c| c.payer.x12_id.clear(), &["payer-id"]);
    check(|c| c.payer.partner = None, &["route"]);
    check(|c| c.billing.billing_address = address("PO Box 12", "616021234"), &["billing-po-box"]);
    check(|c| c.place.address = address("9 Oak", "61602"), &["place-zip"]);
    check(|c| c.billing.billing_address.zip = address("x", "61602").zip, &["billing-zip"]);
    check(|c| c.patient.birth_date = date(2026, 3, 3), &["service-before-birth"]);
    check(|c| c.patient.died_on = Some(date(2026, 3, 1)), &["service-after-death"]);
    check(|c| c.coverage.to = Some(date(2026, 3, 1)), &["outside-coverage"]);
    let by = crate::id::AccountId::parse(&uuid(1)).unwrap();
    check(|c| c.hold = Some(Hold { reason: "card is copied".to_owned(), by }), &["held"]);
}

#[test]
fn the_filing_clock_runs() {
    let claim = World::new().claim(1);
    assert_eq!(claim.file_by(), date(2026, 5, 31));
    assert_eq!(rules(&claim, date(2026, 5, 16), &[]), Vec::<&str>::new());
    assert_eq!(rules(&claim, date(2026, 5, 17), &[]), ["filing-soon"]);
    assert_eq!(rules(&claim, date(2026, 5, 31), &[]), ["filing-soon"]);
    assert_eq!(rules(&claim, date(2026, 6, 1), &[]), ["timely-filing"]);
    assert_eq!(rules(&claim, date(2026, 3, 1), &[]), ["service-in-future"]);
}

#[test]
fn the_same_services_are_not_sent_twice() {
    let (claim, mut other) = (World::new().claim(1), World::new().claim(2));
    for (state, expect) in [
        (ClaimState::Ready, &[][..]),
        (ClaimState::Batched, &["sent-before"][..]),
        (ClaimState::Released, &["sent-before"][..]),
        (ClaimState::Rejected, &[][..]),
        (ClaimState::Denied, &["sent-before"][..]),
    ] {
        other.state = state;
        assert_eq!(rules(&claim, DAY, std::slice::from_ref(&other)), expect, "{state}");
    }
    assert_eq!(rules(&claim, DAY, std::slice::from_ref(&claim)), Vec::<&str>::new(), "not its own double");
}

#[test]
fn only_signed_charges_of_the_right_people_are_billed() {
    let built = |change: fn(&mut World)| {
        let mut world = World::new();
        change(&mut world);
        Claim::build(world.source(), ClaimId::parse(&uuid(1)).unwrap(), ControlNumber::new(&Bytes(1))).map(|_| ())
    };
    assert_eq!(built(|_| {}), Ok(()));
    assert_eq!(built(|w| w.visit.signed = None), Err(ClaimError::NotSigned));
    assert_eq!(built(|w| w.patient.id = PatientId::parse(&uuid(9)).unwrap()), Err(ClaimError::NotTheVisits("patient")));
    assert_eq!(built(|w| w.payer.id = PayerId::parse(&uuid(9)).unwrap()), Err(ClaimError::NotTheVisits("payer")));
}

#[test]
fn corrections_name_the_payers_claim() {
    let mut old = World::new().claim(1);
    let new = World::new().claim(2);
    assert_eq!(new.clone().replacing(&old), Err(ClaimError::NoPayerNumber(old.control_number.to_string())));
    old.payer_number = Some("P77".to_owned());
    let new = new.replacing(&old).unwrap();
    assert_eq!((new.frequency, new.original_payer_number.as_deref()), (Frequency::Replacement, Some("P77")));
    let void = old.voided_by(ClaimId::parse(&uuid(3)).unwrap(), ControlNumber::new(&Bytes(3))).unwrap();
    assert_eq!(void.lines[0].control_number, void.control_number.line(0));
    assert_ne!(void.control_number, old.control_number);
    assert_eq!(rules(&void, DAY, &[old]), Vec::<&str>::new());
}

fn file(claims: &[Claim]) -> String {
    let at = DAY.at(9, 5, 0, 0);
    let partner = partner();
    let context = BatchContext { reference: "B1", at, partner: &partner };
    let batch = to_837p(&context, claims).unwrap();
    let envelope = envelope(&partner, at, 7, 3).unwrap();
    String::from_utf8(x12::write_interchange(&envelope, &[batch]).unwrap()).unwrap()
}

#[test]
fn the_patient_is_the_subscriber() {
    let claim = World::new().claim(1);
    let number = claim.control_number.to_string();
    let text = file(&[claim]);
    for part in [
        "NM1*85*2*NORTHSIDE FAMILY CARE*****XX*1234567893~",
        "SBR*P*18*G7******12~",
        "NM1*IL*1*NUNEZ*ZOE****MI*XQ1234~",
        "DMG*D8*19840609*F~",
        "NM1*PR*2*PRAIRIE HEALTH*****PI*PRAIR~",
        &format!("CLM*{number}*150***11:B:1*Y*A*Y*Y~"),
        "HI*ABK:E119*ABF:I10~",
        "NM1*82*1*OKAFOR*NGOZI****XX*1987654328~",
        "SV1*HC:G0463*100*UN*1***1~",
        "DTP*472*D8*20260302~",
        &format!("REF*6R*{number}02~"),
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert!(!text.contains("HL*3*2*23"), "no dependent");
    assert!(!text.contains("NM1*77"), "no facility at the billing address");
}

#[test]
fn a_child_hangs_under_the_subscriber() {
    let mut world = World::new();
    world.coverage.relationship = Relationship::Child;
    let name = PersonName::new("O'Brien", "Per*~:^").unwrap();
    world.coverage.subscriber = Some(Subscriber { name, birth_date: date(1960, 1, 1), sex: Sex::Male, address: None });
    world.location.address = address("9 Oak Ave", "616030001");
    let text = file(&[world.claim(1)]);
    for part in [
        "SBR*P**G7******12~",
        "NM1*IL*1*O'BRIEN*PER****MI*XQ1234~",
        "PAT*19~",
        "NM1*QC*1*NUNEZ*ZOE~",
        "NM1*77*2*MAIN STREET~",
        "N4*PEORIA*IL*616030001~",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn a_clinician_who_bills_alone_is_not_named_twice() {
    let mut world = World::new();
    world.practice.npi = world.provider.npi.clone();
    assert!(!file(&[world.claim(1)]).contains("NM1*82"));
}

#[test]
fn one_file_has_one_billing_provider() {
    let (one, mut other) = (World::new().claim(1), World::new().claim(2));
    other.billing.phone = Phone::parse("309-555-0199").unwrap();
    let partner = partner();
    let context = BatchContext { reference: "B1", at: DAY.at(9, 0, 0, 0), partner: &partner };
    assert_eq!(to_837p(&context, &[]), Err(FileError::Empty));
    assert!(matches!(to_837p(&context, &[one, other]), Err(FileError::OtherBilling(_))));
}

#[test]
fn an_unclear_acknowledgement_is_a_rejection() {
    let mut ack = x12::ack::AckClaim { control_number: "A".to_owned(), ..x12::ack::AckClaim::default() };
    assert_eq!(read_ack(&ack).step, ClaimStep::Reject);
    ack.statuses.push(x12::ack::AckStatus { action: x12::ack::Action::Accept, ..x12::ack::AckStatus::default() });
    assert_eq!((read_ack(&ack).step, read_ack(&ack).reasons), (ClaimStep::Accept, Vec::new()));
    let _ = payer();
}

proptest! {
    #[test]
    fn any_name_and_address_makes_a_file_of_the_same_shape(family in "\\PC{1,30}", street in "\\PC{1,30}") {
        let mut claim = World::new().claim(1);
        let plain = file(&[claim.clone()]).matches('~').count();
        if let Ok(name) = PersonName::new(&format!("A{family}"), "Ann") {
            claim.patient.name = name;
            claim.patient.address = claim.patient.address.map(|a| Address { line1: format!("1 {street}"), ..a });
            prop_assert_eq!(file(&[claim]).matches('~').count(), plain);
        }
    }
}
