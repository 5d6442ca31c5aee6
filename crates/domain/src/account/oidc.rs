//! Sign-in by an identity provider (OpenID Connect Core 1.0, sections 3.1 and 15): what can be judged without a network and
//! without a key. Signatures are checked in `app`.

use serde::Deserialize;

use super::joining::Access;
use crate::clock::Instant;

/// Seconds that a person has at the provider.
pub const ASKED: i64 = 600;
/// Seconds that the provider's clock may differ from ours.
pub const SKEW: i64 = 60;
/// The longest name of a person (`sub`), in characters (section 2).
const LONGEST_SUBJECT: usize = 255;

/// Why the provider's word is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OidcFault {
    /// Nobody was sent to the provider from this browser, or too long ago, or came back before.
    #[error("it took too long, or this way in was used already: begin again")]
    Over,
    /// The answer belongs to another question.
    #[error("the answer belongs to another sign-in: begin again")]
    State,
    /// The answer is another issuer's (RFC 9207).
    #[error("the answer came from somebody else than who was asked: begin again, and tell the security official")]
    Issuer,
    /// The person, or the provider, said no.
    #[error("the provider says that you declined, or may not use it for this practice")]
    Declined,
    /// The provider reported a fault of its own, by this code (RFC 6749, section 4.1.2.1).
    #[error("the provider reports `{0}`: try again later, or tell the security official")]
    Reported(String),
    /// It did not answer.
    #[error("the provider cannot be reached: try again in a moment, or sign in with your password")]
    Unreachable,
    /// What it says of itself does not fit the configuration.
    #[error("the provider is not set up as this practice expects: tell the security official")]
    Document,
    /// It did not take its own code.
    #[error("the provider did not confirm the sign-in: begin again")]
    Code,
    /// The ID token cannot be read.
    #[error("the provider's answer cannot be read: tell the security official")]
    Unreadable,
    /// It is signed in a way that is not taken, or not at all.
    #[error("the provider's answer is signed in a way that is not taken: tell the security official")]
    Algorithm,
    /// It is signed by a key that the provider does not publish.
    #[error("the provider's answer is signed by an unknown key: begin again, and tell the security official")]
    Key,
    /// The signature does not fit.
    #[error("the signature on the provider's answer does not fit: begin again, and tell the security official")]
    Signature,
    /// It is meant for another client.
    #[error("the provider's answer is meant for another service: tell the security official")]
    Audience,
    /// It is over, from the future, or older than the question.
    #[error("the provider's answer is not of now: begin again, and have the clocks compared")]
    Time,
    /// It answers another question.
    #[error("the provider's answer belongs to another sign-in: begin again")]
    Nonce,
    /// It names nobody.
    #[error("the provider's answer names nobody")]
    Subject,
    /// Nobody here has linked this account.
    #[error("this account is linked to nobody here: sign in as you are used to, and link it under Your account")]
    Unknown,
    /// The person may not sign in: access ended, or has not begun. The words are those of any refusal.
    #[error("that did not work: ask the security official for help")]
    Closed(Access),
    /// The person's role signs in with a passkey alone.
    #[error("officials and administrators sign in here, and not by a provider: with a passkey, once they have one")]
    PasskeyOnly,
    /// The person has no second factor here.
    #[error("you have no second factor here yet: sign in with your password first")]
    NotEnrolled,
    /// The session in which it was to be linked is another one, locked, or over.
    #[error("your session here ended or was locked meanwhile: sign in and link it again")]
    Session,
    /// It is linked already, here or to somebody else.
    #[error("this account is linked to somebody else here, or you have linked another one: unlink that first")]
    Taken,
}

impl OidcFault {
    /// The name that the log keeps.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::State => "state",
            Self::Issuer => "issuer",
            Self::Declined => "declined",
            Self::Reported(_) => "reported",
            Self::Unreachable => "unreachable",
            Self::Document => "document",
            Self::Code => "code",
            Self::Unreadable => "unreadable",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Audience => "audience",
            Self::Time => "time",
            Self::Nonce => "nonce",
            Self::Subject => "subject",
            Self::Unknown => "unknown_subject",
            Self::Closed(access) => access.as_str(),
            Self::PasskeyOnly => "passkey_only",
            Self::NotEnrolled => "not_enrolled",
            Self::Session => "session",
            Self::Taken => "taken",
        }
    }

    /// What an error answer of the authorization endpoint says. Its description is anybody's text, and is not shown.
    pub fn reported(code: &str) -> Self {
        let plain = !code.is_empty() && code.len() <= 40 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        match code {
            "access_denied" => Self::Declined,
            code if plain => Self::Reported(code.to_owned()),
            _ => Self::Unreadable,
        }
    }
}

/// The host of an address that requests may go to: `https`, no user, no fragment, nothing that two readers read differently.
pub fn https_host(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at_checked(end)?;
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "443"));
    let named =
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b));
    let plain = after.bytes().all(|b| b.is_ascii_graphic() && b != b'#' && b != b'\\' && b != b'"');
    (named && plain && port.parse::<u16>().is_ok_and(|n| n > 0)).then_some(host)
}

/// Where the provider keeps what it says of itself (OpenID Connect Discovery 1.0, section 4).
pub fn discovery(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// What is used of what a provider says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Where browsers are sent.
    pub authorization: String,
    /// Where codes are exchanged.
    pub token: String,
    /// Where its keys are.
    pub keys: String,
    /// Whether its answers name it (RFC 9207).
    pub names_itself: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    response_types_supported: Vec<String>,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Reads the document of this issuer. Its addresses are the issuer's own, or on one of `hosts`.
    pub fn read(bytes: &[u8], issuer: &str, hosts: &[String]) -> Result<Self, OidcFault> {
        let document: Document = serde_json::from_slice(bytes).map_err(|_| OidcFault::Document)?;
        let own = https_host(issuer);
        let ours = |address: &String| {
            let host = https_host(address);
            host.is_some() && (host == own || hosts.iter().any(|known| Some(known.as_str()) == host))
        };
        let addresses = [&document.authorization_endpoint, &document.token_endpoint, &document.jwks_uri];
        let proves = document.code_challenge_methods_supported.is_none_or(|all| all.iter().any(|one| one == "S256"));
        let codes = document.response_types_supported.iter().any(|one| one == "code");
        if document.issuer != issuer || !addresses.into_iter().all(ours) || !proves || !codes {
            return Err(OidcFault::Document);
        }
        Ok(Self {
            authorization: document.authorization_endpoint,
            token: document.token_endpoint,
            keys: document.jwks_uri,
            names_itself: document.authorization_response_iss_parameter_supported,
        })
    }
}

/// For whom an ID token is.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// The claims of an ID token whose signature fits.
#[derive(Clone, Debug, Deserialize)]
pub struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    auth_time: Option<i64>,
    #[serde(default)]
    amr: Vec<String>,
}

/// What an ID token has to answer.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Whose it is.
    pub issuer: &'a str,
    /// For whom.
    pub client: &'a str,
    /// The question's own word.
    pub nonce: &'a str,
    /// When the browser was sent away.
    pub asked_at: Instant,
}

/// Whom the provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// Its name for the person.
    pub subject: String,
    /// It took more than one factor from the person, since it was asked (`amr` of RFC 8176, `auth_time`).
    pub factors: bool,
}

impl Claims {
    /// Judges the claims (section 3.1.3.7) at this instant.
    pub fn judge(self, expected: &Expected<'_>, now: Instant) -> Result<Vouched, OidcFault> {
        let seconds = |at: Instant| at.micros().div_euclid(1_000_000);
        let (now, asked) = (seconds(now), seconds(expected.asked_at));
        if self.iss != expected.issuer {
            return Err(OidcFault::Issuer);
        }
        let (meant, only) = match &self.aud {
            Audience::One(one) => (one == expected.client, true),
            Audience::Many(all) => (all.iter().any(|one| one == expected.client), all.len() == 1),
        };
        // With several audiences the token says to whom of them it was given.
        let party = self.azp.as_deref().map_or(only, |azp| azp == expected.client);
        if !meant || !party {
            return Err(OidcFault::Audience);
        }
        let over = self.exp.saturating_add(SKEW) <= now;
        let early = [Some(self.iat), self.nbf].into_iter().flatten().any(|at| at.saturating_sub(SKEW) > now);
        if over || early || self.iat < asked.saturating_sub(SKEW) {
            return Err(OidcFault::Time);
        }
        if self.nonce.as_deref() != Some(expected.nonce) {
            return Err(OidcFault::Nonce);
        }
        let plain = self.sub.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        if self.sub.trim().is_empty() || self.sub.len() > LONGEST_SUBJECT || !plain {
            return Err(OidcFault::Subject);
        }
        let since = self.auth_time.is_some_and(|at| at >= asked.saturating_sub(SKEW) && at <= now.saturating_add(SKEW));
        Ok(Vouched { subject: self.sub, factors: since && self.amr.iter().any(|one| one == "mfa") })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://login.example/t1";

    fn judge(change: (&str, Value)) -> Result<Vouched, OidcFault> {
        let mut claims =
            json!({"iss": ISSUER, "sub": "248289", "aud": "wellkept", "exp": 1300, "iat": 1005, "nonce": "n"});
        claims.as_object_mut().unwrap().insert(change.0.to_owned(), change.1);
        let at = |s: i64| Instant::from_micros(s * 1_000_000);
        let expected = Expected { issuer: ISSUER, client: "wellkept", nonce: "n", asked_at: at(1000) };
        serde_json::from_value::<Claims>(claims).map_err(|_| OidcFault::Unreadable)?.judge(&expected, at(1010))
    }

    #[test]
    fn each_claim_is_looked_at_from_both_sides() {
        for (name, value, fault) in [
            ("iss", json!("https://login.example/t1/"), OidcFault::Issuer),
            ("aud", json!("other"), OidcFault::Audience),
            ("aud", json!(["wellkept", "other"]), OidcFault::Audience),
            ("aud", json!([]), OidcFault::Audience),
            ("azp", json!("other"), OidcFault::Audience),
            ("exp", json!(950), OidcFault::Time),
            ("iat", json!(1071), OidcFault::Time),
            ("iat", json!(939), OidcFault::Time),
            ("nbf", json!(1071), OidcFault::Time),
            ("nonce", json!("m"), OidcFault::Nonce),
            ("nonce", Value::Null, OidcFault::Nonce),
            ("sub", json!(""), OidcFault::Subject),
            ("sub", json!("a\u{0}b"), OidcFault::Subject),
            ("sub", json!("x".repeat(256)), OidcFault::Subject),
            ("exp", json!("soon"), OidcFault::Unreadable),
            ("aud", Value::Null, OidcFault::Unreadable),
        ] {
            assert_eq!(judge((name, value.clone())), Err(fault), "{name} {value}");
        }
        for (name, value) in [
            ("aud", json!(["wellkept"])),
            ("azp", json!("wellkept")),
            ("exp", json!(951)),
            ("iat", json!(1070)),
            ("iat", json!(940)),
            ("nbf", json!(1070)),
            ("sub", json!("x".repeat(255))),
            ("email", json!("dana@example.test")),
        ] {
            assert!(judge((name, value.clone())).is_ok(), "{name} {value}");
        }
    }

    #[test]
    fn factors_count_when_they_were_given_for_this() {
        assert!(!judge(("amr", json!(["mfa"]))).unwrap().factors, "nobody says when");
        for (amr, at, counts) in
            [(json!(["pwd", "mfa"]), 1004, true), (json!(["pwd"]), 1004, false), (json!(["mfa"]), 900, false)]
        {
            let claims = json!({"iss": ISSUER, "sub": "1", "aud": "c", "exp": 1300, "iat": 1005, "nonce": "n", "amr": amr, "auth_time": at});
            let at = |s: i64| Instant::from_micros(s * 1_000_000);
            let expected = Expected { issuer: ISSUER, client: "c", nonce: "n", asked_at: at(1000) };
            let claims: Claims = serde_json::from_value(claims).unwrap();
            assert_eq!(claims.judge(&expected, at(1010)).unwrap().factors, counts, "{amr}");
        }
    }

    #[test]
    fn a_document_is_of_its_issuer_and_leads_nowhere_else() {
        let document = |change: (&str, Value)| {
            let mut all = json!({
                "issuer": ISSUER, "authorization_endpoint": "https://login.example/a?x=1",
                "token_endpoint": "https://login.example:8443/t", "jwks_uri": "https://keys.example/k",
                "response_types_supported": ["code"], "code_challenge_methods_supported": ["plain", "S256"],
            });
            all.as_object_mut().unwrap().insert(change.0.to_owned(), change.1);
            Metadata::read(all.to_string().as_bytes(), ISSUER, &["keys.example".to_owned()])
        };
        let read = document(("authorization_response_iss_parameter_supported", json!(true))).unwrap();
        assert!(read.names_itself && read.token == "https://login.example:8443/t");
        for (name, value) in [
            ("issuer", json!("https://login.example/t2")),
            ("token_endpoint", json!("http://login.example/t")),
            ("token_endpoint", json!("https://elsewhere.example/t")),
            ("jwks_uri", json!("https://login.example@elsewhere.example/k")),
            ("jwks_uri", json!("https://login.example\\.elsewhere.example/k")),
            ("authorization_endpoint", json!("https://login.example/#a")),
            ("authorization_endpoint", json!("javascript:alert(1)")),
            ("code_challenge_methods_supported", json!(["plain"])),
            ("response_types_supported", json!(["id_token"])),
        ] {
            assert_eq!(document((name, value.clone())), Err(OidcFault::Document), "{name} {value}");
        }
        assert_eq!(discovery("https://a.example/"), "https://a.example/.well-known/openid-configuration");
    }

    #[test]
    fn an_error_of_the_front_channel_brings_no_text_of_its_own() {
        assert_eq!(OidcFault::reported("access_denied"), OidcFault::Declined);
        assert_eq!(OidcFault::reported("server_error"), OidcFault::Reported("server_error".to_owned()));
        for odd in ["", "Call 555-0100 now", "<b>", &"x".repeat(41)] {
            assert_eq!(OidcFault::reported(odd), OidcFault::Unreadable, "{odd}");
        }
    }
}
