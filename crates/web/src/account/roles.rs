//! Who may do what: the matrix of roles and actions, in the words of the policies in force.

use app::access::{Duties, Duty, TERMS};
use domain::access::{Action, ResourceKind, Role};
use maud::{Markup, html};

use crate::components::{Button, Nav, Page, PrintHeader, Table, TableColumn, card, definition_list, instant, sheet};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /roles`.
pub(super) fn page(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let duties = web.app.duties(ask.cx()?)?;
    let body = body(web, &duties);
    // Who sees no accounts comes from Readiness.
    let people = web.app.role_may(ask.cx()?.role, Action::AccountView, ResourceKind::Practice);
    let (nav, crumb) =
        if people { (Nav::People, ("People", "/people")) } else { (Nav::Readiness, ("Readiness", "/readiness")) };
    let print = html! { @if ask.page.takes.print { (Button::link("Print", "/roles/print")) } };
    Ok(Reply::page(Page::new(&ask.page(nav), TITLE).crumbs(&[crumb]).actions(print).render(&body)))
}

/// `GET /roles/print`.
pub(super) fn print(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let may = web.app.may_print(ask.cx()?)?;
    let duties = web.app.duties(ask.cx()?)?;
    let body = body(web, &duties);
    let printed = instant(web.app.clock.now().timestamp(), &web.zone);
    let header = PrintHeader { title: TITLE, printed: &printed, reference: None, health: false };
    Ok(Reply::printed(&may, sheet(&ask.page, &header, &body)))
}

const TITLE: &str = "Who may do what";

fn body(web: &Web, duties: &Duties) -> Markup {
    html! {
        p { "What the policies in force answer about each role. What nothing permits is refused." }
        div.matrix { (actions(duties)) }
        (card("What the words say", &html! { (words(duties)) ul.pad { (rules(duties)) } }))
        div.matrix { (parts(web, duties)) }
        p.sub { "Asked of the policies with the fingerprint " code.long { (web.app.policies.hash()) } ", which every entry of the audit log carries." }
    }
}

/// A row for each action, under its noun.
fn actions(duties: &Duties) -> Markup {
    let columns: Vec<TableColumn<'_>> =
        std::iter::once("To").chain(Role::ALL.iter().map(|role| role.label())).map(TableColumn::text).collect();
    let mut before = "";
    let rows: Vec<(Option<&str>, Action, &[Duty])> = duties
        .rows
        .iter()
        .map(|(action, row)| {
            let noun = noun(*action);
            let head = (std::mem::replace(&mut before, noun) != noun).then_some(noun);
            (head, *action, row.as_slice())
        })
        .collect();
    let rows = html! {
        @for (head, action, row) in rows {
            @if let Some(noun) = head { tr.group { th colspan=(Role::ALL.len() + 1) scope="colgroup" { (noun) } } }
            tr {
                th scope="row" { (action.label()) }
                @for (role, duty) in Role::ALL.iter().zip(row) { td data-role=(role.label()) { (cell(duty)) } }
            }
        }
    };
    card("What each role may do", &Table::new("What each role may do", &columns).rows(&rows))
}

fn cell(duty: &Duty) -> Markup {
    let terms = duty.terms();
    html! {
        div {
            @if duty.is_yes() { b { "yes" } }
            @for term in terms { " " span.sub { (term) } }
        }
    }
}

/// Which parts of a record each role sees in what it does (45 CFR 164.502(b)).
fn parts(web: &Web, duties: &Duties) -> Markup {
    let shows = |role: Role, action: Action| !web.app.parts(role, action).is_empty();
    let sees = |role: &Role| duties.rows.iter().any(|(action, _)| shows(*role, *action));
    let (seeing, blind): (Vec<Role>, Vec<Role>) = Role::ALL.iter().copied().partition(sees);
    let columns: Vec<TableColumn<'_>> =
        std::iter::once("In order to").chain(seeing.iter().map(|role| role.label())).map(TableColumn::text).collect();
    let rows = html! {
        @for (action, _) in duties.rows.iter().filter(|(action, _)| seeing.iter().any(|role| shows(*role, *action))) {
            tr {
                th scope="row" { (action.label()) }
                @for role in &seeing {
                    @let parts: Vec<&str> = web.app.parts(*role, *action).iter().map(|part| part.label()).collect();
                    td data-role=(role.label()) { div { @if parts.is_empty() { span.sub { "nothing" } } @else { (parts.join(", ")) } } }
                }
            }
        }
    };
    let blind: Vec<&str> = blind.into_iter().map(Role::label).collect();
    card(
        "Which parts of a patient's record they see",
        &html! {
            (Table::new("Which parts of a patient's record each role sees", &columns).rows(&rows))
            @if !blind.is_empty() { p.pad.sub { "Shown no part of any record: " (blind.join(", ")) "." } }
        },
    )
}

/// The terms on this page.
fn words(duties: &Duties) -> Markup {
    let used = |term: &str| duties.rows.iter().flat_map(|(_, row)| row).any(|duty| duty.terms().contains(&term));
    let told: Vec<(&str, Markup)> =
        TERMS.iter().filter(|(term, _)| used(term)).map(|(term, says)| (*term, html! { (says) })).collect();
    definition_list(&told)
}

/// What holds in every row.
fn rules(duties: &Duties) -> Markup {
    let list = |actions: &[Action]| {
        let labels: Vec<&str> = actions.iter().map(|action| action.label()).collect();
        if labels.is_empty() { "nothing".to_owned() } else { labels.join(", ") }
    };
    html! {
        @if duties.denied_refused { li { "Whom a patient's record denies by name is refused that record in everything." } }
        li { "Without a second factor: " (list(&duties.without_factor)) "." }
        li { "With access ended: " (list(&duties.when_ended)) "." }
        li { "From outside the practice's networks, without a registered device that is known to be protected: " (list(&duties.outside)) "." }
        li { "Programs alone, each within what it was given: " (list(&duties.programs)) "." }
    }
}

fn noun(action: Action) -> &'static str {
    match action.as_str().split_once('.').map_or("", |(noun, _)| noun) {
        "patient" => "Patients",
        "emergency" => "Emergency access",
        "schedule" => "Schedule",
        "charge" => "Charges",
        "claim" => "Claims",
        "remittance" | "ledger" => "Money",
        "audit" => "Audit log",
        "readiness" | "probe" => "Readiness",
        "payer" => "Payers",
        "partner" | "connector" => "Partners",
        "practice" => "Settings",
        "account" => "People",
        "review" => "Access reviews",
        "client" => "API clients",
        "device" => "Devices",
        "page" | "file" => "Paper and files",
        "self" | "home" => "Everybody",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_yes_with_its_limits_or_why_not() {
        let policies = app::access::Policies::load().unwrap();
        let duties = policies.duties().unwrap();
        let text = |action: Action, role: Role| {
            let (_, row) = duties.rows.iter().find(|(a, _)| *a == action).unwrap();
            let at = Role::ALL.iter().position(|r| *r == role).unwrap();
            cell(&row[at]).into_string()
        };
        let signs = text(Action::ChargeSign, Role::Clinician);
        assert!(signs.contains("yes") && signs.contains("own visits") && signs.contains("not restricted"), "{signs}");
        let admin = text(Action::PatientView, Role::SystemAdministrator);
        assert!(admin.contains("never") && !admin.contains("yes"), "{admin}");
        let table = actions(&duties).into_string();
        assert_eq!(table.matches(">Patients</th>").count(), 1, "each noun has one heading");
        assert!(Action::ALL.iter().filter(|a| !duties.programs.contains(a)).all(|a| table.contains(a.label())));
    }
}
