//! Passkeys: the questions that the browser puts to an authenticator, and a person's own list.

use app::account::{CodeAnswer, OwnPasskey, passkey_only};
use domain::account::passkey::{MOST, Site};
use domain::id::PasskeyId;
use maud::{Markup, html};
use serde_json::Value;

use super::{field_errors, knock, sign_in, signed_in, too_many, wait_words};
use crate::components::{
    Button, Field, FieldError, Page, Script, Table, TableColumn, card, csrf_field, error_summary, form, instant,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

const REFUSED: &str = "That passkey did not work here. Try again, or ask the security official for help.";

/// The button that a script shows where the browser has passkeys, and where it says what went wrong. Its form names the address
/// of the question, and the field for the answer.
pub(super) fn button(words: &str, primary: bool) -> Markup {
    let class = if primary { "btn pri" } else { "btn" };
    html! {
        button class=(class) type="button" data-passkey-use hidden { (words) }
        p.bad role="alert" data-passkey-say hidden {}
    }
}

/// The server's name, without which there are no passkeys.
fn site(web: &Web) -> Result<&Site, Failure> {
    web.site.as_ref().ok_or(Failure::NotFound)
}

/// A question, or none for who has no passkey.
fn asked(question: Option<Value>) -> Result<Reply, Failure> {
    question.map(|question| Reply::Json(question.to_string())).ok_or(Failure::NotFound)
}

/// `GET /sign-in/question`.
pub(super) fn sign_in_question(web: &Web, _: &Ask) -> Result<Reply, Failure> {
    asked(Some(web.app.ask_sign_in(site(web)?)?))
}

/// `POST /sign-in/passkey`.
pub(super) fn sign_in_answer(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    match web.app.sign_in_passkey(ask.field("passkey"), site(web)?, knock(ask))? {
        CodeAnswer::In(signed) => {
            // Whoever was here before is out: nobody would hold that session any more.
            if let Ok(before) = ask.cx() {
                web.app.sign_out(before)?;
            }
            Ok(signed_in(Reply::see("/"), signed))
        }
        CodeAnswer::Wait(seconds) => Ok(too_many(sign_in::first(web, ask, "", &wait_words(seconds)))),
        CodeAnswer::Refused | CodeAnswer::Over => Ok(Reply::again(sign_in::first(web, ask, "", REFUSED))),
    }
}

/// `GET /sign-in/code/question`.
pub(super) fn code_question(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let ticket = ask.token.as_ref().ok_or(Failure::NotFound)?;
    asked(web.app.ask_ticket(ticket, site(web)?)?)
}

/// `GET /step-up/question`.
pub(super) fn step_up_question(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    asked(web.app.ask_step_up(ask.cx()?, site(web)?)?)
}

/// `GET /me/passkeys/question`.
pub(super) fn question(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let who = web.app.fresh(ask.cx()?)?;
    asked(Some(web.app.ask_new_passkey(who, site(web)?)?))
}

/// `GET /me/passkeys/new`.
pub(super) fn new(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    web.app.fresh(ask.cx()?)?;
    Ok(Reply::page(new_page(web, ask, &[])))
}

/// `POST /me/passkeys`.
pub(super) fn add(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let who = web.app.fresh(ask.cx()?)?;
    match web.app.add_passkey(who, ask.field("name"), ask.field("passkey"), site(web)?) {
        Ok(()) => Ok(Reply::see("/me")),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(new_page(web, ask, &field_errors(faults)))),
        Err(other) => Err(other.into()),
    }
}

/// `POST /me/passkeys/{id}/remove`.
pub(super) fn remove(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PasskeyId::parse)?;
    web.app.remove_passkey(web.app.fresh(ask.cx()?)?, &id)?;
    Ok(Reply::see("/me"))
}

fn new_page(web: &Web, ask: &Ask, errors: &[FieldError]) -> Markup {
    let body = html! {
        (error_summary(errors))
        div.stack.narrow {
            (card("A passkey of yours", &html! {
                div.pad.stack {
                    p { "A passkey signs you in with your fingerprint, your face or a PIN. It stays on your device or your security key, and works at this address only: no other site can ask for it." }
                    form.form method="post" action="/me/passkeys" data-passkey="/me/passkeys/question" data-passkey-field="passkey" novalidate {
                        (csrf_field(&ask.page))
                        input type="hidden" name="passkey";
                        (Field::text("name", "What you call it").hint("The device or key that it is on: front desk PC, blue key.")
                            .value(ask.field("name")).required().max(40).autofocus().errors(errors))
                        div.row { (button("Make the passkey", true)) (Button::link("Back", "/me")) }
                    }
                    @if web.site.is_none() { p.bad { "The server has no name that a passkey could be bound to. Ask whoever keeps it running to set its public address." } }
                    noscript { p.bad { "Passkeys need JavaScript." } }
                }
            }))
        }
    };
    Page::new(&ask.page, "Add a passkey").crumbs(&[("Your account", "/me")]).scripts(&[Script::Passkey]).render(&body)
}

/// The list on the account's page.
pub(super) fn own_card(web: &Web, ask: &Ask, own: &[OwnPasskey]) -> Result<Markup, Failure> {
    let only = passkey_only(ask.cx()?.role);
    let columns = [
        TableColumn::text("Name"),
        TableColumn::text("Where"),
        TableColumn::text("Added"),
        TableColumn::text("Last used"),
        TableColumn::unnamed("Remove"),
    ];
    let rows = html! {
        @for key in own {
            tr {
                th scope="row" { (key.name) }
                td { (if key.synced { "synced between devices" } else { "one device or key" }) }
                td { (instant(key.added_at.timestamp(), &web.zone)) }
                td { @match key.used_at { Some(at) => (instant(at.timestamp(), &web.zone)), None => span.sub { "never" } } }
                td {
                    (form(&ask.page, &format!("/me/passkeys/{}/remove", key.id), &html! {
                        (Button::submit("Remove").small().about(&format!("the passkey {}", key.name)))
                    }))
                }
            }
        }
    };
    let words = match (only, own.is_empty()) {
        (true, true) => {
            "Your role gives access, or watches over it. Once you have a passkey you sign in with it alone, and your password opens nothing any more."
        }
        (true, false) => {
            "Your role gives access, or watches over it, so you sign in with a passkey alone: your password is refused at the door and only unlocks your own screen. Have two, on different devices. Who has lost them all is helped by another official, under People."
        }
        (false, true) => {
            "You have none. A passkey takes the place of the password and the code, and nobody can talk you out of it."
        }
        (false, false) => "Any of them signs you in without password and code.",
    };
    Ok(card(
        "Passkeys",
        &html! {
            @if !own.is_empty() { (Table::new("Your passkeys", &columns).rows(&rows)) }
            p.pad.sub { (words) }
            @if own.len() < MOST && web.site.is_some() { div.pad { (Button::link("Add a passkey", "/me/passkeys/new")) } }
        },
    ))
}
