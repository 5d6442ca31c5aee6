//! Handing the log over: a folder that an outsider checks without us.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use domain::audit::{Act, Outcome};
use domain::id::EventId;

use crate::{App, Error, Result};

/// How often, and how many times, the export looks whether its first event has its place: ten seconds in all.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: u32 = 500;

/// A pack that was written.
#[derive(Clone, Copy, Debug)]
pub struct Exported {
    /// Files in it.
    pub files: u64,
    /// Bytes of them all.
    pub bytes: u64,
}

impl App {
    /// Writes the whole log as a pack into the folder `out`, which must be missing or empty. The event that it began is durable before the
    /// first byte and is in the pack; the event that it ended follows.
    pub fn export_audit(&self, out: &Path) -> Result<Exported> {
        make_empty(out)?;
        let begun = self.system_event(Act::ExportBegun, "export").with("what", "audit log").with("to", "pack");
        let receipt = self.store.record(begun)?;
        let written = self.write_pack(receipt.event(), out);
        let mut ended = self.system_event(Act::ExportEnded, "export").with("what", "audit log");
        ended = ended.object("event", receipt.event());
        ended = match &written {
            Ok(Exported { files, bytes }) => ended.with("files", files).with("bytes", bytes),
            Err(_) => ended.ending(Outcome::Failed),
        };
        self.store.record(ended)?;
        written
    }

    fn write_pack(&self, begun: &EventId, out: &Path) -> Result<Exported> {
        self.wait_for(begun)?;
        let nothing = || Error::Refused("the log has no entry to export".to_owned());
        let checkpoint = self.cosigned(&self.store.checkpoint()?.ok_or_else(nothing)?)?;
        let mut made = Exported { files: 0, bytes: 0 };
        store::audit::write_pack(&self.store, &checkpoint, |path, content| {
            write_file(&out.join(path), content)?;
            made.files += 1;
            made.bytes += u64::try_from(content.len()).unwrap_or(u64::MAX);
            Ok(())
        })?;
        Ok(made)
    }

    /// Waits until an event has its place in the log, which a sequencer gives within milliseconds.
    pub(crate) fn wait_for(&self, event: &EventId) -> Result<()> {
        for _ in 0..LOOKS {
            if self.store.read("place of an event", |tx| store::audit::place(tx, event))?.is_some() {
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
        Err(Error::Refused(
            "the log's sequencer does not number events: look at the server's log, then try again".into(),
        ))
    }
}

/// Makes the folder, or accepts one without anything in it: a pack beside other files would not verify.
fn make_empty(out: &Path) -> Result<()> {
    let failed = |e: std::io::Error| Error::Store(store::Error::file(out, &e));
    match fs::read_dir(out).map(|mut inside| inside.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Refused(format!("`{}` is not empty: give a new folder", out.display()))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o700).create(out).map_err(failed)
        }
        Err(e) => Err(failed(e)),
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> store::Result<()> {
    let failed = |e: std::io::Error| store::Error::file(path, &e);
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)
}
