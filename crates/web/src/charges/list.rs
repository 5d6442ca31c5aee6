//! The visits that wait for charges, a signature or a claim.

use app::claim::MadeMany;
use app::visit::{VisitList, VisitRow};
use domain::visit::Stage;
use maud::{Markup, html};

use crate::components::{
    Button, Flash, Icon, Nav, Page, Tab, Table, TableColumn, Tone, badge, date, empty_state, form, money, tabs,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /charges?stage=`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let stage = Stage::parse(ask.query("stage")).unwrap_or(Stage::Empty);
    page(web, ask, stage, None)
}

/// `POST /charges/bill`: makes the claims of every signed visit.
pub(super) fn bill(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let made = web.app.make_claims(ask.cx()?, ask.today)?;
    page(web, ask, Stage::Signed, Some(&made))
}

fn page(web: &Web, ask: &Ask, stage: Stage, made: Option<&MadeMany>) -> Result<Reply, Failure> {
    let visits = web.app.visits(ask.cx()?, stage)?;
    let page = ask.page(Nav::Charges);
    let bill =
        web.app.role_may(ask.cx()?.role, domain::access::Action::ClaimEdit, domain::access::ResourceKind::Practice);
    let flash = made.map(told);
    let body = html! {
        (stages(&visits, stage))
        @if let Some(made) = made { (refused(made)) }
        @if visits.rows.is_empty() { (nothing(stage)) } @else { (table(&visits.rows)) }
        @if stage == Stage::Signed && bill && !visits.rows.is_empty() {
            (form(&page, "/charges/bill", &html! { (Button::submit("Make the claims of all").primary()) }))
        }
    };
    let new = Button::link("Charge a visit without an appointment", "/charges/new").key("n");
    Ok(Reply::page(Page::new(&page, "Charges").flash(flash.as_ref()).actions(html! { (new) }).render(&body)))
}

fn stages(visits: &VisitList, current: Stage) -> Markup {
    let links: Vec<(Stage, String, u64)> = Stage::ALL
        .iter()
        .map(|stage| {
            let count = visits.counts.iter().find(|(s, _)| s == stage).map_or(0, |(_, n)| *n);
            (*stage, format!("/charges?stage={stage}"), count)
        })
        .collect();
    let list: Vec<Tab<'_>> =
        links.iter().map(|(stage, href, n)| Tab::new(stage.label(), href, *stage == current).count(*n)).collect();
    tabs("Visits by stage", &list)
}

fn table(rows: &[VisitRow]) -> Markup {
    let columns = [
        TableColumn::text("Patient"),
        TableColumn::text("Born"),
        TableColumn::text("Date of service"),
        TableColumn::text("Clinician"),
        TableColumn::number("Lines"),
        TableColumn::number("Total"),
        TableColumn::text("Stage"),
    ];
    let rows = html! {
        @for visit in rows {
            tr {
                th scope="row" { a href={ "/charges/" (visit.id) } { (visit.name.sorted()) } }
                td { (date(visit.birth_date)) }
                td { (date(visit.date)) }
                td { (visit.provider) }
                td.num { (visit.lines) }
                td.num { @if let Some(total) = visit.total { (money(total)) } }
                td { (badge(&visit.stage)) }
            }
        }
    };
    Table::new("Visits", &columns).keys().rows(&rows)
}

fn nothing(stage: Stage) -> Markup {
    let why = match stage {
        Stage::Empty => "Every visit has its charges. One without an appointment can be started here.",
        Stage::Draft => "No charges wait for a signature.",
        Stage::Signed => "Every signed visit has its claim.",
        Stage::Billed => "No visit is billed yet.",
        Stage::SelfPay => "No visit was without coverage.",
    };
    empty_state(Icon::Stethoscope, "Nothing here", why, None)
}

fn told(made: &MadeMany) -> Flash {
    let MadeMany { ready, to_work, self_pay, refused } = made;
    let tone = if refused.is_empty() { Tone::Ok } else { Tone::Warn };
    let text = format!(
        "{ready} claims are ready to send, {to_work} need work first, {self_pay} visits are the patient's to pay, {} were \
         not billed.",
        refused.len()
    );
    Flash { tone, text }
}

fn refused(made: &MadeMany) -> Markup {
    html! {
        @if !made.refused.is_empty() {
            section.card.pad role="alert" {
                h2 { "Not billed" }
                ul { @for (visit, why) in &made.refused { li { a href={ "/charges/" (visit) } { "Open the visit" } ": " (why) } } }
            }
        }
    }
}
