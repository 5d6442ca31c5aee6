//! The weekly sample of the audit log: what to read, and what was found.

mod list;
mod one;

use app::emergency::Waiting;
use domain::access::{Action, ResourceKind};
use domain::sample::State;
use maud::Markup;

use crate::components::{Attention, Icon, Status, Tone, attention_list};
use crate::route::{Route, get, post};

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/samples", Action::AlertReview, ResourceKind::Practice, list::list),
    get("/samples/{id}", Action::AlertReview, ResourceKind::Practice, one::show),
    post("/samples/{id}", Action::AlertReview, ResourceKind::Account, one::read),
];

/// The way back.
const CRUMBS: &[(&str, &str)] = &[("Alerts", "/alerts")];

impl Status for State {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Waiting => Tone::Warn,
            Self::Overdue | Self::NotInOrder => Tone::Bad,
            Self::InOrder => Tone::Ok,
        }
    }
}

/// The notice on the first page of those who read the samples.
pub(crate) fn notice(waiting: Waiting) -> Markup {
    let item = Attention {
        tone: if waiting.late > 0 { Tone::Bad } else { Tone::Warn },
        icon: Icon::ListCheck,
        text: format!("Sampled events to read: {}", waiting.all),
        href: "/samples".to_owned(),
        status: (waiting.late > 0).then(|| (Tone::Bad, format!("{} overdue", waiting.late))),
        detail: Some("The log itself drew them from last week. Read each, and say whether it is in order".to_owned()),
    };
    attention_list("Weekly sample", &[item])
}
