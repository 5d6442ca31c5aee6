//! The pages of Wellkept: one table of routes, one folder a noun, and the components and assets they are made of.

mod account;
mod alerts;
pub mod assets;
mod audit;
mod blocked;
mod charges;
mod claims;
mod clients;
pub mod components;
mod connectors;
mod devices;
mod emergency;
mod failure;
mod ledger;
mod partners;
mod patients;
mod payers;
mod payments;
mod readiness;
mod reply;
mod request;
mod reviews;
pub mod route;
mod samples;
mod schedule;
mod server;
mod settings;

pub use reply::Reply;
pub use request::{Ask, Upload};
pub use route::{Route, routes};
pub use server::{Web, router};
