//! Who may open a patient's record: the privacy official says so, with a reason.

use app::patient::{RestrictionPage, Somebody};
use domain::access::Role;
use domain::id::{AccountId, PatientId};
use domain::restriction::{Ground, Restriction, RestrictionForm};
use maud::{Markup, html};

use crate::components::{
    Button, Field, FieldError, Nav, Page, PageContext, Tone, Width, card, checkbox, date, definition_list,
    error_summary, form, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /patients/{id}/restriction`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let shown = web.app.restriction_page(ask.cx()?, &ask.id("id", PatientId::parse)?)?;
    let typed = shown.in_force().map(RestrictionForm::from).unwrap_or_default();
    Ok(Reply::page(page(web, ask, &shown, &typed, &[])?))
}

/// `POST /patients/{id}/restriction`: `ground`, `words`, `circle` and `denied` once for each account, `version`.
pub(super) fn place(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PatientId::parse)?;
    let all = |name| ask.fields(name).map(str::to_owned).collect();
    let typed = RestrictionForm {
        ground: ask.field("ground").to_owned(),
        words: ask.field("words").to_owned(),
        circle: all("circle"),
        denied: all("denied"),
    };
    let done = web.app.restrict_patient(ask.cx()?, &id, version(ask)?, &typed);
    answer(web, ask, &id, &typed, done)
}

/// `POST /patients/{id}/restriction/lift`: `lift_words` and `version`.
pub(super) fn lift(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PatientId::parse)?;
    let version = version(ask)?;
    let done = web.app.lift_restriction(ask.cx()?, &id, version, ask.field("lift_words"));
    let shown = web.app.restriction_page(ask.cx()?, &id)?;
    let typed = shown.in_force().map(RestrictionForm::from).unwrap_or_default();
    answer(web, ask, &id, &typed, done)
}

fn answer(
    web: &Web,
    ask: &Ask,
    id: &PatientId,
    typed: &RestrictionForm,
    done: app::Result<()>,
) -> Result<Reply, Failure> {
    match done {
        Ok(()) => Ok(Reply::see(format!("/patients/{id}/restriction"))),
        Err(app::Error::Invalid(faults)) => {
            let errors: Vec<FieldError> = faults.into_iter().map(FieldError::from).collect();
            let shown = web.app.restriction_page(ask.cx()?, id)?;
            Ok(Reply::again(page(web, ask, &shown, typed, &errors)?))
        }
        Err(other) => Err(other.into()),
    }
}

fn version(ask: &Ask) -> Result<i64, Failure> {
    ask.field("version").parse().map_err(|_| Failure::BadRequest("the form has lost its version"))
}

fn page(
    web: &Web,
    ask: &Ask,
    shown: &RestrictionPage,
    typed: &RestrictionForm,
    e: &[FieldError],
) -> Result<Markup, Failure> {
    let cx = ask.page(Nav::Patients);
    let chart = format!("/patients/{}", ask.id("id", PatientId::parse)?);
    let here = format!("{chart}/restriction");
    let in_force = shown.in_force().is_some();
    let body = html! {
        div.stack.narrow {
            (error_summary(e))
            section.card.pad.patient aria-label="Patient" {
                h2 { (shown.name) }
                p { "Born " (date(shown.birth_date)) " · " (shown.mrn) }
            }
            (standing(web, shown))
            (card(if in_force { "Change it" } else { "Restrict this record" }, &html! {
                div.pad { (form(&cx, &here, &restrict(shown, typed, in_force, e))) }
            }))
            @if in_force { (lifting(&cx, ask, &here, shown, e)) }
        }
    };
    Ok(Page::new(&cx, "Who may open it").crumbs(&[("Patients", "/patients"), ("Patient", &chart)]).render(&body))
}

fn standing(web: &Web, shown: &RestrictionPage) -> Markup {
    let by = |known: &Restriction, by: &str| html! { (by) ", " (instant(known.at.timestamp(), &web.zone)) };
    match &shown.known {
        Some((known, who)) if known.lifted_at.is_none() => card(
            "Now",
            &definition_list(&[
                ("Standing", html! { (tag(Tone::Warn, "Restricted")) " " (known.ground.label()) }),
                ("Why", html! { (known.words) }),
                (
                    "Open to",
                    html! { ([vec!["the practice manager", "the privacy official"], names(shown, &known.circle)].concat().join(", ")) },
                ),
                (
                    "Never open to",
                    html! { @if known.denied.is_empty() { "nobody in particular" } @else { (names(shown, &known.denied).join(", ")) } },
                ),
                ("Placed by", by(known, who)),
            ]),
        ),
        Some((known, who)) => card(
            "Now",
            &definition_list(&[
                ("Standing", html! { "open to every role that opens records" }),
                ("Lifted by", by(known, who)),
                ("Why", html! { (known.words) }),
            ]),
        ),
        None => html! {},
    }
}

/// The names of accounts.
fn names<'a>(shown: &'a RestrictionPage, ids: &[AccountId]) -> Vec<&'a str> {
    let name = |id: &AccountId| shown.people.iter().find(|p| p.id == *id).map_or("somebody who has left", |p| &p.name);
    ids.iter().map(name).collect()
}

fn restrict(shown: &RestrictionPage, typed: &RestrictionForm, in_force: bool, e: &[FieldError]) -> Markup {
    let grounds: Vec<(&str, &str)> =
        std::iter::once(("", "Choose")).chain(Ground::ALL.iter().map(|g| (g.as_str(), g.label()))).collect();
    // The practice manager and privacy officials may open it anyway.
    let outside = |p: &&Somebody| !matches!(p.role, Role::PracticeManager | Role::PrivacyOfficial);
    let circle: Vec<&Somebody> = shown.people.iter().filter(outside).collect();
    let everybody: Vec<&Somebody> = shown.people.iter().collect();
    html! {
        input type="hidden" name="version" value=(shown.version);
        (Field::select("ground", "Why", &grounds).value(&typed.ground).required().width(Width::Long).errors(e))
        (Field::area("words", "In words").value(&typed.words).required().max(500).hint("Kept with the restriction.").errors(e))
        (people("circle", "Open to", "Besides the practice manager and the privacy official. Everybody else has emergency access at most.", &circle, &typed.circle, e))
        (people("denied", "Never open to", "Not even in an emergency.", &everybody, &typed.denied, e))
        (Button::submit(if in_force { "Save" } else { "Restrict" }).primary())
    }
}

fn people(name: &str, legend: &str, hint: &str, all: &[&Somebody], chosen: &[String], e: &[FieldError]) -> Markup {
    let error = e.iter().find(|e| e.field == name);
    html! {
        fieldset id={ "f-" (name) } {
            legend.legend { (legend) }
            p.hint-text { (hint) }
            @if let Some(error) = error { p.err { (error.message) } }
            @for p in all {
                (checkbox(name, p.id.as_str(), &format!("{}, {}", p.name, p.role.label().to_lowercase()), chosen.iter().any(|id| id == p.id.as_str())))
            }
        }
    }
}

fn lifting(cx: &PageContext, ask: &Ask, here: &str, shown: &RestrictionPage, e: &[FieldError]) -> Markup {
    card(
        "Lift it",
        &html! {
            div.pad {
                (form(cx, &format!("{here}/lift"), &html! {
                    input type="hidden" name="version" value=(shown.version);
                    (Field::text("lift_words", "Reason").value(ask.field("lift_words")).required().max(500).hint("The record is then open to every role that opens records.").errors(e))
                    div.row { (Button::submit("Lift the restriction").danger()) }
                }))
            }
        },
    )
}
