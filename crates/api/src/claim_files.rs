//! The claim files released to a partner, for that partner's client to pick up.

use app::client::ReleasedFile;
use domain::client::ApiScope;
use domain::id::FileId;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::problem::Problem;
use crate::request::Ask;
use crate::respond::Reply;
use crate::route::{Answer, Gate, Parameter, Route, Verb, says, schema};
use crate::server::Api;

const X12: &str = "application/EDI-X12";

pub(crate) const ROUTES: &[Route] = &[
    Route {
        verb: Verb::Get,
        path: "/api/claim-files",
        gate: Gate::Scope(ApiScope::ClaimFileRead),
        name: "listClaimFiles",
        summary: "The last hundred claim files released to this client's partner, latest first",
        parameters: &[],
        body: None,
        answers: &[says(200, "The files; no patient is named", schema::<Files>)],
        handler: list,
    },
    Route {
        verb: Verb::Get,
        path: "/api/claim-files/{id}",
        gate: Gate::Scope(ApiScope::ClaimFileRead),
        name: "collectClaimFile",
        summary: "One of them, byte for byte; compare its SHA-256 with the list",
        parameters: &[Parameter { name: "id", words: "The file's id", format: "uuid" }],
        body: None,
        answers: &[Answer { status: 200, words: "The X12 interchange", mime: X12, schema: None }],
        handler: collect,
    },
];

/// A claim file.
#[derive(Serialize, JsonSchema)]
struct File {
    /// Its id.
    id: String,
    /// `837P`.
    kind: String,
    /// Its name.
    name: String,
    /// SHA-256 of its bytes, hexadecimal.
    sha256: String,
    /// Bytes.
    size: u64,
    /// Our number of the batch (BHT03), which a 277CA brings back.
    reference: String,
    /// How many claims.
    claims: u32,
    /// What they come to, in cents.
    total_cents: i64,
    /// When it was released.
    #[schemars(extend("format" = "date-time"))]
    released_at: String,
    /// Whether it is for real (ISA15 is P).
    production: bool,
}

/// The claim files.
#[derive(Serialize, JsonSchema)]
struct Files {
    /// Latest first.
    files: Vec<File>,
}

fn list(api: &Api, ask: &Ask) -> Result<Reply, Problem> {
    let files = api.app.released_files(ask.cx()?)?;
    Reply::json(StatusCode::OK, &Files { files: files.iter().map(File::from).collect() })
}

fn collect(api: &Api, ask: &Ask) -> Result<Reply, Problem> {
    let id = ask.id("id", FileId::parse)?;
    let told = api.app.collect_file(ask.cx()?, &id)?;
    let (info, bytes) = &*told;
    Ok(Reply::file(&info.name, X12, bytes.clone()))
}

impl From<&ReleasedFile> for File {
    fn from(file: &ReleasedFile) -> Self {
        let ReleasedFile { file, reference, claims, total, released_at, production } = file;
        Self {
            id: file.id.to_string(),
            kind: file.kind.clone(),
            name: file.name.clone(),
            sha256: file.digest.clone(),
            size: file.size,
            reference: reference.clone(),
            claims: *claims,
            total_cents: total.get(),
            released_at: released_at.to_string(),
            production: *production,
        }
    }
}
