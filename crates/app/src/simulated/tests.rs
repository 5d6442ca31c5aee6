use jiff::civil::date as day;
use x12::professional::{Batch, BillingProvider, Diagnosis, Payer, ServiceLine, Submitter, Subscriber};
use x12::{Address, Contact, Date, Entity, Identifier, Name, Period, Procedure, Quantity, Time, Usage};

use super::*;

fn envelope() -> Envelope {
    Envelope {
        sender: Party::mutual("NORTHSIDE"),
        receiver: Party::mutual("RELAY"),
        date: Date::new(2026, 3, 3).unwrap(),
        time: Time::new(8, 0).unwrap(),
        control: 7,
        group_control: 7,
        usage: Usage::Test,
        ack_requested: true,
        delimiters: Delimiters::default(),
        line_ends: true,
    }
}

fn address() -> Address {
    Address {
        line1: "400 MAIN ST".into(),
        city: "PEORIA".into(),
        state: Some("IL".into()),
        zip: Some("616021234".into()),
        ..Address::default()
    }
}

fn claim(n: u32) -> Claim837P {
    let line = |code: &str, cents: i64, at: u32| ServiceLine {
        procedure: Procedure::hcpcs(code),
        charge_cents: cents,
        unit: "UN".into(),
        quantity: Quantity::ONE,
        pointers: vec![1],
        service: Some(Period::day(Date::new(2026, 3, 2).unwrap())),
        control_number: Some(format!("C{n:05}{at:02}")),
        ..ServiceLine::default()
    };
    Claim837P {
        subscriber: Subscriber {
            filing: Some("12".into()),
            name: Name::person("MAPLE", format!("KIRA{n}")),
            member_id: format!("M{n:06}"),
            address: Some(address()),
            birth_date: Date::new(1984, 6, 9),
            sex: x12::Sex::Female,
            ..Subscriber::default()
        },
        payer: Payer {
            name: format!("PLAN {}", n % 2),
            id: Identifier::new("PI", format!("PLAN{}", n % 2)),
            ..Payer::default()
        },
        control_number: format!("C{n:05}"),
        charge_cents: 15_000 + i64::from(n),
        place_of_service: "11".into(),
        provider_signature: true,
        diagnoses: vec![Diagnosis::icd10("E11.9")],
        lines: vec![line("G0463", 10_000 + i64::from(n), 1), line("LV010", 5_000, 2)],
        ..Claim837P::default()
    }
}

pub(crate) fn file(claims: u32) -> Vec<u8> {
    let batch = Batch {
        reference: "B00000001".into(),
        date: Date::new(2026, 3, 3),
        time: Time::new(8, 0).unwrap(),
        submitter: Submitter {
            name: Name::organization("NORTHSIDE FAMILY CARE"),
            id: "NORTHSIDE".into(),
            contacts: vec![Contact::phone("BILLING", "(309) 555-0100")],
        },
        receiver: Entity { name: Name::organization("RELAY"), id: Some(Identifier::new("46", "RELAY")) },
        billing: BillingProvider {
            name: Name::organization("NORTHSIDE FAMILY CARE"),
            npi: "1336502020".into(),
            taxonomy: Some("261QP2300X".into()),
            address: address(),
            tax_id: Identifier::new("EI", "123456789"),
            ..BillingProvider::default()
        },
        claims: (0..claims).map(claim).collect(),
        ..Batch::default()
    };
    x12::write_interchange(&envelope(), &[batch]).unwrap()
}

fn asked(seed: u64) -> Asked {
    Asked { seed, received: day(2026, 3, 4), paid_on: day(2026, 3, 20), control: 100 }
}

/// Where a referee finds what was written, when `WELLKEPT_X12_OUT` names a folder.
fn give(answers: &Answers) {
    let Some(folder) = std::env::var_os("WELLKEPT_X12_OUT").map(std::path::PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: String, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    write("payer-ta1.x12".into(), &answers.ta1);
    write("payer-999.x12".into(), &answers.ack999);
    write("payer-277ca.x12".into(), &answers.ack277);
    for payment in &answers.payments {
        write(format!("payer-835-{}-{}.x12", payment.payer, payment.day), &payment.bytes);
    }
}

#[test]
fn the_same_claims_and_seed_get_the_same_answers_and_another_seed_others() {
    let file = file(60);
    let first = answer(&file, &asked(1)).unwrap();
    assert_eq!(first, answer(&file, &asked(1)).unwrap());
    assert_ne!(first.payments, answer(&file, &asked(2)).unwrap().payments);
}

#[test]
fn what_it_writes_is_flawless() {
    let answers = answer(&file(60), &asked(1)).unwrap();
    give(&answers);
    let files = [&answers.ta1, &answers.ack999, &answers.ack277];
    for bytes in files.into_iter().chain(answers.payments.iter().map(|p| &p.bytes)) {
        let faults = x12::inspect(bytes);
        assert!(faults.is_empty(), "{faults:#?}\n{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn it_does_all_that_payers_do_and_loses_no_claim() {
    let file = file(60);
    let answers = answer(&file, &asked(1)).unwrap();
    let (acks, _) = x12::ack::read_277ca(&answers.ack277);
    let back: Vec<String> = acks
        .iter()
        .flat_map(x12::ack::ClaimAck::claims)
        .filter(|c| !c.is_accepted())
        .map(|c| c.control_number.clone())
        .collect();
    let sets: Vec<x12::remittance::Remittance> =
        answers.payments.iter().flat_map(|p| x12::remittance::read(&p.bytes).0).collect();
    let mut answered: Vec<String> =
        sets.iter().flat_map(|s| &s.claims).filter(|c| c.status != "22").map(|c| c.control_number.clone()).collect();
    answered.sort();
    answered.dedup();
    assert_eq!(answered.len() + back.len(), 60, "each claim is turned back or judged");
    assert!(!back.is_empty() && back.iter().all(|b| !answered.contains(b)), "no remittance follows a rejection");

    let claims: Vec<_> = sets.iter().flat_map(|s| &s.claims).collect();
    let reason =
        |code: &str| claims.iter().any(|c| c.lines.iter().any(|l| l.adjustments.iter().any(|a| a.reason == code)));
    for code in ["45", "1", "2", "3", "97", "197"] {
        assert!(reason(code), "no line has reason {code}");
    }
    assert!(claims.iter().any(|c| c.status == "4"), "no claim is denied as a whole");
    let reversed: Vec<_> = claims.iter().filter(|c| c.is_reversal()).collect();
    assert_eq!(reversed.len(), 2, "one for each payer");
    let plb: Vec<&str> = sets.iter().flat_map(|s| &s.provider_adjustments).map(|a| a.reason.as_str()).collect();
    assert!(plb.contains(&"L6") && plb.contains(&"WO"), "{plb:?}");
}

#[test]
fn what_is_no_file_of_claims_gets_words_and_no_answer() {
    for bytes in [&b""[..], b"hello", &answer(&file(3), &asked(1)).unwrap().ack999] {
        assert!(matches!(answer(bytes, &asked(1)), Err(PayerError::NoClaims(_))));
    }
}
