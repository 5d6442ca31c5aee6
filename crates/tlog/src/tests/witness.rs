//! What a witness answers, and that it never vouches for two histories.

use proptest::prelude::*;

use super::{AwsLc, Key, Memory};
use crate::proof::{consistency, root_at};
use crate::witness::{MAX_PROOF, Refusal, Submission, cosign, cosigned_at, judge};
use crate::{Checkpoint, Edge, Hash, Note, Signer as _, VerifierKey, WitnessKey, leaf_hash};

const ORIGIN: &str = "practice.test/audit";

/// A log of so many leaves, the first `shared` of which every branch has.
fn log(branch: u8, shared: u64, size: u64) -> Memory {
    let (mut memory, mut edge) = (Memory::default(), Edge::new());
    for n in 0..size {
        edge.push(leaf_hash(&[if n < shared { 0 } else { branch }, u8::try_from(n % 251).unwrap()]));
    }
    memory.save(&mut edge);
    memory
}

fn checkpoint(memory: &Memory, size: u64, key: &Key) -> Note {
    let text = Checkpoint::new(ORIGIN, size, root_at(memory, size).unwrap()).to_string();
    Note::sign(text, ORIGIN, key).unwrap()
}

fn submission(memory: &Memory, old: u64, size: u64) -> Submission {
    let proof = consistency(memory, old, size).unwrap();
    Submission { old, proof, checkpoint: checkpoint(memory, size, &Key::new(1)) }
}

fn judged(submission: &Submission, held: Option<(u64, Hash)>) -> Result<Checkpoint, Refusal> {
    let known = VerifierKey::new(ORIGIN, Key::new(1).public_key()).unwrap();
    judge(submission, &[known], |_| held, &AwsLc)
}

#[test]
fn a_witness_follows_a_log_that_grows() {
    let log = log(1, 300, 300);
    let first = judged(&submission(&log, 0, 7), None).unwrap();
    let held = Some((first.size, first.root));
    let second = judged(&submission(&log, 7, 300), held).unwrap();
    assert_eq!(second.size, 300);
    // The same again is no growth and no contradiction: its answer may have been lost.
    assert!(judged(&submission(&log, 300, 300), Some((300, second.root))).is_ok());
}

#[test]
fn each_refusal_has_its_status() {
    let (mine, other) = (log(1, 100, 300), log(2, 100, 300));
    let held = Some((200, root_at(&mine, 200).unwrap()));
    let status = |submission: &Submission, held| judged(submission, held).unwrap_err().status();
    assert_eq!(judged(&submission(&mine, 150, 300), held), Err(Refusal::Stale { held: 200 }));
    assert_eq!(judged(&submission(&mine, 0, 300), held), Err(Refusal::Stale { held: 200 }));
    assert_eq!(judged(&submission(&other, 200, 200), held), Err(Refusal::OtherRoot));
    assert_eq!((status(&submission(&mine, 100, 150), held), status(&submission(&other, 200, 200), held)), (409, 409));
    assert_eq!(status(&submission(&other, 200, 300), held), 422, "another history");
    let mut short = submission(&mine, 200, 300);
    short.proof.pop();
    assert_eq!(status(&short, held), 422);
    let mut from_nothing = submission(&mine, 0, 300);
    from_nothing.proof.push(Hash::default());
    assert_eq!(status(&from_nothing, None), 422, "a proof from nothing is empty");
    let beyond = Submission { old: 301, ..submission(&mine, 200, 300) };
    assert_eq!(status(&beyond, held), 400);
    let stranger = Submission { checkpoint: checkpoint(&mine, 300, &Key::new(9)), ..submission(&mine, 200, 300) };
    assert_eq!(status(&stranger, held), 403);
    let nobody = judge(&submission(&mine, 200, 300), &[], |_| held, &AwsLc);
    assert_eq!(nobody.unwrap_err().status(), 404);
}

#[test]
fn a_submission_has_one_spelling() {
    let log = log(1, 10, 10);
    let whole = submission(&log, 3, 10).to_string();
    assert_eq!(Submission::parse(whole.as_bytes()).unwrap(), submission(&log, 3, 10));
    assert!(Submission::parse(submission(&log, 0, 10).to_string().as_bytes()).unwrap().proof.is_empty());
    let long = format!("{}\n", Hash::default().to_base64()).repeat(MAX_PROOF + 1);
    for bad in [
        whole.replace("old 3", "old 03"),
        whole.replace("old 3", "old +3"),
        whole.replace("old 3", "old  3"),
        whole.replace("old 3\n", ""),
        whole.replacen("old 3\n", &format!("old 3\n{long}"), 1),
        whole.replacen("=\n", "\n", 1),
        whole.replacen("\n\n", "\n", 1),
        whole.trim_end().to_owned(),
    ] {
        assert!(Submission::parse(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn a_cosignature_says_who_and_when_and_is_no_logs_signature() {
    let witness = Key::new(5);
    let key = WitnessKey::new("witness.test/w1", witness.public_key()).unwrap();
    assert_eq!(key.to_string().parse::<WitnessKey>().unwrap(), key);
    assert!(key.to_string().parse::<VerifierKey>().is_err(), "the types differ");
    let mut note = checkpoint(&log(1, 10, 10), 10, &Key::new(1));
    assert!(cosigned_at(&note, &key, &AwsLc).is_err());
    let older = cosign(&note, "witness.test/w1", &witness, 1_679_315_147).unwrap();
    let newer = cosign(&note, "witness.test/w1", &witness, 1_679_315_999).unwrap();
    note.push(newer.clone()).unwrap();
    note.push(older.clone()).unwrap();
    let read = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(cosigned_at(&read, &key, &AwsLc), Ok(1_679_315_999));
    let plain = VerifierKey::new("witness.test/w1", witness.public_key()).unwrap();
    assert!(read.verify(&plain, &AwsLc).is_err());
    for at in 0..older.bytes.len() {
        let mut changed = checkpoint(&log(1, 10, 10), 10, &Key::new(1));
        let mut bytes = older.bytes.clone();
        bytes[at] ^= 1;
        changed.push(crate::Signature { bytes, ..older.clone() }).unwrap();
        assert!(cosigned_at(&changed, &key, &AwsLc).is_err(), "byte {at}");
    }
    assert!(cosign(&Note::new("no checkpoint\n").unwrap(), "w", &witness, 1).is_err());
}

proptest! {
    #[test]
    fn whatever_is_handed_to_it_a_witness_holds_one_history(
        shared in 0_u64..60,
        asks in prop::collection::vec((0_u8..2, 0_u64..90, 0_u64..90), 1..40),
    ) {
        let branches = [log(1, shared, 90), log(2, shared, 90)];
        let mut held: Option<(u64, Hash)> = None;
        let mut seen = Vec::new();
        for (branch, old, size) in asks {
            let memory = &branches[usize::from(branch)];
            let ask = submission(memory, old.min(size), size);
            if let Ok(new) = judged(&ask, held) {
                prop_assert!(held.is_none_or(|(size, _)| new.size >= size), "it went back");
                held = Some((new.size, new.root));
                seen.push(new);
            }
        }
        // All that it cosigned lies in one of the two branches.
        let fits = |memory: &Memory| seen.iter().all(|c| root_at(memory, c.size).unwrap() == c.root);
        prop_assert!(branches.iter().any(fits));
    }
}
