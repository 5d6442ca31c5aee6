//! The store on both engines: every test here runs on SQLCipher and, where `WELLKEPT_TEST_PG` names a server, on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on should stop there"
)]

mod account;
mod alert;
mod audit;
mod client;
mod emergency;
mod evidence;
mod faults;
mod leaving;
mod money;
mod oidc;
mod passkey;
mod patient;
mod plans;
mod practice;
mod records;
mod review;
mod sample;
mod schedule;
mod sealed;
mod siem;
mod transactions;
mod witness;
