//! Today: what waits, as counts that lead to lists, and the pages that this person may open.

use app::schedule::{StatusCount, Today};
use domain::schedule::Status;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::components::{Icon, Nav, NavGroup, Page, PageContext, badge, card, empty_state, stat_card};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /`.
pub(super) fn home(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let today = web.app.today(ask.cx()?, ask.today)?;
    let billing = crate::claims::waits(web, ask)?;
    Ok(Reply::page(page(&ask.page(Nav::Today), &today, billing.as_ref(), ask.today)))
}

fn page(cx: &PageContext, today: &Today, billing: Option<&Markup>, date: Date) -> Markup {
    let body = html! {
        @if let Some(counts) = &today.visits { (visits(counts)) }
        @if let Some(billing) = billing { (billing) }
        (links(cx))
    };
    let day = date.strftime("%A, %B %-d").to_string();
    Page::new(cx, "Today").beside(html! { span.sub { (day) } }).render(&body)
}

fn visits(counts: &[StatusCount]) -> Markup {
    let of =
        |statuses: &[Status]| -> u32 { counts.iter().filter(|c| statuses.contains(&c.status)).map(|c| c.visits).sum() };
    let long: u32 = counts.iter().filter(|c| c.status == Status::Arrived).map(|c| c.long).sum();
    let list = |n: u32| html! { a href="/schedule?view=list" { (n) } };
    html! {
        @if counts.is_empty() {
            (empty_state(Icon::CalendarEvent, "No visits today", "Nobody is booked for today.", None))
        } @else {
            div.kpis {
                (stat_card("Waiting", &list(of(&[Status::Arrived])), &html! { (long) " over 15 minutes" }))
                (stat_card("To come", &list(of(&[Status::Scheduled, Status::Confirmed])), &html! { (of(&[Status::Scheduled])) " not confirmed" }))
                (stat_card("In rooms", &list(of(&[Status::Roomed])), &html! { (of(&[Status::Seen])) " seen, to check out" }))
                (stat_card("Done", &list(of(&[Status::CheckedOut])), &html! { (of(&[Status::NoShow])) " no-shows, " (of(&[Status::Cancelled])) " cancelled" }))
            }
            p { @for c in counts { (badge(&c.status)) " " (c.visits) " " } }
        }
    }
}

/// The pages of the side bar once more, under their headings: a home for roles whose work is elsewhere.
fn links(cx: &PageContext) -> Markup {
    let groups = [NavGroup::FrontDesk, NavGroup::Billing, NavGroup::Compliance, NavGroup::System];
    html! {
        div.two {
            @for group in groups {
                @let mine: Vec<Nav> = cx.nav.iter().map(|e| e.nav).filter(|n| n.group() == group && *n != Nav::Today).collect();
                @if !mine.is_empty() {
                    (card(group.label(), &html! { ul.plain.pad { @for nav in &mine { li { a href=(nav.href()) { (nav.label()) } } } } }))
                }
            }
        }
    }
}
