//! Starting other programs, and finding things in the tree.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::error::{Error, Result};

/// The top of the repository.
pub(crate) fn root() -> PathBuf {
    // Cargo sets the variable at run time too; the built-in path would be stale in a tree that was moved.
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The build directory.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The directory of referees and samples that nobody here wrote: `WELLKEPT_CONFORMANCE`, or `../shared`.
pub(crate) fn conformance_dir() -> Option<PathBuf> {
    let dir = std::env::var_os("WELLKEPT_CONFORMANCE").map_or_else(|| root().join("../shared"), PathBuf::from);
    dir.canonicalize().ok().filter(|dir| dir.is_dir())
}

/// Whether nobody is watching, so that nothing may be left out.
pub(crate) fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

/// A command that runs at the top of the tree.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The command line, for messages.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    command.get_args().fold(program, |line, arg| format!("{line} {}", arg.to_string_lossy()))
}

fn started(command: &Command) -> impl FnOnce(std::io::Error) -> Error {
    Error::io(format!("starting `{}`", line(command)))
}

fn ended(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    Err(Error::Program { line: line(command), how: format!("failed with {status}") })
}

/// Runs to the end with our own output streams.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().map_err(started(command))?;
    ended(command, status)
}

/// Runs to the end, handing each line of its output to `each` after showing it.
pub(crate) fn run_lines(command: &mut Command, mut each: impl FnMut(&str)) -> Result<()> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(started(command))?;
    if let Some(output) = child.stdout.take() {
        let mut reader = BufReader::new(output);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).map_err(Error::io("reading a program's output"))? > 0 {
            let mut out = std::io::stdout().lock();
            // A closed pipe on our side must not end the tests half way.
            let _ = out.write_all(&bytes).and_then(|()| out.flush());
            each(String::from_utf8_lossy(&bytes).trim_end());
            bytes.clear();
        }
    }
    let status = child.wait().map_err(Error::io("waiting for a program"))?;
    ended(command, status)
}

/// Runs quietly; the output when it went well.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().map_err(started(command))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let how = format!("failed with {}: {}", output.status, said.trim());
        return Err(Error::Program { line: line(command), how });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether it starts and ends well; nothing is shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Becomes the other program, so that signals and the exit code are its own. Returns only on failure.
pub(crate) fn exec(command: &mut Command) -> Error {
    use std::os::unix::process::CommandExt;
    let source = command.exec();
    Error::Io { doing: format!("starting `{}`", line(command)), source }
}

/// Where a program of this name is on the PATH.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(Error::io(format!("reading `{}`", path.display())))
}

/// Writes a file, making its directory.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(Error::io(format!("making `{}`", dir.display())))?;
    }
    std::fs::write(path, text).map_err(Error::io(format!("writing `{}`", path.display())))
}
