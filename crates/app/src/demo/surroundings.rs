//! The practice itself: two locations in two time zones, four clinicians, three payers, a clearinghouse with an agreement, and
//! a health plan that is sent claims directly.

use domain::coverage::FilingIndicator;
use domain::id::{AccountId, LocationId, PartnerId, PayerId, ProviderId};
use domain::name::PersonName;
use domain::npi::Npi;
use domain::partner::{Agreement, Exemption, ExemptionReason, Interchange, Partner, PartnerKind};
use domain::payer::{OtherNumbers, Payer};
use domain::place::{
    Address, Location, Phone, PlaceOfService, Practice, Provider, TaxId, Taxonomy, UsState, Zip, Zone,
};
use domain::schedule::{DayHours, Hours};
use domain::{Entropy, Instant};
use jiff::civil::Date;

/// Everything around the patients.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The covered entity.
    pub practice: Practice,
    /// Ohio and Indiana.
    pub locations: Vec<Location>,
    /// Four of them.
    pub providers: Vec<Provider>,
    /// A commercial plan, Medicare, and a Blue plan.
    pub payers: Vec<Payer>,
    /// Who gets files.
    pub partners: Vec<Partner>,
}

/// Why it could not be made: one of the texts below is wrong, which the tests would show.
pub type Wrong = Box<dyn std::error::Error + Send + Sync>;

/// Makes them. `official` is who approved the exemption; `clinician` is the account of the first provider.
pub fn surroundings(
    now: Instant,
    ids: &dyn Entropy,
    today: Date,
    official: &AccountId,
    clinician: &AccountId,
) -> Result<Surroundings, Wrong> {
    let practice = Practice {
        legal_name: "Northside Family Clinic".to_owned(),
        npi: Npi::from_nine("199900001")?,
        tax_id: TaxId::parse("98-7654321")?,
        taxonomy: Taxonomy::parse("207Q00000X")?,
        billing_address: address("120 Clinic Way", "Dayton", "OH", "454021234")?,
        pay_to: None,
        phone: Phone::parse("937-555-0100")?,
        contact: "Billing Office".to_owned(),
    };
    let locations = [
        location(
            "Northside Dayton",
            "America/New_York",
            address("120 Clinic Way", "Dayton", "OH", "454021234")?,
            now,
            ids,
        )?,
        location(
            "Northside Evansville",
            "America/Chicago",
            address("9 Ferry St", "Evansville", "IN", "477081122")?,
            now,
            ids,
        )?,
    ];
    let [dayton, evansville] = &locations;
    let providers = vec![
        Provider {
            account: Some(clinician.clone()),
            ..provider("Amaya", "Ruth", "MD", "199900011", "207Q00000X", dayton, now, ids)?
        },
        provider("Sayegh", "Omar", "DO", "199900012", "207R00000X", evansville, now, ids)?,
        provider("Fischer", "Lena", "NP", "199900013", "363L00000X", dayton, now, ids)?,
        provider("Mensah", "Kofi", "PA-C", "199900014", "363A00000X", evansville, now, ids)?,
    ];
    let partners = partners(now, ids, today, official);
    let [clearinghouse, direct] = &partners;
    let payers = vec![
        payer(("Heartland Mutual", "HM001"), FilingIndicator::Commercial, 180, clearinghouse, now, ids),
        payer(("Medicare Part B (synthetic)", "MB001"), FilingIndicator::MedicareB, 365, clearinghouse, now, ids),
        payer(("Great Lakes Blue (synthetic)", "BL001"), FilingIndicator::BlueCross, 165, direct, now, ids),
    ];
    Ok(Surroundings { practice, locations: locations.into(), providers, payers, partners: partners.into() })
}

fn partners(now: Instant, ids: &dyn Entropy, today: Date, official: &AccountId) -> [Partner; 2] {
    let from = today.saturating_sub(jiff::Span::new().months(10));
    let interchange = |receiver: &str| Interchange {
        sender_qualifier: "ZZ".to_owned(),
        sender_id: "NORTHSIDE".to_owned(),
        receiver_qualifier: "ZZ".to_owned(),
        receiver_id: receiver.to_owned(),
        production: false,
    };
    let agreement = Agreement {
        signed_on: from,
        from,
        to: Some(today.saturating_add(jiff::Span::new().months(14))),
        reference: "BAA-2026-001".to_owned(),
    };
    let exemption =
        Exemption { reason: ExemptionReason::PlanForPayment, approved_by: official.clone(), approved_at: now };
    [
        Partner {
            id: PartnerId::new(now, ids),
            name: "Riverbend Clearinghouse".to_owned(),
            kind: PartnerKind::Clearinghouse,
            agreement: Some(agreement),
            exemption: None,
            interchange: Some(interchange("RIVERBEND")),
        },
        Partner {
            id: PartnerId::new(now, ids),
            name: "Great Lakes Blue, direct".to_owned(),
            kind: PartnerKind::HealthPlan,
            agreement: None,
            exemption: Some(exemption),
            interchange: Some(interchange("GREATLAKES")),
        },
    ]
}

fn address(line1: &str, city: &str, state: &str, zip: &str) -> Result<Address, Wrong> {
    let (state, zip) = (UsState::parse(state)?, Zip::parse(zip)?);
    Ok(Address { line1: line1.to_owned(), line2: None, city: city.to_owned(), state, zip })
}

fn location(name: &str, zone: &str, address: Address, now: Instant, ids: &dyn Entropy) -> Result<Location, Wrong> {
    let (id, zone, place_of_service) = (LocationId::new(now, ids), Zone::parse(zone)?, PlaceOfService::office());
    // Same-day care is open at weekends too.
    let hours = Hours { days: [Some(DayHours::usual()); 7] };
    Ok(Location { id, name: name.to_owned(), zone, address, place_of_service, npi: None, hours })
}

#[expect(clippy::too_many_arguments, reason = "a table of made-up clinicians reads best as rows")]
fn provider(
    family: &str,
    given: &str,
    credential: &str,
    nine: &str,
    taxonomy: &str,
    works_at: &Location,
    now: Instant,
    ids: &dyn Entropy,
) -> Result<Provider, Wrong> {
    Ok(Provider {
        id: ProviderId::new(now, ids),
        name: PersonName::new(family, given)?,
        npi: Npi::from_nine(nine)?,
        taxonomy: Taxonomy::parse(taxonomy)?,
        credential: Some(credential.to_owned()),
        account: None,
        locations: vec![works_at.id.clone()],
    })
}

fn payer(
    (name, x12_id): (&str, &str),
    filing: FilingIndicator,
    timely_filing_days: u16,
    partner: &Partner,
    now: Instant,
    ids: &dyn Entropy,
) -> Payer {
    let (id, partner) = (PayerId::new(now, ids), Some(partner.id.clone()));
    let (name, x12_id) = (name.to_owned(), x12_id.to_owned());
    Payer { id, name, x12_id, other_numbers: OtherNumbers::default(), filing, timely_filing_days, partner }
}
