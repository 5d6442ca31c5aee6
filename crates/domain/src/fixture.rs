//! People, places and claims for the tests of this crate.

use jiff::civil::{Date, date};

use crate::charge::{ChargeForm, ChargesForm};
use crate::claim::{Claim, ClaimSource, ControlNumber};
use crate::clock::{Entropy, Instant};
use crate::coverage::{Coverage, FilingIndicator, Priority, Relationship};
use crate::form::Faults;
use crate::id::{
    AccountId, AppointmentId, ChargeId, ClaimId, CoverageId, LocationId, PartnerId, PatientId, PayerId, ProviderId,
    VisitId,
};
use crate::name::PersonName;
use crate::npi::Npi;
use crate::partner::{Interchange, Partner, PartnerKind};
use crate::patient::{Patient, Sex};
use crate::payer::{OtherNumbers, Payer};
use crate::place::{Address, AddressParts, Location, Phone, PlaceOfService, Practice, Provider, TaxId, Taxonomy, Zone};
use crate::visit::Visit;

pub(crate) const DAY: Date = date(2026, 3, 2);

/// An id that ends in `n`.
pub(crate) fn uuid(n: u32) -> String {
    format!("01890000-0000-7000-8000-{n:012}")
}

pub(crate) struct Bytes(pub u8);
impl Entropy for Bytes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

pub(crate) fn address(line1: &str, zip: &str) -> Address {
    let parts = AddressParts { line1, line2: "", city: "Peoria", state: "IL", zip };
    Address::read("", parts, &mut Faults::new()).unwrap()
}

pub(crate) fn payer() -> Payer {
    Payer {
        id: PayerId::parse(&uuid(1)).unwrap(),
        name: "Prairie Health".to_owned(),
        x12_id: "PRAIR".to_owned(),
        other_numbers: OtherNumbers::default(),
        filing: FilingIndicator::Ppo,
        timely_filing_days: 90,
        partner: Some(PartnerId::parse(&uuid(1)).unwrap()),
    }
}

pub(crate) fn partner() -> Partner {
    Partner {
        id: PartnerId::parse(&uuid(1)).unwrap(),
        name: "Relay".to_owned(),
        kind: PartnerKind::Clearinghouse,
        agreement: None,
        exemption: None,
        interchange: Some(Interchange {
            sender_qualifier: "ZZ".to_owned(),
            sender_id: "NORTHSIDE".to_owned(),
            receiver_qualifier: "ZZ".to_owned(),
            receiver_id: "RELAY".to_owned(),
            production: false,
        }),
    }
}

pub(crate) struct World {
    pub(crate) visit: Visit,
    pub(crate) patient: Patient,
    pub(crate) coverage: Coverage,
    pub(crate) payer: Payer,
    pub(crate) practice: Practice,
    pub(crate) provider: Provider,
    pub(crate) location: Location,
}

impl World {
    /// A visit of two lines, 100.00 and 50.00.
    pub(crate) fn new() -> Self {
        let patient = Patient {
            id: PatientId::parse(&uuid(1)).unwrap(),
            mrn: "1001".to_owned(),
            name: PersonName::new("Núñez", "Zoë").unwrap(),
            birth_date: date(1984, 6, 9),
            sex: Sex::Female,
            address: Some(address("12 Elm St", "61602")),
            phone: None,
            email: None,
            guardians: Vec::new(),
            died_on: None,
        };
        let coverage = Coverage {
            id: CoverageId::parse(&uuid(1)).unwrap(),
            patient: patient.id.clone(),
            payer: payer().id,
            member_id: "XQ1234".to_owned(),
            group: Some("G7".to_owned()),
            relationship: Relationship::Myself,
            subscriber: None,
            priority: Priority::Primary,
            from: Some(date(2026, 1, 1)),
            to: None,
            filing: FilingIndicator::Ppo,
        };
        let practice = Practice {
            legal_name: "Northside Family Care".to_owned(),
            npi: Npi::from_nine("123456789").unwrap(),
            tax_id: TaxId::parse("12-3456789").unwrap(),
            taxonomy: Taxonomy::parse("261QP2300X").unwrap(),
            billing_address: address("400 Main St", "616021234"),
            pay_to: None,
            phone: Phone::parse("309-555-0100").unwrap(),
            contact: "Billing".to_owned(),
        };
        let provider = Provider {
            id: ProviderId::parse(&uuid(1)).unwrap(),
            name: PersonName::new("Okafor", "Ngozi").unwrap(),
            npi: Npi::from_nine("198765432").unwrap(),
            taxonomy: Taxonomy::parse("207Q00000X").unwrap(),
            credential: Some("MD".to_owned()),
            account: None,
            locations: Vec::new(),
        };
        let location = Location {
            id: LocationId::parse(&uuid(1)).unwrap(),
            name: "Main Street".to_owned(),
            zone: Zone::parse("America/Chicago").unwrap(),
            address: practice.billing_address.clone(),
            place_of_service: PlaceOfService::office(),
            npi: None,
            hours: crate::schedule::Hours::default(),
        };
        let visit = visit(&patient, &provider, &location, &[("G0463", "100"), ("LV010", "50")]);
        Self { visit, patient, coverage, payer: payer(), practice, provider, location }
    }

    pub(crate) fn source(&self) -> ClaimSource<'_> {
        let Self { visit, patient, coverage, payer, practice, provider, location } = self;
        ClaimSource { visit, patient, coverage, payer, practice, provider, location }
    }

    pub(crate) fn claim(&self, n: u8) -> Claim {
        let id = ClaimId::parse(&uuid(u32::from(n))).unwrap();
        Claim::build(self.source(), id, ControlNumber::new(&Bytes(n))).unwrap()
    }
}

pub(crate) fn visit(patient: &Patient, provider: &Provider, location: &Location, lines: &[(&str, &str)]) -> Visit {
    let form = ChargesForm {
        diagnoses: vec!["E11.9".to_owned(), "I10".to_owned()],
        lines: lines
            .iter()
            .map(|(code, price)| ChargeForm {
                code: (*code).to_owned(),
                price: (*price).to_owned(),
                ..ChargeForm::default()
            })
            .collect(),
    };
    let mut visit = Visit {
        id: VisitId::parse(&uuid(1)).unwrap(),
        appointment: AppointmentId::parse(&uuid(1)).ok(),
        patient: patient.id.clone(),
        provider: provider.id.clone(),
        location: location.id.clone(),
        date_of_service: DAY,
        diagnoses: Vec::new(),
        charges: Vec::new(),
        version: 1,
        signed: None,
    };
    let mut n = 0;
    let new_id = || {
        n += 1;
        ChargeId::parse(&uuid(n)).unwrap()
    };
    visit.record(form.read().unwrap(), new_id).unwrap();
    visit.sign(AccountId::parse(&uuid(1)).unwrap(), Instant::from_micros(1)).unwrap();
    visit
}
