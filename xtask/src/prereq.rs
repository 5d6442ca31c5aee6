//! What the machine must have before anything can be built: Rust, Node, a C toolchain and perl.

use crate::cmd;
use crate::error::{Error, Result};

/// The oldest Node that the assets build on.
const NODE: u32 = 20;

/// What builds need: the tool and what to install. SQLCipher's OpenSSL is configured by perl and built by make.
const TOOLS: &[(&str, &str)] = &[
    ("cargo", "Rust 1.95 or newer with rustup"),
    ("node", "Node.js 20 or newer (Debian: `apt-get install nodejs npm`)"),
    ("npm", "npm (Debian: `apt-get install npm`)"),
    ("cc", "a C compiler (Debian: `apt-get install build-essential`)"),
    ("make", "make (Debian: `apt-get install build-essential`)"),
    ("perl", "perl (Debian: `apt-get install perl`)"),
];

/// Names the first missing prerequisite in one line.
pub(crate) fn check() -> Result<()> {
    for (tool, install) in TOOLS {
        if cmd::which(tool).is_none() {
            return Err(missing(format!("`{tool}` is not on the PATH"), install));
        }
    }
    let version = cmd::output(cmd::command("node").arg("--version"))?;
    match major(&version) {
        Some(major) if major >= NODE => Ok(()),
        _ => Err(missing(format!("`node` is {}", version.trim()), "Node.js 20 or newer")),
    }
}

fn missing(tool: String, install: &str) -> Error {
    Error::Missing { tool, install: install.to_owned() }
}

/// The major number of `v20.1.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_number_of_node_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v9.1.0"), Some(9));
        assert_eq!(major("20.1.0"), None);
    }
}
