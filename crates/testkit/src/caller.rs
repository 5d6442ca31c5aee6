//! A program that calls the API: a key pair of its own, assertions that it signs, tokens that it gets.

use std::io::Read as _;
use std::net::SocketAddr;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RsaKeyPair};
use axum::body::Body;
use axum::extract::ConnectInfo;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Clock as _;
use domain::access::Role;
use domain::client::ApiScope;
use domain::id::ClientId;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{Method, Request};
use http_body_util::BodyExt as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::browser::{Answer, encode};
use crate::practice::{Practice, SOURCE};

/// The `aud` of assertions to a practice in a box.
pub const AUDIENCE: &str = "https://practice.test/api/token";

/// A private key with its name.
pub struct Signer {
    /// Its name.
    pub kid: String,
    key: EncodingKey,
    algorithm: Algorithm,
    /// The public half, as a JWK.
    pub jwk: Value,
}

impl Signer {
    /// A new P-384 key.
    pub fn es384(kid: &str) -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        let point = pair.public_key().as_ref();
        let part = |from: usize, to: usize| URL_SAFE_NO_PAD.encode(point.get(from..to).unwrap());
        let jwk = json!({"kty": "EC", "crv": "P-384", "kid": kid, "use": "sig", "alg": "ES384", "x": part(1, 49), "y": part(49, 97)});
        Self { kid: kid.to_owned(), key: EncodingKey::from_ec_der(pkcs8.as_ref()), algorithm: Algorithm::ES384, jwk }
    }

    /// A new RSA key of 3072 bits.
    pub fn rs384(kid: &str) -> Self {
        use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
        let pair = RsaKeyPair::generate(KeySize::Rsa3072).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let modulus = pair.public_key().modulus().big_endian_without_leading_zero();
        let jwk = json!({"kty": "RSA", "kid": kid, "n": URL_SAFE_NO_PAD.encode(modulus), "e": "AQAB"});
        // The encoder wants the PKCS #1 key inside; around it PKCS #8 has 26 bytes at this size (RFC 5208).
        let inner = der.as_ref().get(26..).unwrap();
        Self { kid: kid.to_owned(), key: EncodingKey::from_rsa_der(inner), algorithm: Algorithm::RS384, jwk }
    }

    /// Signs claims.
    pub fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(self.algorithm) };
        self.sign_with(&header, claims)
    }

    /// Signs claims under a header of one's own.
    pub fn sign_with(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }
}

/// A registered client.
pub struct Caller<'p> {
    practice: &'p Practice,
    /// Its id.
    pub id: ClientId,
    /// Its key.
    pub signer: Signer,
}

impl Practice {
    /// Registers a client the way the security official does. `ground` is `own_program`, `sends_only` or a partner's id.
    pub fn register(&self, scopes: &[ApiScope], ground: &str) -> Caller<'_> {
        let signer = Signer::es384("first");
        let owner = self.persona(Role::SecurityOfficial).account.to_string();
        let (keys, last) = (signer.jwk.to_string(), "2027-05-31".to_owned());
        let mut form = vec![
            ("name", "Clearing desk"),
            ("owner", &owner),
            ("purpose", "payment"),
            ("ground", ground),
            ("expires_on", &last),
            ("keys", &keys),
        ];
        form.extend(scopes.iter().map(|scope| ("scope", scope.as_str())));
        let answer = self.as_role(Role::SecurityOfficial).post("/clients", &form).expect(303);
        let id = ClientId::parse(answer.location().strip_prefix("/clients/").unwrap()).unwrap();
        Caller { practice: self, id, signer }
    }

    /// Sends a request into the router.
    pub(crate) fn answer(&self, asked: String, request: Request<Body>) -> Answer {
        let router = self.router.clone();
        let known = request.extensions().get::<ConnectInfo<SocketAddr>>().is_some();
        let request = if known { request } else { Self::came_from(request, SOURCE) };
        self.runtime.block_on(async move {
            let response = router.oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            let packed = parts.headers.get(CONTENT_ENCODING).is_some_and(|v| v == "gzip");
            let mut plain = Vec::new();
            if packed && !bytes.is_empty() {
                flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut plain).unwrap();
            } else {
                plain = bytes.to_vec();
            }
            Answer { asked, status: parts.status, headers: parts.headers, body: plain }
        })
    }

    /// Calls the API with a token, or with none.
    pub fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<(&str, Vec<u8>)>) -> Answer {
        let (mime, body) = body.unwrap_or_default();
        self.send(method, path, token, mime, Body::from(body))
    }

    /// Posts to the API; `during` happens when the head was read and the body is on its way.
    pub fn call_slowly(
        &self,
        path: &str,
        token: &str,
        (mime, body): (&str, Vec<u8>),
        mut during: impl FnMut() + Send + 'static,
    ) -> Answer {
        let slow = Body::from(body).map_frame(move |frame| {
            during();
            frame
        });
        self.send(Method::POST, path, Some(token), mime, Body::new(slow))
    }

    fn send(&self, method: Method, path: &str, token: Option<&str>, mime: &str, body: Body) -> Answer {
        let asked = format!("{method} {path}");
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if !mime.is_empty() {
            request = request.header(CONTENT_TYPE, mime);
        }
        self.answer(asked, request.body(body).unwrap())
    }

    /// Sends a token request.
    pub fn ask_token(&self, assertion: &str, scope: &str) -> Answer {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", scope),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ];
        self.send_form("/api/token", &form)
    }

    /// Sends a form to the API.
    pub fn send_form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> = form.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
        let body = pairs.join("&").into_bytes();
        self.call(Method::POST, path, None, Some(("application/x-www-form-urlencoded", body)))
    }
}

impl Caller<'_> {
    /// The claims of a good assertion with this `jti`.
    pub fn claims(&self, jti: &str) -> Value {
        let now = self.practice.clock.now().micros() / 1_000_000;
        json!({"iss": self.id.as_str(), "sub": self.id.as_str(), "aud": AUDIENCE, "exp": now + 240, "iat": now, "jti": jti})
    }

    /// A token with these scopes; `jti` is new each time.
    pub fn token(&self, jti: &str, scope: &str) -> String {
        let answer = self.practice.ask_token(&self.signer.sign(&self.claims(jti)), scope).expect(200);
        answer.json().get("access_token").and_then(Value::as_str).unwrap().to_owned()
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{}: {e}\n{}", self.asked, self.text()))
    }
}
