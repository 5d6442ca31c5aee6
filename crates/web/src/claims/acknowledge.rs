//! Acknowledgements: upload one, see what it said and what that did.

use app::claim::{AckRead, FileInfo};
use maud::{Markup, html};

use crate::components::{
    Button, Field, Flash, Nav, Page, PageContext, Table, TableColumn, Tone, card, csrf_field, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /claims/acknowledgements`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    whole(web, ask, None)
}

/// `POST /claims/acknowledgements`: `file`.
pub(super) fn upload(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let file = ask.uploads.iter().find(|u| u.field == "file" && !u.bytes.is_empty());
    let file = file.ok_or(Failure::BadRequest("no file was chosen: choose the acknowledgement and send it again"))?;
    let read = web.app.read_acknowledgement(ask.cx()?, &file.name, file.bytes.clone())?;
    whole(web, ask, Some(&read))
}

fn whole(web: &Web, ask: &Ask, read: Option<&AckRead>) -> Result<Reply, Failure> {
    let files = web.app.acknowledgements(ask.cx()?)?;
    let cx = ask.page(Nav::Claims);
    let flash = read
        .filter(|r| r.seen_before)
        .map(|_| Flash { tone: Tone::Info, text: "This file was read before, so nothing was done again.".to_owned() });
    let body = html! {
        @if let Some(read) = read.filter(|r| !r.seen_before) { (said(read)) }
        (form(&cx))
        @if !files.is_empty() { (before(web, &files)) }
    };
    Ok(Reply::page(
        Page::new(&cx, "Acknowledgements").crumbs(&[("/claims", "Claims")]).flash(flash.as_ref()).render(&body),
    ))
}

fn form(cx: &PageContext) -> Markup {
    html! {
        form.form.card.pad method="post" action="/claims/acknowledgements" enctype="multipart/form-data" {
            (csrf_field(cx))
            (Field::file("file", "TA1, 999 or 277CA from a partner", ".edi,.x12,.txt,.999,.277,.ta1").required())
            (Button::submit("Read it").primary())
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
                        " " b { (outcome.about) } ": " (outcome.words)
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
