//! Sign in: login and password, then the code.

use app::account::{CodeAnswer, SignIn};
use domain::account::SessionState;
use maud::{Markup, html};

use super::{bare, knock, oidc, passkeys, signed_in, too_many, wait_words};
use crate::components::{Button, Field};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::{SESSION, Web};

const REFUSED: &str = "That did not work. Check the login and the password, or ask the security official for help.";
const CODE_REFUSED: &str =
    "That did not work. Wait for the next code of your authenticator, or use a recovery code that is not used yet.";
const OVER: &str = "Signing in took too long, or there were too many codes. Begin again.";

/// `GET /sign-in`.
pub(super) fn form(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    match ask.seen.as_ref().map(|seen| seen.state) {
        Some(SessionState::Active) => Ok(Reply::see("/")),
        Some(SessionState::Locked) => Ok(Reply::see("/locked")),
        _ if ask.query("again") == "1" => Ok(Reply::page(first(web, ask, "", OVER))),
        _ => Ok(Reply::page(first(web, ask, "", ""))),
    }
}

/// `POST /sign-in`.
pub(super) fn password(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let login = ask.field("login");
    let answer = web.app.sign_in(login, ask.field("password"), knock(ask))?;
    // The ticket takes the place of the cookie of whoever was here before: that session would go on with nobody holding it.
    if let (SignIn::Code(_) | SignIn::Enrol(_), Ok(before)) = (&answer, ask.cx()) {
        web.app.sign_out(before)?;
    }
    match answer {
        SignIn::Code(ticket) => Ok(with_ticket("/sign-in/code", ticket)),
        SignIn::Enrol(ticket) => Ok(with_ticket("/enrol", ticket)),
        SignIn::Refused => Ok(Reply::again(first(web, ask, login, REFUSED))),
        SignIn::Wait(seconds) => Ok(too_many(first(web, ask, login, &wait_words(seconds)))),
    }
}

/// The ticket travels in the session's cookie: it opens nothing, and the session's token takes its place.
pub(super) fn with_ticket(path: &str, ticket: String) -> Reply {
    Reply::Cookies(Box::new(Reply::see(path)), vec![(SESSION, ticket)])
}

/// `GET /sign-in/code`.
pub(super) fn code_form(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    match (&ask.token, &ask.seen) {
        (Some(_), None) => Ok(Reply::page(second(web, ask, "")?)),
        _ => Ok(Reply::see("/sign-in")),
    }
}

/// `POST /sign-in/code`.
pub(super) fn code(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let Some(ticket) = &ask.token else { return Ok(Reply::see("/sign-in?again=1")) };
    let answer = match (&web.site, ask.field("passkey")) {
        (Some(site), answer) if !answer.is_empty() => {
            web.app.sign_in_ticket_passkey(ticket, answer, site, knock(ask))?
        }
        _ => web.app.sign_in_code(ticket, ask.field("code"), knock(ask))?,
    };
    match answer {
        CodeAnswer::In(signed) => Ok(signed_in(Reply::see("/"), signed)),
        CodeAnswer::Refused => Ok(Reply::again(second(web, ask, CODE_REFUSED)?)),
        CodeAnswer::Wait(seconds) => Ok(too_many(second(web, ask, &wait_words(seconds))?)),
        CodeAnswer::Over => Ok(Reply::see("/sign-in?again=1")),
    }
}

pub(super) fn first(web: &Web, ask: &Ask, login: &str, problem: &str) -> Markup {
    let body = html! {
        @if !problem.is_empty() { p.bad role="alert" { (problem) } }
        @if web.site.is_some() {
            form.form method="post" action="/sign-in/passkey" data-passkey="/sign-in/question" data-passkey-field="passkey" hidden {
                input type="hidden" name="passkey";
                div { (passkeys::button("Sign in with a passkey", true)) }
                p.sub { "Or with your password and a code. Officials and administrators who have a passkey sign in with it only." }
            }
        }
        form.form method="post" action="/sign-in" {
            @let (who, what) = (Field::text("login", "Login"), Field::password("password", "Password"));
            // Who mistyped the password types only that again.
            @let (who, what) = if login.is_empty() { (who.autofocus(), what) } else { (who, what.autofocus()) };
            (who.value(login).autocomplete("username").required().max(64))
            (what.autocomplete("current-password").required())
            (Button::submit("Continue").primary())
        }
        (oidc::way_in(web))
    };
    bare(ask, "Sign in", &body)
}

fn second(web: &Web, ask: &Ask, problem: &str) -> Result<Markup, Failure> {
    let passkey = match (&web.site, &ask.token) {
        (Some(site), Some(ticket)) => web.app.ask_ticket(ticket, site)?.is_some(),
        _ => false,
    };
    let body = html! {
        @if !problem.is_empty() { p.bad role="alert" { (problem) } }
        form.form method="post" action="/sign-in/code" data-passkey="/sign-in/code/question" data-passkey-field="passkey" {
            input type="hidden" name="passkey";
            (Field::text("code", "Code from your authenticator").hint("Six digits. Without your phone: one of your recovery codes.")
                .autocomplete("one-time-code").required().autofocus().max(40))
            div.row { (Button::submit("Sign in").primary()) @if passkey { (passkeys::button("Use a passkey", false)) } }
        }
        p { a href="/sign-in" { "Begin again" } }
    };
    Ok(bare(ask, "Your code", &body))
}
