//! The identity provider as the configuration names it: its settings, our own proof, and the way there.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use app::account::oidc::{Oidc, Proof, Reply, Request, SecondFactor, Settings, Wire};
use domain::account::oidc::https_host;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Uri};
use hyper::body::Bytes;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;

use crate::config::Config;
use crate::exit::Failure;
use crate::outbound::{Https, Trust};
use crate::practice::write_private;

/// How long the provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of its longest answer: a set of keys with their certificates.
const LONGEST: usize = 256 * 1024;
/// Beside the wrapping key: the secret that the provider gave, or the key of ours that takes its place.
const SECRET: &str = "oidc.secret";
const KEY: &str = "oidc.key";

/// `[oidc]` as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OidcFile {
    issuer: String,
    client_id: String,
    name: String,
    #[serde(default)]
    client_auth: ClientAuth,
    #[serde(default)]
    second_factor: Factor,
    #[serde(default)]
    hosts: Vec<String>,
    authorities: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ClientAuth {
    #[default]
    Secret,
    Key,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Factor {
    #[default]
    Here,
    Provider,
}

impl OidcFile {
    /// Looks at what needs no file: the rest is found out when the practice opens.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let wrong = |why: &str| Err(Failure::Usage(format!("`[oidc]`: {why}")));
        let word =
            |text: &str, most: usize| !text.trim().is_empty() && text.len() <= most && !text.contains(char::is_control);
        if https_host(&self.issuer).is_none() || self.issuer.contains('?') {
            return wrong("`issuer` must be like `https://login.example/tenant`, as the provider writes it");
        }
        if !word(&self.client_id, 256) || !word(&self.name, 40) {
            return wrong("`client_id` and `name` (up to 40 characters, on the button) are needed");
        }
        if self.hosts.iter().any(|host| https_host(&format!("https://{host}")) != Some(host.as_str())) {
            return wrong("`hosts` are names such as `keys.login.example`, in lower case");
        }
        if self.authorities.as_ref().is_some_and(|file| !file.is_absolute()) {
            return wrong("give `authorities` by its whole path");
        }
        Ok(())
    }
}

impl fmt::Display for OidcFile {
    /// As the listing and the baseline have it; no secret is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = match self.client_auth {
            ClientAuth::Secret => "a secret",
            ClientAuth::Key => "a key of ours",
        };
        let factor = match self.second_factor {
            Factor::Here => "here",
            Factor::Provider => "at the provider where it says so",
        };
        let Self { name, issuer, client_id, .. } = self;
        write!(f, "{name} at {issuer} as {client_id} by {proof}, second factor {factor}")?;
        if !self.hosts.is_empty() {
            write!(f, ", also at {}", self.hosts.join(" and "))?;
        }
        match &self.authorities {
            Some(file) => write!(f, ", vouched for by {}", file.display()),
            None => Ok(()),
        }
    }
}

/// The provider, where the configuration names one.
pub(crate) fn open(config: &Config) -> Result<Option<Oidc>, Failure> {
    let Some(file) = &config.oidc.value else { return Ok(None) };
    let folder = &config.key_dir.value;
    let proof = match file.client_auth {
        ClientAuth::Secret => Proof::Secret(secret(&folder.join(SECRET))?.into()),
        ClientAuth::Key => Proof::Key(key(folder)?.into()),
    };
    let settings = Settings {
        issuer: file.issuer.clone(),
        client: file.client_id.clone(),
        name: file.name.trim().to_owned(),
        proof,
        second_factor: match file.second_factor {
            Factor::Here => SecondFactor::Here,
            Factor::Provider => SecondFactor::Provider,
        },
        hosts: file.hosts.clone(),
    };
    let way = Way(Trust::new(file.authorities.as_deref())?);
    Oidc::new(settings, Box::new(way)).map(Some).map_err(Failure::Usage)
}

/// A file that only its owner may read.
fn private(path: &Path) -> Result<String, Failure> {
    let mode = fs::metadata(path).map_err(|e| Failure::file(path, e))?.permissions().mode();
    if mode & 0o077 != 0 {
        let path = path.display();
        return Err(Failure::Usage(format!("`{path}` may be read by others: run `chmod 600 {path}`")));
    }
    fs::read_to_string(path).map_err(|e| Failure::file(path, e))
}

fn secret(path: &Path) -> Result<String, Failure> {
    let text = private(path)?.trim().to_owned();
    let plain = !text.is_empty() && text.len() <= 512 && text.bytes().all(|b| b.is_ascii_graphic());
    if plain {
        Ok(text)
    } else {
        Err(Failure::Usage(format!("`{}` holds no client secret: write it there, alone", path.display())))
    }
}

/// Our own key, PKCS #8; made at the first time.
pub(crate) fn key(folder: &Path) -> Result<Vec<u8>, Failure> {
    let path = folder.join(KEY);
    if !path.exists() {
        let made = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(Failure::other)?;
        write_private(&path, made.serialize_pem().as_bytes())?;
    }
    let text = private(&path)?;
    let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes())
        .map_err(|e| Failure::other(format!("`{}` is no private key: {e}", path.display())))?;
    Ok(der.secret_pkcs8_der().to_vec())
}

/// HTTPS to whom the provider's own description names.
struct Way(Trust);

impl Wire for Way {
    fn ask(&self, request: &Request) -> Result<Reply, String> {
        let bad = || format!("`{}` is no address", request.address);
        let uri: Uri = request.address.parse().map_err(|_| bad())?;
        let authority = uri.authority().ok_or_else(bad)?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let to = Https::parse(&format!("https://{authority}"), self.0.clone())?;
        let builder = match request.form {
            Some(_) => http::Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded"),
            None => http::Request::get(path),
        };
        let mut builder = builder.header(ACCEPT, "application/json");
        if let Some(proof) = &request.authorization {
            let mut value = HeaderValue::from_str(proof).map_err(|e| e.to_string())?;
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        let body = request.form.clone().map(Bytes::from).unwrap_or_default();
        let answer = to.send(builder.body(body).map_err(|e| e.to_string())?, PATIENCE, LONGEST)?;
        Ok(Reply { status: answer.status().as_u16(), body: answer.body().to_vec() })
    }
}

#[cfg(test)]
mod tests;
