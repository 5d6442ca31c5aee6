//! Draw a sample again from a pack, as an outsider: no store, no keys, no network.

use std::path::Path;

use domain::audit::Leaf;
use domain::sample::{Week, draw, is_candidate};
use serde_json::{Value, json};
use tlog::pack::Files as _;
use tlog::tile::{Kind, decode_entries, tiles_of};
use tlog::{Checkpoint, Edge, Note, leaf_hash};

use crate::audit::{Folder, check_pack};
use crate::{Error, Result};

/// The sample that the pack in the folder gives for a week. A pack that is not whole gives none: the report is then that of
/// [`crate::audit::verify_pack`], whose `ok` is false. With `vkey` it must be that log's.
///
/// The report is `{"ok", "vkey", "week", "from", "to", "root", "candidates", "drawn": [{"entry", "event", "at", "act", "actor"}]}`.
pub fn sample_of_pack(path: &Path, week: Week, vkey: Option<&str>) -> Result<Value> {
    let folder = Folder::open(path)?;
    let report = check_pack(&folder, vkey);
    if report.get("ok") != Some(&Value::Bool(true)) {
        return Ok(report);
    }
    let checkpoint = report.get("checkpoint").and_then(Value::as_str).unwrap_or_default();
    let vkey = report.get("vkey").and_then(Value::as_str).unwrap_or_default();
    let mut drawing = Drawing { week, edge: Edge::new(), from: None, candidates: Vec::new(), leaves: Vec::new() };
    let to = drawing.go_through(&folder, size(checkpoint)?)?.ok_or_else(|| {
        refused(&format!("the week {week} is not over in this pack: no entry of the next one is there"))
    })?;
    let root = drawing.edge.root().to_string();
    let places = draw(week, &root, &drawing.candidates);
    let drawn: Vec<Value> = drawing.leaves.iter().filter(|(place, _)| places.contains(place)).map(entry).collect();
    Ok(json!({
        "ok": true,
        "vkey": vkey,
        "week": week.to_string(),
        "from": drawing.from.unwrap_or(to),
        "to": to,
        "root": root,
        "candidates": drawing.candidates.len(),
        "drawn": drawn,
    }))
}

fn entry((place, leaf): &(u64, Leaf)) -> Value {
    json!({
        "entry": place,
        "event": leaf.id.as_str(),
        "at": leaf.at.to_string(),
        "act": leaf.act.as_str(),
        "actor": leaf.actor,
    })
}

/// The entries as they are gone through, until the week is over.
struct Drawing {
    week: Week,
    edge: Edge,
    from: Option<u64>,
    candidates: Vec<u64>,
    leaves: Vec<(u64, Leaf)>,
}

impl Drawing {
    /// Where the week ends; nothing when it does not.
    fn go_through(&mut self, folder: &Folder, size: u64) -> Result<Option<u64>> {
        for tile in tiles_of(size).filter(|tile| tile.kind == Kind::Entries) {
            let bundle = folder.read(&tile.to_string()).map_err(|why| refused(&why))?;
            for entry in decode_entries(&bundle).map_err(|e| refused(&e.to_string()))? {
                if let Some(end) = self.take(entry) {
                    return Ok(Some(end));
                }
            }
        }
        Ok(None)
    }

    fn take(&mut self, entry: &[u8]) -> Option<u64> {
        let place = self.edge.size();
        let leaf = Leaf::decode(entry);
        if let Some(leaf) = leaf {
            if leaf.at >= self.week.start() {
                let _ = self.from.get_or_insert(place);
            }
            if leaf.at >= self.week.next().start() {
                return Some(place);
            }
            if self.from.is_some() && is_candidate(&leaf) {
                self.candidates.push(place);
                self.leaves.push((place, leaf));
            }
        }
        self.edge.push(leaf_hash(entry));
        None
    }
}

fn size(checkpoint: &str) -> Result<u64> {
    let wrong = |e: tlog::Error| refused(&e.to_string());
    let note = Note::parse(checkpoint.as_bytes()).map_err(wrong)?;
    Ok(note.text().parse::<Checkpoint>().map_err(wrong)?.size)
}

fn refused(why: &str) -> Error {
    Error::Refused(why.to_owned())
}
