//! One device: who uses it, how it stands and who said so, and the end of its registration.

use app::device::{DevicePage, SaidOf};
use domain::access::{Action, ResourceKind};
use domain::device::{Guard, Posture, PostureForm};
use domain::id::DeviceId;
use maud::{Markup, html};

use super::list::standing;
use super::{DEVICES, code_page, errors};
use crate::components::{
    Button, Field, FieldError, Nav, Page, PageContext, Table, TableColumn, Tone, card, definition_list, error_summary,
    form, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /devices/{id}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(web, ask, &PostureForm::default(), &[])?))
}

/// `POST /devices/{id}/posture`.
pub(super) fn posture(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", DeviceId::parse)?;
    let typed: PostureForm = ask.read_form()?;
    match web.app.say_posture(web.app.fresh(ask.cx()?)?, &id, &typed) {
        Ok(()) => Ok(Reply::see(format!("/devices/{id}"))),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(page(web, ask, &typed, &errors(faults))?)),
        Err(other) => Err(other.into()),
    }
}

/// `POST /devices/{id}/code`.
pub(super) fn code(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", DeviceId::parse)?;
    let given = web.app.new_device_code(web.app.fresh(ask.cx()?)?, &id)?;
    Ok(Reply::page(code_page(web, ask, &given)))
}

/// `POST /devices/{id}/end`. It asks for no second factor: what is lost is ended at once.
pub(super) fn end(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", DeviceId::parse)?;
    match web.app.end_device(ask.cx()?, &id, ask.field("reason")) {
        Ok(()) => Ok(Reply::see(format!("/devices/{id}"))),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(page(web, ask, &PostureForm::default(), &errors(faults))?)),
        Err(other) => Err(other.into()),
    }
}

fn page(web: &Web, ask: &Ask, typed: &PostureForm, e: &[FieldError]) -> Result<Markup, Failure> {
    let id = ask.id("id", DeviceId::parse)?;
    let cx = ask.cx()?;
    let shown = web.app.device(cx, &id)?;
    let device = &shown.row.device;
    let may = web.app.role_may(cx.role, Action::DeviceEdit, ResourceKind::Practice) && device.ended_at.is_none();
    let page = ask.page(Nav::Devices);
    let body = html! {
        (error_summary(e))
        (card("The device", &facts(web, &shown)))
        @if let Some(posture) = &device.posture { (card("How it is protected", &said(web, posture, shown.said_by.as_ref()))) }
        @if may {
            (card("Say how it is protected", &html! { div.pad { (say(&page, &id, typed, e)) } }))
            (card("One-time code", &html! {
                div.pad.stack {
                    p.sub { "For a browser that lost its cookie, or a device that was set up anew. The browser that is enrolled now goes on until the code is typed." }
                    (form(&page, &format!("/devices/{id}/code"), &html! { div.actions { (Button::submit("Give a new code")) } }))
                }
            }))
            (card("End its registration", &html! {
                div.pad.stack {
                    p.sub { "Lost, given back, or no longer needed. Every session in its browser ends at once." }
                    (form(&page, &format!("/devices/{id}/end"), &html! {
                        (Field::text("reason", "Reason").hint("Kept with the change.").required().max(200).errors(e))
                        div.actions { (Button::submit("End the registration").danger()) }
                    }))
                }
            }))
        }
    };
    Ok(Page::new(&page, &device.name)
        .crumbs(DEVICES)
        .beside(standing(&shown.row))
        .render(&html! { div.stack.narrow { (body) } }))
}

fn facts(web: &Web, shown: &DevicePage) -> Markup {
    let (row, device) = (&shown.row, &shown.row.device);
    let at = |at: Option<domain::Instant>| match at {
        Some(at) => instant(at.timestamp(), &web.zone),
        None => html! { span.sub { "never" } },
    };
    let mut facts = vec![
        ("What it is", html! { (device.kind.label()) }),
        ("Who uses it", html! { a href={ "/people/" (device.owner) } { (row.owner) } }),
        ("What for", html! { (device.purpose) }),
        ("Enrolled", at(device.enrolled_at)),
        ("Last seen", at(row.seen_at)),
    ];
    if let Some(until) = shown.code_until {
        facts.push(("One-time code", html! { "waits to be typed until " (instant(until.timestamp(), &web.zone)) }));
    }
    if let Some(ended) = device.ended_at {
        facts.push(("Registration ended", at(Some(ended))));
    }
    definition_list(&facts)
}

fn said(web: &Web, posture: &Posture, by: Option<&SaidOf>) -> Markup {
    let columns = [TableColumn::text("Protection"), TableColumn::text("Is it on")];
    let rows = html! {
        @for guard in Guard::ALL {
            tr {
                th scope="row" { (guard.label()) }
                td {
                    @match posture.of(*guard) {
                        Some(true) => (tag(Tone::Ok, "Yes")),
                        Some(false) => (tag(Tone::Bad, "No")),
                        None => (tag(Tone::Warn, "Not known")),
                    }
                }
            }
        }
    };
    html! {
        (Table::new("How it is protected", &columns).rows(&rows))
        p.pad.sub {
            "Said on " (instant(posture.at.timestamp(), &web.zone)) " by "
            @match by { Some(SaidOf::Person(name)) => (name), Some(SaidOf::Program(name)) => { "the program " (name) } None => "nobody" }
            ", and holds until " (instant(posture.holds_until().timestamp(), &web.zone)) "."
            @if !posture.words.is_empty() { " “" (posture.words) "”" }
        }
    }
}

fn say(page: &PageContext, id: &DeviceId, typed: &PostureForm, e: &[FieldError]) -> Markup {
    const SAID: &[(&str, &str)] = &[("", "Choose"), ("yes", "Yes"), ("no", "No"), ("unknown", "Not known")];
    form(
        page,
        &format!("/devices/{id}/posture"),
        &html! {
            div.fields {
                (Field::select("disk", "Every disk with data is encrypted", SAID).value(&typed.disk).required().errors(e))
                (Field::select("lock", "The screen locks by itself within 15 minutes", SAID).value(&typed.lock).required().errors(e))
                (Field::select("tunnel", "It comes through a VPN or zero trust", SAID).value(&typed.tunnel).required().errors(e))
            }
            (Field::area("words", "What you looked at").value(&typed.words).hint("The setting, the screen, the report: what somebody else could look at again").required().max(400).errors(e))
            div.actions { (Button::submit("Say so").primary()) }
        },
    )
}
