//! What people see of clients: what each was given, what it uses, when last. No ePHI.

use std::collections::BTreeMap;

use domain::access::Action;
use domain::client::{Client, Closed};
use domain::id::{AccountId, ClientId, PartnerId};
use domain::partner::Partner;
use store::client::Use;
use store::directory;
use store::intake::Report;
use store::record::Versioned;

use super::open::known;
use crate::access::Resource;
use crate::account::who;
use crate::{App, Cx, Result};

/// How many reports a page shows.
const REPORTS: u32 = 20;

/// One client in the list.
#[derive(Clone, Debug)]
pub struct ClientRow {
    /// The client.
    pub client: Client,
    /// Its version, for the next change.
    pub version: i64,
    /// Whether it may call today, and on what ground.
    pub standing: Result<String, Closed>,
    /// The owner's name.
    pub owner: String,
    /// What it used.
    pub uses: Vec<Use>,
}

/// One client, whole.
#[derive(Clone, Debug)]
pub struct ClientPage {
    /// The client.
    pub row: ClientRow,
    /// Its latest reports.
    pub reports: Vec<Report>,
    /// What the form offers.
    pub choices: Choices,
}

/// What the form offers.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Accounts that may answer for a client.
    pub owners: Vec<(AccountId, String)>,
    /// Partners that a client may work for.
    pub partners: Vec<(PartnerId, String)>,
}

impl App {
    /// Every client, by name.
    pub fn clients(&self, cx: &Cx) -> Result<Vec<ClientRow>> {
        self.look(
            cx,
            Action::ClientView,
            |_| Ok(Resource::Practice),
            |tx, _grant| {
                let all = directory::all::<Client>(tx)?;
                let uses = store::client::uses(tx)?;
                let owners = who(tx)?;
                all.into_iter().map(|client| row(tx, client, &uses, &owners)).collect()
            },
        )
    }

    /// One client.
    pub fn open_client(&self, cx: &Cx, id: &ClientId) -> Result<ClientPage> {
        self.look(
            cx,
            Action::ClientView,
            |_| Ok(Resource::Practice),
            |tx, _grant| {
                let client = directory::one::<Client>(tx, id.as_str())?;
                let (uses, owners) = (store::client::uses(tx)?, who(tx)?);
                let row = row(tx, client, &uses, &owners)?;
                let reports = store::intake::of_client(tx, id, REPORTS)?;
                Ok(ClientPage { row, reports, choices: choices(tx)? })
            },
        )
    }

    /// What the form of a new client offers.
    pub fn client_choices(&self, cx: &Cx) -> Result<Choices> {
        self.look(cx, Action::ClientEdit, |_| Ok(Resource::Practice), |tx, _grant| choices(tx))
    }
}

fn row(
    tx: &mut store::Tx,
    client: Versioned<Client>,
    uses: &[(ClientId, Use)],
    owners: &BTreeMap<AccountId, String>,
) -> store::Result<ClientRow> {
    let Versioned { value: client, version } = client;
    let owner = owners.get(&client.owner).cloned().unwrap_or_default();
    let uses = uses.iter().filter(|(id, _)| *id == client.id).map(|(_, used)| *used).collect();
    let known = known(tx, client)?;
    Ok(ClientRow { client: known.client, version, standing: known.standing, owner, uses })
}

fn choices(tx: &mut store::Tx) -> store::Result<Choices> {
    let accounts = store::account::all(tx)?.into_iter();
    let owners = accounts.filter(|(_, account)| account.value.disabled_at.is_none() && !account.value.canary);
    let partners = directory::all::<Partner>(tx)?.into_iter().map(|p| (p.value.id, p.value.name)).collect();
    Ok(Choices { owners: owners.map(|(id, account)| (id, account.value.name)).collect(), partners })
}
