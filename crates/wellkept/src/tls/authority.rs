//! The practice's own certificate authority. Its PCs are told to trust it once; it may name this practice and nobody else, so
//! that whoever steals its key can pretend to be the practice and no other site.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use domain::Instant;
use jiff::civil::Date;
use jiff::{Span, tz};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::{provider, read};
use crate::exit::Failure;
use crate::practice::{private_folder, write_private};

/// Years that the authority lasts: PCs are visited once.
const YEARS: i16 = 10;
/// Days that a certificate lasts; programs that judge servers want fewer than ninety.
const DAYS: i64 = 60;
/// It is renewed when fewer are left. V-09 turns red at 21.
const LEFT: i64 = 30;

/// The authority, with the names that it gives a certificate to.
#[derive(Debug)]
pub(crate) struct Authority {
    file: PathBuf,
    key: KeyPair,
    der: CertificateDer<'static>,
    names: Vec<String>,
}

impl Authority {
    /// Whether the key directory has one.
    pub(super) fn exists(folder: &Path) -> bool {
        folder.join("authority.key").exists()
    }

    /// Reads it, or makes it where there is none.
    pub(super) fn open(folder: &Path, names: Vec<String>, now: Instant) -> Result<Self, Failure> {
        let (file, secret) = (folder.join("authority.crt"), folder.join("authority.key"));
        if !Self::exists(folder) {
            private_folder(folder)?;
            let key = KeyPair::generate().map_err(Failure::other)?;
            let made = params(&names, day(now)).and_then(|params| params.self_signed(&key)).map_err(Failure::other)?;
            // The key comes last: without it there is no authority, and the next start begins again.
            write_private(&file, made.pem().as_bytes())?;
            write_private(&secret, key.serialize_pem().as_bytes())?;
        }
        let text = fs::read_to_string(&secret).map_err(|e| Failure::file(&secret, e))?;
        let key = KeyPair::from_pem(&text)
            .map_err(|e| Failure::other(format!("`{}` is no private key: {e}", secret.display())))?;
        let der = CertificateDer::from_pem_file(&file)
            .map_err(|e| Failure::other(format!("`{}` is no certificate: {e}", file.display())))?;
        Ok(Self { file, key, der, names })
    }

    /// The certificate in these files while it will do for the names and the next weeks, else a new one.
    pub(super) fn certificate(&self, chain: &Path, key: &Path, now: Instant) -> Result<CertifiedKey, Failure> {
        if let Ok(present) = read(chain, key)
            && self.vouches(&present, now.plus_seconds(LEFT * 86_400))
        {
            return Ok(present);
        }
        let fresh = KeyPair::generate().map_err(Failure::other)?;
        let made = self.sign(&fresh, day(now)).map_err(Failure::other)?;
        // Should the machine stop between the two, they do not fit, and the next start makes another pair.
        replace(key, fresh.serialize_pem().as_bytes())?;
        replace(chain, made.pem().as_bytes())?;
        let present = read(chain, key)?;
        if self.vouches(&present, now) {
            return Ok(present);
        }
        let (file, names) = (self.file.display(), self.names.join("`, `"));
        Err(Failure::other(format!(
            "the authority in `{file}` cannot vouch for `{names}`: it has ended, or was made for another `public_address`. \
             Move `authority.*` and `tls.*` out of the key directory: the next start makes new ones, and the practice's PCs \
             must be told of them (`wellkept certificate` says how)"
        )))
    }

    /// Its file, which the PCs get.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// SHA-256 of it, as browsers and systems show it.
    pub(crate) fn fingerprint(&self) -> String {
        let hash = digest::digest(&digest::SHA256, &self.der);
        let pairs: Vec<String> = hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// What its certificate is for.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether somebody who trusts this authority alone would trust the certificate then, under each of the names.
    fn vouches(&self, present: &CertifiedKey, at: Instant) -> bool {
        let Some(leaf) = present.cert.first() else { return false };
        let mut roots = RootCertStore::empty();
        if roots.add(self.der.clone()).is_err() {
            return false;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
        let seconds = u64::try_from(at.micros().div_euclid(1_000_000)).unwrap_or(0);
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        verifier.is_ok_and(|verifier| {
            self.names.iter().all(|name| {
                ServerName::try_from(name.as_str())
                    .is_ok_and(|name| verifier.verify_server_cert(leaf, &[], &name, &[], at).is_ok())
            })
        })
    }

    fn sign(&self, key: &KeyPair, today: Date) -> Result<rcgen::Certificate, rcgen::Error> {
        let mut leaf = CertificateParams::new(self.names.clone())?;
        let name = self.names.first().map_or("localhost", String::as_str);
        leaf.distinguished_name.push(DnType::CommonName, name);
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        lasts(&mut leaf, today, today.checked_add(Span::new().days(DAYS)).unwrap_or(today));
        leaf.signed_by(key, &Issuer::new(params(&self.names, today)?, &self.key))
    }
}

/// What the authority's certificate says. It may name the practice's own hosts alone (RFC 5280, section 4.2.1.10).
fn params(names: &[String], today: Date) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    let name = names.first().map_or("localhost", String::as_str);
    params.distinguished_name.push(DnType::CommonName, format!("Wellkept authority of {name}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let permitted_subtrees = names.iter().map(|name| subtree(name)).collect();
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    lasts(&mut params, today, today.checked_add(Span::new().years(YEARS)).unwrap_or(today));
    Ok(params)
}

fn subtree(name: &str) -> GeneralSubtree {
    match name.parse() {
        Ok(std::net::IpAddr::V4(v4)) => GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(v4.octets(), 32)),
        Ok(std::net::IpAddr::V6(v6)) => GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(v6.octets(), 128)),
        Err(_) => GeneralSubtree::DnsName(name.to_owned()),
    }
}

/// The day of an instant, UTC.
fn day(at: Instant) -> Date {
    at.timestamp().to_zoned(tz::TimeZone::UTC).date()
}

/// From the day before, since the clocks of PCs go wrong, until that day (UTC).
fn lasts(params: &mut CertificateParams, today: Date, end: Date) {
    let midnight =
        |day: Date| rcgen::date_time_ymd(i32::from(day.year()), day.month().unsigned_abs(), day.day().unsigned_abs());
    params.not_before = midnight(today.yesterday().unwrap_or(today));
    params.not_after = midnight(end);
}

/// Writes a file beside, and moves it into its place.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let beside = path.with_extension("new");
    write_private(&beside, bytes)?;
    fs::rename(&beside, path).map_err(|e| Failure::file(path, e))
}
