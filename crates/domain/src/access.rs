//! Who may do what: the closed vocabulary. The rules are Cedar policies; the decision is made in `app`.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal, $label:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stored name, which policies and the log use.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The words that people read.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),* }
            }

            /// The value with this stored name.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use names;

names! {
    /// The role of an account: one each, by the duties of a small practice.
    Role {
        /// Registers, books, checks in.
        FrontDesk = "front_desk", "Front desk";
        /// Claims, remittances, money.
        Biller = "biller", "Biller";
        /// Sees patients, records and signs charges.
        Clinician = "clinician", "Clinician";
        /// Runs the practice.
        PracticeManager = "practice_manager", "Practice manager";
        /// 45 CFR 164.308(a)(2).
        SecurityOfficial = "security_official", "Security official";
        /// 45 CFR 164.530(a)(1)(i).
        PrivacyOfficial = "privacy_official", "Privacy official";
        /// From outside, reads evidence.
        Auditor = "auditor", "Auditor";
        /// Keeps the server running and sees no ePHI.
        SystemAdministrator = "system_administrator", "System administrator";
    }
}

names! {
    /// What a request does. Every route names one.
    Action {
        /// Find patients by a few letters.
        PatientFind = "patient.find", "find patients";
        /// Open a patient's administrative chart.
        PatientView = "patient.view", "view a patient";
        /// Register or change a patient and coverage.
        PatientEdit = "patient.edit", "register or change a patient";
        /// Say who may open a patient's record, and who never may.
        PatientRestrict = "patient.restrict", "restrict a patient's record";
        /// Open a restricted record in an emergency.
        EmergencyOpen = "emergency.open", "open a restricted record in an emergency";
        /// See what was opened in emergencies, and decide whether it was right.
        EmergencyReview = "emergency.review", "review emergency access";
        /// See what the rules over the audit log noticed, and say what was found.
        AlertReview = "alert.review", "review alerts";
        /// See a day of the schedule.
        ScheduleView = "schedule.view", "see the schedule";
        /// Book, move, cancel; arrive, room, check out.
        ScheduleEdit = "schedule.edit", "change the schedule";
        /// Book over a taken time, with a reason.
        ScheduleOverbook = "schedule.overbook", "overbook";
        /// See charges of a visit.
        ChargeView = "charge.view", "see charges";
        /// Record charges and diagnoses.
        ChargeEdit = "charge.edit", "record charges";
        /// Sign charges, which locks them.
        ChargeSign = "charge.sign", "sign charges";
        /// See claims and their files.
        ClaimView = "claim.view", "see claims";
        /// Scrub, batch and preview claims.
        ClaimEdit = "claim.edit", "prepare claims";
        /// Release a batch to a partner.
        ClaimRelease = "claim.release", "release claims";
        /// See remittances and payments.
        RemittanceView = "remittance.view", "see remittances";
        /// Import and post remittances.
        RemittancePost = "remittance.post", "import and post remittances";
        /// See the ledger.
        LedgerView = "ledger.view", "see the ledger";
        /// Read the audit log.
        AuditView = "audit.view", "read the audit log";
        /// Export the audit log.
        AuditExport = "audit.export", "export the audit log";
        /// See the Readiness page.
        ReadinessView = "readiness.view", "see readiness";
        /// Run probes now.
        ProbeRun = "probe.run", "run probes";
        /// See payers and their numbers.
        PayerView = "payer.view", "see payers";
        /// Add and change payers, and say under which numbers they are known.
        PayerEdit = "payer.edit", "change payers";
        /// See partners and their agreements.
        PartnerView = "partner.view", "see partners";
        /// Change partners and their agreements.
        PartnerEdit = "partner.edit", "change partners";
        /// Make, change, test and stop the way to a partner.
        ConnectorEdit = "connector.edit", "change connectors";
        /// See and change the practice's own setup: its numbers, locations, clinicians.
        PracticeEdit = "practice.edit", "change the practice's settings";
        /// See accounts.
        AccountView = "account.view", "see accounts";
        /// Create, change, disable accounts.
        AccountEdit = "account.edit", "change accounts";
        /// See access reviews.
        ReviewView = "review.view", "see access reviews";
        /// Begin an access review, and decide about the access of others in it.
        ReviewDecide = "review.decide", "decide in access reviews";
        /// See the practice's networks, the registered devices and how they stand.
        DeviceView = "device.view", "see devices and networks";
        /// Register and end devices, say how they stand, and say which networks are the practice's own.
        DeviceEdit = "device.edit", "register devices and name networks";
        /// See API clients and what they use.
        ClientView = "client.view", "see API clients";
        /// Register, change, disable API clients.
        ClientEdit = "client.edit", "change API clients";
        /// An API client picks up released claim files.
        ClaimCollect = "claim.collect", "pick up released claim files";
        /// An API client reports how a device stands.
        PostureReport = "posture.report", "report the posture of devices";
        /// An API client raises an alert.
        AlertRaise = "alert.raise", "raise alerts";
        /// An API client hands in evidence.
        EvidenceHandIn = "evidence.hand_in", "hand in evidence";
        /// Print what one may see.
        PagePrint = "page.print", "print pages";
        /// Save a file of what one may see on the device.
        FileDownload = "file.download", "save files";
        /// One's own session, password and second factor.
        SelfManage = "self.manage", "manage one's own sign-in";
        /// The home page: counts only.
        HomeView = "home.view", "see the home page";
    }
}

names! {
    /// What kind of thing a route acts on.
    ResourceKind {
        /// The practice as a whole: lists, settings.
        Practice = "Practice", "the practice";
        /// One patient's record, or a part of it.
        Patient = "Patient", "a patient";
        /// The audit log.
        AuditLog = "AuditLog", "the audit log";
        /// One account.
        Account = "Account", "an account";
        /// Safeguards and evidence.
        Compliance = "Compliance", "the compliance program";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_names_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(*role));
        }
        for action in Action::ALL {
            assert_eq!(Action::parse(action.as_str()), Some(*action));
        }
        assert_eq!(Role::parse("root"), None);
    }
}
