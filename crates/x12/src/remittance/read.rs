//! Reading.

use super::Remittance;
use crate::fault::Fault;

/// All of a file.
pub fn read(bytes: &[u8]) -> (Vec<Remittance>, Vec<Fault>) {
    let faults = crate::sets::each_set(bytes, |_| Vec::new());
    (Vec::new(), faults)
}
