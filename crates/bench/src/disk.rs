//! What this disk can do: flushes of a page a second, one after the other.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::figures::rate;

/// One page, as the database writes.
const PAGE: [u8; 4096] = [0x5a; 4096];
/// The file goes round after so many pages, so that it does not grow while it is measured.
const PAGES: u64 = 64;

/// `fdatasync` of one page a second, over `time`.
pub(crate) fn flushes(dir: &Path, time: Duration) -> Result<f64> {
    let path = dir.join("flushes");
    let file = File::options().create(true).truncate(true).write(true).open(&path).map_err(Error::file(&path))?;
    let write = |n: u64| file.write_all_at(&PAGE, (n % PAGES) * 4096).map_err(Error::file(&path));
    (0..PAGES).try_for_each(write)?;
    file.sync_all().map_err(Error::file(&path))?;
    let began = Instant::now();
    let mut n = 0;
    while began.elapsed() < time {
        write(n)?;
        file.sync_data().map_err(Error::file(&path))?;
        n += 1;
    }
    Ok(rate(n, began.elapsed()))
}
