//! Keys: a data key per practice, wrapped by a key-encryption key that lives outside the data directory.
//!
//! 74 FR 19006 counts ePHI as secured only while the key was not taken with the data. So the wrapping key comes from
//! elsewhere, and opening refuses one that lies inside the data directory or that others can read.

use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf;
use domain::Entropy;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// 256 bits that leave memory when dropped.
pub type Key = Zeroizing<[u8; 32]>;

/// Where the wrapping key comes from.
#[derive(Clone, Debug)]
pub enum Kek {
    /// A file with 64 hexadecimal digits, mode 0600, in a folder of mode 0700. Good for a demonstration: whoever takes the
    /// whole machine takes it too.
    File(PathBuf),
    /// A credential that systemd hands over, sealed to this machine's TPM when it was made so.
    Credential(PathBuf),
    /// A file that holds a passphrase, such as one typed at start into a memory file system.
    Passphrase(PathBuf),
}

/// What lies beside the database: the data key, wrapped.
#[derive(Serialize, Deserialize)]
struct Wrapped {
    format: String,
    practice: String,
    source: String,
    /// Salt of the passphrase, hexadecimal.
    salt: String,
    /// Nonce, ciphertext and tag, hexadecimal.
    data_key: String,
}

const FORMAT: &str = "wellkept-key/v1";
/// The file beside `practice.db`.
pub const WRAPPED: &str = "practice.key";

impl Kek {
    /// The kind, as evidence names it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Credential(_) => "systemd-credential",
            Self::Passphrase(_) => "passphrase",
        }
    }

    /// Where it is read from.
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Credential(path) | Self::Passphrase(path) => path,
        }
    }

    /// Makes a key file for a demonstration practice, and its folder with mode 0700 when missing.
    pub fn create_file(path: &Path, entropy: &dyn Entropy) -> Result<()> {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        if let Some(folder) = path.parent() {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true).mode(0o700).create(folder).map_err(|e| Error::file(folder, &e))?;
        }
        let mut key = Key::new([0; 32]);
        entropy.fill(&mut *key);
        let text = Zeroizing::new(hex::encode(*key));
        let mut options = fs::OpenOptions::new();
        let mut file =
            options.write(true).create_new(true).mode(0o600).open(path).map_err(|e| Error::file(path, &e))?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|e| Error::file(path, &e))?;
        file.sync_all().map_err(|e| Error::file(path, &e))
    }

    /// Refuses a key that cannot wrap the data key of a new practice: in a wrong place, unreadable, too weak. Makes nothing.
    pub fn check(&self, data: &Path) -> Result<()> {
        self.check_place(data)?;
        self.read(&[0; 16]).map(drop)
    }

    /// Refuses a key inside the data directory, or readable by others (each refusal says what to do).
    fn check_place(&self, data: &Path) -> Result<()> {
        use std::os::unix::fs::MetadataExt;
        let path = self.path();
        let real = fs::canonicalize(path).map_err(|e| {
            Error::Key(format!(
                "the key `{}` cannot be read ({e}): give the folder that holds it with --key-dir or WELLKEPT_KEY_DIR",
                path.display()
            ))
        })?;
        let inside = fs::canonicalize(data).is_ok_and(|data| real.starts_with(data));
        if inside {
            return Err(Error::Key(format!(
                "the key `{}` lies inside the data directory: whoever copies the data would have the key. Move it elsewhere \
                 and give its folder with --key-dir",
                path.display()
            )));
        }
        let mode = fs::metadata(&real).map_err(|e| Error::file(path, &e))?.mode();
        if mode & 0o077 != 0 {
            return Err(Error::Key(format!(
                "the key `{}` can be read by others (mode {:o}): run chmod 600 on it",
                path.display(),
                mode & 0o777
            )));
        }
        Ok(())
    }

    fn read(&self, salt: &[u8]) -> Result<Key> {
        let path = self.path();
        let bytes = Zeroizing::new(fs::read(path).map_err(|e| Error::file(path, &e))?);
        let text = std::str::from_utf8(&bytes).map(str::trim_end).unwrap_or_default();
        match self {
            Self::Passphrase(_) => stretch(text, salt),
            Self::File(_) | Self::Credential(_) => {
                let mut key = Key::new([0; 32]);
                hex::decode_to_slice(text, &mut *key).map_err(|_| {
                    Error::Key(format!("`{}` is not a key: it should hold 64 hexadecimal digits", path.display()))
                })?;
                Ok(key)
            }
        }
    }
}

/// Argon2id with 64 MiB and three passes: a passphrase is read once a start.
fn stretch(passphrase: &str, salt: &[u8]) -> Result<Key> {
    if passphrase.chars().count() < 20 {
        return Err(Error::Key(
            "the passphrase is too short: use at least 20 characters, six random words are good".into(),
        ));
    }
    let refused = |e: argon2::Error| Error::Key(format!("the passphrase cannot be used: {e}"));
    let params = argon2::Params::new(64 * 1024, 3, 1, Some(32)).map_err(refused)?;
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut key = Key::new([0; 32]);
    argon.hash_password_into(passphrase.as_bytes(), salt, &mut *key).map_err(refused)?;
    Ok(key)
}

/// Makes the data key of a new practice and leaves it, wrapped, in `folder`.
pub(crate) fn create(folder: &Path, data: &Path, practice: &str, kek: &Kek, entropy: &dyn Entropy) -> Result<Key> {
    kek.check_place(data)?;
    let mut salt = [0_u8; 16];
    entropy.fill(&mut salt);
    let mut key = Key::new([0; 32]);
    entropy.fill(&mut *key);
    let wrapped = Wrapped {
        format: FORMAT.to_owned(),
        practice: practice.to_owned(),
        source: kek.kind().to_owned(),
        salt: hex::encode(salt),
        data_key: hex::encode(seal(&*kek.read(&salt)?, aad(practice).as_bytes(), &*key)?),
    };
    let text = serde_json::to_vec_pretty(&wrapped).map_err(|e| Error::Key(e.to_string()))?;
    write_new(&folder.join(WRAPPED), &text)?;
    Ok(key)
}

/// Opens the data key of a practice.
pub(crate) fn unlock(folder: &Path, data: &Path, practice: &str, kek: &Kek) -> Result<Key> {
    kek.check_place(data)?;
    let path = folder.join(WRAPPED);
    let bytes = fs::read(&path).map_err(|e| Error::file(&path, &e))?;
    let damaged = || Error::Key(format!("`{}` is damaged: restore it from a backup", path.display()));
    let wrapped: Wrapped = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    if wrapped.format != FORMAT || wrapped.practice != practice {
        return Err(damaged());
    }
    let salt = hex::decode(&wrapped.salt).map_err(|_| damaged())?;
    let sealed = hex::decode(&wrapped.data_key).map_err(|_| damaged())?;
    let plain = Zeroizing::new(open(&*kek.read(&salt)?, aad(practice).as_bytes(), &sealed).map_err(|_| {
        Error::Key(format!(
            "the key `{}` does not open this practice: it is another practice's key, or `{}` was changed",
            kek.path().display(),
            path.display()
        ))
    })?);
    let key: [u8; 32] = plain.as_slice().try_into().map_err(|_| damaged())?;
    Ok(Key::new(key))
}

fn aad(practice: &str) -> String {
    format!("{FORMAT}|{practice}|data-key")
}

/// A key for one use, derived from the data key (HKDF-SHA-256, RFC 5869).
pub(crate) fn derive(key: &Key, purpose: &str) -> Result<Key> {
    struct Length;
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            32
        }
    }
    let failed = |_| Error::Key("a key could not be derived".to_owned());
    let info = [purpose.as_bytes()];
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"wellkept").extract(&**key);
    let mut out = Key::new([0; 32]);
    prk.expand(&info, Length).map_err(failed)?.fill(&mut *out).map_err(failed)?;
    Ok(out)
}

/// AES-256-GCM with a random nonce: nonce, ciphertext, tag. `context` binds it to where it is stored.
pub(crate) fn seal(key: &[u8; 32], context: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let failed = |_| Error::Key("sealing failed".to_owned());
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(failed)?;
    let mut sealed = plain.to_vec();
    let nonce = key.seal_in_place_append_tag(Aad::from(context), &mut sealed).map_err(failed)?;
    let mut out = nonce.as_ref().to_vec();
    out.append(&mut sealed);
    Ok(out)
}

/// Opens what [`seal`] made; an error when a byte or the context differs.
pub(crate) fn open(key: &[u8; 32], context: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
    let failed = || Error::Key("sealed content does not open: it was changed, or the key is another".to_owned());
    let (nonce, body) = sealed.split_at_checked(12).ok_or_else(failed)?;
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(|_| failed())?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| failed())?;
    let mut body = body.to_vec();
    let plain = key.open_in_place(nonce, Aad::from(context), &mut body).map_err(|_| failed())?;
    Ok(plain.to_vec())
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path).map_err(|e| Error::file(path, &e))?;
    std::io::Write::write_all(&mut file, bytes).map_err(|e| Error::file(path, &e))?;
    file.sync_all().map_err(|e| Error::file(path, &e))
}
