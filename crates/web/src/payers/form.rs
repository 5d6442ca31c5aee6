//! Add a payer, or change one.

use domain::coverage::FilingIndicator;
use domain::id::PayerId;
use domain::payer::PayerForm;
use maud::{Markup, html};

use super::PAYERS;
use crate::components::{Button, Field, FieldError, Nav, Page, Width, error_summary, fields, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /payers/new`.
pub(super) fn new(_web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(ask, &At::New, &PayerForm::default(), &[])))
}

/// `POST /payers`.
pub(super) fn add(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed: PayerForm = ask.read_form()?;
    match web.app.add_payer(ask.cx()?, &typed) {
        Ok(id) => Ok(Reply::see(format!("/payers/{id}"))),
        Err(error) => Ok(Reply::again(page(ask, &At::New, &typed, &errors(error)?))),
    }
}

/// `GET /payers/{id}/edit`.
pub(super) fn edit(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PayerId::parse)?;
    let shown = web.app.open_payer(ask.cx()?, &id)?;
    let at = At::Known { id, name: shown.row.payer.name.clone(), version: shown.version };
    Ok(Reply::page(page(ask, &at, &PayerForm::from(&shown.row.payer), &[])))
}

/// `POST /payers/{id}`.
pub(super) fn change(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PayerId::parse)?;
    let typed: PayerForm = ask.read_form()?;
    let version = ask.field("version").parse().map_err(|_| Failure::BadRequest("the form has lost its version"))?;
    match web.app.change_payer(ask.cx()?, &id, version, &typed) {
        Ok(()) => Ok(Reply::see(format!("/payers/{id}"))),
        Err(error) => {
            let errors = errors(error)?;
            let name = web.app.open_payer(ask.cx()?, &id)?.row.payer.name;
            Ok(Reply::again(page(ask, &At::Known { id, name, version }, &typed, &errors)))
        }
    }
}

/// What is wrong with the form; a refusal is about the number, which another payer has.
fn errors(error: app::Error) -> Result<Vec<FieldError>, Failure> {
    match error {
        app::Error::Invalid(faults) => Ok(faults.into_iter().map(FieldError::from).collect()),
        app::Error::Refused(message) => Ok(vec![FieldError { field: "number".to_owned(), message }]),
        other => Err(other.into()),
    }
}

/// Which payer the form is about.
enum At {
    New,
    Known { id: PayerId, name: String, version: i64 },
}

fn page(ask: &Ask, at: &At, typed: &PayerForm, e: &[FieldError]) -> Markup {
    let page = ask.page(Nav::Payers);
    let (title, action, label) = match at {
        At::New => ("Add a payer".to_owned(), "/payers".to_owned(), "Add"),
        At::Known { id, name, .. } => (format!("Change {name}"), format!("/payers/{id}"), "Save"),
    };
    let body = html! {
        (error_summary(e))
        section.card.pad {
            (form(&page, &action, &html! {
                @if let At::Known { version, .. } = at { input type="hidden" name="version" value=(version); }
                (inputs(typed, e))
                div.actions { (Button::submit(label).primary()) }
            }))
        }
    };
    Page::new(&page, &title).crumbs(PAYERS).render(&body)
}

fn inputs(p: &PayerForm, e: &[FieldError]) -> Markup {
    let kinds: Vec<(&str, &str)> =
        std::iter::once(("", "Choose")).chain(FilingIndicator::ALL.iter().map(|k| (k.as_str(), k.label()))).collect();
    html! {
        (fields("Payer", &html! {
            (Field::text("name", "Name").value(&p.name).required().max(60).errors(e))
            (Field::text("number", "Its number").value(&p.number).hint("As the partner that takes its claims lists it").required().max(80).width(Width::Medium).errors(e))
            (Field::select("filing", "Kind of plan", &kinds).value(&p.filing).required().errors(e))
            (Field::digits("timely_filing_days", "Days in which it takes a claim").value(&p.timely_filing_days).hint("From the date of service").required().width(Width::Short).errors(e))
        }))
    }
}
