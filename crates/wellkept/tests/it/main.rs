//! The server as people meet it: every route, every role, on both engines.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop there"
)]

mod alerts;
mod audit;
mod charging;
mod commands;
mod connectors;
mod devices;
mod disclosure;
mod emergency;
mod forms;
mod hardening;
mod joining;
mod leavers;
mod ledger;
mod measures;
mod oidc;
mod patients;
mod payers;
mod programs;
mod reviews;
mod routes;
mod samples;
mod settings;
mod step_up;
mod visits;
mod witness;
