//! The practice's people: the list, and one person with what may be done.

use app::account::{Person, passkey_only};
use domain::access::{Action, ResourceKind, Role};
use domain::account::joining::Access;
use domain::id::AccountId;
use maud::{Markup, html};

use super::{joining, leaving, oidc};
use crate::components::{
    Button, Field, FieldError, Nav, Page, Table, TableColumn, Tone, card, error_summary, form, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

pub(super) const PEOPLE: &[(&str, &str)] = &[("People", "/people")];

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
                td { (standing(web, person)) }
            }
        }
    };
    let new = html! {
        @if web.app.role_may(cx.role, Action::ReadinessView, ResourceKind::Compliance) { (Button::link("Measures", "/readiness/measures")) (Button::link("Who may do what", "/roles")) }
        @if web.app.role_may(cx.role, Action::AccountEdit, ResourceKind::Practice) {
            (Button::link("Invite a person", "/people/new").primary().key("n"))
        }
    };
    let page = ask.page(Nav::People);
    let body = html! { (Table::new("People", &columns).keys().rows(&rows)) (leaving::table(web, &people)) };
    Ok(Reply::page(Page::new(&page, "People").actions(new).render(&body)))
}

fn standing(web: &Web, person: &Person) -> Markup {
    let account = &person.account;
    let access = account.access(web.app.clock.now());
    html! {
        @match (access, account.disabled_at) {
            (Access::Ended, Some(at)) => { "access ended " (instant(at.timestamp(), &web.zone)) },
            (Access::Open, _) if account.canary => "the system's own check",
            (Access::Open, _) => {
                "may sign in"
                @match (passkey_only(account.role), person.passkeys) {
                    (true, 0) => { ", " (tag(Tone::Warn, "no passkey yet")) },
                    (true, _) => ", with a passkey only",
                    (false, 0) => {},
                    (false, _) => ", with a passkey too",
                }
                @if let (Some(name), Some(_)) = (oidc::name(web), person.linked_at) { ", with " (name) " too" }
            },
            _ => (tag(standing_tone(access), access.label())),
        }
        @if access == Access::Open && account.asked.is_some() { " " (tag(Tone::Warn, "a role to confirm")) }
    }
}

/// `GET /people/{id}`.
pub(super) fn person(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(person_page(web, ask, &[])?))
}

/// `POST /people/{id}/enable`.
pub(super) fn enable(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    changed(web, ask, "enable", |id, why| {
        web.app.enable_account(web.app.fresh(ask.cx()?)?, id, why).map(drop).map_err(Failure::from)
    })
}

/// `POST /people/{id}/role`.
pub(super) fn role(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let role = Role::parse(ask.field("role")).ok_or(Failure::BadRequest("there is no such role"))?;
    changed(web, ask, "role", |id, why| {
        web.app.change_role(web.app.fresh(ask.cx()?)?, id, role, why).map(drop).map_err(Failure::from)
    })
}

/// Does one act with its reason. A reason that is missing is asked for beside its own field.
pub(super) fn changed(
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
    Ok(Reply::again(person_page(web, ask, errors)?))
}

/// The fault of a missing reason, beside the field of its own form.
pub(super) fn beside(act: &str, faults: Vec<domain::form::FieldFault>) -> Vec<FieldError> {
    faults.into_iter().map(|fault| FieldError { field: reason(act), ..FieldError::from(fault) }).collect()
}

/// The name of an act's reason: each form of the page has a field of its own.
pub(super) fn reason(act: &str) -> String {
    format!("{act}_reason")
}

/// The person of the page, and everybody by whose name something is told.
pub(super) fn find(web: &Web, ask: &Ask) -> Result<(Person, Vec<Person>), Failure> {
    let id = ask.id("id", AccountId::parse)?;
    let all = web.app.accounts(ask.cx()?)?;
    let one = all.iter().find(|person| person.id == id).cloned().ok_or(Failure::NotFound)?;
    Ok((one, all))
}

pub(super) fn every_role() -> Vec<(&'static str, &'static str)> {
    Role::ALL.iter().map(|role| (role.as_str(), role.label())).collect()
}

/// With what the person works outside the practice.
fn devices(web: &Web, ask: &Ask, person: &Person) -> Result<Markup, Failure> {
    let cx = ask.cx()?;
    let found = web.app.devices_of(cx, &person.id)?;
    let opens = web.app.role_may(cx.role, Action::DeviceView, ResourceKind::Practice);
    let may =
        web.app.role_may(cx.role, Action::DeviceEdit, ResourceKind::Practice) && person.account.disabled_at.is_none();
    if found.is_empty() && !may {
        return Ok(html! {});
    }
    let body = html! {
        @if found.is_empty() { p.pad.sub { "None: this person works on the practice's own networks only." } }
        @else {
            ul.plain.pad {
                @for row in &found {
                    li {
                        @if opens { a href={ "/devices/" (row.device.id) } { (row.device.name) } } @else { (row.device.name) }
                        " " (crate::devices::standing(row))
                    }
                }
            }
        }
        @if may { div.pad { (Button::link("Register a device", &format!("/devices/new?owner={}", person.id))) } }
    };
    Ok(card("Devices outside the practice", &body))
}

fn person_page(web: &Web, ask: &Ask, e: &[FieldError]) -> Result<Markup, Failure> {
    let (person, people) = &find(web, ask)?;
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
    let access = account.access(web.app.clock.now());
    let ended = access == Access::Ended;
    let noted = account.cleared.is_some();
    let clearance = if may && !ended && !noted {
        joining::clearance_form(web, ask, person, e)?
    } else {
        html! {}
    };
    let two = "Security and privacy officials and system administrators are confirmed by another official.";
    let body = html! {
        (error_summary(e))
        p { (account.role.label()) ", signs in as " b { (account.login) } ". " @if access != Access::Open { (tag(standing_tone(access), access.label())) } }
        @if !ended { (joining::asked_card(web, ask, person, people, e)) }
        @if let (Some(name), Some(at)) = (oidc::name(web), person.linked_at) {
            p { "Linked with an account of " b { (name) } " since " (instant(at.timestamp(), &web.zone)) "." }
        }
        (devices(web, ask, person)?)
        @for end in &left { (leaving::ended_card(web, ask, end)?) }
        @if ended { (leaving::open_card(web, ask, &open)?) }
        (joining::joined_card(web, person, people, &clearance))
        @if may && ended {
            (act("Let in again", "enable", &Button::submit("Enable"), &html! {}))
        } @else if may {
            (act("Role", "role", &Button::submit("Change role"), &html! {
                (Field::select("role", "New role", &every_role()).value(account.role.as_str()).hint(two))
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

const fn standing_tone(access: Access) -> Tone {
    match access {
        Access::Open | Access::Ended => Tone::Mute,
        Access::Early => Tone::Info,
        Access::Uncleared | Access::Unconfirmed => Tone::Warn,
    }
}
