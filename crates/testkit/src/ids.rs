//! What is in the database, for tests that walk over everything there is.

use domain::id::PatientId;
use domain::patient::Patient;
use store::{Sql, Tx, params, sql};

use crate::practice::Practice;

/// Where a path's id is kept, by the beginning of the path. A new noun adds its line here.
const HOMES: &[(&str, &Sql)] = &[
    ("/patients/", sql!("SELECT id FROM patient ORDER BY id LIMIT 1")),
    ("/schedule/", sql!("SELECT id FROM appointment ORDER BY id LIMIT 1")),
    ("/charges/", sql!("SELECT id FROM visit ORDER BY id LIMIT 1")),
    ("/visits/", sql!("SELECT id FROM visit ORDER BY id LIMIT 1")),
    ("/claims/batches/", sql!("SELECT id FROM batch ORDER BY id LIMIT 1")),
    ("/claims/files/", sql!("SELECT id FROM file ORDER BY id LIMIT 1")),
    ("/batches/", sql!("SELECT id FROM batch ORDER BY id LIMIT 1")),
    ("/claims/", sql!("SELECT id FROM claim ORDER BY id LIMIT 1")),
    ("/files/", sql!("SELECT id FROM file ORDER BY id LIMIT 1")),
    ("/settings/locations/", sql!("SELECT id FROM directory WHERE kind = 'location' ORDER BY id LIMIT 1")),
    ("/settings/clinicians/", sql!("SELECT id FROM directory WHERE kind = 'provider' ORDER BY id LIMIT 1")),
    ("/partners/", sql!("SELECT id FROM directory WHERE kind = 'partner' ORDER BY id LIMIT 1")),
    ("/payers/", sql!("SELECT id FROM directory WHERE kind = 'payer' ORDER BY id LIMIT 1")),
    ("/clients/", sql!("SELECT id FROM directory WHERE kind = 'client' ORDER BY id LIMIT 1")),
    ("/devices/", sql!("SELECT id FROM directory WHERE kind = 'device' ORDER BY id LIMIT 1")),
    ("/api/devices/", sql!("SELECT id FROM directory WHERE kind = 'device' ORDER BY id DESC LIMIT 1")),
    ("/api/claim-files/", sql!("SELECT id FROM file WHERE direction = 'out' ORDER BY id LIMIT 1")),
    ("/payments/files/", sql!("SELECT id FROM file WHERE kind = '835' ORDER BY id LIMIT 1")),
    ("/payments/waiting/", sql!("SELECT id FROM work_item ORDER BY id LIMIT 1")),
    ("/payments/", sql!("SELECT id FROM remittance ORDER BY id LIMIT 1")),
    ("/ledger/entries/", sql!("SELECT id FROM ledger_entry ORDER BY id LIMIT 1")),
    ("/ledger/patients/", sql!("SELECT id FROM patient ORDER BY id LIMIT 1")),
    ("/ledger/", sql!("SELECT 'insurance' AS id")),
    ("/readiness/", sql!("SELECT '164-312-b' AS id")),
    ("/people/", sql!("SELECT id FROM account ORDER BY id LIMIT 1")),
    ("/me/passkeys/", sql!("SELECT id FROM passkey ORDER BY id LIMIT 1")),
    ("/me/sessions/", sql!("SELECT id FROM session ORDER BY id LIMIT 1")),
    ("/emergency/", sql!("SELECT id FROM emergency ORDER BY id LIMIT 1")),
    ("/reviews/items/", sql!("SELECT id FROM review_item ORDER BY id LIMIT 1")),
    ("/reviews/", sql!("SELECT id FROM review ORDER BY id LIMIT 1")),
    ("/alerts/", sql!("SELECT id FROM alert ORDER BY id LIMIT 1")),
    ("/samples/", sql!("SELECT id FROM sample_item ORDER BY id LIMIT 1")),
    ("/audit/", sql!("SELECT event_id AS id FROM audit_event ORDER BY event_id LIMIT 1")),
];

impl Practice {
    /// `path` with its `{id}` filled in from the database. `None` where there is no row yet.
    pub fn fill(&self, path: &str) -> Option<String> {
        let Some(at) = path.find('{') else { return Some(path.to_owned()) };
        let home = HOMES.iter().find(|(start, _)| path.starts_with(start));
        let Some((_, sql)) = home else {
            panic!("nothing says where the id in `{path}` comes from: add its table to testkit's `ids.rs`")
        };
        let (start, rest) = path.split_at(at);
        let (_, end) = rest.split_once('}').unwrap();
        assert!(!end.contains('{'), "`{path}` has two parts to fill: teach testkit's `ids.rs`");
        let row = self.app.store.read("walk", |tx| tx.query_opt(sql, &[])).unwrap();
        let id: String = row?.get("id").unwrap();
        Some(format!("{start}{id}{end}"))
    }

    /// Every patient, without any record of looking: the other side of what tests see on pages.
    pub fn patients(&self) -> Vec<Patient> {
        let text = sql!("SELECT body FROM patient ORDER BY id");
        let rows = self.app.store.read("patients", |tx| tx.query(text, &[])).unwrap();
        let body = |row: &store::Row| serde_json::from_str(&row.get::<String>("body").unwrap()).unwrap();
        rows.iter().map(body).collect()
    }

    /// How many events name the patient.
    pub fn events_about(&self, patient: &PatientId) -> i64 {
        let count = |tx: &mut Tx| {
            let text = sql!("SELECT CAST(count(*) AS BIGINT) AS n FROM audit_subject WHERE patient_id = $1");
            tx.query_one(text, params![patient])?.get("n")
        };
        self.app.store.read("events", count).unwrap()
    }

    /// How many events name each patient who is named at all.
    pub fn events_by_patient(&self) -> std::collections::BTreeMap<String, i64> {
        let text = sql!("SELECT patient_id, CAST(count(*) AS BIGINT) AS n FROM audit_subject GROUP BY patient_id");
        let rows = self.app.store.read("events", |tx| tx.query(text, &[])).unwrap();
        rows.iter().map(|row| (row.get("patient_id").unwrap(), row.get("n").unwrap())).collect()
    }

    /// How many events there are of an act, by its stored name.
    pub fn events_of(&self, act: &str) -> i64 {
        let act = act.to_owned();
        let count = |tx: &mut Tx| {
            let text = sql!("SELECT CAST(count(*) AS BIGINT) AS n FROM audit_event WHERE act = $1");
            tx.query_one(text, params![act])?.get("n")
        };
        self.app.store.read("events", count).unwrap()
    }
}
