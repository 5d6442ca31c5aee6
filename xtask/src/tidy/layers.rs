//! The layers: who may name whom. Cargo enforces what the manifests say; this enforces what the manifests may say.

use super::Finding;
use super::manifest::{Metadata, Package};

/// Our crates in order, and which of ours each may depend on outside its tests.
const LAYERS: &[(&str, &[&str])] = &[
    ("x12", &[]),
    ("tlog", &[]),
    ("domain", &["x12"]),
    ("store", &["domain", "tlog"]),
    ("app", &["store", "domain", "x12", "tlog"]),
    ("web", &["app", "domain", "x12"]),
    ("api", &["app", "domain", "x12"]),
    ("testkit", &["web", "api", "app", "store", "domain", "x12", "crashfs"]),
    ("wellkept", &["web", "api", "app", "store", "domain", "x12", "tlog", "testkit"]),
    ("wire", &[]),
    ("crashfs", &["store", "domain", "tlog", "wire"]),
    ("wellkept-bench", &["web", "api", "app", "store", "domain", "wire"]),
    ("xtask", &[]),
];

/// What tests may add anywhere above the pure crates.
const FOR_TESTS: &[&str] = &["testkit", "crashfs"];

/// Crates that decide and never do: no database, no network, no runtime.
const PURE: &[&str] = &["x12", "tlog", "domain"];
/// What does things.
const DOING: &[&str] =
    &["tokio", "axum", "hyper", "rusqlite", "postgres", "tokio-postgres-rustls", "rustls", "tracing"];

/// Dependencies that only some of ours may have: the engines, the policy engine, the page writer.
const HOMES: &[(&str, &[&str])] = &[
    ("rusqlite", &["store", "crashfs"]),
    ("postgres", &["store", "testkit"]),
    ("cedar-policy", &["app"]),
    ("maud", &["web"]),
    ("clap", &["wellkept"]),
];

/// Every edge that points the wrong way.
pub(super) fn check(metadata: &Metadata) -> Vec<Finding> {
    metadata.ours().flat_map(package).collect()
}

fn package(package: &Package) -> Vec<Finding> {
    let name = package.name.as_str();
    let path = match name {
        "xtask" => "xtask/Cargo.toml".to_owned(),
        "wellkept-bench" => "crates/bench/Cargo.toml".to_owned(),
        _ => format!("crates/{name}/Cargo.toml"),
    };
    let finding = |text: String| Finding { path: path.clone(), line: 0, text };
    let Some((_, below)) = LAYERS.iter().find(|(layer, _)| *layer == name) else {
        return vec![finding(format!("`{name}` has no place among the layers; see ARCHITECTURE.md"))];
    };
    let mut findings = Vec::new();
    for dependency in &package.dependencies {
        let other = dependency.name.as_str();
        let in_tests = dependency.kind.as_deref() == Some("dev");
        let ours = LAYERS.iter().any(|(layer, _)| *layer == other);
        let helps = in_tests && FOR_TESTS.contains(&other) && !PURE.contains(&name);
        if ours && other != name && !below.contains(&other) && !helps {
            findings.push(finding(format!("`{name}` may not depend on `{other}`; see ARCHITECTURE.md")));
        }
        if PURE.contains(&name) && DOING.contains(&other) && !in_tests {
            findings.push(finding(format!("`{name}` decides and never does: it may not depend on `{other}`")));
        }
        let home = HOMES.iter().find(|(guest, _)| *guest == other);
        if home.is_some_and(|(_, homes)| !homes.contains(&name) && !in_tests) {
            findings.push(finding(format!("`{other}` has its one place elsewhere; `{name}` may not depend on it")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::manifest::Dependency;

    fn check(name: &str, other: &str, kind: Option<&str>) -> usize {
        let dependencies = vec![Dependency { name: other.to_owned(), kind: kind.map(str::to_owned) }];
        let (id, version) = (String::new(), String::new());
        package(&Package { id, name: name.to_owned(), version, license: None, dependencies }).len()
    }

    #[test]
    fn edges_point_downwards_only() {
        assert_eq!(check("web", "app", None), 0);
        assert_eq!(check("web", "store", None), 1);
        assert_eq!(check("api", "web", None), 1);
        assert_eq!(check("domain", "store", Some("dev")), 1);
        assert_eq!(check("newcomer", "serde", None), 1);
    }

    #[test]
    fn tests_may_use_the_testkit_and_the_product_may_not_use_an_engine() {
        assert_eq!(check("store", "crashfs", Some("dev")), 0);
        assert_eq!(check("store", "crashfs", None), 1);
        assert_eq!(check("app", "rusqlite", None), 1);
        assert_eq!(check("tlog", "tokio", None), 1);
    }
}
