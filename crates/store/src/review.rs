//! Access reviews: what is looked at, and what was decided. No ePHI is in them.

use domain::id::{ReviewId, ReviewItemId};
use domain::review::{Choice, Item, Review};

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::record::{Stamp, Versioned, decode, hit, keep};
use crate::{params, sql};

const REVIEW: &str = "review";
const ITEM: &str = "review_item";

/// Begins a review with what it looks at. Refused while another one is under way.
pub fn begin(tx: &mut Tx, review: &Review, items: &[Item], stamp: &Stamp) -> Result<()> {
    if running(tx)?.is_some() {
        return Err(Error::Refused("an access review is under way: finish it first".to_owned()));
    }
    let encoded = keep(tx, REVIEW, review.id.as_str(), 1, review, stamp)?;
    tx.execute(
        sql!("INSERT INTO review (id, begun_at, finished, version, body, checksum) VALUES ($1, $2, 0, 1, $3, $4)"),
        params![review.id, review.begun_at, encoded.body, encoded.checksum],
    )?;
    for item in items {
        let encoded = keep(tx, ITEM, item.id.as_str(), 1, item, stamp)?;
        tx.execute(
            sql!("INSERT INTO review_item (id, review_id, choice, version, body, checksum) VALUES ($1, $2, '', 1, $3, $4)"),
            params![item.id, item.review, encoded.body, encoded.checksum],
        )?;
    }
    Ok(())
}

/// The review that is under way.
pub fn running(tx: &mut Tx) -> Result<Option<Versioned<Review>>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM review WHERE finished = 0"), &[])?;
    row.map(|row| decode(&row, REVIEW)).transpose()
}

/// Every review, the newest first: fifty years of them at most.
pub fn all(tx: &mut Tx) -> Result<Vec<Review>> {
    let rows = tx
        .query(sql!("SELECT id, version, body, checksum FROM review ORDER BY begun_at DESC, id DESC LIMIT 200"), &[])?;
    rows.iter().map(|row| Ok(decode::<Review>(row, REVIEW)?.value)).collect()
}

/// One review.
pub fn one(tx: &mut Tx, id: &ReviewId) -> Result<Versioned<Review>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM review WHERE id = $1"), params![id])?;
    decode(&row.ok_or(Error::NotFound(REVIEW))?, REVIEW)
}

/// What a review looks at.
pub fn items(tx: &mut Tx, review: &ReviewId) -> Result<Vec<Versioned<Item>>> {
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM review_item WHERE review_id = $1 ORDER BY id"),
        params![review],
    )?;
    rows.iter().map(|row| decode(row, ITEM)).collect()
}

/// One access that a review looks at.
pub fn item(tx: &mut Tx, id: &ReviewItemId) -> Result<Versioned<Item>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM review_item WHERE id = $1"), params![id])?;
    decode(&row.ok_or(Error::NotFound(ITEM))?, ITEM)
}

/// How many accesses of each review came to what; nothing where it is not decided.
pub fn counts(tx: &mut Tx) -> Result<Vec<(ReviewId, Option<Choice>, u64)>> {
    let rows = tx.query(
        sql!(
            "SELECT review_id, choice, CAST(count(*) AS BIGINT) AS n FROM review_item
             GROUP BY review_id, choice ORDER BY review_id, choice"
        ),
        &[],
    )?;
    let choice = |text: &str| match text {
        "" => Ok(None),
        text => Choice::parse(text).map(Some).ok_or(()),
    };
    rows.iter().map(|row| Ok((row.get("review_id")?, row.parse("choice", choice)?, row.get("n")?))).collect()
}

/// How many accesses of the review that is under way nobody has decided about.
pub fn undecided(tx: &mut Tx) -> Result<u32> {
    let row = tx.query_one(
        sql!(
            "SELECT CAST(count(*) AS BIGINT) AS n FROM review_item
             WHERE choice = '' AND review_id IN (SELECT id FROM review WHERE finished = 0)"
        ),
        &[],
    )?;
    row.get("n")
}

/// Writes the decision about version `version` of an item.
pub fn decide(tx: &mut Tx, item: &Item, version: i64, stamp: &Stamp) -> Result<()> {
    let choice = item.choice().map_or("", Choice::as_str);
    let encoded = keep(tx, ITEM, item.id.as_str(), version + 1, item, stamp)?;
    let changed = tx.execute(
        sql!(
            "UPDATE review_item SET choice = $3, version = $2 + 1, body = $4, checksum = $5
             WHERE id = $1 AND version = $2 AND choice = ''"
        ),
        params![item.id, version, choice, encoded.body, encoded.checksum],
    )?;
    hit(changed, ITEM)
}

/// Notes that everything in a review is decided.
pub fn finish(tx: &mut Tx, review: &Review, version: i64, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, REVIEW, review.id.as_str(), version + 1, review, stamp)?;
    let changed = tx.execute(
        sql!(
            "UPDATE review SET finished = 1, version = $2 + 1, body = $3, checksum = $4 WHERE id = $1 AND version = $2"
        ),
        params![review.id, version, encoded.body, encoded.checksum],
    )?;
    hit(changed, REVIEW)
}
