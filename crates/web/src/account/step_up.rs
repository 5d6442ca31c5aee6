//! The one form that asks for a second factor anew. It carries what was being done, and what was being done goes on when the
//! factor is right: nothing is typed twice.

use app::account::SteppedUp;
use maud::{Markup, html};

use super::passkeys::button;
use super::wait_words;
use crate::components::{Button, Field, Page, Script, csrf_field};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// The field with the code.
const CODE: &str = "step_up_code";
/// The field with a passkey's answer; a script fills it.
const ANSWER: &str = "step_up_passkey";

const REFUSED: &str =
    "That did not work. Wait for the next code of your authenticator, or use a recovery code that is not used yet.";

/// `POST /step-up`: the factor was right, so the page that asked for it comes next.
pub(super) fn go_on(_: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let to = ask.field("to");
    Ok(Reply::see(if is_ours(to) { to } else { "/" }))
}

/// Takes the factor that a form brought, before its handler runs.
pub(crate) fn take(web: &Web, ask: &mut Ask) -> Result<(), Failure> {
    let (code, answer) = (ask.take(CODE), ask.take(ANSWER));
    let stepped = match (&web.site, answer.as_str(), code.trim()) {
        (_, "", "") => return Ok(()),
        (_, "", code) => web.app.step_up(ask.cx()?, code)?,
        (Some(site), answer, _) => web.app.step_up_passkey(ask.cx()?, answer, site)?,
        (None, ..) => return Err(Failure::NotFound),
    };
    match stepped {
        SteppedUp::Fresh(token) => {
            if let Some(seen) = &mut ask.seen {
                seen.cx.fresh_at = Some(web.app.clock.now());
            }
            ask.renewed = Some(token);
            Ok(())
        }
        SteppedUp::Refused => Err(Failure::StepUp(REFUSED.to_owned())),
        SteppedUp::Wait(seconds) => Err(Failure::StepUp(wait_words(seconds))),
        SteppedUp::Over => Err(Failure::SignIn),
    }
}

/// The form, in a page or, for a part of a page, alone.
pub(crate) fn page(ask: &Ask, problem: &str) -> Markup {
    let body = html! {
        section.card.narrow {
            div.pad.stack { (form(ask, problem)) }
        }
    };
    if ask.partial {
        body
    } else {
        Page::new(&ask.page, "Confirm that it is you").scripts(&[Script::Passkey]).render(&body)
    }
}

fn form(ask: &Ask, problem: &str) -> Markup {
    // A page that was asked for comes after the factor; a form that was sent goes on with it.
    let to = if ask.posted { &ask.path } else { "/step-up" };
    html! {
        p { "This needs your second factor, and the last one was given more than five minutes ago. What you were doing goes on right after; nothing is lost." }
        @if !problem.is_empty() { p.bad role="alert" { (problem) } }
        form.form method="post" action=(to) data-passkey="/step-up/question" data-passkey-field=(ANSWER) {
            (csrf_field(&ask.page))
            input type="hidden" name=(ANSWER);
            @if !ask.posted { input type="hidden" name="to" value=(ask.path); }
            @for (name, value) in ask.form.iter().filter(|(name, _)| name != "csrf" && ask.posted) {
                input type="hidden" name=(name) value=(value);
            }
            (Field::text(CODE, "Code from your authenticator").hint("Six digits, or one of your recovery codes. Who signs in with a passkey only confirms with it.")
                .autocomplete("one-time-code").required().autofocus().max(40))
            div.row { (Button::submit("Confirm").primary()) (button("Use a passkey", false)) }
        }
    }
}

/// Whether an address is a page of this server: one slash, and nothing that browsers read as another host.
fn is_ours(path: &str) -> bool {
    let mut letters = path.chars();
    letters.next() == Some('/') && !matches!(letters.next(), Some('/' | '\\')) && !path.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_a_page_of_this_server_comes_next() {
        for (path, ours) in [
            ("/", true),
            ("/claims/files/0?x=//y", true),
            ("", false),
            ("//evil.test", false),
            ("/\\evil.test", false),
            ("https://evil.test", false),
            ("/a\r\nset-cookie: x", false),
        ] {
            assert_eq!(is_ours(path), ours, "{path}");
        }
    }
}
