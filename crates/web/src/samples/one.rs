//! One event of a sample: what was done, and whether the work explains it.

use app::emergency::ReviewForm;
use app::sample::SampleItem;
use domain::id::SampleItemId;
use domain::sample::Finding;
use maud::{Markup, html};

use super::CRUMBS;
use crate::components::{
    Button, Field, FieldError, Nav, Page, PageContext, Width, badge, card, date, definition_list, error_summary, form,
    instant, instant_exact,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /samples/{id}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(web, ask, &ReviewForm::default(), &[])?))
}

/// `POST /samples/{id}`: `finding` and `words`. The next one follows, so that the sample is read in one go.
pub(super) fn read(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", SampleItemId::parse)?;
    let typed: ReviewForm = ask.read_form()?;
    match web.app.read_sampled(ask.cx()?, &id, &typed) {
        Ok(Some(next)) => Ok(Reply::see(format!("/samples/{next}"))),
        Ok(None) => Ok(Reply::see("/samples")),
        Err(app::Error::Invalid(faults)) => {
            let errors: Vec<FieldError> = faults.into_iter().map(FieldError::from).collect();
            Ok(Reply::again(page(web, ask, &typed, &errors)?))
        }
        Err(other) => Err(other.into()),
    }
}

fn page(web: &Web, ask: &Ask, typed: &ReviewForm, e: &[FieldError]) -> Result<Markup, Failure> {
    let id = ask.id("id", SampleItemId::parse)?;
    let shown = web.app.sampled(ask.cx()?, &id)?;
    let row = &shown.row;
    let cx = ask.page(Nav::Alerts);
    let body = html! {
        div.stack {
            (error_summary(e))
            (card(&row.line.sentence, &facts(web, &shown)))
            @if let Some(reading) = &row.item.reading { (card("What it was", &definition_list(&[
                ("Finding", badge(&row.state)),
                ("Why", html! { @if reading.words.is_empty() { "nothing was noted" } @else { (reading.words) } }),
                ("By", html! { (row.reader) ", " (instant(reading.at.timestamp(), &web.zone)) }),
            ]))) }
            @if row.may_read { (decide(&cx, &id, typed, e)) }
            @else if row.item.reading.is_none() { p.sub { "You did this yourself, so the other official reads it." } }
        }
    };
    let week = format!("/samples?week={}", row.item.week);
    let name = format!("Week {}", row.item.week);
    let crumbs = [CRUMBS, &[("Weekly sample", "/samples"), (name.as_str(), week.as_str())]].concat();
    let title = format!("Entry {}", row.item.place);
    Ok(Page::new(&cx, &title).crumbs(&crumbs).beside(badge(&row.state)).render(&body))
}

fn facts(web: &Web, shown: &SampleItem) -> Markup {
    let row = &shown.row;
    let line = &row.line;
    let person = format!("/audit?person={}&before={}", row.item.actor, crate::audit::from(line.at, &line.id));
    let links = html! {
        (Button::link("All that this person did until then", &person).small())
        @if let [one] = line.patients.as_slice() {
            " " (Button::link("Everybody's acts about this patient", &format!("/audit?patient={one}")).small())
        }
    };
    let patient = html! {
        @match (&line.person, line.patients.len()) {
            (Some(person), _) => { (person.name) " " span.sub { "DOB " (date(person.born)) } },
            (None, 0) => "None is named",
            (None, 1) => "One patient",
            (None, n) => { (n) " patients" },
        }
    };
    definition_list(&[
        ("When", instant_exact(line.at.timestamp(), &web.zone)),
        ("Patient", patient),
        ("Details", html! { (line.detail) }),
        ("Around it", links),
        ("Read it by", html! { (instant(row.item.due_at.timestamp(), &web.zone)) ", " (shown.waiting) " wait in all" }),
    ])
}

fn decide(cx: &PageContext, id: &SampleItemId, typed: &ReviewForm, e: &[FieldError]) -> Markup {
    let findings: Vec<(&str, &str)> =
        std::iter::once(("", "Choose")).chain(Finding::ALL.iter().map(|f| (f.as_str(), f.label()))).collect();
    card(
        "Does the work explain it?",
        &html! {
            div.pad {
                (form(cx, &format!("/samples/{id}"), &html! {
                    (Field::select("finding", "Finding", &findings).value(&typed.finding).required().width(Width::Medium).errors(e))
                    (Field::area("words", "Why").value(&typed.words).max(500)
                        .hint("What is not in order needs words, and becomes an alert that somebody else looks into.").errors(e))
                    (Button::submit("Save, and show the next").primary())
                }))
            }
        },
    )
}
