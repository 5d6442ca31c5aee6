//! The work list: each view holds claims that want the same done, those whose filing limit is nearest first.

use app::claim::{ClaimList, ClaimTab, Count, ListedClaim};
use domain::access::{Action, ResourceKind};
use domain::id::PatientId;
use jiff::civil::Date;
use maud::{Markup, html};

use super::reason_line;
use crate::components::{
    Attention, Button, Icon, Nav, Page, PageContext, Tab, Table, TableColumn, Tone, attention_list, badge, bulk_bar,
    csrf_field, date, empty_state, key_hint, money, select_row, tabs, tag,
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
        @else {
            (keys())
            section.card { (table(&claims.rows, Shown::of(tab), ask.today)) }
        }
    };
    let beside = html! { @if !claims.rows.is_empty() { span.sub { (summary(&claims, tab)) } } };
    let actions = html! {
        (Button::link("Batches", "/claims/batches"))
        (Button::link("Acknowledgements", "/claims/acknowledgements"))
    };
    Ok(Reply::page(Page::new(&page, "Claims").beside(beside).actions(actions).render(&body)))
}

/// What the list comes to.
fn summary(claims: &ClaimList, tab: ClaimTab) -> Markup {
    let total: domain::Cents = claims.rows.iter().map(|row| row.claim.total).sum();
    let (shown, all) = (u64::try_from(claims.rows.len()).unwrap_or(u64::MAX), claims.count(tab));
    html! {
        @if shown < all.n { "the first " (shown) " of " (all) ": " }
        (money(total)) " charged"
    }
}

fn keys() -> Markup {
    key_hint("claims", &[("j k", "move"), ("Enter", "open"), ("g c", "come back here")])
}

/// What waits in billing, for the home page; nothing for those whose work it is not.
pub(crate) fn waits(web: &Web, ask: &Ask) -> Result<Option<Markup>, Failure> {
    let cx = ask.cx()?;
    if !web.app.role_may(cx.role, Action::ClaimEdit, ResourceKind::Practice) {
        return Ok(None);
    }
    let waits = web.app.billing_waits(cx)?;
    let one = |tone, icon, n: Count, what: &str, href: &str, detail: &str| {
        let (text, detail) = (format!("{what}: {n}"), Some(detail.to_owned()));
        (n.n > 0).then(|| Attention { tone, icon, text, href: href.to_owned(), status: None, detail })
    };
    let claims = |tone, icon, tab: ClaimTab, detail| {
        one(tone, icon, waits.count(tab), label(tab), &format!("/claims?tab={}", tab.as_str()), detail)
    };
    let items: Vec<Attention> = [
        claims(
            Tone::Bad,
            Icon::AlertOctagon,
            ClaimTab::Rejected,
            "Turned back before anybody judged them: put right, send anew",
        ),
        claims(Tone::Bad, Icon::AlertOctagon, ClaimTab::Denied, "Judged against us: correct, appeal or write off"),
        claims(Tone::Warn, Icon::AlertTriangle, ClaimTab::Work, "The scrubber found something"),
        claims(Tone::Info, Icon::FileInvoice, ClaimTab::Ready, "Nothing blocks them: build a batch"),
        claims(Tone::Info, Icon::FileInvoice, ClaimTab::Batched, "In a batch that has not left"),
        one(
            Tone::Info,
            Icon::Receipt,
            waits.remittances.into(),
            "Remittances to post",
            "/payments",
            "Matched, or waiting for a look",
        ),
        one(
            Tone::Warn,
            Icon::AlertTriangle,
            waits.work.into(),
            "Waits for a person",
            "/payments",
            "Payments without a claim, denials, unknown answers",
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    Ok((!items.is_empty()).then(|| attention_list("Billing", &items)))
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
            section.card { (table(&claims, Shown::States, ask.today)) }
        }
    };
    let crumbs = [("Claims", "/claims"), ("Patient", chart.as_str())];
    let account = format!("/ledger/patients/{id}");
    let actions = html! { (Button::link("Account", &account)) };
    Ok(Reply::page(Page::new(&page, "Claims of a patient").crumbs(&crumbs).actions(actions).render(&body)))
}

fn label(tab: ClaimTab) -> &'static str {
    match tab {
        ClaimTab::Work => "Needs work",
        ClaimTab::Ready => "Ready to bill",
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
        .map(|(tab, href)| {
            let count = claims.count(*tab);
            Tab::new(label(*tab), href, *tab == current).count(count.n).or_more(count.more)
        })
        .collect();
    tabs("Claims by what they want", &list)
}

/// The ready claims, to be put into batches.
fn choose(cx: &PageContext, rows: &[ListedClaim], today: Date) -> Markup {
    html! {
        (key_hint("claims-ready", &[("j k", "move"), ("x", "select"), ("Shift x", "select up to here"), ("Enter", "open")]))
        form.card method="post" action="/claims/batches" data-list {
            (csrf_field(cx))
            (table(rows, Shown::Choose, today))
            (bulk_bar(&html! { (Button::submit("Build batch").primary().small()) }))
        }
    }
}

/// What a list of claims is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Boxes to select by.
    Choose,
    /// All are in one state, and want the same done.
    Next(&'static str),
    /// They stand in different states.
    States,
}

impl Shown {
    const fn of(tab: ClaimTab) -> Self {
        match tab {
            ClaimTab::Work => Self::Next("Mend or hold"),
            ClaimTab::Rejected => Self::Next("Fix and resend"),
            ClaimTab::Denied => Self::Next("Decide"),
            _ => Self::States,
        }
    }
}

pub(super) fn table(rows: &[ListedClaim], shown: Shown, today: Date) -> Markup {
    let mut columns = vec![
        TableColumn::text("Patient"),
        TableColumn::text("Service"),
        TableColumn::text("Payer"),
        TableColumn::number("Charge"),
        TableColumn::text("File by"),
    ];
    if shown == Shown::States {
        columns.push(TableColumn::text("State"));
    }
    columns.push(TableColumn::prose("Why"));
    if matches!(shown, Shown::Next(_)) {
        columns.push(TableColumn::text("Next step"));
    }
    let body = html! { @for row in rows { (one(row, shown, today)) } };
    let table = Table::new("Claims", &columns).keys();
    if shown == Shown::Choose { table.selectable().rows(&body) } else { table.rows(&body) }
}

fn one(row: &ListedClaim, shown: Shown, today: Date) -> Markup {
    let claim = &row.claim;
    let href = format!("/claims/{}", claim.id);
    let number = format!("Select claim {}", claim.control_number);
    html! {
        tr {
            @if shown == Shown::Choose { td { (select_row("claim", claim.id.as_str(), &number)) } }
            th scope="row" { a href=(href) { (claim.patient.name.sorted()) } span.sub.dob { "Born " (date(claim.patient.birth_date)) } }
            td { (date(claim.date_of_service)) }
            td { (claim.payer.name) }
            td.num { (money(claim.total)) }
            td.nw { (limit(row, today)) }
            @if shown == Shown::States { td { (badge(&claim.state)) } }
            td { (reason_line(&row.why)) }
            @if let Shown::Next(step) = shown { td { (Button::link(step, &href).small()) } }
        }
    }
}

/// The last day, and how near it is, while that still matters.
fn limit(row: &ListedClaim, today: Date) -> Markup {
    let state = row.claim.state;
    let runs = !state.is_sent() || state == domain::claim::ClaimState::Rejected;
    let left = today.until(row.file_by).map_or(0, |span| span.get_days());
    html! {
        (date(row.file_by))
        @if runs && left < 0 { " " (tag(Tone::Bad, "past")) }
        @else if runs && left == 0 { " " (tag(Tone::Warn, "last day")) }
        @else if runs && left <= NEAR { " " (tag(Tone::Warn, &format!("{left} {}", if left == 1 { "day" } else { "days" }))) }
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
