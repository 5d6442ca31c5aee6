//! A file as it came: what the reader said, every segment, and the bytes.

use domain::id::FileId;
use maud::html;

use crate::components::{Button, Nav, Page, Tone, card, flash, form, instant};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// Segments on the page; the file itself has all of them.
const SHOWN: usize = 2000;

/// `GET /payments/files/{file}`.
pub(super) fn file(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("file", FileId::parse)?;
    let file = web.app.open_remittance_file(ask.cx()?, &id)?;
    let page = ask.page(Nav::Payments);
    let text = String::from_utf8_lossy(&file.bytes);
    let terminator = file.bytes.get(105).copied().filter(|_| text.starts_with("ISA")).map_or('~', char::from);
    let segments: Vec<&str> = text.split(terminator).map(str::trim).filter(|s| !s.is_empty()).take(SHOWN).collect();
    let came = html! { "It came on " (instant(file.at.timestamp(), &web.zone)) " as " (file.name) "." };
    let body = html! {
        @if ask.query("again") == "yes" {
            (flash(Tone::Warn, &html! { "This very file was imported before. " (came) " Nothing was added; this is what it came to then." }))
        }
        @if file.remittances.is_empty() {
            (flash(Tone::Bad, &html! { "No remittance could be read from this file, so nothing was posted: " (file.faults.first().map_or("it is kept as it came", String::as_str)) "." }))
        }
        div.stack {
            @if !file.remittances.is_empty() {
                (card("What is in it", &html! {
                    ul.plain.pad {
                        @for (at, id) in file.remittances.iter().enumerate() {
                            li { a href={ "/payments/" (id) } { "Payment " (at + 1) } }
                        }
                    }
                }))
            }
            @if !file.faults.is_empty() {
                (card("What the reader says", &html! { ul.plain.pad { @for fault in &file.faults { li { (fault) } } } }))
            }
            (card("The file, segment by segment", &html! {
                p.pad.sub { (came) }
                ol.segments { @for segment in &segments { li { code { (segment.chars().take(400).collect::<String>()) } } } }
                @if segments.len() == SHOWN { p.pad.sub { "Only the first " (SHOWN) " segments are shown; the saved file has all." } }
            }))
        }
    };
    let save = Button::submit("Save the file as it came");
    let save = form(&page, &format!("/payments/files/{id}/raw"), &html! { (save) });
    let actions = html! { @if page.takes.save { (save) } };
    let crumbs = [("Payments", "/payments")];
    Ok(Reply::page(Page::new(&page, "Remittance file").crumbs(&crumbs).actions(actions).render(&body)))
}

/// `POST /payments/files/{file}/raw`: an export, so it is asked for by a form and never by a link that something prefetches.
pub(super) fn raw(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("file", FileId::parse)?;
    let may = web.app.may_save(ask.cx()?)?;
    let (name, bytes) = web.app.save_remittance_file(web.app.fresh(ask.cx()?)?, &id)?;
    Ok(Reply::file(&may, name, "application/octet-stream", bytes.to_vec()))
}

/// `POST /payments/files/{file}/read`.
pub(super) fn read(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("file", FileId::parse)?;
    web.app.read_remittance_file(ask.cx()?, &id)?;
    Ok(Reply::see(format!("/payments/files/{id}")))
}
