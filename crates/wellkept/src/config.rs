//! The settings: few, from one TOML file, with flags over it, each with where it came from.

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tlog::WitnessKey;

use crate::cli::Place;
use crate::exit::Failure;
use crate::oidc::OidcFile;
use crate::siem::{Siem, SiemFile};
use crate::witness::Http;

/// The file as written. Every key is optional; an unknown one is an error, so that a typing mistake cannot hide.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    /// Address and port to listen on.
    listen: Option<SocketAddr>,
    /// The `https://` address that browsers and API clients use, when it is not the one listened on.
    public_address: Option<String>,
    /// Minutes of inactivity after which a session locks; at most 15.
    idle_minutes: Option<i64>,
    /// Working days within which a use of emergency access is reviewed; at most 10.
    emergency_review_days: Option<u8>,
    /// Memory for database pages, in MiB.
    cache_mib: Option<i64>,
    /// An administrator's postgres:// address; without it the embedded database is used.
    database_url: Option<String>,
    /// Where wrapping keys are.
    key_dir: Option<PathBuf>,
    /// Seconds between two checkpoints that are shown to witnesses.
    witness_seconds: Option<u64>,
    /// Who keeps checkpoints of the audit log elsewhere.
    witness: Vec<WitnessFile>,
    /// Who is sent the audit log.
    siem: Vec<SiemFile>,
    /// The identity provider that people have accounts with.
    oidc: Option<OidcFile>,
}

/// A witness as written: with `folder`, or with `key` and `url`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WitnessFile {
    name: String,
    folder: Option<PathBuf>,
    key: Option<String>,
    url: Option<String>,
}

/// Who keeps checkpoints of the audit log elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    pub(crate) name: String,
    pub(crate) at: At,
}

/// Where a witness is.
#[derive(Clone, Debug)]
pub(crate) enum At {
    /// A folder of another disk.
    Folder(PathBuf),
    /// Somebody's server, and the key that it cosigns with.
    Address(WitnessKey, Http),
}

impl Witness {
    fn read(file: &WitnessFile) -> Result<Self, Failure> {
        let WitnessFile { name, folder, key, url } = file;
        let wrong = |why: String| Failure::Usage(format!("the witness `{name}`: {why}"));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > 60 || !name.chars().all(plain) {
            return Err(wrong("a name has up to 60 letters, digits, dots and dashes".to_owned()));
        }
        let at = match (folder, key, url) {
            (Some(folder), None, None) if folder.is_absolute() => At::Folder(folder.clone()),
            (None, Some(key), Some(url)) => At::Address(
                key.trim().parse().map_err(|e: tlog::Error| wrong(e.to_string()))?,
                url.parse().map_err(wrong)?,
            ),
            _ => return Err(wrong("give a `folder` by its whole path, or `key` and `url`".to_owned())),
        };
        Ok(Self { name: name.clone(), at })
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            At::Folder(folder) => write!(f, "{} in {}", self.name, folder.display()),
            At::Address(key, url) => write!(f, "{} at {url} with {key}", self.name),
        }
    }
}

/// A setting and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: &'static str,
}

/// The settings in force.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) data: Setting<PathBuf>,
    pub(crate) key_dir: Setting<PathBuf>,
    pub(crate) listen: Setting<SocketAddr>,
    pub(crate) public_address: Setting<Option<String>>,
    pub(crate) idle_minutes: Setting<i64>,
    pub(crate) emergency_review_days: Setting<u8>,
    pub(crate) cache_mib: Setting<i64>,
    pub(crate) database_url: Setting<Option<String>>,
    pub(crate) witness_seconds: Setting<u64>,
    pub(crate) witnesses: Setting<Vec<Witness>>,
    pub(crate) siem: Setting<Vec<Siem>>,
    pub(crate) oidc: Setting<Option<OidcFile>>,
}

const FLAG: &str = "flag or environment";
const FILE: &str = "file";
const DEFAULT: &str = "default";

impl Config {
    /// Reads the file, if there is one, and puts the flags over it.
    pub(crate) fn load(place: &Place, listen: Option<SocketAddr>) -> Result<Self, Failure> {
        let default_data = || PathBuf::from("wellkept-data");
        let mut data = pick(place.data.clone(), None, default_data);
        absolute(&mut data.value)?;
        let path = place.config.clone().unwrap_or_else(|| data.value.join("wellkept.toml"));
        let file = read(&path, place.config.is_some())?;
        let witnesses: Vec<Witness> = file.witness.iter().map(Witness::read).collect::<Result<_, _>>()?;
        let siem: Vec<Siem> = file.siem.iter().map(Siem::read).collect::<Result<_, _>>()?;
        let config = Self {
            siem: pick(None, Some(siem).filter(|all| !all.is_empty()), Vec::new),
            key_dir: key_dir(place.key_dir.clone(), file.key_dir)?,
            witness_seconds: pick(None, file.witness_seconds, || 60),
            witnesses: pick(None, Some(witnesses).filter(|all| !all.is_empty()), Vec::new),
            oidc: pick(None, file.oidc.map(Some), || None),
            listen: pick(listen, file.listen, || SocketAddr::from(([127, 0, 0, 1], 8443))),
            public_address: pick(None, file.public_address.map(Some), || None),
            idle_minutes: pick(None, file.idle_minutes, || 10),
            emergency_review_days: pick(None, file.emergency_review_days, || 2),
            cache_mib: pick(None, file.cache_mib, || 64),
            database_url: pick(place.database_url.clone().map(Some), file.database_url.map(Some), || None),
            data,
        };
        if !(1..=15).contains(&config.idle_minutes.value) {
            return Err(Failure::Usage("`idle_minutes` must be from 1 to 15".to_owned()));
        }
        if !(1..=10).contains(&config.emergency_review_days.value) {
            return Err(Failure::Usage("`emergency_review_days` must be from 1 to 10".to_owned()));
        }
        if !(8..=65_536).contains(&config.cache_mib.value) {
            return Err(Failure::Usage("`cache_mib` must be from 8 to 65536".to_owned()));
        }
        if !(1..=3600).contains(&config.witness_seconds.value) {
            return Err(Failure::Usage("`witness_seconds` must be from 1 to 3600".to_owned()));
        }
        one_of_each("witnesses", config.witnesses.value.iter().map(|witness| witness.name.as_str()))?;
        one_of_each("siem receivers", config.siem.value.iter().map(|siem| siem.name.as_str()))?;
        config.oidc.value.as_ref().map_or(Ok(()), OidcFile::check)?;
        let address = config.public_address.value.as_deref();
        if address.is_some_and(|address| !address.starts_with("https://") || address.ends_with('/')) {
            let why = "`public_address` must be like `https://practice.example`, without a slash at its end";
            return Err(Failure::Usage(why.to_owned()));
        }
        Ok(config)
    }

    /// What the server calls itself in messages: the name of its public address.
    pub(crate) fn host(&self) -> &str {
        let address = self.public_address.value.as_deref().and_then(|address| address.strip_prefix("https://"));
        address.and_then(|address| address.split(':').next()).filter(|host| !host.is_empty()).unwrap_or("-")
    }

    /// Names, values and origins, for people and for the baseline. Secrets are not in it.
    pub(crate) fn listing(&self) -> Vec<(&'static str, String, &'static str)> {
        let list = |all: Vec<String>| if all.is_empty() { "none".to_owned() } else { all.join(", ") };
        let witnesses = list(self.witnesses.value.iter().map(ToString::to_string).collect());
        let siem = list(self.siem.value.iter().map(ToString::to_string).collect());
        let database = if self.database_url.value.is_some() { "postgresql" } else { "embedded" };
        vec![
            ("data", self.data.value.display().to_string(), self.data.origin),
            ("key_dir", self.key_dir.value.display().to_string(), self.key_dir.origin),
            ("listen", self.listen.value.to_string(), self.listen.origin),
            (
                "public_address",
                self.public_address.value.clone().unwrap_or_else(|| "as listened on".to_owned()),
                self.public_address.origin,
            ),
            ("idle_minutes", self.idle_minutes.value.to_string(), self.idle_minutes.origin),
            ("emergency_review_days", self.emergency_review_days.value.to_string(), self.emergency_review_days.origin),
            ("cache_mib", self.cache_mib.value.to_string(), self.cache_mib.origin),
            ("database", database.to_owned(), self.database_url.origin),
            ("witness_seconds", self.witness_seconds.value.to_string(), self.witness_seconds.origin),
            ("witnesses", witnesses, self.witnesses.origin),
            ("siem", siem, self.siem.origin),
            ("oidc", self.oidc.value.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string), self.oidc.origin),
        ]
    }
}

fn one_of_each<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Failure::Usage(format!("two {what} have the same name, `{name}`")));
        }
    }
    Ok(())
}

fn pick<T>(flag: Option<T>, file: Option<T>, default: impl FnOnce() -> T) -> Setting<T> {
    match (flag, file) {
        (Some(value), _) => Setting { value, origin: FLAG },
        (None, Some(value)) => Setting { value, origin: FILE },
        (None, None) => Setting { value: default(), origin: DEFAULT },
    }
}

/// Where keys are, from a flag, the file, or by default.
pub(crate) fn key_dir(flag: Option<PathBuf>, file: Option<PathBuf>) -> Result<Setting<PathBuf>, Failure> {
    let mut key_dir = pick(flag, file, default_key_dir);
    absolute(&mut key_dir.value)?;
    Ok(key_dir)
}

/// A setting means the same folder from wherever the command is started, and to whoever approved it.
fn absolute(path: &mut PathBuf) -> Result<(), Failure> {
    *path = std::path::absolute(&*path).map_err(|e| Failure::file(&*path, e))?;
    Ok(())
}

fn read(path: &Path, must_exist: bool) -> Result<File, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|e| Failure::Usage(format!("`{}`: {e}", path.display()))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && !must_exist => Ok(File::default()),
        Err(e) => Err(Failure::Usage(format!("`{}`: {e}", path.display()))),
    }
}

/// `$XDG_CONFIG_HOME/wellkept/keys` or `~/.config/wellkept/keys`.
fn default_key_dir() -> PathBuf {
    let base = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let base = base.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")));
    base.unwrap_or_else(|| PathBuf::from("/etc")).join("wellkept").join("keys")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wellkept.toml");
        fs::write(&path, "idle_minuts = 5\n").unwrap();
        assert!(read(&path, true).unwrap_err().to_string().contains("idle_minuts"));
        fs::write(&path, "idle_minutes = 5\n").unwrap();
        assert_eq!(read(&path, true).unwrap().idle_minutes, Some(5));
        assert!(read(&dir.path().join("none.toml"), true).is_err());
    }
}
