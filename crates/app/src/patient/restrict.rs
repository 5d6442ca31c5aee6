//! Say to whom a patient's record is open, and to whom it never is (45 CFR 164.522(a), 164.530(c)).

use domain::access::{Action, ResourceKind, Role};
use domain::audit::Act;
use domain::id::{AccountId, PatientId};
use domain::name::PersonName;
use domain::restriction::{Restriction, RestrictionDraft, RestrictionForm};
use jiff::civil::Date;
use store::record::Versioned;
use store::{Disclosed, Tx};

use super::find::names;
use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

/// Somebody who works here, to be named.
#[derive(Clone, Debug)]
pub struct Somebody {
    /// The account.
    pub id: AccountId,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
}

/// What the form needs around it.
#[derive(Clone, Debug)]
pub struct RestrictionPage {
    /// The patient's name.
    pub name: PersonName,
    /// The date of birth.
    pub birth_date: Date,
    /// The record number.
    pub mrn: String,
    /// The restriction, lifted or not, and who wrote it.
    pub known: Option<(Restriction, String)>,
    /// The version that a change must name; 0 before the first.
    pub version: i64,
    /// Who can be named.
    pub people: Vec<Somebody>,
}

impl RestrictionPage {
    /// Whether it is in force.
    pub fn in_force(&self) -> Option<&Restriction> {
        self.known.as_ref().map(|(known, _)| known).filter(|known| known.lifted_at.is_none())
    }
}

impl App {
    /// The restriction of a patient's record.
    pub fn restriction_page(&self, cx: &Cx, id: &PatientId) -> Result<Disclosed<RestrictionPage>> {
        let me = cx.account.clone();
        let openers = self.openers();
        let page = self.look(
            cx,
            Action::PatientRestrict,
            |tx| store::patient::subject(tx, id).map(Resource::Patient),
            |tx, grant| {
                let accounts = store::account::all(tx)?;
                let name = |id: &AccountId| {
                    let found = accounts.iter().find(|(known, _)| known == id);
                    found.map_or_else(|| "somebody who is not known here".to_owned(), |(_, a)| a.value.name.clone())
                };
                let people = people(tx, &openers)?.into_iter().filter(|p| p.id != me).collect();
                let both = store::patient::open(tx, grant)?.and(store::restriction::of_patient(tx, grant)?);
                let cut = |(patient, known): (Versioned<domain::patient::Patient>, Option<Versioned<Restriction>>)| {
                    let version = known.as_ref().map_or(0, |known| known.version);
                    let known = known.map(|known| (name(&known.value.by), known.value)).map(|(by, known)| (known, by));
                    let patient = patient.value;
                    let (name, birth_date, mrn) = (patient.name, patient.birth_date, patient.mrn);
                    RestrictionPage { name, birth_date, mrn, known, version, people }
                };
                let mut keep = names(grant.fields());
                keep.push("restriction");
                Ok(both.cut(cut, &keep))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::PatientViewed).with("for", "restriction"), page)
    }

    /// Places or changes the restriction. `version` is the one that the form showed.
    pub fn restrict_patient(&self, cx: &Cx, id: &PatientId, version: i64, form: &RestrictionForm) -> Result<()> {
        let RestrictionDraft { ground, words, circle, denied } = form.read().map_err(Error::Invalid)?;
        if denied.contains(&cx.account) {
            return Err(Error::field("denied", "ask another privacy official to close the record to you"));
        }
        let restriction = Restriction {
            patient: id.clone(),
            ground,
            words,
            circle,
            denied,
            by: cx.account.clone(),
            at: self.clock.now(),
            lifted_at: None,
        };
        self.place(cx, restriction, version, "restricted")
    }

    /// Lifts the restriction: the record is open to every role that opens records.
    pub fn lift_restriction(&self, cx: &Cx, id: &PatientId, version: i64, why: &str) -> Result<()> {
        let words = domain::form::needed("reason", why, |text| domain::form::parse_line(text, 500));
        let words = words.map_err(|message| Error::field("lift_words", message))?;
        let page = self.restriction_page(cx, id)?;
        let known = page.in_force().cloned();
        let known = known.ok_or_else(|| Error::Refused("this record is not restricted".to_owned()))?;
        let now = self.clock.now();
        let by = cx.account.clone();
        self.place(cx, Restriction { words, by, at: now, lifted_at: Some(now), ..known }, version, "lifted")
    }

    /// The roles that open records at all.
    fn openers(&self) -> Vec<Role> {
        let opens = |role: &Role| self.role_may(*role, Action::PatientView, ResourceKind::Patient);
        Role::ALL.iter().copied().filter(opens).collect()
    }

    fn place(&self, cx: &Cx, restriction: Restriction, version: i64, what: &str) -> Result<()> {
        let event = self.event(cx, Act::PatientRestricted).about([restriction.patient.clone()]).with("what", what);
        let event = event.with("ground", restriction.ground).showing(["restriction"]);
        let event = event.with("open_to", restriction.circle.len()).with("never_to", restriction.denied.len());
        let (stamp, openers) = (stamp(cx, what), self.openers());
        let subject = restriction.patient.clone();
        self.change(
            cx,
            Action::PatientRestrict,
            move |tx| store::patient::subject(tx, &subject).map(Resource::Patient),
            move |tx, grant| {
                let known = people(tx, &openers)?;
                let named = restriction.circle.iter().chain(&restriction.denied);
                if named.clone().any(|id| known.iter().all(|p| p.id != *id)) {
                    let why = "the form names somebody who does not work here any more: open it again";
                    return Err(store::Error::Refused(why.to_owned()));
                }
                store::restriction::place(tx, grant, &restriction, version, &stamp)?;
                tx.audit(event.clone());
                Ok(())
            },
        )
    }
}

/// The people whose role is among these, those who have left not among them.
fn people(tx: &mut Tx, roles: &[Role]) -> store::Result<Vec<Somebody>> {
    let all = store::account::all(tx)?.into_iter().map(|(id, account)| (id, account.value));
    let here = all.filter(|(_, a)| a.disabled_at.is_none() && !a.canary && roles.contains(&a.role));
    Ok(here.map(|(id, a)| Somebody { id, name: a.name, role: a.role }).collect())
}
