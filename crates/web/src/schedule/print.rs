//! The day sheet: a route of its own with an event of its own, because paper leaves the building.

use app::schedule::{Day, ProviderDay};
use maud::{Markup, html};

use super::{day, provider_name};
use crate::components::{Nav, PageContext, PrintHeader, Sheet, Table, TableColumn, badge, clock, date, instant, sheet};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /schedule/print?date=&location=&names=`: short names unless `names=full`.
pub(super) fn print(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let (date, location) = (super::date(ask)?, super::location(ask.query("location"))?);
    let full = ask.query("names") == "full";
    let may = web.app.may_print(ask.cx()?)?;
    let day = web.app.schedule_day(ask.cx()?, date, location.as_ref(), "print")?;
    let reference = day.event().to_string();
    Ok(Reply::printed(&may, page(&ask.page(Nav::Schedule), &day, &reference, full)))
}

fn page(cx: &PageContext, day: &Day, reference: &str, full: bool) -> Sheet {
    let title = format!("Day sheet, {}, {}", day.date.strftime("%A, %B %-d, %Y"), day.location.name);
    let printed = instant(day.now.timestamp(), day.location.zone.rules());
    let header = PrintHeader { title: &title, printed: &printed, reference: Some(reference), health: true };
    let other = format!(
        "/schedule/print?date={}&location={}{}",
        day.date,
        day.location.id,
        if full { "" } else { "&names=full" }
    );
    let body = html! {
        p.no-print { a href=(other) { (if full { "With short names" } else { "With full names and dates of birth" }) } }
        @for column in &day.columns { (provider(column, full)) }
    };
    sheet(cx, &header, &body)
}

fn provider(column: &ProviderDay, full: bool) -> Markup {
    let columns = [
        TableColumn::text("Time"),
        TableColumn::text("Patient"),
        TableColumn::text("Visit"),
        TableColumn::text("Status"),
    ];
    let name = provider_name(&column.provider);
    let rows = html! {
        @for visit in &column.visits {
            tr {
                td { (clock(visit.start.time())) ", " (visit.minutes) " min" }
                th scope="row" {
                    @if full { (visit.patient.name.sorted()) ", born " (date(visit.patient.birth_date)) ", " (visit.patient.mrn) }
                    @else { (day::short_name(visit)) }
                }
                td { (day::what(visit)) }
                td { (badge(&visit.status)) }
            }
        }
    };
    html! {
        section {
            h2 { (name) }
            @if column.visits.is_empty() { p { "No visits." } } @else { (Table::new(&name, &columns).rows(&rows)) }
        }
    }
}
