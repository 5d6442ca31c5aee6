//! What a payer's first answer does to a claim, and to the one that it should have replaced.

use domain::claim::{Claim, ClaimStep};
use domain::place::Zone;
use jiff::civil::Date;
use store::Tx;
use store::record::Stamp;

use crate::practice::Facts;

/// Moves a claim as its acknowledgement says. When a replacement or void is turned back, the payer has the claim before it
/// still: that one stands again as it did, with its charges.
pub(super) fn answered(
    tx: &mut Tx,
    claim: &Claim,
    step: ClaimStep,
    payer_number: Option<&str>,
    stamp: &Stamp,
) -> store::Result<()> {
    store::claim::set_state(tx, &claim.id, step, payer_number, stamp)?;
    let Some(old) = claim.replaces.as_ref().filter(|_| step == ClaimStep::Reject) else { return Ok(()) };
    let number = &claim.control_number;
    let reason = format!("it stands again, as claim {number}, which took its place, was turned back");
    let stamp = Stamp { reason, ..stamp.clone() };
    if let Some(old) = store::claim::restore(tx, old, &stamp)? {
        let today = today(tx);
        store::ledger::restore_charges(tx, claim, &old, today, &stamp)?;
    }
    Ok(())
}

/// The practice's date.
fn today(tx: &mut Tx) -> Date {
    let zone = store::directory::one::<Facts>(tx, "facts").map(|facts| facts.value.zone);
    let zone = zone.as_ref().map_or(jiff::tz::TimeZone::UTC, |zone: &Zone| zone.rules().clone());
    tx.now().timestamp().to_zoned(zone).date()
}
