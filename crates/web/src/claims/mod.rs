//! Claims: the work list, one claim with its timeline, batches, and acknowledgements.

mod acknowledge;
mod batch;
mod detail;
mod list;

pub(crate) use list::waits;

use domain::access::{Action, ResourceKind};
use domain::batch::BatchState;
use domain::claim::ClaimState;
use domain::id::ClaimId;

use jiff::civil::Date;
use maud::{Markup, html};

use crate::components::{Button, PageContext, Status, Tone, csrf_field, date};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::route::{Route, get, post};
use crate::server::Web;

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/claims", Action::ClaimView, ResourceKind::Practice, list::list),
    get("/claims/batches", Action::ClaimView, ResourceKind::Practice, batch::list),
    post("/claims/batches", Action::ClaimEdit, ResourceKind::Practice, batch::make),
    get("/claims/batches/{id}", Action::ClaimView, ResourceKind::Practice, batch::show),
    post("/claims/batches/{id}/release", Action::ClaimRelease, ResourceKind::Practice, batch::release),
    post("/claims/batches/{id}/said", Action::ClaimRelease, ResourceKind::Practice, crate::connectors::say),
    post("/claims/batches/{id}/undo", Action::ClaimEdit, ResourceKind::Practice, batch::undo),
    post("/claims/batches/{id}/file", Action::ClaimView, ResourceKind::Practice, batch::file),
    post("/claims/batches/{id}/answers", Action::ClaimEdit, ResourceKind::Practice, batch::answer),
    post("/claims/batches/{id}/payments", Action::ClaimEdit, ResourceKind::Practice, batch::payment),
    get("/claims/acknowledgements", Action::ClaimView, ResourceKind::Practice, acknowledge::list),
    post("/claims/acknowledgements", Action::ClaimEdit, ResourceKind::Practice, acknowledge::upload),
    get("/claims/{id}", Action::ClaimView, ResourceKind::Patient, detail::show),
    post("/claims/{id}/rebuild", Action::ClaimEdit, ResourceKind::Patient, rebuild),
    post("/claims/{id}/resend", Action::ClaimEdit, ResourceKind::Patient, resend),
    post("/claims/{id}/void", Action::ClaimEdit, ResourceKind::Patient, void),
    post("/claims/{id}/hold", Action::ClaimEdit, ResourceKind::Patient, hold),
];

/// `POST /claims/{id}/rebuild`.
fn rebuild(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClaimId::parse)?;
    web.app.rebuild_claim(ask.cx()?, &id, ask.today)?;
    Ok(Reply::see(format!("/claims/{id}")))
}

/// `POST /claims/{id}/resend`.
fn resend(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClaimId::parse)?;
    web.app.resend_claim(ask.cx()?, &id, ask.today)?;
    Ok(Reply::see("/claims?tab=ready"))
}

/// `POST /claims/{id}/void`.
fn void(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClaimId::parse)?;
    web.app.void_claim(ask.cx()?, &id, ask.today)?;
    Ok(Reply::see("/claims?tab=ready"))
}

/// `POST /claims/{id}/hold`: `reason`; a blank one ends the hold.
fn hold(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClaimId::parse)?;
    web.app.hold_claim(ask.cx()?, &id, ask.field("reason"), ask.today)?;
    Ok(Reply::see(format!("/claims/{id}")))
}

/// Words with codes in brackets behind them: the codes are small, for whoever calls the payer. A date in the words reads as it
/// does everywhere else.
pub(crate) fn reason(text: &str) -> Markup {
    html! {
        @for part in text.split_inclusive(']') {
            @match part.rsplit_once(" [") {
                Some((words, code)) => { (dated(words)) " " span.code { (code.trim_end_matches(']')) } }
                None => { (dated(part)) }
            }
        }
    }
}

/// The same as a line of its own, which begins with a capital.
pub(crate) fn reason_line(text: &str) -> Markup {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    reason(&format!("{first}{}", chars.as_str()))
}

fn dated(words: &str) -> Markup {
    html! {
        @for (at, word) in words.split(' ').enumerate() {
            @if at > 0 { " " }
            @let bare = word.trim_end_matches([',', '.', ':', ';']);
            @match bare.parse::<Date>() {
                Ok(day) if bare.len() == 10 => { (date(day)) (word.strip_prefix(bare).unwrap_or_default()) }
                _ => { (word) }
            }
        }
    }
}

/// A form of one button.
fn act(cx: &PageContext, href: &str, button: &Button<'_>) -> Markup {
    html! { form.inline method="post" action=(href) { (csrf_field(cx)) (button) } }
}

/// How a claim's state looks, on every page.
impl Status for ClaimState {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Built => Tone::Warn,
            Self::Ready | Self::Batched | Self::Released | Self::Received | Self::Accepted => Tone::Info,
            Self::Rejected | Self::Denied | Self::Reversed => Tone::Bad,
            Self::Paid => Tone::Ok,
            Self::PartlyPaid => Tone::Violet,
            Self::Superseded => Tone::Mute,
        }
    }
}

/// How a batch's state looks, on every page.
impl Status for BatchState {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Open => Tone::Warn,
            Self::Released => Tone::Info,
            Self::Received => Tone::Ok,
            Self::Rejected => Tone::Bad,
            Self::Undone => Tone::Mute,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn codes_stand_small_behind_their_words() {
        let html = reason("Refused <now> [A7:164:IL]; call them [A6:1]. Bye").into_string();
        let expect = "Refused &lt;now&gt; <span class=\"code\">A7:164:IL</span>; call them <span class=\"code\">A6:1</span>. Bye";
        assert_eq!(html, expect);
        let html = reason("until 2026-08-26, which is past").into_string();
        assert!(html.starts_with("until <time") && html.contains("8/26/2026</time>, which"), "{html}");
    }
}
