//! Measured figures: `{name: {value, unit, better, aim}}`, in `target/bench.json` and `target/crash.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cmd;
use crate::error::{Error, Result};

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// One measured thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figure {
    /// What was measured, in `unit`.
    pub(crate) value: f64,
    /// The unit, as `ms`, `MB`, `events/s`; empty for a ratio or a count.
    pub(crate) unit: String,
    /// Which way is good.
    pub(crate) better: Better,
    /// What we aim at; none where there is nothing to compare with yet.
    pub(crate) aim: Option<f64>,
}

impl Figure {
    /// Whether the aim is met; true where there is none.
    pub(crate) fn met(&self) -> bool {
        self.aim.is_none_or(|aim| match self.better {
            Better::Higher => self.value >= aim,
            Better::Lower => self.value <= aim,
        })
    }
}

/// All figures of one run, by name.
pub(crate) type Figures = BTreeMap<String, Figure>;

/// Reads a file of figures; one that is missing, malformed or empty is an error, never "nothing to report".
pub(crate) fn read(path: &Path) -> Result<Figures> {
    let figures: Figures = serde_json::from_str(&cmd::read(path)?)
        .map_err(|error| Error::Wrong(format!("`{}` is not a file of figures: {error}", path.display())))?;
    if figures.is_empty() {
        return Err(Error::Wrong(format!("`{}` holds no figures; nothing was measured", path.display())));
    }
    Ok(figures)
}

/// Shows the figures as a table, or the file as it is with `json`.
pub(crate) fn show(figures: &Figures, json: bool) -> Result<()> {
    if json {
        let text = serde_json::to_string_pretty(figures).map_err(|error| Error::Wrong(error.to_string()))?;
        println!("{text}");
        return Ok(());
    }
    let width = figures.keys().map(String::len).max().unwrap_or(0);
    for (name, figure) in figures {
        let aim = figure.aim.map_or(String::new(), |aim| {
            let sign = if figure.better == Better::Higher { ">=" } else { "<=" };
            format!("aim {sign} {aim}: {}", if figure.met() { "met" } else { "MISSED" })
        });
        println!("{name:width$}  {:>12} {:10} {aim}", figure.value, figure.unit);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64, better: Better, aim: Option<f64>) -> Figure {
        Figure { value, unit: "ms".to_owned(), better, aim }
    }

    #[test]
    fn an_aim_is_met_on_the_good_side_and_at_the_bound() {
        assert!(figure(0.8, Better::Higher, Some(0.8)).met());
        assert!(!figure(0.79, Better::Higher, Some(0.8)).met());
        assert!(figure(0.0, Better::Lower, Some(0.0)).met());
        assert!(!figure(1.0, Better::Lower, Some(0.0)).met());
        assert!(figure(9.0, Better::Lower, None).met());
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let good = r#"{"start":{"value":1,"unit":"s","better":"lower","aim":1}}"#;
        assert!(serde_json::from_str::<Figures>(good).is_ok());
        assert!(serde_json::from_str::<Figures>(&good.replace("aim", "goal")).is_err());
        assert!(serde_json::from_str::<Figures>(&good.replace("lower", "less")).is_err());
    }
}
