//! The 835s.

use x12::remittance::{BankAccount, Dated, ProviderAdjustment, RemitClaim, RemitLine, RemitParty, Remittance};
use x12::{Address, Amount, Contact, Date, Entity, Identifier};

use super::judge::{Judged, JudgedLine, corrected, judge};
use super::{Filed, number_for};

/// Filing indicators that CLP06 knows; it has fewer than SBR09.
const FILINGS: [&str; 19] =
    ["12", "13", "14", "15", "16", "17", "AM", "CH", "DS", "HM", "LM", "MA", "MB", "MC", "OF", "TV", "VA", "WC", "ZZ"];

/// One payer's part of a file.
pub(super) struct Sheet<'a> {
    pub(super) payer: &'a str,
    pub(super) claims: &'a [Filed<'a>],
    pub(super) paid_on: Date,
    pub(super) received: Date,
    pub(super) number: u32,
}

impl Sheet<'_> {
    /// The payment of all claims, with interest for being late.
    pub(super) fn payment(&self, seed: u64) -> Remittance {
        let claims: Vec<RemitClaim> =
            self.claims.iter().map(|filed| self.claim(*filed, &judge(seed, filed.claim))).collect();
        let interest = self.adjustment("L6", None, -(37 + i64::from(self.number % 50)));
        self.remittance(claims, vec![interest], "A")
    }

    /// A week later: one payment is taken back and made again, better, and an old debt is kept from it. None without a payment.
    pub(super) fn correction(&self, seed: u64) -> Option<Remittance> {
        let filed = self.claims.iter().copied().find(|f| judge(seed, f.claim).paid() > 0)?;
        let before = judge(seed, filed.claim);
        let after = corrected(&before);
        let (gain, claim) = (after.paid() - before.paid(), self.claim(filed, &before));
        let reference = claim.payer_claim_number.clone();
        let kept = (gain > 0).then(|| self.adjustment("WO", reference, gain / 2)).filter(|a| a.cents > 0);
        let claims = vec![turned(claim), self.claim(filed, &after)];
        Some(self.remittance(claims, kept.into_iter().collect(), "B"))
    }

    fn remittance(&self, claims: Vec<RemitClaim>, adjustments: Vec<ProviderAdjustment>, series: &str) -> Remittance {
        let total = claims.iter().map(|c| c.paid_cents).sum::<i64>() - adjustments.iter().map(|a| a.cents).sum::<i64>();
        let tax = format!("1{}", number_for(self.payer, "tax id", 9));
        let name = self.claims.first().map(|f| f.claim.payer.name.clone()).unwrap_or_default();
        let paid = total > 0;
        let of =
            |code: &str| self.claims.first().map(|f| number_for(&f.claim.control_number, code, 8)).unwrap_or_default();
        Remittance {
            handling: if paid { "I" } else { "H" }.to_owned(),
            payment_cents: total,
            credit_debit: "C".to_owned(),
            method: if paid { "ACH" } else { "NON" }.to_owned(),
            format: paid.then(|| "CCP".to_owned()),
            from_account: paid.then(|| account("011000015", &number_for(self.payer, "account", 9))),
            originator: paid.then(|| tax.clone()),
            to_account: paid.then(|| account("021000021", "0098765432")),
            date: Some(self.paid_on),
            trace: format!("{series}{}", of("trace")),
            trace_originator: tax,
            production_date: Some(self.paid_on),
            payer: RemitParty {
                name,
                id: None,
                address: Some(address()),
                references: vec![Identifier::new("2U", self.payer)],
                contacts: vec![Contact {
                    function: "BL".to_owned(),
                    name: Some("PROVIDER SERVICES".to_owned()),
                    numbers: vec![Identifier::new("TE", "8005550100")],
                }],
            },
            payee: self.payee(),
            claims,
            provider_adjustments: adjustments,
            ..Remittance::default()
        }
    }

    fn payee(&self) -> RemitParty {
        let Some(filed) = self.claims.first() else { return RemitParty::default() };
        let billing = &filed.batch.billing;
        RemitParty {
            name: billing.name.display(),
            id: Some(Identifier::npi(billing.npi.as_str())),
            address: Some(billing.address.clone()),
            references: vec![Identifier::new("TJ", billing.tax_id.value.as_str())],
            contacts: Vec::new(),
        }
    }

    fn adjustment(&self, reason: &str, reference: Option<String>, cents: i64) -> ProviderAdjustment {
        ProviderAdjustment {
            provider: self.claims.first().map(|f| f.batch.billing.npi.clone()).unwrap_or_default(),
            fiscal_year_end: Date::new(self.paid_on.year(), 12, 31),
            reason: reason.to_owned(),
            reference,
            cents,
            segment: None,
        }
    }

    fn claim(&self, filed: Filed<'_>, judged: &Judged) -> RemitClaim {
        let claim = filed.claim;
        let subscriber = &claim.subscriber;
        let filing = subscriber.filing.as_deref().filter(|f| FILINGS.contains(f)).unwrap_or("ZZ");
        let owed: i64 = judged
            .lines
            .iter()
            .flat_map(|l| &l.adjustments)
            .chain(&judged.adjustments)
            .filter(|a| a.group == x12::AdjustmentGroup::Patient)
            .map(|a| a.cents)
            .sum();
        let day = claim.lines.iter().find_map(|l| l.service).map(|p| p.from);
        let dates = day.map(|date| Dated { qualifier: "232".to_owned(), date });
        let received = Dated { qualifier: "050".to_owned(), date: self.received };
        RemitClaim {
            control_number: claim.control_number.clone(),
            status: judged.status.to_owned(),
            charge_cents: claim.charge_cents,
            paid_cents: judged.paid(),
            patient_cents: Some(owed).filter(|o| *o > 0),
            filing: filing.to_owned(),
            payer_claim_number: Some(number_for(&claim.control_number, "claim", 12)),
            place_of_service: Some(claim.place_of_service.clone()),
            frequency: Some(claim.frequency.code().to_owned()),
            batch: Some("1".to_owned()),
            patient: Some(patient(filed)),
            subscriber: claim.patient.as_ref().map(|_| Entity {
                name: subscriber.name.clone(),
                id: Some(Identifier::new("MI", subscriber.member_id.as_str())),
            }),
            rendering: claim
                .rendering
                .as_ref()
                .map(|r| Entity { name: r.name.clone(), id: r.npi.as_ref().map(|npi| Identifier::npi(npi.as_str())) }),
            adjustments: judged.adjustments.clone(),
            dates: dates.into_iter().chain([received]).collect(),
            lines: claim.lines.iter().zip(&judged.lines).map(|(line, judged)| line_of(line, judged)).collect(),
            ..RemitClaim::default()
        }
    }
}

fn patient(filed: Filed<'_>) -> Entity {
    let member = filed.claim.subscriber.member_id.as_str();
    Entity { name: filed.claim.patient_name(), id: Some(Identifier::new("MI", member)) }
}

fn line_of(line: &x12::professional::ServiceLine, judged: &JudgedLine) -> RemitLine {
    let date = line.service.map(|p| Dated { qualifier: "472".to_owned(), date: p.from });
    RemitLine {
        procedure: line.procedure.clone(),
        charge_cents: line.charge_cents,
        paid_cents: judged.paid,
        quantity: Some(line.quantity),
        dates: date.into_iter().collect(),
        adjustments: judged.adjustments.clone(),
        control_number: line.control_number.clone(),
        amounts: judged.allowed.map(|cents| Amount { qualifier: "B6".to_owned(), cents }).into_iter().collect(),
        remarks: judged.remarks.clone(),
        ..RemitLine::default()
    }
}

/// The same claim taken back: every sign turned, the original codes.
fn turned(mut claim: RemitClaim) -> RemitClaim {
    claim.status = "22".to_owned();
    (claim.charge_cents, claim.paid_cents, claim.patient_cents) = (-claim.charge_cents, -claim.paid_cents, None);
    claim.adjustments.iter_mut().for_each(|a| a.cents = -a.cents);
    for line in &mut claim.lines {
        (line.charge_cents, line.paid_cents) = (-line.charge_cents, -line.paid_cents);
        line.adjustments.iter_mut().for_each(|a| a.cents = -a.cents);
        line.amounts.clear();
    }
    claim
}

fn account(routing: &str, number: &str) -> BankAccount {
    BankAccount {
        routing_qualifier: "01".to_owned(),
        routing: routing.to_owned(),
        account_qualifier: Some("DA".to_owned()),
        account: Some(number.to_owned()),
    }
}

fn address() -> Address {
    Address {
        line1: "1 PLAN PLAZA".to_owned(),
        city: "PEORIA".to_owned(),
        state: Some("IL".to_owned()),
        zip: Some("616020001".to_owned()),
        ..Address::default()
    }
}
