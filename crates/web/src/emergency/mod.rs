//! Emergency access: the question for it, its end, and its review.

mod ask;
mod list;
mod one;

use app::emergency::Waiting;
use domain::access::{Action, ResourceKind};
use domain::emergency::State;
use maud::Markup;

use crate::components::{Attention, Icon, Status, Tone, attention_list};
use crate::route::{Route, get, post};

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/patients/{id}/emergency", Action::EmergencyOpen, ResourceKind::Patient, ask::show),
    post("/patients/{id}/emergency", Action::EmergencyOpen, ResourceKind::Patient, ask::open),
    post("/emergency/end", Action::SelfManage, ResourceKind::Account, ask::end),
    get("/emergency", Action::EmergencyReview, ResourceKind::Practice, list::list),
    get("/emergency/{id}", Action::EmergencyReview, ResourceKind::Practice, one::show),
    post("/emergency/{id}", Action::EmergencyReview, ResourceKind::Account, one::review),
];

impl Status for State {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Open => Tone::Violet,
            Self::Waiting => Tone::Warn,
            Self::Overdue | Self::NotJustified => Tone::Bad,
            Self::Justified => Tone::Ok,
        }
    }
}

/// The notice on the first page of those who review.
pub(crate) fn notice(waiting: Waiting) -> Markup {
    let late = (waiting.late > 0).then(|| (Tone::Bad, format!("{} overdue", waiting.late)));
    let item = Attention {
        tone: if waiting.late > 0 { Tone::Bad } else { Tone::Warn },
        icon: Icon::AlertOctagon,
        text: format!("Emergency access to review: {}", waiting.all),
        href: "/emergency".to_owned(),
        status: late,
        detail: Some(
            "Somebody opened a restricted record. Look at what was read, and say whether it was right".to_owned(),
        ),
    };
    attention_list("Notices", &[item])
}
