//! Print and save: what leaves paper or a file with the person is a permission of its own, on top of the one that shows it
//! (45 CFR 164.310(b), 164.312(a)(1)).

use domain::access::Action;

use crate::access::Resource;
use crate::{App, Cx, Result};

/// Proof that the policies let this person print where the request comes from. A printed sheet takes one.
#[derive(Debug)]
pub struct Printing(());

/// Proof that the policies let this person save a file where the request comes from. An answer that is a file takes one.
#[derive(Debug)]
pub struct Saving(());

impl App {
    /// Whether this person may print here. Ask before what is printed is disclosed.
    pub fn may_print(&self, cx: &Cx) -> Result<Printing> {
        self.authorize(cx, Action::PagePrint, Resource::Practice).map(|_grant| Printing(()))
    }

    /// Whether this person may save a file here. Ask before the export begins.
    pub fn may_save(&self, cx: &Cx) -> Result<Saving> {
        self.authorize(cx, Action::FileDownload, Resource::Practice).map(|_grant| Saving(()))
    }
}
