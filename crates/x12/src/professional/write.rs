//! Writing.

use super::{Batch, VERSION};
use crate::writer::{SetWriter, Transaction};

impl Transaction for Batch {
    const SET: &'static str = "837";
    const GROUP: &'static str = "HC";
    const VERSION: &'static str = VERSION;

    fn body(&self, _out: &mut SetWriter) {}
}
