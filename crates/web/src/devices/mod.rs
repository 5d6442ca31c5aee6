//! Where people work from: the practice's networks, registered devices, and what is said to whoever is elsewhere.

mod form;
mod list;
mod networks;
mod one;
pub(crate) mod outside;

use app::device::GivenCode;
use domain::access::{Action, ResourceKind};
pub(crate) use list::standing;
use maud::{Markup, html};

use crate::components::{Button, FieldError, Nav, Page, card, instant};
use crate::request::Ask;
use crate::route::{Gate, Route, Verb, get, post};
use crate::server::Web;

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/devices", Action::DeviceView, ResourceKind::Practice, list::list),
    get("/devices/new", Action::DeviceEdit, ResourceKind::Practice, form::new),
    post("/devices", Action::DeviceEdit, ResourceKind::Practice, form::register),
    get("/devices/networks", Action::DeviceEdit, ResourceKind::Practice, networks::edit),
    post("/devices/networks", Action::DeviceEdit, ResourceKind::Practice, networks::change),
    Route { method: Verb::Get, path: "/devices/enrol", gate: Gate::HalfOpen, handler: outside::form },
    Route { method: Verb::Post, path: "/devices/enrol", gate: Gate::HalfOpen, handler: outside::enrol },
    get("/devices/{id}", Action::DeviceView, ResourceKind::Practice, one::show),
    post("/devices/{id}/posture", Action::DeviceEdit, ResourceKind::Practice, one::posture),
    post("/devices/{id}/code", Action::DeviceEdit, ResourceKind::Practice, one::code),
    post("/devices/{id}/end", Action::DeviceEdit, ResourceKind::Practice, one::end),
];

const DEVICES: &[(&str, &str)] = &[("Devices", "/devices")];

fn errors(faults: Vec<domain::form::FieldFault>) -> Vec<FieldError> {
    faults.into_iter().map(FieldError::from).collect()
}

/// The page that shows a one-time code, once.
fn code_page(web: &Web, ask: &Ask, given: &GivenCode) -> Markup {
    let page = ask.page(Nav::Devices);
    let device = format!("/devices/{}", given.id);
    let body = html! {
        div.stack.narrow {
            (card("One-time code", &html! {
                div.pad.stack {
                    p { "Give this to the person who uses the device. It is shown now and never again." }
                    p { code.given { (given.code) } }
                    p { "On the device, in the browser that will be used: sign in, open " b { "Your account" } ", choose " b { "Enrol this device" } ", and type the code. Away from the practice the page after signing in asks for it. It works once, until " (instant(given.ends_at.timestamp(), &web.zone)) "." }
                    p { (Button::link("Done", &device).primary()) }
                }
            }))
        }
    };
    Page::new(&page, "One-time code").crumbs(DEVICES).render(&body)
}
