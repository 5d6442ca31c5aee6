//! Exports: whole as written, and broken by any byte.

mod flips;

use std::fs;
use std::path::{Path, PathBuf};

use domain::audit::Act;
use serde_json::Value;

use super::verify_pack;
use crate::Error;
use crate::fixture::Practice;

fn exported() -> (Practice, PathBuf) {
    let practice = Practice::new();
    for _ in 0..300 {
        practice.app.store.record(practice.app.system_event(Act::ServerStarted, "test")).unwrap();
    }
    let out = practice.folder.path().join("pack");
    practice.app.export_audit(&out).unwrap();
    (practice, out)
}

fn report(out: &Path) -> Value {
    verify_pack(out, None).unwrap()
}

#[test]
fn s_tec_12_an_export_is_whole_and_its_beginning_is_in_it() {
    let (practice, out) = exported();
    let found = report(&out);
    assert_eq!(found["faults"], Value::Array(vec![]));
    assert_eq!((&found["ok"], &found["entries"]), (&Value::Bool(true), &Value::from(301)));
    assert!(found["checkpoint"].as_str().unwrap().contains("/audit\n301\n"), "{found}");
    let counts =
        practice.app.store.read("counts", |tx| store::audit::read::counts(tx, domain::Instant::default())).unwrap();
    assert!(counts.contains(&("export.begun".to_owned(), 1)) && counts.contains(&("export.ended".to_owned(), 1)));
    assert_eq!(practice.app.store.read("size", store::audit::latest_size).unwrap(), 302);
    let other = "example.org/log+77777777+AXYQSqYSRgAn8ERzOSUEnk6yMDARqcZa0fWoCBkxw0VN";
    assert_eq!(verify_pack(&out, Some(other)).unwrap()["ok"], Value::Bool(false), "another log's key");
}

#[test]
fn s_tec_13_any_changed_missing_or_extra_byte_is_a_fault() {
    let (_practice, out) = exported();
    let mut files = Vec::new();
    let mut folders = vec![out.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(files.len() > 5, "{files:?}");
    for file in &files {
        let whole = fs::read(file).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        for bad in [flipped, whole[..whole.len() - 1].to_vec(), [&whole[..], b"\n"].concat()] {
            fs::write(file, bad).unwrap();
            assert_eq!(report(&out)["ok"], Value::Bool(false), "{}", file.display());
        }
        fs::remove_file(file).unwrap();
        assert_eq!(report(&out)["ok"], Value::Bool(false), "without {}", file.display());
        let aside = out.parent().unwrap().join("aside");
        fs::write(&aside, &whole).unwrap();
        std::os::unix::fs::symlink(&aside, file).unwrap();
        assert_eq!(report(&out)["ok"], Value::Bool(false), "a link for {}", file.display());
        fs::remove_file(file).unwrap();
        fs::write(file, whole).unwrap();
    }
    assert_eq!(report(&out)["ok"], Value::Bool(true));
    fs::create_dir(out.join("more")).unwrap();
    assert_eq!(report(&out)["ok"], Value::Bool(false), "an empty folder");
    fs::write(out.join("more/file"), b"").unwrap();
    assert_eq!(report(&out)["ok"], Value::Bool(false), "an empty file");
}

#[test]
fn an_export_never_mixes_with_other_files() {
    let (practice, out) = exported();
    let refused = practice.app.export_audit(&out);
    assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("not empty")), "{refused:?}");
    assert_eq!(practice.app.store.read("size", store::audit::latest_size).unwrap(), 302, "nothing began");
    assert!(verify_pack(&out.join("nowhere"), None).is_err());
}
