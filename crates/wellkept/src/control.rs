//! The control socket: how commands reach a practice while its server has the data directory.
//!
//! A Unix socket in the data directory, mode 0600. The server answers nobody but the user of the machine that it runs as,
//! which the kernel tells it; that user could open the files as well. One request a connection: a line of JSON there, a line
//! of JSON back.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as Client;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::db::Schema;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

use crate::exit::{Exit, Failure};
use crate::work::Ask;

/// The socket's name in the data directory.
const NAME: &str = "wellkept.sock";
/// The longest path that an address of a Unix socket carries on every system, in bytes.
const LONGEST: usize = 100;
/// Bytes of the longest request.
const REQUEST: u64 = 64 * 1024;
/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Serialize, Deserialize)]
struct Request {
    practice: String,
    ask: Ask,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Done(Value),
    /// The command line makes no sense to the server.
    Usage(String),
    Failed(String),
}

impl Answer {
    fn of(done: Result<Value, Failure>) -> Self {
        match done {
            Ok(value) => Self::Done(value),
            Err(failure) if failure.exit() == Exit::Usage => Self::Usage(failure.to_string()),
            Err(failure) => Self::Failed(failure.to_string()),
        }
    }
}

/// Does what is asked of the server's practice.
pub(crate) type Work = Arc<dyn Fn(&Ask) -> Result<Value, Failure> + Send + Sync>;

/// The path of the socket as an address can carry it. The folder stays open as long as the path is used.
fn address(data: &Path) -> std::io::Result<(PathBuf, Option<File>)> {
    let plain = data.join(NAME);
    if plain.as_os_str().len() <= LONGEST {
        return Ok((plain, None));
    }
    let folder = File::open(data)?;
    Ok((PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(NAME), Some(folder)))
}

/// The server's end. Dropping it takes the socket away.
pub(crate) struct Control(PathBuf);

impl Drop for Control {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Control {
    /// Answers on the socket as long as the runtime lives. The caller holds the lock of the data directory, so a socket that
    /// is there was left by a process that died.
    pub(crate) fn open(
        runtime: &tokio::runtime::Handle,
        data: &Path,
        practice: &Schema,
        work: Work,
    ) -> Result<Self, Failure> {
        let path = data.join(NAME);
        let failed = |e| Failure::file(&path, e);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
        let (address, _folder) = address(data).map_err(failed)?;
        let _inside = runtime.enter();
        let listener = UnixListener::bind(address).map_err(failed)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
        let me = fs::metadata(&path).map_err(failed)?.uid();
        let practice = practice.as_str().to_owned();
        runtime.spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                // Between the bind and the change of its mode anybody could have connected, so the mode alone is no guard.
                if stream.peer_cred().is_ok_and(|peer| peer.uid() == me) {
                    tokio::spawn(answer(stream, practice.clone(), Arc::clone(&work)));
                }
            }
        });
        Ok(Self(path))
    }
}

async fn answer(stream: UnixStream, practice: String, work: Work) {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    let mut reader = tokio::io::BufReader::new(reader.take(REQUEST));
    if !matches!(tokio::time::timeout(PATIENCE, reader.read_line(&mut line)).await, Ok(Ok(_))) {
        return;
    }
    let done = tokio::task::spawn_blocking(move || {
        let request: Request = serde_json::from_str(&line)
            .map_err(|e| Failure::Usage(format!("the server does not understand the command: {e}")))?;
        if request.practice != practice {
            let asked = request.practice;
            return Err(Failure::Usage(format!("the server that runs here serves `{practice}` and not `{asked}`")));
        }
        work(&request.ask)
    });
    let answer = Answer::of(done.await.unwrap_or_else(|e| Err(Failure::other(e))));
    let mut text = serde_json::to_vec(&answer).unwrap_or_default();
    text.push(b'\n');
    // Who hung up does not want the answer.
    let _ = writer.write_all(&text).await;
}

/// Asks the server that has this data directory; `None` when no server runs.
pub(crate) fn ask(data: &Path, practice: &Schema, ask: &Ask) -> Result<Option<Value>, Failure> {
    let failed = |e| Failure::file(data.join(NAME), e);
    let opened = address(data).and_then(|(address, _folder)| Client::connect(address));
    let mut stream = match opened {
        Ok(stream) => stream,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => return Ok(None),
        Err(e) => return Err(failed(e)),
    };
    let request = Request { practice: practice.as_str().to_owned(), ask: ask.clone() };
    let mut text = serde_json::to_vec(&request).map_err(Failure::other)?;
    text.push(b'\n');
    stream.write_all(&text).map_err(failed)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).map_err(failed)?;
    match serde_json::from_str(&line) {
        Ok(Answer::Done(value)) => Ok(Some(value)),
        Ok(Answer::Usage(words)) => Err(Failure::Usage(words)),
        Ok(Answer::Failed(words)) => Err(Failure::Other(words)),
        Err(_) => Err(Failure::other("the running server did not answer: look at its log")),
    }
}
