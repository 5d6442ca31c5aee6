//! A patient's account: what was charged, who paid, and what is still owed by whom, entry by entry.

use app::ledger::{AccountRow, PatientAccount};
use domain::Cents;
use domain::id::PatientId;
use maud::{Markup, html};

use super::cause;
use crate::components::{Button, Icon, Nav, Page, Table, TableColumn, date, empty_state, money, stat_card};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /ledger/patients/{patient}`.
pub(super) fn account(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("patient", PatientId::parse)?;
    let account = web.app.patient_account(ask.cx()?, &id)?;
    let page = ask.page(Nav::Ledger);
    let claims = format!("/claims?patient={id}");
    let body = if account.rows.is_empty() {
        let why = "Nothing was charged for this patient yet. Charges come into the books when their claim is sent.";
        empty_state(Icon::Receipt, "No account yet", why, Some(&Button::link("Claims of the patient", &claims)))
    } else {
        html! { div.stack { (owed(&account)) section.card { (rows(&account)) } } }
    };
    let chart = format!("/patients/{id}");
    let crumbs = [("Patients", "/patients"), ("Patient", chart.as_str())];
    let beside = html! { @if !account.mrn.is_empty() { span.sub { (account.mrn) } } };
    let actions = html! { (Button::link("Claims", &claims)) };
    Ok(Reply::page(Page::new(&page, "Account").crumbs(&crumbs).beside(beside).actions(actions).render(&body)))
}

fn owed(account: &PatientAccount) -> Markup {
    let both: Cents = [account.payers_owe(), account.patient_owes()].into_iter().sum();
    html! {
        div.kpis {
            (stat_card("The patient owes", &money(account.patient_owes()), &html! { "after what payers have judged" }))
            (stat_card("Payers owe", &money(account.payers_owe()), &html! { "sent, and not judged or denied" }))
            (stat_card("Owed in all", &money(both), &html! {}))
        }
    }
}

fn rows(account: &PatientAccount) -> Markup {
    let columns = [
        TableColumn::text("In the books"),
        TableColumn::text("Of"),
        TableColumn::prose("What happened"),
        TableColumn::number("Charged"),
        TableColumn::number("Paid"),
        TableColumn::number("Written off"),
        TableColumn::number("Payers owe"),
        TableColumn::number("Patient owes"),
    ];
    let body = html! { @for row in &account.rows { (one(row)) } };
    Table::new("What happened on the account, oldest first", &columns).keys().rows(&body)
}

/// Each amount leads to the entry that it is made of.
fn one(row: &AccountRow) -> Markup {
    let href = format!("/ledger/entries/{}", row.entry);
    let amount = |cents: Cents| html! { @if cents != Cents::ZERO { a href=(href) { (money(cents)) } } };
    html! {
        tr {
            th scope="row" { a href=(href) { (date(row.posting)) } }
            td { (date(row.effective)) }
            td { (cause(&row.cause)) }
            td.num { (amount(row.charged)) }
            td.num { (amount(row.paid)) }
            td.num { (amount(row.written_off)) }
            td.num { (money(row.payers_owe)) }
            td.num { (money(row.patient_owes)) }
        }
    }
}
