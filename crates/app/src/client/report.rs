//! What clients hand in: alerts, evidence. Kept byte for byte with its event; nothing is concluded from it.

use domain::audit::Act;
use domain::client::IntakeKind;
use store::intake::Taken;

use super::ClientCx;
use crate::access::Resource;
use crate::{App, Result};

impl App {
    /// Keeps a report, whose form the caller has checked.
    pub fn take_report(&self, cx: &ClientCx, kind: IntakeKind, body: &str) -> Result<Taken> {
        let (body, who) = (body.to_owned(), cx.clone());
        let event = self.event(cx, Act::ReportTaken).with("kind", kind);
        self.change(
            cx,
            kind.scope().action(),
            |_| Ok(Resource::Compliance),
            move |tx, _grant| {
                store::client::note_use(tx, &who.client, who.scope)?;
                store::intake::take(tx, &who.client, kind, &body, event.clone())
            },
        )
    }
}
