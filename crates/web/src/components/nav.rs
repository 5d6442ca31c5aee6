//! The side bar's closed list. A page is in it once; who sees it is decided outside, by the access rules.

use maud::{Markup, html};

use super::{Icon, icon};

/// A heading of the side bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NavGroup {
    /// Patients and their day.
    FrontDesk,
    /// Claims and money.
    Billing,
    /// The compliance program.
    Compliance,
    /// The practice's own setup.
    System,
}

impl NavGroup {
    const ALL: [Self; 4] = [Self::FrontDesk, Self::Billing, Self::Compliance, Self::System];

    /// Its words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::FrontDesk => "Front desk",
            Self::Billing => "Billing",
            Self::Compliance => "Compliance",
            Self::System => "System",
        }
    }
}

macro_rules! nav {
    ($($(#[$doc:meta])* $name:ident: $group:ident, $label:literal, $href:literal, $icon:ident, $jump:literal;)*) => {
        /// A page of the side bar.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Nav { $($(#[$doc])* $name,)* }

        impl Nav {
            /// Every page, in the side bar's order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its heading.
            pub const fn group(self) -> NavGroup {
                match self { $(Self::$name => NavGroup::$group),* }
            }

            /// Its name.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label),* }
            }

            /// Its address.
            pub const fn href(self) -> &'static str {
                match self { $(Self::$name => $href),* }
            }

            /// The letter that follows `g`.
            pub const fn jump(self) -> &'static str {
                match self { $(Self::$name => $jump),* }
            }

            const fn icon(self) -> Icon {
                match self { $(Self::$name => Icon::$icon),* }
            }
        }
    };
}

nav! {
    /// The role's home: what waits.
    Today: FrontDesk, "Today", "/", Home, "h";
    /// A day of the schedule.
    Schedule: FrontDesk, "Schedule", "/schedule", CalendarEvent, "s";
    /// Find and register.
    Patients: FrontDesk, "Patients", "/patients", Users, "p";
    /// Messages with patients and payers.
    Messages: FrontDesk, "Messages", "/messages", Mail, "m";
    /// Visits with charges to record or sign.
    Charges: Billing, "Charges", "/charges", Stethoscope, "v";
    /// The claims work list.
    Claims: Billing, "Claims", "/claims", FileInvoice, "c";
    /// Remittances and payments.
    Payments: Billing, "Payments", "/payments", Cash, "y";
    /// Who pays, and the numbers that they are known by.
    Payers: Billing, "Payers", "/payers", BuildingBank, "q";
    /// The books.
    Ledger: Billing, "Ledger", "/ledger", Receipt, "j";
    /// Reports over them.
    Reports: Billing, "Reports", "/reports", ChartBar, "r";
    /// Safeguards and their proof.
    Readiness: Compliance, "Readiness", "/readiness", ShieldCheck, "d";
    /// The risk register.
    Risks: Compliance, "Risks", "/risks", AlertTriangle, "k";
    /// Evidence and the auditor's room.
    Evidence: Compliance, "Evidence", "/evidence", Certificate, "e";
    /// Who looked at what.
    Audit: Compliance, "Audit log", "/audit", ListCheck, "l";
    /// What the rules over the log noticed, and what was found.
    Alerts: Compliance, "Alerts", "/alerts", Eye, "f";
    /// What was opened in emergencies, and its review.
    Emergency: Compliance, "Emergency access", "/emergency", AlertOctagon, "w";
    /// Who should still have access.
    AccessReviews: Compliance, "Access reviews", "/reviews", UserCheck, "a";
    /// Policies and their sign-offs.
    Policies: Compliance, "Policies", "/policies", FileText, "o";
    /// Training and who is due.
    Training: Compliance, "Training", "/training", School, "n";
    /// Incidents and breach clocks.
    Incidents: Compliance, "Incidents", "/incidents", Flame, "i";
    /// Partners and their agreements.
    Partners: Compliance, "Vendors and BAAs", "/partners", BuildingStore, "b";
    /// Accounts of the practice's people.
    People: System, "People", "/people", User, "u";
    /// Programs that call the API.
    Clients: System, "API clients", "/clients", Key, "x";
    /// Networks, and devices for everywhere else.
    Devices: System, "Devices", "/devices", Lock, "z";
    /// The practice's setup.
    Settings: System, "Settings", "/settings", Settings, "t";
}

/// A page that this person may open, with how many things there want attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NavEntry {
    /// The page.
    pub nav: Nav,
    /// How many want attention; none is shown for none. Never a number that tells of a patient.
    pub waiting: Option<u32>,
}

impl From<Nav> for NavEntry {
    fn from(nav: Nav) -> Self {
        Self { nav, waiting: None }
    }
}

/// The side bar: the entries under their headings, in the list's own order whatever order they came in.
pub(super) fn rail(entries: &[NavEntry], active: Option<Nav>) -> Markup {
    html! {
        nav.rail #rail aria-label="Main" {
            @for group in NavGroup::ALL {
                @let mine: Vec<NavEntry> = Nav::ALL.iter().filter(|n| n.group() == group).filter_map(|n| entries.iter().find(|e| e.nav == *n).copied()).collect();
                @if !mine.is_empty() {
                    h2 { (group.label()) }
                    ul aria-label=(group.label()) {
                        @for entry in mine { li { (link(entry, active)) } }
                    }
                }
            }
        }
    }
}

fn link(entry: NavEntry, active: Option<Nav>) -> Markup {
    let nav = entry.nav;
    let current = (active == Some(nav)).then_some("page");
    html! {
        a href=(nav.href()) data-jump=(nav.jump()) aria-current=[current] title={ (nav.label()) " (g " (nav.jump()) ")" } {
            (icon(nav.icon()))
            span data-name { (nav.label()) }
            @if let Some(n) = entry.waiting.filter(|n| *n > 0) {
                span.n { (n) span.vh { " need attention" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_pages_share_a_letter_or_an_address() {
        let letters: HashSet<_> = Nav::ALL.iter().map(|n| n.jump()).collect();
        let addresses: HashSet<_> = Nav::ALL.iter().map(|n| n.href()).collect();
        assert_eq!((letters.len(), addresses.len()), (Nav::ALL.len(), Nav::ALL.len()));
        assert!(!letters.contains("g"));
    }

    #[test]
    fn only_what_a_person_may_open_is_shown() {
        let html = rail(&[Nav::Claims.into(), NavEntry { nav: Nav::Schedule, waiting: Some(3) }], Some(Nav::Claims))
            .into_string();
        assert!(html.find("Front desk") < html.find("Billing"));
        assert!(html.contains("aria-current=\"page\""));
        assert!(html.contains("3<span"));
        assert!(!html.contains("Compliance") && !html.contains("/patients"));
    }
}
