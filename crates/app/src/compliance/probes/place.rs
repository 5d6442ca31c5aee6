//! V-08: whoever takes the data's disk must not have the key with it.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use domain::compliance::Finding;

use crate::compliance::ProbeEnv;
use crate::{App, Result};

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    let options = app.store.options();
    Ok(judge(options.kek.kind(), options.kek.path(), &options.data))
}

/// Compares the file systems of the key and the data, and looks who may read the key.
pub(in crate::compliance) fn judge(kind: &str, key: &Path, data: &Path) -> Finding {
    let found = match (std::fs::metadata(key), std::fs::metadata(data)) {
        (Ok(key), Ok(_)) if key.mode() & 0o077 != 0 => {
            let mode = key.mode() & 0o777;
            Finding::fail(format!("the wrapping key ({kind}) can be read by others than its owner, mode {mode:o}"))
        }
        (Ok(key), Ok(data)) if key.dev() == data.dev() => Finding::fail(format!(
            "the wrapping key ({kind}) lies on the data's own file system, so whoever takes the disk or its backup takes both"
        )),
        (Ok(_), Ok(_)) => Finding::pass("the wrapping key comes from another file system than the data"),
        _ => Finding::unknown(
            "the wrapping key or the data cannot be found any more, so their places cannot be compared",
        ),
    };
    found.with("kind", kind).over(1, 1)
}
