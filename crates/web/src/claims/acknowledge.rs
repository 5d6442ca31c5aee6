//! Acknowledgements: upload one, see what it said and what that did.

use app::claim::{AckRead, Came, FileInfo};
use domain::partner::Partner;
use maud::{Markup, html};

use super::reason;
use crate::components::{
    Button, Field, FieldError, Flash, Icon, Nav, Page, PageContext, Table, TableColumn, Tone, Width, card, csrf_field,
    empty_state, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /claims/acknowledgements`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    whole(web, ask, None, &[])
}

/// `POST /claims/acknowledgements`: `file`, and `from`, the partner whose answer it is, which may be left out when there is but one.
pub(super) fn upload(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let again = |field: &str, message: &str| {
        whole(web, ask, None, &[FieldError { field: field.to_owned(), message: message.to_owned() }])
    };
    let Some(file) = ask.uploads.iter().find(|u| u.field == "file" && !u.bytes.is_empty()) else {
        return again("file", "Choose a file first.");
    };
    let partners = web.app.answering_partners(ask.cx()?)?;
    let from = partners.iter().find(|p| p.id.as_str() == ask.field("from"));
    if from.is_none() && partners.len() > 1 {
        return again("from", "Say whose answer it is.");
    }
    match web.app.read_acknowledgement(ask.cx()?, from.map(|p| &p.id), &file.name, file.bytes.clone()) {
        Ok(read) => whole(web, ask, Some(&read), &[]),
        Err(app::Error::Refused(why)) => again("file", &why),
        Err(other) => Err(other.into()),
    }
}

fn whole(web: &Web, ask: &Ask, read: Option<&AckRead>, errors: &[FieldError]) -> Result<Reply, Failure> {
    let partners = web.app.answering_partners(ask.cx()?)?;
    let work = web.app.acknowledgement_work(ask.cx()?)?;
    let files = web.app.acknowledgements(ask.cx()?)?;
    let cx = ask.page(Nav::Claims);
    let flash = read
        .filter(|r| r.seen_before)
        .map(|_| Flash { tone: Tone::Info, text: "This file was read before, so nothing was done again.".to_owned() });
    let body = html! {
        div.stack {
            @if let Some(read) = read.filter(|r| !r.seen_before) { (said(read)) }
            (card("Read an acknowledgement", &form(&cx, &partners, ask.field("from"), errors)))
            @if !work.is_empty() { (card("Waits for a person", &crate::payments::work(ask, &work))) }
            @if files.is_empty() {
                section.card { (empty_state(Icon::FileInvoice, "No acknowledgement yet", "A partner answers a batch with a TA1, a 999 and a 277CA. Read them here as they come.", None)) }
            } @else { (before(web, &files)) }
        }
    };
    let reply = if errors.is_empty() { Reply::page } else { Reply::again };
    Ok(reply(Page::new(&cx, "Acknowledgements").crumbs(&[("Claims", "/claims")]).flash(flash.as_ref()).render(&body)))
}

fn form(cx: &PageContext, partners: &[Partner], from: &str, errors: &[FieldError]) -> Markup {
    let choose = std::iter::once(("", "Choose"));
    let names: Vec<(&str, &str)> = choose.chain(partners.iter().map(|p| (p.id.as_str(), p.name.as_str()))).collect();
    html! {
        form.form.pad method="post" action="/claims/acknowledgements" enctype="multipart/form-data" {
            (csrf_field(cx))
            @if partners.len() > 1 {
                (Field::select("from", "Whose answer it is", &names).value(from).hint("An answer moves only what went to whom it is from.").errors(errors).width(Width::Long).required())
            }
            (Field::file("file", "TA1, 999 or 277CA from a partner", ".edi,.x12,.txt,.999,.277,.ta1").errors(errors).width(Width::Long).required())
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
                        @match outcome.came {
                            Came::Accepted => (tag(Tone::Ok, "Accepted")),
                            Came::Rejected => (tag(Tone::Bad, "Rejected")),
                            Came::Noted => (tag(Tone::Mute, "Noted")),
                            Came::Waits => (tag(Tone::Warn, "From somebody else")),
                            Came::NotOurs => (tag(Tone::Warn, "Not ours")),
                        }
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
