//! The work list: each view holds claims that want the same done, those whose filing limit is nearest first.

use app::claim::{ClaimList, ClaimTab, ListedClaim};
use domain::id::PatientId;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::components::{
    Button, Icon, Nav, Page, PageContext, Tab, Table, TableColumn, Tone, badge, bulk_bar, csrf_field, date,
    empty_state, money, select_row, tabs, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// Days before the filing limit from which it is said aloud.
const NEAR: i32 = 14;

/// `GET /claims?tab=` or `?patient=`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    if !ask.query("patient").is_empty() {
        return of_patient(web, ask);
    }
    let tab = ClaimTab::parse(ask.query("tab")).unwrap_or(ClaimTab::Rejected);
    let claims = web.app.claims(ask.cx()?, tab)?;
    let page = ask.page(Nav::Claims);
    let body = html! {
        (views(&claims, tab))
        @if claims.rows.is_empty() { (nothing(tab)) }
        @else if tab == ClaimTab::Ready { (choose(&page, &claims.rows, ask.today)) }
        @else { (table(&claims.rows, tab == ClaimTab::Ready, ask.today)) }
    };
    let actions = html! {
        (Button::link("Batches", "/claims/batches"))
        (Button::link("Acknowledgements", "/claims/acknowledgements"))
    };
    Ok(Reply::page(Page::new(&page, "Claims").actions(actions).render(&body)))
}

fn of_patient(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = PatientId::parse(ask.query("patient")).map_err(|_| Failure::NotFound)?;
    let claims = web.app.claims_of_patient(ask.cx()?, &id)?;
    let page = ask.page(Nav::Claims);
    let chart = format!("/patients/{id}");
    let body = html! {
        @if claims.is_empty() {
            (empty_state(Icon::FileInvoice, "No claims", "Nothing was billed for this patient yet.", Some(&Button::link("Open the chart", &chart))))
        } @else {
            (table(&claims, false, ask.today))
        }
    };
    let crumbs = [("/claims", "Claims"), (chart.as_str(), "Patient")];
    Ok(Reply::page(Page::new(&page, "Claims of a patient").crumbs(&crumbs).render(&body)))
}

fn label(tab: ClaimTab) -> &'static str {
    match tab {
        ClaimTab::Work => "Needs work",
        ClaimTab::Ready => "Ready",
        ClaimTab::Batched => "In a batch",
        ClaimTab::Sent => "With the payer",
        ClaimTab::Rejected => "Rejected",
        ClaimTab::Denied => "Denied",
        ClaimTab::Paid => "Paid",
        ClaimTab::Superseded => "Superseded",
    }
}

fn views(claims: &ClaimList, current: ClaimTab) -> Markup {
    let links: Vec<(ClaimTab, String)> =
        ClaimTab::ALL.into_iter().map(|tab| (tab, format!("/claims?tab={}", tab.as_str()))).collect();
    let list: Vec<Tab<'_>> = links
        .iter()
        .map(|(tab, href)| Tab::new(label(*tab), href, *tab == current).count(claims.count(*tab)))
        .collect();
    tabs("Claims by what they want", &list)
}

/// The ready claims, to be put into batches.
fn choose(cx: &PageContext, rows: &[ListedClaim], today: Date) -> Markup {
    html! {
        form method="post" action="/claims/batches" data-list {
            (csrf_field(cx))
            (table(rows, true, today))
            (bulk_bar(&html! { (Button::submit("Put into a batch").primary().small()) }))
        }
    }
}

pub(super) fn table(rows: &[ListedClaim], select: bool, today: Date) -> Markup {
    let columns = [
        TableColumn::text("Patient"),
        TableColumn::text("Born"),
        TableColumn::text("Date of service"),
        TableColumn::text("Payer"),
        TableColumn::number("Charge"),
        TableColumn::text("File by"),
        TableColumn::text("State"),
        TableColumn::text("Why"),
    ];
    let body = html! {
        @for row in rows {
            @let claim = &row.claim;
            tr {
                @if select { td { (select_row("claim", claim.id.as_str(), &format!("Select claim {}", claim.control_number))) } }
                th scope="row" { a href={ "/claims/" (claim.id) } { (claim.patient.name.sorted()) } }
                td { (date(claim.patient.birth_date)) }
                td { (date(claim.date_of_service)) }
                td { (claim.payer.name) }
                td.num { (money(claim.total)) }
                td { (limit(row, today)) }
                td { (badge(&claim.state)) }
                td { (row.why) }
            }
        }
    };
    let table = Table::new("Claims", &columns).keys();
    if select { table.selectable().rows(&body) } else { table.rows(&body) }
}

/// The last day, and how near it is, while that still matters.
fn limit(row: &ListedClaim, today: Date) -> Markup {
    let state = row.claim.state;
    let runs = !state.is_sent() || state == domain::claim::ClaimState::Rejected;
    let left = today.until(row.file_by).map_or(0, |span| span.get_days());
    html! {
        (date(row.file_by))
        @if runs && left < 0 { " " (tag(Tone::Bad, "past")) }
        @else if runs && left <= NEAR { " " (tag(Tone::Warn, &format!("{left} days"))) }
    }
}

fn nothing(tab: ClaimTab) -> Markup {
    let why = match tab {
        ClaimTab::Work => "The scrubber finds nothing wrong.",
        ClaimTab::Ready => "Claims come here from signed charges once nothing blocks them.",
        ClaimTab::Batched => "No batch waits for its release.",
        ClaimTab::Sent => "No claim waits for a payer.",
        ClaimTab::Rejected => "No file or claim was turned back.",
        ClaimTab::Denied => "No claim is denied.",
        ClaimTab::Paid => "Nothing is paid yet: import a remittance.",
        ClaimTab::Superseded => "No claim was replaced.",
    };
    let bill = Button::link("Charges to bill", "/charges?stage=signed");
    empty_state(Icon::FileInvoice, "Nothing here", why, (tab == ClaimTab::Ready).then_some(&bill))
}
