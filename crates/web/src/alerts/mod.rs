//! Alerts: what the rules over the audit log noticed, and what it was.

mod list;
mod one;

use app::emergency::Waiting;
use domain::access::{Action, ResourceKind};
use domain::alert::{Severity, State};
use maud::Markup;

use crate::components::{Attention, Icon, Status, Tone, attention_list};
use crate::route::{Route, get, post};

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/alerts", Action::AlertReview, ResourceKind::Practice, list::list),
    get("/alerts/{id}", Action::AlertReview, ResourceKind::Practice, one::show),
    post("/alerts/{id}", Action::AlertReview, ResourceKind::Account, one::close),
];

impl Status for State {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Open => Tone::Warn,
            Self::Overdue | Self::Confirmed => Tone::Bad,
            Self::Dismissed => Tone::Ok,
        }
    }
}

impl Status for Severity {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::High => Tone::Bad,
            Self::Medium => Tone::Warn,
            Self::Low => Tone::Info,
        }
    }
}

/// The notice on the first page of those who look into alerts.
pub(crate) fn notice(waiting: Waiting) -> Markup {
    let item = Attention {
        tone: if waiting.late > 0 { Tone::Bad } else { Tone::Warn },
        icon: Icon::Eye,
        text: format!("Alerts to look into: {}", waiting.all),
        href: "/alerts".to_owned(),
        status: (waiting.late > 0).then(|| (Tone::Bad, format!("{} overdue", waiting.late))),
        detail: Some("A rule over the audit log noticed something. Look at the events, and say what it was".to_owned()),
    };
    attention_list("Alerts", &[item])
}
