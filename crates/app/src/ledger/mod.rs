//! The books, to be read: balances, the postings behind each, entries, and each remittance against its deposit.

mod check;

use domain::Cents;
use domain::access::Action;
use domain::audit::Act;
use domain::id::{EntryId, PatientId};
use domain::ledger::{Cause, Entry};
use jiff::civil::Date;
use store::Disclosed;
pub use store::ledger::{KindBalance, PostingLine, TieOut};

pub use check::{Check, Checked, Difference};

use crate::access::Resource;
use crate::patient::names;
use crate::{App, Cx, Result};

/// Postings on one page.
const SHOWN: u32 = 200;
/// Remittances that are held against their deposits on the page.
const DEPOSITS: u32 = 50;

/// The books at a glance.
#[derive(Clone, Debug)]
pub struct Books {
    /// Each kind of account.
    pub balances: Vec<KindBalance>,
    /// Each remittance of which something is in the books, latest first.
    pub deposits: Vec<TieOut>,
    /// The sum of everything, which is zero in whole books.
    pub sum: Cents,
    /// What the last look through all entries found; `None` before the first.
    pub checked: Option<Checked>,
}

/// What one entry did to a patient's account.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// The entry.
    pub entry: EntryId,
    /// The day it went into the books.
    pub posting: Date,
    /// The day it happened.
    pub effective: Date,
    /// What brought it about.
    pub cause: Cause,
    /// What was charged.
    pub charged: Cents,
    /// What was paid.
    pub paid: Cents,
    /// What nobody has to pay: by contract, or because a payer or the practice decided so.
    pub written_off: Cents,
    /// What payers owe once it is in the books.
    pub payers_owe: Cents,
    /// What the patient owes once it is in the books; below zero is the patient's money.
    pub patient_owes: Cents,
}

/// A patient's account: what was charged for the patient, who paid, and what is still owed by whom.
#[derive(Clone, Debug)]
pub struct PatientAccount {
    /// Whose.
    pub patient: PatientId,
    /// The number of the chart.
    pub mrn: String,
    /// Each entry, oldest first.
    pub rows: Vec<AccountRow>,
}

impl PatientAccount {
    /// Adds postings up, entry by entry. They come in the order of the books.
    fn of(patient: PatientId, lines: &[PostingLine]) -> Self {
        let mrn = lines.iter().find_map(|l| l.patient.as_ref()).map(|(_, mrn)| mrn.clone()).unwrap_or_default();
        let (mut payers_owe, mut patient_owes) = (Cents::ZERO, Cents::ZERO);
        let mut rows = Vec::new();
        for same in lines.chunk_by(|a, b| a.entry == b.entry) {
            let Some(first) = same.first() else { continue };
            let sum = |kinds: &[&str]| -> Cents {
                same.iter().filter(|l| kinds.contains(&l.account.kind())).map(|l| l.amount).sum()
            };
            payers_owe = [payers_owe, sum(&["insurance"])].into_iter().sum();
            patient_owes = [patient_owes, sum(&["patient", "patient_credit"])].into_iter().sum();
            rows.push(AccountRow {
                entry: first.entry.clone(),
                posting: first.posting,
                effective: first.effective,
                cause: first.cause.clone(),
                charged: sum(&["revenue"]).negated(),
                paid: sum(&["unapplied", "cash"]),
                written_off: sum(&["contractual", "other_adjustment"]),
                payers_owe,
                patient_owes,
            });
        }
        Self { patient, mrn, rows }
    }

    /// What payers owe now.
    pub fn payers_owe(&self) -> Cents {
        self.rows.last().map_or(Cents::ZERO, |row| row.payers_owe)
    }

    /// What the patient owes now; below zero is the patient's money.
    pub fn patient_owes(&self) -> Cents {
        self.rows.last().map_or(Cents::ZERO, |row| row.patient_owes)
    }
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
                let checked = store::ledger::last_check(tx)?;
                let all = store::ledger::balances(tx, grant)?.and(store::ledger::tie_outs(tx, grant, DEPOSITS)?);
                let books = |(balances, deposits): (Vec<KindBalance>, _)| {
                    let sum = balances.iter().map(|kind| kind.balance).sum();
                    Books { balances, deposits, sum, checked }
                };
                Ok(all.cut(books, &names(grant.fields())))
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

    /// The account of a patient.
    pub fn patient_account(&self, cx: &Cx, patient: &PatientId) -> Result<Disclosed<PatientAccount>> {
        let account = self.look(
            cx,
            Action::LedgerView,
            |tx| store::patient::subject(tx, patient).map(Resource::Patient),
            |tx, grant| {
                let lines = store::ledger::of_patient(tx, grant)?;
                Ok(lines.cut(|lines| PatientAccount::of(patient.clone(), &lines), &names(grant.fields())))
            },
        )?;
        self.disclose(cx, Act::LedgerViewed, account)
    }

    /// One entry.
    pub fn ledger_entry(&self, cx: &Cx, id: &EntryId) -> Result<Disclosed<OpenEntry>> {
        let entry = self.look(
            cx,
            Action::LedgerView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let open = store::ledger::open(tx, grant, id)?;
                Ok(open.cut(|(entry, lines)| OpenEntry { entry, lines }, &names(grant.fields())))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::LedgerViewed).object("entry", id), entry)
    }
}
