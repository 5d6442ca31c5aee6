//! The partner form.

use domain::Instant;
use domain::form::{Faults, FieldFault, parse_date};
use domain::id::{AccountId, PartnerId};
use domain::partner::{Agreement, Exemption, ExemptionReason, Interchange, Partner, PartnerKind};
use serde::{Deserialize, Serialize};

/// A partner as typed. A blank agreement or exemption is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartnerForm {
    /// Its name.
    pub name: String,
    /// What it is: a [`PartnerKind`].
    pub kind: String,
    /// Where the agreement's paper is.
    pub agreement: String,
    /// The day that both had signed.
    pub signed_on: String,
    /// First day in force; blank means the day it was signed.
    pub from: String,
    /// Last day in force.
    pub to: String,
    /// Why no agreement is needed: an [`ExemptionReason`].
    pub exemption: String,
    /// Our qualifier, often `ZZ`.
    pub sender_qualifier: String,
    /// Our id with the partner.
    pub sender_id: String,
    /// The partner's qualifier.
    pub receiver_qualifier: String,
    /// The partner's id.
    pub receiver_id: String,
    /// `P` for real files; anything else is a test.
    pub usage: String,
}

impl PartnerForm {
    /// Reads the form. An exemption is approved by `by` at `at`, unless `old` has the same one.
    pub fn read(
        &self,
        id: PartnerId,
        old: Option<&Partner>,
        by: &AccountId,
        at: Instant,
    ) -> Result<Partner, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            faults.add("name", "write the partner's name");
        }
        let kind = faults.take("kind", PartnerKind::parse(&self.kind).ok_or("choose what the partner is"));
        let agreement = self.agreement(&mut faults);
        let exemption = self.exemption(old, by, at, &mut faults);
        let interchange = self.interchange(&mut faults);
        faults.finish(kind.map(|kind| Partner { id, name, kind, agreement, exemption, interchange }))
    }

    fn agreement(&self, faults: &mut Faults) -> Option<Agreement> {
        let parts = [&self.agreement, &self.signed_on, &self.from, &self.to];
        if parts.iter().all(|t| t.trim().is_empty()) {
            return None;
        }
        let signed_on = faults.take("signed_on", parse_date(&self.signed_on));
        let from = faults.optional("from", &self.from, parse_date).or(signed_on);
        let to = faults.optional("to", &self.to, parse_date);
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            faults.add("to", "the last day is before the first");
        }
        let reference = self.agreement.trim().to_owned();
        if reference.is_empty() {
            faults.add("agreement", "say where the signed paper is: a document number or a place");
        }
        Some(Agreement { signed_on: signed_on?, from: from?, to, reference })
    }

    fn exemption(&self, old: Option<&Partner>, by: &AccountId, at: Instant, faults: &mut Faults) -> Option<Exemption> {
        if self.exemption.trim().is_empty() {
            return None;
        }
        let reason = faults.take("exemption", ExemptionReason::parse(&self.exemption).ok_or("choose a reason"))?;
        let same = old.and_then(|p| p.exemption.clone()).filter(|e| e.reason == reason);
        Some(same.unwrap_or_else(|| Exemption { reason, approved_by: by.clone(), approved_at: at }))
    }

    fn interchange(&self, faults: &mut Faults) -> Option<Interchange> {
        let parts = [&self.sender_id, &self.receiver_id];
        if parts.iter().all(|t| t.trim().is_empty()) {
            return None;
        }
        let qualifier = |text: &str| if text.trim().is_empty() { "ZZ".to_owned() } else { text.trim().to_uppercase() };
        for (field, text) in [("sender_id", &self.sender_id), ("receiver_id", &self.receiver_id)] {
            let text = text.trim();
            let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'-' || b == b'.');
            if text.is_empty() || text.len() > 15 || !plain {
                faults.add(field, "write the id that the partner gave: 1 to 15 letters or digits");
            }
        }
        for (field, text) in
            [("sender_qualifier", &self.sender_qualifier), ("receiver_qualifier", &self.receiver_qualifier)]
        {
            if !["01", "14", "20", "27", "28", "29", "30", "33", "ZZ"].contains(&qualifier(text).as_str()) {
                faults.add(field, "write one of 01, 14, 20, 27, 28, 29, 30, 33 or ZZ");
            }
        }
        Some(Interchange {
            sender_qualifier: qualifier(&self.sender_qualifier),
            sender_id: self.sender_id.trim().to_owned(),
            receiver_qualifier: qualifier(&self.receiver_qualifier),
            receiver_id: self.receiver_id.trim().to_owned(),
            production: self.usage == "P",
        })
    }
}

/// A day as people type it: `3/2/2026`.
fn typed(day: jiff::civil::Date) -> String {
    format!("{}/{}/{}", day.month(), day.day(), day.year())
}

impl From<&Partner> for PartnerForm {
    /// The partner as it stands, to change.
    fn from(partner: &Partner) -> Self {
        let mut form = Self {
            name: partner.name.clone(),
            kind: partner.kind.as_str().to_owned(),
            exemption: partner.exemption.as_ref().map(|e| e.reason.as_str().to_owned()).unwrap_or_default(),
            ..Self::default()
        };
        if let Some(a) = &partner.agreement {
            form.agreement.clone_from(&a.reference);
            form.signed_on = typed(a.signed_on);
            form.from = typed(a.from);
            form.to = a.to.map(typed).unwrap_or_default();
        }
        if let Some(i) = &partner.interchange {
            form.sender_qualifier.clone_from(&i.sender_qualifier);
            form.sender_id.clone_from(&i.sender_id);
            form.receiver_qualifier.clone_from(&i.receiver_qualifier);
            form.receiver_id.clone_from(&i.receiver_id);
            (if i.production { "P" } else { "T" }).clone_into(&mut form.usage);
        }
        form
    }
}
