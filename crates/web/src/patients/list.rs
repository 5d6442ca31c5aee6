//! The list of patients behind the one search box, and the palette's answers.

use app::patient::FoundPatient;
use domain::id::PatientId;
use maud::{Markup, html};

use super::{find_form, looked_for};
use crate::components::{Button, FindHit, Icon, Nav, Page, Table, TableColumn, empty_state, find_results};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// A page of the list; more people than this want another letter.
const SHOWN: u32 = 50;
/// Answers in the palette.
const HITS: u32 = 8;

/// `GET /patients?w=`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let query = looked_for(web, ask)?;
    let answer = web.app.find_with_closed(ask.cx()?, &query, SHOWN)?;
    let found = &answer.patients;
    let new = Button::link("Register a patient", "/patients/new").primary().key("n");
    let page = ask.page(Nav::Patients);
    let body = html! {
        (find_form(&page, "/patients", &[], "Find by name, date of birth, phone or record number", &query))
        @if !found.is_empty() { (table(found)) } @else if answer.closed.is_empty() { (nobody(&query)) }
        (closed(&answer.closed))
    };
    let count = if found.len() >= usize::try_from(SHOWN).unwrap_or(0) {
        format!("the first {SHOWN}; type more letters to see fewer")
    } else {
        format!("{} found", found.len())
    };
    Ok(Reply::page(
        Page::new(&page, "Patients").beside(html! { span.sub { (count) } }).actions(html! { (new) }).render(&body),
    ))
}

/// `POST /find`: options for the palette; `q`.
pub(super) fn palette(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let query = ask.field("q").trim();
    if query.chars().count() < 2 {
        return Ok(Reply::page(html! {}));
    }
    let found = web.app.find_with_closed(ask.cx()?, query, HITS)?;
    let closed = found.closed.iter().map(|id| FindHit {
        href: format!("/patients/{id}"),
        title: RESTRICTED.to_owned(),
        detail: "not open to you".to_owned(),
    });
    let hits: Vec<FindHit> = found
        .patients
        .iter()
        .map(|p| FindHit {
            href: format!("/patients/{}", p.id),
            title: p.name.sorted(),
            detail: format!("born {} · {}", p.birth_date.strftime("%-m/%-d/%Y"), p.mrn),
        })
        .chain(closed)
        .collect();
    Ok(Reply::page(find_results(&hits)))
}

/// What a restricted record is called where its patient may not be named.
const RESTRICTED: &str = "A restricted record";

/// Restricted records that the question fits. They say nothing but that they are there.
fn closed(ids: &[PatientId]) -> Markup {
    html! {
        @if !ids.is_empty() {
            section.card {
                h2 { "Restricted" }
                ul.plain.pad {
                    @for id in ids {
                        li { a href={ "/patients/" (id) } { (RESTRICTED) } " " span.sub { "fits, and is not open to you" } }
                    }
                }
            }
        }
    }
}

/// Rows of people, each told from the next by date of birth.
pub(super) fn table(found: &[FoundPatient]) -> Markup {
    let columns = [
        TableColumn::text("Name"),
        TableColumn::text("Born"),
        TableColumn::text("Sex"),
        TableColumn::text("Phone"),
        TableColumn::text("Record"),
    ];
    let rows = html! {
        @for patient in found {
            tr {
                th scope="row" { a href={ "/patients/" (patient.id) } { (patient.name.sorted()) } }
                td { (crate::components::date(patient.birth_date)) }
                td { (patient.sex.label()) }
                td { @if let Some(phone) = &patient.phone { (phone) } }
                td { (patient.mrn) }
            }
        }
    };
    Table::new("Patients", &columns).keys().rows(&rows)
}

fn nobody(query: &str) -> Markup {
    let register = Button::link("Register a patient", "/patients/new");
    let why = if query.is_empty() {
        "Register the first one, or load the practice's list."
    } else {
        "Check the spelling, try fewer letters, or search by date of birth."
    };
    empty_state(Icon::Users, "Nobody found", why, Some(&register))
}
