//! The handle on a recording, and the faults it can inject.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

use crate::error::Error;
use crate::log::{Inode, Log, Op, Position};
use crate::vfs;

/// A call to the disk that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// Reading bytes.
    Read,
    /// Writing bytes.
    Write,
    /// Waiting until a file's writes are durable.
    Sync,
    /// Setting a file's size.
    Truncate,
    /// Deleting a file.
    Delete,
}

/// How it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// `SQLITE_IOERR` of the call's kind; nothing is done.
    Io,
    /// `SQLITE_FULL`; of a write, the first half is done, as a file system may.
    Full,
}

/// A failure to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Which kind of call.
    pub call: Call,
    /// Which one of them, counted from the arming; the first is 1.
    pub nth: u64,
    /// How it fails.
    pub failure: Failure,
    /// Whether all later calls of the kind fail too, until [`Recorder::heal`] (a disk that stays full).
    pub lasting: bool,
}

/// Calls that were made since the recording began, failed ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Reads.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Syncs.
    pub syncs: u64,
    /// Truncations.
    pub truncates: u64,
    /// Deletions.
    pub deletes: u64,
    /// Failures that [`Recorder::arm`] caused.
    pub injected: u64,
    /// Failures of the real disk below. The log may differ from the disk when this is not zero.
    pub real_failures: u64,
}

/// Records what SQLite does to the files of one directory, from its making until it is dropped.
#[derive(Debug)]
pub struct Recorder {
    tap: Arc<Tap>,
}

impl Recorder {
    /// Watches `dir`. Files in it now count as whole and durable; no database in it may be open. The VFS is installed as
    /// SQLite's default, so that the code under test needs no hook: it opens its databases as ever.
    pub fn new(dir: &Path) -> Result<Self, Error> {
        let dir = dir.canonicalize().map_err(Error::at(dir))?;
        let mut base = Vec::new();
        for entry in std::fs::read_dir(&dir).map_err(Error::at(&dir))? {
            let path = entry.map_err(Error::at(&dir))?.path();
            // The shared-memory index of a WAL is rebuilt at the first open and never durable.
            let shm = path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-shm"));
            if let (true, false, Ok(name)) = (path.is_file(), shm, path.strip_prefix(&dir)) {
                base.push((name.to_owned(), std::fs::read(&path).map_err(Error::at(&path))?));
            }
        }
        base.sort();
        let inodes = base.iter().enumerate().map(|(inode, (name, _))| (name.clone(), inode)).collect();
        let state = State { next_inode: base.len(), inodes, ..State::default() };
        let tap = Arc::new(Tap { dir, base: Arc::new(base), state: Mutex::new(state) });
        vfs::watch(&tap)?;
        Ok(Self { tap })
    }

    /// The position now. Taken right after an acknowledgement, it says that any cut at or behind it must keep what was
    /// acknowledged.
    pub fn mark(&self) -> Position {
        Position(self.tap.lock().ops.len())
    }

    /// What was recorded so far.
    pub fn log(&self) -> Log {
        Log { base: Arc::clone(&self.tap.base), ops: Arc::new(self.tap.lock().ops.clone()) }
    }

    /// Calls so far.
    pub fn counts(&self) -> Counts {
        self.tap.lock().counts
    }

    /// Makes a call to come fail. Replaces an earlier fault.
    pub fn arm(&self, fault: Fault) {
        self.tap.lock().armed = Some(fault);
    }

    /// Takes the fault back: the disk is well again.
    pub fn heal(&self) {
        self.tap.lock().armed = None;
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        vfs::forget(&self.tap);
    }
}

/// What the VFS and the handle share.
#[derive(Debug)]
pub(crate) struct Tap {
    dir: PathBuf,
    base: Arc<Vec<(PathBuf, Vec<u8>)>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    ops: Vec<Op>,
    inodes: BTreeMap<PathBuf, Inode>,
    next_inode: Inode,
    counts: Counts,
    armed: Option<Fault>,
}

impl State {
    /// Counts a call and says how it must fail, if it must.
    fn call(&mut self, call: Call) -> Option<Failure> {
        *match call {
            Call::Read => &mut self.counts.reads,
            Call::Write => &mut self.counts.writes,
            Call::Sync => &mut self.counts.syncs,
            Call::Truncate => &mut self.counts.truncates,
            Call::Delete => &mut self.counts.deletes,
        } += 1;
        let fault = self.armed.as_mut().filter(|fault| fault.call == call)?;
        if fault.nth > 1 {
            fault.nth -= 1;
            return None;
        }
        let failure = fault.failure;
        if !fault.lasting {
            self.armed = None;
        }
        self.counts.injected += 1;
        Some(failure)
    }

    /// Logs `op` if the disk did it.
    fn done(&mut self, code: c_int, op: Op) -> c_int {
        if code == ffi::SQLITE_OK {
            self.ops.push(op);
        } else {
            self.counts.real_failures += 1;
        }
        code
    }
}

/// The disk's side of each call runs under the lock, so that the log's order is the disk's.
impl Tap {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name of `path` in this recording, when it is in the watched directory.
    pub(crate) fn name(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.dir).ok().map(Path::to_owned)
    }

    /// The file is opened by `through`; it is new if the disk did not have it before.
    pub(crate) fn open(&self, name: &Path, through: impl FnOnce() -> c_int) -> Result<Inode, c_int> {
        let mut state = self.lock();
        let was_there = std::fs::read(self.dir.join(name)).ok();
        let code = through();
        if code != ffi::SQLITE_OK {
            return Err(code);
        }
        if let (Some(_), Some(inode)) = (&was_there, state.inodes.get(name)) {
            return Ok(*inode);
        }
        let inode = state.next_inode;
        state.next_inode += 1;
        state.inodes.insert(name.to_owned(), inode);
        state.ops.push(Op::Create { name: name.to_owned(), inode });
        // Made by somebody else since the recording began: taken to be durable, as at the beginning.
        if let Some(bytes) = was_there {
            state.ops.push(Op::Write { inode, offset: 0, bytes: bytes.into() });
            state.ops.push(Op::Sync { inode });
        }
        Ok(inode)
    }

    pub(crate) fn delete(&self, name: PathBuf, synced: bool, through: impl FnOnce() -> c_int) -> c_int {
        let mut state = self.lock();
        match state.call(Call::Delete) {
            Some(Failure::Io) => return ffi::SQLITE_IOERR_DELETE,
            Some(Failure::Full) => return ffi::SQLITE_FULL,
            None => {}
        }
        let code = through();
        if code == ffi::SQLITE_IOERR_DELETE_NOENT {
            return code;
        }
        state.inodes.remove(&name);
        state.done(code, Op::Delete { name, synced })
    }

    pub(crate) fn read(&self, through: impl FnOnce() -> c_int) -> c_int {
        match self.lock().call(Call::Read) {
            Some(Failure::Io) => ffi::SQLITE_IOERR_READ,
            Some(Failure::Full) => ffi::SQLITE_FULL,
            None => through(),
        }
    }

    pub(crate) fn write(
        &self,
        inode: Inode,
        offset: usize,
        bytes: &[u8],
        through: impl FnOnce(&[u8]) -> c_int,
    ) -> c_int {
        let mut state = self.lock();
        let (bytes, answer) = match state.call(Call::Write) {
            Some(Failure::Io) => return ffi::SQLITE_IOERR_WRITE,
            Some(Failure::Full) => (bytes.get(..bytes.len() / 2).unwrap_or_default(), ffi::SQLITE_FULL),
            None => (bytes, ffi::SQLITE_OK),
        };
        let code = state.done_write(inode, offset, bytes, through);
        if code == ffi::SQLITE_OK { answer } else { code }
    }

    pub(crate) fn truncate(&self, inode: Inode, size: usize, through: impl FnOnce() -> c_int) -> c_int {
        let mut state = self.lock();
        match state.call(Call::Truncate) {
            Some(Failure::Io) => return ffi::SQLITE_IOERR_TRUNCATE,
            Some(Failure::Full) => return ffi::SQLITE_FULL,
            None => {}
        }
        let code = through();
        state.done(code, Op::Truncate { inode, size })
    }

    pub(crate) fn sync(&self, inode: Inode, through: impl FnOnce() -> c_int) -> c_int {
        let mut state = self.lock();
        let code = match state.call(Call::Sync) {
            Some(Failure::Io) => ffi::SQLITE_IOERR_FSYNC,
            Some(Failure::Full) => ffi::SQLITE_FULL,
            None => {
                let code = through();
                return state.done(code, Op::Sync { inode });
            }
        };
        state.ops.push(Op::SyncFailed { inode });
        code
    }
}

impl State {
    fn done_write(&mut self, inode: Inode, offset: usize, bytes: &[u8], through: impl FnOnce(&[u8]) -> c_int) -> c_int {
        if bytes.is_empty() {
            return ffi::SQLITE_OK;
        }
        let code = through(bytes);
        self.done(code, Op::Write { inode, offset, bytes: bytes.into() })
    }
}
