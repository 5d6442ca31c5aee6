//! Writing a 277CA.

use super::{ClaimAck, VERSION_277CA};
use crate::writer::{SetWriter, Transaction};

impl Transaction for ClaimAck {
    const SET: &'static str = "277";
    const GROUP: &'static str = "HN";
    const VERSION: &'static str = VERSION_277CA;

    fn body(&self, _out: &mut SetWriter) {}
}
