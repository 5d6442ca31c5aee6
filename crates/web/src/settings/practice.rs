//! The practice: its name, and what claims say of it.

use domain::place::PracticeForm;
use maud::{Markup, html};

use super::{SETTINGS, errors, version};
use crate::components::{Button, Field, FieldError, Nav, Page, Width, error_summary, fields, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /settings/practice`.
pub(super) fn edit(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let settings = web.app.settings(ask.cx()?)?;
    let practice = settings.practice.as_ref();
    let typed = PracticeForm::of(&settings.facts.name, practice.map(|p| &p.value));
    Ok(Reply::page(page(ask, practice.map_or(0, |p| p.version), &typed, &[])))
}

/// `POST /settings/practice`.
pub(super) fn change(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let (typed, version): (PracticeForm, i64) = (ask.read_form()?, version(ask)?);
    match web.app.change_practice(ask.cx()?, version, &typed) {
        Ok(()) => {
            web.rename(&web.app.practice_facts()?.name);
            Ok(Reply::see("/settings".to_owned()))
        }
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(page(ask, version, &typed, &errors(faults)))),
        Err(other) => Err(other.into()),
    }
}

fn page(ask: &Ask, version: i64, p: &PracticeForm, e: &[FieldError]) -> Markup {
    let page = ask.page(Nav::Settings);
    let body = html! {
        (error_summary(e))
        section.card.pad {
            (form(&page, "/settings/practice", &html! {
                input type="hidden" name="version" value=(version);
                (fields("Name", &html! {
                    (Field::text("name", "Short name").value(&p.name).hint("What your people call it; in the top bar").required().errors(e).max(60))
                    (Field::text("legal_name", "Name on its tax papers").value(&p.legal_name).required().errors(e).max(60))
                }))
                (fields("Numbers", &html! {
                    (Field::text("npi", "NPI of the practice").value(&p.npi).hint("Type 2, ten digits").required().width(Width::Medium).errors(e))
                    (Field::text("tax_id", "Tax number").value(&p.tax_id).hint("12-3456789; a social security number as 123-45-6789").required().width(Width::Medium).errors(e))
                    (Field::text("taxonomy", "Taxonomy").value(&p.taxonomy).hint("Like 207Q00000X").required().width(Width::Medium).errors(e))
                }))
                (fields("Address on claims: a street, not a PO box", &html! {
                    (Field::text("line1", "Street").value(&p.line1).required().errors(e))
                    (Field::text("line2", "Suite").value(&p.line2).optional().errors(e))
                    (Field::text("city", "City").value(&p.city).required().errors(e))
                    (Field::text("state", "State").value(&p.state).hint("Two letters").required().width(Width::Short).errors(e))
                    (Field::text("zip", "ZIP code").value(&p.zip).hint("Nine digits").required().width(Width::Medium).errors(e))
                }))
                (fields("Where payments go, when that is elsewhere", &html! {
                    (Field::text("pay_to_line1", "Street or PO box").value(&p.pay_to_line1).optional().errors(e))
                    (Field::text("pay_to_line2", "Suite").value(&p.pay_to_line2).optional().errors(e))
                    (Field::text("pay_to_city", "City").value(&p.pay_to_city).optional().errors(e))
                    (Field::text("pay_to_state", "State").value(&p.pay_to_state).optional().width(Width::Short).errors(e))
                    (Field::text("pay_to_zip", "ZIP code").value(&p.pay_to_zip).optional().width(Width::Medium).errors(e))
                }))
                (fields("Whom payers call", &html! {
                    (Field::text("contact", "Name").value(&p.contact).required().errors(e).max(60))
                    (Field::phone("phone", "Phone").value(&p.phone).required().errors(e))
                }))
                div.actions { (Button::submit("Save").primary()) }
            }))
        }
    };
    Page::new(&page, "The practice").crumbs(SETTINGS).render(&body)
}
