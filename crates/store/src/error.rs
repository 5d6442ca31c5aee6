//! What can go wrong below the use cases, in words that an operator can act on.

use std::path::PathBuf;

use domain::id::PatientId;

/// The result of a store operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A store error. Messages never carry column values: those may be ePHI.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row does not decode: it was changed by something that is not this program, or by a bug of it.
    #[error(
        "row `{row}` of table `{table}` is damaged in column `{column}`: restore it from its last version or from a backup"
    )]
    CorruptRow {
        /// The table.
        table: String,
        /// The row's id, or `?`.
        row: String,
        /// The column.
        column: String,
    },
    /// A page of the file fails its check, or the file is no database.
    #[error("the database file is damaged or the key does not fit it ({0}): stop, keep the file, and restore a backup")]
    Damaged(String),
    /// No room to write. Nothing acknowledged is lost; the write that got this error did not happen.
    #[error("the disk is full, so nothing was saved: free some space and try again")]
    DiskFull,
    /// The engine could not be reached or went away in the middle.
    #[error("the database cannot be reached ({0}): nothing was saved; try again in a moment")]
    Unavailable(String),
    /// The connection broke while the engine was told to commit: it may have, or not.
    #[error(
        "the connection to the database broke while it saved ({0}): it may have been saved, so look before you repeat it"
    )]
    Unsure(String),
    /// Another transaction wrote what this one had read, again and again.
    #[error("too many others wrote the same records at once: nothing was saved; try again")]
    Race,
    /// A rule of the schema (unique, foreign key, check) refused the write.
    #[error("the database refused the change: {0}")]
    Constraint(String),
    /// Somebody else changed the record since it was read.
    #[error("this {0} was changed by somebody else in the meantime: reload, look at the change, and repeat yours")]
    Stale(&'static str),
    /// No such row, or none that the grant covers.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A text with a NUL character, which PostgreSQL cannot hold.
    #[error("a text holds a NUL character: remove it")]
    Nul,
    /// The engine refused a statement: a bug of ours.
    #[error("statement at {at} failed: {why}")]
    Statement {
        /// File and line of the statement.
        at: String,
        /// The engine's words.
        why: String,
    },
    /// A migration that was applied differs from the one in this program.
    #[error(
        "migration {version} in the database is not the one this program knows: use the program version that made it"
    )]
    Migration {
        /// The migration's number.
        version: i64,
    },
    /// The database was made by a newer program.
    #[error("the database is at schema {found}, and this program knows {known}: start a newer program")]
    TooNew {
        /// Schema found.
        found: i64,
        /// Newest schema known.
        known: i64,
    },
    /// A key is missing, unreadable, too readable, or in the wrong place.
    #[error("{0}")]
    Key(String),
    /// The audit log does not fit itself.
    #[error("the audit log is damaged: {0}")]
    Log(String),
    /// The writer is gone: the process is stopping.
    #[error("the server is stopping: nothing was saved")]
    Stopping,
    /// A closure panicked; its transaction was undone.
    #[error("the operation `{0}` failed inside and was undone")]
    Panicked(&'static str),
    /// A file could not be read or written.
    #[error("`{path}`: {why}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// A file holds records of these people, which are closed to whoever asks. The message names nobody.
    #[error("this file holds records that are not open to you: ask the privacy official")]
    Closed(Vec<PatientId>),
    /// A rule of the domain, found inside a transaction.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// Wraps an input or output error with its path.
    pub fn file(path: impl Into<PathBuf>, why: &std::io::Error) -> Self {
        if why.kind() == std::io::ErrorKind::StorageFull {
            return Self::DiskFull;
        }
        Self::File { path: path.into(), why: why.to_string() }
    }
}
