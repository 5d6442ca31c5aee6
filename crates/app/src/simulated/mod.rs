//! The simulated payer: claims in, answers out. A pure function of the file, a seed and the days, for tests and the demo.
//!
//! It does what payers do to a practice: it takes most claims and turns a few back, pays by its own fee schedule, denies
//! whole claims and single lines, leaves deductibles, coinsurance and copays to patients, and a week later takes one payment
//! back, corrects it, pays interest and keeps something for an older debt.

mod ack;
mod judge;
mod remit;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use sha2::{Digest, Sha256};
use x12::professional::{Batch, Claim837P};
use x12::{Delimiters, Envelope, InterchangeHeader, Party, Usage, WriteError};

/// What the payer is told.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Another seed, another mood: the same file gets other decisions.
    pub seed: u64,
    /// The day on which the file arrives and is acknowledged.
    pub received: Date,
    /// The day of the first payment.
    pub paid_on: Date,
    /// The first of its control numbers; it uses a few from here.
    pub control: u32,
}

/// One 835 file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The payer's number (NM109 of loop 2010BB).
    pub payer: String,
    /// The payment date.
    pub day: Date,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Everything that comes back for one 837P.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// TA1, alone in an interchange.
    pub ta1: Vec<u8>,
    /// 999.
    pub ack999: Vec<u8>,
    /// 277CA, one for the file.
    pub ack277: Vec<u8>,
    /// 835s by day: for each payer the payment, and a week later the one that corrects it.
    pub payments: Vec<Payment>,
}

/// Why the payer cannot answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayerError {
    /// Not an 837P that can be read.
    #[error("the file holds no 837P claims: {0}")]
    NoClaims(String),
    /// A day before the year 1 or after 9999.
    #[error("the date `{0}` cannot be written")]
    Date(Date),
    /// What would be sent does not follow its guide: a bug of this payer.
    #[error("the answer cannot be written: {0}")]
    Write(#[from] WriteErrorText),
}

/// A [`WriteError`] in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WriteErrorText(String);

impl From<WriteError> for PayerError {
    fn from(error: WriteError) -> Self {
        Self::Write(WriteErrorText(error.to_string()))
    }
}

/// Answers a file of claims.
pub fn answer(file: &[u8], asked: &Asked) -> Result<Answers, PayerError> {
    let (batches, faults) = x12::professional::read(file);
    let (interchanges, _) = x12::overview(file);
    let first = interchanges.first().filter(|_| batches.iter().any(|b| !b.claims.is_empty()));
    let Some(header) = first else {
        let why = faults.first().map_or_else(|| "there are none in it".to_owned(), ToString::to_string);
        return Err(PayerError::NoClaims(why));
    };
    let desk = Desk { asked, header, received: date(asked.received)? };
    let mut control = asked.control..;
    let mut envelope = |day: x12::Date| desk.envelope(day, control.next().unwrap_or(1));
    let mut payments = Vec::new();
    for (number, (payer, claims)) in (0_u32..).zip(by_payer(&batches, asked.seed)) {
        let later = asked.paid_on.checked_add(jiff::Span::new().days(7)).unwrap_or(asked.paid_on);
        for (round, day) in [asked.paid_on, later].into_iter().enumerate() {
            let paid_on = date(day)?;
            let sheet = remit::Sheet { payer: &payer, claims: &claims, paid_on, received: desk.received, number };
            let remittance = if round == 0 { Some(sheet.payment(asked.seed)) } else { sheet.correction(asked.seed) };
            if let Some(remittance) = remittance {
                let bytes = x12::write_interchange(&envelope(paid_on), &[remittance])?;
                payments.push(Payment { payer: payer.clone(), day, bytes });
            }
        }
    }
    payments.sort_by_key(|p| p.day);
    Ok(Answers {
        ta1: ack::ta1(&desk, &envelope(desk.received))?,
        ack999: ack::accepted(&desk, &envelope(desk.received))?,
        ack277: ack::claims(&desk, &batches, &envelope(desk.received))?,
        payments,
    })
}

/// A claim with who sent it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filed<'a> {
    pub(crate) batch: &'a Batch,
    pub(crate) claim: &'a Claim837P,
}

/// The claims that were not turned back, by payer.
fn by_payer(batches: &[Batch], seed: u64) -> BTreeMap<String, Vec<Filed<'_>>> {
    let mut found: BTreeMap<String, Vec<Filed<'_>>> = BTreeMap::new();
    for batch in batches {
        for claim in batch.claims.iter().filter(|c| !judge::is_turned_back(seed, c)) {
            found.entry(claim.payer.id.value.clone()).or_default().push(Filed { batch, claim });
        }
    }
    found
}

/// Where the file came from, and when.
pub(crate) struct Desk<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) header: &'a InterchangeHeader,
    pub(crate) received: x12::Date,
}

impl Desk<'_> {
    /// The file's own envelope, turned around.
    fn envelope(&self, day: x12::Date, control: u32) -> Envelope {
        let party =
            |qualifier: &str, id: &str| Party { qualifier: qualifier.to_owned(), id: id.to_owned(), application: None };
        Envelope {
            sender: party(&self.header.receiver_qualifier, &self.header.receiver),
            receiver: party(&self.header.sender_qualifier, &self.header.sender),
            date: day,
            time: noon(),
            control: control.clamp(1, 999_999_999),
            group_control: control.clamp(1, 999_999_999),
            usage: if self.header.test { Usage::Test } else { Usage::Production },
            ack_requested: false,
            delimiters: Delimiters::default(),
            line_ends: true,
        }
    }
}

fn noon() -> x12::Time {
    x12::Time::new(12, 0).unwrap_or_default()
}

fn date(day: Date) -> Result<x12::Date, PayerError> {
    let parts = (day.year().try_into(), day.month().try_into(), day.day().try_into());
    let (Ok(year), Ok(month), Ok(dom)) = parts else { return Err(PayerError::Date(day)) };
    x12::Date::new(year, month, dom).ok_or(PayerError::Date(day))
}

/// Eight bytes that depend on everything that decides, and on nothing else.
pub(crate) fn dice(seed: u64, about: &str, what: &str) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(about.as_bytes());
    hash.update([0]);
    hash.update(what.as_bytes());
    hash.finalize().iter().take(8).fold(0, |n, byte| n << 8 | u64::from(*byte))
}

/// A number of `digits` digits for a thing, the same each time.
pub(crate) fn number_for(about: &str, what: &str, digits: u32) -> String {
    let size = 10_u64.saturating_pow(digits.saturating_sub(1));
    (size + dice(0, about, what) % (size * 9)).to_string()
}
