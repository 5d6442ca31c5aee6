//! One alert: what the rule saw, the events that it is made of, and what it was.

use app::alert::AlertPage;
use app::emergency::ReviewForm;
use domain::alert::{EVENTS, Finding};
use domain::id::AlertId;
use maud::{Markup, html};

use crate::components::{
    Button, Field, FieldError, Nav, Page, PageContext, Width, badge, card, date, definition_list, error_summary, form,
    instant, instant_exact,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /alerts/{id}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(web, ask, &ReviewForm::default(), &[])?))
}

/// `POST /alerts/{id}`: `finding` and `words`.
pub(super) fn close(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AlertId::parse)?;
    let typed: ReviewForm = ask.read_form()?;
    match web.app.close_alert(ask.cx()?, &id, &typed) {
        Ok(()) => Ok(Reply::see("/alerts")),
        Err(app::Error::Invalid(faults)) => {
            let errors: Vec<FieldError> = faults.into_iter().map(FieldError::from).collect();
            Ok(Reply::again(page(web, ask, &typed, &errors)?))
        }
        Err(other) => Err(other.into()),
    }
}

fn page(web: &Web, ask: &Ask, typed: &ReviewForm, e: &[FieldError]) -> Result<Markup, Failure> {
    let id = ask.id("id", AlertId::parse)?;
    let shown = web.app.alert(ask.cx()?, &id)?;
    let cx = ask.page(Nav::Alerts);
    let alert = &shown.row.alert;
    let body = html! {
        div.stack {
            (error_summary(e))
            (card(&shown.row.sentence, &facts(web, &shown)))
            (card("The events", &html! {
                (crate::audit::entries(web, "Events of this alert, in their order", &shown.events))
                @if alert.events.len() >= EVENTS { p.pad.sub { "The newest " (EVENTS) " of them. The log has the others." } }
                @if let (Some(person), Some(last)) = (alert.account(), shown.events.last()) {
                    @let log = format!("/audit?person={person}&before={}", crate::audit::from(last.at, &last.id));
                    p.pad { (Button::link("All that this person did until then", &log).small()) }
                }
            }))
            @if let Some(closed) = &alert.closed { (card("What it was", &definition_list(&[
                ("Finding", badge(&shown.row.state)),
                ("Why", html! { (closed.words) }),
                ("By", html! { (shown.row.closer) ", " (instant(closed.at.timestamp(), &web.zone)) }),
            ]))) }
            @if shown.may_close { (decide(&cx, &id, typed, e)) }
            @else if alert.closed.is_none() { p.sub { "This alert is about you, so the other official looks into it." } }
        }
    };
    Ok(Page::new(&cx, alert.rule.label())
        .crumbs(&[("Alerts", "/alerts")])
        .beside(badge(&shown.row.state))
        .render(&body))
}

fn facts(web: &Web, shown: &AlertPage) -> Markup {
    let alert = &shown.row.alert;
    let terms = alert.rule.terms();
    let at = |at: domain::Instant| instant_exact(at.timestamp(), &web.zone);
    let patient = html! {
        @match &shown.row.whose {
            Some(whose) => { (whose.name.sorted()) " " span.sub { "DOB " (date(whose.born)) } }
            None if alert.patient.is_some() => "One patient",
            None => "Not about one patient",
        }
    };
    definition_list(&[
        ("About", html! { (shown.row.who) }),
        ("Patient", patient),
        ("When", at(alert.at)),
        ("Fires when", html! { (terms.looks_for) }),
        ("Severity", badge(&terms.severity)),
        ("Look into it by", html! { (at(alert.due_at)) ", " (terms.severity.hours()) " hours after it was noticed" }),
    ])
}

fn decide(cx: &PageContext, id: &AlertId, typed: &ReviewForm, e: &[FieldError]) -> Markup {
    let findings: Vec<(&str, &str)> =
        std::iter::once(("", "Choose")).chain(Finding::ALL.iter().map(|f| (f.as_str(), f.label()))).collect();
    card(
        "What was it?",
        &html! {
            div.pad {
                (form(cx, &format!("/alerts/{id}"), &html! {
                    (Field::select("finding", "Finding", &findings).value(&typed.finding).required().width(Width::Medium).errors(e))
                    (Field::area("words", "Why").value(&typed.words).required().max(500)
                        .hint("What you looked at and whom you asked. Kept with the finding.").errors(e))
                    (Button::submit("Close the alert").primary())
                }))
            }
        },
    )
}
