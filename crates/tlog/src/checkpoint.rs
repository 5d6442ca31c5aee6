//! Checkpoints (C2SP `tlog-checkpoint`): what a log says of itself, and signs.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::hash::Hash;

/// The text of a checkpoint: the log, its size, its root. Displays and parses as the text that a
/// [`Note`](crate::Note) signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, unique in the world and without a scheme, such as `practice.example/audit`.
    pub origin: String,
    /// Leaves in the log.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Further lines, each one not empty. C2SP advises against them.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    pub fn new(origin: impl Into<String>, size: u64, root: Hash) -> Self {
        Self { origin: origin.into(), size, root, extensions: Vec::new() }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root.to_base64())?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = Error;

    /// Reads the text of a checkpoint, without its signatures. [`Error::Malformed`] for anything but the one right
    /// spelling.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = |why| Error::malformed("checkpoint", text, why);
        let body = text.strip_suffix('\n').ok_or_else(|| bad("it does not end with a newline"))?;
        let mut lines = body.split('\n');
        let mut next = |why| lines.next().filter(|line| !line.is_empty()).ok_or_else(|| bad(why));
        let origin = next("it has no origin line")?;
        let size = next("it has no size line")?;
        let root = next("it has no root line")?;
        let number: u64 = size.parse().map_err(|_| bad("its size is not a number"))?;
        if number.to_string() != size {
            return Err(bad("its size is not plain decimal"));
        }
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(bad("it has an empty extension line"));
        }
        Ok(Self { origin: origin.to_owned(), size: number, root: Hash::from_base64(root)?, extensions })
    }
}
