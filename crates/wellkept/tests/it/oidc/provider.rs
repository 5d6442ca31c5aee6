//! An identity provider that lies when it is told to. Its tokens are put together by hand, so that each can be wrong in one way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use app::account::oidc::{Oidc, Proof, Reply, Request, SecondFactor, Settings, Wire};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::Answer;

pub(super) const ISSUER: &str = "https://login.example/tenant";
const CLIENT: &str = "wellkept-test";

/// How a token is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Signed {
    /// By the key that it names.
    #[default]
    Well,
    /// Not at all.
    Not,
    /// With the public key as a shared secret.
    ByPublicKey,
    /// And then changed by one bit.
    Flipped,
}

/// What is wrong with the next token.
pub(super) type Lie = fn(&mut Value, &mut Value) -> Signed;

/// The state of the provider, which the test and the product share.
#[derive(Clone)]
pub(super) struct Provider(Arc<Mutex<State>>);

struct State {
    pairs: Vec<(String, Arc<EcdsaKeyPair>)>,
    codes: BTreeMap<String, (String, String, String)>,
    lie: Option<Lie>,
    last: Option<String>,
    document: Value,
    down: bool,
    more: Value,
    now: i64,
    asked: Vec<String>,
}

fn pair() -> Arc<EcdsaKeyPair> {
    Arc::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
}

/// The parameters of an address.
pub(super) fn query(address: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        let (mut bytes, mut rest) = (Vec::new(), text.bytes());
        while let Some(byte) = rest.next() {
            let two = [rest.clone().next(), rest.clone().nth(1)];
            match (byte, two) {
                (b'%', [Some(a), Some(b)]) => {
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&[a, b]).unwrap(), 16).unwrap());
                    rest.nth(1);
                }
                _ => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let (_, query) = address.split_once('?').unwrap();
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(n, v)| (decode(n), decode(v))).collect()
}

impl Provider {
    pub(super) fn new() -> Self {
        let document = json!({
            "issuer": ISSUER, "authorization_endpoint": "https://login.example/authorize",
            "token_endpoint": "https://login.example/token", "jwks_uri": "https://login.example/keys",
            "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        let (pairs, codes, asked) = (vec![("k1".to_owned(), pair())], BTreeMap::new(), Vec::new());
        let (lie, last, down, more, now) = (None, None, false, json!({}), 0);
        Self(Arc::new(Mutex::new(State { pairs, codes, lie, last, document, down, more, now, asked })))
    }

    /// As the practice's configuration names it.
    pub(super) fn configured(&self, second_factor: SecondFactor) -> Oidc {
        let settings = Settings {
            issuer: ISSUER.to_owned(),
            client: CLIENT.to_owned(),
            name: "Example".to_owned(),
            proof: Proof::Secret("s3cret".to_owned().into()),
            second_factor,
            hosts: Vec::new(),
        };
        Oidc::new(settings, Box::new(self.clone())).unwrap()
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }

    /// What time it is there, in seconds.
    pub(super) fn at(&self, now: domain::Instant) {
        self.with(|state| state.now = now.micros() / 1_000_000);
    }

    /// The next token is wrong in this way.
    pub(super) fn lies(&self, lie: Lie) {
        self.with(|state| state.lie = Some(lie));
    }

    /// Each token has these claims too.
    pub(super) fn says(&self, more: Value) {
        self.with(|state| state.more = more);
    }

    /// The next token is the one of last time.
    pub(super) fn replays(&self) {
        self.with(|state| state.asked.push("replay".to_owned()));
    }

    /// Describes itself so.
    pub(super) fn describes(&self, name: &str, value: Value) {
        self.with(|state| state.document[name] = value);
    }

    pub(super) fn goes_down(&self, down: bool) {
        self.with(|state| state.down = down);
    }

    /// Signs with a new key from now on, and publishes it alone.
    pub(super) fn rotates(&self, kid: &str) {
        self.with(|state| state.pairs = vec![(kid.to_owned(), pair())]);
    }

    /// How often an address was asked for.
    pub(super) fn asked_for(&self, path: &str) -> usize {
        self.with(|state| state.asked.iter().filter(|asked| asked.ends_with(path)).count())
    }

    /// The person signs in there. Returns the path that the browser comes back by.
    pub(super) fn agrees(&self, sent: &Answer, subject: &str) -> String {
        let address = if sent.location().is_empty() {
            let page = sent.text();
            let link =
                page.split("href=\"").find(|part| part.starts_with("https://login.example/")).unwrap().to_owned();
            link.split('"').next().unwrap().replace("&amp;", "&")
        } else {
            sent.location().to_owned()
        };
        assert!(address.starts_with("https://login.example/authorize?"), "{address}");
        let asked = query(&address);
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", "https://practice.test/sign-in/oidc/answer"),
            ("scope", "openid"),
            ("code_challenge_method", "S256"),
            ("prompt", "login"),
        ] {
            assert_eq!(asked[name], value, "{address}");
        }
        self.with(|state| {
            let code = format!("code-{}", state.codes.len());
            let (nonce, challenge) = (asked["nonce"].clone(), asked["code_challenge"].clone());
            state.codes.insert(code.clone(), (nonce, challenge, subject.to_owned()));
            let issuer = ISSUER.replace(':', "%3A").replace('/', "%2F");
            format!("/sign-in/oidc/answer?code={code}&state={}&iss={issuer}", asked["state"])
        })
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn jwk(kid: &str, pair: &EcdsaKeyPair) -> Value {
    let point = pair.public_key().as_ref();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
    json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "alg": "ES256", "x": x, "y": y})
}

impl State {
    fn token(&mut self, nonce: &str, subject: &str) -> String {
        let (kid, pair) = self.pairs.last().unwrap().clone();
        let mut header = json!({"alg": "ES256", "kid": kid, "typ": "JWT"});
        let mut claims = json!({
            "iss": ISSUER, "sub": subject, "aud": CLIENT, "iat": self.now, "exp": self.now + 300, "nonce": nonce,
            "email": "dana@practice.test", "email_verified": true,
        });
        claims.as_object_mut().unwrap().extend(self.more.as_object().unwrap().clone());
        let signed = self.lie.take().map_or(Signed::Well, |lie| lie(&mut header, &mut claims));
        let text = format!("{}.{}", part(&header), part(&claims));
        let signature = match signed {
            Signed::Not => Vec::new(),
            Signed::ByPublicKey => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, pair.public_key().as_ref());
                hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
            }
            Signed::Well | Signed::Flipped => {
                let mut bytes = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec();
                bytes[40] ^= u8::from(signed == Signed::Flipped);
                bytes
            }
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn exchange(&mut self, form: &str, authorization: Option<&str>) -> Reply {
        let form = query(&format!("?{form}"));
        assert_eq!(authorization, Some("Basic d2VsbGtlcHQtdGVzdDpzM2NyZXQ="));
        assert_eq!(form["redirect_uri"], "https://practice.test/sign-in/oidc/answer");
        let refused = Reply { status: 400, body: br#"{"error":"invalid_grant"}"#.to_vec() };
        // A code works once, and for who began.
        let Some((nonce, challenge, subject)) = self.codes.remove(&form["code"]) else { return refused };
        self.codes.insert(format!("used {}", form["code"]), <(String, String, String)>::default());
        let proven = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, form["code_verifier"].as_bytes()));
        if proven != challenge {
            return refused;
        }
        let again = self.asked.iter().position(|asked| asked == "replay").map(|at| self.asked.remove(at));
        let token = match (again, &self.last) {
            (Some(_), Some(last)) => last.clone(),
            _ => self.token(&nonce, &subject),
        };
        self.last = Some(token.clone());
        let body = json!({"access_token": "opaque", "token_type": "Bearer", "id_token": token});
        Reply { status: 200, body: body.to_string().into_bytes() }
    }
}

impl Wire for Provider {
    fn ask(&self, request: &Request) -> Result<Reply, String> {
        self.with(|state| {
            state.asked.push(request.address.clone());
            let ok = |value: &Value| Ok(Reply { status: 200, body: value.to_string().into_bytes() });
            if state.down {
                return Err("cannot be reached".to_owned());
            }
            match (request.address.as_str(), &request.form) {
                ("https://login.example/tenant/.well-known/openid-configuration", None) => ok(&state.document),
                ("https://login.example/keys", None) => {
                    let keys: Vec<Value> = state.pairs.iter().map(|(kid, pair)| jwk(kid, pair)).collect();
                    // One of a kind that nobody here knows, and one that is for something else.
                    let odd = json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "pq", "pub": "AA"});
                    let mut other = jwk("enc", &pair());
                    other["use"] = json!("enc");
                    let all = [vec![odd, other], keys].concat();
                    ok(&json!({"keys": all}))
                }
                ("https://login.example/token", Some(form)) => {
                    Ok(state.exchange(form, request.authorization.as_deref()))
                }
                (other, _) => panic!("`{other}` was asked for"),
            }
        })
    }
}
