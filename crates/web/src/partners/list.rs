//! The register of partners: who may be sent what, today.

use domain::access::{Action, ResourceKind};
use domain::partner::{Partner, gate};
use jiff::civil::Date;
use maud::{Markup, html};

use crate::claims::reason;
use crate::components::{Button, Icon, Nav, Page, Table, TableColumn, Tone, date, empty_state, tag};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /partners`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let partners = web.app.partners(ask.cx()?)?;
    let page = ask.page(Nav::Partners);
    let may = web.app.role_may(ask.cx()?.role, Action::PartnerEdit, ResourceKind::Practice);
    let new = Button::link("Add a partner", "/partners/new").primary().key("n");
    let body = if partners.is_empty() {
        let why =
            "Add the clearinghouse or the plans that take your claims; nothing is sent to anybody who is not here.";
        empty_state(Icon::BuildingStore, "No partners", why, may.then_some(&new))
    } else {
        table(&partners, ask.today)
    };
    let body = html! { section.card { (body) } };
    Ok(Reply::page(Page::new(&page, "Vendors and BAAs").actions(html! { @if may { (new) } }).render(&body)))
}

fn table(partners: &[Partner], today: Date) -> Markup {
    let columns = [
        TableColumn::text("Partner"),
        TableColumn::text("Kind"),
        TableColumn::text("May be sent claims"),
        TableColumn::text("Ground, or why not"),
        TableColumn::text("Agreement ends"),
    ];
    let rows = html! {
        @for partner in partners {
            tr {
                th scope="row" { a href={ "/partners/" (partner.id) } { (partner.name) } }
                td { (partner.kind.label()) }
                @match gate(partner, today) {
                    Ok(basis) => { td { (tag(Tone::Ok, "Yes")) } td { (reason(&basis.to_string())) } },
                    Err(why) => { td { (tag(Tone::Bad, "No")) } td { (reason(&why.to_string())) } },
                }
                td { @if let Some(to) = partner.agreement.as_ref().and_then(|a| a.to) { (date(to)) } }
            }
        }
    };
    Table::new("Partners", &columns).keys().rows(&rows)
}
