//! What was done to a patient's records, by whom and why.

use app::patient::Timeline;
use domain::id::PatientId;
use maud::{Markup, html};

use crate::components::{Nav, Page, Table, TableColumn, date, instant};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /patients/{id}/history`.
pub(super) fn history(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PatientId::parse)?;
    let timeline = web.app.patient_history(ask.cx()?, &id)?;
    let chart = format!("/patients/{id}");
    let body = html! {
        section.card.pad.patient aria-label="Patient" {
            h2 { a href=(chart) { (timeline.name) } }
            p { "Born " (date(timeline.birth_date)) " · " (timeline.mrn) }
        }
        (lines(web, &timeline))
    };
    let page = ask.page(Nav::Patients);
    let crumbs = [("Patients", "/patients"), ("Patient", chart.as_str())];
    Ok(Reply::page(Page::new(&page, "History").crumbs(&crumbs).render(&body)))
}

fn lines(web: &Web, timeline: &Timeline) -> Markup {
    let columns = [
        TableColumn::text("When"),
        TableColumn::text("Record"),
        TableColumn::number("Version"),
        TableColumn::prose("What"),
        TableColumn::text("Who"),
    ];
    let rows = html! {
        @for line in &timeline.lines {
            tr {
                td.nw { (instant(line.at.timestamp(), &web.zone)) }
                th scope="row" { (line.record) }
                td.num { (line.version) }
                td { (line.what) }
                td { (line.who) }
            }
        }
    };
    Table::new("Changes of this patient's records, the newest first", &columns).rows(&rows)
}
