//! Today: what waits, as counts that lead to lists, and the pages that this person may open.

use app::schedule::{StatusCount, Today};
use domain::schedule::Status;
use domain::visit::Stage;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::components::{Hx, Icon, Nav, NavGroup, Page, PageContext, Swap, Trigger, card, empty_state, stat_card};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// Seconds after which the counts are asked for again.
const AGAIN: u16 = 60;

/// `GET /`.
pub(super) fn home(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let today = web.app.today(ask.cx()?, ask.today)?;
    let billing = crate::claims::waits(web, ask)?;
    let emergencies = web.app.emergencies_waiting(ask.cx()?)?;
    let reviews = web.app.reviews_waiting(ask.cx()?)?;
    let alerts = web.app.alerts_waiting(ask.cx()?)?;
    let samples = web.app.samples_waiting(ask.cx()?)?;
    let roles = web.app.roles_waiting(ask.cx()?)?;
    let more = html! {
        @if let Some(billing) = &billing { (billing) }
        @if let Some(waiting) = emergencies.filter(|w| w.all > 0) { (crate::emergency::notice(waiting)) }
        @if let Some(waiting) = alerts.filter(|w| w.all > 0) { (crate::alerts::notice(waiting)) }
        @if let Some(waiting) = samples.filter(|w| w.all > 0) { (crate::samples::notice(waiting)) }
        @if !roles.is_empty() { (crate::account::joining::notice(&roles)) }
        @if let Some(waiting) = reviews.filter(|w| w.undecided > 0) { (crate::reviews::notice(waiting)) }
    };
    Ok(Reply::page(page(&ask.page(Nav::Today), &today, &more, ask.today)))
}

fn page(cx: &PageContext, today: &Today, more: &Markup, date: Date) -> Markup {
    let counts = html! {
        @if let Some(counts) = &today.visits { (visits(counts)) }
        @if let Some(stages) = &today.charges { (charges(stages)) }
        (more)
    };
    let again = Hx::get(cx, "/").id("counts").class("stack").select("#counts").swap(Swap::Morph);
    let body = html! {
        @if today.visits.is_some() || today.charges.is_some() {
            (again.trigger(Trigger::Every(AGAIN)).region(&counts))
        } @else {
            // Who has counts has work in them; a second side bar would only stand in their way.
            div.stack { (more) (links(cx)) }
        }
    };
    let day = date.strftime("%A, %B %-d").to_string();
    Page::new(cx, "Today").beside(html! { span.sub { (day) } }).render(&body)
}

fn visits(counts: &[StatusCount]) -> Markup {
    let of =
        |statuses: &[Status]| -> u32 { counts.iter().filter(|c| statuses.contains(&c.status)).map(|c| c.visits).sum() };
    let long: u32 = counts.iter().filter(|c| c.status == Status::Arrived).map(|c| c.long).sum();
    let before = [Status::Scheduled, Status::Confirmed];
    let late: u32 = counts.iter().filter(|c| before.contains(&c.status)).map(|c| c.late).sum();
    let list = |n: u32, what: &str| figure("/schedule?view=list", n.into(), what);
    html! {
        @if counts.is_empty() {
            section.card { (empty_state(Icon::CalendarEvent, "No visits today", "Nobody is booked for today.", None)) }
        } @else {
            div.kpis {
                (stat_card("Waiting", &list(of(&[Status::Arrived]), "waiting"), &html! { (long) " over 15 minutes" }))
                (stat_card("To come", &list(of(&before), "to come"), &html! { (of(&[Status::Scheduled])) " not confirmed" }))
                (stat_card("Late", &list(late, "late"), &html! { "should be here by now" }))
                (stat_card("In rooms", &list(of(&[Status::Roomed]), "in rooms"), &html! { (of(&[Status::Seen])) " seen, to check out" }))
                (stat_card("Done", &list(of(&[Status::CheckedOut]), "done"), &html! { (of(&[Status::NoShow])) " no-shows, " (of(&[Status::Cancelled])) " cancelled" }))
            }
        }
    }
}

/// What waits between the room and the claim.
fn charges(stages: &[(Stage, u64)]) -> Markup {
    let one = |stage: Stage, label: &str, then: &str| {
        let n = stages.iter().find(|(s, _)| *s == stage).map_or(0, |(_, n)| *n);
        let figure = figure(&format!("/charges?stage={stage}"), n, label);
        stat_card(label, &figure, &html! { (then) })
    };
    html! {
        div.kpis {
            (one(Stage::Empty, "Seen, no charges yet", "for the clinician to record"))
            (one(Stage::Draft, "To sign", "recorded, not signed"))
            (one(Stage::Signed, "To bill", "signed, no claim yet"))
        }
    }
}

/// A count that leads to its list; its name tells a screen reader which of the counts it is.
fn figure(href: &str, n: u64, what: &str) -> Markup {
    html! { a.target href=(href) { (n) span.vh { " " (what) } } }
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
