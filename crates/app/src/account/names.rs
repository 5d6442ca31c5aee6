//! Who did something, in words: a name and a role, where records keep an id.

use std::collections::BTreeMap;

use domain::audit::Actor;
use domain::id::AccountId;
use store::Tx;

/// Everybody's name by account, those who have left too.
pub(crate) fn who(tx: &mut Tx) -> store::Result<BTreeMap<AccountId, String>> {
    let all = store::account::all(tx)?;
    Ok(all.into_iter().map(|(id, account)| (id, account.value.name)).collect())
}

/// One name of [`who`], to begin a line with.
pub(crate) fn name_of(people: &BTreeMap<AccountId, String>, id: &AccountId) -> String {
    people.get(id).cloned().unwrap_or_else(|| "Somebody who is not known here".to_owned())
}

/// The practice's people by the id that records keep.
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    /// Reads everybody, those who have left too.
    pub(crate) fn read(tx: &mut Tx) -> store::Result<Self> {
        let all = store::account::all(tx)?.into_iter();
        let words = all.map(|(id, known)| {
            let words = format!("{}, {}", known.value.name, known.value.role.label().to_lowercase());
            (Actor::Account(id).to_string(), words)
        });
        Ok(Self(words.collect()))
    }

    /// `Dana Whitfield, front desk`, for an actor as records name it.
    pub(crate) fn of(&self, actor: &str) -> String {
        match (self.0.get(actor), actor.split_once(':')) {
            (Some(words), _) => words.clone(),
            (None, Some(("system", part))) => format!("the server ({part})"),
            _ => "somebody who is not known here".to_owned(),
        }
    }
}
