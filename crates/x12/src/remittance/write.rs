//! Writing an 835, for the simulated payer and for tests.

use super::{BankAccount, RemitClaim, RemitLine, RemitParty, Remittance, VERSION};
use crate::balance::balance;
use crate::common::Entity;
use crate::parts::{
    procedure_parts, write_address, write_adjustments, write_amt, write_contact, write_maybe_ref, write_nm1, write_refs,
};
use crate::writer::{SegmentWriter, SetWriter, Transaction, WriteError};

impl Transaction for Remittance {
    const SET: &'static str = "835";
    const GROUP: &'static str = "HP";
    const VERSION: &'static str = VERSION;
    const ST03: bool = false;

    fn body(&self, out: &mut SetWriter) {
        if let Some(difference) = balance(self).first() {
            out.fail(WriteError::Field {
                field: "835 balance",
                value: difference.message.clone(),
                why: "does not add up",
            });
            return;
        }
        self.payment(out);
        self.payer.write(out, "PR");
        self.payee.write(out, "PE");
        let mut batch = None;
        for (index, claim) in self.claims.iter().enumerate() {
            let this = claim.batch.clone().unwrap_or_else(|| "1".to_owned());
            if index == 0 || batch.as_ref() != Some(&this) {
                out.segment("LX").required("LX01 number", &this, 6).end();
                batch = Some(this);
            }
            claim.write(out);
        }
        self.provider_adjustments(out);
    }
}

fn account<'s>(segment: SegmentWriter<'s>, account: Option<&BankAccount>) -> SegmentWriter<'s> {
    match account {
        Some(account) => segment
            .required("BPR06 routing qualifier", &account.routing_qualifier, 2)
            .required("BPR07 routing number", &account.routing, 12)
            .maybe("BPR08 account qualifier", account.account_qualifier.as_deref(), 3)
            .maybe("BPR09 account", account.account.as_deref(), 35),
        None => segment.skips(4),
    }
}

impl Remittance {
    fn payment(&self, out: &mut SetWriter) {
        if self.payment_cents < 0 {
            out.fail(WriteError::Field {
                field: "BPR02 payment",
                value: self.trace.clone(),
                why: "is negative; the shortfall belongs in a PLB (FB)",
            });
        }
        let segment = out
            .segment("BPR")
            .required("BPR01 handling", &self.handling, 2)
            .money(self.payment_cents)
            .required("BPR03 credit or debit", &self.credit_debit, 1)
            .required("BPR04 method", &self.method, 3)
            .maybe("BPR05 format", self.format.as_deref(), 10);
        let segment = account(segment, self.from_account.as_ref())
            .maybe("BPR10 originator", self.originator.as_deref(), 10)
            .maybe("BPR11 originator supplement", self.originator_supplement.as_deref(), 9);
        account(segment, self.to_account.as_ref()).date(self.date).end();
        out.segment("TRN")
            .code("1")
            .required("TRN02 trace number", &self.trace, 50)
            .required("TRN03 originator", &self.trace_originator, 10)
            .maybe("TRN04 supplement", self.trace_supplement.as_deref(), 50)
            .end();
        if let Some(currency) = &self.currency {
            out.segment("CUR").code("PR").id("CUR02 currency", currency, 3).end();
        }
        write_maybe_ref(out, "EV", self.receiver.as_deref());
        write_maybe_ref(out, "F2", self.software_version.as_deref());
        if self.production_date.is_some() {
            out.segment("DTM").code("405").date(self.production_date).end();
        }
    }

    /// PLB: six adjustments a segment, grouped by provider and fiscal year.
    fn provider_adjustments(&self, out: &mut SetWriter) {
        let mut rest = self.provider_adjustments.as_slice();
        while let Some(first) = rest.first() {
            let same = rest
                .iter()
                .take(6)
                .take_while(|a| a.provider == first.provider && a.fiscal_year_end == first.fiscal_year_end)
                .count();
            let (now, later) = rest.split_at(same);
            if first.fiscal_year_end.is_none() {
                out.fail(WriteError::Missing { field: "PLB02 fiscal year end" });
            }
            let segment =
                out.segment("PLB").required("PLB01 provider", &first.provider, 50).date(first.fiscal_year_end);
            now.iter()
                .fold(segment, |segment, a| {
                    segment
                        .composite("PLB03 reason", &[&a.reason, a.reference.as_deref().unwrap_or_default()])
                        .money(a.cents)
                })
                .end();
            rest = later;
        }
    }
}

impl RemitParty {
    fn write(&self, out: &mut SetWriter, code: &str) {
        let segment = out.segment("N1").code(code).required_text("N102 name", &self.name, 60);
        match &self.id {
            Some(id) => {
                segment.required("N103 qualifier", &id.qualifier, 2).required("N104 identifier", &id.value, 80).end();
            }
            None => segment.end(),
        }
        if let Some(address) = &self.address {
            write_address(out, address);
        }
        write_refs(out, &self.references);
        for contact in &self.contacts {
            write_contact(out, contact);
        }
    }
}

fn named(out: &mut SetWriter, code: &str, entity: Option<&Entity>) {
    if let Some(entity) = entity {
        write_nm1(out, code, &entity.name, entity.id.as_ref());
    }
}

impl RemitClaim {
    fn write(&self, out: &mut SetWriter) {
        out.segment("CLP")
            .required("CLP01 claim number", &self.control_number, 38)
            .required("CLP02 status", &self.status, 2)
            .money(self.charge_cents)
            .money(self.paid_cents)
            .maybe_money(self.patient_cents)
            .required("CLP06 filing indicator", &self.filing, 2)
            .maybe("CLP07 payer claim number", self.payer_claim_number.as_deref(), 50)
            .maybe("CLP08 place of service", self.place_of_service.as_deref(), 2)
            .maybe("CLP09 frequency", self.frequency.as_deref(), 1)
            .skip()
            .maybe("CLP11 DRG", self.drg.as_deref(), 4)
            .end();
        write_adjustments(out, &self.adjustments);
        named(out, "QC", self.patient.as_ref());
        named(out, "IL", self.subscriber.as_ref());
        named(out, "74", self.corrected.as_ref());
        named(out, "82", self.rendering.as_ref());
        named(out, "TT", self.crossover.as_ref());
        named(out, "PR", self.priority_payer.as_ref());
        named(out, "GB", self.other_subscriber.as_ref());
        self.adjudication(out);
        write_refs(out, &self.references);
        for date in &self.dates {
            out.segment("DTM").required("DTM01 qualifier", &date.qualifier, 3).date(Some(date.date)).end();
        }
        for contact in &self.contacts {
            write_contact(out, contact);
        }
        for amount in &self.amounts {
            write_amt(out, &amount.qualifier, amount.cents);
        }
        for count in &self.quantities {
            out.segment("QTY").required("QTY01 qualifier", &count.qualifier, 2).quantity(Some(count.quantity)).end();
        }
        for line in &self.lines {
            line.write(out);
        }
    }

    fn adjudication(&self, out: &mut SetWriter) {
        if let Some(mia) = &self.inpatient {
            let mut segment = out.segment("MIA").quantity(Some(mia.days.unwrap_or_default()));
            for n in 2..=24_u8 {
                let cents = mia.amounts.iter().find(|(at, _)| *at == n).map(|(_, cents)| *cents);
                let count = mia.counts.iter().find(|(at, _)| *at == n).map(|(_, count)| *count);
                let remark =
                    [5, 20, 21, 22, 23].iter().position(|at| *at == n).and_then(|place| mia.remarks.get(place));
                segment = match (n, cents, count, remark) {
                    (_, Some(cents), _, _) => segment.money(cents),
                    (_, _, Some(count), _) => segment.quantity(Some(count)),
                    (_, _, _, remark) => segment.maybe("MIA remark", remark.map(String::as_str), 50),
                };
            }
            segment.end();
        }
        if let Some(moa) = &self.outpatient {
            let segment =
                out.segment("MOA").maybe("MOA01 rate", moa.rate.as_deref(), 10).maybe_money(moa.hcpcs_payable_cents);
            (0..5)
                .fold(segment, |segment, place| {
                    segment.maybe("MOA remark", moa.remarks.get(place).map(String::as_str), 50)
                })
                .maybe_money(moa.esrd_cents)
                .maybe_money(moa.nonpayable_cents)
                .end();
        }
    }
}

impl RemitLine {
    fn write(&self, out: &mut SetWriter) {
        let submitted = self.submitted.as_ref().map(procedure_parts).unwrap_or_default();
        out.segment("SVC")
            .composite("SVC01 procedure", &procedure_parts(&self.procedure))
            .money(self.charge_cents)
            .money(self.paid_cents)
            .maybe("SVC04 revenue code", self.revenue_code.as_deref(), 48)
            .quantity(self.quantity)
            .composite("SVC06 submitted procedure", &submitted)
            .quantity(self.submitted_quantity)
            .end();
        for date in &self.dates {
            out.segment("DTM").required("DTM01 qualifier", &date.qualifier, 3).date(Some(date.date)).end();
        }
        write_adjustments(out, &self.adjustments);
        write_maybe_ref(out, "6R", self.control_number.as_deref());
        write_refs(out, &self.references);
        for amount in &self.amounts {
            write_amt(out, &amount.qualifier, amount.cents);
        }
        for count in &self.quantities {
            out.segment("QTY").required("QTY01 qualifier", &count.qualifier, 2).quantity(Some(count.quantity)).end();
        }
        for remark in &self.remarks {
            out.segment("LQ")
                .required("LQ01 list", &remark.qualifier, 3)
                .required("LQ02 remark", &remark.value, 30)
                .end();
        }
    }
}
