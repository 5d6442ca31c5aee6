//! A practice for crash tests: made once, copied whole for each trial, its key beside and never inside the data.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crashfs::{Error, Rng};
use domain::{Clock, Entropy, Instant};
use store::db::Schema;
use store::keys::Kek;
use store::{Engine, Options, Store};
use tempfile::TempDir;

/// The practice's folder in its data directory.
const NAME: &str = "crash";

/// The machine's clock.
struct Machine;

impl Clock for Machine {
    #[expect(
        clippy::disallowed_methods,
        reason = "a harness is a program of its own and has to read the clock somewhere"
    )]
    fn now(&self) -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// Different bytes each time, and in each process; not secret, which a crash test need not be.
struct Drawn(Mutex<Rng>);

impl Entropy for Drawn {
    fn fill(&self, bytes: &mut [u8]) {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            let drawn = rng.next_u64().to_le_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
    }
}

/// How to open the practice in `data`; `seed` must differ between processes and trials that share a practice.
pub(crate) fn options(data: &Path, kek: &Path, vfs: Option<&str>, seed: u64) -> Result<Options, Error> {
    Ok(options_of(data, Schema::parse(NAME)?, kek, vfs, seed))
}

/// The same for a practice of another name.
pub(crate) fn options_of(data: &Path, practice: Schema, kek: &Path, vfs: Option<&str>, seed: u64) -> Options {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let seed = seed ^ NEXT.fetch_add(0x0100_0001, Ordering::Relaxed).rotate_left(32);
    Options {
        data: data.to_owned(),
        practice,
        engine: Engine::Sqlite { cache_kib: 8192 },
        kek: Kek::File(kek.to_owned()),
        clock: Arc::new(Machine),
        entropy: Arc::new(Drawn(Mutex::new(Rng::new(seed)))),
        observer: None,
        vfs: vfs.map(str::to_owned),
    }
}

/// An empty practice, kept in memory so that each trial starts from the same files.
pub(crate) struct Template {
    folder: TempDir,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Template {
    /// Makes the practice and closes it.
    pub(crate) fn new(seed: u64) -> Result<Self, Error> {
        let folder = scratch()?;
        let data = folder.path().join("data");
        fs::create_dir_all(&data).map_err(Error::at(&data))?;
        let kek = folder.path().join("keys/crash.kek");
        Kek::create_file(&kek, &Drawn(Mutex::new(Rng::new(seed))))?;
        drop(Store::create(options(&data, &kek, None, seed)?)?);
        let home = data.join(NAME);
        let mut files = Vec::new();
        for entry in fs::read_dir(&home).map_err(Error::at(&home))? {
            let path = entry.map_err(Error::at(&home))?.path();
            if let Some(name) = path.file_name() {
                files.push((PathBuf::from(name), fs::read(&path).map_err(Error::at(&path))?));
            }
        }
        Ok(Self { folder, files })
    }

    /// The wrapping key's file.
    pub(crate) fn kek(&self) -> PathBuf {
        self.folder.path().join("keys/crash.kek")
    }

    /// Copies the practice into the data directory `data`, which is made; returns the practice's folder.
    pub(crate) fn place(&self, data: &Path) -> Result<PathBuf, Error> {
        let folder = folder(data);
        fs::create_dir_all(&folder).map_err(Error::at(&folder))?;
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            fs::write(&path, bytes).map_err(Error::at(&path))?;
        }
        Ok(folder)
    }
}

/// The practice's folder in `data`.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join(NAME)
}

/// A directory in memory where there is one: power cuts are simulated, so the disk below need not be slow.
pub(crate) fn scratch() -> Result<TempDir, Error> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).map_err(Error::at("a temporary directory"))
}

/// Copies a directory with everything in it; `to` is there already.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(from).map_err(Error::at(from))? {
        let path = entry.map_err(Error::at(from))?.path();
        let Some(name) = path.file_name() else { continue };
        let target = to.join(name);
        if path.is_dir() {
            fs::create_dir_all(&target).map_err(Error::at(&target))?;
            // Keys are refused where others may read them.
            let mode = fs::metadata(&path).map_err(Error::at(&path))?.permissions();
            fs::set_permissions(&target, mode).map_err(Error::at(&target))?;
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(Error::at(&target))?;
        }
    }
    Ok(())
}
