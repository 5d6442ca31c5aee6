//! What waits to be read, the samples by week, and one event of them.

use std::collections::BTreeMap;

use domain::Instant;
use domain::access::Action;
use domain::audit::Act;
use domain::id::{AccountId, SampleItemId};
use domain::patient::{FieldGroup, Patient};
use domain::sample::{Item, Sample, State, Week};
use store::sample::{self, Shown, tally};
use store::{Disclosed, Phi, Tx};

use crate::access::Resource;
use crate::account::{name_of, who};
use crate::audit::{LogLine, in_lines};
use crate::{App, Cx, Result};

/// What a page about samples shows: they themselves, their events, and who the patients are.
const KEEP: [&str; 3] = ["sample", "audit", FieldGroup::Identity.as_str()];

/// One event of a sample.
#[derive(Clone, Debug)]
pub struct SampleRow {
    /// The item.
    pub item: Item,
    /// Where it stands.
    pub state: State,
    /// The event in words, naming the patient when the reader may know.
    pub line: LogLine,
    /// Who read it.
    pub reader: String,
    /// Whether this person may read it now.
    pub may_read: bool,
}

/// The sample of a week with its figures.
#[derive(Clone, Debug)]
pub struct SamplePage {
    /// The sample.
    pub sample: Sample,
    /// How many nobody read, were in order, and were not.
    pub tally: [usize; 3],
}

/// The page.
#[derive(Clone, Debug)]
pub struct Samples {
    /// What waits, the first deadline at the head; or all of one week's, in the order of the log.
    pub rows: Vec<SampleRow>,
    /// The samples, the newest week first.
    pub weeks: Vec<SamplePage>,
}

/// One event of a sample, with where it was drawn.
#[derive(Clone, Debug)]
pub struct SampleItem {
    /// The event.
    pub row: SampleRow,
    /// How many of all wait for a reading.
    pub waiting: u32,
}

impl App {
    /// What waits to be read, or the whole sample of a week.
    pub fn samples(&self, cx: &Cx, week: Option<Week>) -> Result<Disclosed<Samples>> {
        let log = self.store.log().clone();
        let page = self.look(
            cx,
            Action::AlertReview,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let mut weeks = Vec::new();
                for sample in sample::all(tx)? {
                    weeks.push(SamplePage { tally: tally(&sample::items(tx, sample.week)?), sample });
                }
                let rows = match week {
                    Some(week) => sample::shown(&log, tx, grant, week)?,
                    None => sample::waiting(&log, tx, grant)?,
                };
                let rows = self.sample_rows(cx, tx, rows)?;
                Ok(rows.cut(|rows| Samples { rows, weeks }, &KEEP))
            },
        )?;
        self.disclose(cx, Act::SampleViewed, page)
    }

    /// One event of a sample.
    pub fn sampled(&self, cx: &Cx, id: &SampleItemId) -> Result<Disclosed<SampleItem>> {
        let log = self.store.log().clone();
        let page = self.look(
            cx,
            Action::AlertReview,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let one = sample::open(&log, tx, grant, id)?.cut(|one| vec![one], &KEEP);
                let (waiting, _) = sample::counts(tx)?;
                Ok(self.sample_rows(cx, tx, one)?.cut(|mut rows| (rows.pop(), waiting), &KEEP))
            },
        )?;
        let page = self.disclose_with(cx, self.event(cx, Act::SampleViewed).object("sample_item", id), page)?;
        let (row, waiting) = (page.0.clone().ok_or(store::Error::NotFound("sample"))?, page.1);
        Ok(page.map(|_| SampleItem { row, waiting }))
    }

    fn sample_rows(&self, cx: &Cx, tx: &mut Tx, shown: Phi<Vec<Shown>>) -> store::Result<Phi<Vec<SampleRow>>> {
        let (people, now, me) = (who(tx)?, self.clock.now(), cx.account.clone());
        let both = self.with_patients(cx, tx, shown, &KEEP)?;
        let cut = |(shown, patients): (Vec<Shown>, Vec<Patient>)| rows(shown, &people, &patients, now, &me);
        Ok(both.cut(cut, &KEEP))
    }
}

fn rows(
    shown: Vec<Shown>,
    people: &BTreeMap<AccountId, String>,
    patients: &[Patient],
    now: Instant,
    me: &AccountId,
) -> Vec<SampleRow> {
    let (items, events): (Vec<Item>, Vec<_>) = shown.into_iter().unzip();
    let lines = in_lines(events, people, patients);
    let row = |(item, line): (Item, LogLine)| SampleRow {
        state: item.state(now),
        reader: item.reading.as_ref().map(|reading| name_of(people, &reading.by)).unwrap_or_default(),
        may_read: item.reading.is_none() && item.actor != *me,
        line,
        item,
    };
    items.into_iter().zip(lines).map(row).collect()
}
