//! The books, to be read: balances, the postings behind each, entries, and each remittance against its deposit.

use domain::Cents;
use domain::access::Action;
use domain::audit::Act;
use domain::id::EntryId;
use domain::ledger::Entry;
use store::Disclosed;
pub use store::ledger::{KindBalance, PostingLine, TieOut};

use crate::access::Resource;
use crate::patient::names;
use crate::{App, Cx, Result};

/// Postings on one page.
const SHOWN: u32 = 200;

/// The books at a glance.
#[derive(Clone, Debug)]
pub struct Books {
    /// Each kind of account.
    pub balances: Vec<KindBalance>,
    /// Each remittance of which something is in the books, latest first.
    pub deposits: Vec<TieOut>,
    /// The sum of everything, which is zero in whole books.
    pub sum: Cents,
    /// Entries that do not sum to zero; none in whole books.
    pub broken: Vec<EntryId>,
}

/// An entry with its postings.
#[derive(Clone, Debug)]
pub struct OpenEntry {
    /// The entry.
    pub entry: Entry,
    /// Its postings, with what a reader may know of whose they are.
    pub lines: Vec<PostingLine>,
}

impl App {
    /// Balances by account, and each remittance against its deposit.
    pub fn ledger(&self, cx: &Cx) -> Result<Disclosed<Books>> {
        let books = self.look(
            cx,
            Action::LedgerView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let (sum, broken) = store::ledger::faults(tx)?;
                let all = store::ledger::balances(tx, grant)?.and(store::ledger::tie_outs(tx, grant, SHOWN)?);
                Ok(all.cut(|(balances, deposits)| Books { balances, deposits, sum, broken }, &names(grant.fields())))
            },
        )?;
        self.disclose(cx, Act::LedgerViewed, books)
    }

    /// The latest postings of a kind of account, or those before an entry.
    pub fn ledger_postings(
        &self,
        cx: &Cx,
        kind: &str,
        before: Option<&EntryId>,
    ) -> Result<Disclosed<Vec<PostingLine>>> {
        let lines = self.look(
            cx,
            Action::LedgerView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let lines = store::ledger::postings(tx, grant, kind, before, SHOWN)?;
                Ok(lines.cut(|lines| lines, &names(grant.fields())))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::LedgerViewed).with("account", kind), lines)
    }

    /// One entry.
    pub fn ledger_entry(&self, cx: &Cx, id: &EntryId) -> Result<Disclosed<OpenEntry>> {
        let entry = self.look(
            cx,
            Action::LedgerView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let open = store::ledger::open(tx, grant, id)?;
                Ok(open.cut(|(entry, lines)| OpenEntry { entry: entry.value, lines }, &names(grant.fields())))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::LedgerViewed).object("entry", id), entry)
    }
}
