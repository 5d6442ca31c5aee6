//! The review that is under way, those before it, and the notice for those who decide.

use std::collections::BTreeMap;

use domain::access::{Action, ResourceKind};
use domain::id::{AccountId, ReviewId, ReviewItemId};
use domain::review::{Choice, Facts, Holder, Item, Phase, Review};
use jiff::civil::Date;
use store::{Tx, review};

use super::known::{everybody, today};
use crate::access::Resource;
use crate::account::{name_of, who};
use crate::{App, Cx, Result};

/// One access.
#[derive(Clone, Debug)]
pub struct ReviewRow {
    /// The item; until it is decided its facts are those of now.
    pub item: Item,
    /// Who answers for a client; empty for a person.
    pub owner: String,
    /// Who decided.
    pub by: String,
    /// Nobody decided in time, and it is not suspended: the practice would be without a security official.
    pub stuck: bool,
    /// Whether this person may decide about it now.
    pub may_decide: bool,
}

/// One review with what it looks at.
#[derive(Clone, Debug)]
pub struct ReviewPage {
    /// The review.
    pub review: Review,
    /// Where it stands today.
    pub phase: Phase,
    /// Who began it.
    pub begun_by: String,
    /// What it looks at: what waits first, then by name.
    pub rows: Vec<ReviewRow>,
}

impl ReviewPage {
    /// How many came to this; nothing where nobody decided yet.
    pub fn count(&self, choice: Option<Choice>) -> usize {
        self.rows.iter().filter(|row| row.item.choice() == choice).count()
    }
}

/// A finished review with its figures.
#[derive(Clone, Debug)]
pub struct PastReview {
    /// The review.
    pub review: Review,
    /// How many came to what.
    pub counts: BTreeMap<Choice, u64>,
}

impl PastReview {
    /// How many it looked at.
    pub fn all(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// The page.
#[derive(Clone, Debug)]
pub struct Reviews {
    /// The one that is under way.
    pub running: Option<ReviewPage>,
    /// Those before it, the newest first.
    pub past: Vec<PastReview>,
}

/// What waits for those who decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewNotice {
    /// How many nobody has decided about.
    pub undecided: u32,
    /// Where the review stands.
    pub phase: Phase,
    /// The last day for deciding.
    pub due_on: Date,
    /// The last day before the server suspends what is left.
    pub grace_ends_on: Date,
}

impl App {
    /// The review that is under way, and those before it.
    pub fn reviews(&self, cx: &Cx) -> Result<Reviews> {
        self.look(
            cx,
            Action::ReviewView,
            |_| Ok(Resource::Practice),
            |tx, _| {
                let running = match review::running(tx)? {
                    Some(running) => Some(self.review_page(tx, cx, running.value)?),
                    None => None,
                };
                let mut counts: BTreeMap<ReviewId, BTreeMap<Choice, u64>> = BTreeMap::new();
                for (id, choice, n) in review::counts(tx)? {
                    counts.entry(id).or_default().extend(choice.map(|choice| (choice, n)));
                }
                let finished = review::all(tx)?.into_iter().filter(|review| review.finished_at.is_some());
                let past =
                    finished.map(|review| PastReview { counts: counts.remove(&review.id).unwrap_or_default(), review });
                Ok(Reviews { running, past: past.collect() })
            },
        )
    }

    /// One review, under way or finished.
    pub fn review(&self, cx: &Cx, id: &ReviewId) -> Result<ReviewPage> {
        self.look(
            cx,
            Action::ReviewView,
            |_| Ok(Resource::Practice),
            |tx, _| {
                let review = review::one(tx, id)?.value;
                self.review_page(tx, cx, review)
            },
        )
    }

    /// One access of a review, with the review.
    pub fn review_item(&self, cx: &Cx, id: &ReviewItemId) -> Result<(ReviewRow, ReviewPage)> {
        self.look(
            cx,
            Action::ReviewView,
            |_| Ok(Resource::Practice),
            |tx, _| {
                let item = review::item(tx, id)?.value;
                let review = review::one(tx, &item.review)?.value;
                let page = self.review_page(tx, cx, review)?;
                let row = page.rows.iter().find(|row| row.item.id == *id).cloned();
                Ok((row.ok_or(store::Error::NotFound("review"))?, page))
            },
        )
    }

    /// What waits in the review that is under way, for those who decide: their first page says so.
    pub fn reviews_waiting(&self, cx: &Cx) -> Result<Option<ReviewNotice>> {
        if !self.role_may(cx.role, Action::ReviewDecide, ResourceKind::Practice) {
            return Ok(None);
        }
        let notice = self.store.read("review.waiting", |tx| {
            let Some(running) = review::running(tx)?.map(|running| running.value) else { return Ok(None) };
            let (phase, undecided) = (running.phase(today(tx)?), review::undecided(tx)?);
            let (due_on, grace_ends_on) = (running.due_on, running.grace_ends_on());
            Ok(Some(ReviewNotice { undecided, phase, due_on, grace_ends_on }))
        })?;
        Ok(notice)
    }

    fn review_page(&self, tx: &mut Tx, cx: &Cx, review: Review) -> store::Result<ReviewPage> {
        let phase = review.phase(today(tx)?);
        let view = View {
            everybody: everybody(tx, &self.policies)?,
            names: who(tx)?,
            me: &cx.account,
            may: self.role_may(cx.role, Action::ReviewDecide, ResourceKind::Account),
            phase,
        };
        let items = review::items(tx, &review.id)?.into_iter();
        let mut rows: Vec<ReviewRow> = items.map(|item| view.row(item.value)).collect();
        rows.sort_by_key(|row| {
            (row.item.decision.is_some(), row.item.account().is_none(), row.item.facts.name.clone())
        });
        let begun_by = view.name(review.begun_by.as_ref());
        Ok(ReviewPage { review, phase, begun_by, rows })
    }
}

/// What rows are made with.
struct View<'a> {
    everybody: BTreeMap<Holder, Facts>,
    names: BTreeMap<AccountId, String>,
    me: &'a AccountId,
    may: bool,
    phase: Phase,
}

impl View<'_> {
    fn row(&self, mut item: Item) -> ReviewRow {
        let now = self.everybody.get(&item.holder).filter(|_| item.decision.is_none());
        if let Some(now) = now {
            item.facts = now.clone();
        }
        let official = now.is_some_and(|now| now.is_last_official(self.everybody.values()));
        let owner = if item.account().is_some() { String::new() } else { self.name(Some(&item.facts.person)) };
        let by = item.decision.as_ref().map(|decision| self.name(decision.by.as_ref())).unwrap_or_default();
        let may_decide = self.may && now.is_some() && item.facts.person != *self.me;
        ReviewRow { item, owner, by, stuck: official && self.phase == Phase::Suspending, may_decide }
    }

    fn name(&self, id: Option<&AccountId>) -> String {
        id.map_or_else(|| "the server".to_owned(), |id| name_of(&self.names, id))
    }
}
