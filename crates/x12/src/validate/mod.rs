//! Judging a file against its guide.

use crate::fault::Fault;

/// Errors only.
pub fn validate(bytes: &[u8]) -> Vec<Fault> {
    inspect(bytes).into_iter().filter(Fault::is_error).collect()
}

/// Errors and warnings.
pub fn inspect(bytes: &[u8]) -> Vec<Fault> {
    crate::sets::each_set(bytes, |_| Vec::new())
}
