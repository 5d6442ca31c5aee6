//! Counting what a file holds, in one pass and without allocating per segment.

use crate::envelope::{Envelope, Role};
use crate::fault::{Code, Fault};
use crate::money::parse_cents;
use crate::reader::walk;
use crate::segment::{Segment, brief};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Segments, with the envelopes and without empty ones.
    pub segments: u64,
    /// Interchanges (ISA).
    pub interchanges: u64,
    /// Functional groups (GS).
    pub groups: u64,
    /// Transaction sets by ST01, as `835`.
    pub transactions: BTreeMap<String, u64>,
    /// Claims: CLM and CLP segments.
    pub claims: u64,
    /// Sum of BPR02 over all 835s, in cents.
    pub payments_cents: i64,
    /// Interchange acknowledgments (TA1), which are no sets.
    pub interchange_acks: u64,
    /// Errors of syntax and envelope, and amounts that cannot be read.
    pub faults: u64,
}

/// Counts a file. Never fails; an unreadable file has no segments and one fault ([`is_unreadable`]).
pub fn stats(bytes: &[u8]) -> Stats {
    let mut stats = Stats::default();
    let mut kinds: BTreeMap<&[u8], u64> = BTreeMap::new();
    let mut bad_amounts = 0_u64;
    let faults = walk(
        bytes,
        |segment, envelope| count(segment, envelope, &mut stats, &mut kinds, &mut bad_amounts),
        &mut [].as_slice(),
    );
    for (kind, count) in kinds {
        *stats.transactions.entry(brief(kind)).or_default() += count;
    }
    stats.faults = u64::try_from(faults.errors()).unwrap_or(u64::MAX).saturating_add(bad_amounts);
    stats
}

fn count<'a>(
    segment: &Segment<'a>,
    envelope: &Envelope<'a>,
    stats: &mut Stats,
    kinds: &mut BTreeMap<&'a [u8], u64>,
    bad_amounts: &mut u64,
) {
    stats.segments += 1;
    match envelope.role {
        Role::Isa => stats.interchanges += 1,
        Role::Gs => stats.groups += 1,
        Role::Ta1 => stats.interchange_acks += 1,
        Role::St => *kinds.entry(segment.get(1)).or_default() += 1,
        Role::Body => match segment.raw.get(..3).unwrap_or_default() {
            b"CLM" | b"CLP" if matches!(segment.id(), b"CLM" | b"CLP") => stats.claims += 1,
            b"BPR" if segment.is("BPR") && envelope.st.is_some_and(|st| st.get(1) == b"835") => {
                match parse_cents(segment.get(2).trim_ascii())
                    .ok()
                    .and_then(|cents| stats.payments_cents.checked_add(cents))
                {
                    Some(sum) => stats.payments_cents = sum,
                    None => *bad_amounts += 1,
                }
            }
            _ => {}
        },
        Role::Se | Role::Ge | Role::Iea | Role::Stray => {}
    }
}

/// Whether reading found no X12 at all.
pub fn is_unreadable(faults: &[Fault]) -> bool {
    faults.iter().any(|fault| fault.code == Code::Unreadable)
}
