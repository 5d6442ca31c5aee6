//! Booking: the first openings before any calendar, and a form that keeps what was typed.

use app::schedule::BookingPage;
use domain::access::Action;
use domain::id::{PatientId, ProviderId};
use domain::schedule::{BookingForm, Fold, VisitKind};
use maud::{Markup, html};

use super::{errors, only_others, provider_name};
use crate::components::{
    Button, Field, FieldError, Icon, Nav, Page, Width, card, date, empty_state, error_summary, fields, form as posting,
};
use crate::failure::Failure;
use crate::patients::{find_form, looked_for, plain};
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /schedule/book?patient=&provider=&date=&time=&kind=&minutes=&location=`.
pub(super) fn form(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed = from_query(ask);
    if typed.patient.is_empty() {
        return who(web, ask, &typed);
    }
    Ok(Reply::page(page(web, ask, &typed, &[])?))
}

/// First of all, who comes: a visit is booked for one person out of several of the same name.
fn who(web: &Web, ask: &Ask, typed: &BookingForm) -> Result<Reply, Failure> {
    let (query, place) = (looked_for(web, ask)?, ask.query("location"));
    let found = if query.trim().is_empty() { None } else { Some(web.app.find_patients(ask.cx()?, &query, 20)?) };
    let kept =
        [("provider", typed.provider.as_str()), ("date", &typed.date), ("time", &typed.time), ("location", place)];
    let on: Vec<String> = kept.iter().filter(|(_, v)| plain(v)).map(|(n, v)| format!("&{n}={v}")).collect();
    let on = on.concat();
    let page = ask.page(Nav::Schedule);
    let body = html! {
        (find_form(&page, "/schedule/book", &kept, "Who comes? Name, date of birth, phone or record number", &query))
        @if let Some(found) = &found {
            @if found.is_empty() {
                (empty_state(Icon::Users, "Nobody found", "Check the spelling, or register the patient first.", Some(&Button::link("Register a patient", "/patients/new"))))
            } @else {
                (card("Book for", &html! {
                    ul.plain.pad {
                        @for p in found.iter() {
                            li { a href={ "/schedule/book?patient=" (p.id) (on) } { (p.name.sorted()) } " " span.sub { "born " (date(p.birth_date)) " · " (p.mrn) } }
                        }
                    }
                }))
            }
        }
    };
    Ok(Reply::page(Page::new(&page, "Book a visit").crumbs(&[("Schedule", "/schedule")]).render(&body)))
}

/// `POST /schedule/book`.
pub(super) fn book(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed: BookingForm = ask.read_form()?;
    let location = super::location(ask.field("location"))?;
    match web.app.book_visit(ask.cx()?, location.as_ref(), &typed) {
        Ok(visit) => Ok(Reply::see(format!("/schedule/{}", visit.id))),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(page(web, ask, &typed, &errors(faults))?)),
        Err(app::Error::Denied { action: Action::ScheduleOverbook, .. }) => {
            Ok(Reply::again(page(web, ask, &typed, &[only_others(&web.app.who_may_overbook())])?))
        }
        Err(other) => Err(other.into()),
    }
}

/// What links fill in before anybody types.
fn from_query(ask: &Ask) -> BookingForm {
    let q = |name: &str| ask.query(name).to_owned();
    BookingForm {
        patient: q("patient"),
        provider: q("provider"),
        date: q("date"),
        time: q("time"),
        fold: q("fold"),
        minutes: q("minutes"),
        kind: q("kind"),
        ..BookingForm::default()
    }
}

fn page(web: &Web, ask: &Ask, typed: &BookingForm, errors: &[FieldError]) -> Result<Markup, Failure> {
    let patient = PatientId::parse(&typed.patient).map_err(|_| Failure::NotFound)?;
    let location = super::location(super::either(ask, "location"))?;
    let around = web.app.booking_page(ask.cx()?, &patient, location.as_ref(), typed)?;
    let cx = ask.page(Nav::Schedule);
    let chart = format!("/patients/{patient}");
    let who = &around.patient;
    let body = html! {
        (error_summary(errors))
        section.card.pad.patient aria-label="Patient" {
            h2 { (who.name) }
            p { "Born " (date(who.birth_date)) " · " (who.mrn) }
        }
        (openings(&around, typed))
        (posting(&cx, "/schedule/book", &inputs(&around, typed, errors)))
    };
    let crumbs = [("Schedule", "/schedule"), ("Patient", chart.as_str())];
    Ok(Page::new(&cx, "Book a visit").crumbs(&crumbs).render(&body))
}

/// The first openings as links that fill in the form.
fn openings(around: &BookingPage, typed: &BookingForm) -> Markup {
    let name = |id: &ProviderId| around.providers.iter().find(|p| p.id == *id).map(provider_name).unwrap_or_default();
    let list = html! {
        @if around.openings.is_empty() { p.pad.sub { "Nothing is open in the next twelve weeks. Choose a time below." } }
        ul.plain.pad {
            @for o in &around.openings {
                li {
                    a href={
                        "/schedule/book?patient=" (typed.patient) "&location=" (around.location.id) "&provider=" (o.provider)
                        "&date=" (o.slot.start.date()) "&time=" (o.slot.start.strftime("%H:%M"))
                        "&kind=" (typed.kind) "&minutes=" (typed.minutes)
                    } { (o.slot.start.strftime("%a, %b %-d, %-I:%M %p")) }
                    " " span.sub { (name(&o.provider)) }
                }
            }
        }
    };
    card("First openings", &list)
}

fn inputs(around: &BookingPage, typed: &BookingForm, e: &[FieldError]) -> Markup {
    let names: Vec<String> = around.providers.iter().map(provider_name).collect();
    let providers: Vec<(&str, &str)> = std::iter::once(("", "Choose"))
        .chain(around.providers.iter().zip(&names).map(|(p, name)| (p.id.as_str(), name.as_str())))
        .collect();
    let kinds: Vec<(&str, &str)> =
        std::iter::once(("", "Choose")).chain(VisitKind::ALL.iter().map(|k| (k.as_str(), k.label()))).collect();
    html! {
        input type="hidden" name="patient" value=(typed.patient);
        @if around.locations.len() == 1 { input type="hidden" name="location" value=(around.location.id); }
        (fields("Visit", &html! {
            @if around.locations.len() > 1 { (place(around)) }
            (Field::select("kind", "Kind of visit", &kinds).value(&typed.kind).required().errors(e))
            (Field::digits("minutes", "Minutes").value(&typed.minutes).hint("Blank: what is usual for the kind").width(Width::Short).optional().errors(e))
            (Field::select("provider", "With", &providers).value(&typed.provider).required().errors(e))
            (Field::date("date", "Date").value(&typed.date).required().errors(e))
            (Field::time("time", "Time").value(&typed.time).required().errors(e))
            @if asks_which(e) || !typed.fold.is_empty() { (which(&typed.fold)) }
            (Field::text("reason", "Why the patient comes").value(&typed.reason).max(200).optional().errors(e))
        }))
        @if around.may_overbook {
            (fields("Over a taken time, or outside opening hours", &html! {
                (Field::text("overbook_reason", "Reason").value(&typed.overbook_reason).hint("Without one, such a time is refused").max(200).optional().errors(e))
            }))
        } @else {
            p.sub { "A taken time, or one outside opening hours, is for a " (around.who_may_overbook) " to book." }
        }
        div.row { (Button::submit("Book").primary()) }
    }
}

fn place(around: &BookingPage) -> Markup {
    let places: Vec<(&str, &str)> = around.locations.iter().map(|l| (l.id.as_str(), l.name.as_str())).collect();
    let zone = format!("Times in {}", around.location.zone.as_str().replace('_', " "));
    html! { (Field::select("location", "Where", &places).value(around.location.id.as_str()).hint(&zone)) }
}

/// Whether a time was refused because the clocks show it twice.
pub(super) fn asks_which(e: &[FieldError]) -> bool {
    e.iter().any(|e| e.field == "time" && e.message.contains("comes twice"))
}

/// Which of two equal times, on the night the clocks go back.
pub(super) fn which(fold: &str) -> Markup {
    let folds: Vec<(&str, &str)> =
        std::iter::once(("", "Choose")).chain(Fold::ALL.iter().map(|f| (f.as_str(), f.label()))).collect();
    html! { (Field::select("fold", "The clocks show this time twice", &folds).value(fold)) }
}
