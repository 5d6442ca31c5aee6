//! Lists that live in different places must agree: controls and the probes that prove them.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::Finding;
use super::source::{Text, Tree, extension};

/// Every probe that a control names must exist as code: its id stands as a string in `app`.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let code = tree.rust.iter().filter(|source| source.path.starts_with("crates/app/src/"));
    let built: BTreeSet<&str> =
        code.flat_map(|source| source.literals.iter().map(|literal| literal.text.as_str())).collect();
    let controls =
        tree.texts.iter().filter(|text| text.path.starts_with("controls/") && extension(&text.path) == "toml");
    controls.flat_map(|text| control(text, &built)).collect()
}

fn control(text: &Text, built: &BTreeSet<&str>) -> Vec<Finding> {
    let finding = |said: String| Finding { path: text.path.clone(), line: 0, text: said };
    let table: Table = match text.text.parse() {
        Ok(table) => table,
        Err(error) => return vec![finding(format!("is no TOML: {error}"))],
    };
    let mut named = BTreeSet::new();
    probes(&Value::Table(table), false, &mut named);
    let absent = named.into_iter().filter(|probe| !built.contains(probe.as_str()));
    absent.map(|probe| finding(format!("names the probe `{probe}`, which crates/app does not have"))).collect()
}

/// Every string under a key `probe` or `probes`.
fn probes(value: &Value, under: bool, named: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if under => {
            named.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| probes(value, under, named)),
        Value::Table(table) => {
            for (key, value) in table {
                probes(value, key == "probe" || key == "probes", named);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_whose_probe_is_missing_is_found() {
        let text = "[[control]]\nid = \"V-99\"\nprobe = \"V-02\"\n[[control]]\nprobes = [\"V-03\", \"V-04\"]\n";
        let text = Text { path: "controls/a.toml".to_owned(), text: text.to_owned() };
        let built = BTreeSet::from(["V-02", "V-04"]);
        let found = control(&text, &built);
        assert_eq!(found.len(), 1);
        assert!(found.iter().all(|finding| finding.text.contains("V-03")));
    }
}
