//! Who may do what, in words: what the policies in force answer to each role about each action, for a person to check
//! (45 CFR 164.308(a)(4), 164.502(b)).
//!
//! Words are chosen by what they say. [`Limits`] foretell the answer about every variant of a thing, and only those whose every
//! word is what the policies decided are used. Where no words fit, the variants that are allowed are listed.

use std::fmt;
use std::sync::Arc;

use domain::access::{Action, Role};
use domain::device::{Missing, Origin};
use domain::grant::{PatientSubject, VisitSubject};
use domain::id::{AccountId, BadId, DeviceId, PatientId, VisitId};
use domain::patient::FieldGroup;

use super::engine::{Answer, Fault, Target};
use super::{Policies, Reason, Request, Resource};
use crate::{App, Cx, Error};

/// The terms of [`Duty`]'s words, and what each says.
pub const TERMS: &[(&str, &str)] = &[
    (NO, "no policy permits it to the role."),
    (NEVER, "the role is kept from it, whatever a policy permits."),
    (
        NOT_RESTRICTED,
        "a record that the privacy official restricted stays closed, unless the restriction names the person.",
    ),
    (IN_EMERGENCY, "the one restricted record to which the person has emergency access, while it lasts."),
    (
        RESTRICTED_ONLY,
        "a record that is restricted and does not name the person; there is nothing to open in any other.",
    ),
    (OWN_VISITS, "visits whose clinician is the person."),
    (NOT_OWN, "anybody's account but the person's own."),
    (OWN_ONLY, "the person's own account and nobody else's."),
    (PREMISES, "on one of the practice's own networks; from outside it is refused, with a registered device too."),
];

const NO: &str = "no";
const NEVER: &str = "never";
const NOT_RESTRICTED: &str = "not restricted";
const IN_EMERGENCY: &str = "restricted in an emergency";
const RESTRICTED_ONLY: &str = "restricted only";
const OWN_VISITS: &str = "own visits";
const NOT_OWN: &str = "not their own";
const OWN_ONLY: &str = "their own only";
const PREMISES: &str = "on the premises";

/// The whole of it.
#[derive(Clone, Debug, Default)]
pub struct Duties {
    /// Each action that people do, in the order of [`Action::ALL`], with what each of [`Role::ALL`] may.
    pub rows: Vec<(Action, Vec<Duty>)>,
    /// The actions that programs alone do.
    pub programs: Vec<Action>,
    /// What somebody may do without a second factor.
    pub without_factor: Vec<Action>,
    /// What somebody may do whose access was ended.
    pub when_ended: Vec<Action>,
    /// What somebody may do from outside the practice's networks, without a registered device that stands well.
    pub outside: Vec<Action>,
    /// Whether a record that denies somebody by name is refused to them in everything.
    pub denied_refused: bool,
}

/// What a role may do of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Duty {
    /// It may, within these limits.
    Yes(Limits),
    /// It may in these cases, for which there are no shorter words.
    Listed(Vec<String>),
    /// No policy permits it.
    No,
    /// It is kept from it, whatever any policy permits.
    Never,
}

impl Duty {
    /// The terms that it is said in; none for a plain yes.
    pub fn terms(&self) -> Vec<&str> {
        match self {
            Self::Yes(limits) => limits.terms(),
            Self::Listed(cases) => cases.iter().map(String::as_str).collect(),
            Self::No => vec![NO],
            Self::Never => vec![NEVER],
        }
    }

    /// Whether there is anything that it may.
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes(_) | Self::Listed(_))
    }
}

/// Within which limits a role may do an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    records: Records,
    emergency: bool,
    own_visits: bool,
    accounts: Accounts,
    premises: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Records {
    Any,
    NotRestricted,
    RestrictedOnly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accounts {
    Any,
    NotOwn,
    OwnOnly,
}

impl Limits {
    /// Every one but those of an emergency, the shortest words first.
    fn all() -> impl Iterator<Item = Self> {
        let visits = |records| [false, true].into_iter().map(move |own_visits| (records, own_visits));
        let records = [Records::Any, Records::NotRestricted, Records::RestrictedOnly].into_iter().flat_map(visits);
        records.flat_map(|(records, own_visits)| {
            let accounts = [Accounts::Any, Accounts::NotOwn, Accounts::OwnOnly].into_iter();
            accounts.map(move |accounts| Self { records, emergency: false, own_visits, accounts, premises: false })
        })
    }

    /// What they foretell about a thing.
    fn allow(self, thing: Thing) -> bool {
        match thing {
            Thing::Practice | Thing::AuditLog | Thing::Compliance => true,
            Thing::Account { own } => match self.accounts {
                Accounts::Any => true,
                Accounts::NotOwn => !own,
                Accounts::OwnOnly => own,
            },
            Thing::Patient(standing) => self.opens(standing),
            Thing::Visit(whose, standing) => self.opens(standing) && (whose == Whose::Own || !self.own_visits),
        }
    }

    fn opens(self, Standing { restricted, named, denied }: Standing) -> bool {
        let closed = restricted && !named;
        let fits = match self.records {
            Records::Any => true,
            Records::NotRestricted => !closed || self.emergency,
            Records::RestrictedOnly => closed,
        };
        fits && !denied
    }

    fn terms(self) -> Vec<&'static str> {
        let records = match self.records {
            Records::Any => None,
            Records::NotRestricted => Some(NOT_RESTRICTED),
            Records::RestrictedOnly => Some(RESTRICTED_ONLY),
        };
        let accounts = match self.accounts {
            Accounts::Any => None,
            Accounts::NotOwn => Some(NOT_OWN),
            Accounts::OwnOnly => Some(OWN_ONLY),
        };
        let visits = self.own_visits.then_some(OWN_VISITS);
        let (emergency, premises) = (self.emergency.then_some(IN_EMERGENCY), self.premises.then_some(PREMISES));
        [visits, records, emergency, accounts, premises].into_iter().flatten().collect()
    }
}

/// What is done to whom: every variant on which an answer hangs.
#[derive(Clone, Copy, Debug)]
enum Thing {
    Practice,
    AuditLog,
    Compliance,
    Account { own: bool },
    Patient(Standing),
    Visit(Whose, Standing),
}

/// How a patient's record stands to the account that asks.
#[derive(Clone, Copy, Debug)]
struct Standing {
    restricted: bool,
    /// The restriction names the account as one that may open it.
    named: bool,
    denied: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Own,
    Other,
    Nobody,
}

impl Thing {
    fn all() -> Vec<Self> {
        let own = [true, false].map(|own| Self::Account { own });
        let mut all = vec![Self::Practice, Self::AuditLog, Self::Compliance];
        all.extend(own);
        for (restricted, named) in [(false, false), (true, false), (true, true)] {
            for denied in [false, true] {
                let standing = Standing { restricted, named, denied };
                all.push(Self::Patient(standing));
                all.extend([Whose::Own, Whose::Other, Whose::Nobody].map(|whose| Self::Visit(whose, standing)));
            }
        }
        all
    }

    fn denies(self) -> bool {
        matches!(self, Self::Patient(standing) | Self::Visit(_, standing) if standing.denied)
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, standing) = match self {
            Self::Practice => ("practice", None),
            Self::AuditLog => ("audit log", None),
            Self::Compliance => ("compliance", None),
            Self::Account { own: true } => ("own account", None),
            Self::Account { own: false } => ("account", None),
            Self::Patient(standing) => ("patient", Some(standing)),
            Self::Visit(Whose::Own, standing) => ("own visit", Some(standing)),
            Self::Visit(Whose::Other, standing) => ("visit", Some(standing)),
            Self::Visit(Whose::Nobody, standing) => ("visit of nobody", Some(standing)),
        };
        f.write_str(what)?;
        let Some(Standing { restricted, named, denied }) = standing else { return Ok(()) };
        let flags = [(restricted, ", restricted"), (named, ", open"), (denied, ", denied")];
        flags.iter().filter(|(holds, _)| **holds).try_for_each(|(_, word)| f.write_str(word))
    }
}

/// Those who are asked about, and everything that they are asked about.
struct Cast {
    me: AccountId,
    device: DeviceId,
    things: Vec<(Thing, Resource)>,
}

impl Cast {
    fn new() -> Result<Self, BadId> {
        let id = |last: u8| format!("00000000-0000-7000-8000-00000000000{last}");
        let (me, other) = (AccountId::parse(&id(1))?, AccountId::parse(&id(2))?);
        let (patient, visit) = (PatientId::parse(&id(3))?, VisitId::parse(&id(4))?);
        let subject = |Standing { restricted, named, denied }: Standing| PatientSubject {
            id: patient.clone(),
            restricted,
            circle: named.then(|| me.clone()).into_iter().collect(),
            denied: denied.then(|| me.clone()).into_iter().collect(),
        };
        let resource = |thing: Thing| match thing {
            Thing::Practice => Resource::Practice,
            Thing::AuditLog => Resource::AuditLog,
            Thing::Compliance => Resource::Compliance,
            Thing::Account { own } => Resource::Account(if own { me.clone() } else { other.clone() }),
            Thing::Patient(standing) => Resource::Patient(subject(standing)),
            Thing::Visit(whose, standing) => {
                let clinician = match whose {
                    Whose::Own => Some(me.clone()),
                    Whose::Other => Some(other.clone()),
                    Whose::Nobody => None,
                };
                Resource::Visit(VisitSubject { id: visit.clone(), patient: subject(standing), clinician })
            }
        };
        let things = Thing::all().into_iter().map(|thing| (thing, resource(thing))).collect();
        Ok(Self { device: DeviceId::parse(&id(5))?, me, things })
    }

    /// Somebody in this role with a second factor, to whom nothing is open in an emergency.
    fn usual(&self, role: Role, action: Action) -> Request {
        let (account, origin, resource) = (self.me.clone(), Origin::Premises, Resource::Practice);
        Request { account, role, disabled: false, mfa: true, emergency: false, origin, action, resource }
    }
}

impl Policies {
    /// What each role may do, in words. Asked once, and kept as long as the policies are in force.
    pub fn duties(&self) -> Result<Arc<Duties>, BadId> {
        if let Some(found) = self.duties.get() {
            return Ok(Arc::clone(found));
        }
        let made = Arc::new(self.ask_duties(&Cast::new()?));
        Ok(Arc::clone(self.duties.get_or_init(|| made)))
    }

    fn ask_duties(&self, cast: &Cast) -> Duties {
        let mut duties = Duties { denied_refused: true, ..Duties::default() };
        for action in Action::ALL {
            let row: Vec<Duty> = Role::ALL.iter().filter_map(|role| self.duty(cast, *role, *action)).collect();
            if row.is_empty() {
                duties.programs.push(*action);
                continue;
            }
            let allowed = |change: &dyn Fn(Request) -> Request| {
                let asked = Role::ALL.iter().zip(&row).filter(|(_, duty)| duty.is_yes());
                let answers = asked.flat_map(|(role, _)| self.answers(cast, &change(cast.usual(*role, *action))));
                answers.filter(|(_, answer)| *answer == Answer::Allow).map(|(thing, _)| thing).collect::<Vec<_>>()
            };
            if !allowed(&|usual| Request { mfa: false, ..usual }).is_empty() {
                duties.without_factor.push(*action);
            }
            if !allowed(&|usual| Request { disabled: true, ..usual }).is_empty() {
                duties.when_ended.push(*action);
            }
            let nowhere = Origin::Unknown(Missing::Device);
            if !allowed(&|usual| Request { origin: nowhere.clone(), ..usual }).is_empty() {
                duties.outside.push(*action);
            }
            duties.denied_refused &= !allowed(&|usual| usual).into_iter().any(Thing::denies);
            duties.rows.push((*action, row));
        }
        duties
    }

    /// Nothing when the action is none that people do.
    fn duty(&self, cast: &Cast, role: Role, action: Action) -> Option<Duty> {
        let usual = cast.usual(role, action);
        let answers = self.answers(cast, &usual);
        let yes = |(_, answer): &&(Thing, Answer)| *answer == Answer::Allow;
        if !answers.iter().any(|found| yes(&found)) {
            let kept = |answer: &Answer| matches!(answer, Answer::Deny { reason: Reason::NeverForRole, .. });
            let never = answers.iter().all(|(_, answer)| kept(answer));
            return (!answers.is_empty()).then_some(if never { Duty::Never } else { Duty::No });
        }
        let away = self.answers(cast, &Request { origin: Origin::Device(cast.device.clone()), ..usual.clone() });
        let open = self.answers(cast, &Request { emergency: true, ..usual });
        let opens = self.answers(cast, &cast.usual(role, Action::EmergencyOpen)).iter().any(|found| yes(&found));
        let fits = |limits: &Limits, answers: &[(Thing, Answer)]| {
            answers.iter().all(|(thing, answer)| limits.allow(*thing) == (*answer == Answer::Allow))
        };
        let limits = Limits::all().find(|limits| fits(limits, &answers));
        // Who cannot begin emergency access has none.
        let limits = limits.and_then(|limits| {
            let more = Limits { emergency: true, ..limits };
            [limits, more].into_iter().find(|limits| !opens || fits(limits, &open))
        });
        // From outside a role may the same, or nothing of it.
        let limits = limits.and_then(|limits| {
            let none = !away.iter().any(|found| yes(&found));
            let same = answers.iter().zip(&away).all(|((_, here), (_, there))| here == there);
            (none || same).then_some(Limits { premises: none, ..limits })
        });
        let listed = || answers.iter().filter(yes).map(|(thing, _)| thing.to_string()).collect();
        Some(limits.map_or_else(|| Duty::Listed(listed()), Duty::Yes))
    }

    /// What is answered about each thing to which the action applies. What cannot be decided is refused, as it would be.
    fn answers(&self, cast: &Cast, asked: &Request) -> Vec<(Thing, Answer)> {
        let answer = |(thing, resource): &(Thing, Resource)| {
            let request = Request { resource: resource.clone(), ..asked.clone() };
            match self.engine.ask(&request, &Target::Resource(resource)) {
                Ok(answer) => Some((*thing, answer)),
                Err(Fault::NotApplicable) => None,
                Err(_) => Some((*thing, Answer::Deny { reason: Reason::Fault, policies: Vec::new() })),
            }
        };
        cast.things.iter().filter_map(answer).collect()
    }
}

impl App {
    /// Who may do what, for whoever sees how the practice stands, with the parts of a record that each role sees.
    pub fn duties(&self, cx: &Cx) -> crate::Result<Arc<Duties>> {
        let _ = self.authorize(cx, Action::ReadinessView, Resource::Compliance)?;
        self.policies.duties().map_err(|e| Error::Refused(e.to_string()))
    }

    /// The parts of a patient's record that the action shows to the role.
    pub fn parts(&self, role: Role, action: Action) -> &[FieldGroup] {
        self.policies.fields_for(role, action)
    }
}
