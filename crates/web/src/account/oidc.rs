//! Sign-in by the identity provider that the practice's people have accounts with. Browsers go there by a link: the pages' own
//! policy lets no form lead to another host.

use app::account::oidc::{FrontAnswer, Oidc, OidcAnswer, SecondFactor, Sent};
use app::account::passkey_only;
use domain::account::SessionState;
use domain::account::oidc::OidcFault;
use domain::account::passkey::Site;
use http::StatusCode;
use maud::{Markup, html};

use super::sign_in::with_ticket;
use super::{bare, knock, signed_in, wait_words};
use crate::components::{Button, Page, Tone, card, form, instant, tag};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::{OIDC, Web};

/// What people call the provider, where there is one and the server has a name that it can send browsers back to.
pub(super) fn name(web: &Web) -> Option<&str> {
    web.site.as_ref().and(web.app.oidc.as_ref()).map(Oidc::name)
}

fn site(web: &Web) -> Result<&Site, Failure> {
    web.site.as_ref().filter(|_| web.app.oidc.is_some()).ok_or(Failure::NotFound)
}

/// The button of the sign-in page.
pub(super) fn way_in(web: &Web) -> Markup {
    html! {
        @if let Some(name) = name(web) {
            div.form {
                div { (Button::link(&format!("Sign in with {name}"), "/sign-in/oidc")) }
                p.sub { "For people who have linked their account of " (name) " under " i { "Your account" } "." }
            }
        }
    }
}

/// `GET /sign-in/oidc`.
pub(super) fn send(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    site(web)?;
    // Another site must not begin a sign-in in somebody's browser.
    if ask.foreign {
        return Ok(Reply::see("/sign-in"));
    }
    Ok(Reply::outside(|web, ask| {
        Ok(match web.app.oidc_send(site(web)?, knock(ask))? {
            Sent::To { address, cookie } => Reply::Cookies(Box::new(Reply::Away(address)), vec![(OIDC, cookie)]),
            Sent::Refused(fault) => refused(web, ask, &fault),
            Sent::Wait(seconds) => waits(web, ask, seconds),
        })
    }))
}

/// `GET /sign-in/oidc/answer`: where the provider sends browsers back to.
pub(super) fn answer(web: &Web, _: &Ask) -> Result<Reply, Failure> {
    site(web)?;
    Ok(Reply::outside(take))
}

fn take(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let said = FrontAnswer {
        state: ask.query("state"),
        code: ask.query("code"),
        error: ask.query("error"),
        issuer: ask.query("iss"),
    };
    let active = ask.seen.as_ref().filter(|seen| seen.state == SessionState::Active).map(|seen| &seen.cx);
    let answer = web.app.oidc_answer(ask.oidc.as_deref(), &said, site(web)?, knock(ask), active)?;
    // The new cookie takes the place of that of whoever was here before: that session would go on with nobody holding it.
    if let (OidcAnswer::In(_) | OidcAnswer::Code(_), Ok(before)) = (&answer, ask.cx()) {
        web.app.sign_out(before)?;
    }
    let reply = match answer {
        OidcAnswer::In(signed) => signed_in(Reply::see("/"), signed),
        OidcAnswer::Code(ticket) => with_ticket("/sign-in/code", ticket),
        OidcAnswer::Linked => Reply::see("/me?linked=1"),
        // Whose state is wrong may be on a way of their own, which the cookie belongs to.
        OidcAnswer::Refused(fault @ OidcFault::State) => return Ok(refused(web, ask, &fault)),
        OidcAnswer::Refused(fault) => refused(web, ask, &fault),
        OidcAnswer::Wait(seconds) => return Ok(waits(web, ask, seconds)),
    };
    Ok(Reply::Cookies(Box::new(reply), vec![(OIDC, String::new())]))
}

/// `POST /me/oidc`: the page from which a person goes to the provider, to link the account there.
pub(super) fn link(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    web.app.fresh(ask.cx()?)?;
    site(web)?;
    Ok(Reply::outside(|web, ask| {
        let who = web.app.fresh(ask.cx()?)?;
        Ok(match web.app.oidc_link(who, site(web)?, knock(ask))? {
            Sent::To { address, cookie } => {
                Reply::Cookies(Box::new(Reply::page(go_on(web, ask, &address))), vec![(OIDC, cookie)])
            }
            Sent::Refused(fault) => refused(web, ask, &fault),
            Sent::Wait(seconds) => waits(web, ask, seconds),
        })
    }))
}

/// `POST /me/oidc/unlink`.
pub(super) fn unlink(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    web.app.oidc_unlink(web.app.fresh(ask.cx()?)?)?;
    Ok(Reply::see("/me"))
}

fn go_on(web: &Web, ask: &Ask, address: &str) -> Markup {
    let name = name(web).unwrap_or_default();
    let body = html! {
        div.stack.narrow {
            (card(&format!("Your account of {name}"), &html! {
                div.pad.stack {
                    p { (name) " asks you to sign in there, and sends you back here. From then on that account signs you in, and nobody else." }
                    p { "You have ten minutes." }
                    div.row { (Button::link(&format!("Go on to {name}"), address).primary()) (Button::link("Back", "/me")) }
                }
            }))
        }
    };
    Page::new(&ask.page, "Link an account").crumbs(&[("Your account", "/me")]).render(&body)
}

/// The card on the account's page.
pub(super) fn own_card(web: &Web, ask: &Ask) -> Result<Markup, Failure> {
    let (Some(name), Some(oidc)) = (name(web), &web.app.oidc) else { return Ok(Markup::default()) };
    if passkey_only(ask.cx()?.role) {
        return Ok(Markup::default());
    }
    let own = web.app.oidc_own(ask.cx()?)?;
    let then = match oidc.second_factor() {
        SecondFactor::Here => "You still give your code or passkey here.",
        SecondFactor::Provider => {
            "Where it has just asked you for a second factor, none is asked here at the door; what needs it anew still asks."
        }
    };
    Ok(card(
        &format!("Your account of {name}"),
        &html! {
            @match &own {
                Some(link) => {
                    p.pad { (tag(Tone::Ok, "linked")) " as " code { (link.subject) } " since " (instant(link.linked_at.timestamp(), &web.zone)) ", "
                        @match link.used_at { Some(at) => { "last used " (instant(at.timestamp(), &web.zone)) }, None => "not used yet" } "." }
                    p.pad.sub { "It takes the place of your password at the door. " (then) }
                    div.pad { (form(&ask.page, "/me/oidc/unlink", &html! { (Button::submit("Unlink")) })) }
                }
                None => {
                    p.pad.sub { "Linked, it takes the place of your password at the door. " (then) }
                    div.pad { (form(&ask.page, "/me/oidc", &html! { (Button::submit("Link it")) })) }
                }
            }
        },
    ))
}

/// Why it did not work, to somebody who may or may not be signed in here.
fn refused(web: &Web, ask: &Ask, fault: &OidcFault) -> Reply {
    let words = fault.to_string();
    let mut letters = words.chars();
    let words: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    said(web, ask, StatusCode::UNPROCESSABLE_ENTITY, &words)
}

fn waits(web: &Web, ask: &Ask, seconds: Option<i64>) -> Reply {
    said(web, ask, StatusCode::TOO_MANY_REQUESTS, &wait_words(seconds))
}

fn said(web: &Web, ask: &Ask, status: StatusCode, words: &str) -> Reply {
    let name = name(web).unwrap_or_default();
    let back = if ask.cx().is_ok() { ("Your account", "/me") } else { ("Sign in another way", "/sign-in") };
    let body = html! {
        p.bad role="alert" { (words) "." }
        div.row { (Button::link(back.0, back.1).primary()) }
    };
    Reply::Html(status, bare(ask, &format!("Not signed in with {name}"), &body))
}
