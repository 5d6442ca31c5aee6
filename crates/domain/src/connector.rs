//! Connectors: the way to a partner over which released files travel. A partner has one at most. The connector's own secret is
//! not in this record: it is sealed beside it, so no old version keeps one.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::Instant;
use crate::id::{AccountId, PartnerId};

/// The port of SSH (RFC 4251).
pub const SSH_PORT: u16 = 22;
/// The kind of our own key pair for SFTP (RFC 8709).
const OUR_KIND: &str = "ssh-ed25519";
/// Kinds of host keys that are taken: RSA signatures are not among them, as the client has no RSA at all.
const HOST_KINDS: [&str; 4] = [OUR_KIND, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];

/// The way to one partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connector {
    /// Whose; the connector has no other id.
    pub partner: PartnerId,
    /// How files travel.
    pub way: Way,
    /// The public half of our key pair, in the form that the partner takes.
    pub our_key: String,
    /// When that pair was made.
    pub key_made_at: Instant,
    /// A person stopped it, with the reason.
    pub paused: Option<Paused>,
}

/// How files travel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Way {
    /// File transfer over SSH.
    Sftp(Sftp),
    /// Requests over TLS.
    Https(Https),
}

/// A folder of the partner's, reached over SSH.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sftp {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Who we are there.
    pub user: String,
    /// The one host key that is taken.
    pub host_key: HostKey,
    /// The folder for our files; empty is the one that the account opens with.
    pub folder: String,
}

/// An address of the partner's, which takes files for a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Https {
    /// Where files are posted to.
    pub url: String,
    /// Where an assertion gets a token (RFC 6749, 3.2).
    pub token_url: String,
    /// Who we are there.
    pub client_id: String,
    /// What we ask for: the least that lets us post files. Empty asks for what the partner gives.
    pub scope: String,
    /// Who vouches for the partner's server, as PEM; `None` are those that browsers believe too.
    pub authority: Option<String>,
}

/// Why nothing is sent for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: AccountId,
    /// Why.
    pub reason: String,
}

impl Way {
    /// What it is called.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Sftp(_) => "SFTP",
            Self::Https(_) => "HTTPS",
        }
    }

    /// Whether a file whose arrival is not known can be looked for.
    pub const fn can_look(&self) -> bool {
        matches!(self, Self::Sftp(_))
    }

    /// Where it leads, for people and for the log.
    pub fn place(&self) -> String {
        match self {
            Self::Sftp(s) => format!("{}@{}:{}", s.user, s.host, s.port),
            Self::Https(h) => h.url.clone(),
        }
    }
}

/// The SHA-256 of a host key, as `ssh-keygen -l` prints it: `SHA256:` and 43 characters of base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostKey(String);

impl HostKey {
    /// Reads a fingerprint, a public key, or a line of `ssh-keyscan`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let unreadable = || {
            "paste the host key that the partner gave: a line such as `ssh-ed25519 AAAA...`, or its fingerprint \
             `SHA256:...`"
                .to_owned()
        };
        if let Some(print) = text.strip_prefix("SHA256:") {
            let bytes = STANDARD_NO_PAD.decode(print.trim_end_matches('=')).map_err(|_| unreadable())?;
            return if bytes.len() == 32 { Ok(Self::of_digest(&bytes)) } else { Err(unreadable()) };
        }
        if text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).count() > 1 {
            return Err("paste one host key, the Ed25519 one where there are several".to_owned());
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let kinds = words.iter().zip(words.iter().skip(1));
        let (kind, blob) = kinds.into_iter().find(|(kind, _)| is_kind(kind)).ok_or_else(unreadable)?;
        if !HOST_KINDS.contains(kind) {
            return Err(format!("`{kind}` is not taken: ask the partner for its Ed25519 or ECDSA host key"));
        }
        let bytes = STANDARD.decode(blob).map_err(|_| unreadable())?;
        // RFC 4253, 6.6: the blob begins with the name of its own kind.
        let named = bytes.strip_prefix(&length(kind)).is_some_and(|rest| rest.starts_with(kind.as_bytes()));
        if named { Ok(Self::of_digest(&Sha256::digest(&bytes))) } else { Err(unreadable()) }
    }

    fn of_digest(digest: &[u8]) -> Self {
        Self(format!("SHA256:{}", STANDARD_NO_PAD.encode(digest)))
    }

    /// The fingerprint.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_kind(word: &str) -> bool {
    word.starts_with("ssh-") || word.starts_with("ecdsa-") || word.starts_with("sk-")
}

fn length(text: &str) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(0).to_be_bytes()
}

/// An Ed25519 public key as a line for the partner's `authorized_keys` (RFC 4253, 6.6; RFC 8709, 4).
pub fn openssh_line(public: &[u8; 32], comment: &str) -> String {
    let parts = [&length(OUR_KIND)[..], OUR_KIND.as_bytes(), &32_u32.to_be_bytes(), public];
    let comment: String = comment.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    format!("{OUR_KIND} {} {comment}", STANDARD.encode(parts.concat())).trim_end().to_owned()
}

/// Reads the name or address of a host.
pub fn parse_host(text: &str) -> Result<String, &'static str> {
    let host = text.trim().to_ascii_lowercase();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':');
    if host.is_empty() || host.len() > 253 || !host.bytes().all(plain) || host.starts_with('-') {
        return Err("write the host alone, such as sftp.partner.example");
    }
    Ok(host)
}

/// Reads an address.
pub fn parse_url(text: &str) -> Result<String, &'static str> {
    let url = text.trim().trim_end_matches('/');
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = url.bytes().all(|b| b.is_ascii_graphic()) && !url.contains(['?', '#', '"', '<', '>', '\\']);
    if host.is_empty() || host.contains('@') || !plain || url.len() > 500 {
        return Err("write an address such as https://partner.example/claims, without a password or a question mark");
    }
    Ok(url.to_owned())
}

/// Reads a list of authorities, as PEM (RFC 7468).
pub fn parse_authority(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.starts_with("-----BEGIN CERTIFICATE-----") && text.len() < 20_000 && !text.contains("PRIVATE KEY") {
        return Ok(format!("{text}\n"));
    }
    Err("paste the certificate of the authority, from -----BEGIN CERTIFICATE----- to its end")
}

/// Reads a folder of the partner's. Blank is the one that the account opens with.
pub fn parse_folder(text: &str) -> Result<String, &'static str> {
    let folder = text.trim().trim_end_matches('/');
    if folder.len() > 200 || folder.chars().any(char::is_control) || folder.split('/').any(|part| part == "..") {
        return Err("write a path such as inbound/claims, without `..`");
    }
    Ok(if text.trim() == "/" { "/".to_owned() } else { folder.to_owned() })
}

/// Reads a user's name.
pub fn parse_user(text: &str) -> Result<String, &'static str> {
    let user = text.trim();
    let plain = user.bytes().all(|b| b.is_ascii_graphic());
    if user.is_empty() || user.len() > 64 || !plain {
        return Err("write the user name that the partner gave, without spaces");
    }
    Ok(user.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A made-up key, and its fingerprint as OpenSSH's `ssh-keygen -lf` prints it.
    const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    const PRINT: &str = "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA";

    #[test]
    fn a_host_key_is_read_in_every_form_that_partners_send() {
        let shown = openssh_line(&std::array::from_fn(|n| u8::try_from(n).unwrap()), "made up/key");
        assert_eq!(shown, format!("{LINE} madeupkey"));
        for good in [LINE, PRINT, &shown, &format!("[sftp.example]:2222 {LINE}"), &format!("{PRINT}=")] {
            assert_eq!(HostKey::parse(good).unwrap().as_str(), PRINT, "{good}");
        }
        for (bad, why) in [
            ("", "paste the host key"),
            ("SHA256:abc", "paste the host key"),
            ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ", "Ed25519 or ECDSA"),
            ("ecdsa-sha2-nistp256 AAAAC3NzaC1lZDI1NTE5AAAAIAAB", "paste the host key"),
            (&format!("{LINE}\n{LINE}"), "one host key"),
        ] {
            assert!(HostKey::parse(bad).unwrap_err().contains(why), "{bad}");
        }
    }

    #[test]
    fn hosts_folders_and_users_hold_nothing_strange() {
        assert_eq!(parse_host(" SFTP.Relay.Example "), Ok("sftp.relay.example".to_owned()));
        assert!(
            parse_host("sftp://relay.example").is_err() && parse_host("-oProxy").is_err() && parse_host("").is_err()
        );
        assert_eq!(parse_folder("inbound/claims/"), Ok("inbound/claims".to_owned()));
        assert_eq!((parse_folder(""), parse_folder("/")), (Ok(String::new()), Ok("/".to_owned())));
        assert!(parse_folder("../other").is_err() && parse_folder("a\nb").is_err());
        for bad in
            ["", "http://a.example", "https://", "https://u:p@a.example/x", "https://a.example/?x=1", "https://a b"]
        {
            assert!(parse_url(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_url(" https://a.example/in/ "), Ok("https://a.example/in".to_owned()));
        assert!(parse_authority("-----BEGIN PRIVATE KEY-----").is_err());
        assert!(parse_user("a b").is_err() && parse_user("").is_err() && parse_user("prac17").is_ok());
    }
}
