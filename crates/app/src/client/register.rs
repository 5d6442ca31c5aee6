//! Register, change, re-key and disable clients: the security official's work (45 CFR 164.308(a)(4)).

use domain::access::Action;
use domain::audit::{Act, Event};
use domain::client::{Client, Ground};
use domain::id::ClientId;
use domain::partner::{Partner, gate};
use store::record::{Stamp, Versioned};
use store::{Tx, directory};

use super::{ClientForm, keys};
use crate::access::Resource;
use crate::account::Fresh;
use crate::practice::Facts;
use crate::{App, Cx, Error, Result, stamp};

fn refused(why: &str) -> store::Error {
    store::Error::Refused(why.to_owned())
}

/// Who answers for it and whom it works for are there.
fn surroundings(tx: &mut Tx, client: &Client) -> store::Result<()> {
    let owner = store::account::load(tx, &client.owner)?.value;
    if !owner.is_open(tx.now()) {
        return Err(refused("the owner's account is disabled: choose somebody who works here"));
    }
    if let Ground::Partner(id) = &client.ground {
        let partner = directory::one::<Partner>(tx, id.as_str())?.value;
        let today = directory::one::<Facts>(tx, "facts")?.value.zone.date(tx.now());
        // Without any ground today it is registered and stays shut until there is one.
        if let Ok(basis) = gate(&partner, today) {
            client.within(&basis).map_err(|closed| refused(&closed.to_string()))?;
        }
    }
    Ok(())
}

/// What is changed, and why.
#[derive(Clone, Copy)]
struct Change<'a> {
    id: &'a ClientId,
    /// The version that somebody saw; nothing where the change fits any.
    version: Option<i64>,
    what: &'a str,
    reason: &'a str,
}

impl App {
    /// Registers a client with its keys.
    pub fn register_client(&self, who: Fresh<'_>, form: &ClientForm) -> Result<ClientId> {
        let cx = who.cx();
        let _ = self.authorize(cx, Action::ClientEdit, Resource::Practice)?;
        let now = self.clock.now();
        let id = ClientId::new(now, &*self.entropy);
        let today = self.store.read("today", |tx| Ok(directory::one::<Facts>(tx, "facts")?.value.zone.date(now)))?;
        let client = form.read(&id, None, today, now).map_err(Error::Invalid)?;
        let event = self.event(cx, Act::ClientChanged).object("client", &id).with("what", "registered");
        let event = event.with("scopes", scopes(&client)).with("name", &client.name).with("ground", &client.ground);
        let stamp = stamp(cx, "registered");
        self.change(
            cx,
            Action::ClientEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                surroundings(tx, &client)?;
                directory::add(tx, &client, &stamp)?;
                tx.audit(event.clone());
                Ok(())
            },
        )?;
        Ok(id)
    }

    /// Replaces what is written about version `version` of a client. What is taken from it is taken from its tokens, at once.
    pub fn change_client(&self, who: Fresh<'_>, id: &ClientId, version: i64, form: &ClientForm) -> Result<()> {
        let cx = who.cx();
        let _ = self.authorize(cx, Action::ClientEdit, Resource::Practice)?;
        let now = self.clock.now();
        let (old, today) = self.store.read("client", |tx| {
            let old = directory::one::<Client>(tx, id.as_str())?.value;
            Ok((old, directory::one::<Facts>(tx, "facts")?.value.zone.date(now)))
        })?;
        let new = form.read(id, Some(&old), today, now).map_err(Error::Invalid)?;
        let change = Change { id, version: Some(version), what: "changed", reason: "changed by hand" };
        self.edit_client(cx, change, move |tx, client| {
            // Keys and standing are those of now: somebody may have changed them since the form was read.
            let (keys, disabled_at) = (std::mem::take(&mut client.keys), client.disabled_at);
            let moved = client.ground != new.ground;
            *client = Client { keys, disabled_at, ..new.clone() };
            if moved {
                // The keys are with whom it worked for until now.
                client.end_keys(tx.now());
                store::client::end_tokens(tx, &client.id)?;
            }
            surroundings(tx, client)
        })
    }

    /// Adds a key; those that work now go on for `overlap` days.
    pub fn add_client_key(&self, who: Fresh<'_>, id: &ClientId, text: &str, overlap: i64) -> Result<()> {
        let cx = who.cx();
        let _ = self.authorize(cx, Action::ClientEdit, Resource::Practice)?;
        let fault = |field: &str, message: String| {
            Error::Invalid(vec![domain::form::FieldFault { field: field.to_owned(), message }])
        };
        let read = keys::read(text).map_err(|why| fault("keys", why))?;
        let [(kid, key)] = read.as_slice() else {
            return Err(fault("keys", "paste one key: the next one".to_owned()));
        };
        let (kid, key) = (kid.clone(), key.clone());
        let change = Change { id, version: None, what: "key_added", reason: "next key" };
        self.edit_client(cx, change, move |tx, client| {
            client.rotate(&kid, key.clone(), overlap, tx.now()).map_err(refused)
        })
    }

    /// Withdraws a key at once, with every token of the client: a lost key is nobody's proof.
    pub fn withdraw_client_key(&self, cx: &Cx, id: &ClientId, kid: &str, reason: &str) -> Result<()> {
        let kid = kid.to_owned();
        let change = Change { id, version: None, what: "key_withdrawn", reason };
        self.edit_client(cx, change, move |tx, client| {
            if !client.withdraw(&kid, tx.now()) {
                return Err(refused("this key does not work any more: reload the page"));
            }
            store::client::end_tokens(tx, &client.id)?;
            Ok(())
        })
    }

    /// Disables a client: its tokens end with this commit, and its next request is refused.
    pub fn disable_client(&self, cx: &Cx, id: &ClientId, reason: &str) -> Result<()> {
        let change = Change { id, version: None, what: "disabled", reason };
        self.edit_client(cx, change, shut)
    }

    /// Lets a disabled client call again, with the keys that it has.
    pub fn enable_client(&self, who: Fresh<'_>, id: &ClientId, reason: &str) -> Result<()> {
        let change = Change { id, version: None, what: "enabled", reason };
        self.edit_client(who.cx(), change, |_, client| {
            client.disabled_at = None;
            Ok(())
        })
    }

    fn edit_client(
        &self,
        cx: &Cx,
        change: Change<'_>,
        edit: impl Fn(&mut Tx, &mut Client) -> store::Result<()> + Send + 'static,
    ) -> Result<()> {
        let Change { id, version: expected, what, reason } = change;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Error::Refused("say why: the reason is kept with the change".to_owned()));
        }
        let event = self.event(cx, Act::ClientChanged).object("client", id).with("what", what).with("reason", reason);
        let (stamp, id) = (stamp(cx, reason), id.clone());
        self.change(
            cx,
            Action::ClientEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| write(tx, (&id, expected), (&stamp, &event), &edit),
        )
    }
}

/// Disables a client in a transaction that decided so. The event is of an act on this client.
pub(crate) fn disable(tx: &mut Tx, id: &ClientId, stamp: &Stamp, event: &Event) -> store::Result<()> {
    write(tx, (id, None), (stamp, event), shut)
}

fn shut(tx: &mut Tx, client: &mut Client) -> store::Result<()> {
    client.disabled_at = Some(tx.now());
    store::client::end_tokens(tx, &client.id)?;
    Ok(())
}

fn write(
    tx: &mut Tx,
    (id, expected): (&ClientId, Option<i64>),
    (stamp, event): (&Stamp, &Event),
    edit: impl Fn(&mut Tx, &mut Client) -> store::Result<()>,
) -> store::Result<()> {
    let Versioned { value: mut client, version } = directory::one::<Client>(tx, id.as_str())?;
    edit(tx, &mut client)?;
    directory::change(tx, &client, expected.unwrap_or(version), stamp)?;
    let event = event.clone().with("scopes", scopes(&client)).with("name", &client.name);
    tx.audit(event.with("ground", &client.ground));
    Ok(())
}

fn scopes(client: &Client) -> String {
    let scopes: Vec<&str> = client.scopes.iter().map(|scope| scope.as_str()).collect();
    scopes.join(" ")
}
