//! Access reviews: the one under way, those before it, and one decision.

mod item;
mod list;
mod one;

use app::review::ReviewNotice;
use domain::access::{Action, ResourceKind};
use domain::review::{Choice, Facts, Flag, Phase};
use maud::{Markup, html};

use crate::components::{Attention, Icon, Status, Tone, attention_list, tag};
use crate::route::{Route, get, post};

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/reviews", Action::ReviewView, ResourceKind::Practice, list::list),
    post("/reviews", Action::ReviewDecide, ResourceKind::Practice, list::begin),
    get("/reviews/items/{id}", Action::ReviewView, ResourceKind::Practice, item::show),
    post("/reviews/items/{id}", Action::ReviewDecide, ResourceKind::Account, item::decide),
    get("/reviews/{id}", Action::ReviewView, ResourceKind::Practice, one::show),
    get("/reviews/{id}/print", Action::ReviewView, ResourceKind::Practice, one::print),
];

/// Where a person of these pages came from.
const REVIEWS: &[(&str, &str)] = &[("Access reviews", "/reviews")];

impl Status for Choice {
    fn word(&self) -> &'static str {
        match self {
            Self::Keep => "Kept",
            Self::ChangeRole => "Role changed",
            Self::End => "Ended",
            Self::Suspend => "Suspended",
            Self::Gone => "Gone before",
        }
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Keep => Tone::Ok,
            Self::ChangeRole | Self::End => Tone::Info,
            Self::Suspend => Tone::Bad,
            Self::Gone => Tone::Mute,
        }
    }
}

impl Status for Phase {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Running => Tone::Info,
            Self::Overdue => Tone::Warn,
            Self::Suspending => Tone::Bad,
            Self::Finished => Tone::Ok,
        }
    }
}

/// The notice on the first page of those who decide.
pub(crate) fn notice(waiting: ReviewNotice) -> Markup {
    let day = |date: jiff::civil::Date| date.strftime("%B %-d").to_string();
    let detail = match waiting.phase {
        Phase::Running => format!("Decide by the end of {}", day(waiting.due_on)),
        Phase::Overdue => format!("What nobody decides by the end of {} is suspended", day(waiting.grace_ends_on)),
        Phase::Suspending | Phase::Finished => {
            "Out of time. The last security official is not suspended: somebody else has to decide now".to_owned()
        }
    };
    let item = Attention {
        tone: waiting.phase.tone(),
        icon: Icon::UserCheck,
        text: format!("Access to review: {}", waiting.undecided),
        href: "/reviews".to_owned(),
        status: (waiting.phase != Phase::Running).then(|| (waiting.phase.tone(), waiting.phase.label().to_owned())),
        detail: Some(detail),
    };
    attention_list("Access review", &[item])
}

/// The flags as badges; a dash where there is nothing to look at.
fn flags(facts: &Facts) -> Markup {
    let flags = facts.flags();
    html! {
        @if flags.is_empty() { span.sub { "nothing" } }
        @for (i, flag) in flags.iter().enumerate() {
            @if i > 0 { " " }
            (tag(tone(*flag), flag.label()))
        }
    }
}

const fn tone(flag: Flag) -> Tone {
    match flag {
        Flag::LeftButOpen | Flag::OverPrivileged => Tone::Bad,
        Flag::Dormant | Flag::NeverUsed | Flag::Conflict | Flag::GivenAlone => Tone::Warn,
    }
}

/// What is behind each flag.
fn explained(facts: &Facts) -> Vec<(Flag, String)> {
    let program = facts.role.is_none();
    let words = |flag: Flag| match flag {
        Flag::Dormant if program => "It has not called for 45 days or more.".to_owned(),
        Flag::Dormant => "No sign-in for 45 days or more.".to_owned(),
        Flag::NeverUsed if program => "It never called.".to_owned(),
        Flag::NeverUsed => "Nobody ever signed in with it.".to_owned(),
        Flag::Conflict => {
            let duties: Vec<&str> = facts.conflicts.iter().map(|conflict| conflict.label()).collect();
            format!("This role {}. To keep it, say who looks at that.", duties.join(", and "))
        }
        Flag::OverPrivileged if program => {
            let unused: Vec<&str> = facts.unused.iter().map(|scope| scope.as_str()).collect();
            format!("Given and never used: {}.", unused.join(", "))
        }
        Flag::OverPrivileged => "A role that gives access or watches over it, without a passkey.".to_owned(),
        Flag::GivenAlone => "The role takes two people. One gave it, because nobody else could confirm it.".to_owned(),
        Flag::LeftButOpen if program => "Whoever answers for it does not work here any more.".to_owned(),
        Flag::LeftButOpen => "Employment had ended, and the account was let in again.".to_owned(),
    };
    facts.flags().into_iter().map(|flag| (flag, words(flag))).collect()
}

/// The role of a person, or that it is a program.
fn role(facts: &Facts) -> &'static str {
    facts.role.map_or("API client", domain::access::Role::label)
}
