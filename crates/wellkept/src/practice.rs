//! Opening and making a practice in a data directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::App;
use app::access::Policies;
use domain::Entropy as _;
use store::db::{PostgresTarget, Schema, provision, unprovision};
use store::keys::Kek;
use store::{Engine, Options, Store};

use crate::cli::Place;
use crate::config::Config;
use crate::exit::Failure;
use crate::oidc;
use crate::system::{SystemClock, SystemEntropy, complain};
use crate::witness;

/// The practice's name when nobody gives one.
const DEFAULT_NAME: &str = "practice";
/// Which kind of wrapping key a practice was made with: one word in a file beside the wrapped key.
const KEK_KIND: &str = "kek";

/// The name of the practice that a command means.
pub(crate) fn name(place: &Place, data: &Path) -> Result<Schema, Failure> {
    if let Some(name) = &place.practice {
        return Ok(Schema::parse(name)?);
    }
    let found = practices(data);
    match found.as_slice() {
        [] => Ok(Schema::parse(DEFAULT_NAME)?),
        [one] => Ok(Schema::parse(one)?),
        many => Err(Failure::Usage(format!("say which practice with --practice: {}", many.join(", ")))),
    }
}

fn practices(data: &Path) -> Vec<String> {
    let entries = fs::read_dir(data).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|e| e.path().join(store::keys::WRAPPED).exists())
        .filter_map(|e| e.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Whether the folder is a data directory, and not a pack.
pub(crate) fn is_data(path: &Path) -> bool {
    !path.join("manifest").exists() && (path.join("wellkept.lock").exists() || !practices(path).is_empty())
}

/// Whether there is a practice of this name.
fn exists(config: &Config, name: &Schema) -> bool {
    config.data.value.join(name.as_str()).join(store::keys::WRAPPED).exists()
}

/// Where the demonstration key of a practice is.
pub(crate) fn key_file(config: &Config, name: &Schema) -> PathBuf {
    config.key_dir.value.join(format!("{}.kek", name.as_str()))
}

/// Makes a practice and fills it. When that fails nothing of it is left: half of one would look like a whole one at the next
/// start, and nothing in it was anybody's yet.
pub(crate) fn make<T>(
    config: &Config,
    name: &Schema,
    kek: Kek,
    fill: impl FnOnce(&App) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let data = &config.data.value;
    private_folder(data)?;
    // Kept to the end: of two who make one at once, one would clear away what the other made.
    let _lock = store::lock(data)?;
    if exists(config, name) {
        return Err(Failure::Usage(format!(
            "there is a practice in `{}` already: choose another directory, or serve it",
            data.display()
        )));
    }
    let folder = data.join(name.as_str());
    if fs::read_dir(&folder).is_ok_and(|mut inside| inside.next().is_some()) {
        return Err(Failure::Usage(format!("`{}` is not empty: choose another directory", folder.display())));
    }
    // Before anything is made with it, here or on a server.
    kek.check(data)?;
    let mut unfinished = Unfinished { config, name, admin: None, done: false };
    let app = app(config, create(config, name, kek, &mut unfinished.admin)?)?;
    let made = fill(&app)?;
    unfinished.done = true;
    Ok(made)
}

/// What a practice left until it was made whole; dropping it unmade clears that away.
struct Unfinished<'a> {
    config: &'a Config,
    name: &'a Schema,
    /// The server where its role and schema were made.
    admin: Option<PostgresTarget>,
    done: bool,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let _ = fs::remove_dir_all(self.config.data.value.join(self.name.as_str()));
        if let Some(admin) = &self.admin {
            let _ = fs::remove_file(password_file(self.config, self.name));
            if let Err(error) = unprovision(admin, self.name) {
                let name = self.name.as_str();
                let _ = complain(&format!("the role and schema `{name}` are left on the database server: {error}"));
            }
        }
    }
}

fn create(config: &Config, name: &Schema, kek: Kek, made: &mut Option<PostgresTarget>) -> Result<Store, Failure> {
    let folder = config.data.value.join(name.as_str());
    private_folder(&folder)?;
    let engine = match &config.database_url.value {
        None => embedded(config),
        Some(url) => {
            let mut password = [0; 16];
            SystemEntropy.fill(&mut password);
            let admin = PostgresTarget::parse(url)?;
            provision(&admin, name, &password)?;
            let admin = made.insert(admin);
            write_private(&password_file(config, name), hex::encode(password).as_bytes())?;
            Engine::Postgres(admin.practice(name, &password))
        }
    };
    let kind = format!("{} {}\n", kek.kind(), kek.path().display());
    let kind_file = folder.join(KEK_KIND);
    fs::write(&kind_file, kind).map_err(|e| Failure::file(kind_file, e))?;
    Ok(Store::create(options(config, name, engine, kek))?)
}

/// Opens a practice that exists.
pub(crate) fn open(config: &Config, name: &Schema) -> Result<Store, Failure> {
    if !exists(config, name) {
        return Err(Failure::Usage(format!(
            "there is no practice in `{}`: make one with `wellkept init` or `wellkept demo`",
            config.data.value.join(name.as_str()).display()
        )));
    }
    let engine = match &config.database_url.value {
        None => embedded(config),
        Some(url) => {
            let path = password_file(config, name);
            let text = fs::read_to_string(&path).map_err(|e| Failure::file(&path, e))?;
            let mut password = [0; 16];
            hex::decode_to_slice(text.trim(), &mut password)
                .map_err(|_| Failure::other("the database password is damaged"))?;
            Engine::Postgres(PostgresTarget::parse(url)?.practice(name, &password))
        }
    };
    let kek = kek(config, name)?;
    Ok(Store::open(options(config, name, engine, kek))?)
}

/// The use cases over an open store.
pub(crate) fn app(config: &Config, store: Store) -> Result<App, Failure> {
    let policies = Policies::load().map_err(Failure::other)?;
    Ok(App {
        store,
        policies: Arc::new(policies),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        idle_seconds: config.idle_minutes.value * 60,
        review_days: config.emergency_review_days.value,
        activity: app::account::Activity::default(),
        outside: witness::outside(config),
        outbound: crate::connector::outbound(),
        oidc: oidc::open(config)?,
    })
}

fn embedded(config: &Config) -> Engine {
    Engine::Sqlite { cache_kib: config.cache_mib.value * 1024 }
}

fn options(config: &Config, name: &Schema, engine: Engine, kek: Kek) -> Options {
    Options {
        data: config.data.value.clone(),
        practice: name.clone(),
        engine,
        kek,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        observer: None,
        vfs: None,
    }
}

/// The wrapping key that the practice was made with. A credential's folder moves at each start, so only its name counts.
fn kek(config: &Config, name: &Schema) -> Result<Kek, Failure> {
    let path = config.data.value.join(name.as_str()).join(KEK_KIND);
    let text = fs::read_to_string(&path).map_err(|e| Failure::file(&path, e))?;
    let (kind, place) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let place = PathBuf::from(place);
    match kind {
        "file" => Ok(Kek::File(key_file(config, name))),
        "passphrase" => Ok(Kek::Passphrase(place)),
        "systemd-credential" => {
            let name = place.file_name().unwrap_or_default();
            credential(&name.to_string_lossy())
        }
        other => Err(Failure::other(format!("`{}` names an unknown kind of key, `{other}`", path.display()))),
    }
}

/// A systemd credential of this process.
pub(crate) fn credential(name: &str) -> Result<Kek, Failure> {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or_else(|| {
        Failure::Usage(
            "there is no credentials directory: start under systemd with LoadCredentialEncrypted, see docs/cli.md"
                .to_owned(),
        )
    })?;
    Ok(Kek::Credential(PathBuf::from(folder).join(name)))
}

fn password_file(config: &Config, name: &Schema) -> PathBuf {
    config.key_dir.value.join(format!("{}.pg", name.as_str()))
}

/// Writes a file that only its owner may read, and its folder too.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(0o600).open(path).map_err(|e| Failure::file(path, e))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|e| Failure::file(path, e))
}

/// Makes a folder, and those above it that are missing, for its owner alone.
pub(crate) fn private_folder(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder).map_err(|e| Failure::file(folder, e))
}
