//! A practice in a box, for tests: an engine, a synthetic practice, a clock that tests turn, people who are signed in, and a
//! browser that needs no socket.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on should stop there"
)]

mod browser;
mod caller;
mod ids;
mod outage;
mod outbox;
mod practice;
mod source;

pub use browser::{Answer, Browser};
pub use caller::{AUDIENCE, Caller, Signer};
pub use outage::Outage;
pub use practice::{On, Practice, engines, on_both};
pub use source::{Counting, Ticking};
