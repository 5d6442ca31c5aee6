//! Connectors: make the way to a partner, see it, test it, stop it.

mod change;
mod form;
pub(crate) mod keys;
mod page;

pub use form::ConnectorForm;
pub use page::ConnectorPage;
