//! Signed notes, keys and checkpoints.

use proptest::prelude::*;

use super::{AwsLc, Key};
use crate::hash::empty_root;
use crate::{Checkpoint, Error, Hash, KeyId, Note, Signer as _, VerifierKey, leaf_hash};

/// The key and the note in the documentation of Go's `sumdb/note`.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\
    \n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn a_note_that_go_signed_verifies() {
    let key: VerifierKey = GO_KEY.parse().unwrap();
    let note = Note::parse(GO_NOTE.as_bytes()).unwrap();
    assert_eq!(note.verify(&key, &AwsLc), Ok(()));
    assert_eq!(note.to_string(), GO_NOTE);
    assert_eq!(key.to_string(), GO_KEY);
    assert_eq!(key.name(), "PeterNeumann");
    assert_eq!(key.id().to_string(), "c74f20a3");
}

#[test]
fn any_flipped_bit_of_a_note_is_noticed() {
    let key: VerifierKey = GO_KEY.parse().unwrap();
    for at in 0..GO_NOTE.len() {
        for bit in 0..8 {
            let mut bytes = GO_NOTE.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            let verified = Note::parse(&bytes).and_then(|note| note.verify(&key, &AwsLc));
            assert!(verified.is_err(), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn several_keys_sign_and_each_verifies_alone() {
    let (log, witness, stranger) = (Key::new(1), Key::new(2), Key::new(3));
    let mut note = Note::sign("text\n\nmore\n", "log.example/a", &log).unwrap();
    note.add_signature("witness.example", &witness).unwrap();
    let note = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(note.text(), "text\n\nmore\n");
    assert_eq!(note.signatures().len(), 2);
    let verify = |name: &str, key: &Key| note.verify(&VerifierKey::new(name, key.public_key()).unwrap(), &AwsLc);
    assert_eq!(verify("log.example/a", &log), Ok(()));
    assert_eq!(verify("witness.example", &witness), Ok(()));
    assert!(matches!(verify("witness.example", &stranger), Err(Error::Unsigned { .. })));
    assert!(matches!(verify("other.example", &log), Err(Error::Unsigned { .. })));
}

#[test]
fn a_signature_of_another_text_is_refused() {
    let key = Key::new(1);
    let verifier = VerifierKey::new("log", key.public_key()).unwrap();
    let other = Note::sign("other\n", "log", &key).unwrap();
    let mut forged = Note::new("text\n").unwrap();
    forged.push(other.signatures()[0].clone()).unwrap();
    assert!(matches!(forged.verify(&verifier, &AwsLc), Err(Error::Unsigned { why, .. }) if why.contains("not verify")));
    // A good signature beside the bad one does not help.
    forged.add_signature("log", &key).unwrap();
    assert!(forged.verify(&verifier, &AwsLc).is_err());
}

#[test]
fn a_second_signature_type_has_its_room() {
    let key = Key::new(1);
    let mut note = Note::sign("text\n", "log", &key).unwrap();
    let public = [9; 1312];
    let id = KeyId::new("log", 0x06, &public);
    note.push(crate::note::Signature { name: "log".into(), id, bytes: vec![5; 2420] }).unwrap();
    let note = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(note.signatures()[1].bytes.len(), 2420);
    assert_eq!(note.verify(&VerifierKey::new("log", key.public_key()).unwrap(), &AwsLc), Ok(()));
}

#[test]
fn what_is_not_a_note_is_refused() {
    let sig = "\u{2014} log AAAAAAAA";
    for bad in [
        String::new(),
        "text\n".to_owned(),
        "text\n\n".to_owned(),
        format!("text\n{sig}\n"),
        format!("text\n\n{sig}"),
        format!("text\n\n{sig}\n{sig}x\n"),
        format!("te\rxt\n\n{sig}\n"),
        format!("text\n\n{}\n", sig.replace("AAAAAAAA", "AAAA")),
        format!("text\n\n{}\n", sig.replace("AAAAAAAA", "AAAAAAB=")),
        format!("text\n\n{}\n", sig.replace("log", "l+g")),
        format!("text\n\n{}\n", sig.replace("log ", "")),
        format!("text\n\n{}\n", sig.replace('\u{2014}', "-")),
        format!("text\n\n{}", format!("{sig}\n").repeat(101)),
    ] {
        assert!(matches!(Note::parse(bad.as_bytes()), Err(Error::Malformed { .. })), "{bad:?}");
    }
    assert!(Note::parse(format!("text\n\n{sig}\n").as_bytes()).is_ok());
    assert!(Note::parse(b"te\xfft\n\n").is_err());
    assert!(Note::new("no newline").is_err());
    assert!(Note::sign("text\n", "a b", &Key::new(1)).is_err());
}

#[test]
fn what_is_not_a_verifier_key_is_refused() {
    for bad in [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
        "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc",
        " +c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ] {
        assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
    }
}

#[test]
fn a_checkpoint_is_its_lines() {
    let checkpoint = Checkpoint::new("practice.example/audit", 42, leaf_hash(b""));
    let text = "practice.example/audit\n42\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n";
    assert_eq!(checkpoint.to_string(), text);
    assert_eq!(text.parse(), Ok(checkpoint.clone()));
    let extended = Checkpoint { extensions: vec!["one".into(), "two words".into()], ..checkpoint };
    assert_eq!(extended.to_string(), format!("{text}one\ntwo words\n"));
    assert_eq!(extended.to_string().parse(), Ok(extended));
}

#[test]
fn what_is_not_a_checkpoint_is_refused() {
    let root = empty_root().to_base64();
    for bad in [
        String::new(),
        "\n".to_owned(),
        "log\n0\n".to_owned(),
        format!("log\n0\n{root}"),
        format!("\n0\n{root}\n"),
        format!("log\n00\n{root}\n"),
        format!("log\n+1\n{root}\n"),
        format!("log\n-1\n{root}\n"),
        format!("log\n18446744073709551616\n{root}\n"),
        format!("log\n0\n{root}\n\n"),
        format!("log\n0\n{root}\none\n\ntwo\n"),
        "log\n0\nAAAA\n".to_owned(),
    ] {
        assert!(bad.parse::<Checkpoint>().is_err(), "{bad:?}");
    }
    assert!(format!("log\n0\n{root}\n").parse::<Checkpoint>().is_ok());
}

proptest! {
    #[test]
    fn any_note_comes_back(text in "[^\\x00-\\x1f]{0,20}(\n[^\\x00-\\x1f]{0,20}){0,4}\n", seed in any::<u8>()) {
        let note = Note::sign(text, "log", &Key::new(seed)).unwrap();
        prop_assert_eq!(Note::parse(note.to_string().as_bytes()).unwrap(), note);
    }

    #[test]
    fn any_checkpoint_comes_back(origin in "[^\\x00-\\x1f]{1,20}", size in any::<u64>(), root in any::<[u8; 32]>()) {
        let checkpoint = Checkpoint::new(origin, size, Hash(root));
        prop_assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
    }

    #[test]
    fn no_bytes_make_parsing_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), text in ".{0,100}") {
        let _ = Note::parse(&bytes);
        let _ = text.parse::<VerifierKey>();
        let _ = text.parse::<Checkpoint>();
    }
}
