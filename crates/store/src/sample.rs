//! The weekly samples of the log: what was drawn, and what people said of it.

use domain::Instant;
use domain::access::Action;
use domain::audit::Leaf;
use domain::grant::Grant;
use domain::id::{AccountId, PatientId, SampleItemId};
use domain::sample::{Finding, Item, Reading, Sample, Week, is_candidate};

use crate::audit::Log;
use crate::audit::read::{Entry, one as event};
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, hit, keep, waiting_and_late};
use crate::{params, sql};

const KIND: &str = "sample";
const ITEM: &str = "sample_item";
/// What an item says of a patient, with its event.
const FIELDS: [&str; 2] = [KIND, "audit"];
/// Entries that are read at once for the draw.
const PART: i64 = 5_000;

/// An item with its event.
pub type Shown = (Item, Entry);

/// The place of the first entry that was recorded at or after this instant. Later entries get later places, so it stays.
pub fn first_place(tx: &mut Tx, at: Instant) -> Result<Option<u64>> {
    let first = tx.query_one(
        sql!("SELECT min(leaf_index) AS place FROM audit_event WHERE at >= $1 AND leaf_index IS NOT NULL"),
        params![at],
    )?;
    let place: Option<i64> = first.get("place")?;
    Ok(place.and_then(|place| u64::try_from(place).ok()))
}

/// The places from `from` to before `to` whose entries may be drawn, by what their leaves say.
pub fn candidates(tx: &mut Tx, from: u64, to: u64) -> Result<Vec<u64>> {
    let (mut next, to) = (number(from)?, number(to)?);
    let mut places = Vec::new();
    while next < to {
        let rows = tx.query(
            sql!(
                "SELECT leaf_index, leaf FROM audit_event WHERE leaf_index >= $1 AND leaf_index < $2
                 ORDER BY leaf_index"
            ),
            params![next, to.min(next + PART)],
        )?;
        for row in &rows {
            if Leaf::decode(&row.get::<Vec<u8>>("leaf")?).is_some_and(|leaf| is_candidate(&leaf)) {
                places.push(row.get("leaf_index")?);
            }
        }
        next += PART;
    }
    Ok(places)
}

/// The leaf of a place that may be drawn, and whose act it was.
pub fn at_place(tx: &mut Tx, place: u64) -> Result<(Leaf, AccountId)> {
    let row = tx.query_opt(sql!("SELECT leaf FROM audit_event WHERE leaf_index = $1"), params![number(place)?])?;
    let row = row.ok_or(Error::NotFound("event"))?;
    let leaf = Leaf::decode(&row.get::<Vec<u8>>("leaf")?).ok_or_else(|| row.corrupt("leaf"))?;
    let actor = AccountId::parse(leaf.actor.strip_prefix("account:").unwrap_or_default());
    Ok((leaf, actor.map_err(|_| row.corrupt("leaf"))?))
}

/// Keeps a sample with its items. Refused when the week has one. The caller puts it into the log, in this transaction.
pub fn insert(tx: &mut Tx, sample: &Sample, items: &[Item], stamp: &Stamp) -> Result<()> {
    let week = sample.week.to_string();
    let encoded = keep(tx, KIND, &week, 1, sample, stamp)?;
    tx.execute(
        sql!("INSERT INTO sample (id, version, body, checksum) VALUES ($1, 1, $2, $3)"),
        params![week, encoded.body, encoded.checksum],
    )?;
    for item in items {
        let encoded = keep(tx, ITEM, item.id.as_str(), 1, item, stamp)?;
        tx.execute(
            sql!(
                "INSERT INTO sample_item (id, sample_id, place, event_id, due_at, closed, version, body, checksum)
                 VALUES ($1, $2, $3, $4, $5, 0, 1, $6, $7)"
            ),
            params![item.id, week, number(item.place)?, item.event, item.due_at, encoded.body, encoded.checksum],
        )?;
    }
    Ok(())
}

/// The samples, the newest week first; at most 60.
pub fn all(tx: &mut Tx) -> Result<Vec<Sample>> {
    let rows = tx.query(sql!("SELECT id, version, body, checksum FROM sample ORDER BY id DESC LIMIT 60"), &[])?;
    rows.iter().map(|row| Ok(decode::<Sample>(row, KIND)?.value)).collect()
}

/// What there is of a week's sample, without its events, in the order of the log.
pub fn items(tx: &mut Tx, week: Week) -> Result<Vec<Item>> {
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM sample_item WHERE sample_id = $1 ORDER BY place"),
        params![week.to_string()],
    )?;
    rows.iter().map(|row| Ok(decode::<Item>(row, ITEM)?.value)).collect()
}

/// The same with the events. The grant is for reviewing.
pub fn shown(log: &Log, tx: &mut Tx, grant: &Grant, week: Week) -> Result<Phi<Vec<Shown>>> {
    reviewing(grant)?;
    let items = items(tx, week)?;
    with_events(log, tx, items)
}

/// What nobody read yet, the first deadline at the head; at most 200. The grant is for reviewing.
pub fn waiting(log: &Log, tx: &mut Tx, grant: &Grant) -> Result<Phi<Vec<Shown>>> {
    reviewing(grant)?;
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM sample_item WHERE closed = 0 ORDER BY due_at, place LIMIT 200"),
        &[],
    )?;
    let items = rows.iter().map(|row| Ok(decode::<Item>(row, ITEM)?.value)).collect::<Result<Vec<_>>>()?;
    with_events(log, tx, items)
}

/// One item with its event. The grant is for reviewing.
pub fn open(log: &Log, tx: &mut Tx, grant: &Grant, id: &SampleItemId) -> Result<Phi<Shown>> {
    reviewing(grant)?;
    let item = load(tx, id)?.value;
    with_event(log, tx, item)
}

/// What waits, in the order of its deadlines: ids and whose acts they are.
pub fn next(tx: &mut Tx) -> Result<Vec<(SampleItemId, AccountId)>> {
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM sample_item WHERE closed = 0 ORDER BY due_at, place LIMIT 200"),
        &[],
    )?;
    let item = |row: &Row| decode::<Item>(row, ITEM).map(|item| (item.value.id, item.value.actor));
    rows.iter().map(item).collect()
}

/// An item and whom its event concerns, for a decision about reading it: ids only.
pub fn subject(log: &Log, tx: &mut Tx, id: &SampleItemId) -> Result<(Item, Vec<PatientId>)> {
    let item = load(tx, id)?.value;
    let entry = event(log, tx, &item.event)?;
    Ok((item, entry.map(|entry| entry.subjects().collect()).unwrap_or_default()))
}

/// Keeps what was found. The grant is for reviewing what this person did, who is not the one that reads.
pub fn read(tx: &mut Tx, grant: &Grant, id: &SampleItemId, reading: Reading, stamp: &Stamp) -> Result<Item> {
    reviewing(grant)?;
    let Versioned { value, version } = load(tx, id)?;
    let item = value.read(reading).map_err(|why| Error::Refused(why.to_owned()))?;
    let encoded = keep(tx, ITEM, id.as_str(), version + 1, &item, stamp)?;
    let changed = tx.execute(
        sql!(
            "UPDATE sample_item SET closed = 1, version = $2 + 1, body = $3, checksum = $4
             WHERE id = $1 AND version = $2"
        ),
        params![id, version, encoded.body, encoded.checksum],
    )?;
    hit(changed, ITEM)?;
    Ok(item)
}

/// How many nobody read yet, and how many of them are late. Counts, of nobody in particular.
pub fn counts(tx: &mut Tx) -> Result<(u32, u32)> {
    waiting_and_late(
        tx,
        sql!(
            "SELECT CAST(count(*) AS BIGINT) AS waiting,
                    CAST(coalesce(sum(CASE WHEN due_at <= $1 THEN 1 ELSE 0 END), 0) AS BIGINT) AS late
             FROM sample_item WHERE closed = 0"
        ),
    )
}

/// How many events of a sample came to what: not read, in order, not in order.
pub fn tally(items: &[Item]) -> [usize; 3] {
    let of = |finding| items.iter().filter(|i| i.reading.as_ref().map(|r| r.finding) == finding).count();
    [of(None), of(Some(Finding::InOrder)), of(Some(Finding::NotInOrder))]
}

fn number(place: u64) -> Result<i64> {
    i64::try_from(place).map_err(|_| Error::Log("the log is too large".to_owned()))
}

fn reviewing(grant: &Grant) -> Result<()> {
    if grant.action() == Action::AlertReview { Ok(()) } else { Err(Error::NotFound(KIND)) }
}

fn load(tx: &mut Tx, id: &SampleItemId) -> Result<Versioned<Item>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM sample_item WHERE id = $1"), params![id])?;
    decode(&row.ok_or(Error::NotFound(KIND))?, ITEM)
}

fn with_event(log: &Log, tx: &mut Tx, item: Item) -> Result<Phi<Shown>> {
    let entry = event(log, tx, &item.event)?.ok_or(Error::NotFound("event"))?;
    Ok(entry.and(Phi::new(item, [], [KIND])).cut(|(entry, item)| (item, entry), &FIELDS))
}

fn with_events(log: &Log, tx: &mut Tx, items: Vec<Item>) -> Result<Phi<Vec<Shown>>> {
    let mut all = Phi::new(Vec::with_capacity(items.len()), [], FIELDS);
    for item in items {
        let add = |(mut all, one): (Vec<Shown>, Shown)| {
            all.push(one);
            all
        };
        all = all.and(with_event(log, tx, item)?).cut(add, &FIELDS);
    }
    Ok(all)
}
