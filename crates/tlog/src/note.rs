//! Signed notes (C2SP `signed-note`): text, a blank line, and a line for each signature.
//!
//! Go's `golang.org/x/mod/sumdb/note` reads and verifies what this writes.

use std::fmt;
use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::Error;
use crate::hash::{sha256, unhex};

/// The signature type of Ed25519 in key ids and verifier keys.
pub const ED25519: u8 = 0x01;
/// The signature type of a witness's timestamped Ed25519 cosignature (C2SP `tlog-cosignature`).
pub const COSIGNATURE: u8 = 0x04;
/// More signatures than this on one note are refused, as Go does.
pub const MAX_SIGNATURES: usize = 100;

const MARK: &str = "\u{2014} ";

/// An Ed25519 signing key that somebody else holds.
pub trait Signer {
    /// The Ed25519 signature (RFC 8032) of a message.
    fn sign(&self, message: &[u8]) -> [u8; 64];
    /// The public key that verifies it.
    fn public_key(&self) -> [u8; 32];
}

/// Ed25519 verification (RFC 8032), done by somebody else. It must refuse a signature whose `S` is not reduced, or a
/// signature would have two spellings.
pub trait Verify {
    /// Whether the signature of the message verifies under the public key.
    fn verify(&self, public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool;
}

/// The four bytes by which a signature line names its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    /// The id of a key: the first bytes of SHA-256 over its name, a newline, its signature type and its public key.
    pub fn new(name: &str, kind: u8, public: &[u8]) -> Self {
        let hash = sha256(&[name.as_bytes(), b"\n", &[kind], public].concat());
        let [a, b, c, d, ..] = hash.0;
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// An Ed25519 public key with its name and its signature type. Displays and parses as `name+id+base64`, which Go calls a
/// `vkey`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key<const KIND: u8> {
    name: String,
    public: [u8; 32],
}

/// The key of a log, or of whoever signs notes plainly.
pub type VerifierKey = Key<ED25519>;
/// The key of a witness. Its type keeps a cosignature from passing for a log's own signature.
pub type WitnessKey = Key<COSIGNATURE>;

impl<const KIND: u8> Key<KIND> {
    /// Names a public key. [`Error::Malformed`] when the name is empty or has spaces, plus signs or control characters.
    pub fn new(name: impl Into<String>, public: [u8; 32]) -> Result<Self, Error> {
        let name = name.into();
        check_name(&name)?;
        Ok(Self { name, public })
    }

    /// The key's name; for a log, its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The id that its signature lines carry.
    pub fn id(&self) -> KeyId {
        KeyId::new(&self.name, KIND, &self.public)
    }

    /// Whether a signature line names this key.
    pub(crate) fn names(&self, signature: &Signature) -> bool {
        signature.name == self.name && signature.id == self.id()
    }
}

impl<const KIND: u8> fmt::Display for Key<KIND> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[KIND], self.public.as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, self.id(), STANDARD.encode(key))
    }
}

impl<const KIND: u8> FromStr for Key<KIND> {
    type Err = Error;

    /// Reads a verifier key. [`Error::Malformed`] unless the id fits the name and the key, and the key is of this type.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = |why| Error::malformed("verifier key", text, why);
        let mut parts = text.splitn(3, '+');
        let mut part = || parts.next().ok_or_else(|| bad("it is not `name+id+key`"));
        let (name, id, key) = (part()?, part()?, part()?);
        let key = STANDARD.decode(key).map_err(|_| bad("its key is not base64"))?;
        let public = match key.split_first() {
            Some((&kind, public)) if kind == KIND => public.try_into().map_err(|_| bad("its key is not 32 bytes"))?,
            _ if KIND == COSIGNATURE => return Err(bad("its key is not a witness's, of the type of a cosignature")),
            _ => return Err(bad("its key is not of the Ed25519 type")),
        };
        let verifier = Self::new(name, public)?;
        if unhex(id.as_bytes()).as_deref() != Some(verifier.id().0.as_slice()) {
            return Err(bad("its id does not fit its name and key"));
        }
        Ok(verifier)
    }
}

/// A signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: String,
    /// The id of the key.
    pub id: KeyId,
    /// The signature; for Ed25519, 64 bytes.
    pub bytes: Vec<u8>,
}

/// A text with its signatures, none of them verified yet. Displays and parses as the signed note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    /// A text without signatures. [`Error::Malformed`] unless it ends with a newline and has no other control character.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        check_text(&text)?;
        if !text.ends_with('\n') {
            return Err(Error::malformed("note", &text, "its text does not end with a newline"));
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// Signs a text under a key name.
    pub fn sign(text: impl Into<String>, name: &str, signer: &dyn Signer) -> Result<Self, Error> {
        let mut note = Self::new(text)?;
        note.add_signature(name, signer)?;
        Ok(note)
    }

    /// Adds an Ed25519 signature of the text, as a witness or a second key does.
    pub fn add_signature(&mut self, name: &str, signer: &dyn Signer) -> Result<(), Error> {
        let key = VerifierKey::new(name, signer.public_key())?;
        self.push(Signature { name: key.name.clone(), id: key.id(), bytes: signer.sign(self.text.as_bytes()).to_vec() })
    }

    /// Adds a signature made elsewhere, of any type.
    pub fn push(&mut self, signature: Signature) -> Result<(), Error> {
        check_name(&signature.name)?;
        if signature.bytes.is_empty() || self.signatures.len() >= MAX_SIGNATURES {
            let why = "it is empty, or the note has 100 signatures already";
            return Err(Error::malformed("signature by", &signature.name, why));
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// The signed text, with the newline that ends it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in their order; not verified.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Reads a signed note. [`Error::Malformed`] when it is not one; signatures are not verified.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let whole = std::str::from_utf8(bytes)
            .map_err(|_| Error::malformed("note", &String::from_utf8_lossy(bytes), "it is not UTF-8"))?;
        let bad = |why| Error::malformed("note", whole, why);
        check_text(whole)?;
        let (text, block) =
            whole.rsplit_once("\n\n").ok_or_else(|| bad("it has no blank line before its signatures"))?;
        let block = block.strip_suffix('\n').ok_or_else(|| bad("its last signature line has no end"))?;
        let mut note = Self::new(format!("{text}\n"))?;
        for line in block.split('\n') {
            note.push(line.parse()?)?;
        }
        Ok(note)
    }

    /// Verifies the signature of one key. [`Error::Unsigned`] when there is none or when one under its name and id does not
    /// verify; other keys' signatures are passed over.
    pub fn verify(&self, key: &VerifierKey, verify: &dyn Verify) -> Result<(), Error> {
        let unsigned = |why| Error::Unsigned { key: key.to_string(), why };
        let mut mine = self.signatures.iter().filter(|signature| key.names(signature)).peekable();
        if mine.peek().is_none() {
            return Err(unsigned("it carries no signature by that key"));
        }
        let message = self.text.as_bytes();
        if mine.all(|signature| verify.verify(&key.public, message, &signature.bytes)) {
            Ok(())
        } else {
            Err(unsigned("its signature does not verify"))
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl fmt::Display for Signature {
    /// The line, without the newline that ends it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.0.as_slice(), &self.bytes].concat();
        write!(f, "{MARK}{} {}", self.name, STANDARD.encode(bytes))
    }
}

impl FromStr for Signature {
    type Err = Error;

    /// Reads a line without its newline.
    fn from_str(line: &str) -> Result<Self, Error> {
        let bad = |why| Error::malformed("signature line", line, why);
        let (name, base64) = line
            .strip_prefix(MARK)
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(|| bad("it is not a dash, a name and a signature"))?;
        let bytes = STANDARD.decode(base64).map_err(|_| bad("its signature is not base64"))?;
        let (id, bytes) = bytes.split_first_chunk::<4>().ok_or_else(|| bad("its signature is too short"))?;
        Ok(Self { name: name.to_owned(), id: KeyId(*id), bytes: bytes.to_vec() })
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let bad = |c: char| c == '+' || c.is_whitespace() || c.is_control();
    if name.is_empty() || name.contains(bad) {
        let why = "it is empty, or has a space, a plus sign or a control character";
        return Err(Error::malformed("key name", name, why));
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), Error> {
    if text.chars().any(|c| c < ' ' && c != '\n') {
        return Err(Error::malformed("note", text, "it has a control character"));
    }
    Ok(())
}
