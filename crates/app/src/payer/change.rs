//! Add and change payers, and say under which numbers they are known. A held remittance that brings such a number is decided
//! on again at once.

use domain::Instant;
use domain::access::{Action, ResourceKind};
use domain::audit::Act;
use domain::id::{AccountId, PayerId, RemittanceId};
use domain::payer::{NumberFault, Payer, PayerForm, PayerNumber};
use store::Tx;
use store::record::{Stamp, Versioned};

use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

/// Remittances that are looked at when a number changes hands.
const LOOKED_AT: u32 = 500;

impl App {
    /// Adds a payer.
    pub fn add_payer(&self, cx: &Cx, form: &PayerForm) -> Result<PayerId> {
        let id = PayerId::new(self.clock.now(), &*self.entropy);
        let payer = form.read(id.clone(), None).map_err(Error::Invalid)?;
        let number = PayerNumber::parse(&payer.x12_id).ok();
        let (stamp, event) = (stamp(cx, "added"), self.event(cx, Act::PayerChanged).object("payer", &id));
        self.change(
            cx,
            Action::PayerEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                store::directory::add(tx, &payer, &stamp)?;
                tx.audit(event.clone().with("number", &payer.x12_id));
                Ok(())
            },
        )?;
        self.look_again(cx, number.as_slice())?;
        Ok(id)
    }

    /// Replaces version `version` of a payer. Its other numbers, and who gets its claims, stay as they are.
    pub fn change_payer(&self, cx: &Cx, id: &PayerId, version: i64, form: &PayerForm) -> Result<()> {
        let _ = self.authorize(cx, Action::PayerEdit, Resource::Practice)?;
        let old = self.store.read("payer", |tx| store::directory::one::<Payer>(tx, id.as_str()))?.value;
        let payer = form.read(id.clone(), Some(&old)).map_err(Error::Invalid)?;
        let numbers: Vec<_> =
            [&old.x12_id, &payer.x12_id].into_iter().filter_map(|n| PayerNumber::parse(n).ok()).collect();
        let why = if old.x12_id == payer.x12_id {
            "changed by hand".to_owned()
        } else {
            format!("its number is {} and no longer {}", payer.x12_id, old.x12_id)
        };
        let (stamp, event) = (stamp(cx, &why), self.event(cx, Act::PayerChanged).object("payer", id));
        self.change(
            cx,
            Action::PayerEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                store::directory::change(tx, &payer, version, &stamp)?;
                tx.audit(event.clone().with("number", &payer.x12_id));
                Ok(())
            },
        )?;
        self.look_again(cx, &numbers)
    }

    /// From now on a payer is known under this number too.
    pub fn add_payer_number(&self, cx: &Cx, id: &PayerId, number: &str) -> Result<()> {
        let number = parse(number)?;
        self.renumber(cx, id, &number, Renumber { field: "number_added", why: "also known as", change: Payer::know_as })
    }

    /// From now on a payer is not known under this number any more. What is posted stays posted.
    pub fn end_payer_number(&self, cx: &Cx, id: &PayerId, number: &str) -> Result<()> {
        let number = parse(number)?;
        let how = Renumber { field: "number_ended", why: "no longer known as", change: Payer::end_number };
        self.renumber(cx, id, &number, how)
    }

    fn renumber(&self, cx: &Cx, id: &PayerId, number: &PayerNumber, how: Renumber) -> Result<()> {
        let stamp = stamp(cx, &format!("{} {number}", how.why));
        let event = self.event(cx, Act::PayerChanged).object("payer", id).with(how.field, number);
        let (id, changed, by) = (id.clone(), number.clone(), cx.account.clone());
        self.change(
            cx,
            Action::PayerEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                let Versioned { value: mut payer, version } = store::directory::one::<Payer>(tx, id.as_str())?;
                (how.change)(&mut payer, &changed, by.clone(), tx.now()).map_err(refused)?;
                store::directory::change(tx, &payer, version, &stamp)?;
                tx.audit(event.clone().with("version", version + 1));
                Ok(())
            },
        )?;
        self.look_again(cx, std::slice::from_ref(number))
    }

    /// Says whose a held remittance is that came under a number which nobody has: from now on the payer is known under it too.
    pub fn name_payer_of(&self, cx: &Cx, id: &RemittanceId, payer: &PayerId, number: &str) -> Result<()> {
        let number = parse(number)?;
        let event = self.event(cx, Act::PayerChanged).object("payer", payer).with("number_added", &number);
        let event = event.with("remittance", id);
        let named =
            Named { payer: payer.clone(), number: number.clone(), remittance: id.clone(), by: cx.account.clone() };
        let actor = stamp(cx, "").actor;
        self.change(
            cx,
            Action::PayerEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                let version = named.keep(tx, &actor)?;
                tx.audit(event.clone().with("version", version));
                Ok(())
            },
        )?;
        self.look_again(cx, &[number])
    }

    /// Decides again where remittances stand that bring one of these numbers and are not in the books.
    fn look_again(&self, cx: &Cx, numbers: &[PayerNumber]) -> Result<()> {
        if !self.role_may(cx.role, Action::RemittancePost, ResourceKind::Practice) {
            return Ok(());
        }
        for number in numbers {
            let found = self.look(
                cx,
                Action::RemittancePost,
                |_| Ok(Resource::Practice),
                |tx, _| store::remittance::unposted_with(tx, number, LOOKED_AT),
            )?;
            for id in found {
                self.settle_again(cx, &id, "its payer's numbers changed")?;
            }
        }
        Ok(())
    }
}

/// A change of a payer's numbers, and the words for it in the log and in the history.
#[derive(Clone, Copy)]
struct Renumber {
    field: &'static str,
    why: &'static str,
    change: fn(&mut Payer, &PayerNumber, AccountId, Instant) -> Result<(), NumberFault>,
}

/// What somebody says of a held remittance.
struct Named {
    payer: PayerId,
    number: PayerNumber,
    remittance: RemittanceId,
    by: AccountId,
}

impl Named {
    /// Keeps it with the payer, and returns the version that says it.
    fn keep(&self, tx: &mut Tx, actor: &str) -> store::Result<i64> {
        let held = store::remittance::one(tx, &self.remittance)?;
        let remittance = &held.remittance;
        let number = &self.number;
        if !held.stands.state.is_held() || remittance.payer.is_some() {
            let why = "this remittance does not wait for its payer any more: look at it again";
            return Err(store::Error::Refused(why.to_owned()));
        }
        if !remittance.payer_numbers.iter().any(|n| PayerNumber::parse(n).as_ref() == Ok(number)) {
            let why = format!("the remittance does not bring `{number}`: choose one of its own numbers");
            return Err(store::Error::Refused(why));
        }
        let Versioned { value: mut payer, version } = store::directory::one::<Payer>(tx, self.payer.as_str())?;
        let at: Instant = tx.now();
        payer.know_as(number, self.by.clone(), at).map_err(refused)?;
        let reason = format!("known as {number} too: payment {} came under it", remittance.trace);
        store::directory::change(tx, &payer, version, &Stamp { actor: actor.to_owned(), reason })?;
        Ok(version + 1)
    }
}

fn parse(number: &str) -> Result<PayerNumber> {
    PayerNumber::parse(number).map_err(|fault| Error::Refused(fault.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn refused(fault: NumberFault) -> store::Error {
    store::Error::Refused(fault.to_string())
}
