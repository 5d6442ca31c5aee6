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

/// Compares the file systems of the key and the data.
pub(in crate::compliance) fn judge(kind: &str, key: &Path, data: &Path) -> Finding {
    let device = |path: &Path| std::fs::metadata(path).map(|m| m.dev()).ok();
    let found = match (device(key), device(data)) {
        (Some(key), Some(data)) if key != data => {
            Finding::pass("the wrapping key comes from another file system than the data")
        }
        (Some(_), Some(_)) => Finding::fail(format!(
            "the wrapping key ({kind}) lies on the data's own file system, so whoever takes the disk or its backup takes both"
        )),
        _ => Finding::unknown(
            "the wrapping key or the data cannot be found any more, so their places cannot be compared",
        ),
    };
    found.with("kind", kind)
}
