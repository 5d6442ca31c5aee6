//! One review, whole or what came to one choice, and the same on paper.

use app::review::{ReviewPage, ReviewRow};
use domain::id::ReviewId;
use domain::review::Choice;
use maud::{Markup, html};

use super::{REVIEWS, flags, role};
use crate::components::{
    Button, Icon, Nav, Page, PrintHeader, Status as _, Table, TableColumn, Tone, badge, card, date, definition_list,
    instant, sheet, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /reviews/{id}?choice=`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ReviewId::parse)?;
    let found = web.app.review(ask.cx()?, &id)?;
    let choice = match ask.query("choice") {
        "" => None,
        text => Some(Choice::parse(text).ok_or(Failure::BadRequest("there is no such choice: use the links"))?),
    };
    let rows: Vec<&ReviewRow> =
        found.rows.iter().filter(|row| choice.is_none() || row.item.choice() == choice).collect();
    let title = choice.map_or("All access", |choice| choice.word());
    let body = html! {
        div.stack {
            (card("The review", &facts(web, &found)))
            (card(title, &html! {
                (table(web, title, &rows, true))
                @if choice.is_some() { div.pad { (Button::link("Show all of them", &format!("/reviews/{id}"))) } }
            }))
        }
    };
    let print = format!("/reviews/{id}/print");
    let page = ask.page(Nav::AccessReviews);
    let name = format!("Review of {}", found.review.begun_on.strftime("%B %-d, %Y"));
    let actions = html! { @if page.takes.print { (Button::link("Print", &print).icon(Icon::Printer)) } };
    Ok(Reply::page(Page::new(&page, &name).crumbs(REVIEWS).beside(badge(&found.phase)).actions(actions).render(&body)))
}

/// `GET /reviews/{id}/print`.
pub(super) fn print(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let may = web.app.may_print(ask.cx()?)?;
    let found = web.app.review(ask.cx()?, &ask.id("id", ReviewId::parse)?)?;
    let printed = instant(web.app.clock.now().timestamp(), &web.zone);
    let title = format!("Access review of {}", found.review.begun_on.strftime("%B %-d, %Y"));
    let header = PrintHeader { title: &title, printed: &printed, reference: None, health: false };
    let rows: Vec<&ReviewRow> = found.rows.iter().collect();
    let body = html! { (facts(web, &found)) (table(web, &title, &rows, false)) };
    Ok(Reply::printed(&may, sheet(&ask.page(Nav::AccessReviews), &header, &body)))
}

fn facts(web: &Web, found: &ReviewPage) -> Markup {
    let review = &found.review;
    let finished = match review.finished_at {
        Some(at) => instant(at.timestamp(), &web.zone),
        None => html! { "not yet; " (found.count(None)) " to decide by the end of " (date(review.due_on)) },
    };
    definition_list(&[
        ("Began", html! { (date(review.begun_on)) ", by " (found.begun_by) }),
        ("Finished", finished),
        (
            "Looked at",
            html! { (found.rows.len()) " with access, " (flagged(found)) " of them with something to look at" },
        ),
    ])
}

fn flagged(found: &ReviewPage) -> usize {
    found.rows.iter().filter(|row| !row.item.facts.flags().is_empty()).count()
}

/// Access with what to look at and what was decided. On paper nothing leads anywhere.
pub(super) fn table(web: &Web, caption: &str, rows: &[&ReviewRow], links: bool) -> Markup {
    if rows.is_empty() {
        return html! { p.pad.sub { "None." } };
    }
    let columns = [
        TableColumn::text("Who"),
        TableColumn::text("Role"),
        TableColumn::text("Last sign-in"),
        TableColumn::text("Look at"),
        TableColumn::text("Decision"),
    ];
    let body = html! {
        @for row in rows {
            @let facts = &row.item.facts;
            tr {
                th scope="row" {
                    @if links { a href={ "/reviews/items/" (row.item.id) } { (facts.name) } } @else { (facts.name) }
                }
                td { (role(facts)) @if !row.owner.is_empty() { span.sub { (row.owner) " answers for it" } } }
                td { @match facts.last_at { Some(at) => (instant(at.timestamp(), &web.zone)), None => "never" } }
                td { (flags(facts)) }
                td { (decision(web, row)) }
            }
        }
    };
    let table = Table::new(caption, &columns);
    if links { table.keys().rows(&body) } else { table.rows(&body) }
}

fn decision(web: &Web, row: &ReviewRow) -> Markup {
    html! {
        @match &row.item.decision {
            Some(decision) => {
                (badge(&decision.choice))
                @if let Some(role) = decision.role { " to " (role.label().to_lowercase()) }
                span.sub { (decision.words) }
                span.sub { (row.by) ", " (instant(decision.at.timestamp(), &web.zone)) }
            }
            None if row.stuck => { (tag(Tone::Bad, "Somebody has to decide")) }
            None => { (tag(Tone::Warn, "To decide")) }
        }
    }
}
