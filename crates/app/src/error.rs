//! What a use case can answer instead of a value.

use domain::access::Action;
use domain::form::FieldFault;

use crate::access::Reason;

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The policies refused; the refusal is on record.
    #[error("your role may not {}", .action.label())]
    Denied {
        /// What was asked.
        action: Action,
        /// Why not.
        reason: Reason,
    },
    /// Fields of a form; nothing was saved and what was typed is kept.
    #[error("some fields need another look")]
    Invalid(Vec<FieldFault>),
    /// A rule of the practice refused it, in words for the person who asked.
    #[error("{0}")]
    Refused(String),
    /// The store could not do it.
    #[error(transparent)]
    Store(store::Error),
    /// A receipt did not cover what would have been shown: a bug, and nothing was shown.
    #[error("the audit record does not cover what would be shown: {0}")]
    Release(String),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Refused(why) => Self::Refused(why),
            other => Self::Store(other),
        }
    }
}
