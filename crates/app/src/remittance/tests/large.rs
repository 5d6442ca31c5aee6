//! A remittance with very many claims: what it takes, and how long anybody else waits meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::Cents;
use domain::claim::Claim;
use domain::remittance::RemittanceState;
use x12::remittance as r;

use super::{Books, TODAY};

/// Claims, unless `WELLKEPT_CLAIMS` says otherwise; more than are named in one transaction.
const FEW: u32 = 120;

/// One payment of 100.00 for each claim; the rest of each is above the contract.
fn sheet(claims: &[Claim]) -> Vec<u8> {
    let one = |claim: &Claim| r::RemitClaim {
        control_number: claim.control_number.to_string(),
        status: "1".to_owned(),
        charge_cents: claim.total.get(),
        paid_cents: 10_000,
        filing: "12".to_owned(),
        payer_claim_number: Some(format!("P{}", claim.control_number)),
        patient: Some(x12::Entity { name: x12::Name::person("MAPLE", "KIRA"), id: None }),
        adjustments: vec![x12::Adjustment {
            group: x12::AdjustmentGroup::from_code("CO"),
            reason: "45".to_owned(),
            cents: claim.total.get() - 10_000,
            quantity: None,
        }],
        ..r::RemitClaim::default()
    };
    let address = x12::Address {
        line1: "400 MAIN ST".to_owned(),
        city: "PEORIA".to_owned(),
        state: Some("IL".to_owned()),
        zip: Some("616021234".to_owned()),
        ..x12::Address::default()
    };
    let party = |name: &str, id: x12::Identifier| r::RemitParty {
        name: name.to_owned(),
        id: Some(id),
        address: Some(address.clone()),
        ..r::RemitParty::default()
    };
    let remittance = r::Remittance {
        handling: "I".to_owned(),
        payment_cents: 10_000 * i64::try_from(claims.len()).unwrap(),
        credit_debit: "C".to_owned(),
        method: "CHK".to_owned(),
        trace: "T1".to_owned(),
        trace_originator: "1512345678".to_owned(),
        date: x12::Date::new(2026, 3, 20),
        payer: party("PRAIRIE HEALTH", x12::Identifier::new("XV", "PRAIR")),
        payee: party("NORTHSIDE FAMILY CARE", x12::Identifier::npi(claims[0].billing.npi.as_str())),
        claims: claims.iter().map(one).collect(),
        ..r::Remittance::default()
    };
    let envelope = x12::Envelope {
        sender: x12::Party::mutual("PRAIRIE"),
        receiver: x12::Party::mutual("NORTHSIDE"),
        date: x12::Date::new(2026, 3, 20).unwrap(),
        time: x12::Time::new(12, 0).unwrap(),
        control: 1,
        group_control: 1,
        usage: x12::Usage::Production,
        ack_requested: false,
        delimiters: x12::Delimiters::default(),
        line_ends: true,
    };
    x12::write_interchange(&envelope, &[remittance]).unwrap()
}

/// Does something while somebody else writes a little, again and again. Returns how long it took, and the other's waits.
fn beside<T>(books: &Books, act: impl FnOnce() -> T) -> (T, Duration, Vec<Duration>) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut waits = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                books.app.store.write("other", |tx| store::evidence::plant(tx, "other", "x")).unwrap();
                waits.push(begun.elapsed());
                std::thread::sleep(Duration::from_millis(1));
            }
            waits.sort();
            waits
        });
        let begun = Instant::now();
        let value = act();
        let took = begun.elapsed();
        over.store(true, Ordering::Relaxed);
        (value, took, other.join().unwrap())
    })
}

fn told(what: &str, took: Duration, waits: &[Duration]) {
    let (half, last) = (waits[waits.len() / 2], waits.last().unwrap());
    println!("{what}: {took:.1?}; others waited {half:.1?} in the middle of {} and {last:.1?} at most", waits.len());
}

#[test]
fn a_large_remittance_is_kept_and_posted_while_others_write() {
    let count = std::env::var("WELLKEPT_CLAIMS").map_or(FEW, |count| count.parse().unwrap());
    let books = Books::new();
    let (claims, _) = books.claims(count);
    let bytes = sheet(&claims);
    let keep = || books.app.import_remittance(&books.biller, "era.835", &bytes).unwrap().remittances[0].clone();
    let (id, took, waits) = beside(&books, keep);
    told(&format!("{count} claims imported"), took, &waits);

    let named = store::sql!("SELECT CAST(count(*) AS BIGINT) AS n FROM file_subject");
    let named: u32 = books.app.store.read("named", |tx| tx.query_one(named, &[])?.get("n")).unwrap();
    assert_eq!(named, count, "the file is kept from whom anybody in it is closed to");
    let heard = store::sql!(
        "SELECT CAST(count(DISTINCT patient_id) AS BIGINT) AS n FROM audit_subject
         JOIN audit_event ON audit_event.event_id = audit_subject.event_id WHERE act = 'remittance.imported'"
    );
    let heard: u32 = books.app.store.read("heard", |tx| tx.query_one(heard, &[])?.get("n")).unwrap();
    assert_eq!(heard, count, "the import is on everybody's record");

    let (posted, took, waits) = beside(&books, || books.app.post_remittance(&books.biller, &id, TODAY).unwrap());
    told(&format!("{count} claims posted"), took, &waits);
    assert_eq!((posted.posted, posted.waiting), (usize::try_from(count).unwrap(), 0));
    assert!(waits.len() > 2, "others write in between");
    let preview = books.app.open_remittance(&books.biller, &id).unwrap();
    assert_eq!((preview.state, preview.unapplied), (RemittanceState::Posted, Cents::ZERO));
    assert_eq!(books.balances().get("cash"), Some(&(10_000 * i64::from(count))));
}
