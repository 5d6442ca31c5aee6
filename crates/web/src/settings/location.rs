//! One location: where it is, in which zone, and when it sees patients.

use domain::id::LocationId;
use domain::place::{DAYS, LocationForm};
use maud::{Markup, html};

use super::{SETTINGS, errors, version};
use crate::components::{Button, Field, FieldError, Nav, Page, Width, error_summary, fields, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// Zones of the United States, east to west.
const ZONES: [(&str, &str); 12] = [
    ("America/New_York", "Eastern"),
    ("America/Detroit", "Eastern: Michigan"),
    ("America/Indiana/Indianapolis", "Eastern: most of Indiana"),
    ("America/Chicago", "Central"),
    ("America/Denver", "Mountain"),
    ("America/Boise", "Mountain: south of Idaho"),
    ("America/Phoenix", "Mountain: Arizona, no daylight saving"),
    ("America/Los_Angeles", "Pacific"),
    ("America/Anchorage", "Alaska"),
    ("Pacific/Honolulu", "Hawaii"),
    ("America/Puerto_Rico", "Atlantic: Puerto Rico, Virgin Islands"),
    ("Pacific/Guam", "Guam, Northern Marianas"),
];

/// Where the form goes, and which version of the location it shows.
struct At<'a> {
    title: &'a str,
    action: &'a str,
    version: Option<i64>,
}

const NEW: At<'static> = At { title: "Add a location", action: "/settings/locations", version: None };

/// `GET /settings/locations/new`.
pub(super) fn new(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let zone = web.app.settings(ask.cx()?)?.facts.zone;
    Ok(Reply::page(page(ask, &NEW, &LocationForm::blank(&zone), &[])))
}

/// `POST /settings/locations`.
pub(super) fn add(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed: LocationForm = ask.read_form()?;
    match web.app.add_location(ask.cx()?, &typed) {
        Ok(_) => Ok(Reply::see("/settings".to_owned())),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(page(ask, &NEW, &typed, &errors(faults)))),
        Err(other) => Err(other.into()),
    }
}

/// `GET /settings/locations/{location}`.
pub(super) fn edit(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("location", LocationId::parse)?;
    let found =
        web.app.settings(ask.cx()?)?.locations.into_iter().find(|l| l.value.id == id).ok_or(Failure::NotFound)?;
    let action = format!("/settings/locations/{id}");
    let at = At { title: &found.value.name, action: &action, version: Some(found.version) };
    Ok(Reply::page(page(ask, &at, &LocationForm::from(&found.value), &[])))
}

/// `POST /settings/locations/{location}`.
pub(super) fn change(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("location", LocationId::parse)?;
    let (typed, version): (LocationForm, i64) = (ask.read_form()?, version(ask)?);
    match web.app.change_location(ask.cx()?, &id, version, &typed) {
        Ok(()) => Ok(Reply::see("/settings".to_owned())),
        Err(app::Error::Invalid(faults)) => {
            let at = At { title: &typed.name, action: &format!("/settings/locations/{id}"), version: Some(version) };
            Ok(Reply::again(page(ask, &at, &typed, &errors(faults))))
        }
        Err(other) => Err(other.into()),
    }
}

fn page(ask: &Ask, at: &At<'_>, p: &LocationForm, e: &[FieldError]) -> Markup {
    let page = ask.page(Nav::Settings);
    let named = ZONES.iter().any(|(zone, _)| *zone == p.zone);
    // One that was set elsewhere stays.
    let other = (!named && !p.zone.is_empty()).then_some((p.zone.as_str(), p.zone.as_str()));
    let zones: Vec<(&str, &str)> = ZONES.into_iter().chain(other).collect();
    let body = html! {
        (error_summary(e))
        section.card.pad {
            (form(&page, at.action, &html! {
                @if let Some(version) = at.version { input type="hidden" name="version" value=(version); }
                (fields("Location", &html! {
                    (Field::text("name", "Name").value(&p.name).hint("What your people call it").required().errors(e).max(60))
                    (Field::select("zone", "Time zone", &zones).value(&p.zone).hint("Visits that are booked keep their time").required().errors(e))
                    (Field::text("place_of_service", "Place of service").value(&p.place_of_service).hint("Two digits; 11 is an office").required().width(Width::Short).errors(e))
                    (Field::text("npi", "Its own NPI").value(&p.npi).hint("Type 2, when it has one").optional().width(Width::Medium).errors(e))
                }))
                (fields("Address", &html! {
                    (Field::text("line1", "Street").value(&p.line1).required().errors(e))
                    (Field::text("line2", "Suite").value(&p.line2).optional().errors(e))
                    (Field::text("city", "City").value(&p.city).required().errors(e))
                    (Field::text("state", "State").value(&p.state).hint("Two letters").required().width(Width::Short).errors(e))
                    (Field::text("zip", "ZIP code").value(&p.zip).required().width(Width::Medium).errors(e))
                }))
                (fields("When it sees patients: 8:00-17:00, or 8:00-12:00, 13:00-17:00 with lunch between; blank is closed", &html! {
                    @for ((field, name), text) in DAYS.iter().zip(p.week()) {
                        (Field::text(field, name).value(text).optional().width(Width::Medium).errors(e))
                    }
                }))
                div.actions { (Button::submit(if at.version.is_some() { "Save" } else { "Add" }).primary()) }
            }))
        }
    };
    Page::new(&page, at.title).crumbs(SETTINGS).render(&body)
}
