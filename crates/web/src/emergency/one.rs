//! One use of emergency access: why, what was looked at meanwhile, and was it right?

use app::emergency::{EmergencyPage, ReviewForm};
use domain::emergency::{Finding, State};
use domain::id::EmergencyId;
use maud::{Markup, html};

use super::list::{due_day, patient};
use crate::components::{
    Button, Field, FieldError, Nav, Page, Width, badge, card, definition_list, error_summary, form, instant,
    instant_exact,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /emergency/{id}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(web, ask, &ReviewForm::default(), &[])?))
}

/// `POST /emergency/{id}`: `finding` and `words`.
pub(super) fn review(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", EmergencyId::parse)?;
    let typed: ReviewForm = ask.read_form()?;
    match web.app.review_emergency(ask.cx()?, &id, &typed) {
        Ok(()) => Ok(Reply::see(format!("/emergency/{id}"))),
        Err(app::Error::Invalid(faults)) => {
            let errors: Vec<FieldError> = faults.into_iter().map(FieldError::from).collect();
            Ok(Reply::again(page(web, ask, &typed, &errors)?))
        }
        Err(other) => Err(other.into()),
    }
}

fn page(web: &Web, ask: &Ask, typed: &ReviewForm, e: &[FieldError]) -> Result<Markup, Failure> {
    let id = ask.id("id", EmergencyId::parse)?;
    let shown = web.app.emergency(ask.cx()?, &id)?;
    let cx = ask.page(Nav::Emergency);
    let used = &shown.row.emergency;
    let log = format!("/audit?person={}&patient={}", used.account, used.patient);
    let body = html! {
        div.stack {
            (error_summary(e))
            (card("The use", &facts(web, &shown)))
            (card("What was looked at", &html! {
                (crate::audit::entries(web, "Events of this use, in their order", &shown.looked))
                p.pad { (Button::link("All that this person did with this record", &log).small()) }
            }))
            @if let Some(review) = &used.review { (card("The review", &definition_list(&[
                ("Finding", badge(&shown.row.state)),
                ("Why", html! { (review.words) }),
                ("By", html! { (shown.reviewer) ", " (instant(review.at.timestamp(), &web.zone)) }),
            ]))) }
            @if shown.may_review { (decide(&cx, &id, typed, e)) }
            @else if used.review.is_none() { p.sub { (not_yet(&shown)) } }
        }
    };
    Ok(Page::new(&cx, "Use of emergency access")
        .crumbs(&[("Emergency access", "/emergency")])
        .beside(badge(&shown.row.state))
        .render(&body))
}

fn facts(web: &Web, shown: &EmergencyPage) -> Markup {
    let used = &shown.row.emergency;
    let at = |at: domain::Instant| instant_exact(at.timestamp(), &web.zone);
    let minutes = used.ends_at.seconds_since(used.opened_at) / 60;
    let end = match &used.ended {
        Some(ended) => html! { (at(ended.at)) ", " (ended.by.label()) },
        None => html! { "not yet; at " (at(used.ends_at)) " by itself" },
    };
    definition_list(&[
        ("Who", html! { (shown.row.who) }),
        ("Patient", html! { (patient(&shown.row)) }),
        ("Why", html! { (used.cause.label()) ". “" (used.words) "”" }),
        ("Opened", html! { (at(used.opened_at)) ", for " (minutes) " minutes" }),
        ("Ended", end),
        ("Review due", html! { "by the end of " (due_day(web, &shown.row)) }),
    ])
}

fn decide(cx: &crate::components::PageContext, id: &EmergencyId, typed: &ReviewForm, e: &[FieldError]) -> Markup {
    let findings: Vec<(&str, &str)> =
        std::iter::once(("", "Choose")).chain(Finding::ALL.iter().map(|f| (f.as_str(), f.label()))).collect();
    card(
        "Was it right?",
        &html! {
            div.pad {
                (form(cx, &format!("/emergency/{id}"), &html! {
                    (Field::select("finding", "Finding", &findings).value(&typed.finding).required().width(Width::Medium).errors(e))
                    (Field::area("words", "Why").value(&typed.words).required().max(500)
                        .hint("What you looked at and whom you asked. Kept with the finding.").errors(e))
                    (Button::submit("Record the review").primary())
                }))
            }
        },
    )
}

fn not_yet(shown: &EmergencyPage) -> &'static str {
    if shown.row.state == State::Open {
        "The record is still open. Review it when the access is over."
    } else {
        "This was your own access, so somebody else reviews it."
    }
}
