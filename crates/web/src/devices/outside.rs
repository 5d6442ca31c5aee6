//! What is said to somebody who is outside the practice's networks without a registered device, and how a device becomes known.

use app::device::Enrol;
use domain::account::SessionState;
use domain::device::{Missing, Origin};
use http::StatusCode;
use maud::{Markup, html};

use crate::account::wait_words;
use crate::components::{Button, Field, bare_page, form as form_to};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::{DEVICE, SESSION, Web};

const REFUSED: &str = "That did not work. Check the code: it is for you alone, works once, and lasts a day.";

/// `GET /devices/enrol`.
pub(super) fn form(_: &Web, ask: &Ask) -> Result<Reply, Failure> {
    active(ask)?;
    Ok(Reply::page(enrol_page(ask, "")))
}

/// `POST /devices/enrol`.
pub(super) fn enrol(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    active(ask)?;
    let again = |status, words: &str| Ok(Reply::Html(status, enrol_page(ask, words)));
    match web.app.enrol_device(ask.cx()?, ask.field("code"))? {
        Enrol::Done(token) => Ok(Reply::Cookies(Box::new(Reply::see("/")), vec![(DEVICE, token)])),
        Enrol::Refused => again(StatusCode::UNPROCESSABLE_ENTITY, REFUSED),
        Enrol::Wait(seconds) => again(StatusCode::TOO_MANY_REQUESTS, &wait_words(seconds)),
        Enrol::Over => Ok(Reply::Cookies(Box::new(Reply::see("/sign-in").forgotten()), vec![(SESSION, String::new())])),
    }
}

/// The session is whole and open: both factors were given, and the screen is not locked.
fn active(ask: &Ask) -> Result<(), Failure> {
    match ask.seen.as_ref() {
        Some(seen) if seen.state == SessionState::Active && seen.cx.mfa => Ok(()),
        Some(seen) if seen.state == SessionState::Locked => Err(Failure::Locked),
        _ => Err(Failure::SignIn),
    }
}

/// The end of signing in from outside: what is missing, and whom to ask. It shows nothing of the practice.
pub(crate) fn refused(ask: &Ask) -> Markup {
    let missing = match ask.cx().map(|cx| &cx.origin) {
        Ok(Origin::Unknown(missing)) => missing,
        _ => &Missing::Device,
    };
    if ask.partial {
        return html! { section.card.pad { h2 { (TITLE) } (why(missing)) } };
    }
    let body = html! {
        (why(missing))
        @if *missing == Missing::Device { (code_form(ask, "")) }
        (out(ask))
    };
    bare_page(&ask.nonce, &ask.page.practice, TITLE, &[], &body)
}

const TITLE: &str = "Not from here yet";

fn why(missing: &Missing) -> Markup {
    let ask = match missing {
        Missing::Device => {
            "Ask the security official to register the device that you use and to give you its one-time code."
        }
        Missing::Owner => "Use your own device, or ask the security official to register this one for you.",
        Missing::Posture | Missing::Stale => "Ask the security official to look at it and to say how it is protected.",
        Missing::Guards(_) => "Put that right, and ask the security official to look at it again.",
    };
    html! {
        p { "You are signed in, but outside the practice's networks. From there records open only on a device that is registered for you and known to be protected." }
        p.bad role="alert" { "What is missing: " (missing) "." }
        p { (ask) " At the practice you can work as always. This attempt is on record." }
    }
}

fn enrol_page(ask: &Ask, problem: &str) -> Markup {
    let body = html! {
        p { "The security official gave you a one-time code for this device. After this, the browser is known as the device's: keep to this browser, and do not clear its cookies." }
        (code_form(ask, problem))
        (out(ask))
    };
    bare_page(&ask.nonce, &ask.page.practice, "Enrol this device", &[], &body)
}

fn code_form(ask: &Ask, problem: &str) -> Markup {
    html! {
        @if !problem.is_empty() { p.bad role="alert" { (problem) } }
        (form_to(&ask.page, "/devices/enrol", &html! {
            (Field::text("code", "One-time code of this device").hint("Four groups of four").autocomplete("off").required().max(40))
            div.actions { (Button::submit("Enrol this device").primary()) }
        }))
    }
}

fn out(ask: &Ask) -> Markup {
    let back = matches!(ask.cx().map(|cx| &cx.origin), Ok(Origin::Premises | Origin::Device(_)));
    html! {
        @if back { p { a href="/me" { "Back to your account" } } }
        @else { (form_to(&ask.page, "/sign-out", &html! { (Button::submit("Sign out").quiet()) })) }
    }
}
