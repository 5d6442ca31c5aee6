//! Which networks are the practice's own.

use domain::device::NetworksForm;
use maud::{Markup, html};

use super::{DEVICES, errors};
use crate::components::{Button, Field, FieldError, Nav, Page, checkbox, error_summary, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /devices/networks`.
pub(super) fn edit(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let found = web.app.devices(ask.cx()?)?;
    Ok(Reply::page(page(ask, found.version, &NetworksForm::from(&found.networks), &[])))
}

/// `POST /devices/networks`.
pub(super) fn change(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed: NetworksForm = ask.read_form()?;
    let version = ask.field("version").parse().map_err(|_| Failure::BadRequest("the form has lost its version"))?;
    match web.app.change_networks(web.app.fresh(ask.cx()?)?, version, &typed) {
        Ok(()) => Ok(Reply::see("/devices")),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(page(ask, version, &typed, &errors(faults)))),
        Err(other) => Err(other.into()),
    }
}

fn page(ask: &Ask, version: i64, typed: &NetworksForm, e: &[FieldError]) -> Markup {
    let page = ask.page(Nav::Devices);
    let hint = "One a line: the addresses, then a name. 192.168.10.0/24 Main Street, or 2001:db8:1::/48 Elm Street.";
    let body = html! {
        (error_summary(e))
        section.card.pad.narrow { (form(&page, "/devices/networks", &html! {
            input type="hidden" name="version" value=(version);
            p { "Name what the server sees. People in the office come with the office's own addresses when the server stands there, and with its one public address when it does not. You come from " code { (ask.source) } "." }
            (Field::area("own", "Networks").value(&typed.own).hint(hint).errors(e))
            (checkbox("loopback", "yes", "The server's own machine is on the premises", typed.loopback == "yes"))
            p.sub { "Take this away when a reverse proxy runs on the same machine: then everybody in the world seems to be there." }
            div.actions { (Button::submit("Save").primary()) }
        })) }
    };
    Page::new(&page, "The practice's networks").crumbs(DEVICES).render(&body)
}
