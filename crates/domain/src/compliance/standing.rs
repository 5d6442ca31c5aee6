//! How a safeguard stands, from what is there about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::access::names;

names! {
    /// How a safeguard stands.
    Standing {
        /// A probe shows that it does not hold.
        Failing = "failing", "Failing";
        /// Something is missing, stale, or could not be found out.
        Unknown = "unknown", "Unknown";
        /// A person says that it holds, and whatever can be probed passes.
        Attested = "attested", "Attested";
        /// Probes show that it holds, and nothing is left to a person.
        Proven = "proven", "Proven";
    }
}

/// What one piece of evidence says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// There is none.
    Missing,
    /// It is older than it counts for.
    Stale,
    /// It counts, and says this.
    Now(Verdict),
}

/// How a safeguard stands. A failure shows until a newer result replaces it, however old it is: time mends nothing.
pub fn standing(probes: &[(Shown, Option<Verdict>)], person: Option<Shown>) -> Standing {
    let failed =
        |(shown, last): &(Shown, Option<Verdict>)| *shown == Shown::Now(Verdict::Fail) || *last == Some(Verdict::Fail);
    if probes.iter().any(failed) || person == Some(Shown::Now(Verdict::Fail)) {
        return Standing::Failing;
    }
    let passes = |shown: &Shown| *shown == Shown::Now(Verdict::Pass);
    if !probes.iter().all(|(shown, _)| passes(shown)) {
        return Standing::Unknown;
    }
    match person {
        Some(shown) if passes(&shown) => Standing::Attested,
        Some(_) => Standing::Unknown,
        None if probes.is_empty() => Standing::Unknown,
        None => Standing::Proven,
    }
}
