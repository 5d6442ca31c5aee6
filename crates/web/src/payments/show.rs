//! One remittance in plain words: the three-way check, each claim line by line, and what posting does.

use app::remittance::Preview;
use domain::Cents;
use domain::id::RemittanceId;
use domain::remittance::{Decision, Plan, PlanKind, RemitClaim, RemitLine, RemittanceState};
use maud::{Markup, html};

use super::words;
use crate::claims::reason;
use crate::components::{
    Button, Nav, Page, Table, TableColumn, Tone, badge, card, date, definition_list, flash, form, money, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /payments/{remittance}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(web, ask, None)?))
}

/// The page; `error` is why its payer could not be named.
pub(super) fn page(web: &Web, ask: &Ask, error: Option<&str>) -> Result<Markup, Failure> {
    let id = ask.id("remittance", RemittanceId::parse)?;
    let preview = web.app.open_remittance(ask.cx()?, &id)?;
    let remittance = &preview.remittance;
    let page = ask.page(Nav::Payments);
    let body = html! {
        (verdict(&preview))
        div.stack {
            (super::payer::unnamed(web, ask, &preview, error)?)
            div.two {
                (card("The payment", &head(&preview)))
                (card("Three-way check", &three_way(&preview)))
            }
            @if !remittance.faults.is_empty() {
                (card("What the reader found wrong", &html! { ul.plain.pad { @for f in &remittance.faults { li { (f) } } } }))
            }
            @if !preview.work.is_empty() { (card("Waits for a person", &super::queue::work(ask, &preview.work))) }
            @for (index, claim) in in_order(&preview) { (claim_card(&preview, index, claim)) }
            @if !remittance.provider_adjustments.is_empty() { (card("Money that belongs to no claim", &provider(&preview))) }
            @if !preview.postings.is_empty() { (card("In the books", &crate::ledger::lines(&preview.postings, false))) }
            @if !remittance.unread.is_empty() {
                (card("Said as well, and not used", &html! {
                    ul.plain.pad { @for segment in &remittance.unread { li { code { (segment) } } } }
                }))
            }
        }
    };
    let file = format!("/payments/files/{}", remittance.file);
    let actions = html! {
        (Button::link("The file", &file))
        @if can_post(&preview) {
            (form(&page, &format!("/payments/{id}/post"), &html! { (Button::submit("Post").primary().key("p")) }))
        }
    };
    let crumbs = [("Payments", "/payments")];
    let page = Page::new(&page, "Remittance").crumbs(&crumbs).beside(badge(&preview.state)).actions(actions);
    Ok(page.render(&body))
}

/// The claims as the file has them, but those that wait for a person first.
fn in_order(preview: &Preview) -> Vec<(usize, &RemitClaim)> {
    let waits = |index: usize| {
        let decided = preview.plan.claims.iter().find(|c| c.index == index).map(|c| &c.decision);
        matches!(decided, Some(Decision::Ask(_)))
    };
    let mut claims: Vec<_> = preview.remittance.claims.iter().enumerate().collect();
    claims.sort_by_key(|(index, _)| !waits(*index));
    claims
}

fn can_post(preview: &Preview) -> bool {
    !preview.state.is_settled() && preview.plan.blocked.is_empty()
}

/// `POST /payments/{remittance}/post`.
pub(super) fn post(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("remittance", RemittanceId::parse)?;
    web.app.post_remittance(ask.cx()?, &id, ask.today)?;
    Ok(Reply::see(format!("/payments/{id}")))
}

/// What a person needs to know before anything else.
fn verdict(preview: &Preview) -> Markup {
    if let Some(of) = &preview.duplicate_of {
        return flash(
            Tone::Warn,
            &html! { "The same payment came before: " a href={ "/payments/" (of) } { "open the earlier one" } ". This one is kept and never posted." },
        );
    }
    if let Some(by) = &preview.superseded_by {
        return flash(
            Tone::Warn,
            &html! { "Another copy of this payment took its place: " a href={ "/payments/" (by) } { "open that one" } ". This one is kept as it came and never posted." },
        );
    }
    if preview.state == RemittanceState::Posted {
        return flash(Tone::Ok, &html! { "Everything in it is in the books." });
    }
    if !preview.plan.blocked.is_empty() {
        let why = &preview.plan.blocked;
        return flash(
            Tone::Bad,
            &html! { "Nothing of this is posted, because: " ul { @for reason in why { li { (reason) } } } },
        );
    }
    let waiting = preview.plan.claims.iter().filter(|c| matches!(c.decision, Decision::Ask(_))).count();
    let ready = preview.plan.posted();
    if waiting == 0 {
        return flash(
            Tone::Info,
            &html! { "Every claim is ours and adds up. Posting puts all " (ready) " into the books, to the cent." },
        );
    }
    if ready == 0 {
        return flash(
            Tone::Warn,
            &html! { "What could be posted is in the books; " (waiting) " wait for a person, with their reasons below. Their money is not applied yet. Once that is settled, post again." },
        );
    }
    flash(
        Tone::Warn,
        &html! { "Posting puts " (ready) " of the claims into the books; " (waiting) " wait for a person, with their reasons below. Their money waits as unapplied." },
    )
}

fn head(preview: &Preview) -> Markup {
    let r = &preview.remittance;
    let rows = [
        ("Payer", html! { (r.payer_name) " " span.sub { (r.payer_numbers.join(", ")) } }),
        ("Pays", html! { (r.payee_name) " " span.sub { (r.payee_numbers.join(", ")) } }),
        ("How", html! { (r.method.label()) @if r.is_debit { ", taken from the practice" } }),
        ("Number at the bank", html! { (r.trace) " " span.sub { (r.originator) } }),
        ("Paid on", r.date.map_or_else(|| html! { span.sub { "not said" } }, date)),
        ("Amount", money(r.total)),
    ];
    let earlier = preview.instead_of.iter().enumerate();
    let copies = html! { @for (at, id) in earlier { @if at > 0 { ", " } a href={ "/payments/" (id) } { "the copy that was held" } } };
    let mut rows = rows.to_vec();
    if !preview.instead_of.is_empty() {
        rows.push(("Stands in the place of", copies));
    }
    definition_list(&rows)
}

/// The payment as stated, its parts, and the books.
fn three_way(preview: &Preview) -> Markup {
    let r = &preview.remittance;
    let claims: Cents = r.claims.iter().map(|c| c.paid).sum();
    let plb: Cents = r.provider_adjustments.iter().map(|a| a.amount).sum();
    let cash: Cents = preview.postings.iter().filter(|p| p.account.kind() == "cash").map(|p| p.amount).sum();
    let row = |words: &str, amount: Cents| html! { tr { th scope="row" { (words) } td.num { (money(amount)) } } };
    html! {
        table.grid.sums {
            caption.vh { "Three-way check" }
            tbody {
                (row("Its claims", claims))
                (row("Less adjustments of the payment", plb.negated()))
            }
            tbody.total {
                tr {
                    th scope="row" {
                        "Stated payment "
                        @if r.is_payment_balanced() { (tag(Tone::Ok, "Adds up")) } @else { (tag(Tone::Bad, "Does not add up")) }
                        @if let Some(d) = r.payment_difference() { p.sub { (d.message) } }
                    }
                    td.num { (money(r.total)) }
                }
            }
            tbody {
                @if preview.postings.is_empty() {
                    tr { th scope="row" { "In the books" } td.num { span.sub { "nothing yet" } } }
                } @else {
                    (row("In the books as cash", cash))
                    (row("Not applied to a claim yet", preview.unapplied))
                }
            }
        }
    }
}

fn claim_card(preview: &Preview, index: usize, claim: &RemitClaim) -> Markup {
    let place = format!("Claim {} of {}", index + 1, preview.remittance.claims.len());
    let id = format!("claim-{}", index + 1);
    if preview.withheld.contains(&index) {
        return html! {
            section.card id=(id) {
                h2 { (place) }
                p.pad { "This claim is about a patient whose record your lists leave out. It pays " (money(claim.paid)) "." }
            }
        };
    }
    html! {
        section.card id=(id) {
            header { h2 { (named(preview, index, claim)) } span.sp.sub { (place) } }
            div.pad.stack {
                (outcome(preview, index))
                p { (words::status(claim)) }
                @for difference in preview.remittance.differences_of(index) { p { (tag(Tone::Bad, "Does not add up")) " " (difference.message) } }
            }
            @if claim.lines.is_empty() { (definition_list(&[("Charged", money(claim.charge)), ("Paid", money(claim.paid))])) }
            @else { (lines(claim)) }
            @if !claim.adjustments.is_empty() {
                div.pad { b { "For the claim as a whole" } ul { @for a in &claim.adjustments { (words::adjustment(a)) } } }
            }
            @if !claim.remarks.is_empty() { p.pad.sub { "Remark codes: " (claim.remarks.join(", ")) } }
            p.pad.sub {
                "Our number as sent back: " (claim.control_number)
                " · the payer's: " (claim.payer_claim_number.as_deref().unwrap_or("none"))
                @if let Some(part) = claim.patient_part { " · left to the patient: " (money(part)) }
            }
        }
    }
}

/// Whose claim it is, as far as that is sure.
fn named(preview: &Preview, index: usize, claim: &RemitClaim) -> Markup {
    let posted = preview.in_books.iter().find(|p| p.index == index).map(|p| &p.claim);
    let planned = preview.plan.claims.iter().find(|c| c.index == index).and_then(|c| match &c.decision {
        Decision::Post(plan) => Some(&plan.claim),
        Decision::Ask(exception) => exception.claim.as_ref(),
    });
    match posted.or(planned).and_then(|id| preview.ours.get(id)) {
        Some(ours) => html! {
            a href={ "/claims/" (ours.id) } { (ours.name) } " " span.sub { "born " (date(ours.birth_date)) }
        },
        None => html! {
            (claim.patient_name.as_deref().unwrap_or("Not named")) " " span.sub { "as the payer says; no claim of ours is sure" }
        },
    }
}

fn lines(claim: &RemitClaim) -> Markup {
    let columns = [
        TableColumn::text("Service"),
        TableColumn::text("Day"),
        TableColumn::number("Charged"),
        TableColumn::number("Paid"),
        TableColumn::text("Where the rest went"),
    ];
    let rows = html! {
        @for line in &claim.lines { (one(line)) }
        @if claim.lines.len() > 1 {
            tr.total { th scope="row" { "The claim" } td {} td.num { (money(claim.charge)) } td.num { (money(claim.paid)) } td {} }
        }
    };
    Table::new("Lines of the claim", &columns).rows(&rows)
}

fn one(line: &RemitLine) -> Markup {
    html! {
        tr {
            th scope="row" {
                @if line.code.is_empty() { span.sub { "not named" } } @else { (line.code) } @for m in &line.modifiers { " " (m) }
                @if let Some(code) = &line.paid_as { span.sub { " paid as " (code) } }
            }
            td { @if let Some(day) = line.date { (date(day)) } }
            td.num { (money(line.charge)) }
            td.num { (money(line.paid)) }
            td {
                ul.rest { @for a in &line.adjustments { (words::adjustment(a)) } }
                @if !line.remarks.is_empty() { span.sub { "Remark codes: " (line.remarks.join(", ")) } }
            }
        }
    }
}

/// What is in the books of a claim, or what posting it does, or why it waits.
fn outcome(preview: &Preview, index: usize) -> Markup {
    if let Some(done) = preview.in_books.iter().find(|p| p.index == index) {
        return html! {
            p {
                (tag(Tone::Ok, "In the books")) " as a " (done.kind)
                @if let Some(entry) = &done.entry { ": " a href={ "/ledger/entries/" (entry) } { "its entry" } }
                @if done.is_reversed { " · a later reversal took it back" }
            }
        };
    }
    if preview.state.is_settled() {
        // A copy that is never posted does nothing, whatever its claims would do.
        return html! {};
    }
    match preview.plan.claims.iter().find(|c| c.index == index).map(|c| &c.decision) {
        Some(Decision::Post(plan)) => planned(plan),
        Some(Decision::Ask(exception)) => html! { p { (tag(Tone::Warn, "Waits")) " " (reason(&exception.reason)) } },
        None => html! {},
    }
}

fn planned(plan: &Plan) -> Markup {
    let split = &plan.split;
    let parts = [
        ("to the claim from the payer's money", split.paid),
        ("written off by contract", split.contractual),
        ("owed by the patient", split.patient),
        ("other adjustments", split.other),
        ("denied, still owed by the payer until somebody decides", split.denied),
    ];
    html! {
        p {
            (tag(Tone::Info, "Posting")) " "
            @if matches!(plan.kind, PlanKind::Reversal { .. }) {
                "takes the earlier posting of " (money(split.paid.negated())) " back"
            } @else {
                @for (at, (words, amount)) in parts.iter().filter(|(_, a)| *a != Cents::ZERO).enumerate() {
                    @if at > 0 { "; " } (money(*amount)) " " (words)
                }
            }
        }
    }
}

fn provider(preview: &Preview) -> Markup {
    html! {
        ul.plain.pad {
            @for a in &preview.remittance.provider_adjustments {
                li {
                    @if a.amount > Cents::ZERO { (money(a.amount)) " kept back" } @else { (money(a.amount.negated())) " paid on top" }
                    " · " (words::provider_adjustment(&a.reason)) " " span.sub { "(" (a.reason) ")" }
                    @if let Some(reference) = &a.reference { " · about " (reference) }
                }
            }
        }
    }
}
