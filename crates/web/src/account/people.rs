//! The practice's people: make, change, disable and help accounts.

use app::account::{Created, NewAccount, Person};
use domain::access::{Action, ResourceKind, Role};
use domain::id::AccountId;
use maud::{Markup, html};

use super::field_errors;
use crate::components::{
    Button, Field, FieldError, Nav, Page, PageContext, Table, TableColumn, card, error_summary, form, instant,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

const PEOPLE: &[(&str, &str)] = &[("/people", "People")];

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
                    @if let Some(at) = person.account.disabled_at { "disabled " (instant(at.timestamp(), &web.zone)) }
                    @else if person.account.canary { "the system's own check" }
                    @else { "may sign in" }
                }
            }
        }
    };
    let new = html! {
        @if web.app.role_may(cx.role, Action::AccountEdit, ResourceKind::Practice) {
            (Button::link("Add a person", "/people/new").primary().key("n"))
        }
    };
    let page = ask.page(Nav::People);
    let body = Table::new("People", &columns).keys().rows(&rows);
    Ok(Reply::page(Page::new(&page, "People").actions(new).render(&body)))
}

/// `GET /people/new`.
pub(super) fn new(_: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(new_page(ask, &NewAccount::default(), &[])))
}

/// `POST /people`.
pub(super) fn create(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed: NewAccount = ask.read_form()?;
    match web.app.create_account(ask.cx()?, &typed) {
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
    let person = find(web, ask)?;
    let may = web.app.role_may(ask.cx()?.role, Action::AccountEdit, ResourceKind::Practice);
    let own = person.id == ask.cx()?.account;
    Ok(Reply::page(person_page(ask, &person, may && !own)))
}

/// `POST /people/{id}/disable`.
pub(super) fn disable(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AccountId::parse)?;
    web.app.disable_account(ask.cx()?, &id, ask.field("reason"))?;
    Ok(Reply::see(format!("/people/{id}")))
}

/// `POST /people/{id}/enable`.
pub(super) fn enable(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AccountId::parse)?;
    web.app.enable_account(ask.cx()?, &id, ask.field("reason"))?;
    Ok(Reply::see(format!("/people/{id}")))
}

/// `POST /people/{id}/role`.
pub(super) fn role(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AccountId::parse)?;
    let role = Role::parse(ask.field("role")).ok_or(Failure::BadRequest("there is no such role"))?;
    web.app.change_role(ask.cx()?, &id, role, ask.field("reason"))?;
    Ok(Reply::see(format!("/people/{id}")))
}

/// `POST /people/{id}/reset`.
pub(super) fn reset(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AccountId::parse)?;
    let created = web.app.reset_account(ask.cx()?, &id, ask.field("reason"))?;
    let login = find(web, ask)?.account.login;
    Ok(Reply::page(passphrase_page(ask, &login, &created)))
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

fn person_page(ask: &Ask, person: &Person, may: bool) -> Markup {
    let page = ask.page(Nav::People);
    let account = &person.account;
    let at = |act: &str| format!("/people/{}/{act}", person.id);
    let body = html! {
        p { (account.role.label()) ", signs in as " b { (account.login) } @if account.disabled_at.is_some() { ", disabled" } "." }
        @if may {
            (act(&page, "Role", &at("role"), "Change role", &html! {
                (Field::select("role", "New role", &roles()).value(account.role.as_str()))
            }))
            @if account.disabled_at.is_some() {
                (act(&page, "Let in again", &at("enable"), "Enable", &html! {}))
            } @else {
                (act(&page, "Disable", &at("disable"), "Disable and end every session", &html! {}))
            }
            (act(&page, "Lost password or phone", &at("reset"), "Give a new first passphrase", &html! {
                p { "Make sure who asks. Every session ends, and the person sets up an authenticator again." }
            }))
        } @else {
            p.sub { "You may look and not change: nobody changes their own account, and the security official changes those of others." }
        }
    };
    Page::new(&page, &account.name).crumbs(PEOPLE).render(&body)
}

/// One act with its reason, which is kept with it.
fn act(page: &PageContext, title: &str, action: &str, label: &str, fields: &Markup) -> Markup {
    card(
        title,
        &html! {
            div.pad {
                (form(page, action, &html! {
                    (fields)
                    (Field::text("reason", "Reason").hint("Kept with the change.").required().max(200))
                    (Button::submit(label))
                }))
            }
        },
    )
}
