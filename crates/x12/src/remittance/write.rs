//! Writing.

use super::{Remittance, VERSION};
use crate::writer::{SetWriter, Transaction};

impl Transaction for Remittance {
    const SET: &'static str = "835";
    const GROUP: &'static str = "HP";
    const VERSION: &'static str = VERSION;
    const ST03: bool = false;

    fn body(&self, _out: &mut SetWriter) {}
}
