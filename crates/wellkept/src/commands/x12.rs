//! `wellkept x12`: what is in a file, and what is wrong with it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use x12::Fault;

use crate::exit::{Exit, Failure};
use crate::system::{complain, say};

/// Counts. 0 when all were read, 1 when some have faults, 2 when some cannot be read.
pub(super) fn stats(files: &[PathBuf], json: bool) -> Result<Exit, Failure> {
    each(files, |path, bytes| {
        let stats = x12::stats(bytes);
        let exit = match (stats.segments, stats.faults) {
            (0, _) => Exit::Usage,
            (_, 0) => Exit::Yes,
            _ => Exit::No,
        };
        let line = if json {
            json!({
                "file": path.display().to_string(),
                "segments": stats.segments,
                "interchanges": stats.interchanges,
                "groups": stats.groups,
                "transactions": stats.transactions,
                "claims": stats.claims,
                "payments_cents": stats.payments_cents,
                "faults": stats.faults,
            })
            .to_string()
        } else {
            let kinds: Vec<String> = stats.transactions.iter().map(|(kind, n)| format!("{n} x {kind}")).collect();
            format!(
                "{}: {} segments, {}, {} claims, {} paid, {} faults",
                path.display(),
                stats.segments,
                if kinds.is_empty() { "no transactions".to_owned() } else { kinds.join(", ") },
                stats.claims,
                domain::Cents::new(stats.payments_cents),
                stats.faults
            )
        };
        (exit, vec![line])
    })
}

/// Faults. 0 when all are valid, 1 when some are not, 2 when some cannot be read.
pub(super) fn validate(files: &[PathBuf], json: bool) -> Result<Exit, Failure> {
    each(files, |path, bytes| {
        let (faults, warnings): (Vec<Fault>, Vec<Fault>) = x12::inspect(bytes).into_iter().partition(Fault::is_error);
        let exit = judge(&faults);
        let lines = if json {
            let file = path.display().to_string();
            vec![json!({"file": file, "valid": exit == Exit::Yes, "faults": faults, "warnings": warnings}).to_string()]
        } else {
            let verdict = if exit == Exit::Yes { "valid" } else { "not valid" };
            let mut lines = vec![format!("{}: {verdict}", path.display())];
            lines.extend(faults.iter().map(|fault| told("", fault)));
            lines.extend(warnings.iter().map(|warning| told("warning: ", warning)));
            lines
        };
        (exit, lines)
    })
}

fn judge(faults: &[Fault]) -> Exit {
    if x12::is_unreadable(faults) { Exit::Usage } else { Exit::answer(!faults.iter().any(Fault::is_error)) }
}

/// Every file is looked at, whatever the others hold; the worst answer counts.
fn each(files: &[PathBuf], look: impl Fn(&Path, &[u8]) -> (Exit, Vec<String>)) -> Result<Exit, Failure> {
    let mut worst = Exit::Yes;
    for path in files {
        let exit = match fs::read(path) {
            Ok(bytes) => {
                let (exit, lines) = look(path, &bytes);
                for line in lines {
                    say(&line).map_err(Failure::other)?;
                }
                exit
            }
            Err(e) => {
                complain(&format!("wellkept: `{}`: {e}", path.display())).map_err(Failure::other)?;
                Exit::Usage
            }
        };
        worst = match (worst, exit) {
            (Exit::Usage, _) | (_, Exit::Usage) => Exit::Usage,
            (Exit::No, _) | (_, Exit::No) => Exit::No,
            _ => Exit::Yes,
        };
    }
    Ok(worst)
}

fn told(kind: &str, f: &Fault) -> String {
    let name = Some(f.reference()).filter(|name| !name.is_empty()).map(|name| format!(" ({name})")).unwrap_or_default();
    let (segment, line, byte) = (place(f.segment), place(f.line), place(f.byte));
    format!("  {kind}segment {segment}{name}, line {line}, byte {byte}: {}", f.message)
}

/// A place in the file; a fault of the whole file has none.
fn place(n: Option<usize>) -> String {
    n.map_or_else(|| "-".to_owned(), |n| n.to_string())
}
