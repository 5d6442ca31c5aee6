//! Release a batch: the file, the batch, its claims and the audit event are one transaction, so that no file ever left
//! without its record, and no record speaks of a file that never was.

use domain::access::Action;
use domain::audit::Act;
use domain::batch::{Batch, Release};
use domain::claim::{BatchContext, Claim, ClaimStep, Frequency, envelope, to_837p};
use domain::id::{BatchId, FileId, PatientId};
use domain::partner::{Basis, Partner, gate};
use jiff::civil::DateTime;
use store::Tx;
use store::file::Kept;
use store::record::{Stamp, Versioned};

use super::make::{judge, refused};
use crate::access::Resource;
use crate::practice::Facts;
use crate::{App, Cx, Result, stamp};

/// What was released.
#[derive(Clone, Debug)]
pub struct Released {
    /// The batch as it left.
    pub batch: Batch,
    /// Its file.
    pub file: FileId,
    /// On what ground.
    pub basis: Basis,
    /// Whose claims are in it.
    pub patients: Vec<PatientId>,
}

impl App {
    /// Releases an open batch. `at` is the practice's local date and time: the file says it, and the partner's agreement must
    /// be in force that day.
    pub fn release_batch(&self, cx: &Cx, id: &BatchId, at: DateTime) -> Result<Released> {
        let (id, stamp, event) = (id.clone(), stamp(cx, "sent"), self.event(cx, Act::BatchReleased));
        self.change(
            cx,
            Action::ClaimRelease,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                let released = release_in(tx, &id, at, &stamp)?;
                let event = event.clone().object("batch", &id).about(released.patients.iter().cloned());
                let event = event.with("reference", &released.batch.reference).with("claims", released.batch.claims);
                let event = event.with("cents", released.batch.total.get()).with("file", &released.file);
                let event = event.with("partner", &released.batch.partner).with("basis", &released.basis);
                tx.audit(event.showing(["identity", "contact", "coverage", "claims", "charges"]));
                Ok(released)
            },
        )
    }
}

/// Releases an open batch in the transaction at hand. The caller adds the event.
pub fn release_in(tx: &mut Tx, id: &BatchId, at: DateTime, stamp: &Stamp) -> store::Result<Released> {
    let Versioned { value: mut batch, version } = store::batch::open(tx, id)?;
    let partner = store::directory::one::<Partner>(tx, batch.partner.as_str())?.value;
    let basis = gate(&partner, at.date()).map_err(refused)?;
    let production = partner.interchange.as_ref().is_some_and(|i| i.production);
    let facts = store::directory::one::<Facts>(tx, "facts").ok();
    if !production && facts.is_none_or(|facts| facts.value.synthetic.is_none()) {
        // A file marked as a test (ISA15) is answered and never paid, while the books would say that it is owed.
        let name = &partner.name;
        return Err(refused(format!(
            "files to {name} are set to tests, which no payer pays, so nothing was sent: once {name} has passed your tests, \
             set `Files are sent` to `For real` on its page under Vendors and BAAs"
        )));
    }
    let claims = claims_to_send(tx, id, at)?;
    let interchange = number(store::directory::next_number(tx, "x12.interchange")?)?;
    let group = number(store::directory::next_number(tx, "x12.group")?)?;
    let bytes = write(&batch, &partner, &claims, at, (interchange, group))?;
    let name = format!("{}.837", batch.reference);
    let Kept::New(file) = store::file::keep_outbound(tx, &bytes, "837P", &name)? else {
        return Err(refused("a file with the same bytes has left already: nothing was sent"));
    };
    let patients: Vec<PatientId> = claims.iter().map(|c| c.patient.id.clone()).collect();
    store::file::about(tx, &file, &patients)?;
    let stamp = Stamp { reason: format!("released to {} in batch {}", partner.name, batch.reference), ..stamp.clone() };
    for claim in &claims {
        store::claim::set_state(tx, &claim.id, ClaimStep::Release, None, &stamp)?;
        store::ledger::post_charges(tx, claim, at.date(), &stamp)?;
        if let Some(old) = claim.replaces.as_ref().filter(|_| claim.frequency != Frequency::Original) {
            let word = if claim.frequency == Frequency::Void { "voided" } else { "replaced" };
            let reason = format!("{word} by claim {}", claim.control_number);
            store::claim::set_state(tx, old, ClaimStep::Supersede, None, &Stamp { reason, ..stamp.clone() })?;
        }
    }
    let now = tx.now();
    let addressed = partner.interchange;
    let release =
        Release { at: now, basis: basis.clone(), interchange, group, file: file.clone(), production, addressed };
    batch.released(release).map_err(refused)?;
    store::batch::change(tx, &batch, version, &stamp)?;
    crate::delivery::queue(tx, &batch, &file, &stamp)?;
    Ok(Released { batch, file, basis, patients })
}

/// The claims of the batch, each judged once more: what was ready last week may be late today.
fn claims_to_send(tx: &mut Tx, id: &BatchId, at: DateTime) -> store::Result<Vec<Claim>> {
    let claims: Vec<Claim> = store::claim::of_batch(tx, id)?.into_iter().map(|c| c.value).collect();
    for claim in &claims {
        let visit = store::visit::record(tx, &claim.visit)?.value;
        if claim.frequency != Frequency::Void && (visit.version != claim.visit_version || visit.signed.is_none()) {
            let number = &claim.control_number;
            let what = "its charges were corrected since it was made: take the batch apart and make it again";
            return Err(refused(format!("claim {number} cannot be sent: {what}")));
        }
        let mut ready = claim.clone();
        ready.step(ClaimStep::Unbatch).map_err(refused)?;
        let (faults, _) = judge(tx, &mut ready, at.date())?;
        if let Some(fault) = faults.iter().find(|f| f.severity == domain::claim::Severity::Blocking) {
            let number = &claim.control_number;
            return Err(refused(format!("claim {number} cannot be sent any more: {fault}; take the batch apart")));
        }
    }
    Ok(claims)
}

fn number(n: i64) -> store::Result<u32> {
    u32::try_from(n).map_err(refused)
}

/// The bytes, which our own reader and guide rules accept, or no bytes at all.
fn write(
    batch: &Batch,
    partner: &Partner,
    claims: &[Claim],
    at: DateTime,
    (interchange, group): (u32, u32),
) -> store::Result<Vec<u8>> {
    let context = BatchContext { reference: &batch.reference, at, partner };
    let set = to_837p(&context, claims).map_err(refused)?;
    let envelope = envelope(partner, at, interchange, group).map_err(refused)?;
    let bytes = x12::write_interchange(&envelope, &[set]).map_err(refused)?;
    if let Some(fault) = x12::validate(&bytes).first() {
        return Err(refused(format!("the file would not be valid, so nothing was sent: {}", fault.message)));
    }
    Ok(bytes)
}
