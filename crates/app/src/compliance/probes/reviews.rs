//! V-22: each quarter every account was decided about by somebody else, and what was decided was done.

use domain::account::Account;
use domain::client::Client;
use domain::compliance::Finding;
use domain::id::AccountId;
use domain::review::{Choice, Decision, Facts, Holder, Item, Phase, Review};
use jiff::civil::Date;
use store::account::{self, leaving};
use store::db::Row;
use store::record::{self, Versioned};
use store::{Tx, directory, review};

use crate::compliance::ProbeEnv;
use crate::{App, Result};

/// What one look at the reviews found.
struct Looked {
    items: u64,
    said: Result<&'static str, String>,
}

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    let today = app.practice_facts()?.zone.date(app.clock.now());
    let looked = app.store.read("reviews", |tx| {
        let all = review::all(tx)?;
        let Some(newest) = all.first() else { return Ok(None) };
        if let Some(late) = late(newest, today) {
            return Ok(Some(Looked { items: 0, said: Err(late.to_owned()) }));
        }
        let Some(done) = all.iter().find(|review| review.finished_at.is_some()) else { return Ok(None) };
        let items: Vec<Item> = review::items(tx, &done.id)?.into_iter().map(|item| item.value).collect();
        let mut wrong = left_out(tx, done, &items)?;
        for item in &items {
            wrong.extend(fault(tx, item)?);
        }
        let said = match wrong.first() {
            None => {
                Ok("everybody's access was decided about by somebody else in time, and each decision was carried out")
            }
            Some(first) => {
                Err(format!("{} of the last review are not in order, the first because {first}", wrong.len()))
            }
        };
        Ok(Some(Looked { items: u64::try_from(items.len()).unwrap_or(u64::MAX), said }))
    })?;
    Ok(match looked {
        None => Finding::unknown("no access review has been finished yet"),
        Some(Looked { items, said: Ok(said) }) => Finding::pass(said).over(items, items).with("decided", items),
        Some(Looked { items, said: Err(said) }) => Finding::fail(said).over(items, items).with("decided", items),
    })
}

/// Why the newest review does not come in time.
fn late(newest: &Review, today: Date) -> Option<&'static str> {
    match newest.phase(today) {
        Phase::Overdue | Phase::Suspending => Some("the review that is under way has run out of time"),
        Phase::Finished if newest.next_on() < today => Some("a quarter has passed since the last review began"),
        Phase::Finished | Phase::Running => None,
    }
}

/// Accounts that were open when the review began, and that it does not have.
fn left_out(tx: &mut Tx, done: &Review, items: &[Item]) -> store::Result<Vec<&'static str>> {
    let ends = leaving::all(tx)?;
    let mut wrong = Vec::new();
    for (id, Versioned { value, .. }) in account::all(tx)? {
        let holder = Holder::Account(id.clone());
        // Whoever was out before it may have come back since.
        let was_out = ends.iter().any(|end| end.account == id && end.ended_at <= done.begun_at);
        let there = made_before(tx, &id, done)? && !value.canary && !was_out;
        let since = value.disabled_at.is_none_or(|at| at > done.begun_at);
        if there && since && !items.iter().any(|item| item.holder == holder) {
            wrong.push("an account was left out of it");
        }
    }
    Ok(wrong)
}

fn made_before(tx: &mut Tx, id: &AccountId, done: &Review) -> store::Result<bool> {
    let versions = record::history(tx, account::KIND, id.as_str())?;
    let first = versions.first().map(|row| row.get("at")).transpose()?;
    Ok(first.is_some_and(|at: domain::Instant| at < done.begun_at))
}

/// What is wrong with how one access was decided, or with what was done about it.
fn fault(tx: &mut Tx, item: &Item) -> store::Result<Option<&'static str>> {
    let Facts { person, .. } = &item.facts;
    let Some(decision) = &item.decision else { return Ok(Some("nobody decided")) };
    if decision.by.as_ref() == Some(person) {
        return Ok(Some("somebody decided about their own access"));
    }
    Ok(if carried_out(tx, item, decision)? { None } else { Some("a decision was not carried out") })
}

/// Whether the record says what was decided from that moment on.
fn carried_out(tx: &mut Tx, item: &Item, decision: &Decision) -> store::Result<bool> {
    let then = |row: &Row| row.get::<domain::Instant>("at").is_ok_and(|at| at == decision.at);
    match (&item.holder, decision.choice) {
        (_, Choice::Keep | Choice::Gone) => Ok(true),
        (Holder::Account(id), Choice::End | Choice::Suspend) => {
            let ends = leaving::all(tx)?;
            Ok(ends.iter().any(|end| end.account == *id && end.ended_at == decision.at))
        }
        (Holder::Account(id), Choice::ChangeRole) => {
            let rows = record::history(tx, account::KIND, id.as_str())?;
            let version = rows.iter().find(|row| then(row));
            let made = version.map(|row| record::decode::<Account>(row, account::KIND)).transpose()?;
            Ok(made.is_some_and(|made| Some(made.value.role) == decision.role))
        }
        (Holder::Client(id), _) => {
            let client = directory::one::<Client>(tx, id.as_str())?.value;
            Ok(client.disabled_at.is_some_and(|at| at == decision.at) || was_disabled(tx, id.as_str(), decision)?)
        }
    }
}

/// Whether a version of the client from the moment of the decision has it disabled; it may have been let in again since.
fn was_disabled(tx: &mut Tx, id: &str, decision: &Decision) -> store::Result<bool> {
    let rows = record::history(tx, "client", id)?;
    let then = rows.iter().find(|row| row.get::<domain::Instant>("at").is_ok_and(|at| at == decision.at));
    let client = then.map(|row| record::decode::<Client>(row, "client")).transpose()?;
    Ok(client.is_some_and(|client| client.value.disabled_at.is_some()))
}
