//! One remittance in plain words: the three-way check, each claim line by line, and what posting does.

use app::remittance::Preview;
use domain::Cents;
use domain::id::RemittanceId;
use domain::remittance::{Decision, Plan, PlanKind, RemitClaim, RemitLine, RemittanceState};
use maud::{Markup, html};

use super::words;
use crate::components::{
    Button, Nav, Page, Table, TableColumn, Tone, badge, card, date, definition_list, flash, form, money, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /payments/{remittance}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("remittance", RemittanceId::parse)?;
    let preview = web.app.open_remittance(ask.cx()?, &id)?;
    let remittance = &preview.remittance;
    let page = ask.page(Nav::Payments);
    let body = html! {
        (verdict(&preview))
        div.cols {
            (card("The payment", &head(&preview)))
            (card("Three-way check", &three_way(&preview)))
        }
        @if !remittance.faults.is_empty() {
            (card("What the reader found wrong", &html! { ul.plain.pad { @for f in &remittance.faults { li { (f) } } } }))
        }
        @for (index, claim) in remittance.claims.iter().enumerate() { (claim_card(&preview, index, claim)) }
        @if !remittance.provider_adjustments.is_empty() { (card("Money that belongs to no claim", &provider(&preview))) }
        @if !preview.postings.is_empty() { (card("In the books", &crate::ledger::lines(&preview.postings, false))) }
        @if !preview.work.is_empty() { (card("Waits for a person", &super::queue::work(ask, &preview.work))) }
        @if !remittance.unread.is_empty() {
            (card("Said as well, and not used", &html! {
                ul.plain.pad { @for segment in &remittance.unread { li { code { (segment) } } } }
            }))
        }
    };
    let file = format!("/payments/files/{}", remittance.file);
    let actions = html! {
        (Button::link("The file", &file))
        @if can_post(&preview) {
            (form(&page, &format!("/payments/{id}/post"), &html! { (Button::submit("Post").primary().key("p")) }))
        }
    };
    let crumbs = [("/payments", "Payments")];
    let page = Page::new(&page, "Remittance").crumbs(&crumbs).beside(badge(&preview.state)).actions(actions);
    Ok(Reply::page(page.render(&body)))
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
            &html! { "Every claim is ours and adds up. Posting puts " (ready) " into the books." },
        );
    }
    flash(
        Tone::Warn,
        &html! { "Posting puts " (ready) " of the claims into the books; " (waiting) " wait for a person, with their reasons below. Their money waits as unapplied." },
    )
}

fn head(preview: &Preview) -> Markup {
    let r = &preview.remittance;
    definition_list(&[
        ("Payer", html! { (r.payer_name) " " span.sub { (r.payer_numbers.join(", ")) } }),
        ("Pays", html! { (r.payee_name) " " span.sub { (r.payee_numbers.join(", ")) } }),
        ("How", html! { (r.method.label()) @if r.is_debit { ", taken from the practice" } }),
        ("Number at the bank", html! { (r.trace) " " span.sub { (r.originator) } }),
        ("Paid on", r.date.map_or_else(|| html! { span.sub { "not said" } }, date)),
        ("Amount", money(r.total)),
    ])
}

/// The payment as stated, its parts, and the books.
fn three_way(preview: &Preview) -> Markup {
    let r = &preview.remittance;
    let claims: Cents = r.claims.iter().map(|c| c.paid).sum();
    let plb: Cents = r.provider_adjustments.iter().map(|a| a.amount).sum();
    let cash: Cents = preview.postings.iter().filter(|p| p.account.kind() == "cash").map(|p| p.amount).sum();
    let balanced = r.is_payment_balanced();
    definition_list(&[
        ("Stated payment", money(r.total)),
        ("Its claims", money(claims)),
        ("Less payment-level adjustments", money(plb)),
        (
            "Adds up",
            if balanced {
                tag(Tone::Ok, "Yes")
            } else {
                html! { (tag(Tone::Bad, "No")) @if let Some(d) = r.payment_difference() { " " (d.message) } }
            },
        ),
        ("In the books as cash", money(cash)),
        (
            "Not applied to a claim yet",
            if preview.postings.is_empty() {
                html! { span.sub { "nothing is posted" } }
            } else {
                money(preview.unapplied)
            },
        ),
    ])
}

fn claim_card(preview: &Preview, index: usize, claim: &RemitClaim) -> Markup {
    let title = format!("Claim {} of {}", index + 1, preview.remittance.claims.len());
    if preview.withheld.contains(&index) {
        return card(
            &title,
            &html! { p.pad { "This claim is about a patient whose record your lists leave out. It pays " (money(claim.paid)) "." } },
        );
    }
    let body = html! {
        (who(preview, index, claim))
        p.pad { (words::status(claim)) }
        @if !claim.lines.is_empty() { (lines(&claim.lines)) }
        @if !claim.adjustments.is_empty() {
            div.pad { b { "For the claim as a whole" } ul { @for a in &claim.adjustments { (words::adjustment(a)) } } }
        }
        @if !claim.remarks.is_empty() { p.pad.sub { "Remark codes: " (claim.remarks.join(", ")) } }
        @for difference in preview.remittance.differences_of(index) { p.pad { (tag(Tone::Bad, "Does not add up")) " " (difference.message) } }
        (outcome(preview, index))
    };
    card(&title, &body)
}

fn who(preview: &Preview, index: usize, claim: &RemitClaim) -> Markup {
    let posted = preview.in_books.iter().find(|p| p.index == index).map(|p| &p.claim);
    let planned = preview.plan.claims.iter().find(|c| c.index == index).and_then(|c| match &c.decision {
        Decision::Post(plan) => Some(&plan.claim),
        Decision::Ask(exception) => exception.claim.as_ref(),
    });
    let ours = posted.or(planned).and_then(|id| preview.ours.get(id));
    let named = match ours {
        Some(ours) => html! {
            a href={ "/patients/" (ours.patient) } { (ours.name) } ", born " (date(ours.birth_date)) " · "
            a href={ "/claims/" (ours.id) } { "claim " (ours.control_number) }
        },
        None => {
            html! { (claim.patient_name.as_deref().unwrap_or("not named")) " " span.sub { "as the payer says; no claim of ours is sure" } }
        }
    };
    definition_list(&[
        ("Patient", named),
        ("Our number, as sent back", html! { (claim.control_number) }),
        ("The payer's number", html! { (claim.payer_claim_number.as_deref().unwrap_or("none")) }),
        ("Charged", money(claim.charge)),
        ("Paid", money(claim.paid)),
        ("Left to the patient", claim.patient_part.map_or_else(|| html! { span.sub { "not said" } }, money)),
    ])
}

fn lines(lines: &[RemitLine]) -> Markup {
    let columns = [
        TableColumn::text("Service"),
        TableColumn::text("Day"),
        TableColumn::number("Charged"),
        TableColumn::number("Paid"),
        TableColumn::text("Where the rest went"),
    ];
    let rows = html! {
        @for line in lines {
            tr {
                th scope="row" {
                    (line.code) @for m in &line.modifiers { " " (m) }
                    @if let Some(code) = &line.paid_as { br; span.sub { "paid as " (code) } }
                }
                td { @if let Some(day) = line.date { (date(day)) } }
                td.num { (money(line.charge)) }
                td.num { (money(line.paid)) }
                td {
                    ul.plain { @for a in &line.adjustments { (words::adjustment(a)) } }
                    @if !line.remarks.is_empty() { span.sub { "Remark codes: " (line.remarks.join(", ")) } }
                }
            }
        }
    };
    Table::new("Lines of the claim", &columns).rows(&rows)
}

/// What is in the books of a claim, or what posting it does, or why it waits.
fn outcome(preview: &Preview, index: usize) -> Markup {
    if let Some(done) = preview.in_books.iter().find(|p| p.index == index) {
        return html! {
            p.pad {
                (tag(Tone::Ok, "In the books")) " as a " (done.kind)
                @if let Some(entry) = &done.entry { ": " a href={ "/ledger/entries/" (entry) } { "its entry" } }
                @if done.is_reversed { " · a later reversal took it back" }
            }
        };
    }
    match preview.plan.claims.iter().find(|c| c.index == index).map(|c| &c.decision) {
        Some(Decision::Post(plan)) => planned(plan),
        Some(Decision::Ask(exception)) => html! { p.pad { (tag(Tone::Warn, "Waits")) " " (exception.reason) } },
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
        p.pad {
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
