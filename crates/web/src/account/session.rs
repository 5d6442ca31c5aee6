//! Lock, unlock, keep, sign out. The overlay on a page and the page of its own answer at the same addresses.

use app::account::Unlock;
use domain::account::SessionState;
use http::StatusCode;
use maud::{Markup, html};

use super::{bare, signed_out, wait_words};
use crate::components::{Button, Field, csrf_field, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::{SESSION, Web};

const REFUSED: &str = "That did not work. Check the password.";

/// `GET /locked`.
pub(super) fn locked(_: &Web, ask: &Ask) -> Result<Reply, Failure> {
    match ask.seen.as_ref().map(|seen| seen.state) {
        Some(SessionState::Locked) => Ok(Reply::page(page(ask, ""))),
        Some(SessionState::Active) => Ok(Reply::see("/")),
        _ => Err(Failure::SignIn),
    }
}

/// `POST /session/unlock`.
pub(super) fn unlock(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let Some(token) = &ask.token else { return Err(Failure::SignIn) };
    let refused = |status: StatusCode, words: &str| {
        let markup = if ask.partial {
            html! { (words) }
        } else {
            page(ask, words)
        };
        Ok(Reply::Html(status, markup))
    };
    match web.app.unlock_session(token, ask.field("password"), super::knock(ask))? {
        Unlock::Open(token) => {
            let reply = if ask.partial {
                let locks_in = web.app.idle_seconds.min(domain::account::IDLE_MAX).to_string();
                let headers = vec![("hx-trigger", "session:unlocked".to_owned()), ("wellkept-locks-in", locks_in)];
                Reply::Headers(Box::new(Reply::nothing()), headers)
            } else {
                Reply::see("/")
            };
            Ok(Reply::Cookies(Box::new(reply), vec![(SESSION, token)]))
        }
        Unlock::Refused => refused(StatusCode::UNPROCESSABLE_ENTITY, REFUSED),
        Unlock::Wait(seconds) => refused(StatusCode::UNPROCESSABLE_ENTITY, &wait_words(seconds)),
        Unlock::Over => Ok(signed_out(Reply::see("/sign-in"))),
    }
}

/// `POST /session/lock`.
pub(super) fn lock(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    web.app.lock_session(ask.cx()?)?;
    Ok(Reply::nothing())
}

/// `POST /session/keep`: that it came is the activity; the server adds how long that lasts.
pub(super) fn keep(_: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let locks_in = ask.seen.as_ref().map_or(0, |seen| seen.locks_in).to_string();
    Ok(Reply::Headers(Box::new(Reply::nothing()), vec![("wellkept-locks-in", locks_in)]))
}

/// `POST /sign-out`.
pub(super) fn sign_out(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    if let Ok(cx) = ask.cx() {
        web.app.sign_out(cx)?;
    }
    Ok(signed_out(Reply::see("/sign-in")))
}

fn page(ask: &Ask, problem: &str) -> Markup {
    let body = html! {
        p { "Signed in as " b { (ask.page.user) } ", " (ask.page.role) "." }
        @if !problem.is_empty() { p.bad role="alert" { (problem) } }
        form.form method="post" action="/session/unlock" {
            (csrf_field(&ask.page))
            // For password managers; without a name it is not sent.
            input type="text" autocomplete="username" value=(ask.page.user) aria-label="User" hidden readonly;
            (Field::password("password", "Password").autocomplete("current-password").required().autofocus())
            (Button::submit("Unlock").primary())
        }
        (form(&ask.page, "/sign-out", &html! { (Button::submit("Sign in as somebody else").quiet()) }))
    };
    bare(ask, "Locked", &body)
}
