//! The server as people meet it: every route, every role, on both engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod disclosure;
mod forms;
mod patients;
mod routes;
mod visits;
