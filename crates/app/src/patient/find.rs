//! Find patients by a few letters. An empty answer is a disclosure too: it says that nobody of that name is a patient here.

use domain::access::{Action, ResourceKind};
use domain::audit::Act;
use domain::id::PatientId;
use domain::name::PersonName;
use domain::patient::{FieldGroup, Patient, PatientQuery, Sex};
use domain::place::Phone;
use jiff::civil::Date;
use store::Disclosed;

use crate::access::Resource;
use crate::{App, Cx, Result};

/// One patient in a list: what tells two people of one name apart, and no more.
#[derive(Clone, Debug)]
pub struct FoundPatient {
    /// The id.
    pub id: PatientId,
    /// The record number.
    pub mrn: String,
    /// The name.
    pub name: PersonName,
    /// The date of birth.
    pub birth_date: Date,
    /// Administrative sex.
    pub sex: Sex,
    /// The telephone, for roles that see contacts.
    pub phone: Option<Phone>,
}

/// What the one search box finds.
#[derive(Clone, Debug)]
pub struct Found {
    /// Who is open to the person who asks.
    pub patients: Vec<FoundPatient>,
    /// Restricted records of an exact question that the person may open in an emergency.
    pub closed: Vec<PatientId>,
}

impl App {
    /// Up to `limit` patients who fit `text`.
    pub fn find_patients(&self, cx: &Cx, text: &str, limit: u32) -> Result<Disclosed<Vec<FoundPatient>>> {
        Ok(self.find(cx, text, limit, false)?.map(|found| found.patients))
    }

    /// The same, and the restricted records that the person may open in an emergency: a date of birth or a record number
    /// finds them, a name does not.
    pub fn find_with_closed(&self, cx: &Cx, text: &str, limit: u32) -> Result<Disclosed<Found>> {
        let opens = self.role_may(cx.role, Action::EmergencyOpen, ResourceKind::Patient);
        self.find(cx, text, limit, opens)
    }

    fn find(&self, cx: &Cx, text: &str, limit: u32, closed: bool) -> Result<Disclosed<Found>> {
        let query = PatientQuery::parse(text);
        let found = self.look(
            cx,
            Action::PatientFind,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let (contact, keep) = (grant.shows(FieldGroup::Contact), names(grant.fields()));
                let phi = store::patient::find(tx, grant, &query, limit)?;
                let shut = if closed { Some(store::emergency::closed(tx, grant, &query)?) } else { None };
                let found = phi.cut(|all| all.into_iter().map(|p| short(p, contact)).collect::<Vec<_>>(), &keep);
                Ok(match shut {
                    Some(shut) => found.and(shut).cut(|(patients, closed)| Found { patients, closed }, &keep),
                    None => found.cut(|patients| Found { patients, closed: Vec::new() }, &keep),
                })
            },
        )?;
        // The words looked for are ePHI when they are a name: only their kind and length are noted.
        let event = self.event(cx, Act::PatientsFound).with("letters", text.trim().chars().count());
        self.disclose_with(cx, event, found)
    }
}

/// The stored names of field groups.
pub(crate) fn names(groups: &[FieldGroup]) -> Vec<&'static str> {
    groups.iter().map(|g| g.as_str()).collect()
}

fn short(patient: Patient, contact: bool) -> FoundPatient {
    let Patient { id, mrn, name, birth_date, sex, phone, .. } = patient;
    FoundPatient { id, mrn, name, birth_date, sex, phone: phone.filter(|_| contact) }
}
