//! The form that registers a patient with a coverage, or changes one. After an error everything typed is still there.

use app::patient::Registered;
use domain::coverage::{CoverageForm, FilingIndicator, Priority, Relationship};
use domain::id::PatientId;
use domain::patient::{PatientForm, Sex};
use domain::payer::Payer;
use maud::{Markup, html};

use super::list::table;
use crate::components::{Button, Field, FieldError, Nav, Page, Width, error_summary, fields, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// What the form shows: what was typed, and what is wrong with it.
struct Shown<'a> {
    patient: &'a PatientForm,
    coverage: Option<(&'a CoverageForm, &'a [Payer])>,
    errors: &'a [FieldError],
}

/// `GET /patients/new`.
pub(super) fn new(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let payers = web.app.payers()?;
    let (patient, coverage) = (PatientForm::default(), CoverageForm::default());
    let shown = Shown { patient: &patient, coverage: Some((&coverage, &payers)), errors: &[] };
    Ok(Reply::page(register_page(ask, &shown, &html! {})))
}

/// `POST /patients`.
pub(super) fn register(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let (patient, coverage): (PatientForm, CoverageForm) = (ask.read_form()?, ask.read_form()?);
    let sure = ask.field("sure") == "yes";
    let outcome = web.app.register_patient(ask.cx()?, &patient, &coverage, sure, ask.today);
    let payers = web.app.payers()?;
    let again = |errors: &[FieldError], above: &Markup| {
        let shown = Shown { patient: &patient, coverage: Some((&coverage, &payers)), errors };
        Reply::again(register_page(ask, &shown, above))
    };
    match outcome {
        Ok(Registered::New(id)) => Ok(Reply::see(format!("/patients/{id}"))),
        Ok(Registered::PerhapsKnown(found)) => {
            let above = html! {
                section.card.pad role="alert" {
                    h2 { "Is it one of these?" }
                    p { "The same date of birth and a name or phone alike. Open the right one, or register a new patient below." }
                    (table(&found))
                }
            };
            Ok(again(&[], &above))
        }
        Err(app::Error::Invalid(faults)) => Ok(again(&errors(faults), &html! {})),
        Err(other) => Err(other.into()),
    }
}

/// `GET /patients/{id}/edit`.
pub(super) fn edit(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PatientId::parse)?;
    let chart = web.app.open_patient(ask.cx()?, &id)?;
    let patient = PatientForm::from(&chart.patient);
    let shown = Shown { patient: &patient, coverage: None, errors: &[] };
    Ok(Reply::page(edit_page(ask, &id, chart.version, &shown)))
}

/// `POST /patients/{id}`.
pub(super) fn change(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PatientId::parse)?;
    let patient: PatientForm = ask.read_form()?;
    let version = ask.field("version").parse().map_err(|_| Failure::BadRequest("the form has lost its version"))?;
    match web.app.change_patient(ask.cx()?, &id, version, &patient, ask.today) {
        Ok(()) => Ok(Reply::see(format!("/patients/{id}"))),
        Err(app::Error::Invalid(faults)) => {
            let shown = Shown { patient: &patient, coverage: None, errors: &errors(faults) };
            Ok(Reply::again(edit_page(ask, &id, version, &shown)))
        }
        Err(other) => Err(other.into()),
    }
}

fn errors(faults: Vec<domain::form::FieldFault>) -> Vec<FieldError> {
    faults.into_iter().map(FieldError::from).collect()
}

fn register_page(ask: &Ask, shown: &Shown, above: &Markup) -> Markup {
    let page = ask.page(Nav::Patients);
    let sure = above.0.is_empty();
    let body = html! {
        (error_summary(shown.errors))
        (above)
        (form(&page, "/patients", &html! {
            @if !sure { input type="hidden" name="sure" value="yes"; }
            (person(shown))
            @if let Some((coverage, payers)) = shown.coverage { (cover(coverage, payers, "None: the patient pays", shown.errors)) }
            (Button::submit(if sure { "Register" } else { "It is somebody new: register" }).primary())
        }))
    };
    Page::new(&page, "Register a patient").crumbs(&[("Patients", "/patients")]).render(&body)
}

fn edit_page(ask: &Ask, id: &PatientId, version: i64, shown: &Shown) -> Markup {
    let page = ask.page(Nav::Patients);
    let here = format!("/patients/{id}");
    let body = html! {
        (error_summary(shown.errors))
        (form(&page, &here, &html! {
            input type="hidden" name="version" value=(version);
            (person(shown))
            (Button::submit("Save").primary())
        }))
    };
    Page::new(&page, "Change a patient").crumbs(&[("Patients", "/patients"), ("Patient", &here)]).render(&body)
}

fn person(shown: &Shown) -> Markup {
    let (p, e) = (shown.patient, shown.errors);
    let sexes: Vec<(&str, &str)> =
        std::iter::once(("", "Choose")).chain(Sex::ALL.iter().map(|s| (s.as_str(), s.label()))).collect();
    html! {
        (fields("Who", &html! {
            (Field::text("family", "Family name").value(&p.family).required().autofocus().errors(e))
            (Field::text("given", "First name").value(&p.given).required().errors(e))
            (Field::text("middle", "Middle name").value(&p.middle).optional().width(Width::Medium).errors(e))
            (Field::text("suffix", "Suffix").value(&p.suffix).optional().width(Width::Short).errors(e))
            (Field::text("preferred", "Preferred name").value(&p.preferred).optional().width(Width::Medium).errors(e))
            (Field::text("birth_date", "Date of birth").value(&p.birth_date).hint("Like 6/9/1984").required().width(Width::Medium).errors(e))
            (Field::select("sex", "Sex, as the payer has it", &sexes).value(&p.sex).required().width(Width::Medium).errors(e))
        }))
        (fields("Contact", &html! {
            (Field::phone("phone", "Phone").value(&p.phone).optional().errors(e))
            (Field::email("email", "Email").value(&p.email).optional().errors(e))
        }))
        (fields("Address: all of it, or none", &html! {
            (Field::text("line1", "Street").value(&p.line1).errors(e))
            (Field::text("line2", "Apartment, suite").value(&p.line2).optional().errors(e))
            (Field::text("city", "City").value(&p.city).errors(e))
            (Field::text("state", "State").value(&p.state).hint("Two letters").width(Width::Short).errors(e))
            (Field::text("zip", "ZIP code").value(&p.zip).width(Width::Medium).errors(e))
        }))
    }
}

/// The fields of a coverage; `none` is what no payer means.
pub(super) fn cover(c: &CoverageForm, payers: &[Payer], none: &str, e: &[FieldError]) -> Markup {
    let choose = |rest: Vec<(&'static str, &'static str)>| [vec![("", "Choose")], rest].concat();
    let relations = choose(Relationship::ALL.iter().map(|r| (r.as_str(), r.label())).collect());
    let priorities = choose(Priority::ALL.iter().map(|r| (r.as_str(), r.label())).collect());
    let filings = choose(FilingIndicator::ALL.iter().map(|r| (r.as_str(), r.label())).collect());
    let plans: Vec<(&str, &str)> =
        std::iter::once(("", none)).chain(payers.iter().map(|p| (p.id.as_str(), p.name.as_str()))).collect();
    html! {
        (fields("Coverage", &html! {
            (Field::select("payer", "Health plan", &plans).value(&c.payer).errors(e))
            (Field::text("member_id", "Member number").value(&c.member_id).hint("As on the card").errors(e))
            (Field::text("group", "Group number").value(&c.group).optional().errors(e))
            (Field::select("priority", "Pays", &priorities).value(&c.priority).optional().errors(e))
            (Field::select("relationship", "The patient is the subscriber's", &relations).value(&c.relationship).optional().errors(e))
            (Field::select("filing", "Kind of plan", &filings).value(&c.filing).optional().errors(e))
            (Field::text("from", "First day").value(&c.from).optional().width(Width::Medium).errors(e))
            (Field::text("to", "Last day").value(&c.to).optional().width(Width::Medium).errors(e))
        }))
        (fields("Subscriber, when it is not the patient", &html! {
            (Field::text("subscriber_family", "Family name").value(&c.subscriber_family).optional().errors(e))
            (Field::text("subscriber_given", "First name").value(&c.subscriber_given).optional().errors(e))
            (Field::text("subscriber_birth_date", "Date of birth").value(&c.subscriber_birth_date).optional().width(Width::Medium).errors(e))
            (Field::text("subscriber_sex", "Sex").value(&c.subscriber_sex).hint("F, M or U").optional().width(Width::Short).errors(e))
        }))
    }
}
