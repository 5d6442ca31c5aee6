//! The books: balances, the postings behind each number, entries, and each remittance against its deposit.

mod patient;

use app::ledger::{Books, PostingLine};
use domain::Cents;
use domain::access::{Action, ResourceKind};
use domain::id::EntryId;
use domain::ledger::{Account, Cause};
use maud::{Markup, html};

use crate::components::{
    Button, Icon, Nav, Page, Table, TableColumn, Tone, card, date, definition_list, empty_state, flash, instant, money,
    tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::route::{Route, get};
use crate::server::Web;

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/ledger", Action::LedgerView, ResourceKind::Practice, balances),
    get("/ledger/entries/{entry}", Action::LedgerView, ResourceKind::Practice, entry),
    get("/ledger/patients/{patient}", Action::LedgerView, ResourceKind::Patient, patient::account),
    get("/ledger/{account}", Action::LedgerView, ResourceKind::Practice, account),
];

/// `GET /ledger`.
fn balances(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let books = web.app.ledger(ask.cx()?)?;
    let page = ask.page(Nav::Ledger);
    let body = html! {
        div.stack {
            (whole(web, &books))
            @if books.balances.is_empty() {
                section.card { (empty_state(Icon::ChartBar, "The books are empty", "They fill when claims are sent and remittances posted.", None)) }
            } @else {
                section.card { (balance_table(&books)) }
            }
            @if !books.deposits.is_empty() { (card("Each remittance against its deposit", &deposits(&books))) }
        }
    };
    Ok(Reply::page(Page::new(&page, "Ledger").render(&body)))
}

fn whole(web: &Web, books: &Books) -> Markup {
    let broken = books.checked.as_ref().map_or(0, |c| c.broken);
    if books.sum != Cents::ZERO || broken > 0 {
        return flash(Tone::Bad, &differences(books, broken));
    }
    html! {
        p {
            (tag(Tone::Ok, "The books balance")) " Debits and credits are equal. "
            @match &books.checked {
                Some(c) => { "Each of " (c.entries) " entries was held against its postings on " (instant(c.at.timestamp(), &web.zone)) "." }
                None => { "No entry was held against its postings yet: that happens within minutes of the server's start." }
            }
        }
    }
}

fn differences(books: &Books, broken: u64) -> Markup {
    let first = books.checked.iter().flat_map(|c| &c.first).take(5);
    html! {
        "The books are not whole: they sum to " (money(books.sum)) ", and " (broken) " entries are not as they were posted."
        @for d in first { " Entry " a href={ "/ledger/entries/" (d.entry) } { (d.entry) } ": " (d.what) "." }
        " Stop posting and have the database checked."
    }
}

fn balance_table(books: &Books) -> Markup {
    let columns = [
        TableColumn::text("Account"),
        TableColumn::number("Debits"),
        TableColumn::number("Credits"),
        TableColumn::number("Balance"),
        TableColumn::number("Postings"),
    ];
    let rows = html! {
        @for kind in &books.balances {
            @let href = format!("/ledger/{}", kind.kind);
            tr {
                th scope="row" { a href=(href) { (label(&kind.kind)) } }
                td.num { a href=(href) { (money(kind.debit)) } }
                td.num { a href=(href) { (money(kind.credit.negated())) } }
                td.num { a href=(href) { (money(kind.balance)) } }
                td.num { (kind.postings) }
            }
        }
    };
    Table::new("Balances by account", &columns).keys().rows(&rows)
}

fn deposits(books: &Books) -> Markup {
    let columns = [
        TableColumn::text("Payer"),
        TableColumn::text("Number at the bank"),
        TableColumn::text("Paid on"),
        TableColumn::number("Remittance"),
        TableColumn::number("Deposit"),
        TableColumn::number("Not applied"),
        TableColumn::text("Ties"),
    ];
    let rows = html! {
        @for tie in &books.deposits {
            tr {
                th scope="row" { a href={ "/payments/" (tie.remittance) } { (tie.payer_name) } }
                td { (tie.trace) }
                td { @if let Some(day) = tie.paid_on { (date(day)) } }
                td.num { (money(tie.total)) }
                td.num { (money(tie.deposited)) }
                td.num { (money(tie.unapplied)) }
                td { @if tie.ties() { (tag(Tone::Ok, "Yes")) } @else { (tag(Tone::Bad, "No")) } }
            }
        }
    };
    Table::new("Remittances and deposits", &columns).rows(&rows)
}

/// The words of a kind of account.
fn label(kind: &str) -> &str {
    match kind {
        "insurance" => "Insurance receivable",
        "patient" => "Patient receivable",
        "unapplied" => "Unapplied payments",
        "patient_credit" => "Patient credit",
        "recoupment" => "Payer recoupment",
        other => Account::parse(other).map_or(other, |a| a.label()),
    }
}

/// `GET /ledger/{account}?before=`.
fn account(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let kind = ask.parts.get("account").map(String::as_str).unwrap_or_default();
    if kind.len() > 30 || !kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
        return Err(Failure::NotFound);
    }
    let before = EntryId::parse(ask.query("before")).ok();
    let found = web.app.ledger_postings(ask.cx()?, kind, before.as_ref())?;
    let page = ask.page(Nav::Ledger);
    let older = found.last().filter(|_| found.len() >= 200).map(|last| format!("/ledger/{kind}?before={}", last.entry));
    let body = html! {
        section.card {
            @if found.is_empty() {
                (empty_state(Icon::ChartBar, "No postings", "Nothing was posted to this account.", Some(&Button::link("Ledger", "/ledger"))))
            } @else { (lines(&found, true)) }
        }
        @if let Some(href) = &older { p { a href=(href) { "Older postings" } } }
    };
    let crumbs = [("Ledger", "/ledger")];
    Ok(Reply::page(Page::new(&page, label(kind)).crumbs(&crumbs).render(&body)))
}

/// `GET /ledger/entries/{entry}`.
fn entry(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("entry", EntryId::parse)?;
    let open = web.app.ledger_entry(ask.cx()?, &id)?;
    let page = ask.page(Nav::Ledger);
    let reverses = open.entry.reverses().map_or_else(
        || html! { span.sub { "nothing" } },
        |of| html! { a href={ "/ledger/entries/" (of) } { "an earlier entry" } },
    );
    let body = html! {
        div.stack {
            section.card {
                (definition_list(&[
                    ("Cause", cause(open.entry.cause())),
                    ("Happened on", date(open.entry.effective())),
                    ("Put into the books on", date(open.entry.posting_date())),
                    ("Takes back", reverses),
                ]))
            }
            section.card { (lines(&open.lines, false)) }
        }
    };
    let crumbs = [("Ledger", "/ledger")];
    Ok(Reply::page(Page::new(&page, "Ledger entry").crumbs(&crumbs).render(&body)))
}

/// Postings, each with its entry and its cause.
pub(crate) fn lines(postings: &[PostingLine], keys: bool) -> Markup {
    let columns = [
        TableColumn::text("Posted"),
        TableColumn::text("Account"),
        TableColumn::text("Cause"),
        TableColumn::text("Patient"),
        TableColumn::number("Debit"),
        TableColumn::number("Credit"),
    ];
    let rows = html! {
        @for line in postings {
            tr {
                th scope="row" { a href={ "/ledger/entries/" (line.entry) } { (date(line.posting)) } }
                td { (line.account.label()) }
                td { (cause(&line.cause)) }
                td {
                    @match &line.patient {
                        Some((id, mrn)) => { a href={ "/ledger/patients/" (id) } { (mrn) } }
                        None if line.withheld => { span.sub { "restricted" } }
                        None => {}
                    }
                }
                td.num { @if line.amount > Cents::ZERO { (money(line.amount)) } }
                td.num { @if line.amount < Cents::ZERO { (money(line.amount.negated())) } }
            }
        }
    };
    let table = Table::new("Postings", &columns);
    if keys { table.keys().rows(&rows) } else { table.rows(&rows) }
}

fn cause(cause: &Cause) -> Markup {
    let of = |words: &str, id: &domain::id::RemittanceId| html! { a href={ "/payments/" (id) } { (words) } };
    match cause {
        Cause::Charges { claim, .. } => html! { a href={ "/claims/" (claim) } { "Charges of a claim" } },
        Cause::Restored { rejected, .. } => html! {
            "Charges that stand again, as " a href={ "/claims/" (rejected) } { "a correction" } " was turned back"
        },
        Cause::SelfPay { visit, .. } => html! { a href={ "/charges/" (visit) } { "Charges that the patient pays" } },
        Cause::Deposit { remittance } => of("Deposit of a remittance", remittance),
        Cause::RemitClaim { remittance, index } => html! {
            a href={ "/payments/" (remittance) "#claim-" (index + 1) } { "Claim " (index + 1) " of a remittance" }
        },
        Cause::ProviderAdjustment { remittance, .. } => of("Payment-level adjustment", remittance),
        Cause::Reversal { of } => html! { "Reversal of " a href={ "/ledger/entries/" (of) } { "an entry" } },
    }
}
