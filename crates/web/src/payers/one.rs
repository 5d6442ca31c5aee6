//! One payer: its facts, its numbers, and everything that was done to it.

use app::payer::{NumberLine, PayerPage};
use domain::access::{Action, ResourceKind};
use domain::id::PayerId;
use maud::{Markup, html};

use super::PAYERS;
use crate::components::{
    Button, Field, Nav, Page, PageContext, Table, TableColumn, Tone, Width, card, definition_list, form, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /payers/{id}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(web, ask, None)?))
}

/// `POST /payers/{id}/numbers`: `number`.
pub(super) fn add_number(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PayerId::parse)?;
    match web.app.add_payer_number(ask.cx()?, &id, ask.field("number")) {
        Ok(()) => Ok(Reply::see(format!("/payers/{id}"))),
        Err(app::Error::Refused(why)) => Ok(Reply::again(page(web, ask, Some(&why))?)),
        Err(other) => Err(other.into()),
    }
}

/// `POST /payers/{id}/numbers/end`: `number`.
pub(super) fn end_number(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PayerId::parse)?;
    web.app.end_payer_number(ask.cx()?, &id, ask.field("number"))?;
    Ok(Reply::see(format!("/payers/{id}")))
}

/// The page; `error` is what is wrong with the number that was typed.
fn page(web: &Web, ask: &Ask, error: Option<&str>) -> Result<Markup, Failure> {
    let id = ask.id("id", PayerId::parse)?;
    let shown = web.app.open_payer(ask.cx()?, &id)?;
    let may = web.app.role_may(ask.cx()?.role, Action::PayerEdit, ResourceKind::Practice);
    let page = ask.page(Nav::Payers);
    let edit = html! { @if may { (Button::link("Change", &format!("/payers/{id}/edit")).key("e")) } };
    let body = html! {
        div.stack {
            (card("What is on record", &facts(&shown)))
            (card("Its numbers", &numbers(web, &page, &shown, may)))
            @if may { (card("Another number", &another(&page, &id, ask.field("number"), error))) }
            (card("What was changed", &changes(web, &shown)))
        }
    };
    Ok(Page::new(&page, &shown.row.payer.name).crumbs(PAYERS).actions(edit).render(&body))
}

fn facts(shown: &PayerPage) -> Markup {
    let payer = &shown.row.payer;
    definition_list(&[
        ("Kind of plan", html! { (payer.filing.label()) }),
        ("Takes a claim for", html! { (payer.timely_filing_days) " days from the date of service" }),
        (
            "Claims go to",
            html! {
                @match &shown.row.partner {
                    Some(partner) => a href={ "/partners/" (partner.id) } { (partner.name) },
                    None => { (tag(Tone::Warn, "Nobody yet")) " The practice manager chooses it under " a href="/partners" { "Vendors and BAAs" } "." }
                }
            },
        ),
    ])
}

fn numbers(web: &Web, page: &PageContext, shown: &PayerPage, may: bool) -> Markup {
    let mut columns = vec![
        TableColumn::text("Number"),
        TableColumn::text("What for"),
        TableColumn::text("Added"),
        TableColumn::text("Ended"),
    ];
    if may {
        columns.push(TableColumn::unnamed("End"));
    }
    let payer = &shown.row.payer;
    let rows = html! {
        tr {
            th scope="row" { (payer.x12_id) }
            td { "Its own: claims name it, and remittances may" }
            td {} td {}
            @if may { td {} }
        }
        @for line in &shown.numbers { (number(web, page, payer.id.as_str(), line, may)) }
    };
    Table::new("Numbers of this payer", &columns).rows(&rows)
}

fn number(web: &Web, page: &PageContext, payer: &str, line: &NumberLine, may: bool) -> Markup {
    let known = &line.known;
    let when = |mark: &domain::payer::Mark, who: &str| {
        html! { (instant(mark.at.timestamp(), &web.zone)) " " span.sub { (who) } }
    };
    html! {
        tr {
            th scope="row" { (known.number) }
            td { "Known as too: remittances may name it" }
            td { (when(&known.added, &line.added_by)) }
            td { @if let Some(mark) = &known.ended { (when(mark, line.ended_by.as_deref().unwrap_or_default())) } }
            @if may {
                td {
                    @if known.ended.is_none() {
                        (form(page, &format!("/payers/{payer}/numbers/end"), &html! {
                            input type="hidden" name="number" value=(known.number);
                            (Button::submit("End").small().about(known.number.as_str()))
                        }))
                    }
                }
            }
        }
    }
}

fn another(page: &PageContext, id: &PayerId, typed: &str, error: Option<&str>) -> Markup {
    html! {
        div.pad {
            (form(page, &format!("/payers/{id}/numbers"), &html! {
                (Field::text("number", "Number").value(typed).hint("As the payer's remittances have it. A number is one payer's at a time; claims go on under the payer's own.").error(error).required().max(80).width(Width::Medium))
                div.actions { (Button::submit("Add the number")) }
            }))
        }
    }
}

fn changes(web: &Web, shown: &PayerPage) -> Markup {
    let columns = [
        TableColumn::number("Version"),
        TableColumn::text("When"),
        TableColumn::prose("What"),
        TableColumn::text("Who"),
    ];
    let rows = html! {
        @for change in &shown.changes {
            tr {
                td.num { (change.version) }
                td.nw { (instant(change.at.timestamp(), &web.zone)) }
                th scope="row" { (change.what) }
                td { (change.who) }
            }
        }
    };
    Table::new("Changes of this payer, the latest first", &columns).rows(&rows)
}
