//! Opens the practice of a killed server and holds it against what its people were told.

use std::collections::{HashMap, HashSet};

use crashfs::Error;
use domain::audit::Act;
use store::db::Schema;
use store::{Options, Store, Tx, params, record, sql};
use wire::Practice;

use super::Said;
use crate::judge::{Depth, Findings, undamaged, wrong};
use crate::practice::options_of;

/// What the practice holds, as far as it matters here.
#[derive(Default)]
struct Held {
    /// Pages about each patient that the desk was shown.
    shown: HashMap<String, u64>,
    /// Each version of each patient's record.
    kept: HashMap<(String, i64), String>,
    /// Events of registering and changing, by patient, less the versions of the record.
    torn: HashMap<String, i64>,
    /// Visits that hold their time.
    booked: HashSet<String>,
    released: HashMap<String, (i64, i64)>,
    tally: Tally,
    /// The next control numbers of the counters.
    next: (i64, i64),
    /// Entries of the ledger that do not sum to zero.
    unbalanced: i64,
}

/// Acts less events of each kind. They grow together, or something was torn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    visits: i64,
    batches: i64,
    files: i64,
}

fn options(practice: &Practice, seed: u64) -> Result<Options, Error> {
    Ok(options_of(&practice.data, Schema::parse("practice")?, &practice.keys.join("practice.kek"), None, seed))
}

/// Where the synthetic practice begins: its history was made without some of the events.
pub(crate) fn base(practice: &Practice, seed: u64) -> Result<Tally, Error> {
    let store = Store::open(options(practice, seed)?)?;
    let desk = practice.person("dana")?.account;
    Ok(store.read("crash-base", |tx| held(tx, &desk))?.tally)
}

/// Opens the practice and looks.
pub(crate) fn judge(
    practice: &Practice,
    before: &Tally,
    (said, depth): (&[Said], Depth),
    place: &str,
    seed: u64,
) -> Result<Findings, Error> {
    let mut findings =
        Findings { opened: 1, due: u64::try_from(said.len()).unwrap_or(u64::MAX), ..Findings::default() };
    findings.whole += u64::from(depth == Depth::Whole);
    let desk = practice.person("dana")?.account;
    let looked = Store::open(options(practice, seed)?).map_err(Error::from).and_then(|store| {
        let held = store.read("crash-books", |tx| held(tx, &desk))?;
        promised(&held, said, place, &mut findings);
        whole(&held, before, place, &mut findings);
        undamaged(&store, depth)
    });
    if let Err(error) = looked {
        wrong(&mut findings.corrupt, place, &error.to_string());
    }
    Ok(findings)
}

fn promised(held: &Held, said: &[Said], place: &str, findings: &mut Findings) {
    let mut shown: HashMap<&str, u64> = HashMap::new();
    for said in said {
        match said {
            Said::Shown(patient) => *shown.entry(patient).or_default() += 1,
            Said::Kept { patient, version, email } => {
                let record = held.kept.get(&(patient.clone(), *version));
                if !record.is_some_and(|record| record.contains(email.as_str())) {
                    wrong(&mut findings.lost, place, &format!("version {version} of patient {patient} is not there"));
                }
            }
            Said::Booked(visit) if !held.booked.contains(visit) => {
                wrong(&mut findings.lost, place, &format!("the visit {visit} is not there, or holds no time"));
            }
            Said::Released(batch) if !held.released.contains_key(batch) => {
                wrong(&mut findings.lost, place, &format!("the batch {batch} was sent and is not"));
            }
            Said::Booked(_) | Said::Released(_) => {}
        }
    }
    for (patient, pages) in shown {
        let events = held.shown.get(patient).copied().unwrap_or(0);
        if events < pages {
            let why = format!("{pages} pages about patient {patient} were shown and {events} are in the log");
            wrong(&mut findings.disclosures, place, &why);
        }
    }
}

/// What must hold whether it was acknowledged or not.
fn whole(held: &Held, before: &Tally, place: &str, findings: &mut Findings) {
    for (patient, apart) in held.torn.iter().filter(|(_, apart)| **apart != 0) {
        wrong(&mut findings.torn, place, &format!("patient {patient}: events less versions are {apart}"));
    }
    if held.tally != *before {
        wrong(&mut findings.torn, place, &format!("acts and events are apart: {before:?}, and now {:?}", held.tally));
    }
    let (mut interchanges, mut groups) = (HashSet::new(), HashSet::new());
    for (interchange, group) in held.released.values() {
        let fresh = interchanges.insert(interchange) && groups.insert(group);
        if !fresh || *interchange >= held.next.0 || *group >= held.next.1 {
            wrong(
                &mut findings.torn,
                place,
                &format!("the number {interchange} or {group} is given twice, or will be"),
            );
        }
    }
    if held.unbalanced != 0 {
        wrong(&mut findings.torn, place, &format!("{} entries of the ledger do not balance", held.unbalanced));
    }
}

fn held(tx: &mut Tx, desk: &str) -> store::Result<Held> {
    let mut held = Held::default();
    let views = sql!(
        "SELECT s.patient_id AS id, CAST(count(*) AS BIGINT) AS n FROM audit_subject s
         JOIN audit_event e ON e.event_id = s.event_id WHERE e.act = $1 AND e.actor = $2 GROUP BY s.patient_id"
    );
    for row in tx.query(views, params![Act::PatientViewed.as_str(), format!("account:{desk}")])? {
        held.shown.insert(row.get("id")?, row.get("n")?);
    }
    let versions = sql!("SELECT id, version, body, checksum FROM record_version WHERE kind = 'patient'");
    for row in tx.query(versions, &[])? {
        let record = record::decode::<serde_json::Value>(&row, "patient")?;
        let id: String = row.get("id")?;
        *held.torn.entry(id.clone()).or_default() -= 1;
        held.kept.insert((id, record.version), record.value.to_string());
    }
    let events = sql!(
        "SELECT s.patient_id AS id, CAST(count(*) AS BIGINT) AS n FROM audit_subject s
         JOIN audit_event e ON e.event_id = s.event_id WHERE e.act IN ($1, $2) GROUP BY s.patient_id"
    );
    for row in tx.query(events, params![Act::PatientRegistered.as_str(), Act::PatientChanged.as_str()])? {
        *held.torn.entry(row.get("id")?).or_default() += row.get::<i64>("n")?;
    }
    for row in tx.query(sql!("SELECT DISTINCT appointment_id AS id FROM appointment_slot"), &[])? {
        held.booked.insert(row.get("id")?);
    }
    let sent = sql!("SELECT id, interchange, group_control FROM batch WHERE interchange IS NOT NULL");
    for row in tx.query(sent, &[])? {
        held.released.insert(row.get("id")?, (row.get("interchange")?, row.get("group_control")?));
    }
    let mut next = |name: &str| -> store::Result<i64> {
        tx.query_one(sql!("SELECT next FROM counter WHERE name = $1"), params![name])?.get("next")
    };
    held.next = (next("x12.interchange")?, next("x12.group")?);
    held.tally = tally(tx)?;
    let apart = sql!(
        "SELECT CAST(count(*) AS BIGINT) AS n FROM
         (SELECT entry_id FROM ledger_posting GROUP BY entry_id HAVING sum(amount) <> 0) AS apart"
    );
    held.unbalanced = tx.query_one(apart, &[])?.get("n")?;
    Ok(held)
}

fn tally(tx: &mut Tx) -> store::Result<Tally> {
    let mut events = |act: Act| -> store::Result<i64> {
        let text = sql!("SELECT CAST(count(*) AS BIGINT) AS n FROM audit_event WHERE act = $1");
        tx.query_one(text, params![act.as_str()])?.get("n")
    };
    let (booked, released) = (events(Act::AppointmentBooked)?, events(Act::BatchReleased)?);
    let acts = sql!(
        "SELECT (SELECT CAST(count(*) AS BIGINT) FROM appointment) AS visits,
         (SELECT CAST(count(*) AS BIGINT) FROM batch WHERE interchange IS NOT NULL) AS batches,
         (SELECT CAST(count(*) AS BIGINT) FROM file WHERE direction = 'out' AND kind = '837P') AS files"
    );
    let row = tx.query_one(acts, &[])?;
    Ok(Tally {
        visits: row.get::<i64>("visits")? - booked,
        batches: row.get::<i64>("batches")? - released,
        files: row.get::<i64>("files")? - released,
    })
}
