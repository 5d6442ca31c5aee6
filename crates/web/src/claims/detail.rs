//! One claim: what it says, what is wrong with it, and what it has been through.

use app::claim::{ClaimMoment, ClaimPage};
use domain::access::{Action, ResourceKind};
use domain::claim::{Claim, ClaimState, FixAt, Frequency, ScrubFault, Severity};
use domain::id::ClaimId;
use maud::{Markup, html};

use super::{act, reason};
use crate::components::{
    Button, Field, Nav, Page, PageContext, Table, TableColumn, Tone, badge, card, csrf_field, date, definition_list,
    instant, money, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /claims/{id}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClaimId::parse)?;
    let page = web.app.open_claim(ask.cx()?, &id, ask.today)?;
    let (cx, cx_role) = (ask.page(Nav::Claims), ask.cx()?.role);
    let claim = &page.listed.claim;
    let may_mend = |at| mender(at).is_some_and(|action| web.app.role_may(cx_role, action, ResourceKind::Practice));
    let body = html! {
        div.stack {
            section.card.pad aria-label="Patient" {
                p { a.who href={ "/patients/" (claim.patient.id) } { (claim.patient.name) } " " span.sub { "born " (date(claim.patient.birth_date)) } }
                p { "Seen on " (date(claim.date_of_service)) " by " (claim.rendering.name) ", " (claim.place.name) " · " (money(claim.total)) " to " (claim.payer.name) }
            }
            (next_step(&cx, &page))
            div.two {
                div.stack { (faults(claim, &page.faults, may_mend)) (lines(claim)) }
                div.stack { (facts(&page)) (timeline(web, &page.timeline)) }
            }
        }
    };
    let account = format!("/ledger/patients/{}", claim.patient.id);
    let actions = html! { (Button::link("Account of the patient", &account)) };
    let beside = html! { (badge(&claim.state)) " " span.sub { "number " (claim.control_number) } };
    let page = Page::new(&cx, "Claim").crumbs(&[("Claims", "/claims")]).beside(beside).actions(actions);
    Ok(Reply::page(page.render(&body)))
}

/// Where it stands in words, and the buttons that take it on.
fn next_step(cx: &PageContext, page: &ClaimPage) -> Markup {
    let claim = &page.listed.claim;
    let href = |what: &str| format!("/claims/{}/{what}", claim.id);
    let anew = match claim.frequency {
        Frequency::Original => "Send as a new claim",
        Frequency::Replacement => "Send the replacement anew",
        Frequency::Void => "Send the void anew",
    };
    html! {
        section.card.pad.stack aria-label="Where it stands" {
            p { b { (claim.state.label()) } ": " (reason(&page.listed.why)) }
            @match claim.state {
                ClaimState::Built => {
                    div.row { (act(cx, &href("rebuild"), &Button::submit("Make it again from the records").primary())) }
                    (hold(cx, claim))
                },
                ClaimState::Ready => {
                    div.row {
                        (Button::link("Put it into a batch", "/claims?tab=ready").primary())
                        (act(cx, &href("rebuild"), &Button::submit("Make it again from the records")))
                    }
                    (hold(cx, claim))
                },
                ClaimState::Rejected => {
                    p.sub { "It never entered the payer, so no remittance will come, and the filing limit of " (date(page.listed.file_by)) " runs. Have what the payer named put right, then send it as a new claim." }
                    div.row { (act(cx, &href("resend"), &Button::submit(anew).primary())) }
                },
                state if state.is_sent() && state != ClaimState::Superseded && claim.payer_number.is_some() => {
                    p.sub { "To correct it, correct and sign the charges of the visit, then make the claim there: it replaces this one." }
                    div.row {
                        (Button::link("Open the charges", &format!("/charges/{}", claim.visit)))
                        (act(cx, &href("void"), &Button::submit("Take it back (void)").danger()))
                    }
                },
                _ => {},
            }
            @if let Some(batch) = &page.batch {
                p { a href={ "/claims/batches/" (batch.id) } { "Batch " (batch.reference) } " " (badge(&batch.state)) }
            }
        }
    }
}

/// Keeps the claim from leaving, or lets it go again.
fn hold(cx: &PageContext, claim: &Claim) -> Markup {
    let href = format!("/claims/{}/hold", claim.id);
    match &claim.hold {
        Some(hold) => html! {
            div.row { (tag(Tone::Warn, "Held")) span { (hold.reason) } (act(cx, &href, &Button::submit("End the hold"))) }
        },
        None => html! {
            details {
                summary { "Hold it" }
                form.form.narrow method="post" action=(href) {
                    (csrf_field(cx))
                    (Field::text("reason", "Why it must not leave yet").hint("Such as: the desk asks for the new card").required().max(200))
                    div.actions { (Button::submit("Hold it")) }
                }
            }
        },
    }
}

fn faults(claim: &Claim, faults: &[ScrubFault], may_mend: impl Fn(FixAt) -> bool) -> Markup {
    if claim.state.is_sent() {
        return html! {};
    }
    card(
        "What the scrubber finds",
        &html! {
            @if faults.is_empty() {
                p.pad { (tag(Tone::Ok, "Nothing")) " It may leave." }
            } @else {
                ul.faults {
                    @for fault in faults {
                        li {
                            @if fault.severity == Severity::Blocking { (tag(Tone::Bad, "Blocks")) } @else { (tag(Tone::Warn, "Look")) }
                            " " b { (fault.rule.label()) } @if let Some(line) = fault.line { ", line " (line) }
                            p { (reason(&sentence(&fault.message))) }
                            p { (what_to_do(claim, fault, &may_mend)) }
                        }
                    }
                }
            }
        },
    )
}

/// What to do, with the way there for those who may, and whom to ask for those who may not.
fn what_to_do(claim: &Claim, fault: &ScrubFault, may_mend: impl Fn(FixAt) -> bool) -> Markup {
    let fix = sentence(&fault.fix);
    match mend_at(claim, fault.fix_at) {
        Some((href, _)) if may_mend(fault.fix_at) => html! { a href=(href) { (fix) } },
        Some((_, who)) => html! { (fix) " " span.sub { "Ask " (who) "; hold the claim until then." } },
        None => html! { (fix) },
    }
}

/// Begins with a capital and ends with a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// The page where a fault is put right, and whose work that is; nothing where it is put right on the claim itself.
fn mend_at(claim: &Claim, at: FixAt) -> Option<(String, &'static str)> {
    match at {
        FixAt::Patient => Some((format!("/patients/{}/edit", claim.patient.id), "the front desk")),
        FixAt::Coverage => Some((format!("/patients/{}", claim.patient.id), "the front desk")),
        FixAt::Charges => Some((format!("/charges/{}", claim.visit), "the clinician who signed")),
        FixAt::Payer => {
            Some((format!("/payers/{}", claim.payer.id), "the biller, or for who gets its claims the practice manager"))
        }
        FixAt::Practice => Some(("/settings".to_owned(), "the practice manager")),
        FixAt::Location => Some(("/settings#locations".to_owned(), "the practice manager")),
        FixAt::Claim => None,
    }
}

/// What somebody must be allowed to do to put it right there.
const fn mender(at: FixAt) -> Option<Action> {
    match at {
        FixAt::Patient | FixAt::Coverage => Some(Action::PatientEdit),
        FixAt::Charges => Some(Action::ChargeEdit),
        FixAt::Payer => Some(Action::PayerEdit),
        FixAt::Practice | FixAt::Location => Some(Action::PracticeEdit),
        FixAt::Claim => None,
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
            p.pad { @for (at, diagnosis) in claim.diagnoses.iter().enumerate() { span.dx { span.sub { (at + 1) } " " (diagnosis) } } }
            (Table::new("Claim lines", &columns).rows(&rows))
            p.pad { a href={ "/charges/" (claim.visit) } { "Open the charges of the visit" } }
        },
    )
}

fn timeline(web: &Web, moments: &[ClaimMoment]) -> Markup {
    card(
        "What it has been through",
        &html! {
            ol.steps {
                @for moment in moments.iter().rev() {
                    li { span.sub { (instant(moment.at.timestamp(), &web.zone)) } span { (badge(&moment.state)) p.sub { (reason(&moment.reason)) } } }
                }
            }
        },
    )
}
