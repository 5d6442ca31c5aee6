//! Which of our claims and lines a payer talks about. A line of ours is used once; what fits nothing is said, not guessed.

use std::collections::BTreeMap;

use super::{RemitClaim, RemitLine, Remittance};
use crate::claim::{Claim, ClaimLine};
use crate::id::{ChargeId, ClaimId};

/// By what a claim was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// CLP01 is our control number.
    ControlNumber,
    /// CLP07 is the payer's number of our claim, and charge and date agree.
    PayerNumber,
}

/// Why a claim of a remittance is not ours for certain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatchFault {
    /// No claim of ours.
    #[error("no claim of ours has the number `{0}`")]
    Unknown(String),
    /// The payer's number fits more than one.
    #[error("the payer's number `{0}` fits more than one claim of ours")]
    Ambiguous(String),
    /// A line fits none of the claim's that is still free.
    #[error("line {0} ({1}, {2}) fits no line of the claim that is not used already")]
    Line(usize, String, String),
}

/// A claim of a remittance and ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimMatch {
    /// Which claim of the remittance, from 0.
    pub index: usize,
    /// Our claim.
    pub claim: ClaimId,
    /// By what it was known.
    pub how: How,
    /// Our charge for each line of the remittance's claim, in its order.
    pub lines: Vec<ChargeId>,
}

/// Matches all claims of a remittance against ours. `ours` has at least those with a control number or a payer's number that
/// the remittance names.
pub fn match_claims(remittance: &Remittance, ours: &[Claim]) -> Vec<Result<ClaimMatch, MatchFault>> {
    let mut by_ours: BTreeMap<&str, Vec<&Claim>> = BTreeMap::new();
    let mut by_theirs: BTreeMap<&str, Vec<&Claim>> = BTreeMap::new();
    for claim in ours {
        by_ours.entry(claim.control_number.as_str()).or_default().push(claim);
        if let Some(number) = &claim.payer_number {
            by_theirs.entry(number).or_default().push(claim);
        }
    }
    // A file has ten thousand claims: each is held against those that it may mean, and not against all.
    let may_mean = |claim: &RemitClaim| {
        let theirs = || by_theirs.get(claim.payer_claim_number.as_deref()?);
        by_ours.get(claim.control_number.trim()).or_else(theirs).map_or(&[][..], Vec::as_slice)
    };
    let matched = |(index, claim)| match_among(index, claim, may_mean(claim));
    remittance.claims.iter().enumerate().map(matched).collect()
}

/// Matches one claim.
pub fn match_claim(index: usize, remit: &RemitClaim, ours: &[Claim]) -> Result<ClaimMatch, MatchFault> {
    match_among(index, remit, &ours.iter().collect::<Vec<_>>())
}

fn match_among(index: usize, remit: &RemitClaim, ours: &[&Claim]) -> Result<ClaimMatch, MatchFault> {
    let (claim, how) = find(remit, ours)?;
    let lines = match_lines(remit, claim)?;
    Ok(ClaimMatch { index, claim: claim.id.clone(), how, lines })
}

fn find<'c>(remit: &RemitClaim, ours: &[&'c Claim]) -> Result<(&'c Claim, How), MatchFault> {
    let number = remit.control_number.trim();
    if let Some(claim) = ours.iter().copied().find(|c| c.control_number.as_str() == number) {
        return Ok((claim, How::ControlNumber));
    }
    let unknown = || MatchFault::Unknown(number.chars().take(40).collect());
    let theirs = remit.payer_claim_number.as_deref().ok_or_else(unknown)?;
    // A payer that lost our number has only its own; the charge and the day have to agree as well.
    let fits = |c: &&Claim| {
        let charge = c.total == remit.charge || (remit.is_reversal() && c.total == remit.charge.negated());
        let same_day = remit.lines.iter().filter_map(|l| l.date).all(|d| d == c.date_of_service);
        c.payer_number.as_deref() == Some(theirs) && charge && same_day
    };
    let mut found = ours.iter().copied().filter(fits);
    match (found.next(), found.next()) {
        (Some(claim), None) => Ok((claim, How::PayerNumber)),
        (Some(_), Some(_)) => Err(MatchFault::Ambiguous(theirs.chars().take(40).collect())),
        (None, _) => Err(unknown()),
    }
}

/// How sure a line has to be, surest first, so that a weaker likeness never takes a line from a stronger one.
const PASSES: [fn(&RemitLine, &Claim, &ClaimLine) -> bool; 3] = [by_key, by_service, by_service_without_modifiers];

fn match_lines(remit: &RemitClaim, claim: &Claim) -> Result<Vec<ChargeId>, MatchFault> {
    let mut taken: Vec<Option<usize>> = vec![None; remit.lines.len()];
    for (pass, fits) in PASSES.iter().enumerate() {
        for at in 0..remit.lines.len() {
            let (Some(line), Some(None)) = (remit.lines.get(at), taken.get(at)) else { continue };
            let free = |n: &usize| !taken.contains(&Some(*n));
            let candidates = claim.lines.iter().enumerate().filter(|(n, ours)| free(n) && fits(line, claim, ours));
            let found: Vec<usize> = candidates.map(|(n, _)| n).collect();
            // Lines alike in everything may be told apart by nothing and stand for each other; without modifiers they may not.
            let choice = if pass == 2 && found.len() > 1 { None } else { found.first().copied() };
            if let (Some(choice), Some(slot)) = (choice, taken.get_mut(at)) {
                *slot = Some(choice);
            }
        }
    }
    let found = taken.iter().zip(&remit.lines).enumerate().map(|(at, (choice, line))| {
        let ours = choice.and_then(|n| claim.lines.get(n)).map(|l| l.charge.clone());
        ours.ok_or_else(|| MatchFault::Line(at + 1, line.code.clone(), line.charge.to_string()))
    });
    found.collect()
}

fn by_key(line: &RemitLine, _: &Claim, ours: &ClaimLine) -> bool {
    line.control_number.as_deref().is_some_and(|key| key.trim() == ours.control_number)
}

fn by_service(line: &RemitLine, claim: &Claim, ours: &ClaimLine) -> bool {
    let mut sent: Vec<&str> = ours.modifiers.iter().map(crate::charge::Modifier::as_str).collect();
    let mut told: Vec<&str> = line.modifiers.iter().map(String::as_str).collect();
    sent.sort_unstable();
    told.sort_unstable();
    sent == told && by_service_without_modifiers(line, claim, ours)
}

fn by_service_without_modifiers(line: &RemitLine, claim: &Claim, ours: &ClaimLine) -> bool {
    let charge = line.charge == ours.amount || line.charge.negated() == ours.amount;
    line.code == ours.code.as_str() && charge && line.date.is_none_or(|d| d == claim.date_of_service)
}
