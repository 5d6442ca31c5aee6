//! Writing a 277CA, for the simulated payer and for tests.

use super::{AckClaim, AckProvider, AckStatus, AckTotals, Action, ClaimAck, VERSION_277CA};
use crate::date::Period;
use crate::parts::{procedure_parts, write_amt, write_dtp, write_maybe_ref, write_nm1, write_refs};
use crate::writer::{SetWriter, Transaction, WriteError};

impl Transaction for ClaimAck {
    const SET: &'static str = "277";
    const GROUP: &'static str = "HN";
    const VERSION: &'static str = VERSION_277CA;

    fn body(&self, out: &mut SetWriter) {
        out.segment("BHT")
            .code("0085")
            .code("08")
            .required("BHT03 reference", &self.reference, 50)
            .date(self.date)
            .code(&self.time.compact())
            .code("TH")
            .end();
        self.source_level(out);
        self.receiver_level(out);
        let mut hl = 2;
        for provider in &self.providers {
            hl = provider.write(out, hl);
        }
    }
}

impl ClaimAck {
    fn source_level(&self, out: &mut SetWriter) {
        out.segment("HL").code("1").skip().code("20").code("1").end();
        let kind = if self.source_kind.is_empty() { "PR" } else { &self.source_kind };
        write_nm1(out, kind, &self.source.name, self.source.id.as_ref());
        out.segment("TRN").code("1").required("TRN02 source trace", &self.source_trace, 50).end();
        for (qualifier, date) in [("050", self.received), ("009", self.processed)] {
            match date {
                Some(date) => write_dtp(out, qualifier, Period::day(date)),
                None => out.fail(WriteError::Missing { field: "DTP received and processed dates" }),
            }
        }
    }

    fn receiver_level(&self, out: &mut SetWriter) {
        let more = if self.providers.is_empty() { "0" } else { "1" };
        out.segment("HL").code("2").code("1").code("21").code(more).end();
        write_nm1(out, "41", &self.receiver.name, self.receiver.id.as_ref());
        out.segment("TRN").code("2").required("TRN02 batch reference", &self.batch_reference, 50).end();
        if self.statuses.is_empty() {
            out.fail(WriteError::Missing { field: "STC of the receiver level" });
        }
        statuses(out, &self.statuses);
        totals(out, &self.totals, "90", "AA");
    }
}

/// The components of one of the up to three codes of an STC.
fn parts(status: &AckStatus, n: usize) -> Vec<&str> {
    let code = status.codes.get(n);
    code.map(|c| vec![c.category.as_str(), c.status.as_str(), c.entity.as_deref().unwrap_or_default()])
        .unwrap_or_default()
}

fn statuses(out: &mut SetWriter, list: &[AckStatus]) {
    for status in list {
        if status.codes.is_empty() {
            out.fail(WriteError::Missing { field: "STC01 status" });
        }
        if status.date.is_none() {
            out.fail(WriteError::Missing { field: "STC02 date" });
        }
        out.segment("STC")
            .composite("STC01 status", &parts(status, 0))
            .date(status.date)
            .code(if status.action == Action::Accept { "WQ" } else { "U" })
            .maybe_money(status.cents)
            .skips(5)
            .composite("STC10 status", &parts(status, 1))
            .composite("STC11 status", &parts(status, 2))
            .text(status.message.as_deref().unwrap_or_default(), 264)
            .end();
    }
}

fn totals(out: &mut SetWriter, totals: &AckTotals, accepted: &str, rejected: &str) {
    for (qualifier, count) in [(accepted, totals.accepted), (rejected, totals.rejected)] {
        if let Some(count) = count {
            out.segment("QTY").code(qualifier).code(&count.to_string()).end();
        }
    }
    for (qualifier, cents) in [("YU", totals.accepted_cents), ("YY", totals.rejected_cents)] {
        if let Some(cents) = cents {
            write_amt(out, qualifier, cents);
        }
    }
}

impl AckProvider {
    /// Writes the provider and its claims; returns the last HL number.
    fn write(&self, out: &mut SetWriter, last_hl: usize) -> usize {
        let own = last_hl + 1;
        let more = if self.claims.is_empty() { "0" } else { "1" };
        out.segment("HL").code(&own.to_string()).code("2").code("19").code(more).end();
        write_nm1(out, "85", &self.provider.name, self.provider.id.as_ref());
        if let Some(trace) = &self.trace {
            out.segment("TRN").code("1").id("TRN02 provider trace", trace, 50).end();
            statuses(out, &self.statuses);
            write_refs(out, &self.references);
            totals(out, &self.totals, "QA", "QC");
        }
        let mut hl = own;
        for claim in &self.claims {
            hl += 1;
            out.segment("HL").code(&hl.to_string()).code(&own.to_string()).code("PT").end();
            claim.write(out);
        }
        hl
    }
}

impl AckClaim {
    fn write(&self, out: &mut SetWriter) {
        write_nm1(out, "QC", &self.patient.name, self.patient.id.as_ref());
        out.segment("TRN").code("2").required("TRN02 claim number", &self.control_number, 50).end();
        if self.statuses.is_empty() {
            out.fail(WriteError::Missing { field: "STC of a claim" });
        }
        statuses(out, &self.statuses);
        write_maybe_ref(out, "1K", self.payer_claim_number.as_deref());
        write_maybe_ref(out, "D9", self.clearinghouse_number.as_deref());
        write_refs(out, &self.references);
        if let Some(period) = self.service {
            write_dtp(out, "472", period);
        }
        for line in &self.lines {
            out.segment("SVC")
                .composite("SVC01 procedure", &procedure_parts(&line.procedure))
                .money(line.charge_cents)
                .end();
            statuses(out, &line.statuses);
            write_maybe_ref(out, "FJ", line.control_number.as_deref());
            if let Some(period) = line.service {
                write_dtp(out, "472", period);
            }
        }
    }
}
