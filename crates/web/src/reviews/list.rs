//! The review that is under way, and those before it.

use app::review::{PastReview, ReviewPage, Reviews};
use domain::access::{Action, ResourceKind};
use domain::review::{Choice, Phase};
use maud::{Markup, html};

use super::one::table;
use crate::components::{
    Button, Icon, Nav, Page, Status as _, Table, TableColumn, badge, card, date, empty_state, form, instant,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /reviews`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let found = web.app.reviews(ask.cx()?)?;
    let page = ask.page(Nav::AccessReviews);
    let may = web.app.role_may(ask.cx()?.role, Action::ReviewDecide, ResourceKind::Practice);
    let actions = html! {
        @match &found.running {
            Some(running) => {
                @if page.takes.print { (Button::link("Print", &format!("/reviews/{}/print", running.review.id)).icon(Icon::Printer)) }
            }
            None => {
                @if may { (form(&page, "/reviews", &html! { (Button::submit("Begin a review").primary()) })) }
            }
        }
    };
    let body = html! {
        div.stack {
            @match &found.running {
                Some(running) => { (under_way(web, running)) }
                None => { section.card { (empty_state(Icon::UserCheck, "No review is under way", &idle(&found), None)) } }
            }
            @if !found.past.is_empty() { (card("Past reviews", &past(web, &found.past))) }
        }
    };
    let beside = html! { @if let Some(running) = &found.running { (badge(&running.phase)) } };
    Ok(Reply::page(Page::new(&page, "Access reviews").beside(beside).actions(actions).render(&body)))
}

/// `POST /reviews`.
pub(super) fn begin(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    web.app.begin_review(ask.cx()?)?;
    Ok(Reply::see("/reviews"))
}

fn idle(found: &Reviews) -> String {
    match found.past.first() {
        Some(last) => format!("The next one begins by itself on {}.", last.review.next_on().strftime("%B %-d, %Y")),
        None => {
            "A review asks of every account and every API client whether its access is still needed. After the first, one begins each quarter by itself.".to_owned()
        }
    }
}

fn under_way(web: &Web, running: &ReviewPage) -> Markup {
    let (left, all) = (running.count(None), running.rows.len());
    let review = &running.review;
    let stuck = running.rows.iter().filter(|row| row.stuck).count();
    html! {
        section.card {
            h2 { "Began " (date(review.begun_on)) ", by " (running.begun_by) }
            p.pad {
                b { (all.saturating_sub(left)) " of " (all) } " decided. "
                @match running.phase {
                    Phase::Running => { "Decide by the end of " (date(review.due_on)) "." }
                    Phase::Overdue => {
                        "The last day was " (date(review.due_on)) ". What nobody decides by the end of " (date(review.grace_ends_on())) " is suspended."
                    }
                    Phase::Suspending | Phase::Finished => {
                        "The time is over."
                        @if stuck > 0 { " The last security official is never suspended, so that somebody can let others in. Somebody else has to decide." }
                    }
                }
                @for choice in Choice::ALL.iter().filter(|choice| running.count(Some(**choice)) > 0) {
                    " · " a href={ "/reviews/" (review.id) "?choice=" (choice) } { (choice.word()) ": " (running.count(Some(*choice))) }
                }
            }
            (table(web, "Access under review, what waits first", &running.rows.iter().collect::<Vec<_>>(), true))
        }
    }
}

/// Figures, each of which leads to what it is made of.
fn past(web: &Web, past: &[PastReview]) -> Markup {
    let mut columns = vec![TableColumn::text("Began"), TableColumn::text("Finished"), TableColumn::number("All")];
    columns.extend(Choice::ALL.iter().map(|choice| TableColumn::number(choice.word())));
    let rows = html! {
        @for one in past {
            @let href = format!("/reviews/{}", one.review.id);
            tr {
                th scope="row" { a href=(href) { (date(one.review.begun_on)) } }
                td { @if let Some(at) = one.review.finished_at { (instant(at.timestamp(), &web.zone)) } }
                td.num { a.target href=(href) { (one.all()) span.vh { " in all" } } }
                @for choice in Choice::ALL {
                    @let n = one.counts.get(choice).copied().unwrap_or_default();
                    td.num {
                        @if n > 0 { a.target href={ (href) "?choice=" (choice) } { (n) span.vh { " " (choice.word()) } } } @else { "0" }
                    }
                }
            }
        }
    };
    Table::new("Past reviews, newest first", &columns).rows(&rows)
}
