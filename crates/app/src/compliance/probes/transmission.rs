//! V-17: every file that was released, and every attempt to send one, has who, why, to whom, on what ground, and a digest.

use std::collections::BTreeSet;

use domain::audit::Act;
use domain::compliance::Finding;
use domain::id::FileId;

use super::DAY;
use crate::compliance::ProbeEnv;
use crate::{App, Result};

/// How far back files are looked at.
const BACK: i64 = 90 * DAY;
/// How long before that a file may have been released whose attempts are counted.
const LONGEST_WAIT: i64 = 90 * DAY;
/// Most batches that are held against the files: more than a practice of this size makes in that time.
const BATCHES: u32 = 10_000;

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    let from = app.clock.now().plus_seconds(-BACK);
    let log = app.store.log();
    let (files, batches, all, events) = app.store.read("files that left", |tx| {
        let files = store::file::released_since(tx, from)?;
        let batches = store::batch::list(tx, None, BATCHES)?;
        let all = store::delivery::told(log, tx, from.plus_seconds(-LONGEST_WAIT))?;
        let counted = store::audit::read::counts(tx, from)?;
        let sent = counted.into_iter().find(|(act, _)| act == Act::FileSending.as_str()).map_or(0, |(_, n)| n);
        Ok((files, batches, all, usize::try_from(sent).unwrap_or(usize::MAX)))
    })?;
    // A batch that left names its ground; the type has none without.
    let owned: BTreeSet<FileId> = batches.into_iter().filter_map(|batch| Some(batch.release?.file)).collect();
    let unowned = files.iter().filter(|file| !owned.contains(file)).count();
    let other = all.iter().filter(|one| one.digest != one.delivery.digest).count();
    let said = |wanted: Option<bool>| all.iter().flat_map(|one| &one.attempts).filter(|said| **said == wanted).count();
    let (untold, unread) = (said(Some(false)), said(None));
    let begun = all.iter().flat_map(|one| &one.delivery.attempts).filter(|attempt| attempt.begun_at >= from).count();
    let found = if unowned > 0 {
        Finding::fail(format!("{unowned} released files belong to no batch that left on a ground"))
    } else if other > 0 {
        Finding::fail(format!("{other} files are not the ones that were put into the outbox"))
    } else if untold > 0 {
        Finding::fail(format!("{untold} attempts to send a file have no event that says all of it"))
    } else if begun != events {
        Finding::fail(format!("the log has {events} sendings of the last 90 days, and {begun} attempts are kept"))
    } else if unread > 0 {
        Finding::unknown(format!("the events of {unread} attempts cannot be read"))
    } else if files.is_empty() {
        Finding::unknown("no file was released in the last 90 days")
    } else {
        Finding::pass("every file that left, and every attempt, has who, why, to whom, on what ground, and a digest")
    };
    let n = u64::try_from(files.len() + begun).unwrap_or(u64::MAX);
    Ok(found.over(n, n).with("files", files.len()).with("attempts", begun).with("events", events))
}
