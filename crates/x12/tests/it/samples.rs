//! Every public sample: lossless, counted, and never called wrong when the referee calls it valid.

use std::path::{Path, PathBuf};

/// The conformance directory; with CI set, its absence is a failure and not a skip.
pub(crate) fn conformance() -> Option<PathBuf> {
    let root = std::env::var_os("WELLKEPT_CONFORMANCE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    if root.join("x12-samples").is_dir() {
        return Some(root);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "conformance directory `{}` is missing", root.display());
    println!("conformance not run");
    None
}

/// Each sample with its path below `x12-samples`.
pub(crate) fn samples(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut list = Vec::new();
    let base = root.join("x12-samples");
    for folder in std::fs::read_dir(&base).expect("samples").map(|e| e.expect("entry").path()) {
        if !folder.is_dir() || folder.ends_with("LICENSES") {
            continue;
        }
        for file in std::fs::read_dir(&folder).expect("folder").map(|e| e.expect("entry").path()) {
            let name = file.strip_prefix(&base).expect("below").display().to_string();
            list.push((name, std::fs::read(&file).expect("sample")));
        }
    }
    list.sort();
    list
}

/// Samples that SOURCES.md, or the note on `own/`, calls VALID.
fn valid_names(root: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(root.join("x12-samples/SOURCES.md")).expect("SOURCES.md");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        (cells.get(4) == Some(&"VALID")).then(|| cells.get(1).map(|c| (*c).to_owned())).flatten()
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn every_sample_is_read_without_loss() {
    let Some(root) = conformance() else { return };
    let list = samples(&root);
    assert!(list.len() > 150, "only {} samples", list.len());
    for (name, bytes) in &list {
        let (document, _) = x12::read(bytes);
        assert!(x12::write(&document) == *bytes, "{name} changed");
        let stats = x12::stats(bytes);
        assert_eq!(stats.segments, u64::try_from(document.segments.len()).expect("count"), "{name}");
    }
}

#[test]
fn valid_samples_are_not_faulted() {
    let Some(root) = conformance() else { return };
    let valid = valid_names(&root);
    assert!(valid.len() >= 40, "only {} valid samples", valid.len());
    let mut wrong = Vec::new();
    for (name, bytes) in samples(&root) {
        if valid.contains(&name) || name.starts_with("own/") {
            let faults = x12::validate(&bytes);
            if !faults.is_empty() {
                wrong.push(format!(
                    "{name}: {}",
                    faults.iter().take(5).map(ToString::to_string).collect::<Vec<_>>().join("\n    ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} valid samples faulted:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_remittance_sample_is_understood() {
    let Some(root) = conformance() else { return };
    for (name, bytes) in samples(&root).into_iter().filter(|(name, _)| name.starts_with("835/")) {
        let (list, _) = x12::remittance::read(&bytes);
        let stats = x12::stats(&bytes);
        assert_eq!(list.iter().map(|r| r.payment_cents).sum::<i64>(), stats.payments_cents, "{name}");
        assert_eq!(
            u64::try_from(list.iter().map(|r| r.claims.len()).sum::<usize>()).expect("count"),
            stats.claims,
            "{name}"
        );
        assert_eq!(Some(&u64::try_from(list.len()).expect("count")), stats.transactions.get("835"), "{name}");
    }
}
