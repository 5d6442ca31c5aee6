//! What clients hand in: device posture, alerts, evidence. The form is checked here and the bytes are kept as they came. Posture
//! is said of the registered device; nothing is concluded from the rest.

use app::client::Taken;
use app::device::Seen;
use domain::Instant;
use domain::client::{ApiScope, IntakeKind};
use domain::id::DeviceId;
use http::StatusCode;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::request::Ask;
use crate::respond::Reply;
use crate::route::{Answer, Gate, Parameter, Route, Verb, json, says, schema};
use crate::server::Api;

const KEPT: &[Answer] = &[
    says(201, "It is kept", schema::<Kept>),
    says(200, "The same bytes came from this client before; that report stands", schema::<Kept>),
];

pub(crate) const ROUTES: &[Route] = &[
    Route {
        verb: Verb::Post,
        path: "/api/devices/{id}/posture",
        gate: Gate::Scope(ApiScope::PostureWrite),
        name: "reportDevicePosture",
        summary: "Report how a registered device stands; what is not known is left out or null, and never counts as good",
        parameters: &[Parameter { name: "id", words: "The device's id, from the address of its page", format: "uuid" }],
        body: json(schema::<Posture>),
        answers: KEPT,
        handler: posture,
    },
    Route {
        verb: Verb::Post,
        path: "/api/alerts",
        gate: Gate::Scope(ApiScope::AlertWrite),
        name: "raiseAlert",
        summary: "Raise an alert of endpoint protection, a monitor or a vendor; no patient's information in it",
        parameters: &[],
        body: json(schema::<Alert>),
        answers: KEPT,
        handler: |api, ask| take::<Alert>(api, ask, IntakeKind::Alert),
    },
    Route {
        verb: Verb::Post,
        path: "/api/evidence",
        gate: Gate::Scope(ApiScope::EvidenceWrite),
        name: "handInEvidence",
        summary: "Hand in evidence about a safeguard, for a person to judge; no patient's information in it",
        parameters: &[],
        body: json(schema::<Evidence>),
        answers: KEPT,
        handler: |api, ask| take::<Evidence>(api, ask, IntakeKind::Evidence),
    },
];

/// How a device stands.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the form of the rest is checked by reading it; what is kept are the bytes")]
struct Posture {
    /// When it was looked at.
    #[schemars(extend("format" = "date-time"))]
    observed_at: String,
    /// The operating system and its version.
    #[schemars(length(min = 1, max = 80))]
    os: Option<String>,
    /// Whether every disk with data is encrypted.
    disk_encrypted: Option<bool>,
    /// Whether the screen locks by itself within 15 minutes.
    screen_locks: Option<bool>,
    /// Whether it reaches the practice through a VPN or a zero-trust gateway.
    tunnel_on: Option<bool>,
    /// Whether the firewall is on.
    firewall_on: Option<bool>,
    /// Whether endpoint protection runs with signatures of the last days.
    protection_on: Option<bool>,
    /// Whether somebody can sign in from afar.
    remote_login_on: Option<bool>,
}

/// How bad it is.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// Something that somebody should look at.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the severity's form is checked by reading it; what is kept are the bytes")]
struct Alert {
    /// What raised it: the product, monitor or vendor.
    #[schemars(length(min = 1, max = 80))]
    raised_by: String,
    /// When it was seen.
    #[schemars(extend("format" = "date-time"))]
    observed_at: String,
    /// How bad it is.
    severity: Severity,
    /// What it is, in a line.
    #[schemars(length(min = 1, max = 200))]
    title: String,
    /// The device, when it is about one.
    #[schemars(length(min = 1, max = 80))]
    device: Option<String>,
    /// More, for whoever looks.
    #[schemars(length(min = 1, max = 4000))]
    detail: Option<String>,
    /// Its number at the sender's.
    #[schemars(length(min = 1, max = 120))]
    reference: Option<String>,
}

/// Evidence about a safeguard.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Evidence {
    /// The safeguard's name, as in the address of its page under Readiness.
    #[schemars(length(min = 1, max = 80))]
    safeguard: String,
    /// When it was observed.
    #[schemars(extend("format" = "date-time"))]
    observed_at: String,
    /// What it shows, in a few sentences.
    #[schemars(length(min = 1, max = 4000))]
    statement: String,
    /// SHA-256 of the paper or file that it speaks of, hexadecimal, when there is one.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    sha256: Option<String>,
    /// Where that paper or file is.
    #[schemars(length(min = 1, max = 400))]
    place: Option<String>,
}

/// A report that is kept.
#[derive(Serialize, JsonSchema)]
struct Kept {
    /// Its id.
    id: String,
    /// SHA-256 of its bytes as they came, hexadecimal.
    sha256: String,
    /// When it came.
    #[schemars(extend("format" = "date-time"))]
    received_at: String,
    /// The event of the practice's audit log that names it.
    event: String,
}

/// What the schema says beyond the types.
trait Checked {
    fn check(&self) -> Result<(), Problem>;
}

fn text(field: &str, text: &str, max: usize) -> Result<(), Problem> {
    match text.chars().count() {
        0 => Err(Problem::field(field, "it is empty")),
        n if n > max => Err(Problem::field(field, &format!("it is longer than {max} characters"))),
        _ => Ok(()),
    }
}

fn maybe(field: &str, value: Option<&String>, max: usize) -> Result<(), Problem> {
    value.map_or(Ok(()), |value| text(field, value, max))
}

fn instant(field: &str, text: &str) -> Result<Instant, Problem> {
    let read = text.parse::<jiff::Timestamp>();
    read.map(Instant::from).map_err(|_| Problem::field(field, "it is no instant: write it as 2026-06-09T13:00:00Z"))
}

/// What it says is said of the device, with the same commit that keeps it.
fn posture(api: &Api, ask: &Ask) -> Result<Reply, Problem> {
    let id = ask.id("id", DeviceId::parse)?;
    let posture: Posture = ask.json()?;
    let at = instant("observed_at", &posture.observed_at)?;
    maybe("os", posture.os.as_ref(), 80)?;
    let seen = Seen { at, disk: posture.disk_encrypted, lock: posture.screen_locks, tunnel: posture.tunnel_on };
    kept(api.app.report_posture(ask.cx()?, &id, seen, ask.text()?)?)
}

impl Checked for Alert {
    fn check(&self) -> Result<(), Problem> {
        text("raised_by", &self.raised_by, 80)?;
        instant("observed_at", &self.observed_at)?;
        text("title", &self.title, 200)?;
        maybe("device", self.device.as_ref(), 80)?;
        maybe("detail", self.detail.as_ref(), 4000)?;
        maybe("reference", self.reference.as_ref(), 120)
    }
}

impl Checked for Evidence {
    fn check(&self) -> Result<(), Problem> {
        text("safeguard", &self.safeguard, 80)?;
        instant("observed_at", &self.observed_at)?;
        text("statement", &self.statement, 4000)?;
        maybe("place", self.place.as_ref(), 400)?;
        let hex = |s: &String| s.len() == 64 && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !self.sha256.as_ref().is_none_or(hex) {
            return Err(Problem::field("sha256", "it is not 64 hexadecimal digits in small letters"));
        }
        let known = domain::compliance::catalogue().map_err(|_| Problem::broken())?;
        if known.iter().any(|safeguard| safeguard.slug == self.safeguard) { Ok(()) } else { Err(Problem::safeguard()) }
    }
}

fn take<T: Checked + DeserializeOwned>(api: &Api, ask: &Ask, kind: IntakeKind) -> Result<Reply, Problem> {
    ask.json::<T>()?.check()?;
    kept(api.app.take_report(ask.cx()?, kind, ask.text()?)?)
}

fn kept(Taken { report, new }: Taken) -> Result<Reply, Problem> {
    let kept = Kept {
        id: report.id.to_string(),
        sha256: report.digest,
        received_at: report.received_at.to_string(),
        event: report.event.to_string(),
    };
    Reply::json(if new { StatusCode::CREATED } else { StatusCode::OK }, &kept)
}
