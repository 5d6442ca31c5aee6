//! The shim itself: SQLite's default VFS with a tap on the files of watched directories.
//!
//! Files elsewhere, and temporary ones, are opened by the default VFS as if the shim were not there.

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use crate::error::Error;
use crate::log::Inode;
use crate::recorder::Tap;

/// Recordings that run now.
static WATCHED: RwLock<Vec<Arc<Tap>>> = RwLock::new(Vec::new());

/// The VFS below, or the code SQLite refused the shim with.
static BELOW: OnceLock<Result<Below, c_int>> = OnceLock::new();

/// The default VFS as it was before the shim.
struct Below(*mut sqlite3_vfs);

// SAFETY: the pointer is to SQLite's own VFS, which lives as long as the process, is never written to after start-up, and
// whose methods SQLite itself calls from any thread.
unsafe impl Send for Below {}
// SAFETY: as above; the shim only reads through it.
unsafe impl Sync for Below {}

/// The shim's file. SQLite allocates `szOsFile` bytes for it; the file of the VFS below lies behind it.
#[repr(C)]
struct File {
    base: sqlite3_file,
    open: *mut Open,
}

/// What the shim knows of an open file.
struct Open {
    tap: Arc<Tap>,
    inode: Inode,
}

/// Where the file of the VFS below begins: SQLite aligns to eight bytes, and so does it.
const BELOW_AT: usize = size_of::<File>().next_multiple_of(8);

/// Starts to tap the files of a recording.
pub(crate) fn watch(tap: &Arc<Tap>) -> Result<(), Error> {
    if let Err(code) = BELOW.get_or_init(install) {
        return Err(Error::Install(*code));
    }
    WATCHED.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(tap));
    Ok(())
}

/// Opens no more files for a recording; those that are open still reach it.
pub(crate) fn forget(tap: &Arc<Tap>) {
    WATCHED.write().unwrap_or_else(PoisonError::into_inner).retain(|other| !Arc::ptr_eq(other, tap));
}

fn install() -> Result<Below, c_int> {
    // SAFETY: `sqlite3_initialize` may be called at any time, from any thread.
    let code = unsafe { ffi::sqlite3_initialize() };
    if code != ffi::SQLITE_OK {
        return Err(code);
    }
    // SAFETY: SQLite is initialised; NULL asks for the default VFS.
    let below = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
    if below.is_null() {
        return Err(ffi::SQLITE_ERROR);
    }
    // The rest of the methods are the ones below: they take what they need from their arguments and from `pAppData`,
    // which is copied too, and not from the address of the VFS.
    // SAFETY: not null, and SQLite keeps a registered VFS readable for as long as the process lives.
    let mut shim = unsafe { *below };
    shim.szOsFile += c_int::try_from(BELOW_AT).map_err(|_| ffi::SQLITE_ERROR)?;
    shim.pNext = std::ptr::null_mut();
    shim.zName = c"crashfs".as_ptr();
    shim.xOpen = Some(x_open);
    shim.xDelete = Some(x_delete);
    let shim = Box::leak(Box::new(shim));
    // SAFETY: the shim is leaked, so it lives as long as SQLite may call it, and all its methods are set.
    let code = unsafe { ffi::sqlite3_vfs_register(shim, 1) };
    if code == ffi::SQLITE_OK { Ok(Below(below)) } else { Err(code) }
}

fn below() -> Option<*mut sqlite3_vfs> {
    // `wait`: another thread may open a database between the shim's registration and the end of `install`.
    BELOW.wait().as_ref().ok().map(|below| below.0)
}

/// The recording that a file belongs to, and its name there.
fn tapped(path: &Path) -> Option<(Arc<Tap>, PathBuf)> {
    let watched = WATCHED.read().unwrap_or_else(PoisonError::into_inner);
    watched.iter().find_map(|tap| tap.name(path).map(|name| (Arc::clone(tap), name)))
}

/// # Safety
/// `name` is null or a NUL-terminated string that outlives the result.
unsafe fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: not null, and NUL-terminated by the caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())))
}

unsafe extern "C" fn x_open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let Some(vfs) = below() else { return ffi::SQLITE_CANTOPEN };
    // SAFETY: `vfs` is SQLite's own VFS, see `Below`.
    let Some(open) = (unsafe { (*vfs).xOpen }) else { return ffi::SQLITE_CANTOPEN };
    // SAFETY: SQLite passes null or a NUL-terminated name that stays until the file is closed.
    let Some((tap, name_there)) = unsafe { path(name) }.and_then(tapped) else {
        // SAFETY: SQLite's own arguments; `file` has room for more than the VFS below asks for.
        return unsafe { open(vfs, name, file, flags, out) };
    };
    // SAFETY: `file` points to `szOsFile` writable bytes, of which the shim's part is the first `BELOW_AT`. No methods
    // means: not open, do not close.
    unsafe { (*file).pMethods = std::ptr::null() };
    // SAFETY: the part behind `BELOW_AT` is as large as the VFS below asks for.
    let inner = unsafe { file.byte_add(BELOW_AT) };
    // SAFETY: as SQLite would call it, with the file that is the lower VFS's own.
    let opened = tap.open(&name_there, || unsafe { open(vfs, name, inner, flags, out) });
    match opened {
        Err(code) => code,
        Ok(inode) => {
            let this = file.cast::<File>();
            // SAFETY: `file` has room for `File` and is ours to fill; `x_close` takes the box back.
            unsafe {
                (*this).open = Box::into_raw(Box::new(Open { tap, inode }));
                (*this).base.pMethods = &raw const METHODS;
            }
            ffi::SQLITE_OK
        }
    }
}

unsafe extern "C" fn x_delete(_: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    let Some(vfs) = below() else { return ffi::SQLITE_IOERR_DELETE };
    // SAFETY: `vfs` is SQLite's own VFS, see `Below`.
    let Some(delete) = (unsafe { (*vfs).xDelete }) else { return ffi::SQLITE_IOERR_DELETE };
    // SAFETY: SQLite's own arguments.
    let through = || unsafe { delete(vfs, name, sync) };
    // SAFETY: SQLite passes a NUL-terminated name.
    match unsafe { path(name) }.and_then(tapped) {
        Some((tap, name)) => tap.delete(name, sync != 0, through),
        None => through(),
    }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Version 2: no memory-mapped pages, which could change without a write.
    iVersion: 2,
    xClose: Some(x_close),
    xRead: Some(x_read),
    xWrite: Some(x_write),
    xTruncate: Some(x_truncate),
    xSync: Some(x_sync),
    xFileSize: Some(x_file_size),
    xLock: Some(x_lock),
    xUnlock: Some(x_unlock),
    xCheckReservedLock: Some(x_check_reserved_lock),
    xFileControl: Some(x_file_control),
    xSectorSize: Some(x_sector_size),
    xDeviceCharacteristics: Some(x_device_characteristics),
    xShmMap: Some(x_shm_map),
    xShmLock: Some(x_shm_lock),
    xShmBarrier: Some(x_shm_barrier),
    xShmUnmap: Some(x_shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The file of the VFS below.
///
/// # Safety
/// `file` was filled in by [`x_open`].
unsafe fn inner(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: `x_open` put it there.
    unsafe { file.byte_add(BELOW_AT) }
}

/// What the shim knows of the file.
///
/// # Safety
/// `file` was filled in by [`x_open`] and is not closed while the result lives.
unsafe fn open<'a>(file: *mut sqlite3_file) -> &'a Open {
    // SAFETY: `x_open` set it to a box that only `x_close` takes back.
    unsafe { &*(*file.cast::<File>()).open }
}

/// Calls a method of the file below.
macro_rules! call {
    ($file:expr, $method:ident $(, $arg:expr)*) => {{
        // SAFETY: SQLite calls a file's methods only between `xOpen` and `xClose`, so `x_open` filled the file in and the
        // methods of the file below are set; the arguments are SQLite's own.
        unsafe {
            let inner = inner($file);
            (*(*inner).pMethods).$method.map_or(ffi::SQLITE_IOERR, |method| method(inner $(, $arg)*))
        }
    }};
}

/// A method that is the one below.
macro_rules! forward {
    ($($name:ident = $method:ident($($arg:ident: $type:ty),*);)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $arg: $type)*) -> c_int {
            call!(file, $method $(, $arg)*)
        }
    )*};
}

forward! {
    x_file_size = xFileSize(size: *mut sqlite3_int64);
    x_lock = xLock(level: c_int);
    x_unlock = xUnlock(level: c_int);
    x_check_reserved_lock = xCheckReservedLock(out: *mut c_int);
    x_sector_size = xSectorSize();
    x_shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void);
    x_shm_lock = xShmLock(offset: c_int, n: c_int, flags: c_int);
    x_shm_unmap = xShmUnmap(delete: c_int);
}

unsafe extern "C" fn x_shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: as in `call!`; this method alone returns nothing.
    unsafe {
        let inner = inner(file);
        if let Some(barrier) = (*(*inner).pMethods).xShmBarrier {
            barrier(inner);
        }
    }
}

unsafe extern "C" fn x_close(file: *mut sqlite3_file) -> c_int {
    let code = call!(file, xClose);
    // SAFETY: `x_open` made the box; SQLite closes a file once and does not use it again.
    unsafe { drop(Box::from_raw((*file.cast::<File>()).open)) };
    code
}

unsafe extern "C" fn x_read(file: *mut sqlite3_file, to: *mut c_void, n: c_int, at: sqlite3_int64) -> c_int {
    // SAFETY: SQLite calls it between `xOpen` and `xClose`.
    unsafe { open(file) }.tap.read(|| call!(file, xRead, to, n, at))
}

unsafe extern "C" fn x_write(file: *mut sqlite3_file, from: *const c_void, n: c_int, at: sqlite3_int64) -> c_int {
    let (Ok(n), Ok(offset)) = (usize::try_from(n), usize::try_from(at)) else { return ffi::SQLITE_IOERR_WRITE };
    // SAFETY: SQLite calls it between `xOpen` and `xClose`, with `n` readable bytes at `from`.
    let (open, bytes) = unsafe { (open(file), std::slice::from_raw_parts(from.cast::<u8>(), n)) };
    open.tap.write(open.inode, offset, bytes, |bytes| match c_int::try_from(bytes.len()) {
        Ok(n) => call!(file, xWrite, bytes.as_ptr().cast(), n, at),
        Err(_) => ffi::SQLITE_IOERR_WRITE,
    })
}

unsafe extern "C" fn x_truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    let Ok(bytes) = usize::try_from(size) else { return ffi::SQLITE_IOERR_TRUNCATE };
    // SAFETY: SQLite calls it between `xOpen` and `xClose`.
    let open = unsafe { open(file) };
    open.tap.truncate(open.inode, bytes, || call!(file, xTruncate, size))
}

unsafe extern "C" fn x_sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite calls it between `xOpen` and `xClose`.
    let open = unsafe { open(file) };
    open.tap.sync(open.inode, || call!(file, xSync, flags))
}

unsafe extern "C" fn x_file_control(file: *mut sqlite3_file, op: c_int, arg: *mut c_void) -> c_int {
    match op {
        // Both would let the VFS below grow the file unseen.
        ffi::SQLITE_FCNTL_SIZE_HINT | ffi::SQLITE_FCNTL_CHUNK_SIZE => ffi::SQLITE_OK,
        _ => call!(file, xFileControl, op, arg),
    }
}

unsafe extern "C" fn x_device_characteristics(file: *mut sqlite3_file) -> c_int {
    // A write leaves its neighbours in the sector alone, as the model has it; nothing more is promised.
    call!(file, xDeviceCharacteristics) & (ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE | ffi::SQLITE_IOCAP_SUBPAGE_READ)
}
