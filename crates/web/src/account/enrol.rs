//! Enrol a second factor at the first sign-in, and the recovery codes, shown once.

use app::account::{Enrolled, Offer};
use maud::{Markup, html};

use super::{bare, field_errors, knock, qr, signed_in, too_many, wait_words};
use crate::components::{Button, Field, FieldError, Icon, bare_sheet, error_summary, icon};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

const REFUSED: &str =
    "That code does not fit. Check that the clock of your phone sets itself, wait for the next code and type it.";

/// `GET /enrol`.
pub(super) fn form(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(match offer(web, ask)? {
        Some(offer) => Reply::page(page(ask, &offer, "", &[])),
        None => Reply::see("/sign-in?again=1"),
    })
}

/// `POST /enrol`.
pub(super) fn enrol(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let (Some(ticket), Some(offer)) = (&ask.token, offer(web, ask)?) else {
        return Ok(Reply::see("/sign-in?again=1"));
    };
    match web.app.enrol(ticket, ask.field("code"), ask.field("password"), knock(ask)) {
        Ok(Enrolled::In(signed, codes)) => Ok(signed_in(Reply::page(codes_page(ask, &offer.login, &codes)), signed)),
        Ok(Enrolled::Refused) => Ok(Reply::again(page(ask, &offer, REFUSED, &[]))),
        Ok(Enrolled::Wait(seconds)) => Ok(too_many(page(ask, &offer, &wait_words(seconds), &[]))),
        Ok(Enrolled::Over) => Ok(Reply::see("/sign-in?again=1")),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(page(ask, &offer, "", &field_errors(faults)))),
        Err(other) => Err(other.into()),
    }
}

fn offer(web: &Web, ask: &Ask) -> Result<Option<Offer>, Failure> {
    match &ask.token {
        Some(ticket) => Ok(web.app.enrolment(ticket, &web.practice())?),
        None => Ok(None),
    }
}

fn page(ask: &Ask, offer: &Offer, problem: &str, errors: &[FieldError]) -> Markup {
    let body = html! {
        (error_summary(errors))
        @if !problem.is_empty() { p.bad role="alert" { (problem) } }
        p { "Everybody here signs in with a password and a code. Any authenticator app makes the codes; nothing is sent to your phone." }
        ol {
            li { "Scan this with your authenticator." (qr::svg(&offer.uri)) }
            li { "Or type this key into it: " code { (spaced(&offer.secret)) } }
        }
        form.form method="post" action="/enrol" {
            // Helps a password manager store the new password with its login.
            input type="text" name="login" autocomplete="username" value=(offer.login) aria-label="Login" hidden readonly;
            @if offer.must_change {
                (Field::password("password", "New password").hint("At least 12 characters. A few words that you can remember are good.")
                    .autocomplete("new-password").required().errors(errors))
            }
            (Field::text("code", "The code it shows now").autocomplete("one-time-code").required().max(10))
            (Button::submit("Finish").primary())
        }
    };
    bare(ask, "Set up your sign-in", &body)
}

/// Base 32 in groups of four, as people read it.
fn spaced(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn codes_page(ask: &Ask, login: &str, codes: &[String]) -> Markup {
    let body = html! {
        p { "Each of these signs you in once when your phone is not at hand. They are shown now and never again: print them, or copy them into your password manager." }
        p { "Login " b { (login) } }
        ol { @for code in codes { li { code { (code) } } } }
        div.row.no-print {
            button.btn type="button" data-print { (icon(Icon::Printer)) "Print" }
            (Button::link("I have kept them: go on", "/").primary())
        }
    };
    bare_sheet(&ask.nonce, &ask.page.practice, "Recovery codes", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_in_fours() {
        assert_eq!(spaced("ABCDEFGHIJ"), "ABCD EFGH IJ");
    }
}
