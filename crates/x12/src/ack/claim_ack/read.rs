//! Reading a 277CA.

use super::ClaimAck;
use crate::fault::Fault;

/// All claim acknowledgments of a file.
pub fn read_277ca(bytes: &[u8]) -> (Vec<ClaimAck>, Vec<Fault>) {
    let faults = crate::sets::each_set(bytes, |_| Vec::new());
    (Vec::new(), faults)
}
