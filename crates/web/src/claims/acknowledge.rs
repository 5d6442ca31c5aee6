//! Acknowledgements: upload one, see what it said and what that did.

use app::claim::{AckRead, FileInfo};
use maud::{Markup, html};

use super::reason;
use crate::components::{
    Button, Field, Flash, Icon, Nav, Page, PageContext, Table, TableColumn, Tone, Width, card, csrf_field, empty_state,
    instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /claims/acknowledgements`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    whole(web, ask, None, None)
}

/// `POST /claims/acknowledgements`: `file`.
pub(super) fn upload(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let Some(file) = ask.uploads.iter().find(|u| u.field == "file" && !u.bytes.is_empty()) else {
        return whole(web, ask, None, Some("Choose a file first."));
    };
    match web.app.read_acknowledgement(ask.cx()?, &file.name, file.bytes.clone()) {
        Ok(read) => whole(web, ask, Some(&read), None),
        Err(app::Error::Refused(why)) => whole(web, ask, None, Some(&why)),
        Err(other) => Err(other.into()),
    }
}

fn whole(web: &Web, ask: &Ask, read: Option<&AckRead>, error: Option<&str>) -> Result<Reply, Failure> {
    let work = web.app.acknowledgement_work(ask.cx()?)?;
    let files = web.app.acknowledgements(ask.cx()?)?;
    let cx = ask.page(Nav::Claims);
    let flash = read
        .filter(|r| r.seen_before)
        .map(|_| Flash { tone: Tone::Info, text: "This file was read before, so nothing was done again.".to_owned() });
    let body = html! {
        div.stack {
            @if let Some(read) = read.filter(|r| !r.seen_before) { (said(read)) }
            (card("Read an acknowledgement", &form(&cx, error)))
            @if !work.is_empty() { (card("Waits for a person", &crate::payments::work(ask, &work))) }
            @if files.is_empty() {
                section.card { (empty_state(Icon::FileInvoice, "No acknowledgement yet", "A partner answers a batch with a TA1, a 999 and a 277CA. Read them here as they come.", None)) }
            } @else { (before(web, &files)) }
        }
    };
    let reply = if error.is_some() { Reply::again } else { Reply::page };
    Ok(reply(Page::new(&cx, "Acknowledgements").crumbs(&[("Claims", "/claims")]).flash(flash.as_ref()).render(&body)))
}

fn form(cx: &PageContext, error: Option<&str>) -> Markup {
    html! {
        form.form.pad method="post" action="/claims/acknowledgements" enctype="multipart/form-data" {
            (csrf_field(cx))
            (Field::file("file", "TA1, 999 or 277CA from a partner", ".edi,.x12,.txt,.999,.277,.ta1").error(error).width(Width::Long).required())
            div.actions { (Button::submit("Read it").primary()) }
        }
    }
}

fn said(read: &AckRead) -> Markup {
    card(
        "What it said",
        &html! {
            ul.plain.pad {
                @for outcome in &read.outcomes {
                    li {
                        @if !outcome.matched { (tag(Tone::Warn, "Not ours")) }
                        @else if outcome.accepted { (tag(Tone::Ok, "Accepted")) }
                        @else { (tag(Tone::Bad, "Rejected")) }
                        " " b { (outcome.about) } ": " (reason(&outcome.words))
                    }
                }
                @if read.outcomes.is_empty() { li { "It speaks of no claim." } }
            }
        },
    )
}

fn before(web: &Web, files: &[FileInfo]) -> Markup {
    let columns = [
        TableColumn::text("Read"),
        TableColumn::text("Kind"),
        TableColumn::text("File"),
        TableColumn::number("Bytes"),
        TableColumn::text("Came to"),
    ];
    let rows = html! {
        @for file in files {
            tr {
                td { (instant(file.kept_at.timestamp(), &web.zone)) }
                td { (file.kind) }
                th scope="row" { (file.name) }
                td.num { (file.size) }
                td { (file.outcome) }
            }
        }
    };
    card("Read before", &Table::new("Acknowledgements", &columns).rows(&rows))
}
