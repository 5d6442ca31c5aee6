//! Access reviews (45 CFR 164.308(a)(4)(ii)(C)): begin one, see it, decide, and what the server does when nobody decides.
//!
//! A decision is carried out in its own transaction: what ends here ends the way it does on People and on API clients. What is
//! known of access is read anew with each decision and kept with it.

mod begin;
mod decide;
mod known;
mod list;
mod sweep;

pub use list::{PastReview, ReviewNotice, ReviewPage, ReviewRow, Reviews};
