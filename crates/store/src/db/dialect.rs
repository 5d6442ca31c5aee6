//! The few statements that must be formatted: names that no engine takes as parameters. They come from validated types.

use std::fmt::Write as _;

use postgres::error::SqlState;

use crate::error::{Error, Result};

/// The name of a practice's schema and role on PostgreSQL, and of its folder: `[a-z][a-z0-9_]{0,39}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema(String);

impl Schema {
    /// Checks the name.
    pub fn parse(name: &str) -> Result<Self> {
        let fits = (1..=40).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if fits {
            Ok(Self(name.to_owned()))
        } else {
            Err(Error::Refused(format!(
                "`{name}` cannot name a practice: use up to 40 small letters, digits and underscores, a letter first"
            )))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `PRAGMA key` with a raw key: no derivation, 0.08 ms.
pub(crate) fn pragma_key(key: &[u8; 32]) -> String {
    format!("PRAGMA key = \"x'{}'\"", hex::encode(key))
}

/// What makes a practice's schema with its own login role. `password` is hexadecimal, so it needs no quoting.
fn provision_text(schema: &Schema, password: &[u8; 16]) -> String {
    let name = schema.as_str();
    let secret = hex::encode(password);
    let mut text = format!("CREATE ROLE {name} LOGIN PASSWORD '{secret}';");
    let _ = write!(text, "GRANT {name} TO CURRENT_USER; CREATE SCHEMA {name} AUTHORIZATION {name};");
    let _ = write!(text, "ALTER ROLE {name} SET search_path = {name};");
    text
}

/// Makes the role and schema of a practice through an administrator's connection.
///
/// Errors when they exist already: a schema is never shared.
pub fn provision(admin: &super::PostgresTarget, schema: &Schema, password: &[u8; 16]) -> Result<()> {
    let mut client = admin.connect()?;
    client.batch_execute(&provision_text(schema, password)).map_err(|error| match error.code() {
        Some(&SqlState::DUPLICATE_OBJECT | &SqlState::DUPLICATE_SCHEMA) => Error::Refused(format!(
            "the database server has a role or schema `{0}` already: give another name with --practice, or drop both when they \
             are left of an `init` that was killed",
            schema.as_str()
        )),
        _ => super::postgres::translate("provision", &error),
    })
}

/// Undoes [`provision`] for a practice that did not come to be, with everything in its schema.
pub fn unprovision(admin: &super::PostgresTarget, schema: &Schema) -> Result<()> {
    let text = format!("DROP SCHEMA {0} CASCADE; DROP ROLE {0};", schema.as_str());
    admin.connect()?.batch_execute(&text).map_err(|e| super::postgres::translate("unprovision", &e))
}
