//! Is this the log that was seen last?

use store::audit::outside::{Contradiction, WitnessState, compare};
use tlog::Checkpoint;

use super::{Keeper, Place};
use crate::{App, Result};

/// Whom to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Files only, and what the witnesses said when they were asked last: at once, and without a network.
    Near,
    /// The witnesses too, side by side; one that does not answer costs some seconds.
    Everybody,
}

impl Reach {
    pub(super) fn includes(self, place: &Place) -> bool {
        self == Self::Everybody || !matches!(place, Place::Witness(..))
    }
}

/// What those say who keep something of the log.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// How many hold a checkpoint that the log here begins with.
    pub agree: usize,
    /// Who holds a checkpoint that the log here does not begin with, and how it differs, in words.
    pub contradict: Vec<(String, String)>,
    /// The newest name that any of them holds a checkpoint of, as a number.
    pub(super) generation: i64,
    /// Who could not be asked, and why.
    pub unasked: Vec<(String, String)>,
}

impl Compared {
    /// Nobody contradicts.
    pub fn ok(&self) -> bool {
        self.contradict.is_empty()
    }

    /// A line for each contradiction.
    pub fn faults(&self) -> impl Iterator<Item = String> {
        self.contradict.iter().map(|(who, what)| format!("{who}: {what}"))
    }
}

impl App {
    /// Holds the log against what is kept of it elsewhere.
    pub fn compare_outside(&self, reach: Reach) -> Result<Compared> {
        let log = self.store.log();
        let generation = self.store.read("name of the log", store::audit::name::generation)?;
        let (asked, told): (Vec<&Keeper>, Vec<&Keeper>) =
            self.outside.keepers.iter().partition(|keeper| reach.includes(&keeper.place));
        let held = std::thread::scope(|scope| {
            let ask = |keeper: &Keeper| keeper.place.held(log, generation);
            let asking: Vec<_> = asked.iter().map(|keeper| scope.spawn(move || ask(keeper))).collect();
            let answer = |thread: std::thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|_| Err("asking it failed".to_owned()))
            };
            asking.into_iter().map(answer).collect::<Vec<Result<Vec<Checkpoint>, String>>>()
        });
        let mut found = Compared::default();
        for (keeper, held) in asked.iter().zip(held) {
            match held {
                Err(why) => found.unasked.push((keeper.name.clone(), why)),
                Ok(held) => {
                    let named = held.iter().filter_map(|seen| log.generation(&seen.origin)).max();
                    found.generation = found.generation.max(named.unwrap_or_default());
                    match self.contradiction(&held)? {
                        Some(contradiction) => found.contradict.push((keeper.name.clone(), contradiction.to_string())),
                        None => found.agree += usize::from(!held.is_empty()),
                    }
                }
            }
        }
        if !told.is_empty() {
            let known = self.store.read("witnesses", store::audit::outside::witnesses)?;
            let contradicts = |row: &store::audit::outside::WitnessRow| row.state == WitnessState::Contradicts;
            let of_told = known.into_iter().filter(|row| told.iter().any(|keeper| keeper.name == row.name));
            found.contradict.extend(of_told.filter(contradicts).map(|row| (row.name, row.said)));
        }
        Ok(found)
    }

    /// The first of these that the log here does not begin with.
    pub(super) fn contradiction(&self, held: &[Checkpoint]) -> Result<Option<Contradiction>> {
        for seen in held {
            if let Some(contradiction) = compare(&self.store, seen)? {
                return Ok(Some(contradiction));
            }
        }
        Ok(None)
    }
}
