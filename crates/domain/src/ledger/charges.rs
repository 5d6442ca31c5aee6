//! What signed charges do to the books.

use super::{Account, LedgerError, Posting};
use crate::cents::Cents;
use crate::claim::Claim;
use crate::id::PayerId;
use crate::visit::Visit;

/// The postings of a signed visit: each line is owed by the payer, or by the patient when there is none, and earned. Lines that
/// charge nothing are left out, so the result may be empty and make no entry.
pub fn charge_postings(visit: &Visit, payer: Option<&PayerId>) -> Result<Vec<Posting>, LedgerError> {
    let owed_by = match payer {
        Some(payer) => Account::InsuranceReceivable(payer.clone()),
        None => Account::PatientReceivable(visit.patient.clone()),
    };
    let mut postings = Vec::new();
    for charge in &visit.charges {
        let amount = charge.amount()?;
        if amount != Cents::ZERO {
            for (account, amount) in [(owed_by.clone(), amount), (Account::Revenue, amount.negated())] {
                postings.push(Posting::new(account, amount).about(&visit.patient, None, Some(&charge.id)));
            }
        }
    }
    Ok(postings)
}

/// The postings of a claim's charges, when they are not in the books yet: each line is owed by the claim's payer, and earned.
pub fn claim_charge_postings(claim: &Claim) -> Vec<Posting> {
    let owed_by = Account::InsuranceReceivable(claim.payer.id.clone());
    let mut postings = Vec::new();
    for line in claim.lines.iter().filter(|l| l.amount != Cents::ZERO) {
        for (account, amount) in [(owed_by.clone(), line.amount), (Account::Revenue, line.amount.negated())] {
            postings.push(Posting::new(account, amount).about(&claim.patient.id, Some(&claim.id), Some(&line.charge)));
        }
    }
    postings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::World;

    #[test]
    fn each_line_is_owed_and_earned() {
        let world = World::new();
        let postings = charge_postings(&world.visit, Some(&world.payer.id)).unwrap();
        assert_eq!(postings.len(), 4);
        let owed = |account: &Account| Cents::sum(postings.iter().filter(|p| p.account == *account).map(|p| p.amount));
        assert_eq!(owed(&Account::InsuranceReceivable(world.payer.id.clone())), Ok(Cents::new(15_000)));
        assert_eq!(owed(&Account::Revenue), Ok(Cents::new(-15_000)));
        let of_claim = claim_charge_postings(&world.claim(1));
        let sums = |all: &[Posting]| Cents::sum(all.iter().filter(|p| p.amount > Cents::ZERO).map(|p| p.amount));
        assert_eq!(sums(&of_claim), sums(&postings), "a claim owes what its visit charged");
        let own = charge_postings(&world.visit, None).unwrap();
        assert_eq!(own[0].account, Account::PatientReceivable(world.patient.id));
    }
}
