//! The queue, the upload, and the work that waits.

use app::remittance::{Queue, Queued};
use domain::id::WorkItemId;
use domain::remittance::{PaymentMethod, RemittanceState};
use domain::work::WorkItem;
use maud::{Markup, html};

use crate::claims::reason_line;
use crate::components::{
    Button, Field, Icon, Nav, Page, Tab, Table, TableColumn, badge, card, csrf_field, date, empty_state, form, instant,
    money, tabs,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /payments?state=`.
pub(super) fn queue(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(web, ask, None)?))
}

fn page(web: &Web, ask: &Ask, error: Option<&str>) -> Result<Markup, Failure> {
    let state = RemittanceState::parse(ask.query("state"));
    let queue = web.app.remittance_queue(ask.cx()?, state)?;
    let page = ask.page(Nav::Payments);
    let body = html! {
        @if let Some(why) = error { section.errors role="alert" { h2 { "The file was not taken in" } p { (why) } } }
        (views(&queue, state))
        div.side {
            div.stack {
                section.card { @if queue.rows.is_empty() { (nothing(state)) } @else { (table(&queue.rows)) } }
                @if !queue.work.is_empty() { (card("Waits for a person", &work(ask, &queue.work))) }
            }
            div.stack {
                (card("Import a remittance", &upload_form(ask)))
                @if !queue.unread.is_empty() { (unread(&queue, web, ask)) }
            }
        }
    };
    let ledger = Button::link("Ledger", "/ledger");
    Ok(Page::new(&page, "Payments").actions(html! { (ledger) }).render(&body))
}

fn views(queue: &Queue, state: Option<RemittanceState>) -> Markup {
    let href = |s: RemittanceState| format!("/payments?state={s}");
    let hrefs: Vec<(RemittanceState, String)> = RemittanceState::ALL.iter().map(|s| (*s, href(*s))).collect();
    let count = |s: RemittanceState| queue.counts.iter().find(|(known, _)| *known == s).map_or(0, |(_, n)| *n);
    let all = Tab::new("All", "/payments", state.is_none());
    let each = hrefs.iter().map(|(s, href)| Tab::new(s.label(), href, state == Some(*s)).count(count(*s)));
    tabs("Remittances by state", &std::iter::once(all).chain(each).collect::<Vec<_>>())
}

fn table(rows: &[Queued]) -> Markup {
    let columns = [
        TableColumn::text("Payer"),
        TableColumn::text("Check or transfer"),
        TableColumn::text("Paid on"),
        TableColumn::number("Claims"),
        TableColumn::number("Amount"),
        TableColumn::text("State"),
    ];
    let body = html! {
        @for row in rows {
            tr {
                th scope="row" { a href={ "/payments/" (row.id) } { (row.payer_name) } }
                td { (row.trace) span.sub { (method(&row.method)) } }
                td { @if let Some(day) = row.paid_on { (date(day)) } @else { span.sub { "not said" } } }
                td.num { (row.claims) }
                td.num { (money(row.total)) }
                td { (badge(&row.state)) }
            }
        }
    };
    Table::new("Remittances", &columns).keys().rows(&body)
}

fn method(code: &str) -> &'static str {
    PaymentMethod::parse(code).map_or("", PaymentMethod::label)
}

fn nothing(state: Option<RemittanceState>) -> Markup {
    match state {
        Some(state) => {
            let why = format!("No remittance is in the state “{}”.", state.label());
            empty_state(Icon::Receipt, "Nothing here", &why, Some(&Button::link("Show all", "/payments")))
        }
        None => empty_state(
            Icon::Receipt,
            "No remittance yet",
            "Import the 835 file that a payer sent, at the right.",
            None,
        ),
    }
}

fn unread(queue: &Queue, web: &Web, ask: &Ask) -> Markup {
    let page = ask.page(Nav::Payments);
    let body = html! {
        ul.plain.pad {
            @for file in &queue.unread {
                li {
                    (file.name) ", kept on " (instant(file.at.timestamp(), &web.zone)) " and not read yet "
                    (form(&page, &format!("/payments/files/{}/read", file.file), &html! { (Button::submit("Read it now").small()) }))
                }
            }
        }
    };
    card("Not read yet", &body)
}

/// Pieces of work, each with its way to the thing and a note to be done with it.
pub(crate) fn work(ask: &Ask, items: &[WorkItem]) -> Markup {
    let page = ask.page(Nav::Payments);
    html! {
        ul.work {
            @for item in items {
                li {
                    div {
                        b { (item.kind.label()) }
                        p { (reason_line(&item.reason)) }
                        @if let Some((href, words)) = subject_href(&item.subject) { a href=(href) { (words) } }
                    }
                    form method="post" action={ "/payments/waiting/" (item.id) } {
                        (csrf_field(&page))
                        input.input type="text" name="note" maxlength="200" required aria-label={ "What was done about: " (item.reason) } placeholder="What was done";
                        (Button::submit("Done").small())
                    }
                }
            }
        }
    }
}

fn subject_href(subject: &str) -> Option<(String, &'static str)> {
    if subject.starts_with("acknowledgement/") {
        return Some(("/claims/acknowledgements".to_owned(), "Open the acknowledgements"));
    }
    let (kind, rest) = subject.split_once(':')?;
    let (id, at) = rest.split_once('/').map_or((rest, None), |(id, at)| (id, at.parse::<usize>().ok()));
    match (kind, at) {
        ("remittance", Some(at)) => {
            Some((format!("/payments/{id}#claim-{}", at + 1), "Open the claim in its remittance"))
        }
        ("remittance", None) => Some((format!("/payments/{id}"), "Open the remittance")),
        ("file", _) => Some((format!("/payments/files/{id}"), "Open the file")),
        ("claim", _) => Some((format!("/claims/{id}"), "Open the claim")),
        _ => None,
    }
}

fn upload_form(ask: &Ask) -> Markup {
    let page = ask.page(Nav::Payments);
    html! {
        form.form.pad method="post" action="/payments" enctype="multipart/form-data" {
            (csrf_field(&page))
            (Field::file("file", "Remittance file", ".835,.txt,.edi,.x12,.era,.dat")
                .hint("An 835 as it was sent, up to 32 MB. It is kept byte for byte before anything reads it, and shown before anything is posted."))
            div.actions { (Button::submit("Import").primary()) }
        }
    }
}

/// `POST /payments`: a file.
pub(super) fn upload(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let again = |why: &str| Ok(Reply::again(page(web, ask, Some(why))?));
    let Some(upload) = ask.uploads.iter().find(|u| u.field == "file" && !u.name.is_empty()) else {
        return again("Choose a file first.");
    };
    match web.app.import_remittance(ask.cx()?, &upload.name, &upload.bytes) {
        Ok(imported) => match (imported.is_new, imported.remittances.as_slice()) {
            (true, [only]) => Ok(Reply::see(format!("/payments/{only}"))),
            (true, [_, ..]) => Ok(Reply::see("/payments")),
            (true, []) => Ok(Reply::see(format!("/payments/files/{}", imported.file))),
            (false, _) => Ok(Reply::see(format!("/payments/files/{}?again=yes", imported.file))),
        },
        Err(app::Error::Refused(why)) => again(&why),
        Err(other) => Err(other.into()),
    }
}

/// `POST /payments/waiting/{item}`.
pub(super) fn finish(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("item", WorkItemId::parse)?;
    web.app.finish_work(ask.cx()?, &id, ask.field("note"))?;
    Ok(Reply::see("/payments"))
}
