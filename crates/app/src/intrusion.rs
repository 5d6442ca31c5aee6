//! What looks like somebody else's hand in a person's session: a form that the session did not make, and content that the
//! browser kept off a page. Neither gets anywhere; both are put on record, so that alert rules and reviews see them.

use domain::account::throttle::Rule;
use domain::audit::{Act, Event, Outcome};

use crate::account::attempt::Buckets;
use crate::{App, Cx, Result};

/// A page that keeps breaking must not fill the log: ten at once, and then one a minute for each session.
const NOTES: Rule = Rule { burst: 10, every: 60, stop: None };

/// What a browser kept off a page.
#[derive(Clone, Debug)]
pub struct Blocked {
    /// The rule of the policy: `script-src`.
    pub rule: String,
    /// `inline`, `eval`, or the scheme and host of what was asked for.
    pub what: String,
    /// The path of the page.
    pub page: String,
}

impl App {
    /// Records that a form came which this session did not make, for the route with this path.
    pub fn note_forged(&self, cx: &Cx, route: &str) -> Result<()> {
        let event = self.event(cx, Act::Denied).ending(Outcome::Denied);
        self.note(cx, event.with("reason", "forged_form").with("route", route).with("alert", true))
    }

    /// Records what the browser kept off one of this person's pages.
    pub fn note_blocked(&self, cx: &Cx, blocked: &Blocked) -> Result<()> {
        let Blocked { rule, what, page } = blocked;
        // Neither an id nor the page: this goes to the process's log.
        tracing::warn!(rule, what, "a browser kept something off a page");
        let event = self.event(cx, Act::ContentBlocked).with("rule", rule).with("what", what).with("page", page);
        self.note(cx, event.with("alert", true))
    }

    fn note(&self, cx: &Cx, event: Event) -> Result<()> {
        let bucket = Buckets(vec![(format!("intrusion:{}", cx.session), NOTES)]);
        self.store.write("intrusion.note", move |tx| {
            if bucket.reserve(tx, &event)?.is_ok() {
                tx.audit(event.clone());
            }
            Ok(())
        })?;
        Ok(())
    }
}
