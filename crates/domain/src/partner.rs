//! Partners: who gets our files, and on what ground. Nothing leaves without one (45 CFR 164.502(e), 164.504(e), 164.506(c)).

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::clock::Instant;
use crate::id::{AccountId, PartnerId};

names! {
    /// What a partner is.
    PartnerKind {
        /// Carries claims between us and payers, on our behalf.
        Clearinghouse = "clearinghouse", "Clearinghouse";
        /// A health plan that we send claims to directly.
        HealthPlan = "health_plan", "Health plan";
        /// Bills for us.
        BillingService = "billing_service", "Billing service";
        /// A laboratory.
        Laboratory = "laboratory", "Laboratory";
        /// Another clinician or hospital.
        Provider = "provider", "Provider";
        /// Holds or handles our data in some other way.
        Vendor = "vendor", "Vendor";
    }
}

names! {
    /// Why no agreement is needed.
    ExemptionReason {
        /// A health plan, to be paid for care (45 CFR 164.506(c)(3)).
        PlanForPayment = "plan_for_payment", "Health plan, for payment";
        /// A provider, to treat the patient (45 CFR 164.502(e)(1)(ii)(A)).
        TreatingProvider = "treating_provider", "Provider, for treatment";
        /// The patient, or the patient's representative (45 CFR 164.502(a)(1)(i)).
        Individual = "individual", "The individual";
        /// A law that requires it (45 CFR 164.512(a)).
        RequiredByLaw = "required_by_law", "Required by law";
    }
}

/// A business associate agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// The day that both had signed.
    pub signed_on: Date,
    /// First day in force.
    pub from: Date,
    /// Last day in force; `None` runs until it is ended.
    pub to: Option<Date>,
    /// Where the paper is: a document number.
    pub reference: String,
}

/// A recorded, approved reason why no agreement is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    /// Why.
    pub reason: ExemptionReason,
    /// Who approved it.
    pub approved_by: AccountId,
    /// When.
    pub approved_at: Instant,
}

/// How files to a partner are addressed (ISA05 to ISA08, ISA15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interchange {
    /// Our qualifier, two characters, often `ZZ`.
    pub sender_qualifier: String,
    /// Our id with the partner.
    pub sender_id: String,
    /// The partner's qualifier.
    pub receiver_qualifier: String,
    /// The partner's id.
    pub receiver_id: String,
    /// Whether files are for real (P) or a test (T).
    pub production: bool,
}

/// Somebody outside who gets or gives files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: PartnerKind,
    /// The agreement, past or present.
    pub agreement: Option<Agreement>,
    /// Why none is needed.
    pub exemption: Option<Exemption>,
    /// How files are addressed; `None` when none are exchanged.
    pub interchange: Option<Interchange>,
}

/// On what ground something may be sent. It is recorded with each release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// An agreement in force that day.
    Agreement(Agreement),
    /// An approved reason.
    Exemption(Exemption),
}

impl fmt::Display for Basis {
    /// For the log and the release page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agreement(a) => write!(f, "agreement {} signed on {}", a.reference, a.signed_on),
            Self::Exemption(e) => write!(f, "no agreement needed: {}", e.reason.label().to_lowercase()),
        }
    }
}

/// Why nothing may be sent to a partner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateRefusal {
    /// No agreement and no exemption.
    #[error("nothing may be sent to `{0}`: record a signed agreement, or have a reason approved why none is needed")]
    Nothing(String),
    /// Signed later than today.
    #[error("nothing may be sent to `{0}` yet: its agreement is signed on {1}")]
    NotSigned(String, Date),
    /// In force from a later day.
    #[error("nothing may be sent to `{0}` yet: its agreement starts on {1}")]
    NotBegun(String, Date),
    /// Over.
    #[error("nothing may be sent to `{0}` any more: its agreement ended on {1}, renew it")]
    Ended(String, Date),
    /// The reason does not fit what the partner is.
    #[error("nothing may be sent to `{0}`: the approved reason `{1}` does not fit a partner of the kind `{2}`")]
    DoesNotFit(String, &'static str, &'static str),
}

/// Whether a partner may be sent ePHI on `today`, and on what ground. An agreement in force goes before an exemption; an
/// exemption that does not fit the kind of partner counts for nothing.
pub fn gate(partner: &Partner, today: Date) -> Result<Basis, GateRefusal> {
    let name = || partner.name.clone();
    let by_agreement = partner.agreement.as_ref().map(|agreement| match agreement {
        a if a.signed_on > today => Err(GateRefusal::NotSigned(name(), a.signed_on)),
        a if a.from > today => Err(GateRefusal::NotBegun(name(), a.from)),
        Agreement { to: Some(to), .. } if *to < today => Err(GateRefusal::Ended(name(), *to)),
        a => Ok(Basis::Agreement(a.clone())),
    });
    let by_exemption = partner.exemption.as_ref().map(|e| {
        if fits(e.reason, partner.kind) {
            Ok(Basis::Exemption(e.clone()))
        } else {
            Err(GateRefusal::DoesNotFit(name(), e.reason.label(), partner.kind.label()))
        }
    });
    match (by_agreement, by_exemption) {
        (Some(Ok(basis)), _) | (_, Some(Ok(basis))) => Ok(basis),
        (Some(Err(refusal)), _) | (None, Some(Err(refusal))) => Err(refusal),
        (None, None) => Err(GateRefusal::Nothing(name())),
    }
}

/// A clearinghouse or vendor works on our behalf: no exemption fits it but a law.
fn fits(reason: ExemptionReason, kind: PartnerKind) -> bool {
    match reason {
        ExemptionReason::PlanForPayment => kind == PartnerKind::HealthPlan,
        ExemptionReason::TreatingProvider => matches!(kind, PartnerKind::Provider | PartnerKind::Laboratory),
        ExemptionReason::Individual => false,
        ExemptionReason::RequiredByLaw => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn partner(
        kind: PartnerKind,
        agreement: Option<(Date, Date, Option<Date>)>,
        reason: Option<ExemptionReason>,
    ) -> Partner {
        let id = "01890000-0000-7000-8000-000000000001";
        Partner {
            id: PartnerId::parse(id).unwrap(),
            name: "Relay".to_owned(),
            kind,
            agreement: agreement.map(|(signed_on, from, to)| Agreement {
                signed_on,
                from,
                to,
                reference: "BAA-7".to_owned(),
            }),
            exemption: reason.map(|reason| Exemption {
                reason,
                approved_by: AccountId::parse(id).unwrap(),
                approved_at: Instant::from_micros(0),
            }),
            interchange: None,
        }
    }

    fn check(partner: &Partner, expect: &str) {
        let shown = gate(partner, date(2026, 3, 2)).map_or_else(|e| e.to_string(), |b| b.to_string());
        assert!(shown.contains(expect), "{shown}");
    }

    #[test]
    fn agreements_have_days() {
        let (past, today, soon) = (date(2026, 1, 1), date(2026, 3, 2), date(2026, 3, 3));
        let house = |dates| partner(PartnerKind::Clearinghouse, dates, None);
        check(&house(Some((past, past, None))), "agreement BAA-7");
        check(&house(Some((today, today, Some(today)))), "agreement BAA-7");
        check(&house(Some((past, past, Some(date(2026, 3, 1))))), "ended on 2026-03-01");
        check(&house(Some((past, soon, None))), "starts on 2026-03-03");
        check(&house(Some((soon, past, None))), "signed on 2026-03-03");
        check(&house(None), "record a signed agreement");
    }

    #[test]
    fn exemptions_fit_the_partner_or_count_for_nothing() {
        let payment = Some(ExemptionReason::PlanForPayment);
        check(&partner(PartnerKind::HealthPlan, None, payment), "no agreement needed: health plan, for payment");
        check(&partner(PartnerKind::Clearinghouse, None, payment), "does not fit");
        check(&partner(PartnerKind::Vendor, None, Some(ExemptionReason::Individual)), "does not fit");
        let ended = Some((date(2025, 1, 1), date(2025, 1, 1), Some(date(2025, 12, 31))));
        check(&partner(PartnerKind::Clearinghouse, ended, payment), "ended on");
        check(&partner(PartnerKind::HealthPlan, ended, payment), "no agreement needed");
    }
}
