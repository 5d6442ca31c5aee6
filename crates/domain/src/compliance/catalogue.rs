//! The catalogue of safeguards: `controls/*.toml`, built into the program.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Citation;
use crate::access::names;

const SPINE: &str = include_str!("../../../../controls/spine.toml");

names! {
    /// How the rule marks a safeguard (45 CFR 164.306(c) and (d)).
    Mark {
        /// An implementation specification that must be done.
        Required = "required", "Required";
        /// One that is done, or replaced by an equivalent for a written reason.
        Addressable = "addressable", "Addressable";
        /// A standard without specifications of its own here: it must be met.
        Standard = "standard", "Standard";
    }
}

/// One safeguard, in our own words.
#[derive(Clone, Debug)]
pub struct Safeguard {
    /// Its name in addresses.
    pub slug: String,
    /// Where the rule asks for it.
    pub citation: Citation,
    /// A few words.
    pub title: String,
    /// The rule's mark.
    pub mark: Mark,
    /// What it asks.
    pub asks: String,
    /// How many days what a person shows counts.
    pub cadence_days: i64,
    /// How it is shown.
    pub shown: String,
    /// The probes that prove it.
    pub probes: Vec<String>,
    /// What a person has to show beside them.
    pub person: Option<String>,
    /// When somebody last held our words against the rule.
    pub verified_on: Date,
}

/// Why the catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// It is not the TOML that we expect.
    #[error("controls/spine.toml cannot be read: {0}")]
    Unreadable(String),
    /// An entry breaks a rule of the catalogue.
    #[error("controls/spine.toml, `{slug}`: {why}")]
    Entry {
        /// Which.
        slug: String,
        /// Which rule.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    safeguard: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    slug: String,
    citation: String,
    title: String,
    mark: Mark,
    asks: String,
    cadence_days: i64,
    shown: String,
    probes: Vec<String>,
    person: Option<String>,
    verified_on: String,
}

/// Every safeguard, in the rule's order.
pub fn catalogue() -> Result<Vec<Safeguard>, CatalogueError> {
    read(SPINE)
}

pub(super) fn read(text: &str) -> Result<Vec<Safeguard>, CatalogueError> {
    let file: File = toml::from_str(text).map_err(|e| CatalogueError::Unreadable(e.to_string()))?;
    let mut all: Vec<Safeguard> = Vec::with_capacity(file.safeguard.len());
    for entry in file.safeguard {
        let slug = entry.slug.clone();
        let wrong = |why: &str| CatalogueError::Entry { slug: slug.clone(), why: why.to_owned() };
        let safeguard = entry.read().map_err(|why| wrong(&why))?;
        if all.iter().any(|s| s.citation == safeguard.citation || s.slug == safeguard.slug) {
            return Err(wrong("its citation or slug is there twice"));
        }
        if safeguard.probes.is_empty() && safeguard.person.is_none() {
            return Err(wrong("nothing can show it: name a probe, or what a person has to show"));
        }
        all.push(safeguard);
    }
    Ok(all)
}

impl Entry {
    fn read(self) -> Result<Safeguard, String> {
        let Self { slug, citation, title, mark, asks, cadence_days, shown, probes, person, verified_on } = self;
        let citation = Citation::parse(&citation).map_err(|e| e.to_string())?;
        let verified_on = verified_on.parse().map_err(|_| format!("`{verified_on}` is no date"))?;
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        if slug.is_empty() || !slug.chars().all(plain) {
            return Err("a slug has small letters and hyphens only".to_owned());
        }
        if !(1..=366).contains(&cadence_days) {
            return Err("its cadence is between a day and a year".to_owned());
        }
        Ok(Safeguard { slug, citation, title, mark, asks, cadence_days, shown, probes, person, verified_on })
    }
}
