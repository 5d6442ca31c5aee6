//! Breaking the database the way that the world does: a disk that is full, a server that is gone or only reads.

use std::path::Path;

use crashfs::{Call, Failure, Fault, Recorder};
use postgres::{Client, NoTls};

/// What a test can break.
pub enum Outage {
    /// The embedded engine's disk.
    Disk(Recorder),
    /// The server, by its administrator's address, and the practice's role.
    Server(String, String),
}

impl Outage {
    /// Watches the practice's folder. Made before its database is opened.
    pub(crate) fn of_disk(folder: &Path) -> Self {
        Self::Disk(Recorder::new(folder).unwrap())
    }

    /// Remembers whom to ask.
    pub(crate) fn of_server(url: &str, role: &str) -> Self {
        Self::Server(url.to_owned(), role.to_owned())
    }

    pub(crate) fn while_unwritable<T>(&self, during: impl FnOnce() -> T) -> T {
        match self {
            Self::Disk(recorder) => {
                recorder.arm(Fault { call: Call::Write, nth: 1, failure: Failure::Full, lasting: true });
                let value = during();
                recorder.heal();
                value
            }
            Self::Server(url, role) => {
                // What a standby does: it answers questions and takes no changes.
                admin(url, &format!("ALTER ROLE {role} SET default_transaction_read_only = on"));
                hang_up(url, role);
                let value = during();
                admin(url, &format!("ALTER ROLE {role} RESET default_transaction_read_only"));
                hang_up(url, role);
                value
            }
        }
    }

    pub(crate) fn while_gone<T>(&self, during: impl FnOnce() -> T) -> T {
        let Self::Server(url, role) = self else { panic!("the embedded engine has no server that could go away") };
        admin(url, &format!("ALTER ROLE {role} NOLOGIN"));
        hang_up(url, role);
        let value = during();
        admin(url, &format!("ALTER ROLE {role} LOGIN"));
        value
    }

    /// The server dies on each connection that commits an event, before it answers.
    pub(crate) fn while_commits_die<T>(&self, during: impl FnOnce() -> T) -> T {
        let Self::Server(url, role) = self else { panic!("the embedded engine has no connection that could die") };
        let (made, gone) = (
            format!(
                "CREATE FUNCTION {role}.die() RETURNS trigger LANGUAGE plpgsql AS
                     'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
                 CREATE CONSTRAINT TRIGGER die AFTER INSERT ON {role}.audit_event DEFERRABLE INITIALLY DEFERRED
                     FOR EACH ROW EXECUTE FUNCTION {role}.die()"
            ),
            format!("DROP FUNCTION {role}.die() CASCADE"),
        );
        admin(url, &made);
        let value = during();
        admin(url, &gone);
        value
    }
}

fn hang_up(url: &str, role: &str) {
    admin(url, &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"));
}

fn admin(url: &str, text: &str) {
    Client::connect(url, NoTls).unwrap().batch_execute(text).unwrap();
}
