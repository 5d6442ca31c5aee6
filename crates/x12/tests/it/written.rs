//! What is written is read back the same, and the referee finds it valid.

use crate::build;
use crate::samples::conformance;
use std::process::Command;
use x12::ack::{read_277ca, read_999, read_ta1};
use x12::writer::write_interchange;
use x12::{Delimiters, Fault, WriteError, Writer};

fn odd() -> Delimiters {
    Delimiters { element: b'|', repetition: Some(b'^'), component: b'>', terminator: b'!' }
}

fn files(delims: Delimiters) -> Vec<(&'static str, Vec<u8>)> {
    let envelope = build::envelope(delims);
    let mut both = Writer::new(&envelope).expect("writer");
    both.ta1(&build::ta1()).expect("TA1");
    both.group(&[build::ack999()]).expect("999");
    let mut alone = Writer::new(&envelope).expect("writer");
    alone.ta1(&build::ta1()).expect("TA1");
    vec![
        ("837p.x12", write_interchange(&envelope, &[build::batch(), build::batch()]).expect("837P")),
        ("835.x12", write_interchange(&envelope, &[build::remittance(), build::remittance()]).expect("835")),
        ("277ca.x12", write_interchange(&envelope, &[build::claim_ack()]).expect("277CA")),
        ("ta1-999.x12", both.finish().expect("999")),
        ("ta1.x12", alone.finish().expect("TA1")),
    ]
}

fn errors(faults: &[Fault]) -> Vec<String> {
    faults.iter().filter(|f| f.is_error()).map(ToString::to_string).collect()
}

#[test]
fn our_own_judge_finds_what_we_write_flawless() {
    for delims in [Delimiters::default(), odd()] {
        for (name, bytes) in files(delims) {
            let faults = x12::inspect(&bytes);
            assert!(faults.is_empty(), "{name}: {faults:#?}\n{}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn claims_come_back_as_they_went() {
    for delims in [Delimiters::default(), odd()] {
        let bytes = write_interchange(&build::envelope(delims), &[build::batch()]).expect("837P");
        let (batches, faults) = x12::professional::read(&bytes);
        assert_eq!(errors(&faults), Vec::<String>::new());
        let [batch] = batches.as_slice() else { panic!("{} batches", batches.len()) };
        assert!(batch.unread.is_empty(), "{:?}", batch.unread);
        // What was read is written again: the same bytes show that no field was lost on the way.
        let again = write_interchange(&build::envelope(delims), std::slice::from_ref(batch)).expect("837P");
        assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&bytes));
        let first = batch.claims.first().expect("a claim");
        assert_eq!(first.subscriber.name.display(), "NUNEZ-O'BRIEN, JOSE");
        assert_eq!(first.charge_cents, 20_005);
        assert_eq!(first.subscriber.address.as_ref().map(|a| a.line1.as_str()), Some("9 BAY RD APT 2"));
    }
}

#[test]
fn remittances_come_back_as_they_went() {
    let envelope = build::envelope(odd());
    let bytes = write_interchange(&envelope, &[build::remittance()]).expect("835");
    let (list, faults) = x12::remittance::read(&bytes);
    assert_eq!(errors(&faults), Vec::<String>::new());
    let [remittance] = list.as_slice() else { panic!("{} sets", list.len()) };
    assert!(remittance.unread.is_empty() && remittance.claims.iter().all(|c| c.unread.is_empty()));
    assert_eq!(x12::balance::balance(remittance), []);
    let again = write_interchange(&envelope, &list).expect("835");
    assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&bytes));
    assert_eq!(x12::stats(&bytes).payments_cents, 7_500);
}

#[test]
fn acknowledgments_come_back_as_they_went() {
    let envelope = build::envelope(odd());
    let all = files(odd());
    let bytes = |name: &str| all.iter().find(|(n, _)| *n == name).map(|(_, b)| b.clone()).expect("file");
    let (acks, _) = read_999(&bytes("ta1-999.x12"));
    assert_eq!(acks, [build::ack999()]);
    assert_eq!(read_ta1(&bytes("ta1-999.x12")).0, [build::ta1()]);
    let (claims, faults) = read_277ca(&bytes("277ca.x12"));
    assert_eq!(errors(&faults), Vec::<String>::new());
    assert_eq!(write_interchange(&envelope, &claims).expect("277CA"), bytes("277ca.x12"));
    let verdicts: Vec<bool> =
        claims.iter().flat_map(x12::ack::ClaimAck::claims).map(x12::ack::AckClaim::is_in_adjudication).collect();
    assert_eq!(verdicts, [true, false]);
}

#[test]
fn a_claim_that_a_payer_would_refuse_is_not_written() {
    type Break = fn(&mut x12::professional::Batch);
    let breaks: [(&str, Break); 9] = [
        ("NPI", |b| b.billing.npi = "1336502021".into()),
        ("ZIP", |b| b.billing.address.zip = Some("12207".into())),
        ("F8", |b| b.claims[0].frequency = x12::professional::Frequency::Void),
        ("sum", |b| b.claims[0].charge_cents += 1),
        ("pointer", |b| b.claims[0].lines[0].pointers = vec![3]),
        ("delimiter", |b| b.claims[0].control_number = "A*B".into()),
        ("lower-case", |b| b.claims[0].control_number = "abc".into()),
        ("too long", |b| b.claims[0].control_number = "A23456789012345678901".into()),
        ("Latin", |b| b.claims[0].subscriber.name = x12::Name::person("李", "Wei")),
    ];
    for (what, spoil) in breaks {
        let mut batch = build::batch();
        spoil(&mut batch);
        let result = write_interchange(&build::envelope(Delimiters::default()), &[batch]);
        assert!(matches!(result, Err(WriteError::Field { .. })), "{what}: {result:?}");
    }
}

#[test]
fn an_unbalanced_remittance_is_not_written() {
    let mut remittance = build::remittance();
    remittance.payment_cents += 1;
    let result = write_interchange(&build::envelope(Delimiters::default()), &[remittance]);
    assert!(matches!(result, Err(WriteError::Field { field: "835 balance", .. })), "{result:?}");
}

/// Needs a Python with the referee's requirements, named by `WELLKEPT_REFEREE_PYTHON`.
#[test]
fn the_referee_finds_what_we_write_valid() {
    let Some(root) = conformance() else { return };
    let Some(python) = std::env::var_os("WELLKEPT_REFEREE_PYTHON") else {
        println!("referee not run: WELLKEPT_REFEREE_PYTHON is not set");
        return;
    };
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("x12-written");
    std::fs::create_dir_all(&dir).expect("directory");
    let mut command = Command::new(python);
    command.arg(root.join("tools/x12_validate.py")).arg("--strict");
    for (kind, delims) in [("plain", Delimiters::default()), ("odd", odd())] {
        for (name, bytes) in files(delims) {
            let path = dir.join(format!("{kind}-{name}"));
            std::fs::write(&path, bytes).expect("file");
            command.arg(path);
        }
    }
    let output = command.output().expect("the referee");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
