//! Register a device.

use domain::device::{DeviceForm, DeviceKind};
use domain::id::AccountId;
use maud::{Markup, html};

use super::{DEVICES, code_page, errors};
use crate::components::{Button, Field, FieldError, Nav, Page, Width, error_summary, fields, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /devices/new`.
pub(super) fn new(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let owners = web.app.device_owners(ask.cx()?)?;
    let typed = DeviceForm { owner: ask.query("owner").to_owned(), ..DeviceForm::default() };
    Ok(Reply::page(page(ask, &owners, &typed, &[])))
}

/// `POST /devices`.
pub(super) fn register(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed: DeviceForm = ask.read_form()?;
    match web.app.register_device(web.app.fresh(ask.cx()?)?, &typed) {
        Ok(given) => Ok(Reply::page(code_page(web, ask, &given))),
        Err(app::Error::Invalid(faults)) => {
            let owners = web.app.device_owners(ask.cx()?)?;
            Ok(Reply::again(page(ask, &owners, &typed, &errors(faults))))
        }
        Err(other) => Err(other.into()),
    }
}

fn page(ask: &Ask, owners: &[(AccountId, String)], typed: &DeviceForm, e: &[FieldError]) -> Markup {
    let page = ask.page(Nav::Devices);
    let owners: Vec<(&str, &str)> = std::iter::once(("", "Choose a person"))
        .chain(owners.iter().map(|(id, name)| (id.as_str(), name.as_str())))
        .collect();
    let kinds: Vec<(&str, &str)> = std::iter::once(("", "Choose"))
        .chain(DeviceKind::ALL.iter().map(|kind| (kind.as_str(), kind.label())))
        .collect();
    let body = html! {
        (error_summary(e))
        section.card.pad { (form(&page, "/devices", &html! {
            (fields("The device", &html! {
                (Field::text("name", "Name").value(&typed.name).hint("Its number in the inventory, or what people call it").required().errors(e).max(60))
                (Field::select("kind", "What it is", &kinds).value(&typed.kind).required().width(Width::Medium).errors(e))
                (Field::select("owner", "Who uses it", &owners).value(&typed.owner).hint("It counts for nobody else, and ends when this person leaves").required().errors(e))
                (Field::text("purpose", "What it is for").value(&typed.purpose).hint("Billing from home, visits to nursing homes").required().errors(e).max(200))
            }))
            p.sub { "You get a one-time code to type on the device. It may be used once that is done and somebody has said how it is protected." }
            div.actions { (Button::submit("Register").primary()) }
        })) }
    };
    Page::new(&page, "Register a device").crumbs(DEVICES).render(&body)
}
