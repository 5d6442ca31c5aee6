//! What can go wrong in a chore, said so that the reader knows the next move.

use std::fmt;
use std::io;

/// The result of a chore.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// One enum for the whole crate. Messages are lower case and name what to do.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line makes no sense.
    Usage(String),
    /// A tool that the machine must have is missing or too old.
    Missing {
        /// The tool, and what is wrong with it.
        tool: String,
        /// What to install.
        install: String,
    },
    /// A program that we started ended badly.
    Program {
        /// Its command line.
        line: String,
        /// How it ended.
        how: String,
    },
    /// The operating system refused.
    Io {
        /// What we were doing, as "reading `x`".
        doing: String,
        /// What it said.
        source: io::Error,
    },
    /// Something else is not as it must be.
    Wrong(String),
    /// The reasons are on the screen already.
    Reported,
}

impl Error {
    /// For `map_err`: an I/O error with what we were doing.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Wrong(text) => f.write_str(text),
            Self::Missing { tool, install } => write!(f, "missing prerequisite: {tool}; install {install}"),
            Self::Program { line, how } => write!(f, "`{line}` {how}"),
            Self::Io { doing, source } => write!(f, "{doing}: {source}"),
            Self::Reported => f.write_str("failed; the reasons are above"),
        }
    }
}
