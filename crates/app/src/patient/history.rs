//! What was done to a patient's records, by whom, cut to the records that the role sees.

use domain::Instant;
use domain::access::Action;
use domain::audit::Act;
use domain::id::PatientId;
use domain::name::PersonName;
use domain::patient::FieldGroup;
use jiff::civil::Date;
use store::Disclosed;
use store::patient::Noted;

use super::find::names;
use crate::access::Resource;
use crate::account::Names;
use crate::{App, Cx, Result};

/// Lines of the page.
const SHOWN: u32 = 200;

/// One change.
#[derive(Clone, Debug)]
pub struct Changed {
    /// When.
    pub at: Instant,
    /// Which record: `Coverage`.
    pub record: &'static str,
    /// Its version, from 1.
    pub version: i64,
    /// Who: a name and a role.
    pub who: String,
    /// What was done, and why.
    pub what: String,
}

/// The changes, with whose they are.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The patient's name.
    pub name: PersonName,
    /// The date of birth.
    pub birth_date: Date,
    /// The record number.
    pub mrn: String,
    /// The newest first; at most 200.
    pub lines: Vec<Changed>,
}

impl App {
    /// The latest changes of a patient's records.
    pub fn patient_history(&self, cx: &Cx, id: &PatientId) -> Result<Disclosed<Timeline>> {
        let timeline = self.look(
            cx,
            Action::PatientView,
            |tx| store::patient::subject(tx, id).map(Resource::Patient),
            |tx, grant| {
                let (people, shows) = (Names::read(tx)?, grant.fields());
                let noted = store::patient::noted(tx, grant, SHOWN)?;
                let both = store::patient::open(tx, grant)?.and(noted);
                let cut = |(patient, noted): (store::record::Versioned<domain::patient::Patient>, Vec<Noted>)| {
                    let patient = patient.value;
                    let lines = noted.into_iter().filter_map(|n| line(n, shows, &people)).collect();
                    Timeline { name: patient.name, birth_date: patient.birth_date, mrn: patient.mrn, lines }
                };
                Ok(both.cut(cut, &names(shows)))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::PatientViewed).with("for", "history"), timeline)
    }
}

/// The line of a change, when the role sees such a record.
fn line(noted: Noted, shows: &[FieldGroup], people: &Names) -> Option<Changed> {
    let (record, group) = match noted.kind.as_str() {
        "coverage" => ("Coverage", FieldGroup::Coverage),
        "appointment" => ("Visit", FieldGroup::Appointments),
        "visit" => ("Charges", FieldGroup::Charges),
        "claim" => ("Claim", FieldGroup::Claims),
        _ => ("Patient", FieldGroup::Identity),
    };
    let Noted { version, at, actor, reason, .. } = noted;
    shows.contains(&group).then(|| Changed { at, record, version, who: people.of(&actor), what: reason })
}
