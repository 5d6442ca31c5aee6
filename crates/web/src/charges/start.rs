//! The form of a visit that no appointment leads to.

use app::patient::FoundPatient;
use app::visit::NewVisit;
use domain::id::PatientId;
use maud::{Markup, html};

use crate::components::{
    Button, Field, FieldError, Icon, Nav, Page, Width, date, empty_state, error_summary, fields, form,
};
use crate::failure::Failure;
use crate::patients::{find_form, looked_for};
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// People to choose from; more want another letter.
const SHOWN: u32 = 10;

/// `GET /charges/new?w=` or `?patient=`.
pub(super) fn new(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed = NewVisit { patient: ask.query("patient").to_owned(), ..NewVisit::default() };
    Ok(Reply::page(whole(web, ask, &typed, &[])?))
}

/// `POST /charges/new`.
pub(super) fn start(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed: NewVisit = ask.read_form()?;
    match web.app.start_visit(ask.cx()?, &typed, ask.today) {
        Ok(id) => Ok(Reply::see(format!("/charges/{id}"))),
        Err(app::Error::Invalid(faults)) => {
            let errors: Vec<FieldError> = faults.into_iter().map(FieldError::from).collect();
            Ok(Reply::again(whole(web, ask, &typed, &errors)?))
        }
        Err(other) => Err(other.into()),
    }
}

fn whole(web: &Web, ask: &Ask, typed: &NewVisit, errors: &[FieldError]) -> Result<Markup, Failure> {
    let page = ask.page(Nav::Charges);
    let query = looked_for(web, ask)?;
    let body = html! {
        (error_summary(errors))
        @if let Ok(patient) = PatientId::parse(&typed.patient) {
            (chosen(web, ask, &patient, typed, errors)?)
        } @else {
            (find_form(&page, "/charges/new", &[], "Who was seen? Name, date of birth, phone or record number", &query))
            @if query.trim().chars().count() > 1 {
                (found(&web.app.find_patients(ask.cx()?, &query, SHOWN)?))
            }
        }
    };
    Ok(Page::new(&page, "Charge a visit").crumbs(&[("Charges", "/charges")]).render(&body))
}

fn found(found: &[FoundPatient]) -> Markup {
    if found.is_empty() {
        return empty_state(Icon::Users, "Nobody found", "Check the spelling, or search by date of birth.", None);
    }
    html! {
        ul.plain.card.pad {
            @for p in found {
                li { a href={ "/charges/new?patient=" (p.id) } { (p.name.sorted()) } ", born " (date(p.birth_date)) " · " (p.mrn) }
            }
        }
    }
}

fn chosen(web: &Web, ask: &Ask, id: &PatientId, typed: &NewVisit, e: &[FieldError]) -> Result<Markup, Failure> {
    let chart = web.app.open_patient(ask.cx()?, id)?;
    let (providers, locations) = web.app.places()?;
    let names: Vec<(String, String)> = providers.iter().map(|p| (p.id.to_string(), p.name.sorted())).collect();
    let choose = || std::iter::once(("", "Choose"));
    let clinicians: Vec<(&str, &str)> = choose().chain(names.iter().map(|(id, n)| (id.as_str(), n.as_str()))).collect();
    let places: Vec<(&str, &str)> =
        choose().chain(locations.iter().map(|l| (l.id.as_str(), l.name.as_str()))).collect();
    let only = |text: &str, all: &[(&str, &str)]| match (text.is_empty(), all) {
        (true, [_, (only, _)]) => (*only).to_owned(),
        _ => text.to_owned(),
    };
    let (provider, location) = (only(&typed.provider, &clinicians), only(&typed.location, &places));
    let body = html! {
        input type="hidden" name="patient" value=(id);
        (fields("Visit", &html! {
            (Field::text("date", "Date of service").value(&typed.date).hint("Like 6/9/2026").required().width(Width::Medium).errors(e))
            (Field::select("provider", "Clinician", &clinicians).value(&provider).required().errors(e))
            (Field::select("location", "Place", &places).value(&location).required().errors(e))
        }))
        (Button::submit("Go on to the charges").primary())
    };
    Ok(html! {
        section.card.pad.patient aria-label="Patient" {
            h2 { (chart.patient.name) }
            p { "Born " (date(chart.patient.birth_date)) " · " (chart.patient.mrn) }
        }
        (form(&ask.page(Nav::Charges), "/charges/new", &body))
    })
}
