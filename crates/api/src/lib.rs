//! Machine interfaces: one table of routes, each behind a scope; JSON in and out; the OpenAPI document made from the table.
//!
//! A client signs an assertion, gets a token for five minutes (`POST /api/token`), and calls. What it is told goes the way of
//! the pages: decided by the policies, recorded, and only then sent.

mod claim_files;
mod openapi;
mod problem;
mod read;
mod report;
mod request;
mod respond;
pub mod route;
mod server;
mod token;

pub use openapi::document;
pub use route::{Gate, Route, Verb, routes};
pub use server::{Api, router};
