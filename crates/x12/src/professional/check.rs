//! What must hold before a claim is written: what a payer refuses and a receiver's syntax check would let through.

use super::{Batch, Claim837P, Frequency, ServiceLine};
use crate::common::{Address, Name, npi_is_valid};
use crate::money::Quantity;
use crate::writer::WriteError;

type Checked = Result<(), WriteError>;

fn refuse(field: &'static str, value: &str, why: &'static str) -> Checked {
    Err(WriteError::Field { field, value: value.chars().take(40).collect(), why })
}

fn present(field: &'static str, there: bool) -> Checked {
    if there { Ok(()) } else { Err(WriteError::Missing { field }) }
}

fn npi(field: &'static str, value: &str) -> Checked {
    if npi_is_valid(value) {
        Ok(())
    } else {
        refuse(field, value, "is not a valid NPI (ten digits, the last a check digit)")
    }
}

fn nine_digit_zip(field: &'static str, address: &Address) -> Checked {
    if address.country.as_deref().is_some_and(|country| country != "US") {
        return Ok(());
    }
    let zip = address.zip.as_deref().unwrap_or_default();
    let digits = zip.bytes().filter(u8::is_ascii_digit).count();
    if digits == 9 && zip.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        Ok(())
    } else {
        refuse(field, zip, "must have nine digits (ZIP+4)")
    }
}

/// Checks a batch and each of its claims.
pub(super) fn batch(batch: &Batch) -> Checked {
    present("BHT04 date", batch.date.is_some())?;
    present("claims", !batch.claims.is_empty())?;
    present("submitter contact (PER)", !batch.submitter.contacts.is_empty())?;
    present("submitter id (NM109)", !batch.submitter.id.trim().is_empty())?;
    present("receiver id (NM109)", batch.receiver.id.as_ref().is_some_and(|id| !id.value.trim().is_empty()))?;
    let billing = &batch.billing;
    if !billing.npi.is_empty() || billing.references.is_empty() {
        npi("billing provider NPI", &billing.npi)?;
    }
    if !matches!(billing.tax_id.qualifier.as_str(), "EI" | "SY") {
        return refuse("billing provider tax id qualifier", &billing.tax_id.qualifier, "is not EI or SY");
    }
    present("billing provider tax id", !billing.tax_id.value.trim().is_empty())?;
    nine_digit_zip("billing provider ZIP", &billing.address)?;
    batch.claims.iter().try_for_each(claim)
}

fn claim(claim: &Claim837P) -> Checked {
    let number = claim.control_number.as_str();
    present("CLM01 claim number", !number.trim().is_empty())?;
    if number.bytes().any(|b| b.is_ascii_lowercase()) {
        return refuse("CLM01 claim number", number, "has lower-case letters, which payers return changed");
    }
    if claim.charge_cents < 0 {
        return refuse("CLM02 charge", number, "has a negative charge");
    }
    present("CLM05-1 place of service", !claim.place_of_service.is_empty())?;
    let known = claim.payer_claim_number.as_deref().is_some_and(|n| !n.trim().is_empty());
    if claim.frequency != Frequency::Original && !known {
        return refuse(
            "REF*F8 payer claim number",
            number,
            "replaces or voids a claim, so the payer's number of that claim is needed",
        );
    }
    present("subscriber member id", !claim.subscriber.member_id.trim().is_empty())?;
    present("payer id", !claim.payer.id.value.trim().is_empty())?;
    patient(claim)?;
    if claim.diagnoses.is_empty() || claim.diagnoses.len() > 12 {
        return refuse("HI diagnoses", number, "needs 1 to 12 diagnoses");
    }
    for provider in [&claim.referring, &claim.rendering, &claim.facility, &claim.supervising].into_iter().flatten() {
        provider.npi.as_deref().map_or(Ok(()), |value| npi("provider NPI", value))?;
    }
    if let Some(facility) = &claim.facility {
        present("facility address", facility.address.is_some())?;
        facility.address.as_ref().map_or(Ok(()), |address| nine_digit_zip("facility ZIP", address))?;
    }
    if let Some(accident) = &claim.accident {
        let car = accident.causes.iter().any(|c| c == "AA");
        present("CLM11 accident cause", !accident.causes.is_empty())?;
        present("CLM11-4 state of a car accident", !car || accident.state.is_some() || accident.country.is_some())?;
        present("DTP*439 accident date", accident.date.is_some() || !accident.causes.iter().any(|c| c != "EM"))?;
    }
    lines(claim)
}

fn patient(claim: &Claim837P) -> Checked {
    if let Some(patient) = &claim.patient {
        present("patient's relationship (PAT01)", !patient.relationship.is_empty())?;
        present("patient's address", patient.address.is_some())?;
        present("patient's birth date", patient.birth_date.is_some())
    } else {
        let person = matches!(&claim.subscriber.name, Name::Person(_));
        if !person {
            return refuse("subscriber name", &claim.control_number, "is billed for an organization as the patient");
        }
        present("subscriber's address", claim.subscriber.address.is_some())?;
        present("subscriber's birth date", claim.subscriber.birth_date.is_some())
    }
}

fn lines(claim: &Claim837P) -> Checked {
    let number = claim.control_number.as_str();
    if claim.lines.is_empty() || claim.lines.len() > 50 {
        return refuse("service lines", number, "needs 1 to 50 service lines");
    }
    for service in &claim.lines {
        line(claim, service)?;
    }
    let sum = claim.lines.iter().try_fold(0_i64, |sum, l| sum.checked_add(l.charge_cents));
    if sum != Some(claim.charge_cents) {
        return refuse("CLM02 charge", number, "has a charge that is not the sum of its lines");
    }
    for other in &claim.other_payers {
        let Some(paid) = other.paid_cents else { continue };
        let id = other.payer.id.as_ref().map_or("", |id| id.value.as_str());
        let at_lines =
            claim.lines.iter().flat_map(|l| &l.adjudications).filter(|a| a.payer_id == id).flat_map(|a| &a.adjustments);
        let total = other.adjustments.iter().chain(at_lines).try_fold(paid, |sum, a| sum.checked_add(a.cents));
        if total != Some(claim.charge_cents) {
            return refuse(
                "other payer's amounts",
                number,
                "has an earlier payer whose payment and adjustments are not the charge",
            );
        }
    }
    Ok(())
}

fn line(claim: &Claim837P, line: &ServiceLine) -> Checked {
    let number = claim.control_number.as_str();
    present("SV101 procedure code", !line.procedure.code.trim().is_empty())?;
    present("DTP*472 date of service", line.service.is_some())?;
    if line.quantity <= Quantity::default() {
        return refuse("SV104 units", number, "has a line without units");
    }
    if line.charge_cents < 0 {
        return refuse("SV102 charge", number, "has a line with a negative charge");
    }
    if line.procedure.modifiers.len() > 4 {
        return refuse("SV101 modifiers", number, "has more than four modifiers on a line");
    }
    let pointed = !line.pointers.is_empty() && line.pointers.len() <= 4;
    if !pointed || !line.pointers.iter().all(|p| (1..=claim.diagnoses.len()).contains(&usize::from(*p))) {
        return refuse(
            "SV107 diagnosis pointers",
            number,
            "needs 1 to 4 pointers on each line, each to one of its diagnoses",
        );
    }
    for a in &line.adjudications {
        let total = a.adjustments.iter().try_fold(a.paid_cents, |sum, x| sum.checked_add(x.cents));
        if total != Some(line.charge_cents) {
            return refuse(
                "SVD amounts",
                number,
                "has a line whose earlier payment and adjustments are not its charge",
            );
        }
    }
    for provider in [&line.rendering, &line.ordering].into_iter().flatten() {
        provider.npi.as_deref().map_or(Ok(()), |value| npi("provider NPI", value))?;
    }
    Ok(())
}
