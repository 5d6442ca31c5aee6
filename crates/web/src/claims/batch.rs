//! Batches: made from ready claims, looked at, released or taken apart.

use app::claim::BatchPage;
use domain::access::{Action, ResourceKind};
use domain::batch::{Batch, BatchState};
use domain::id::{BatchId, ClaimId};
use maud::{Markup, html};

use super::list::{Shown, table};
use super::{act, reason};
use crate::components::{
    Button, Icon, Nav, Page, PageContext, Table, TableColumn, Tone, badge, card, csrf_field, definition_list,
    empty_state, instant, money, stat_card, tag,
};
use crate::connectors::delivery_card;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /claims/batches`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let batches = web.app.batches(ask.cx()?, None)?;
    let cx = ask.page(Nav::Claims);
    let body = if batches.is_empty() {
        let ready = Button::link("Ready claims", "/claims?tab=ready");
        empty_state(Icon::FileInvoice, "No batches", "Choose ready claims and put them into one.", Some(&ready))
    } else {
        rows(web, &batches)
    };
    let body = html! { section.card { (body) } };
    Ok(Reply::page(Page::new(&cx, "Batches").crumbs(&[("Claims", "/claims")]).render(&body)))
}

fn rows(web: &Web, batches: &[(Batch, String)]) -> Markup {
    let columns = [
        TableColumn::text("Batch"),
        TableColumn::text("Partner"),
        TableColumn::number("Claims"),
        TableColumn::number("Total"),
        TableColumn::text("Made"),
        TableColumn::text("State"),
    ];
    let rows = html! {
        @for (batch, partner) in batches {
            tr {
                th scope="row" { a href={ "/claims/batches/" (batch.id) } { (batch.reference) } }
                td { (partner) }
                td.num { (batch.claims) }
                td.num { (money(batch.total)) }
                td { (instant(batch.made_at.timestamp(), &web.zone)) }
                td { (badge(&batch.state)) }
            }
        }
    };
    Table::new("Batches", &columns).keys().rows(&rows)
}

/// `POST /claims/batches`: `claim` once for each that was chosen.
pub(super) fn make(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let chosen: Result<Vec<ClaimId>, _> = ask.fields("claim").map(ClaimId::parse).collect();
    let chosen = chosen.map_err(|_| Failure::BadRequest("the form names a claim that cannot be read"))?;
    match web.app.make_batches(ask.cx()?, &chosen)?.as_slice() {
        [only] => Ok(Reply::see(format!("/claims/batches/{only}"))),
        _ => Ok(Reply::see("/claims/batches")),
    }
}

/// `GET /claims/batches/{id}`: the preview before it leaves, the record after.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", BatchId::parse)?;
    let page = web.app.open_batch(ask.cx()?, &id, ask.today)?;
    let cx = ask.page(Nav::Claims);
    let batch = &page.batch;
    let title = format!("Batch {}", batch.reference);
    let role = ask.cx()?.role;
    let log = web.app.role_may(role, Action::AuditView, ResourceKind::AuditLog);
    let may = web.app.role_may(role, Action::ClaimRelease, ResourceKind::Practice);
    let body = html! {
        div.stack {
            (figures(&page))
            (release_card(web, &cx, &page))
            @if let Some(delivery) = &page.delivery { (delivery_card(web, &cx, delivery, log, may)) }
            @if page.simulated { (simulated(&cx, &page)) }
            @if !batch.answers.is_empty() { (answers(web, batch)) }
            @if !page.claims.is_empty() { section.card { h2 { "Claims in it" } (table(&page.claims, Shown::States, ask.today)) } }
        }
    };
    let crumbs = [("Claims", "/claims"), ("Batches", "/claims/batches")];
    let beside = html! { (badge(&batch.state)) };
    Ok(Reply::page(Page::new(&cx, &title).crumbs(&crumbs).beside(beside).render(&body)))
}

/// `POST /claims/batches/{id}/release`.
pub(super) fn release(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", BatchId::parse)?;
    let at = web.app.clock.now().timestamp().to_zoned(web.zone.clone()).datetime();
    web.app.release_batch(ask.cx()?, &id, at)?;
    Ok(Reply::see(format!("/claims/batches/{id}")))
}

/// `POST /claims/batches/{id}/undo`.
pub(super) fn undo(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", BatchId::parse)?;
    web.app.undo_batch(ask.cx()?, &id)?;
    Ok(Reply::see("/claims?tab=ready"))
}

/// `POST /claims/batches/{id}/file`: an export, so it is asked for by a form and never by a link that something prefetches.
pub(super) fn file(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", BatchId::parse)?;
    let may = web.app.may_save(ask.cx()?)?;
    let (name, bytes) = web.app.download_batch(web.app.fresh(ask.cx()?)?, &id)?;
    Ok(Reply::file(&may, name, "application/edi-x12", bytes.to_vec()))
}

/// `POST /claims/batches/{id}/answers`: in a synthetic practice only.
pub(super) fn answer(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", BatchId::parse)?;
    web.app.simulated_acknowledgements(ask.cx()?, &id)?;
    Ok(Reply::see(format!("/claims/batches/{id}")))
}

/// `POST /claims/batches/{id}/payments`: `payer`, by the number that the claims name. In a synthetic practice only.
pub(super) fn payment(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", BatchId::parse)?;
    let may = web.app.may_save(ask.cx()?)?;
    let payments = web.app.simulated_payments(ask.cx()?, &id)?;
    let wanted = ask.field("payer");
    let (name, payment) = payments.into_iter().find(|(_, p)| p.payer == wanted).ok_or(Failure::NotFound)?;
    Ok(Reply::file(&may, name, "application/edi-x12", payment.bytes))
}

/// What stands in for the network of a synthetic practice.
fn simulated(cx: &PageContext, page: &BatchPage) -> Markup {
    let batch = &page.batch;
    let href = |what: &str| format!("/claims/batches/{}/{what}", batch.id);
    let payers: std::collections::BTreeMap<&str, &str> =
        page.claims.iter().map(|c| (c.claim.payer.x12_id.as_str(), c.claim.payer.name.as_str())).collect();
    let body = html! {
        div.pad.stack {
            @if batch.answers.is_empty() {
                p { "Nobody in this practice is real, so no payer will answer by itself. Ask the simulated ones: they acknowledge the file and each claim, and turn some back." }
                (act(cx, &href("answers"), &Button::submit("Let the payers acknowledge").primary()))
            } @else {
                p { "The simulated payers have acknowledged it. They pay with an 835 each: save it, and take it in on the Payments page as if it came from the clearinghouse." }
                div.row {
                    @for (number, name) in payers.iter().filter(|_| cx.takes.save) {
                        form.inline method="post" action=(href("payments")) {
                            (csrf_field(cx))
                            input type="hidden" name="payer" value=(number);
                            (Button::submit(&format!("Save the 835 of {name}")).icon(Icon::Download))
                        }
                    }
                    (Button::link("Go to Payments", "/payments"))
                }
            }
        }
    };
    card("Simulated payers", &body)
}

fn figures(page: &BatchPage) -> Markup {
    let payers: std::collections::BTreeSet<&str> = page.claims.iter().map(|c| c.claim.payer.name.as_str()).collect();
    let payers = payers.into_iter().collect::<Vec<_>>().join(", ");
    let partner = page.partner.as_ref().map_or("", |p| p.name.as_str());
    let usage = match page.partner.as_ref().and_then(|p| p.interchange.as_ref()) {
        Some(ids) if ids.production => "for real",
        Some(_) => "as a test",
        None => "no interchange ids yet",
    };
    html! {
        div.kpis {
            (stat_card("Claims", &html! { (page.batch.claims) }, &html! { (payers) }))
            (stat_card("Total charge", &html! { (money(page.batch.total)) }, &html! {}))
            (stat_card("Goes to", &html! { (partner) }, &html! { (usage) }))
        }
    }
}

fn release_card(web: &Web, cx: &PageContext, page: &BatchPage) -> Markup {
    let batch = &page.batch;
    let href = |what: &str| format!("/claims/batches/{}/{what}", batch.id);
    if let Some(release) = &batch.release {
        let rows = [
            ("Released", instant(release.at.timestamp(), &web.zone)),
            ("Ground", reason(&release.basis.to_string())),
            ("Interchange", html! { (format!("{:09}", release.interchange)) ", group " (release.group) }),
            ("Usage", html! { (if release.production { "for real" } else { "test" }) }),
        ];
        return card(
            "Released",
            &html! {
                (definition_list(&rows))
                @if cx.takes.save {
                    div.pad { (act(cx, &href("file"), &Button::submit("Save the file").icon(Icon::Download))) p.sub { "Saving the file is an export, and is recorded as one." } }
                }
            },
        );
    }
    if batch.state != BatchState::Open {
        return html! {};
    }
    card(
        "Before it leaves",
        &html! {
            div.pad.stack {
                @match &page.ground {
                    Ok(basis) => {
                        p { (tag(Tone::Ok, "May leave")) " Ground: " (reason(&basis.to_string())) "." }
                        div.row {
                            (act(cx, &href("release"), &Button::submit("Release").primary()))
                            (act(cx, &href("undo"), &Button::submit("Take it apart")))
                        }
                    },
                    Err(why) => {
                        p role="alert" { (tag(Tone::Bad, "May not leave")) " " (reason(why)) "." }
                        p.sub { "The practice manager or the privacy official records it with the partner. The batch waits here until then." }
                        div.row {
                            (Button::link("Open the partner", &format!("/partners/{}", batch.partner)).primary())
                            (act(cx, &href("undo"), &Button::submit("Take it apart")))
                        }
                    },
                }
            }
        },
    )
}

fn answers(web: &Web, batch: &Batch) -> Markup {
    card(
        "What the partner answered",
        &html! {
            ol.steps { @for answer in &batch.answers { li { span.sub { (instant(answer.at.timestamp(), &web.zone)) } span { (reason(&answer.words)) } } } }
        },
    )
}
