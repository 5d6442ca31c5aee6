//! What a hostile or failing world does to the files.

use std::fs;

use store::{Error, Store, params, sql};

use crate::practice::{On, Practice, on_both};

#[test]
fn s_tec_08_no_plain_byte_lands_on_disk() {
    let mut practice = Practice::new(On::Sqlite);
    let marker = "PLANTED-NAME-QUETZAL";
    let stamp = store::record::Stamp { actor: "test".into(), reason: marker.into() };
    practice
        .store()
        .write("plant", move |tx| store::record::keep(tx, "test", "x", 1, &marker, &stamp).map(|_| ()))
        .unwrap();
    let scan = |practice: &Practice| {
        for entry in fs::read_dir(practice.options.folder()).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(marker.len()).any(|w| w == marker.as_bytes()));
            assert!(!bytes.starts_with(b"SQLite format 3"));
        }
    };
    scan(&practice);
    practice.close();
    scan(&practice);
}

#[test]
fn a_flipped_byte_of_the_file_is_an_error_and_never_data() {
    let mut practice = Practice::new(On::Sqlite);
    practice.close();
    let path = practice.file();
    let whole = fs::read(&path).unwrap();
    // One in the first page, one in the second, and then one in each tenth to the last.
    let spots = [100, 5000].into_iter().chain((8192 + 77..whole.len()).rev().step_by(40_960));
    for at in spots {
        let mut bad = whole.clone();
        bad[at] ^= 0x10;
        fs::write(&path, &bad).unwrap();
        let read = Store::open(practice.options.clone()).and_then(|store| {
            // Reads every page.
            store.read("all", |tx| tx.query_one(sql!("PRAGMA integrity_check"), &[])?.get::<String>("integrity_check"))
        });
        let seen = read.as_ref().map_or_else(|error| matches!(error, Error::Damaged(_)), |words| words != "ok");
        assert!(seen, "byte {at}: {read:?}");
    }
    fs::write(&path, &whole).unwrap();
    Store::open(practice.options.clone()).unwrap();
}

#[test]
fn a_wrong_key_says_so() {
    let mut practice = Practice::new(On::Sqlite);
    practice.close();
    fs::write(practice.options.kek.path(), "ab".repeat(32)).unwrap();
    let error = Store::open(practice.options.clone()).err().unwrap().to_string();
    assert!(error.contains("does not open this practice"), "{error}");
}

#[test]
fn one_process_owns_a_data_directory() {
    let practice = Practice::new(On::Sqlite);
    let lock = fs::File::open(practice.options.data.join("wellkept.lock")).unwrap();
    assert!(lock.try_lock().is_err());
}

#[test]
fn a_changed_migration_is_refused() {
    on_both(|mut practice| {
        let edit = |tx: &mut store::Tx| {
            tx.execute(sql!("UPDATE schema_migration SET checksum = $1 WHERE version = 1"), params!["x"])
        };
        practice.store().write("edit", edit).unwrap();
        practice.close();
        let error = Store::open(practice.options.clone()).err().unwrap();
        assert!(matches!(error, Error::Migration { version: 1 }), "{error}");
    });
}

/// PostgreSQL goes away in the middle: a clear error, nothing half done, and work goes on when it is back.
#[test]
fn a_lost_connection_is_an_error_and_heals() {
    let Some(url) = server() else { return };
    let practice = Practice::new(On::Postgres);
    let store = practice.store();
    let kill = move |tx: &mut store::Tx| {
        let pid: i64 = tx.query_one(sql!("SELECT CAST(pg_backend_pid() AS BIGINT) AS pid"), &[])?.get("pid")?;
        admin(&url).execute("SELECT pg_terminate_backend($1)", &[&i32::try_from(pid).unwrap()]).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(50));
        tx.execute(sql!("UPDATE audit_head SET size = size"), &[])
    };
    assert!(matches!(store.write("killed", kill), Err(Error::Unavailable(_))));
    store.write("after", |tx| tx.execute(sql!("UPDATE audit_head SET size = size"), &[])).unwrap();
}

/// The connection dies while the server commits, so its answer never comes: it may have been saved.
#[test]
fn a_commit_without_an_answer_is_not_called_undone() {
    let Some(url) = server() else { return };
    let practice = Practice::new(On::Postgres);
    let schema = practice.options.practice.as_str();
    let die = format!(
        "CREATE FUNCTION {schema}.die() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER die AFTER INSERT ON {schema}.record_version DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION {schema}.die()"
    );
    admin(&url).batch_execute(&die).unwrap();
    let stamp = store::record::Stamp { actor: "test".into(), reason: "a test".into() };
    let keep = move |tx: &mut store::Tx| store::record::keep(tx, "test", "x", 1, &"body", &stamp).map(|_| ());
    let error = practice.store().write("lost", keep.clone()).err().unwrap();
    assert!(matches!(error, Error::Unsure(_)), "{error}");
    assert!(error.to_string().contains("may have been saved") && !error.to_string().contains("nothing was saved"));
    admin(&url).batch_execute(&format!("DROP TRIGGER die ON {schema}.record_version")).unwrap();
    practice.store().write("after", keep).unwrap();
}

/// A server that says "committed" before its disk has it breaks the first two promises, whoever told it to.
#[test]
fn a_server_that_loses_commits_is_overruled_or_refused() {
    let Some(url) = server() else { return };
    let mut practice = Practice::new(On::Postgres);
    let schema = practice.options.practice.clone();
    practice.close();
    let lax = format!("ALTER ROLE {} SET synchronous_commit = off", schema.as_str());
    admin(&url).batch_execute(&lax).unwrap();
    practice.reopen();
    let setting = sql!("SELECT current_setting('synchronous_commit') AS s");
    let row = practice.store().read("setting", |tx| tx.query_one(setting, &[])).unwrap();
    assert_eq!(row.get::<String>("s").unwrap(), "on");
    practice.close();
    // The same server by another address is not the one that tests may lose.
    let other = store::db::PostgresTarget::parse(&format!("{url}?application_name=clinic")).unwrap();
    practice.options.engine = store::Engine::Postgres(other.practice(&schema, &[7; 16]));
    let fsync: String = admin(&url).query_one("SELECT current_setting('fsync')", &[]).unwrap().get(0);
    match Store::open(practice.options.clone()) {
        Ok(_) => assert_eq!(fsync, "on"),
        Err(error) => assert!(fsync == "off" && error.to_string().contains("`fsync` off"), "{error}"),
    }
}

/// A database that answers questions and takes nothing is not ready: nothing may be shown by it.
#[test]
fn ready_means_that_a_write_goes_through() {
    on_both(|mut practice| {
        practice.store().ready().unwrap();
        let other = match practice.options.engine {
            store::Engine::Sqlite { .. } => {
                let other = practice.raw("practice.db");
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                Some(other)
            }
            store::Engine::Postgres(_) => {
                let role = practice.options.practice.as_str();
                let text = format!("ALTER ROLE {role} SET default_transaction_read_only = on");
                admin(&server().unwrap()).batch_execute(&text).unwrap();
                practice.reopen();
                None
            }
        };
        let read = practice.store().read("size", store::audit::latest_size);
        assert!(read.is_ok() && matches!(practice.store().ready(), Err(Error::Unavailable(_))));
        drop(other);
    });
}

fn server() -> Option<String> {
    let url = std::env::var("WELLKEPT_TEST_PG").ok();
    assert!(url.is_some() || std::env::var_os("CI").is_none());
    url
}

fn admin(url: &str) -> postgres::Client {
    postgres::Client::connect(url, postgres::NoTls).unwrap()
}
