//! Claims as an 837P (005010X222A1). Nothing is decided here: what is wrong with a claim is the scrubber's to say.

use jiff::civil::{Date, DateTime};
use x12::professional as p;
use x12::{Contact, Entity, Identifier, Name, Party, Period, Person, Quantity, Usage};

use super::{Claim, ClaimLine, Frequency};
use crate::coverage::{Priority, Relationship};
use crate::name::{PersonName, x12_text};
use crate::partner::{Interchange, Partner};
use crate::patient::Sex;
use crate::place::{Address, Practice};

/// What a file says beside its claims.
#[derive(Clone, Debug)]
pub struct BatchContext<'a> {
    /// BHT03: our number of the batch, at most 50 characters, never used before.
    pub reference: &'a str,
    /// Local date and time of the practice.
    pub at: DateTime,
    /// Who gets it.
    pub partner: &'a Partner,
}

/// Why no file can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Nothing to send.
    #[error("the batch is empty")]
    Empty,
    /// Two billing providers need two files.
    #[error("claim `{0}` has another billing provider or address than the first one of the batch: send it apart")]
    OtherBilling(String),
    /// No ids to address the file with.
    #[error("`{0}` has no interchange ids: record them with the partner before sending")]
    NoInterchange(String),
    /// A date that X12 cannot write.
    #[error("the date `{0}` cannot be written")]
    Date(Date),
}

fn date(day: Date) -> Result<x12::Date, FileError> {
    let bad = |_| FileError::Date(day);
    let (year, month, dom) = (day.year().try_into(), day.month().try_into(), day.day().try_into());
    x12::Date::new(year.map_err(bad)?, month.map_err(bad)?, dom.map_err(bad)?).ok_or(FileError::Date(day))
}

fn time(at: DateTime) -> x12::Time {
    let part = |n: i8| u8::try_from(n).unwrap_or(0);
    x12::Time::new(part(at.hour()), part(at.minute())).unwrap_or_default()
}

fn interchange(partner: &Partner) -> Result<&Interchange, FileError> {
    partner.interchange.as_ref().ok_or_else(|| FileError::NoInterchange(partner.name.clone()))
}

/// The envelope of a file to a partner. The control numbers come from the database and are never used twice.
pub fn envelope(partner: &Partner, at: DateTime, control: u32, group_control: u32) -> Result<x12::Envelope, FileError> {
    let ids = interchange(partner)?;
    let party = |qualifier: &str, id: &str| Party { qualifier: qualifier.into(), id: id.into(), application: None };
    Ok(x12::Envelope {
        sender: party(&ids.sender_qualifier, &ids.sender_id),
        receiver: party(&ids.receiver_qualifier, &ids.receiver_id),
        date: date(at.date())?,
        time: time(at),
        control,
        group_control,
        usage: if ids.production { Usage::Production } else { Usage::Test },
        ack_requested: true,
        delimiters: x12::Delimiters::default(),
        line_ends: true,
    })
}

/// The transaction set of some claims of one billing provider.
pub fn to_837p(context: &BatchContext<'_>, claims: &[Claim]) -> Result<p::Batch, FileError> {
    let first = claims.first().ok_or(FileError::Empty)?;
    if let Some(other) = claims.iter().find(|c| c.billing != first.billing) {
        return Err(FileError::OtherBilling(other.control_number.to_string()));
    }
    let ids = interchange(context.partner)?;
    let contact = Contact::phone(x12_text(&first.billing.contact, 60), first.billing.phone.as_str());
    let organization = |name: &str| Name::organization(x12_text(name, 60));
    Ok(p::Batch {
        reference: context.reference.to_owned(),
        date: Some(date(context.at.date())?),
        time: time(context.at),
        reissue: false,
        submitter: p::Submitter {
            name: organization(&first.billing.legal_name),
            id: ids.sender_id.trim().to_owned(),
            contacts: vec![contact.clone()],
        },
        receiver: Entity {
            name: organization(&context.partner.name),
            id: Some(Identifier::new("46", ids.receiver_id.trim())),
        },
        billing: billing(&first.billing),
        claims: claims.iter().map(claim_loop).collect::<Result<_, _>>()?,
        unread: Vec::new(),
    })
}

fn billing(practice: &Practice) -> p::BillingProvider {
    let qualifier = if practice.tax_id.is_ssn { "SY" } else { "EI" };
    p::BillingProvider {
        name: Name::organization(x12_text(&practice.legal_name, 60)),
        npi: practice.npi.to_string(),
        taxonomy: Some(practice.taxonomy.as_str().to_owned()),
        address: address(&practice.billing_address),
        tax_id: Identifier::new(qualifier, practice.tax_id.as_str()),
        references: Vec::new(),
        contacts: Vec::new(),
        pay_to: practice.pay_to.as_ref().map(address),
    }
}

fn address(address: &Address) -> x12::Address {
    x12::Address {
        line1: x12_text(&address.line1, 55),
        line2: address.line2.as_deref().map(|l| x12_text(l, 55)).filter(|l| !l.is_empty()),
        city: x12_text(&address.city, 30),
        state: Some(address.state.to_string()),
        zip: Some(address.zip.as_str().to_owned()),
        country: None,
    }
}

fn person(name: &PersonName) -> Person {
    let x12 = name.for_x12();
    let part = |text: String| Some(text).filter(|t| !t.is_empty());
    Person { last: x12.family, first: part(x12.given), middle: part(x12.middle), suffix: part(x12.suffix) }
}

fn sex(sex: Sex) -> x12::Sex {
    match sex {
        Sex::Female => x12::Sex::Female,
        Sex::Male => x12::Sex::Male,
        Sex::Unknown => x12::Sex::Unknown,
    }
}

fn claim_loop(claim: &Claim) -> Result<p::Claim837P, FileError> {
    Ok(p::Claim837P {
        subscriber: subscriber(claim)?,
        patient: dependent(claim)?,
        payer: p::Payer {
            name: x12_text(&claim.payer.name, 60),
            id: Identifier::new("PI", claim.payer.x12_id.as_str()),
            address: None,
            references: Vec::new(),
        },
        control_number: claim.control_number.to_string(),
        charge_cents: claim.total.get(),
        place_of_service: claim.place.place_of_service.as_str().to_owned(),
        frequency: match claim.frequency {
            Frequency::Original => p::Frequency::Original,
            Frequency::Replacement => p::Frequency::Replacement,
            Frequency::Void => p::Frequency::Void,
        },
        payer_claim_number: claim.original_payer_number.clone(),
        provider_signature: true,
        assignment: p::Assignment::Assigned,
        benefits: p::Benefits::Assigned,
        release: p::Release::Signed,
        diagnoses: claim.diagnoses.iter().map(|d| p::Diagnosis::icd10(d.as_str())).collect(),
        rendering: rendering(claim),
        facility: facility(claim),
        lines: claim.lines.iter().map(|line| service_line(claim, line)).collect::<Result<_, _>>()?,
        ..p::Claim837P::default()
    })
}

fn subscriber(claim: &Claim) -> Result<p::Subscriber, FileError> {
    let coverage = &claim.coverage;
    let order = match coverage.priority {
        Priority::Primary => p::PayerOrder::Primary,
        Priority::Secondary => p::PayerOrder::Secondary,
        Priority::Tertiary => p::PayerOrder::Tertiary,
    };
    let patient = &claim.patient;
    let (name, home, birth, holder_sex) = match &coverage.subscriber {
        Some(holder) => (&holder.name, holder.address.as_ref(), holder.birth_date, holder.sex),
        None => (&patient.name, patient.address.as_ref(), patient.birth_date, patient.sex),
    };
    Ok(p::Subscriber {
        order,
        group_number: coverage.group.clone(),
        filing: Some(coverage.filing.as_str().to_owned()),
        name: Name::Person(person(name)),
        member_id: coverage.member_id.clone(),
        address: home.map(address),
        birth_date: Some(date(birth)?),
        sex: sex(holder_sex),
        ..p::Subscriber::default()
    })
}

/// Loop 2000C, only when the patient is not the subscriber.
fn dependent(claim: &Claim) -> Result<Option<p::Dependent>, FileError> {
    if claim.coverage.relationship == Relationship::Myself {
        return Ok(None);
    }
    Ok(Some(p::Dependent {
        relationship: claim.coverage.relationship.as_str().to_owned(),
        name: person(&claim.patient.name),
        address: claim.patient.address.as_ref().map(address),
        birth_date: Some(date(claim.patient.birth_date)?),
        sex: sex(claim.patient.sex),
        references: Vec::new(),
    }))
}

/// Loop 2310B, left out when the billing provider rendered the services itself.
fn rendering(claim: &Claim) -> Option<p::Provider> {
    let provider = &claim.rendering;
    (provider.npi != claim.billing.npi).then(|| p::Provider {
        name: Name::Person(person(&provider.name)),
        npi: Some(provider.npi.to_string()),
        taxonomy: Some(provider.taxonomy.as_str().to_owned()),
        ..p::Provider::default()
    })
}

/// Loop 2310C, left out when the place is the billing address.
fn facility(claim: &Claim) -> Option<p::Provider> {
    let place = &claim.place;
    (place.address != claim.billing.billing_address).then(|| p::Provider {
        name: Name::organization(x12_text(&place.name, 60)),
        npi: place.npi.as_ref().map(ToString::to_string),
        address: Some(address(&place.address)),
        ..p::Provider::default()
    })
}

fn service_line(claim: &Claim, line: &ClaimLine) -> Result<p::ServiceLine, FileError> {
    let mut procedure = x12::Procedure::hcpcs(line.code.as_str());
    procedure.modifiers = line.modifiers.iter().map(|m| m.as_str().to_owned()).collect();
    Ok(p::ServiceLine {
        procedure,
        charge_cents: line.amount.get(),
        unit: "UN".to_owned(),
        quantity: Quantity(i64::from(line.units) * 1000),
        pointers: line.pointers.clone(),
        service: Some(Period::day(date(claim.date_of_service)?)),
        control_number: Some(line.control_number.clone()),
        ..p::ServiceLine::default()
    })
}
