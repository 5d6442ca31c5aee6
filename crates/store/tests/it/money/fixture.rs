//! A patient, a signed visit and a claim, as often as a test wants.

use domain::access::{Action, Role};
use domain::audit::{Act, Actor, Event, Purpose};
use domain::charge::{ChargeForm, ChargesForm};
use domain::claim::{Claim, ClaimSource, ControlNumber};
use domain::coverage::{Coverage, FilingIndicator, Priority, Relationship};
use domain::form::Faults;
use domain::grant::{Allowed, Grant, Scope};
use domain::id::{
    AccountId, ChargeId, ClaimId, CoverageId, LocationId, PartnerId, PatientId, PayerId, ProviderId, VisitId,
};
use domain::name::PersonName;
use domain::npi::Npi;
use domain::patient::{FieldGroup, Patient, Sex};
use domain::payer::{OtherNumbers, Payer};
use domain::place::{
    Address, AddressParts, Location, Phone, PlaceOfService, Practice, Provider, TaxId, Taxonomy, Zone,
};
use domain::visit::Visit;
use domain::{Entropy, Instant};
use jiff::civil::{Date, date};
use store::record::Stamp;
use store::{Disclosed, Phi, Store};

use crate::practice::authority;

pub(crate) const DAY: Date = date(2026, 3, 2);

/// The id whose last digits are `n`.
pub(crate) fn id<T, E: std::fmt::Debug>(parse: impl Fn(&str) -> Result<T, E>, n: u32) -> T {
    parse(&format!("01890000-0000-7000-8000-{n:012}")).unwrap()
}

pub(crate) fn stamp(reason: &str) -> Stamp {
    Stamp { actor: "account:test".into(), reason: reason.into() }
}

pub(crate) fn grant(action: Action, scope: Scope) -> Grant {
    authority().grant(Allowed {
        account: id(AccountId::parse, 1),
        role: Some(Role::Biller),
        client: None,
        action,
        scope,
        fields: FieldGroup::ALL.into(),
        includes_restricted: false,
    })
}

/// A grant for lists.
pub(crate) fn lists(action: Action) -> Grant {
    grant(action, Scope::Practice)
}

/// A grant for one patient.
pub(crate) fn of(action: Action, patient: u32) -> Grant {
    grant(action, Scope::Patient(id(PatientId::parse, patient)))
}

/// Opens a value with an event that covers it.
pub(crate) fn open<T>(store: &Store, phi: Phi<T>) -> Disclosed<T> {
    let event = Event::new(Act::ClaimsViewed, Actor::Anonymous, Purpose::Payment);
    let receipt = store.record(event.about(phi.subjects()).showing(phi.fields())).unwrap();
    phi.release(&receipt).unwrap()
}

struct Bytes(u8);
impl Entropy for Bytes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

pub(crate) fn address() -> Address {
    let parts = AddressParts { line1: "400 Main St", line2: "", city: "Peoria", state: "IL", zip: "616021234" };
    Address::read("", parts, &mut Faults::new()).unwrap()
}

pub(crate) fn payer() -> Payer {
    Payer {
        id: id(PayerId::parse, 1),
        name: "Prairie Health".to_owned(),
        x12_id: "PRAIR".to_owned(),
        other_numbers: OtherNumbers::default(),
        filing: FilingIndicator::Ppo,
        timely_filing_days: 90,
        partner: Some(id(PartnerId::parse, 1)),
    }
}

pub(crate) fn practice() -> Practice {
    Practice {
        legal_name: "Northside Family Care".to_owned(),
        npi: Npi::from_nine("123456789").unwrap(),
        tax_id: TaxId::parse("12-3456789").unwrap(),
        taxonomy: Taxonomy::parse("261QP2300X").unwrap(),
        billing_address: address(),
        pay_to: None,
        phone: Phone::parse("309-555-0100").unwrap(),
        contact: "Billing".to_owned(),
    }
}

pub(crate) fn patient(n: u32) -> Patient {
    Patient {
        id: id(PatientId::parse, n),
        mrn: format!("P-{n}"),
        name: PersonName::new("Larsen", "Emma").unwrap(),
        birth_date: date(1984, 6, 9),
        sex: Sex::Female,
        address: Some(address()),
        phone: None,
        email: None,
        guardians: Vec::new(),
        died_on: None,
    }
}

/// Claim `n` of patient `n`, for visit `n`: 100.00 and 50.00.
pub(crate) fn claim(n: u32) -> (Visit, Claim) {
    let patient = patient(n);
    let provider = Provider {
        id: id(ProviderId::parse, 1),
        name: PersonName::new("Okafor", "Ngozi").unwrap(),
        npi: Npi::from_nine("198765432").unwrap(),
        taxonomy: Taxonomy::parse("207Q00000X").unwrap(),
        credential: None,
        account: None,
        locations: Vec::new(),
    };
    let location = Location {
        id: id(LocationId::parse, 1),
        name: "Main Street".to_owned(),
        zone: Zone::parse("America/Chicago").unwrap(),
        address: address(),
        place_of_service: PlaceOfService::office(),
        npi: None,
        hours: domain::schedule::Hours::default(),
    };
    let coverage = Coverage {
        id: id(CoverageId::parse, n),
        patient: patient.id.clone(),
        payer: payer().id,
        member_id: format!("M{n:04}"),
        group: None,
        relationship: Relationship::Myself,
        subscriber: None,
        priority: Priority::Primary,
        from: None,
        to: None,
        filing: FilingIndicator::Ppo,
    };
    let line = |code: &str, price: &str| ChargeForm { code: code.into(), price: price.into(), ..ChargeForm::default() };
    let form = ChargesForm { diagnoses: vec!["E11.9".into()], lines: vec![line("G0463", "100"), line("LV010", "50")] };
    let mut visit = Visit {
        id: id(VisitId::parse, n),
        appointment: None,
        patient: patient.id.clone(),
        provider: provider.id.clone(),
        location: location.id.clone(),
        date_of_service: DAY,
        diagnoses: Vec::new(),
        charges: Vec::new(),
        version: 1,
        signed: None,
    };
    let mut next = n * 10;
    let new_id = || {
        next += 1;
        id(ChargeId::parse, next)
    };
    visit.record(form.read().unwrap(), new_id).unwrap();
    visit.sign(id(AccountId::parse, 1), Instant::from_micros(1)).unwrap();
    let source = ClaimSource {
        visit: &visit,
        patient: &patient,
        coverage: &coverage,
        payer: &payer(),
        practice: &practice(),
        provider: &provider,
        location: &location,
    };
    let number = ControlNumber::new(&Bytes(u8::try_from(n).unwrap()));
    let claim = Claim::build(source, id(ClaimId::parse, n), number).unwrap();
    (visit, claim)
}

/// Registers patient `n` and keeps the visit.
pub(crate) fn keep_visit(store: &Store, n: u32) {
    let (visit, _) = claim(n);
    let done = store.write("visit", move |tx| {
        let grant = grant(Action::PatientEdit, Scope::Practice);
        store::patient::register(tx, &grant, &patient(n), false, &stamp("test"))?;
        store::visit::create(tx, &visit, &stamp("signed"))
    });
    done.unwrap();
}

/// The same with its claim, as it is built.
pub(crate) fn keep_claim(store: &Store, n: u32) -> Claim {
    keep_visit(store, n);
    let (_, claim) = claim(n);
    let kept = claim.clone();
    store.write("claim", move |tx| store::claim::create(tx, &kept, "nothing blocks it", &stamp("made"))).unwrap();
    claim
}
