//! What can go wrong while measuring.

use std::path::{Path, PathBuf};

/// The result of a measurement.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// A measurement that could not be made. No figure is better than a wrong one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line.
    #[error("give --out FILE, where the figures go, and perhaps --cold-build SECONDS, --seconds N, --patients N")]
    Usage,
    /// The store.
    #[error("the store failed: {0}")]
    Store(#[from] store::Error),
    /// The use cases.
    #[error("the practice failed: {0}")]
    App(#[from] app::Error),
    /// The server did not answer as it must.
    #[error("the server failed: {0}")]
    Wire(#[from] wire::Error),
    /// A file or a program.
    #[error("`{path}` cannot be used: {why}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        why: std::io::Error,
    },
    /// Something the measurement rests on is not so.
    #[error("{0}")]
    Wrong(String),
}

impl Error {
    /// An I/O error with the path it was about.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |why| Self::File { path, why }
    }

    /// Anything else, in its own words.
    pub(crate) fn wrong(why: impl std::fmt::Display) -> Self {
        Self::Wrong(why.to_string())
    }
}
