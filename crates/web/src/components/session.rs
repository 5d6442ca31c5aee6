//! The session's clock, the warning before it locks, and the lock over the page. All of it is advice: the server decides.
//!
//! - `POST /session/keep` answers 204 with `Wellkept-Locks-In: SECONDS`; so may any answer that was activity.
//! - `POST /session/lock` locks. A request of a locked session answers 423, and the page covers itself.
//! - `POST /session/unlock` (`password`) answers 204 with `HX-Trigger: session:unlocked`, `Wellkept-Locks-In` and, if it
//!   changed, `Wellkept-CSRF`; or 422 with a sentence for `#lock-error`.

use maud::{Markup, html};

use super::{Button, Field, Hx, Icon, PageContext, Swap, form, icon};

/// The chip in the top bar.
pub(super) fn clock(cx: &PageContext) -> Markup {
    let minutes = cx.locks_in.div_ceil(60);
    html! {
        button.chip.wide #session type="button" data-lock-now data-locks-in=(cx.locks_in) data-lock="/session/lock" title="Lock now (l)" {
            (icon(Icon::Clock)) span { "Locks in " span data-left { (minutes) " min" } }
        }
    }
}

/// The warning and the lock, once a page.
pub(super) fn dialogs(cx: &PageContext) -> Markup {
    html! {
        dialog #lock-warning aria-labelledby="lock-warning-title" {
            header { h2 #lock-warning-title { "Still there?" } }
            div.pad {
                p { "This screen locks in " b data-left { "60 s" } ". Nothing you typed is lost." }
            }
            footer {
                // First, because the first button has the focus: one key goes on.
                (Hx::post(cx, "/session/keep").swap(Swap::None).button(&Button::plain("Keep working").primary()))
                button.btn type="button" data-lock-now { "Lock now" }
            }
        }
        dialog #lock-screen aria-labelledby="lock-title" {
            header { h2 #lock-title { (icon(Icon::Lock)) " Locked" } }
            div.pad.stack {
                p { "Signed in as " b { (cx.user) } ", " (cx.role) ". The page is as you left it." }
                (Hx::post(cx, "/session/unlock").target("#lock-error").class("form").form(&html! {
                    p.bad #lock-error role="alert" {}
                    // For password managers; without a name it is not sent.
                    input type="text" autocomplete="username" value=(cx.user) aria-label="User" hidden readonly;
                    (Field::password("password", "Password").autocomplete("current-password").autofocus())
                    (Button::submit("Unlock").primary())
                }))
                (form::form(cx, "/sign-out", &html! { (Button::submit("Sign in as somebody else").quiet()) }))
            }
        }
    }
}
