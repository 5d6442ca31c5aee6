//! Draw the sample of each week that is over.

use domain::audit::{Act, Leaf};
use domain::id::{AccountId, SampleItemId};
use domain::sample::{DAYS, Item, Sample, Week, draw};
use store::record::Stamp;
use store::{audit, sample};

use crate::{App, Result};

impl App {
    /// Draws the sample of the next week that is over and has none; the first one ever is of the last whole week. The sample, its
    /// items and its event are one transaction, and a week has one sample however many draw it. Returns the week, or nothing
    /// when there is none to draw. Call it every minute, and again while it draws.
    pub fn draw_sample(&self) -> Result<Option<Week>> {
        let Some(week) = self.week_to_draw()? else { return Ok(None) };
        let Some(new) = self.drawn(week)? else { return Ok(None) };
        let items: Vec<Item> = self.store.read("sample.items", |tx| {
            let place = |place: &u64| sample::at_place(tx, *place).map(|found| self.item(&new, *place, found));
            new.places.iter().map(place).collect()
        })?;
        let event = self.system_event(Act::SampleDrawn, "sample").object("sample", week).with("root", &new.sample.root);
        let event = event.with("from", new.sample.from).with("to", new.sample.to).with("drawn", items.len());
        let event = event.with("candidates", new.sample.candidates);
        let stamp = Stamp { actor: event.actor.to_string(), reason: "the week is over".to_owned() };
        let sample = new.sample;
        self.store.write("sample.draw", move |tx| {
            sample::insert(tx, &sample, &items, &stamp)?;
            tx.audit(event.clone());
            Ok(())
        })?;
        Ok(Some(week))
    }

    /// The week after the last one that was drawn, when it is over.
    pub(crate) fn week_to_draw(&self) -> Result<Option<Week>> {
        let present = Week::of(self.clock.now());
        let last = self.store.read("sample.last", sample::all)?.first().map(|sample| sample.week);
        let next = last.map_or(present.before(), Week::next);
        Ok((next < present).then_some(next))
    }

    /// What the log gives for a week; nothing while no entry of the next week is there, which ends it.
    pub(crate) fn drawn(&self, week: Week) -> Result<Option<Drawn>> {
        let ends = self.store.read("sample.week", |tx| {
            let from = sample::first_place(tx, week.start())?;
            Ok(from.zip(sample::first_place(tx, week.next().start())?))
        })?;
        // A log that began later than the week ended has no sample of it.
        let Some((from, to)) = ends.filter(|(_, to)| *to > 0) else { return Ok(None) };
        let root = audit::outside::root_at(&self.store, to)?.to_string();
        let candidates = self.store.read("sample.candidates", |tx| sample::candidates(tx, from, to))?;
        let places = draw(week, &root, &candidates);
        let drawn_at = self.clock.now();
        let candidates = u64::try_from(candidates.len()).unwrap_or(u64::MAX);
        let due_at = drawn_at.plus_seconds(DAYS * 86_400);
        Ok(Some(Drawn { sample: Sample { week, from, to, root, candidates, drawn_at, due_at }, places }))
    }

    fn item(&self, new: &Drawn, place: u64, (leaf, actor): (Leaf, AccountId)) -> Item {
        let id = SampleItemId::new(new.sample.drawn_at, &*self.entropy);
        let (week, due_at) = (new.sample.week, new.sample.due_at);
        Item { id, week, place, event: leaf.id, at: leaf.at, actor, due_at, reading: None }
    }
}

/// A sample and the places that it is made of.
pub(crate) struct Drawn {
    pub(crate) sample: Sample,
    pub(crate) places: Vec<u64>,
}
