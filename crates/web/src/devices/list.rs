//! Every device and how it stands, and the practice's networks.

use app::device::{DeviceRow, Devices};
use domain::access::{Action, ResourceKind};
use domain::device::Missing;
use maud::{Markup, html};

use crate::components::{Button, Icon, Nav, Page, Table, TableColumn, Tone, card, empty_state, instant, tag};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /devices`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let cx = ask.cx()?;
    let found = web.app.devices(cx)?;
    let may = web.app.role_may(cx.role, Action::DeviceEdit, ResourceKind::Practice);
    let page = ask.page(Nav::Devices);
    let new = Button::link("Register a device", "/devices/new").primary().key("n");
    let devices = if found.rows.is_empty() {
        let why = "On the practice's own networks any computer will do. From anywhere else people work on a device that is registered here and known to be protected.";
        empty_state(Icon::Lock, "No registered devices", why, may.then_some(&new))
    } else {
        table(web, &found.rows)
    };
    let actions = html! { @if may { (new) } };
    let body = html! {
        div.stack {
            section.card aria-labelledby="registered" { h2 #registered { "Registered devices" } (devices) }
            (networks(&found, &cx.source, may))
        }
    };
    Ok(Reply::page(Page::new(&page, "Devices").actions(actions).render(&body)))
}

fn table(web: &Web, rows: &[DeviceRow]) -> Markup {
    let columns = [
        TableColumn::text("Device"),
        TableColumn::text("Who uses it"),
        TableColumn::text("Outside the practice"),
        TableColumn::text("Protection seen"),
        TableColumn::text("Last seen"),
    ];
    let rows = html! {
        @for row in rows {
            tr {
                th scope="row" { a href={ "/devices/" (row.device.id) } { (row.device.name) } " " span.sub { (row.device.kind.label()) } }
                td { (row.owner) }
                td { (standing(row)) }
                td {
                    @match &row.device.posture {
                        Some(posture) => (instant(posture.at.timestamp(), &web.zone)),
                        None => span.sub { "never" },
                    }
                }
                td {
                    @match row.seen_at {
                        Some(at) => (instant(at.timestamp(), &web.zone)),
                        None => span.sub { "never" },
                    }
                }
            }
        }
    };
    Table::new("Registered devices", &columns).keys().rows(&rows)
}

/// Whether its owner may work outside with it, and what is missing if not.
pub(crate) fn standing(row: &DeviceRow) -> Markup {
    let words = match (&row.standing, row.device.ended_at) {
        (_, Some(_)) => return tag(Tone::Mute, "Registration ended"),
        (Ok(()), None) => return tag(Tone::Ok, "May be used"),
        (Err(Missing::Device | Missing::Owner), None) => "not enrolled yet".to_owned(),
        (Err(Missing::Posture), None) => "nobody said how it stands".to_owned(),
        (Err(Missing::Stale), None) => "what was said is too old".to_owned(),
        (Err(Missing::Guards(guards)), None) => {
            let guards: Vec<&str> = guards.iter().map(|guard| guard.label()).collect();
            format!("lacks {}", guards.join(", "))
        }
    };
    html! { (tag(Tone::Warn, "Refused")) " " span.sub { (words) } }
}

fn networks(found: &Devices, source: &str, may: bool) -> Markup {
    let columns = [TableColumn::text("Network"), TableColumn::text("Addresses")];
    let here = found.networks.of(source);
    let rows = html! {
        @for network in &found.networks.own {
            tr {
                th scope="row" { (network.name) }
                td { code { (network.range) } }
            }
        }
        @if found.networks.loopback {
            tr { th scope="row" { "The server's own machine" } td { code { "127.0.0.0/8" } ", " code { "::1" } } }
        }
    };
    card(
        "The practice's networks",
        &html! {
            p.pad.sub {
                "Who comes from these works on the premises, with any computer. You come from " code { (source) }
                @match here { Some(name) => { ", which is on " b { (name) } "." } None => ", which is outside." }
            }
            @if !found.networks.own.is_empty() || found.networks.loopback { (Table::new("The practice's networks", &columns).rows(&rows)) }
            @if found.networks.own.is_empty() { p.pad { (tag(Tone::Warn, "No network is named")) " Everybody who is not at the server itself needs a registered device." } }
            @if may { div.pad { (Button::link("Change the networks", "/devices/networks")) } }
        },
    )
}
