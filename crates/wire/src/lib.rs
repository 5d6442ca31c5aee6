//! The other end of the wire: the product as a child process, and people who use it over TLS. For harnesses that measure it
//! and kill it. It knows of the product only what a browser knows, so that nothing here can share its mistakes.

mod browser;
mod error;
mod person;
mod server;

pub use browser::{Answer, Browser};
pub use error::Error;
pub use person::Person;
pub use server::{Practice, Server, Site};
