//! What is kept of the log outside of its database: beside the key, in a folder on another disk, by a witness on somebody
//! else's machine. A copy of the data that is put back knows nothing of what came after it; these do.

mod compare;
mod kept;
mod restore;
mod round;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use domain::Instant;
use store::audit::outside::WitnessRow;
pub use store::audit::outside::WitnessState;
use tlog::WitnessKey;

pub use compare::{Compared, Reach};
pub use kept::replace_file;
pub use restore::Accepted;

/// The place beside the key, as pages and messages name it.
pub const BESIDE: &str = "the record beside the key";

/// Everybody who keeps something of the log; nobody by default.
#[derive(Default)]
pub struct Outside {
    keepers: Vec<Keeper>,
    /// Files are read, compared and written by one thread at a time.
    writing: Mutex<()>,
}

impl Outside {
    /// These keep something.
    pub fn new(keepers: Vec<Keeper>) -> Self {
        Self { keepers, writing: Mutex::default() }
    }
}

/// One who keeps checkpoints of the log, and how it stands with them.
#[derive(Clone, Debug)]
pub struct Witnessed {
    /// What the configuration calls it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// When it was asked last and how that went; `None` before the first time.
    pub asked: Option<(Instant, WitnessState)>,
    /// What went wrong, in words; empty when all is well.
    pub said: String,
    /// The newest checkpoint that it saw: when, and over how many entries.
    pub seen: Option<(Instant, u64)>,
}

/// What keeps checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file beside the wrapping key.
    Beside,
    /// A folder of another disk.
    Folder,
    /// A witness that cosigns.
    Witness,
}

impl Outside {
    /// Everybody with what is known of them.
    pub(super) fn witnessed(&self, known: Vec<WitnessRow>) -> Vec<Witnessed> {
        let mut known: BTreeMap<String, WitnessRow> = known.into_iter().map(|row| (row.name.clone(), row)).collect();
        let witnessed = |keeper: &Keeper| {
            let row = known.remove(&keeper.name);
            let kind = match keeper.place {
                Place::Beside(_) => Kind::Beside,
                Place::Folder(_) => Kind::Folder,
                Place::Witness(..) => Kind::Witness,
            };
            Witnessed {
                name: keeper.name.clone(),
                kind,
                asked: row.as_ref().map(|row| (row.asked_at, row.state)),
                seen: row.as_ref().and_then(|row| row.seen.as_ref()).map(|seen| (seen.at, seen.size)),
                said: row.map(|row| row.said).unwrap_or_default(),
            }
        };
        self.keepers.iter().map(witnessed).collect()
    }
}

impl Witnessed {
    /// What it saw says little of today: it was not asked, or did not answer, for so long.
    pub fn is_stale(&self, now: Instant) -> bool {
        let answered = self.asked.filter(|(_, state)| *state == WitnessState::Seen).map(|(at, _)| at);
        answered.or(self.seen.map(|(at, _)| at)).is_none_or(|at| now.seconds_since(at) > STALE)
    }
}

/// Seconds after which a witness that did not answer is stale: a working day may end and begin again without one.
const STALE: i64 = 24 * 3600;

/// One who keeps checkpoints of the log.
pub struct Keeper {
    /// What the configuration calls it.
    pub name: String,
    /// Where.
    pub place: Place,
}

/// Where checkpoints are kept.
pub enum Place {
    /// The newest one, in a file in the folder of the wrapping key.
    Beside(PathBuf),
    /// All that were shown, a file a day, in a folder of another disk. Whoever may write there may take them away.
    Folder(PathBuf),
    /// With a witness that cosigns (C2SP `tlog-witness`).
    Witness(WitnessKey, Box<dyn Wire>),
}

/// The way to a witness: HTTP, by whoever may open connections. It gives up by itself after some seconds.
pub trait Wire: Send + Sync {
    /// Gets the path below the witness's address, or posts the body to it. The error is in words.
    fn ask(&self, path: &str, body: Option<&[u8]>) -> Result<Reply, String>;
}

/// What a witness answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// The path at which a witness of ours hands out the newest checkpoint that it holds of a log: C2SP names none yet.
pub fn held_path(origin: &str) -> String {
    format!("checkpoint/{}", tlog::hash::sha256(origin.as_bytes()))
}
