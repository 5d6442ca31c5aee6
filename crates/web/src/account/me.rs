//! One's own account: sessions, password.

use app::account::OwnSession;
use domain::account::SessionState;
use domain::id::SessionId;
use maud::{Markup, html};

use super::{field_errors, oidc, passkeys, signed_out};
use crate::components::{
    Button, Field, FieldError, Flash, Page, Table, TableColumn, Tone, card, error_summary, form, instant,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /me`.
pub(super) fn me(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let changed =
        Flash { tone: Tone::Ok, text: "Your password is changed. Every other session of yours has ended.".to_owned() };
    let linked =
        Flash { tone: Tone::Ok, text: "Your account is linked. You can sign in with it from now on.".to_owned() };
    let flash = match (ask.query("changed"), ask.query("linked")) {
        ("1", _) => Some(&changed),
        (_, "1") => Some(&linked),
        _ => None,
    };
    Ok(Reply::page(page(web, ask, flash)?))
}

/// `GET /me/password`.
pub(super) fn password(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    web.app.fresh(ask.cx()?)?;
    Ok(Reply::page(password_page(ask, &[])))
}

/// `POST /me/password`.
pub(super) fn change_password(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    // The form that asks for the factor carries what was typed, and a password goes into no page. So this form comes after it.
    let Ok(who) = web.app.fresh(ask.cx()?) else { return Ok(Reply::see("/me/password")) };
    match web.app.change_password(who, ask.field("present"), ask.field("chosen")) {
        Ok(()) => Ok(Reply::see("/me?changed=1")),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(password_page(ask, &field_errors(faults)))),
        Err(other) => Err(other.into()),
    }
}

/// `POST /me/sessions/{id}/end`.
pub(super) fn end(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", SessionId::parse)?;
    web.app.end_session(web.app.fresh(ask.cx()?)?, &id)?;
    Ok(Reply::see("/me"))
}

/// `POST /me/end-others`.
pub(super) fn end_others(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    web.app.end_other_sessions(web.app.fresh(ask.cx()?)?)?;
    Ok(Reply::see("/me"))
}

/// `POST /me/sign-out-everywhere`.
pub(super) fn everywhere(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    web.app.sign_out_everywhere(web.app.fresh(ask.cx()?)?)?;
    Ok(signed_out(Reply::see("/sign-in")))
}

fn page(web: &Web, ask: &Ask, flash: Option<&Flash>) -> Result<Markup, Failure> {
    let own = web.app.own_sessions(ask.cx()?)?;
    let keys = web.app.passkeys(ask.cx()?)?;
    let body = html! {
        div.stack.narrow {
            (card("Your sign-ins", &html! {
                (sessions(web, ask, &own))
                p.pad.sub { "To work outside the practice you need a device that the security official registered. If you have its one-time code, " a href="/devices/enrol" { "enrol this device" } "." }
                p.pad.sub { "If you do not know one of them, end it and change your password. Signing out everywhere also makes every browser a stranger to your account." }
                div.pad.row {
                    @if own.len() > 1 { (form(&ask.page, "/me/end-others", &html! { (Button::submit("End all others")) })) }
                    (form(&ask.page, "/me/sign-out-everywhere", &html! { (Button::submit("Sign out everywhere").danger()) }))
                }
            }))
            (passkeys::own_card(web, ask, &keys)?)
            (oidc::own_card(web, ask)?)
            (card("Password", &html! {
                p.pad.sub { "Changing it asks for your second factor, and ends every other session of yours." }
                div.pad { (Button::link("Change password", "/me/password")) }
            }))
        }
    };
    let out = form(&ask.page, "/sign-out", &html! { (Button::submit("Sign out")) });
    Ok(Page::new(&ask.page, "Your account").flash(flash).actions(out).render(&body))
}

fn password_page(ask: &Ask, errors: &[FieldError]) -> Markup {
    let body = html! {
        (error_summary(errors))
        div.stack.narrow {
            (card("A new password", &html! {
                div.pad {
                    (form(&ask.page, "/me/password", &html! {
                        input type="text" autocomplete="username" value=(ask.page.user) aria-label="User" hidden readonly;
                        (Field::password("present", "Present password").autocomplete("current-password").required().autofocus().errors(errors))
                        (Field::password("chosen", "New password").hint("At least 12 characters. A few words that you can remember are good.")
                            .autocomplete("new-password").required().errors(errors))
                        div.row { (Button::submit("Change password").primary()) (Button::link("Back", "/me")) }
                    }))
                }
            }))
        }
    };
    Page::new(&ask.page, "Change your password").crumbs(&[("Your account", "/me")]).render(&body)
}

fn sessions(web: &Web, ask: &Ask, own: &[OwnSession]) -> Markup {
    let columns = [
        TableColumn::text("From"),
        TableColumn::text("Device"),
        TableColumn::text("Since"),
        TableColumn::text("Last seen"),
        TableColumn::text("State"),
        TableColumn::unnamed("End"),
    ];
    let rows = html! {
        @for session in own {
            tr {
                th scope="row" { (session.source) }
                td { @if session.agent.is_empty() { span.sub { "not known" } } @else { (session.agent) } }
                td { (instant(session.began_at.timestamp(), &web.zone)) }
                td { (instant(session.active_at.timestamp(), &web.zone)) }
                td {
                    @if session.current { "this one" }
                    @else if session.state == SessionState::Locked { "locked" }
                    @else { "active" }
                }
                td {
                    @if !session.current {
                        (form(&ask.page, &format!("/me/sessions/{}/end", session.id), &html! {
                            (Button::submit("End").small().about(&format!("the session from {}, {}", session.source, session.agent)))
                        }))
                    }
                }
            }
        }
    };
    Table::new("Your sign-ins", &columns).rows(&rows)
}
