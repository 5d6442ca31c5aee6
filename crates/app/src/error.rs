//! What a use case can answer instead of a value.

use domain::access::Action;
use domain::form::FieldFault;
use domain::id::PatientId;

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
        /// The restricted record that the person may open in an emergency.
        emergency: Option<PatientId>,
    },
    /// It asks for a second factor that was given within the last five minutes.
    #[error("this needs your second factor once more")]
    StepUp,
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

impl Error {
    /// A refusal that offers emergency access to this record.
    pub(crate) fn offering(self, patient: Option<PatientId>) -> Self {
        match self {
            Self::Denied { action, reason, .. } => Self::Denied { action, reason, emergency: patient },
            other => other,
        }
    }

    /// One field of a form is wrong.
    pub(crate) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldFault { field: field.to_owned(), message: message.into() }])
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Refused(why) => Self::Refused(why),
            other => Self::Store(other),
        }
    }
}

/// What a page needs to know of a store error; pages cannot name the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// No such row, or none that the grant covers.
    NotFound,
    /// Somebody else changed the record first.
    Stale,
    /// Full disk, lost database, stopping: nothing was saved, and it may work again soon.
    Unavailable,
    /// The database was lost while it saved: nobody knows whether it did.
    Unsure,
    /// Anything else is ours to mend.
    Other,
}

/// The kind of a store error.
pub fn store_kind(error: &store::Error) -> StoreKind {
    match error {
        store::Error::NotFound(_) => StoreKind::NotFound,
        store::Error::Stale(_) => StoreKind::Stale,
        store::Error::DiskFull | store::Error::Unavailable(_) | store::Error::Race | store::Error::Stopping => {
            StoreKind::Unavailable
        }
        store::Error::Unsure(_) => StoreKind::Unsure,
        _ => StoreKind::Other,
    }
}
