//! What is open, the first deadline at the head; what it was; and what is looked for at all.

use app::alert::AlertRow;
use domain::alert::Rule;
use maud::{Markup, html};

use crate::components::{Button, Icon, Nav, Page, Table, TableColumn, badge, card, date, empty_state, instant};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /alerts`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let found = web.app.alerts(ask.cx()?)?;
    let body = html! {
        div.stack {
            @if found.open.is_empty() {
                @let why = "The rules below look at each event of the audit log within a minute. None that fired is left open.";
                section.card { (empty_state(Icon::Eye, "Nothing waits for you", why, None)) }
            } @else {
                (card("To look into", &open(web, &found.open)))
            }
            @if !found.closed.is_empty() { (card("Closed", &closed(web, &found.closed))) }
            (card("What is looked for", &rules()))
        }
    };
    let actions = Button::link("Weekly sample", "/samples").icon(Icon::ListCheck);
    Ok(Reply::page(Page::new(&ask.page(Nav::Alerts), "Alerts").actions(html! { (actions) }).render(&body)))
}

fn open(web: &Web, rows: &[AlertRow]) -> Markup {
    let columns = [TableColumn::text("What"), TableColumn::text("Look into it by")];
    let body = html! {
        @for row in rows {
            tr {
                (what(web, row))
                td {
                    (badge(&row.alert.rule.terms().severity)) " " (badge(&row.state))
                    span.sub { (instant(row.alert.due_at.timestamp(), &web.zone)) }
                }
            }
        }
    };
    Table::new("Open alerts, the one that is due first at the head", &columns).keys().rows(&body)
}

fn closed(web: &Web, rows: &[AlertRow]) -> Markup {
    let columns = [TableColumn::text("What"), TableColumn::text("It was")];
    let body = html! {
        @for row in rows {
            tr {
                (what(web, row))
                td {
                    (badge(&row.state))
                    @if let Some(closed) = &row.alert.closed { span.sub { (closed.words) " (" (row.closer) ")" } }
                }
            }
        }
    };
    Table::new("Closed alerts, the newest first", &columns).rows(&body)
}

/// The sentence, which leads to the alert, and when it was.
fn what(web: &Web, row: &AlertRow) -> Markup {
    html! {
        th scope="row" {
            a href={ "/alerts/" (row.alert.id) } { (row.sentence) }
            div.sub {
                (instant(row.alert.at.timestamp(), &web.zone))
                @if let Some(whose) = &row.whose { " · DOB " (date(whose.born)) }
            }
        }
    }
}

fn rules() -> Markup {
    let columns =
        [TableColumn::text("Rule"), TableColumn::text("It fires when"), TableColumn::text("A first look within")];
    let body = html! {
        @for rule in Rule::ALL {
            @let terms = rule.terms();
            tr {
                th scope="row" { (rule.label()) }
                td { (terms.looks_for) }
                td { (terms.severity.hours()) " hours" }
            }
        }
    };
    html! {
        (Table::new("The rules over the audit log", &columns).rows(&body))
        p.pad.sub {
            "Emergency access has a review of its own. Searches and lists are on record and no rule counts them. "
            "What no rule looks for is in the log all the same: for that there is the " a href="/samples" { "weekly sample" } "."
        }
    }
}
