//! A status as a word on a coloured ground. The word carries the meaning; the colour only helps the eye.

use maud::{Markup, html};

/// How a status should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Done, proven, paid.
    Ok,
    /// Wants a look soon.
    Warn,
    /// Failing, rejected, late.
    Bad,
    /// Under way as planned.
    Info,
    /// With a person right now (in room).
    Violet,
    /// Nothing to say: planned, not applicable.
    Mute,
}

impl Tone {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
            Self::Violet => "vio",
            Self::Mute => "",
        }
    }
}

/// A closed set of statuses that a page shows. Each says its word and its tone, in one place for all pages.
pub trait Status {
    /// The word that people read, capitalised: `No response`.
    fn word(&self) -> &'static str;
    /// How it looks.
    fn tone(&self) -> Tone;
}

/// The badge of a status.
pub fn badge<S: Status + ?Sized>(status: &S) -> Markup {
    tag(status.tone(), status.word())
}

/// A badge with words of its own, where there is no closed set.
pub fn tag(tone: Tone, text: &str) -> Markup {
    html! { span.tag.(tone.class()) { (text) } }
}
