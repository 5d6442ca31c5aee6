//! How commands end. The numbers are documented in docs/cli.md and stay.

use std::path::PathBuf;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and the answer is yes.
    Yes,
    /// Done, and the answer is no: faults, failing checks.
    No,
    /// The command line makes no sense, or an input cannot be read.
    Usage,
    /// It could not be done.
    Failed,
}

impl Exit {
    /// The process's exit code.
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Failed => 3,
        })
    }

    /// Yes or no.
    pub(crate) fn answer(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Why a command did not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Something about the command line or the configuration.
    #[error("{0}")]
    Usage(String),
    /// A file.
    #[error("`{path}`: {why}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        why: std::io::Error,
    },
    /// The practice's store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A use case.
    #[error(transparent)]
    App(#[from] app::Error),
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    pub(crate) fn exit(&self) -> Exit {
        if matches!(self, Self::Usage(_)) { Exit::Usage } else { Exit::Failed }
    }

    pub(crate) fn file(path: impl Into<PathBuf>, why: std::io::Error) -> Self {
        Self::File { path: path.into(), why }
    }

    pub(crate) fn other(why: impl std::fmt::Display) -> Self {
        Self::Other(why.to_string())
    }
}
