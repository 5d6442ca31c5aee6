//! See payers; no ePHI.

use domain::Instant;
use domain::access::Action;
use domain::audit::Actor;
use domain::id::PayerId;
use domain::partner::Partner;
use domain::payer::{KnownAs, Payer};
use store::Tx;

use crate::access::Resource;
use crate::account::Names;
use crate::{App, Cx, Result};

/// A payer in the directory.
#[derive(Clone, Debug)]
pub struct PayerRow {
    /// The payer.
    pub payer: Payer,
    /// Who gets its claims.
    pub partner: Option<Partner>,
}

/// A number that it is, or was, known by beside its own.
#[derive(Clone, Debug)]
pub struct NumberLine {
    /// The number, with its instants.
    pub known: KnownAs,
    /// Who added it: a name and a role.
    pub added_by: String,
    /// Who ended it.
    pub ended_by: Option<String>,
}

/// A change of the record.
#[derive(Clone, Debug)]
pub struct PayerChange {
    /// The version that it made, from 1.
    pub version: i64,
    /// When.
    pub at: Instant,
    /// Who: a name and a role.
    pub who: String,
    /// What was done.
    pub what: String,
}

/// A payer with everything that was done to it.
#[derive(Clone, Debug)]
pub struct PayerPage {
    /// The payer.
    pub row: PayerRow,
    /// The record's version, for the form.
    pub version: i64,
    /// Its other numbers, those that last first.
    pub numbers: Vec<NumberLine>,
    /// Its changes, the latest first.
    pub changes: Vec<PayerChange>,
}

impl App {
    /// Every payer, by name.
    pub fn payer_list(&self, cx: &Cx) -> Result<Vec<PayerRow>> {
        let _ = self.authorize(cx, Action::PayerView, Resource::Practice)?;
        let (payers, partners) = self
            .store
            .read("payers", |tx| Ok((store::directory::all::<Payer>(tx)?, store::directory::all::<Partner>(tx)?)))?;
        let partner = |payer: &Payer| partners.iter().find(|p| Some(&p.value.id) == payer.partner.as_ref());
        let row = |payer: Payer| PayerRow { partner: partner(&payer).map(|p| p.value.clone()), payer };
        Ok(payers.into_iter().map(|p| row(p.value)).collect())
    }

    /// One payer.
    pub fn open_payer(&self, cx: &Cx, id: &PayerId) -> Result<PayerPage> {
        let _ = self.authorize(cx, Action::PayerView, Resource::Practice)?;
        Ok(self.store.read("payer", |tx| page(tx, id))?)
    }
}

fn page(tx: &mut Tx, id: &PayerId) -> store::Result<PayerPage> {
    let people = Names::read(tx)?;
    let found = store::directory::one::<Payer>(tx, id.as_str())?;
    let payer = found.value;
    let partner = payer.partner.as_ref().and_then(|id| store::directory::one::<Partner>(tx, id.as_str()).ok());
    let who = |id: &domain::id::AccountId| people.of(&Actor::Account(id.clone()).to_string());
    let line = |known: &KnownAs| NumberLine {
        added_by: who(&known.added.by),
        ended_by: known.ended.as_ref().map(|mark| who(&mark.by)),
        known: known.clone(),
    };
    let mut numbers: Vec<NumberLine> = payer.other_numbers.all().iter().map(line).collect();
    numbers.sort_by_key(|n| n.known.ended.is_some());
    let change = |row: &store::Row| {
        let actor: String = row.get("actor")?;
        let (version, at, what) = (row.get("version")?, row.get("at")?, row.get("reason")?);
        Ok(PayerChange { version, at, who: people.of(&actor), what })
    };
    let history = store::record::history(tx, "payer", id.as_str())?;
    let changes = history.iter().rev().map(change).collect::<store::Result<_>>()?;
    Ok(PayerPage {
        row: PayerRow { payer, partner: partner.map(|p| p.value) },
        version: found.version,
        numbers,
        changes,
    })
}
