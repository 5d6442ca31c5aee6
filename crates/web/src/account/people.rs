//! The practice's people: make, change, disable and help accounts.

use app::account::{Created, NewAccount, Person, passkey_only};
use domain::access::{Action, ResourceKind, Role};
use domain::id::AccountId;
use maud::{Markup, html};

use super::{field_errors, leaving};
use crate::components::{
    Button, Field, FieldError, Nav, Page, Table, TableColumn, Tone, card, error_summary, form, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

const PEOPLE: &[(&str, &str)] = &[("People", "/people")];

/// `GET /people`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let cx = ask.cx()?;
    let people = web.app.accounts(cx)?;
    let columns = [
        TableColumn::text("Name"),
        TableColumn::text("Login"),
        TableColumn::text("Role"),
        TableColumn::text("Standing"),
    ];
    let rows = html! {
        @for person in &people {
            tr {
                th scope="row" { a href={ "/people/" (person.id) } { (person.account.name) } }
                td { (person.account.login) }
                td { (person.account.role.label()) }
                td {
                    @if let Some(at) = person.account.disabled_at { "access ended " (instant(at.timestamp(), &web.zone)) }
                    @else if person.account.canary { "the system's own check" }
                    @else {
                        "may sign in"
                        @match (passkey_only(person.account.role), person.passkeys) {
                            (true, 0) => { ", " (tag(Tone::Warn, "no passkey yet")) },
                            (true, _) => ", with a passkey only",
                            (false, 0) => {},
                            (false, _) => ", with a passkey too",
                        }
                    }
                }
            }
        }
    };
    let new = html! {
        @if web.app.role_may(cx.role, Action::ReadinessView, ResourceKind::Compliance) { (Button::link("Who may do what", "/roles")) }
        @if web.app.role_may(cx.role, Action::AccountEdit, ResourceKind::Practice) {
            (Button::link("Add a person", "/people/new").primary().key("n"))
        }
    };
    let page = ask.page(Nav::People);
    let body = html! { (Table::new("People", &columns).keys().rows(&rows)) (leaving::table(web, &people)) };
    Ok(Reply::page(Page::new(&page, "People").actions(new).render(&body)))
}

/// `GET /people/new`.
pub(super) fn new(_: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(new_page(ask, &NewAccount::default(), &[])))
}

/// `POST /people`.
pub(super) fn create(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed: NewAccount = ask.read_form()?;
    match web.app.create_account(web.app.fresh(ask.cx()?)?, &typed) {
        Ok(created) => Ok(Reply::page(passphrase_page(ask, &typed.login, &created))),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(new_page(ask, &typed, &field_errors(faults)))),
        Err(app::Error::Refused(message)) => {
            let taken = FieldError { field: "login".to_owned(), message };
            Ok(Reply::again(new_page(ask, &typed, &[taken])))
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /people/{id}`.
pub(super) fn person(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(person_page(web, ask, &find(web, ask)?, &[])?))
}

/// `POST /people/{id}/enable`.
pub(super) fn enable(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    changed(web, ask, "enable", |id, why| {
        web.app.enable_account(web.app.fresh(ask.cx()?)?, id, why).map_err(Failure::from)
    })
}

/// `POST /people/{id}/role`.
pub(super) fn role(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let role = Role::parse(ask.field("role")).ok_or(Failure::BadRequest("there is no such role"))?;
    changed(web, ask, "role", |id, why| {
        web.app.change_role(web.app.fresh(ask.cx()?)?, id, role, why).map_err(Failure::from)
    })
}

/// `POST /people/{id}/reset`.
pub(super) fn reset(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AccountId::parse)?;
    match web.app.reset_account(web.app.fresh(ask.cx()?)?, &id, ask.field(&reason("reset"))) {
        Ok(created) => Ok(Reply::page(passphrase_page(ask, &find(web, ask)?.account.login, &created))),
        Err(app::Error::Invalid(faults)) => again(web, ask, &beside("reset", faults)),
        Err(other) => Err(other.into()),
    }
}

/// Does one act with its reason. A reason that is missing is asked for beside its own field.
fn changed(
    web: &Web,
    ask: &Ask,
    act: &str,
    change: impl FnOnce(&AccountId, &str) -> Result<(), Failure>,
) -> Result<Reply, Failure> {
    let id = ask.id("id", AccountId::parse)?;
    match change(&id, ask.field(&reason(act))) {
        Ok(()) => Ok(Reply::see(format!("/people/{id}"))),
        Err(Failure::App(app::Error::Invalid(faults))) => again(web, ask, &beside(act, faults)),
        Err(other) => Err(other),
    }
}

/// The person's page once more, with what is wrong and what was typed.
pub(super) fn again(web: &Web, ask: &Ask, errors: &[FieldError]) -> Result<Reply, Failure> {
    Ok(Reply::again(person_page(web, ask, &find(web, ask)?, errors)?))
}

/// The fault of a missing reason, beside the field of its own form.
fn beside(act: &str, faults: Vec<domain::form::FieldFault>) -> Vec<FieldError> {
    faults.into_iter().map(|fault| FieldError { field: reason(act), ..FieldError::from(fault) }).collect()
}

/// The name of an act's reason: each form of the page has a field of its own.
fn reason(act: &str) -> String {
    format!("{act}_reason")
}

fn find(web: &Web, ask: &Ask) -> Result<Person, Failure> {
    let id = ask.id("id", AccountId::parse)?;
    web.app.accounts(ask.cx()?)?.into_iter().find(|person| person.id == id).ok_or(Failure::NotFound)
}

fn roles() -> Vec<(&'static str, &'static str)> {
    Role::ALL.iter().map(|role| (role.as_str(), role.label())).collect()
}

fn new_page(ask: &Ask, typed: &NewAccount, errors: &[FieldError]) -> Markup {
    let page = ask.page(Nav::People);
    let mut roles = roles();
    roles.insert(0, ("", "Choose a role"));
    let body = html! {
        (error_summary(errors))
        (form(&page, "/people", &html! {
            (Field::text("name", "Name").hint("As others should see it.").value(&typed.name).required().errors(errors).max(80))
            (Field::text("login", "Login").hint("3 to 64 letters, digits, dots or dashes.").value(&typed.login).required().errors(errors).max(64))
            (Field::select("role", "Role", &roles).value(&typed.role).required().errors(errors))
            (Button::submit("Add").primary())
        }))
    };
    Page::new(&page, "Add a person").crumbs(PEOPLE).render(&body)
}

fn passphrase_page(ask: &Ask, login: &str, created: &Created) -> Markup {
    let page = ask.page(Nav::People);
    let body = html! {
        (card("First passphrase", &html! {
            div.pad.stack {
                p { "Give this to the person yourself. It is shown now and never again. With it the person signs in once, chooses a password and sets up an authenticator." }
                p { "Login " b { (login) } }
                p { "Passphrase " code { (created.passphrase) } }
                p { (Button::link("Done", "/people").primary()) }
            }
        }))
    };
    Page::new(&page, "First passphrase").crumbs(PEOPLE).render(&body)
}

fn person_page(web: &Web, ask: &Ask, person: &Person, e: &[FieldError]) -> Result<Markup, Failure> {
    let (page, cx) = (ask.page(Nav::People), ask.cx()?);
    let account = &person.account;
    let (left, open) = web.app.left(cx, &person.id)?;
    let may = web.app.role_may(cx.role, Action::AccountEdit, ResourceKind::Practice) && person.id != cx.account;
    let act = |title: &str, name: &str, button: &Button<'_>, fields: &Markup| {
        let (to, why) = (format!("/people/{}/{name}", person.id), reason(name));
        let body = form(
            &page,
            &to,
            &html! {
                (fields)
                (Field::text(&why, "Reason").hint("Kept with the change.").value(ask.field(&why)).required().max(200).errors(e))
                div.row { (button) }
            },
        );
        card(title, &html! { div.pad { (body) } })
    };
    let body = html! {
        (error_summary(e))
        p { (account.role.label()) ", signs in as " b { (account.login) } @if account.disabled_at.is_some() { ", access ended" } "." }
        @for end in &left { (leaving::ended_card(web, ask, end)?) }
        @if account.disabled_at.is_some() { (leaving::open_card(web, ask, &open)?) }
        @if may && account.disabled_at.is_some() {
            (act("Let in again", "enable", &Button::submit("Enable"), &html! {}))
        } @else if may {
            (act("Role", "role", &Button::submit("Change role"), &html! {
                (Field::select("role", "New role", &roles()).value(account.role.as_str()))
            }))
            (leaving::end_card(web, ask, person, e))
            (act("Lost password or phone", "reset", &Button::submit("Give a new first passphrase"), &html! {
                p { "Make sure who asks. Every session ends, passkeys are removed, and the person sets up an authenticator again." }
            }))
        } @else {
            p.sub { "You may look and not change: nobody changes their own account, and the security official changes those of others." }
        }
    };
    Ok(Page::new(&page, &account.name).crumbs(PEOPLE).render(&html! { div.stack.narrow { (body) } }))
}
