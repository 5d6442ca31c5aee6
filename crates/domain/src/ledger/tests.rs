use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::id::PayerId;

const ID: &str = "01890000-0000-7000-8000-000000000001";
const OTHER: &str = "01890000-0000-7000-8000-000000000002";

fn payer() -> PayerId {
    PayerId::parse(ID).unwrap()
}

fn accounts() -> Vec<Account> {
    let patient = PatientId::parse(ID).unwrap();
    vec![
        Account::InsuranceReceivable(payer()),
        Account::PatientReceivable(patient.clone()),
        Account::Cash,
        Account::Unapplied(payer()),
        Account::PatientCredit(patient),
        Account::Contractual,
        Account::OtherAdjustment,
        Account::PayerRecoupment(payer()),
        Account::Interest,
        Account::ProviderAdjustment,
        Account::Revenue,
        Account::RefundPayable,
    ]
}

fn entry(amounts: &[i64]) -> Result<Entry, LedgerError> {
    let postings =
        amounts.iter().zip(accounts().into_iter().cycle()).map(|(c, a)| Posting::new(a, Cents::new(*c))).collect();
    let cause = Cause::Deposit { remittance: RemittanceId::parse(ID).unwrap() };
    let day = date(2026, 3, 2);
    Entry::new(EntryId::parse(ID).unwrap(), cause, day, day, postings)
}

fn reverse(entry: &Entry) -> Result<Entry, LedgerError> {
    let cause = Cause::Reversal { of: entry.id().clone() };
    entry.reversal(EntryId::parse(OTHER).unwrap(), cause, date(2026, 4, 1), date(2026, 4, 1))
}

fn check(amounts: &[i64], expect: &Result<(), LedgerError>) {
    assert_eq!(&entry(amounts).map(|_| ()), expect, "{amounts:?}");
}

#[test]
fn only_what_balances_is_an_entry() {
    check(&[100, -100], &Ok(()));
    check(&[100, -60, -40], &Ok(()));
    check(&[100, -99], &Err(LedgerError::Unbalanced(Cents::new(1))));
    check(&[], &Err(LedgerError::Empty));
    check(&[0, 0], &Err(LedgerError::Zero(format!("insurance:{ID}"))));
    check(&[i64::MAX, 1, -1], &Err(LedgerError::Amount(CentsError::Overflow)));
}

#[test]
fn stored_json_is_checked_when_it_is_read() {
    let good = serde_json::to_string(&entry(&[100, -100]).unwrap()).unwrap();
    assert!(serde_json::from_str::<Entry>(&good).is_ok());
    let bad = good.replace("\"amount\":100", "\"amount\":101");
    assert_ne!(bad, good);
    assert!(serde_json::from_str::<Entry>(&bad).unwrap_err().to_string().contains("does not balance"));
}

#[test]
fn accounts_read_back() {
    for account in accounts() {
        assert_eq!(Account::parse(&account.key()), Ok(account));
    }
    for bad in ["", "cash:1", "insurance", "insurance:1", "petty"] {
        assert!(Account::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn closed_periods_take_nothing() {
    let through = Some(date(2026, 2, 28));
    assert!(check_period(through, date(2026, 2, 28)).is_err());
    assert!(check_period(through, date(2026, 3, 1)).is_ok());
    assert!(check_period(None, date(1990, 1, 1)).is_ok());
}

#[test]
fn a_reversal_is_not_reversed() {
    let back = reverse(&entry(&[5, -5]).unwrap()).unwrap();
    assert_eq!(reverse(&back), Err(LedgerError::IsReversal));
    assert_eq!(back.reverses().map(EntryId::as_str), Some(ID));
}

proptest! {
    #[test]
    fn every_entry_and_its_reversal_sum_to_zero(amounts in prop::collection::vec(-1_000_000_i64..1_000_000, 1..12)) {
        let sum: i64 = amounts.iter().sum();
        let mut closed = amounts.clone();
        closed.push(-sum);
        match entry(&closed) {
            Ok(entry) => {
                let back = reverse(&entry).unwrap();
                let both = [entry, back];
                prop_assert_eq!(balance(&both, |_| true), Ok(Cents::ZERO));
                for account in accounts() {
                    prop_assert_eq!(balance(&both, |p| p.account == account), Ok(Cents::ZERO));
                }
            }
            Err(e) => prop_assert!(closed.contains(&0), "{e}"),
        }
        if sum != 0 && !amounts.contains(&0) {
            prop_assert_eq!(entry(&amounts).map(|_| ()), Err(LedgerError::Unbalanced(Cents::new(sum))));
        }
    }
}
