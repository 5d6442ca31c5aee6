//! One clinician: the name and numbers that claims have, where patients are seen, and the account that signs.

use app::practice::Settings;
use domain::id::ProviderId;
use domain::place::ProviderForm;
use maud::{Markup, html};

use super::{SETTINGS, errors, version};
use crate::components::{Button, Field, FieldError, Nav, Page, Width, checkbox, error_summary, fields, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// Where the form goes, and which version of the clinician it shows.
struct At<'a> {
    title: &'a str,
    action: &'a str,
    version: Option<i64>,
}

const NEW: At<'static> = At { title: "Add a clinician", action: "/settings/clinicians", version: None };

/// `GET /settings/clinicians/new`.
pub(super) fn new(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let settings = web.app.settings(ask.cx()?)?;
    Ok(Reply::page(page(ask, &settings, &NEW, &ProviderForm::default(), &[])))
}

/// `POST /settings/clinicians`.
pub(super) fn add(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed = typed(ask)?;
    match web.app.add_provider(ask.cx()?, &typed) {
        Ok(_) => Ok(Reply::see("/settings".to_owned())),
        Err(app::Error::Invalid(faults)) => {
            let settings = web.app.settings(ask.cx()?)?;
            Ok(Reply::again(page(ask, &settings, &NEW, &typed, &errors(faults))))
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /settings/clinicians/{provider}`.
pub(super) fn edit(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("provider", ProviderId::parse)?;
    let settings = web.app.settings(ask.cx()?)?;
    let found = settings.providers.iter().find(|p| p.value.id == id).ok_or(Failure::NotFound)?;
    let (title, action) = (found.value.name.to_string(), format!("/settings/clinicians/{id}"));
    let at = At { title: &title, action: &action, version: Some(found.version) };
    Ok(Reply::page(page(ask, &settings, &at, &ProviderForm::from(&found.value), &[])))
}

/// `POST /settings/clinicians/{provider}`.
pub(super) fn change(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("provider", ProviderId::parse)?;
    let (typed, version) = (typed(ask)?, version(ask)?);
    match web.app.change_provider(ask.cx()?, &id, version, &typed) {
        Ok(()) => Ok(Reply::see("/settings".to_owned())),
        Err(app::Error::Invalid(faults)) => {
            let settings = web.app.settings(ask.cx()?)?;
            let at = At { title: &typed.family, action: &format!("/settings/clinicians/{id}"), version: Some(version) };
            Ok(Reply::again(page(ask, &settings, &at, &typed, &errors(faults))))
        }
        Err(other) => Err(other.into()),
    }
}

fn typed(ask: &Ask) -> Result<ProviderForm, Failure> {
    let locations = ask.fields("locations").map(str::to_owned).collect();
    Ok(ProviderForm { locations, ..ask.read_form()? })
}

fn page(ask: &Ask, settings: &Settings, at: &At<'_>, p: &ProviderForm, e: &[FieldError]) -> Markup {
    let page = ask.page(Nav::Settings);
    let accounts: Vec<(&str, &str)> = std::iter::once(("", "Nobody yet"))
        .chain(settings.accounts.iter().map(|(id, name)| (id.as_str(), name.as_str())))
        .collect();
    let body = html! {
        (error_summary(e))
        section.card.pad {
            (form(&page, at.action, &html! {
                @if let Some(version) = at.version { input type="hidden" name="version" value=(version); }
                (fields("Name", &html! {
                    (Field::text("family", "Family name").value(&p.family).required().errors(e))
                    (Field::text("given", "First name").value(&p.given).required().errors(e))
                    (Field::text("middle", "Middle name").value(&p.middle).optional().width(Width::Medium).errors(e))
                    (Field::text("suffix", "Suffix").value(&p.suffix).optional().width(Width::Short).errors(e))
                    (Field::text("credential", "Credential").value(&p.credential).hint("Like MD or NP").optional().width(Width::Short).errors(e))
                }))
                (fields("Numbers", &html! {
                    (Field::text("npi", "NPI").value(&p.npi).hint("Type 1, the clinician's own").required().width(Width::Medium).errors(e))
                    (Field::text("taxonomy", "Taxonomy").value(&p.taxonomy).hint("Like 207Q00000X").required().width(Width::Medium).errors(e))
                }))
                (fields("In this practice", &html! {
                    (Field::select("account", "Signs in as", &accounts).value(&p.account).hint("Who may sign this clinician's charges; accounts are made under People").errors(e))
                }))
                fieldset #f-locations {
                    legend.legend { "Sees patients at; none ticked means every location" }
                    @for location in settings.locations.iter().map(|l| &l.value) {
                        (checkbox("locations", location.id.as_str(), &location.name, p.locations.iter().any(|id| id == location.id.as_str())))
                    }
                }
                div.actions { (Button::submit(if at.version.is_some() { "Save" } else { "Add" }).primary()) }
            }))
        }
    };
    Page::new(&page, at.title).crumbs(SETTINGS).render(&body)
}
