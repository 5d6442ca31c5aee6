//! A witness's memory: its name and the logs that it knows in a folder, the newest checkpoint of each in a file, its key in
//! the key directory.
//!
//! A checkpoint is durable in its file before it is cosigned. So whatever happens to the process, no two histories of one log carry
//! this witness's name. A witness whose memory is gone does not begin anew under the same key: it stops.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use app::audit::outside::replace_file;
use domain::Clock as _;
use domain::Entropy as _;
use store::audit::{LogKey, Verifier};
use tlog::witness::{Refusal, Submission, cosign, judge};
use tlog::{Checkpoint, Note, Signature, Signer as _, VerifierKey, WitnessKey};

use crate::exit::Failure;
use crate::practice::write_private;
use crate::system::{SystemClock, SystemEntropy};

/// Its verifier key, for whoever wants to check cosignatures.
const VKEY: &str = "vkey";
/// The verifier keys of the logs that it knows, one a line.
const LOGS: &str = "logs";
/// The folder of checkpoints, a file a log. An empty one says that nothing was seen yet; a missing one, that memory was lost.
const STATE: &str = "state";

/// A witness in its folder.
pub(crate) struct Witness {
    folder: PathBuf,
    key: WitnessKey,
    /// One submission at a time: what it holds is read, judged and replaced as one step.
    turn: Mutex<()>,
}

/// The same with its key, and nobody else with its folder.
pub(crate) struct Signing {
    pub(crate) witness: Witness,
    signer: LogKey,
    _lock: File,
}

impl Witness {
    /// Makes a witness: its folder, and its key outside of it.
    pub(crate) fn make(folder: &Path, key_dir: &Path, name: &str) -> Result<Self, Failure> {
        if folder.join(VKEY).exists() {
            return Err(Failure::Usage(format!("there is a witness in `{}` already", folder.display())));
        }
        let folder = std::path::absolute(folder).map_err(|e| Failure::file(folder, e))?;
        if key_dir.starts_with(&folder) {
            let why = "the key of a witness may not lie in its folder, or one copy is enough to speak for it";
            return Err(Failure::Usage(format!("`{}`: {why}", key_dir.display())));
        }
        let path = key_path(key_dir, name);
        if path.exists() {
            return Err(Failure::Usage(format!("`{}` is there already: choose another name", path.display())));
        }
        let mut seed = store::keys::Key::new([0; 32]);
        SystemEntropy.fill(&mut *seed);
        let signer = LogKey::from_seed(&seed)?;
        let key = WitnessKey::new(name, signer.public_key()).map_err(|e| Failure::Usage(e.to_string()))?;
        write_private(&path, hex::encode(*seed).as_bytes())?;
        let state = folder.join(STATE);
        fs::create_dir_all(&state).map_err(|e| Failure::file(&state, e))?;
        for (name, text) in [(LOGS, String::new()), (VKEY, format!("{key}\n"))] {
            let path = folder.join(name);
            replace_file(&path, text.as_bytes()).map_err(|e| Failure::file(path, e))?;
        }
        Ok(Self { folder, key, turn: Mutex::default() })
    }

    /// The witness in this folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(VKEY);
        let text = fs::read_to_string(&path).map_err(|e| {
            Failure::Usage(format!("`{}`: {e}; make a witness with `wellkept witness init`", path.display()))
        })?;
        let key = text.trim().parse().map_err(|e: tlog::Error| Failure::Usage(e.to_string()))?;
        Ok(Self { folder: folder.to_owned(), key, turn: Mutex::default() })
    }

    /// Its verifier key.
    pub(crate) fn key(&self) -> &WitnessKey {
        &self.key
    }

    /// Takes the key and the folder, to cosign. Refused when its memory of a log is gone.
    pub(crate) fn signing(self, key_dir: &Path) -> Result<Signing, Failure> {
        let lock = self.folder.join("witness.lock");
        let held = File::options().create(true).append(true).open(&lock).map_err(|e| Failure::file(&lock, e))?;
        held.try_lock()
            .map_err(|_| Failure::other(format!("`{}` is in use by another process", self.folder.display())))?;
        let path = key_path(key_dir, self.key.name());
        let meta = fs::metadata(&path).map_err(|e| Failure::file(&path, e))?;
        if meta.mode() & 0o077 != 0 {
            return Err(Failure::other(format!("`{}` can be read by others: set its mode to 0600", path.display())));
        }
        let text = fs::read_to_string(&path).map_err(|e| Failure::file(&path, e))?;
        let mut seed = store::keys::Key::new([0; 32]);
        hex::decode_to_slice(text.trim(), &mut *seed).map_err(|_| Failure::other("the witness's key is damaged"))?;
        let signer = LogKey::from_seed(&seed)?;
        if &signer.public_key() != self.key.public() {
            return Err(Failure::other(format!("`{}` is not the key of this witness", path.display())));
        }
        for log in self.logs()? {
            self.held(&log)?;
        }
        Ok(Signing { witness: self, signer, _lock: held })
    }

    /// The logs that it knows.
    pub(crate) fn logs(&self) -> Result<Vec<VerifierKey>, Failure> {
        let path = self.folder.join(LOGS);
        let text = fs::read_to_string(&path).map_err(|e| Failure::file(&path, e))?;
        let key =
            |line: &str| line.parse().map_err(|e: tlog::Error| Failure::Other(format!("`{}`: {e}", path.display())));
        text.lines().map(key).collect()
    }

    /// Makes a log known. A second key under a known name is refused: a cosignature does not say which key it means.
    pub(crate) fn add(&self, log: &VerifierKey) -> Result<(), Failure> {
        let mut logs = self.logs()?;
        if logs.contains(log) {
            return Ok(());
        }
        if logs.iter().any(|known| known.name() == log.name()) {
            return Err(Failure::Usage(format!("a log `{}` is known by another key", log.name())));
        }
        // The memory first: a log that is known without one would look like one whose memory was lost.
        let path = self.state(log.name());
        if !path.exists() {
            replace_file(&path, b"").map_err(|e| Failure::file(path, e))?;
        }
        logs.push(log.clone());
        let path = self.folder.join(LOGS);
        let text: String = logs.iter().map(|log| format!("{log}\n")).collect();
        replace_file(&path, text.as_bytes()).map_err(|e| Failure::file(path, e))
    }

    /// The newest checkpoint that it cosigned of a log, as the log signed it.
    pub(crate) fn held(&self, log: &VerifierKey) -> Result<Option<(Checkpoint, Note)>, Failure> {
        let path = self.state(log.name());
        let gone = |why: &dyn std::fmt::Display| {
            let path = path.display();
            Failure::Other(format!(
                "what this witness remembers of `{}` is gone (`{path}`: {why}): put it back, or make a new witness with a new \
                 key; under this key it might vouch for another history",
                log.name()
            ))
        };
        let bytes = fs::read(&path).map_err(|e| gone(&e))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let note = Note::parse(&bytes).map_err(|e| gone(&e))?;
        note.verify(log, &Verifier).map_err(|e| gone(&e))?;
        let checkpoint = note.text().parse().map_err(|e: tlog::Error| gone(&e))?;
        Ok(Some((checkpoint, note)))
    }

    fn state(&self, origin: &str) -> PathBuf {
        self.folder.join(STATE).join(tlog::hash::sha256(origin.as_bytes()).to_string())
    }
}

/// What a submission comes to.
pub(crate) type Answer = Result<Signature, Refusal>;

impl Signing {
    /// Judges a submission, keeps it, and only then cosigns.
    pub(crate) fn add_checkpoint(&self, body: &[u8]) -> Result<Answer, Failure> {
        let submission = match Submission::parse(body) {
            Ok(submission) => submission,
            Err(error) => return Ok(Err(Refusal::Malformed(error))),
        };
        let _turn = self.witness.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let logs = self.witness.logs()?;
        let mut lost = None;
        let judged = judge(
            &submission,
            &logs,
            |log| match self.witness.held(log) {
                Ok(held) => held.map(|(checkpoint, _)| (checkpoint.size, checkpoint.root)),
                Err(error) => {
                    lost = Some(error);
                    None
                }
            },
            &Verifier,
        );
        if let Some(error) = lost {
            return Err(error);
        }
        let new = match judged {
            Ok(new) => new,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let path = self.witness.state(&new.origin);
        // Other signatures than the log's prove nothing to us, and are not worth keeping.
        replace_file(&path, submission.checkpoint.to_string().as_bytes()).map_err(|e| Failure::file(path, e))?;
        self.cosign(&submission.checkpoint).map(Ok)
    }

    /// The newest checkpoint of the log with this hash of its name, cosigned now; `None` when nothing was seen of it.
    pub(crate) fn newest(&self, hash: &str) -> Result<Option<Note>, Failure> {
        let _turn = self.witness.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let logs = self.witness.logs()?;
        let log = logs.iter().find(|log| tlog::hash::sha256(log.name().as_bytes()).to_string() == hash);
        let Some((_, mut note)) = log.map(|log| self.witness.held(log)).transpose()?.flatten() else { return Ok(None) };
        let signature = self.cosign(&note)?;
        note.push(signature).map_err(Failure::other)?;
        Ok(Some(note))
    }

    fn cosign(&self, note: &Note) -> Result<Signature, Failure> {
        let seconds = u64::try_from(SystemClock.now().micros() / 1_000_000).map_err(Failure::other)?;
        cosign(note, self.witness.key.name(), &self.signer, seconds).map_err(Failure::other)
    }
}

fn key_path(key_dir: &Path, name: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    key_dir.join(format!("{}.witness", name.chars().map(plain).collect::<String>()))
}
