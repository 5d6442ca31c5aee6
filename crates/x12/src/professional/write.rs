//! Writing an 837P.

use super::{
    Adjudication, Batch, Claim837P, Dependent, OtherPayer, Payer, Provider, ServiceLine, Subscriber, VERSION, check,
};
use crate::common::{Address, Identifier, Name, Sex};
use crate::date::{Date, Period};
use crate::money::Quantity;
use crate::parts::{
    procedure_parts, write_address, write_adjustments, write_amt, write_contact, write_dtp, write_maybe_ref, write_nm1,
    write_ref, write_refs,
};
use crate::writer::{SetWriter, Transaction, WriteError};

impl Transaction for Batch {
    const SET: &'static str = "837";
    const GROUP: &'static str = "HC";
    const VERSION: &'static str = VERSION;

    fn body(&self, out: &mut SetWriter) {
        if let Err(error) = check::batch(self) {
            out.fail(error);
            return;
        }
        self.header(out);
        self.billing_provider(out);
        let mut hl = 1_usize;
        for claim in &self.claims {
            hl = claim.write(out, hl);
        }
    }
}

fn demographics(out: &mut SetWriter, birth: Option<Date>, sex: Sex) {
    if birth.is_some() {
        out.segment("DMG").code("D8").date(birth).code(sex.code()).end();
    }
}

fn maybe_address(out: &mut SetWriter, address: Option<&Address>) {
    if let Some(address) = address {
        write_address(out, address);
    }
}

impl Batch {
    fn header(&self, out: &mut SetWriter) {
        out.segment("BHT")
            .code("0019")
            .code(if self.reissue { "18" } else { "00" })
            .required("BHT03 batch reference", &self.reference, 50)
            .date(self.date)
            .code(&self.time.compact())
            .code("CH")
            .end();
        write_nm1(out, "41", &self.submitter.name, Some(&Identifier::new("46", &*self.submitter.id)));
        for contact in self.submitter.contacts.iter().take(2) {
            write_contact(out, contact);
        }
        write_nm1(out, "40", &self.receiver.name, self.receiver.id.as_ref());
    }

    fn billing_provider(&self, out: &mut SetWriter) {
        let billing = &self.billing;
        out.segment("HL").code("1").skip().code("20").code("1").end();
        if let Some(taxonomy) = &billing.taxonomy {
            out.segment("PRV").code("BI").code("PXC").required("PRV03 taxonomy", taxonomy, 50).end();
        }
        write_nm1(out, "85", &billing.name, Some(&Identifier::npi(&*billing.npi)));
        write_address(out, &billing.address);
        write_ref(out, &billing.tax_id.qualifier, &billing.tax_id.value);
        write_refs(out, &billing.references);
        for contact in billing.contacts.iter().take(2) {
            write_contact(out, contact);
        }
        if let Some(address) = &billing.pay_to {
            let entity = if matches!(billing.name, Name::Person(_)) { "1" } else { "2" };
            out.segment("NM1").code("87").code(entity).end();
            write_address(out, address);
        }
    }
}

impl Claim837P {
    /// Writes the claim under HLs of its own; returns the last HL number.
    fn write(&self, out: &mut SetWriter, last_hl: usize) -> usize {
        let subscriber_hl = last_hl + 1;
        out.segment("HL")
            .code(&subscriber_hl.to_string())
            .code("1")
            .code("22")
            .code(if self.patient.is_some() { "1" } else { "0" })
            .end();
        self.subscriber.write(out, self.patient.is_none());
        self.payer.write(out);
        let hl = match &self.patient {
            Some(patient) => {
                let hl = subscriber_hl + 1;
                out.segment("HL").code(&hl.to_string()).code(&subscriber_hl.to_string()).code("23").code("0").end();
                patient.write(out);
                hl
            }
            None => subscriber_hl,
        };
        self.clm(out);
        self.dates_and_papers(out);
        self.numbers_and_notes(out);
        self.hi(out);
        for (code, provider) in
            [("DN", &self.referring), ("82", &self.rendering), ("77", &self.facility), ("DQ", &self.supervising)]
        {
            if let Some(provider) = provider {
                provider.write(out, code);
            }
        }
        for other in &self.other_payers {
            other.write(out);
        }
        for (index, line) in self.lines.iter().enumerate() {
            line.write(out, index + 1);
        }
        hl
    }

    fn clm(&self, out: &mut SetWriter) {
        let segment = out
            .segment("CLM")
            .required("CLM01 claim number", &self.control_number, 20)
            .money(self.charge_cents)
            .skips(2)
            .composite("CLM05 place and frequency", &[&self.place_of_service, "B", self.frequency.code()])
            .code(if self.provider_signature { "Y" } else { "N" })
            .code(self.assignment.code())
            .code(self.benefits.code())
            .code(self.release.code())
            .code(if self.signed_by_provider { "P" } else { "" });
        let segment = match &self.accident {
            Some(accident) => {
                let cause = |n: usize| accident.causes.get(n).map_or("", String::as_str);
                let (state, country) =
                    (accident.state.as_deref().unwrap_or_default(), accident.country.as_deref().unwrap_or_default());
                segment.composite("CLM11 accident", &[cause(0), cause(1), cause(2), state, country])
            }
            None => segment.skip(),
        };
        segment.skips(8).maybe("CLM20 delay reason", self.delay_reason.as_deref(), 2).end();
    }

    fn dates_and_papers(&self, out: &mut SetWriter) {
        if let Some(date) = self.accident.as_ref().and_then(|accident| accident.date) {
            write_dtp(out, "439", Period::day(date));
        }
        for event in &self.events {
            write_dtp(out, &event.qualifier, event.period);
        }
        for paper in self.attachments.iter().take(10) {
            let segment = out
                .segment("PWK")
                .required("PWK01 attachment kind", &paper.kind, 2)
                .required("PWK02 transmission", &paper.transmission, 2)
                .skips(2);
            match &paper.control_number {
                Some(number) => segment.code("AC").id("PWK06 attachment number", number, 50).end(),
                None => segment.end(),
            }
        }
        if let Some(cents) = self.patient_paid_cents {
            write_amt(out, "F5", cents);
        }
    }

    fn numbers_and_notes(&self, out: &mut SetWriter) {
        write_maybe_ref(out, "9F", self.referral.as_deref());
        write_maybe_ref(out, "G1", self.prior_authorization.as_deref());
        write_maybe_ref(out, "F8", self.payer_claim_number.as_deref());
        write_maybe_ref(out, "D9", self.clearinghouse_number.as_deref());
        write_refs(out, &self.references);
        if let Some(note) = &self.note {
            out.segment("NTE")
                .required("NTE01 note kind", &note.qualifier, 3)
                .required_text("NTE02 note", &note.text, 80)
                .end();
        }
    }

    fn hi(&self, out: &mut SetWriter) {
        let segment = out.segment("HI");
        self.diagnoses
            .iter()
            .enumerate()
            .fold(segment, |segment, (index, diagnosis)| {
                let qualifier = match (index, diagnosis.icd10) {
                    (0, true) => "ABK",
                    (_, true) => "ABF",
                    (0, false) => "BK",
                    (_, false) => "BF",
                };
                segment.composite("HI diagnosis", &[qualifier, &diagnosis.code])
            })
            .end();
    }
}

impl Subscriber {
    fn write(&self, out: &mut SetWriter, is_patient: bool) {
        out.segment("SBR")
            .required("SBR01 payer order", self.order.code(), 1)
            .code(if is_patient { "18" } else { "" })
            .maybe("SBR03 group number", self.group_number.as_deref(), 50)
            .text(self.group_name.as_deref().filter(|_| self.group_number.is_none()).unwrap_or_default(), 60)
            .maybe("SBR05 Medicare secondary", self.medicare_secondary.as_deref(), 3)
            .skips(3)
            .maybe("SBR09 filing indicator", self.filing.as_deref(), 2)
            .end();
        write_nm1(out, "IL", &self.name, Some(&Identifier::new("MI", &*self.member_id)));
        maybe_address(out, self.address.as_ref());
        demographics(out, self.birth_date.filter(|_| self.address.is_some()), self.sex);
        write_refs(out, &self.references);
    }
}

impl Payer {
    fn write(&self, out: &mut SetWriter) {
        write_nm1(out, "PR", &Name::organization(&*self.name), Some(&self.id));
        maybe_address(out, self.address.as_ref());
        write_refs(out, &self.references);
    }
}

impl Dependent {
    fn write(&self, out: &mut SetWriter) {
        out.segment("PAT").required("PAT01 relationship", &self.relationship, 2).end();
        write_nm1(out, "QC", &Name::Person(self.name.clone()), None);
        maybe_address(out, self.address.as_ref());
        demographics(out, self.birth_date, self.sex);
        write_refs(out, &self.references);
    }
}

impl Provider {
    fn write(&self, out: &mut SetWriter, code: &str) {
        write_nm1(out, code, &self.name, self.npi.as_ref().map(|npi| Identifier::npi(&**npi)).as_ref());
        // Only a rendering provider may have a taxonomy here, and only places and orderers an address.
        if let Some(taxonomy) = self.taxonomy.as_ref().filter(|_| code == "82") {
            out.segment("PRV").code("PE").code("PXC").required("PRV03 taxonomy", taxonomy, 50).end();
        }
        if matches!(code, "77" | "DK") {
            maybe_address(out, self.address.as_ref());
        }
        write_refs(out, &self.references);
    }
}

impl OtherPayer {
    fn write(&self, out: &mut SetWriter) {
        out.segment("SBR")
            .required("SBR01 payer order", self.order.code(), 1)
            .required("SBR02 relationship", &self.relationship, 2)
            .maybe("SBR03 group number", self.group_number.as_deref(), 50)
            .text(self.group_name.as_deref().filter(|_| self.group_number.is_none()).unwrap_or_default(), 60)
            .maybe("SBR05 Medicare secondary", self.medicare_secondary.as_deref(), 3)
            .skips(3)
            .maybe("SBR09 filing indicator", self.filing.as_deref(), 2)
            .end();
        write_adjustments(out, &self.adjustments);
        if let Some(cents) = self.paid_cents {
            write_amt(out, "D", cents);
        }
        for amount in &self.amounts {
            write_amt(out, &amount.qualifier, amount.cents);
        }
        out.segment("OI").skips(2).code(self.benefits.code()).skips(2).code(self.release.code()).end();
        write_nm1(out, "IL", &self.subscriber.name, self.subscriber.id.as_ref());
        maybe_address(out, self.subscriber_address.as_ref());
        write_nm1(out, "PR", &self.payer.name, self.payer.id.as_ref());
        if let Some(date) = self.adjudicated {
            write_dtp(out, "573", Period::day(date));
        }
        write_maybe_ref(out, "F8", self.claim_number.as_deref());
        write_refs(out, &self.references);
    }
}

impl ServiceLine {
    fn write(&self, out: &mut SetWriter, number: usize) {
        out.segment("LX").code(&number.to_string()).end();
        let pointers: Vec<String> = self.pointers.iter().map(u8::to_string).collect();
        let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
        out.segment("SV1")
            .composite("SV101 procedure", &procedure_parts(&self.procedure))
            .money(self.charge_cents)
            .required("SV103 unit", if self.unit.is_empty() { "UN" } else { &self.unit }, 2)
            .quantity(Some(self.quantity))
            .maybe("SV105 place of service", self.place_of_service.as_deref(), 2)
            .skip()
            .composite("SV107 pointers", &pointers)
            .skip()
            .code(if self.emergency { "Y" } else { "" })
            .end();
        if let Some(period) = self.service {
            write_dtp(out, "472", period);
        }
        for event in &self.events {
            write_dtp(out, &event.qualifier, event.period);
        }
        write_maybe_ref(out, "G1", self.prior_authorization.as_deref());
        if self.control_number.as_deref().is_some_and(|number| number.trim().len() > 30) {
            out.fail(WriteError::Field {
                field: "REF*6R line number",
                value: self.control_number.clone().unwrap_or_default(),
                why: "is too long",
            });
        }
        write_maybe_ref(out, "6R", self.control_number.as_deref());
        write_refs(out, &self.references);
        if let Some(cents) = self.tax_cents {
            write_amt(out, "T", cents);
        }
        if let Some(note) = &self.note {
            out.segment("NTE")
                .required("NTE01 note kind", &note.qualifier, 3)
                .required_text("NTE02 note", &note.text, 80)
                .end();
        }
        if let Some(drug) = &self.drug {
            out.segment("LIN").skip().code("N4").required("LIN03 drug code", &drug.ndc, 48).end();
            out.segment("CTP").skips(3).quantity(Some(drug.quantity)).required("CTP05 unit", &drug.unit, 2).end();
        }
        for (code, provider) in [("82", &self.rendering), ("DK", &self.ordering)] {
            if let Some(provider) = provider {
                provider.write(out, code);
            }
        }
        for adjudication in &self.adjudications {
            adjudication.write(out);
        }
    }
}

impl Adjudication {
    fn write(&self, out: &mut SetWriter) {
        out.segment("SVD")
            .required("SVD01 payer id", &self.payer_id, 80)
            .money(self.paid_cents)
            .composite("SVD03 procedure", &procedure_parts(&self.procedure))
            .skip()
            .quantity(Some(if self.quantity == Quantity::default() { Quantity::ONE } else { self.quantity }))
            .maybe("SVD06 bundled line", self.bundled_line.as_deref(), 6)
            .end();
        write_adjustments(out, &self.adjustments);
        if let Some(date) = self.date {
            write_dtp(out, "573", Period::day(date));
        }
        if let Some(cents) = self.patient_owes_cents {
            write_amt(out, "EAF", cents);
        }
    }
}
