//! The question for emergency access, and its end by hand. The page says nothing of the patient.

use domain::emergency::{Cause, EmergencyForm, MINUTES};
use domain::id::PatientId;
use maud::{Markup, html};

use crate::components::{Button, Field, FieldError, Nav, Page, Width, card, error_summary, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /patients/{id}/emergency`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PatientId::parse)?;
    web.app.ask_emergency(ask.cx()?, &id)?;
    Ok(Reply::page(page(ask, &id, &EmergencyForm { minutes: "30".to_owned(), ..EmergencyForm::default() }, &[])))
}

/// `POST /patients/{id}/emergency`: `cause`, `words`, `minutes`.
pub(super) fn open(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PatientId::parse)?;
    // Who may not ask is not told what is wrong with the form.
    web.app.ask_emergency(ask.cx()?, &id)?;
    let typed: EmergencyForm = ask.read_form()?;
    match typed.read() {
        Ok(asked) => {
            web.app.open_emergency(web.app.fresh(ask.cx()?)?, &id, &asked)?;
            Ok(Reply::see(format!("/patients/{id}")))
        }
        Err(faults) => {
            let errors: Vec<FieldError> = faults.into_iter().map(FieldError::from).collect();
            Ok(Reply::again(page(ask, &id, &typed, &errors)))
        }
    }
}

/// `POST /emergency/end`.
pub(super) fn end(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    web.app.end_emergency(ask.cx()?)?;
    Ok(Reply::see("/"))
}

fn page(ask: &Ask, id: &PatientId, typed: &EmergencyForm, e: &[FieldError]) -> Markup {
    let cx = ask.page(Nav::Patients);
    let causes: Vec<(&str, &str)> =
        std::iter::once(("", "Choose")).chain(Cause::ALL.iter().map(|c| (c.as_str(), c.label()))).collect();
    let words: Vec<(String, String)> = MINUTES.iter().map(|m| (m.to_string(), format!("{m} minutes"))).collect();
    let minutes: Vec<(&str, &str)> = words.iter().map(|(value, text)| (value.as_str(), text.as_str())).collect();
    let body = html! {
        div.stack.narrow {
            (error_summary(e))
            (card("What happens when you open it", &html! {
                ul.pad.dots {
                    li { "You can read this one record, as far as your role reads records. You can change nothing." }
                    li { "The privacy official is told at once." }
                    li { "All that you look at is recorded. Somebody else decides afterwards whether it was right." }
                    li { "It ends by itself when the time is up, when you sign out, or when you end it." }
                }
            }))
            section.card.pad {
                (form(&cx, &format!("/patients/{id}/emergency"), &html! {
                    (Field::select("cause", "Why now", &causes).value(&typed.cause).required().width(Width::Long).errors(e))
                    (Field::area("words", "What happened").value(&typed.words).required().max(500)
                        .hint("A few words that somebody else can judge by. They are kept.").errors(e))
                    (Field::select("minutes", "For how long", &minutes).value(&typed.minutes).required().width(Width::Medium).errors(e))
                    p.hint-text { "Your second factor is asked for next, unless you gave it within the last five minutes." }
                    div.actions {
                        (Button::submit("Open the record").danger())
                        (Button::link("Cancel", "/"))
                    }
                }))
            }
        }
    };
    Page::new(&cx, "Emergency access").crumbs(&[("Patients", "/patients")]).render(&body)
}
