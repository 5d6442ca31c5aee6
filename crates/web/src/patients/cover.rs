//! The form of one coverage: a new card, or one to put right.

use app::patient::{CoveragePage, Known};
use domain::coverage::CoverageForm;
use domain::id::{CoverageId, PatientId};
use maud::{Markup, html};

use super::form::cover;
use crate::components::{Button, FieldError, Nav, Page, date, error_summary, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /patients/{id}/coverage?coverage=`: a new one, when the address names none.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let named = match ask.query("coverage") {
        "" => None,
        text => Some(CoverageId::parse(text).map_err(|_| Failure::NotFound)?),
    };
    let around = web.app.coverage_page(ask.cx()?, &ask.id("id", PatientId::parse)?, named.as_ref())?;
    if named.is_some() && around.known.is_none() {
        return Err(Failure::NotFound);
    }
    let typed = around.known.as_ref().map(|(_, form)| form.clone()).unwrap_or_default();
    Ok(Reply::page(page(ask, &around, around.known.as_ref().map(|(known, _)| known), &typed, &[])?))
}

/// `POST /patients/{id}/coverage`.
pub(super) fn save(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let patient = ask.id("id", PatientId::parse)?;
    let typed: CoverageForm = ask.read_form()?;
    let known = match ask.field("coverage") {
        "" => None,
        text => {
            let version =
                ask.field("version").parse().map_err(|_| Failure::BadRequest("the form has lost its version"))?;
            Some(Known { id: CoverageId::parse(text).map_err(|_| Failure::NotFound)?, version })
        }
    };
    match web.app.keep_coverage(ask.cx()?, &patient, known.clone(), &typed, ask.today) {
        Ok(()) => Ok(Reply::see(format!("/patients/{patient}"))),
        Err(app::Error::Invalid(faults)) => {
            let around = web.app.coverage_page(ask.cx()?, &patient, None)?;
            let errors: Vec<FieldError> = faults.into_iter().map(FieldError::from).collect();
            Ok(Reply::again(page(ask, &around, known.as_ref(), &typed, &errors)?))
        }
        Err(other) => Err(other.into()),
    }
}

fn page(
    ask: &Ask,
    around: &CoveragePage,
    known: Option<&Known>,
    typed: &CoverageForm,
    errors: &[FieldError],
) -> Result<Markup, Failure> {
    let cx = ask.page(Nav::Patients);
    let chart = format!("/patients/{}", ask.id("id", PatientId::parse)?);
    let title = if known.is_some() { "Change a coverage" } else { "Add a coverage" };
    let body = html! {
        (error_summary(errors))
        section.card.pad.patient aria-label="Patient" {
            h2 { (around.name) }
            p { "Born " (date(around.birth_date)) " · " (around.mrn) }
        }
        (form(&cx, &format!("{chart}/coverage"), &html! {
            @if let Some(known) = known {
                input type="hidden" name="coverage" value=(known.id);
                input type="hidden" name="version" value=(known.version);
            }
            (cover(typed, &around.payers, "Choose", errors))
            (Button::submit("Save").primary())
        }))
    };
    Ok(Page::new(&cx, title).crumbs(&[("Patients", "/patients"), ("Patient", &chart)]).render(&body))
}
