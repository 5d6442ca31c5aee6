//! What can go wrong in the harness itself (not in what it tests).

use std::path::PathBuf;

/// A fault of the harness or its surroundings.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the watched directory or of an image could not be read or written.
    #[error("cannot use `{path}`: {source}; give the harness a writable directory")]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// SQLite would not take the VFS.
    #[error("SQLite refused the recording VFS with code `{0}`; it must be installed before other databases are opened")]
    Install(i32),
    /// A statement of the workload failed where it must not.
    #[error("the workload failed: {0}")]
    Sql(#[from] rusqlite::Error),
    /// The store failed where it must not.
    #[error("the store failed: {0}")]
    Store(#[from] store::Error),
    /// The product did not answer as it must.
    #[error("the server failed: {0}")]
    Server(#[from] wire::Error),
    /// The harness did not do what it was asked: a wrong argument, a child that would not run.
    #[error("{0}")]
    Harness(String),
}

impl Error {
    /// An I/O error with the path it was about.
    pub fn at(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
