//! One claim: what it says, what is wrong with it, and what it has been through.

use app::claim::{ClaimMoment, ClaimPage};
use domain::claim::{Claim, ClaimState, FixAt, ScrubFault, Severity};
use domain::id::ClaimId;
use maud::{Markup, html};

use super::act;
use crate::components::{
    Button, Nav, Page, PageContext, Table, TableColumn, Tone, badge, card, date, definition_list, instant, money, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /claims/{id}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClaimId::parse)?;
    let page = web.app.open_claim(ask.cx()?, &id, ask.today)?;
    let cx = ask.page(Nav::Claims);
    let claim = &page.listed.claim;
    let body = html! {
        section.card.pad.patient aria-label="Patient" {
            h2 { a href={ "/patients/" (claim.patient.id) } { (claim.patient.name) } }
            p { "Born " (date(claim.patient.birth_date)) " · seen on " (date(claim.date_of_service)) " by " (claim.rendering.name) }
        }
        (next_step(&cx, &page))
        div.two {
            div { (faults(claim, &page.faults)) (lines(claim)) }
            div { (facts(&page)) (timeline(web, &page.timeline)) }
        }
    };
    let beside = html! { (badge(&claim.state)) " " span.sub { "number " (claim.control_number) } };
    Ok(Reply::page(Page::new(&cx, "Claim").crumbs(&[("/claims", "Claims")]).beside(beside).render(&body)))
}

/// Where it stands in words, and the buttons that take it on.
fn next_step(cx: &PageContext, page: &ClaimPage) -> Markup {
    let claim = &page.listed.claim;
    let href = |what: &str| format!("/claims/{}/{what}", claim.id);
    html! {
        section.card.pad {
            p { b { (claim.state.label()) } ": " (page.listed.why) }
            @match claim.state {
                ClaimState::Built => { (act(cx, &href("rebuild"), &Button::submit("Make it again from the records").primary())) },
                ClaimState::Ready => {
                    (act(cx, &href("rebuild"), &Button::submit("Make it again from the records")))
                    " " (Button::link("Put it into a batch", "/claims?tab=ready").primary())
                },
                ClaimState::Rejected => {
                    p.sub { "It never entered the payer. Mend what the payer named, then send it as a new claim; the filing limit runs." }
                    (act(cx, &href("resend"), &Button::submit("Send as a new claim").primary()))
                },
                state if state.is_sent() && state != ClaimState::Superseded && claim.payer_number.is_some() => {
                    p.sub { "To correct it, correct and sign the charges of the visit, then make the claim there: it replaces this one." }
                    (Button::link("Open the charges", &format!("/charges/{}", claim.visit)))
                    " " (act(cx, &href("void"), &Button::submit("Take it back (void)").danger()))
                },
                _ => {},
            }
            @if let Some(batch) = &page.batch {
                p { a href={ "/claims/batches/" (batch.id) } { "Batch " (batch.reference) } " " (badge(&batch.state)) }
            }
        }
    }
}

fn faults(claim: &Claim, faults: &[ScrubFault]) -> Markup {
    if claim.state.is_sent() {
        return html! {};
    }
    card(
        "What the scrubber finds",
        &html! {
            @if faults.is_empty() {
                p.pad { (tag(Tone::Ok, "Nothing")) " It may leave." }
            } @else {
                ul.plain.pad {
                    @for fault in faults {
                        li {
                            @if fault.severity == Severity::Blocking { (tag(Tone::Bad, "Blocks")) } @else { (tag(Tone::Warn, "Look")) }
                            " " b { (fault.rule.label()) } @if let Some(line) = fault.line { ", line " (line) }
                            br; (fault.message) ". "
                            @if let Some(href) = mend_at(claim, fault.fix_at) { a href=(href) { (fault.fix) } } @else { (fault.fix) }
                        }
                    }
                }
            }
        },
    )
}

/// The page where a fault is put right, when there is one.
fn mend_at(claim: &Claim, at: FixAt) -> Option<String> {
    match at {
        FixAt::Patient => Some(format!("/patients/{}/edit", claim.patient.id)),
        FixAt::Coverage => Some(format!("/patients/{}", claim.patient.id)),
        FixAt::Charges => Some(format!("/charges/{}", claim.visit)),
        FixAt::Payer => Some("/partners".to_owned()),
        FixAt::Practice | FixAt::Location | FixAt::Claim => None,
    }
}

fn facts(page: &ClaimPage) -> Markup {
    let claim = &page.listed.claim;
    let text = |text: &str| html! { (text) };
    let rows = [
        ("Kind", text(claim.frequency.label())),
        ("Payer", html! { (claim.payer.name) " (" (claim.payer.x12_id) ")" }),
        ("Payer's number", text(claim.payer_number.as_deref().unwrap_or("not told yet"))),
        ("Member", html! { (claim.coverage.member_id) ", " (claim.coverage.priority.label()) }),
        ("Place", html! { (claim.place.name) " (" (claim.place.place_of_service.as_str()) ")" }),
        ("Billed by", text(&claim.billing.legal_name)),
        ("File by", html! { (date(page.listed.file_by)) }),
        ("Total", html! { (money(claim.total)) }),
    ];
    card("What it says", &definition_list(&rows))
}

fn lines(claim: &Claim) -> Markup {
    let columns = [
        TableColumn::number("Line"),
        TableColumn::text("Service"),
        TableColumn::text("For diagnosis"),
        TableColumn::number("Units"),
        TableColumn::number("Charge"),
    ];
    let modifiers = |l: &domain::claim::ClaimLine| l.modifiers.iter().map(|m| format!(" {m}")).collect::<String>();
    let pointers =
        |l: &domain::claim::ClaimLine| l.pointers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let rows = html! {
        @for (at, line) in claim.lines.iter().enumerate() {
            tr {
                td.num { (at + 1) }
                th scope="row" { (line.code) (modifiers(line)) }
                td { (pointers(line)) }
                td.num { (line.units) }
                td.num { (money(line.amount)) }
            }
        }
    };
    card(
        "Services",
        &html! {
            ol.pad { @for diagnosis in &claim.diagnoses { li { (diagnosis) } } }
            (Table::new("Claim lines", &columns).rows(&rows))
            p.pad { a href={ "/charges/" (claim.visit) } { "Open the charges of the visit" } }
        },
    )
}

fn timeline(web: &Web, moments: &[ClaimMoment]) -> Markup {
    card(
        "What it has been through",
        &html! {
            ol.plain.pad {
                @for moment in moments {
                    li { (instant(moment.at.timestamp(), &web.zone)) " " (badge(&moment.state)) br; span.sub { (moment.reason) } }
                }
            }
        },
    )
}
