//! Files to a partner's folder over SSH. A file travels under a name of its own and gets its right one when it is whole, so that
//! under the right name there is the whole file or none, and whoever looks later can tell.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::delivery::Parcel;
use domain::connector::Sftp;
use domain::delivery::Ended;
use russh::client::{self, Handle};
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::StatusCode;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{runtime, within};

/// Brings a file there. An error is that the way broke when the file may have had its name already.
pub(super) fn send(
    to: &Sftp,
    secret: &[u8],
    parcel: &Parcel<'_>,
    committing: &mut dyn FnMut() -> bool,
    patience: Duration,
) -> Result<Ended, String> {
    let runtime = runtime()?;
    let places = Places::new(to, parcel.name);
    let session = match runtime.block_on(within(patience, upload(to, secret, parcel, &places))) {
        Ok(Ok(session)) => session,
        Ok(Err(ended)) => return Ok(ended),
        Err(late) => return Ok(Ended::NotArrived(late)),
    };
    // Outside of the connection's own work: what is kept here waits for a disk.
    if !committing() {
        return Ok(Ended::NotArrived(super::NOT_RECORDED.to_owned()));
    }
    let named = runtime.block_on(within(patience, async {
        let renamed = session.files.rename(&places.part, &places.whole).await;
        match renamed {
            Ok(()) => Ok(Ended::Delivered(format!("{} bytes under the name {}", parcel.size, parcel.name))),
            Err(SftpError::Status(status)) => {
                // It said no, so the file is under its first name still, or there is another under the right one.
                let _ = session.files.remove_file(&places.part).await;
                let why = format!("the partner's server did not let the file have its name: {}", status.status_code);
                Ok(Ended::Refused(why))
            }
            Err(other) => Err(format!("the connection broke while the file got its name: {other}")),
        }
    }));
    named.unwrap_or_else(Err)
}

/// Looks whether a file that may be there is there.
pub(super) fn look(to: &Sftp, secret: &[u8], parcel: &Parcel<'_>, patience: Duration) -> Result<Ended, String> {
    let places = Places::new(to, parcel.name);
    let looked = runtime()?.block_on(within(patience, async {
        let session = Session::open(to, secret).await.map_err(|ended| ended.words().to_owned())?;
        match there(&session.files, &places.whole, parcel).await? {
            There::Same => return Ok(Ended::Delivered(format!("found under the name {}", parcel.name))),
            There::Other => return Ok(Ended::Unsure(another(parcel))),
            There::Nothing => {}
        }
        match session.files.metadata(&places.part).await {
            Ok(_) => Ok(Ended::NotArrived("it never got its name at the partner's".to_owned())),
            Err(error) if is_missing(&error) => Ok(Ended::Unsure(
                "it is not in the partner's folder: the partner took it, or never got it. Ask the partner".to_owned(),
            )),
            Err(other) => Err(words(&other)),
        }
    }));
    looked.unwrap_or_else(Err)
}

/// Connects, proves both sides, opens the folder.
pub(super) fn test(to: &Sftp, secret: &[u8], patience: Duration) -> Result<String, String> {
    let tested = runtime()?.block_on(within(patience, async {
        let session = Session::open(to, secret).await.map_err(|ended| ended.words().to_owned())?;
        let folder = if to.folder.is_empty() { "." } else { &to.folder };
        match session.files.metadata(folder).await {
            Ok(found) if found.is_dir() => Ok("the server showed its key, took ours, and has the folder".to_owned()),
            Ok(_) => Err(format!("the server took our key, and `{folder}` is no folder there")),
            Err(error) => Err(format!("the server took our key, and `{folder}` cannot be opened: {}", words(&error))),
        }
    }));
    tested.unwrap_or_else(Err)
}

/// Brings the bytes under the first name. What was refused or broke here has not arrived.
async fn upload(to: &Sftp, secret: &[u8], parcel: &Parcel<'_>, places: &Places) -> Result<Session, Ended> {
    let session = Session::open(to, secret).await?;
    let files = &session.files;
    // A copy of the practice that was put back knows less than the partner does.
    match there(files, &places.whole, parcel).await.map_err(Ended::NotArrived)? {
        There::Same => return Err(Ended::Delivered(format!("was there already under the name {}", parcel.name))),
        There::Other => return Err(Ended::Refused(another(parcel))),
        There::Nothing => {}
    }
    let mut file = files.create(&places.part).await.map_err(|e| not_written(&e))?;
    let broken = |e: std::io::Error| Ended::NotArrived(format!("the connection broke on the way: {e}"));
    file.write_all(parcel.bytes).await.map_err(broken)?;
    file.shutdown().await.map_err(broken)?;
    let size = files.metadata(&places.part).await.map_err(|e| Ended::NotArrived(words(&e)))?.len();
    if size != parcel.size {
        return Err(Ended::NotArrived(format!("the partner's server kept {size} of {} bytes", parcel.size)));
    }
    Ok(session)
}

/// The two names of a file there.
struct Places {
    part: String,
    whole: String,
}

impl Places {
    fn new(to: &Sftp, name: &str) -> Self {
        let in_folder = |name: &str| match to.folder.as_str() {
            "" => name.to_owned(),
            "/" => format!("/{name}"),
            folder => format!("{folder}/{name}"),
        };
        Self { part: in_folder(&format!(".{name}.part")), whole: in_folder(name) }
    }
}

enum There {
    Same,
    Other,
    Nothing,
}

/// What is under a name. Its bytes are read back where the partner lets us; where not, the size has to do, under a name that holds
/// a part of the digest.
async fn there(files: &SftpSession, path: &str, parcel: &Parcel<'_>) -> Result<There, String> {
    let size = match files.metadata(path).await {
        Ok(found) => found.len(),
        Err(error) if is_missing(&error) => return Ok(There::Nothing),
        Err(error) => return Err(words(&error)),
    };
    if size != parcel.size {
        return Ok(There::Other);
    }
    let file = match files.open(path).await {
        Ok(file) => file,
        Err(SftpError::Status(status)) if status.status_code == StatusCode::PermissionDenied => return Ok(There::Same),
        Err(error) if is_missing(&error) => return Ok(There::Nothing),
        Err(error) => return Err(words(&error)),
    };
    let mut bytes = Vec::new();
    let read = file.take(parcel.size.saturating_add(1)).read_to_end(&mut bytes).await;
    read.map_err(|e| format!("the connection broke: {e}"))?;
    Ok(if hex::encode(Sha256::digest(&bytes)) == parcel.digest { There::Same } else { There::Other })
}

fn another(parcel: &Parcel<'_>) -> String {
    format!("another file has the name {} in the partner's folder", parcel.name)
}

/// An open connection.
struct Session {
    files: SftpSession,
    /// The connection ends with it.
    _ssh: Handle<Pinned>,
}

impl Session {
    async fn open(to: &Sftp, secret: &[u8]) -> Result<Self, Ended> {
        let not = |why: String| Ended::NotArrived(format!("{}:{} {why}", to.host, to.port));
        let seed = <&[u8; 32]>::try_from(secret).map_err(|_| Ended::Refused("our key cannot be read".to_owned()))?;
        let shown = Arc::new(Mutex::new(None));
        let pinned = Pinned { expected: to.host_key.as_str().to_owned(), shown: Arc::clone(&shown) };
        let connected = client::connect(Arc::new(config()), (to.host.as_str(), to.port), pinned).await;
        let wrong = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(other) = wrong {
            return Err(Ended::Refused(format!(
                "the server at {}:{} showed the host key {other}, which is not the one on record, so nothing was sent. Ask the \
                 partner which is right, by another way than this one",
                to.host, to.port
            )));
        }
        let mut ssh = connected.map_err(|e| not(unreached(&e)))?;
        let ours = PrivateKeyWithHashAlg::new(Arc::new(PrivateKey::from(Ed25519Keypair::from_seed(seed))), None);
        let taken = ssh.authenticate_publickey(&to.user, ours).await.map_err(|e| not(format!("broke off: {e}")))?;
        if !taken.success() {
            return Err(not(format!(
                "does not take our key for the user `{}`: give the partner the public half",
                to.user
            )));
        }
        let channel = ssh.channel_open_session().await.map_err(|e| not(format!("broke off: {e}")))?;
        channel.request_subsystem(true, "sftp").await.map_err(|e| not(format!("has no SFTP: {e}")))?;
        let files = SftpSession::new(channel.into_stream()).await.map_err(|e| not(format!("has no SFTP: {e}")))?;
        Ok(Self { files, _ssh: ssh })
    }
}

/// Takes one host key.
struct Pinned {
    expected: String,
    /// The fingerprint of another one that was shown.
    shown: Arc<Mutex<Option<String>>>,
}

impl client::Handler for Pinned {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let print = key.public_key().fingerprint(HashAlg::Sha256).to_string();
        let right = app::same_text(&print, &self.expected);
        if !right {
            *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(print);
        }
        Ok(right)
    }
}

fn config() -> client::Config {
    let curves = [EcdsaCurve::NistP256, EcdsaCurve::NistP384, EcdsaCurve::NistP521];
    let keys = std::iter::once(Algorithm::Ed25519).chain(curves.map(|curve| Algorithm::Ecdsa { curve }));
    let mut config = client::Config { nodelay: true, ..client::Config::default() };
    config.preferred.key = keys.collect::<Vec<_>>().into();
    config
}

/// Why there is no connection, without the numbers of this machine.
fn unreached(error: &russh::Error) -> String {
    let words = error.to_string();
    let words = words.split_once(" (os error").map_or(words.as_str(), |(words, _)| words);
    format!("cannot be reached: {}", words.to_lowercase())
}

fn is_missing(error: &SftpError) -> bool {
    matches!(error, SftpError::Status(status) if status.status_code == StatusCode::NoSuchFile)
}

fn not_written(error: &SftpError) -> Ended {
    match error {
        SftpError::Status(status)
            if matches!(status.status_code, StatusCode::NoSuchFile | StatusCode::PermissionDenied) =>
        {
            Ended::Refused(
                "the partner's server does not let us write into the folder: see that it is the right one".to_owned(),
            )
        }
        other => Ended::NotArrived(words(other)),
    }
}

/// What a server says may be anything, so its own words stay out of the record.
fn words(error: &SftpError) -> String {
    match error {
        SftpError::Status(status) => format!("the partner's server answered: {}", status.status_code),
        SftpError::Timeout => "the partner's server did not answer in time".to_owned(),
        _ => "the connection broke".to_owned(),
    }
}
