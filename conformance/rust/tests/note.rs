//! Our notes, keys and checkpoints against `signed_note` and `tlog_tiles`.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use signed_note::{StandardSigner, StandardVerifier, VerifierList};
use tlog::{Checkpoint, Hash, Note, Signer, VerifierKey, Verify};

const NAME: &str = "practice.example/audit";

struct Key(SigningKey);

impl Signer for Key {
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }
}

struct Dalek;

impl Verify for Dalek {
    fn verify(&self, public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
        let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(public), Signature::from_slice(signature)) else {
            return false;
        };
        key.verify_strict(message, &signature).is_ok()
    }
}

fn key(seed: u8) -> Key {
    Key(SigningKey::from_bytes(&[seed; 32]))
}

fn verifier(key: &Key) -> VerifierKey {
    VerifierKey::new(NAME, key.public_key()).unwrap()
}

fn known(key: &Key) -> VerifierList {
    let theirs = StandardVerifier::new(&verifier(key).to_string()).unwrap();
    VerifierList::new(vec![Box::new(theirs)])
}

#[test]
fn verifier_keys_are_spelt_alike() {
    for seed in 0..50 {
        let key = key(seed);
        let theirs = signed_note::new_ed25519_verifier_key(NAME, &key.0.verifying_key());
        assert_eq!(verifier(&key).to_string(), theirs);
        assert_eq!(theirs.parse(), Ok(verifier(&key)));
    }
}

#[test]
fn they_read_and_verify_what_we_sign() {
    for seed in 0..20 {
        let key = key(seed);
        let mut note = Note::sign(format!("text {seed}\n\nmore\n"), NAME, &key).unwrap();
        note.add_signature("witness.example", &self::key(seed + 100)).unwrap();
        let theirs = signed_note::Note::from_bytes(note.to_string().as_bytes()).unwrap();
        assert_eq!(theirs.text(), note.text().as_bytes());
        assert_eq!(theirs.to_bytes(), note.to_string().into_bytes());
        let (verified, unverified) = theirs.verify(&known(&key)).unwrap();
        assert_eq!((verified.len(), unverified.len()), (1, 1));
        assert!(theirs.verify(&known(&self::key(seed + 1))).is_err());
    }
}

#[test]
fn we_read_and_verify_what_they_sign() {
    let key = key(3);
    let id = verifier(&key).id();
    let secret = [&[1], key.0.to_bytes().as_slice()].concat();
    let signer = StandardSigner::new(&format!("PRIVATE+KEY+{NAME}+{id}+{}", base64(&secret))).unwrap();
    let mut theirs = signed_note::Note::new(b"some text\n", &[]).unwrap();
    theirs.add_sigs(&[&signer]).unwrap();
    let note = Note::parse(&theirs.to_bytes()).unwrap();
    assert_eq!(note.verify(&verifier(&key), &Dalek), Ok(()));
    // Ed25519 is deterministic, so both come to the same bytes.
    assert_eq!(note, Note::sign("some text\n", NAME, &key).unwrap());
}

fn base64(bytes: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}

#[test]
fn readers_agree_on_damaged_notes() {
    let key = key(4);
    let whole = Note::sign("text\n", NAME, &key).unwrap().to_string().into_bytes();
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            let ours = Note::parse(&bytes).and_then(|note| note.verify(&verifier(&key), &Dalek));
            let theirs = signed_note::Note::from_bytes(&bytes).is_ok_and(|note| note.verify(&known(&key)).is_ok());
            assert_eq!(ours.is_ok(), theirs, "byte {at} bit {bit}");
        }
    }
}

#[test]
fn checkpoints_are_spelt_alike() {
    for (size, extensions) in [(0, vec![]), (1, vec!["one"]), (u64::MAX, vec!["one", "two words"])] {
        let ours = Checkpoint {
            origin: NAME.to_owned(),
            size,
            root: Hash([7; 32]),
            extensions: extensions.into_iter().map(str::to_owned).collect(),
        };
        let extension: String = ours.extensions.iter().map(|line| format!("{line}\n")).collect();
        let theirs = tlog_tiles::Checkpoint::new(NAME, size, tlog_tiles::Hash([7; 32]), &extension).unwrap();
        assert_eq!(theirs.to_bytes(), ours.to_string().into_bytes());
    }
}
