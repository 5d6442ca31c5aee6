//! Disclosure, typed: `Phi<T>` comes out of the store, `Disclosed<T>` goes onto a page, and only a [`Receipt`] of a durable
//! audit event that covers the value turns one into the other.

use std::collections::BTreeSet;

use domain::id::{EventId, PatientId};

use crate::db::Collected;

/// Names of field groups, sorted.
pub type Fields = BTreeSet<String>;

/// A value that holds ePHI. It has no `Debug`, `Display` or `Serialize` on purpose: the compiler refuses to leak it.
pub struct Phi<T> {
    value: T,
    subjects: BTreeSet<PatientId>,
    fields: Fields,
}

/// Proof that an audit event is durable. Only the store can make one.
#[derive(Clone, Debug)]
pub struct Receipt {
    event: EventId,
    subjects: BTreeSet<PatientId>,
    fields: Fields,
}

/// A value whose disclosure is on record. Pages and serializers take nothing else.
#[derive(Clone)]
pub struct Disclosed<T> {
    value: T,
    event: EventId,
}

/// The receipt is for something else than the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// A patient in the value is not in the event.
    #[error("the audit event does not name every patient whose record would be shown")]
    Subject,
    /// A field group in the value is not in the event.
    #[error("the audit event does not name the field group `{0}` that would be shown")]
    Field(String),
}

/// What a committed write returns: its value, and a receipt for each of its events.
#[derive(Debug)]
pub struct Committed<T> {
    /// What the closure returned.
    pub value: T,
    /// One receipt an event, in order.
    pub receipts: Vec<Receipt>,
}

impl<T> Phi<T> {
    /// Wraps what was read about `subjects`. Only store modules do this.
    pub(crate) fn new(
        value: T,
        subjects: impl IntoIterator<Item = PatientId>,
        fields: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let fields = fields.into_iter().map(Into::into).collect();
        Self { value, subjects: subjects.into_iter().collect(), fields }
    }

    /// Cuts the value down to what the reader's role needs. `cut` gets the value and returns the smaller one with the
    /// field groups that are left in it; it can never add a group.
    #[must_use]
    pub fn cut<U>(self, cut: impl FnOnce(T) -> U, keep: &[&str]) -> Phi<U> {
        let fields = self.fields.into_iter().filter(|f| keep.contains(&f.as_str())).collect();
        Phi { value: cut(self.value), subjects: self.subjects, fields }
    }

    /// Whose record it is.
    pub fn subjects(&self) -> impl Iterator<Item = PatientId> {
        self.subjects.iter().cloned()
    }

    /// Which field groups it holds.
    pub fn fields(&self) -> impl Iterator<Item = String> {
        self.fields.iter().cloned()
    }

    /// Two values read together.
    #[must_use]
    pub fn and<U>(self, other: Phi<U>) -> Phi<(T, U)> {
        let mut subjects = self.subjects;
        subjects.extend(other.subjects);
        let mut fields = self.fields;
        fields.extend(other.fields);
        Phi { value: (self.value, other.value), subjects, fields }
    }

    /// Opens the value against the receipt of an event that covers every subject and every field group in it.
    pub fn release(self, receipt: &Receipt) -> Result<Disclosed<T>, ReleaseError> {
        if !self.subjects.is_subset(&receipt.subjects) {
            return Err(ReleaseError::Subject);
        }
        if let Some(field) = self.fields.difference(&receipt.fields).next() {
            return Err(ReleaseError::Field(field.clone()));
        }
        Ok(Disclosed { value: self.value, event: receipt.event.clone() })
    }
}

impl<T> Disclosed<T> {
    /// The event that recorded it.
    pub fn event(&self) -> &EventId {
        &self.event
    }

    /// A part of it, still disclosed.
    pub fn map<U>(self, part: impl FnOnce(T) -> U) -> Disclosed<U> {
        Disclosed { value: part(self.value), event: self.event }
    }
}

impl<T> std::ops::Deref for Disclosed<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl Receipt {
    pub(crate) fn new(collected: &Collected) -> Self {
        Self {
            event: collected.id.clone(),
            subjects: collected.event.subjects.iter().cloned().collect(),
            fields: collected.event.fields.iter().cloned().collect(),
        }
    }

    /// The event's id.
    pub fn event(&self) -> &EventId {
        &self.event
    }
}
