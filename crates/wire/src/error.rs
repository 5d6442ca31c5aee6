//! What can go wrong on the way to the product and back.

use std::path::PathBuf;

/// A conversation that did not come about.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or a program.
    #[error("`{path}` cannot be used: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        why: std::io::Error,
    },
    /// The connection ended, or the peer did not speak TLS as it should. What was asked may have happened or not.
    #[error("the connection failed: {0}")]
    Connection(#[from] std::io::Error),
    /// The answer is not HTTP as the product speaks it.
    #[error("the answer cannot be read: {0}")]
    Answer(&'static str),
    /// The product did not do what it was asked.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// An I/O error with the path it was about.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |why| Self::File { path, why }
    }
}
