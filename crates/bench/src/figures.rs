//! The figures, in the form that `cargo xtask bench` reads.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

/// Which way is good.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Better {
    Higher,
    Lower,
}

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Figures(BTreeMap<String, Value>);

impl Figures {
    /// Adds a figure and prints it; rounded to three digits behind the point, beyond which it is noise.
    pub(crate) fn add(&mut self, name: &str, value: f64, (unit, better): (&str, Better), aim: Option<f64>) {
        let value = (value * 1000.0).round() / 1000.0;
        let better = match better {
            Better::Higher => "higher",
            Better::Lower => "lower",
        };
        println!("{name} {value} {unit}");
        self.0.insert(name.to_owned(), json!({ "value": value, "unit": unit, "better": better, "aim": aim }));
    }

    /// The file's text.
    pub(crate) fn json(self) -> String {
        json!(self.0).to_string()
    }
}

/// A count as a number to divide by; counts here stay far below four thousand million.
pub(crate) fn float(n: u64) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// So many a second.
pub(crate) fn rate(n: u64, took: Duration) -> f64 {
    float(n) / took.as_secs_f64().max(f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_the_four_fields_that_the_reader_demands() {
        let mut figures = Figures::default();
        figures.add("ratio", 0.812_345, ("", Better::Higher), Some(0.8));
        let read: serde_json::Value = serde_json::from_str(&figures.json()).unwrap();
        assert_eq!(read, json!({"ratio": {"value": 0.812, "unit": "", "better": "higher", "aim": 0.8}}));
    }

    #[test]
    fn a_rate_is_per_second() {
        assert!((rate(50, Duration::from_millis(500)) - 100.0).abs() < 1e-9);
    }
}
