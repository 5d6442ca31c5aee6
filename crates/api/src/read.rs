//! What clients read: a day of the schedule, and patients by a few letters.

use app::client::{ApiDay, ApiPatient, ApiVisit};
use domain::client::ApiScope;
use domain::id::LocationId;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::request::Ask;
use crate::respond::Reply;
use crate::route::{Gate, Parameter, Route, Verb, json, says, schema};
use crate::server::Api;

pub(crate) const ROUTES: &[Route] = &[
    Route {
        verb: Verb::Get,
        path: "/api/schedule",
        gate: Gate::Scope(ApiScope::ScheduleRead),
        name: "readSchedule",
        summary: "The visits of a day at a location; without parameters, today at the first",
        parameters: &[
            Parameter { name: "date", words: "The local date at the location", format: "date" },
            Parameter { name: "location", words: "The location's id", format: "uuid" },
        ],
        body: None,
        answers: &[says(200, "The day", schema::<Day>)],
        handler: schedule,
    },
    Route {
        verb: Verb::Post,
        path: "/api/patients/find",
        gate: Gate::Scope(ApiScope::PatientFind),
        name: "findPatients",
        summary: "Up to twenty patients by name, birth date, telephone or record number; the words are in the body, so that \
                  no address holds a name",
        parameters: &[],
        body: json(schema::<Find>),
        answers: &[says(200, "Who fits, by name", schema::<Found>)],
        handler: find,
    },
];

/// A place of the practice.
#[derive(Serialize, JsonSchema)]
struct Location {
    /// Its id.
    id: String,
    /// What people call it.
    name: String,
    /// Its time zone.
    zone: String,
}

/// A clinician.
#[derive(Serialize, JsonSchema)]
struct Provider {
    /// Its id.
    id: String,
    /// The name.
    name: String,
    /// Type 1 NPI.
    npi: String,
}

/// A patient: what tells two people of one name apart, and no more.
#[derive(Serialize, JsonSchema)]
struct Patient {
    /// The id.
    id: String,
    /// The record number.
    mrn: String,
    /// The family name.
    family: String,
    /// The given name.
    given: String,
    /// The date of birth.
    #[schemars(extend("format" = "date"))]
    birth_date: String,
}

/// A booked visit.
#[derive(Serialize, JsonSchema)]
struct Visit {
    /// Its id.
    id: String,
    /// Its version: it changes with every change.
    version: i64,
    /// Local date and time, without a zone: the location's.
    start: String,
    /// How long, in minutes.
    minutes: u16,
    /// What kind, such as `follow_up`.
    kind: String,
    /// Where it stands, such as `arrived`.
    status: String,
    /// The provider's id.
    provider: String,
    /// Who comes.
    patient: Patient,
}

/// A day at a location.
#[derive(Serialize, JsonSchema)]
struct Day {
    /// The local date.
    #[schemars(extend("format" = "date"))]
    date: String,
    /// Where.
    location: Location,
    /// Every location.
    locations: Vec<Location>,
    /// Everybody who gives care.
    providers: Vec<Provider>,
    /// The visits that this client may see, by time.
    visits: Vec<Visit>,
}

/// Whom to look for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Find {
    /// At least two letters of a family name (a given name after a space or comma), a birth date, or three digits of a
    /// telephone or record number.
    #[schemars(length(min = 2, max = 80), regex(pattern = r"[\p{L}\p{N}][\s\S]*[\p{L}\p{N}]"))]
    q: String,
}

/// Who fits.
#[derive(Serialize, JsonSchema)]
struct Found {
    /// By name.
    patients: Vec<Patient>,
}

fn schedule(api: &Api, ask: &Ask) -> Result<Reply, Problem> {
    let date = ask.query("date", str::parse::<jiff::civil::Date>)?;
    let location = ask.query("location", LocationId::parse)?;
    let day = api.app.schedule_for_client(ask.cx()?, date, location.as_ref())?;
    Reply::json(StatusCode::OK, &Day::from(&*day))
}

fn find(api: &Api, ask: &Ask) -> Result<Reply, Problem> {
    let Find { q } = ask.json()?;
    if q.chars().count() > 80 {
        return Err(Problem::field("q", "it is longer than 80 characters"));
    }
    let found = api.app.find_for_client(ask.cx()?, &q)?;
    Reply::json(StatusCode::OK, &Found { patients: found.iter().map(Patient::from).collect() })
}

impl From<&ApiDay> for Day {
    fn from(day: &ApiDay) -> Self {
        let provider = |p: &domain::place::Provider| Provider {
            id: p.id.to_string(),
            name: p.name.to_string(),
            npi: p.npi.to_string(),
        };
        Self {
            date: day.date.to_string(),
            location: Location::from(&day.location),
            locations: day.locations.iter().map(Location::from).collect(),
            providers: day.providers.iter().map(provider).collect(),
            visits: day.visits.iter().map(Visit::from).collect(),
        }
    }
}

impl From<&domain::place::Location> for Location {
    fn from(location: &domain::place::Location) -> Self {
        Self { id: location.id.to_string(), name: location.name.clone(), zone: location.zone.to_string() }
    }
}

impl From<&ApiVisit> for Visit {
    fn from(visit: &ApiVisit) -> Self {
        Self {
            id: visit.id.to_string(),
            version: visit.version,
            start: visit.start.to_string(),
            minutes: visit.minutes,
            kind: visit.kind.to_string(),
            status: visit.status.to_string(),
            provider: visit.provider.to_string(),
            patient: Patient::from(&visit.patient),
        }
    }
}

impl From<&ApiPatient> for Patient {
    fn from(patient: &ApiPatient) -> Self {
        Self {
            id: patient.id.to_string(),
            mrn: patient.mrn.clone(),
            family: patient.family.clone(),
            given: patient.given.clone(),
            birth_date: patient.birth_date.to_string(),
        }
    }
}
