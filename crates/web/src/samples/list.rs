//! What waits to be read, the first deadline at the head, and the samples week by week.

use app::sample::{SamplePage, SampleRow};
use domain::sample::{SIZE, Week};
use maud::{Markup, html};

use super::CRUMBS;
use crate::components::{
    Icon, Nav, Page, Table, TableColumn, Tone, badge, card, date, definition_list, empty_state, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /samples?week=`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let week = match ask.query("week") {
        "" => None,
        text => Some(text.parse::<Week>().map_err(|_| Failure::BadRequest("there is no such week: use the links"))?),
    };
    let found = web.app.samples(ask.cx()?, week)?;
    let body = html! {
        div.stack {
            @if let Some(week) = week {
                @if let Some(one) = found.weeks.iter().find(|one| one.sample.week == week) {
                    (card(&format!("The draw of {week}"), &facts(web, one)))
                }
                (card("What was drawn", &rows(web, &found.rows)))
            } @else if found.rows.is_empty() {
                @let why = "When a week is over, the log itself draws what is read of it. Nothing that was drawn is left.";
                section.card { (empty_state(Icon::ListCheck, "Nothing waits for you", why, None)) }
            } @else {
                (card("To read", &rows(web, &found.rows)))
            }
            @if !found.weeks.is_empty() { (card("Week by week", &weeks(&found.weeks))) }
            (card("How it is drawn", &how()))
        }
    };
    Ok(Reply::page(Page::new(&ask.page(Nav::Alerts), "Weekly sample").crumbs(CRUMBS).render(&body)))
}

fn rows(web: &Web, rows: &[SampleRow]) -> Markup {
    if rows.is_empty() {
        return html! { p.pad.sub { "Nobody did anything about a patient in this week." } };
    }
    let columns = [TableColumn::text("What"), TableColumn::text("Finding")];
    let body = html! {
        @for row in rows {
            tr {
                th scope="row" {
                    a href={ "/samples/" (row.item.id) } { (row.line.sentence) }
                    div.sub {
                        (instant(row.line.at.timestamp(), &web.zone))
                        @if let Some(person) = &row.line.person { " · DOB " (date(person.born)) }
                    }
                    @match &row.item.reading {
                        Some(reading) => div.sub { @if !reading.words.is_empty() { (reading.words) " " } "(" (row.reader) ")" },
                        None if !row.may_read => div.sub { "You did it, so the other official reads it" },
                        None => div.sub { "Read it by " (instant(row.item.due_at.timestamp(), &web.zone)) },
                    }
                }
                td { (badge(&row.state)) }
            }
        }
    };
    Table::new("Sampled events", &columns).keys().rows(&body)
}

fn facts(web: &Web, one: &SamplePage) -> Markup {
    let sample = &one.sample;
    definition_list(&[
        ("Drawn", html! { (instant(sample.drawn_at.timestamp(), &web.zone)) " of " (sample.candidates) " acts" }),
        ("Entries", html! { (sample.from) " to before " (sample.to) }),
        ("Seed", html! { code { (sample.root) } span.sub { "the root of the log at the end of the week" } }),
        ("Draw it again", html! { code { "wellkept audit sample pack --week " (sample.week) } }),
        ("Read by", instant(sample.due_at.timestamp(), &web.zone)),
    ])
}

fn weeks(weeks: &[SamplePage]) -> Markup {
    let columns = [TableColumn::text("Week"), TableColumn::text("Findings"), TableColumn::number("Drawn of")];
    let body = html! {
        @for one in weeks {
            @let [waiting, fine, not] = one.tally;
            tr {
                th scope="row" {
                    a href={ "/samples?week=" (one.sample.week) } { (one.sample.week) }
                    div.sub { "from " (date(one.sample.week.monday())) }
                }
                td {
                    @if waiting > 0 { (tag(Tone::Warn, &format!("{waiting} to read"))) " " }
                    @if not > 0 { (tag(Tone::Bad, &format!("{not} not in order"))) " " }
                    @if fine > 0 { (tag(Tone::Ok, &format!("{fine} in order"))) }
                    @if waiting + fine + not == 0 { "nothing to draw from" }
                }
                td.num { (one.sample.candidates) }
            }
        }
    };
    Table::new("Samples, the newest week first", &columns).rows(&body)
}

fn how() -> Markup {
    html! {
        div.pad.stack {
            p {
                "Of each week (Monday to Sunday, UTC) " (SIZE) " acts of people that concern patients are drawn, all of them in a quiet "
                "week. The root of the log at the end of the week decides which: for each entry the SHA-256 of "
                code { "wellkept-sample/v1" } ", the week, the root and the entry's number, a line each, is taken, and the lowest are drawn. "
                "So nobody here chooses, and whoever has an export of the log draws the same:"
            }
            p { code { "wellkept audit sample pack --week 2026-W47" } }
        }
    }
}
