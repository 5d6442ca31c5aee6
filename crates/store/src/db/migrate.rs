//! Forward-only numbered migrations, written once in the portable text, with checksums.

use sha2::{Digest, Sha256};

use super::Tx;
use crate::error::{Error, Result};
use crate::{params, sql};

/// A step of the schema. Its text never changes once a practice may have it.
struct Migration {
    version: i64,
    name: &'static str,
    text: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal;)*) => {
        const MIGRATIONS: &[Migration] = &[$(Migration {
            version: $version,
            name: $name,
            text: include_str!(concat!("../../migrations/", $name, ".sql")),
        }),*];
    };
}

migrations! {
    1 "0001_audit";
    2 "0002_people";
    3 "0003_patients";
    4 "0004_schedule";
    5 "0005_claims";
    6 "0006_money";
    7 "0007_evidence";
    8 "0008_clients";
    9 "0009_numbers_and_copies";
    10 "0010_witnesses";
    11 "0011_emergency";
    12 "0012_people";
    13 "0013_books";
    14 "0014_alerts";
    15 "0015_reviews";
    16 "0016_outbox";
    17 "0017_devices";
    18 "0018_log";
    19 "0019_oidc";
}

/// The newest schema that this program knows.
pub(crate) const SCHEMA: i64 = match MIGRATIONS.last() {
    Some(m) => m.version,
    None => 0,
};

/// The statement that makes the table of migrations, in a new practice.
pub(crate) const BOOTSTRAP: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)";

/// Which migrations are missing, after checking that those present are ours.
pub(crate) fn migrate(tx: &mut Tx) -> Result<Vec<(i64, &'static str, &'static str)>> {
    let applied = tx.query(sql!("SELECT version, checksum FROM schema_migration ORDER BY version"), &[]);
    let applied = applied.map_err(|error| match error {
        // The table comes with the practice, so there is none in this database, or not any more.
        Error::Statement { .. } => Error::Refused(
            "the database is there and no practice is in it: bring its content back from the backup that the keys came from"
                .to_owned(),
        ),
        other => other,
    })?;
    let mut missing: Vec<_> = MIGRATIONS.iter().map(|m| (m.version, m.name, m.text)).collect();
    for row in applied {
        let version: i64 = row.get("version")?;
        let checksum: String = row.get("checksum")?;
        if version > SCHEMA {
            return Err(Error::TooNew { found: version, known: SCHEMA });
        }
        let known = MIGRATIONS.iter().find(|m| m.version == version);
        if known.is_none_or(|m| digest(m.text) != checksum) {
            return Err(Error::Migration { version });
        }
        missing.retain(|(v, ..)| *v != version);
    }
    Ok(missing)
}

/// Notes that a migration was applied.
pub(crate) fn note(tx: &mut Tx, version: i64, name: &str, text: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!("INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)"),
        params![version, name, digest(text), now],
    )?;
    Ok(())
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
