//! The directory of payers.

use app::payer::PayerRow;
use domain::access::{Action, ResourceKind};
use maud::{Markup, html};

use crate::components::{Button, Icon, Nav, Page, Table, TableColumn, Tone, empty_state, tag};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /payers`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let payers = web.app.payer_list(ask.cx()?)?;
    let may = web.app.role_may(ask.cx()?.role, Action::PayerEdit, ResourceKind::Practice);
    let new = Button::link("Add a payer", "/payers/new").primary().key("n");
    let body = if payers.is_empty() {
        let why = "Add the plans that your patients have: coverages, claims and remittances name them.";
        empty_state(Icon::BuildingBank, "No payers", why, may.then_some(&new))
    } else {
        table(&payers)
    };
    let page = ask.page(Nav::Payers);
    let body = html! { section.card { (body) } };
    Ok(Reply::page(Page::new(&page, "Payers").actions(html! { @if may { (new) } }).render(&body)))
}

fn table(payers: &[PayerRow]) -> Markup {
    let columns = [
        TableColumn::text("Payer"),
        TableColumn::text("Number"),
        TableColumn::text("Known as too"),
        TableColumn::text("Kind of plan"),
        TableColumn::number("Days to file"),
        TableColumn::text("Claims go to"),
    ];
    let rows = html! {
        @for PayerRow { payer, partner } in payers {
            tr {
                th scope="row" { a href={ "/payers/" (payer.id) } { (payer.name) } }
                td { (payer.x12_id) }
                td { @for (at, known) in payer.other_numbers.live().enumerate() { @if at > 0 { ", " } (known.number) } }
                td { (payer.filing.label()) }
                td.num { (payer.timely_filing_days) }
                td { @match partner { Some(partner) => (partner.name), None => (tag(Tone::Warn, "Nobody yet")) } }
            }
        }
    };
    Table::new("Payers", &columns).keys().rows(&rows)
}
