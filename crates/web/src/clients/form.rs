//! Register or change a client.

use app::client::{Choices, ClientForm};
use domain::audit::Purpose;
use domain::client::ApiScope;
use domain::id::ClientId;
use maud::{Markup, html};

use super::CLIENTS;
use crate::components::{Button, Field, FieldError, Nav, Page, Width, checkbox, error_summary, fields, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /clients/new`.
pub(super) fn new(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let choices = web.app.client_choices(ask.cx()?)?;
    Ok(Reply::page(new_page(ask, &choices, &ClientForm::default(), &[])))
}

/// `POST /clients`.
pub(super) fn register(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed = typed(ask);
    match web.app.register_client(web.app.fresh(ask.cx()?)?, &typed) {
        Ok(id) => Ok(Reply::see(format!("/clients/{id}"))),
        Err(app::Error::Invalid(faults)) => {
            let choices = web.app.client_choices(ask.cx()?)?;
            Ok(Reply::again(new_page(ask, &choices, &typed, &errors(faults))))
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /clients/{id}/edit`.
pub(super) fn edit(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClientId::parse)?;
    let choices = web.app.client_choices(ask.cx()?)?;
    let page = web.app.open_client(ask.cx()?, &id)?;
    let typed = ClientForm::from(&page.row.client);
    let at = Edited { id: &id, name: &page.row.client.name, version: page.row.version };
    Ok(Reply::page(edit_page(ask, &at, &choices, &typed, &[])))
}

/// `POST /clients/{id}`.
pub(super) fn change(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClientId::parse)?;
    let typed = typed(ask);
    let version = ask.field("version").parse().map_err(|_| Failure::BadRequest("the form has lost its version"))?;
    match web.app.change_client(web.app.fresh(ask.cx()?)?, &id, version, &typed) {
        Ok(()) => Ok(Reply::see(format!("/clients/{id}"))),
        Err(app::Error::Invalid(faults)) => {
            let choices = web.app.client_choices(ask.cx()?)?;
            let at = Edited { id: &id, name: &typed.name, version };
            Ok(Reply::again(edit_page(ask, &at, &choices, &typed, &errors(faults))))
        }
        Err(other) => Err(other.into()),
    }
}

fn typed(ask: &Ask) -> ClientForm {
    let text = |name| ask.field(name).to_owned();
    ClientForm {
        name: text("name"),
        owner: text("owner"),
        purpose: text("purpose"),
        ground: text("ground"),
        scopes: ask.fields("scope").map(str::to_owned).collect(),
        expires_on: text("expires_on"),
        keys: text("keys"),
    }
}

pub(super) fn errors(faults: Vec<domain::form::FieldFault>) -> Vec<FieldError> {
    faults.into_iter().map(FieldError::from).collect()
}

fn new_page(ask: &Ask, choices: &Choices, typed: &ClientForm, e: &[FieldError]) -> Markup {
    let page = ask.page(Nav::Clients);
    let body = html! {
        (error_summary(e))
        section.card.pad { (form(&page, "/clients", &html! {
            (inputs(choices, typed, e))
            (fields("Public keys", &html! { (key_field(&typed.keys, e)) }))
            div.actions { (Button::submit("Register").primary()) }
        })) }
    };
    Page::new(&page, "Register an API client").crumbs(CLIENTS).render(&body)
}

/// Which client is changed, and which version of it somebody sees.
struct Edited<'a> {
    id: &'a ClientId,
    name: &'a str,
    version: i64,
}

fn edit_page(ask: &Ask, at: &Edited<'_>, choices: &Choices, typed: &ClientForm, e: &[FieldError]) -> Markup {
    let page = ask.page(Nav::Clients);
    let body = html! {
        (error_summary(e))
        section.card.pad { (form(&page, &format!("/clients/{}", at.id), &html! {
            input type="hidden" name="version" value=(at.version);
            (inputs(choices, typed, e))
            div.actions { (Button::submit("Save").primary()) }
        })) }
    };
    Page::new(&page, at.name).crumbs(CLIENTS).render(&body)
}

/// Where public keys are pasted.
pub(super) fn key_field(value: &str, e: &[FieldError]) -> Markup {
    let hint = "A JWK or a JWK Set: EC on P-384 for ES384, or RSA from 3072 bits for RS384, each with its kid. \
                The private half stays with its owner.";
    html! { (Field::area("keys", "Public key").hint(hint).value(value).required().errors(e)) }
}

fn inputs(choices: &Choices, typed: &ClientForm, e: &[FieldError]) -> Markup {
    let owners: Vec<(&str, &str)> = std::iter::once(("", "Choose a person"))
        .chain(choices.owners.iter().map(|(id, name)| (id.as_str(), name.as_str())))
        .collect();
    let grounds: Vec<(&str, &str)> = [
        ("", "Choose"),
        ("own_program", "The practice's own program, on its own equipment"),
        ("sends_only", "Nobody: it only hands in, and is told nothing about patients"),
    ]
    .into_iter()
    .chain(choices.partners.iter().map(|(id, name)| (id.as_str(), name.as_str())))
    .collect();
    let purposes: Vec<(&str, &str)> = std::iter::once(("", "Choose"))
        .chain(Purpose::ALL.iter().filter(|p| **p != Purpose::SelfCheck).map(|p| (p.as_str(), p.label())))
        .collect();
    let fault = e.iter().find(|fault| fault.field == "scope");
    html! {
        (fields("Client", &html! {
            (Field::text("name", "Name").value(&typed.name).hint("What it is, as your people call it").required().errors(e).max(80))
            (Field::select("owner", "Who answers for it", &owners).value(&typed.owner).hint("It stops when this account is disabled").required().errors(e))
            (Field::text("expires_on", "Last day").value(&typed.expires_on).hint("At most a year from now").required().width(Width::Medium).errors(e))
        }))
        (fields("Ground", &html! {
            (Field::select("ground", "Whom it works for", &grounds).value(&typed.ground).hint("A partner's agreement is looked at on every call. Another choice here ends the keys that it has").required().errors(e))
            (Field::select("purpose", "What for", &purposes).value(&typed.purpose).required().errors(e))
        }))
        fieldset #f-scope {
            legend.legend { "What it may do" }
            @if let Some(fault) = fault { p.err { (fault.message) } }
            @for scope in ApiScope::ALL {
                (checkbox("scope", scope.as_str(), scope.label(), typed.scopes.iter().any(|s| s == scope.as_str())))
            }
        }
    }
}
