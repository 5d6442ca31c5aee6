//! The one place that turns failures into answers. Inner words go to the process's log with a reference; people see what
//! happened, and what to do.

use app::access::Reason;
use http::StatusCode;
use maud::{Markup, html};

use crate::account::step_up;
use crate::components::{Button, Page, PageContext, bare_page};
use crate::devices;
use crate::reply::Reply;
use crate::request::Ask;

/// Why there is no page.
#[derive(Debug)]
pub enum Failure {
    /// Nobody is signed in.
    SignIn,
    /// The session is locked.
    Locked,
    /// There is no such page, or not for this person.
    NotFound,
    /// The request cannot be read.
    BadRequest(&'static str),
    /// It needs a second factor anew; with what was wrong with the last one, if there was one.
    StepUp(String),
    /// The form's token is missing or another session's.
    Forged,
    /// A use case failed.
    App(app::Error),
}

impl From<app::Error> for Failure {
    fn from(error: app::Error) -> Self {
        match error {
            app::Error::StepUp => Self::StepUp(String::new()),
            other => Self::App(other),
        }
    }
}

struct Words {
    status: StatusCode,
    title: &'static str,
    why: String,
}

impl Failure {
    /// The answer. `reference` finds the line in the process's log.
    pub(crate) fn reply(&self, ask: &Ask, reference: &str) -> Reply {
        if matches!(self, Self::SignIn) {
            let reply = Reply::see("/sign-in");
            // A token that opens nothing any more: its session is over, and so are its pages.
            return if ask.token.is_some() { reply.forgotten() } else { reply };
        }
        if matches!(self, Self::Locked) {
            // 423 makes the browser cover the page and keep what was typed.
            return if ask.partial { Reply::Html(StatusCode::LOCKED, html! {}) } else { Reply::see("/locked") };
        }
        if matches!(self, Self::App(app::Error::Denied { reason: Reason::Outside, .. })) {
            return Reply::Html(StatusCode::FORBIDDEN, devices::outside::refused(ask));
        }
        if let Self::StepUp(problem) = self {
            let status = if problem.is_empty() { StatusCode::FORBIDDEN } else { StatusCode::UNPROCESSABLE_ENTITY };
            return Reply::Html(status, step_up::page(ask, problem));
        }
        let Words { status, title, why } = self.words();
        if status.is_server_error() {
            tracing::error!(reference, failure = ?self, "a request failed");
        }
        let reference = status.is_server_error().then_some(reference);
        let body = html! { (explain(&why, reference)) (self.ways()) };
        if ask.partial {
            return Reply::Html(status, html! { section.card.pad { h2 { (title) } (body) } });
        }
        Reply::Html(status, whole(&ask.page, ask.seen.is_some(), title, &body))
    }

    /// What can be done next.
    fn ways(&self) -> Markup {
        let emergency = match self {
            Self::App(app::Error::Denied { emergency: Some(patient), .. }) => {
                Some(format!("/patients/{patient}/emergency"))
            }
            _ => None,
        };
        html! {
            div.actions {
                @if let Some(href) = &emergency { (Button::link("Emergency access…", href).danger()) }
                (Button::link("Go to Today", "/"))
            }
        }
    }

    fn words(&self) -> Words {
        let words = |status, title, why: &str| Words { status, title, why: why.to_owned() };
        match self {
            Self::SignIn | Self::Locked => words(StatusCode::UNAUTHORIZED, "Please sign in", "Your session has ended."),
            Self::NotFound => words(
                StatusCode::NOT_FOUND,
                "There is no such page",
                "The address is mistyped, or what it led to is not here. Use the search box above.",
            ),
            Self::BadRequest(why) => words(StatusCode::BAD_REQUEST, "The request cannot be read", why),
            Self::Forged => words(
                StatusCode::FORBIDDEN,
                "This form is out of date",
                "It was made in another session, so nothing was saved. Go back, reload the page and send it again.",
            ),
            Self::StepUp(_) => {
                words(StatusCode::FORBIDDEN, "Confirm that it is you", "Give your second factor once more.")
            }
            Self::App(error) => app_words(error),
        }
    }
}

fn app_words(error: &app::Error) -> Words {
    let words = |status, title, why: String| Words { status, title, why };
    match error {
        app::Error::Denied { reason: Reason::ClosedInside, .. } => words(
            StatusCode::FORBIDDEN,
            "This file is not open to you",
            "It holds records that are not open to you. The attempt is on record. Ask the privacy official.".to_owned(),
        ),
        app::Error::Denied { emergency: Some(_), .. } => words(
            StatusCode::FORBIDDEN,
            "This record is restricted",
            "It is open to the people whom the privacy official named, and you are not among them. The attempt is on \
             record. If it cannot wait, you can open it to read it: you say why, the privacy official is told at once, \
             and somebody looks at it afterwards."
                .to_owned(),
        ),
        app::Error::Denied { reason: Reason::Remote, action, .. } => words(
            StatusCode::FORBIDDEN,
            "Not outside the practice",
            format!(
                "You work outside the practice's networks, where your role does not {}: paper and files stay where you are. \
                 The attempt is on record. Do it at the practice, or ask the practice manager.",
                action.label()
            ),
        ),
        app::Error::Denied { reason: Reason::OwnAccount, .. } => words(
            StatusCode::FORBIDDEN,
            "Somebody else has to do this",
            "Nobody decides about their own account or their own emergency access. The attempt is on record."
                .to_owned(),
        ),
        app::Error::Denied { action, .. } => words(
            StatusCode::FORBIDDEN,
            "Your role may not do this",
            format!(
                "To {} needs another role. The attempt is on record. Ask the practice manager for access.",
                action.label()
            ),
        ),
        app::Error::StepUp => Failure::StepUp(String::new()).words(),
        app::Error::Invalid(_) => words(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Some fields need another look",
            "Go back and mend them.".to_owned(),
        ),
        app::Error::Refused(why) => words(StatusCode::CONFLICT, "That cannot be done", why.clone()),
        app::Error::Store(store_error) => {
            let text = error.to_string();
            match app::store_kind(store_error) {
                app::StoreKind::NotFound => Failure::NotFound.words(),
                app::StoreKind::Stale => words(StatusCode::CONFLICT, "Somebody else was faster", text),
                app::StoreKind::Unavailable => words(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The server cannot save right now",
                    format!("Nothing was shown or saved. {text}"),
                ),
                app::StoreKind::Unsure => words(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "This may have been saved, or not",
                    format!("Nothing was shown. {text}"),
                ),
                app::StoreKind::Other => broken(),
            }
        }
        app::Error::Release(_) => broken(),
    }
}

fn broken() -> Words {
    Words {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        title: "Something went wrong here",
        why: "Nothing was shown or saved. Try again; if it stays, tell the person who keeps the server running."
            .to_owned(),
    }
}

fn explain(why: &str, reference: Option<&str>) -> Markup {
    html! {
        p { (why) }
        @if let Some(reference) = reference { p.sub { "Reference " code { (reference) } } }
    }
}

fn whole(page: &PageContext, signed_in: bool, title: &str, body: &Markup) -> Markup {
    if !signed_in {
        return bare_page(&page.nonce, &page.practice, title, &[], body);
    }
    Page::new(page, title).render(&html! { section.card.pad.stack { (body) } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_inside_is_not_told_outside() {
        let words = Failure::App(app::Error::Release("SELECT name FROM patient".to_owned())).words();
        assert_eq!(words.status, StatusCode::INTERNAL_SERVER_ERROR);
        let page = explain(&words.why, Some("0123")).into_string();
        assert!(
            !page.contains("SELECT") && page.contains("Nothing was shown or saved") && page.contains("0123"),
            "{page}"
        );
    }
}
