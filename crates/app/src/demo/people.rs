//! Made-up patients, messy on purpose: twins, hyphens, accents, long names, minors with two guardians, leap-day birthdays.

use domain::coverage::{Coverage, FilingIndicator, Priority, Relationship, Subscriber};
use domain::id::{CoverageId, PatientId};
use domain::name::{NamePart, PersonName};
use domain::patient::{Guardian, GuardianRelation, Patient, Sex};
use domain::payer::Payer;
use domain::place::{Address, Phone, UsState, Zip};
use domain::{Entropy, Instant};
use jiff::civil::{Date, date};

use super::seeded::Seeded;

const FAMILIES: &[&str] = &[
    "Alvarez",
    "Baptiste",
    "Chaudhry",
    "Delgado",
    "Eriksen",
    "Farouk",
    "Goldberg",
    "Huang",
    "Ibrahim",
    "Jankowski",
    "Kowalski",
    "Larsen",
    "Mbeki",
    "Novak",
    "Okafor",
    "Patel",
    "Quispe",
    "Rossi",
    "Schmidt",
    "Takahashi",
    "Underhill",
    "Vasquez",
    "Whitaker",
    "Xiong",
    "Yilmaz",
    "Zhou",
    "O'Malley",
    "Núñez",
    "Müller",
    "Søndergaard",
    "Peña",
    "Łukaszewicz",
    "Smith-Jones",
    "García-Márquez",
    "van der Berg",
    "De la Cruz",
    "St. James",
    "Featherstonehaugh-Cholmondeley",
];
const GIVEN: &[(&str, Sex)] = &[
    ("Ada", Sex::Female),
    ("Bilal", Sex::Male),
    ("Chloë", Sex::Female),
    ("Dmitri", Sex::Male),
    ("Emma", Sex::Female),
    ("Faisal", Sex::Male),
    ("Grace", Sex::Female),
    ("Hiro", Sex::Male),
    ("Inés", Sex::Female),
    ("Jamal", Sex::Male),
    ("Kateřina", Sex::Female),
    ("Liam", Sex::Male),
    ("Mai", Sex::Female),
    ("Noah", Sex::Male),
    ("Olga", Sex::Female),
    ("Pedro", Sex::Male),
    ("Quinn", Sex::Unknown),
    ("Rosa", Sex::Female),
    ("Samuel", Sex::Male),
    ("Tova", Sex::Female),
    ("Uriel", Sex::Male),
    ("Vera", Sex::Female),
    ("Wei", Sex::Unknown),
    ("Ximena", Sex::Female),
    ("Yusuf", Sex::Male),
    ("Zoë", Sex::Female),
    ("Mary Elizabeth", Sex::Female),
    ("Jean-Luc", Sex::Male),
    ("Maximilian Bartholomew", Sex::Male),
];
const STREETS: &[&str] =
    &["Maple Ave", "Oak St", "County Road 12", "N High St", "Elm Ct", "River Rd", "W 3rd St", "Mill Ln"];
const CITIES: &[(&str, &str, &str, &str)] = &[
    ("Dayton", "OH", "454", "937"),
    ("Columbus", "OH", "432", "614"),
    ("Richmond", "IN", "473", "765"),
    ("Evansville", "IN", "477", "812"),
];

/// One made-up person with coverages.
#[derive(Clone, Debug)]
pub struct Somebody {
    /// The record.
    pub patient: Patient,
    /// None for people who pay themselves.
    pub coverages: Vec<Coverage>,
}

/// `count` patients, or as many as could be made; every part is checked like what a person types.
pub fn people(seed: u64, count: u32, payers: &[Payer], now: Instant, ids: &dyn Entropy, today: Date) -> Vec<Somebody> {
    let mut rng = Seeded::new(seed, "people");
    let mut made: Vec<Somebody> = Vec::new();
    while made.len() < usize::try_from(count).unwrap_or(0) {
        let number = made.len() + 1;
        let twin = if number.is_multiple_of(41) { made.last().cloned() } else { None };
        let Some(mut patient) = person(&mut rng, number, now, ids, today) else { break };
        if let Some(twin) = twin {
            // Twins differ in the first name only; everything that finds them is the same.
            patient.birth_date = twin.patient.birth_date;
            patient.name.family = twin.patient.name.family;
            patient.address = twin.patient.address;
            patient.phone = twin.patient.phone;
        }
        let coverages = coverages(&mut rng, &patient, payers, now, ids, today);
        made.push(Somebody { patient, coverages });
    }
    made
}

fn person(rng: &mut Seeded, number: usize, now: Instant, ids: &dyn Entropy, today: Date) -> Option<Patient> {
    let (given, sex) = *rng.pick(GIVEN)?;
    let mut name = PersonName::new(rng.pick(FAMILIES)?, given).ok()?;
    if rng.percent(30) {
        name.middle = NamePart::parse(rng.pick(&["A.", "J.", "Marie", "Lee", "K."])?).ok();
    }
    if rng.percent(4) {
        name.suffix = NamePart::parse(rng.pick(&["Jr", "III", "Sr"])?).ok();
    }
    if rng.percent(5) {
        name.preferred = NamePart::parse(rng.pick(&["Sam", "Bobbie", "Lou", "Alex"])?).ok();
    }
    let birth_date = birth(rng, number, today);
    let (city, state, zip3, area) = *rng.pick(CITIES)?;
    let line1 = format!("{} {}", rng.between(10, 9899), rng.pick(STREETS)?);
    let line2 = rng.percent(20).then(|| format!("Apt {}", rng.between(1, 40)));
    let zip = Zip::parse(&format!("{zip3}{:02}{:04}", rng.between(1, 99), rng.between(1, 9999))).ok()?;
    let address = Address { line1, line2, city: city.to_owned(), state: UsState::parse(state).ok()?, zip };
    let phone = Phone::parse(&format!("{area}555{:04}", rng.between(100, 199))).ok();
    let email = rng.percent(50).then(|| format!("patient{number}@example.org"));
    let guardians = if birth_date > today.saturating_sub(jiff::Span::new().years(18)) {
        parents(rng, &name, area)
    } else {
        Vec::new()
    };
    let address = rng.percent(97).then_some(address);
    let mrn = String::new();
    Some(Patient {
        id: PatientId::new(now, ids),
        mrn,
        name,
        birth_date,
        sex,
        address,
        phone,
        email,
        guardians,
        died_on: None,
    })
}

fn birth(rng: &mut Seeded, number: usize, today: Date) -> Date {
    if number.is_multiple_of(37) {
        return date(i16::try_from(1940 + 4 * rng.below(20)).unwrap_or(1960), 2, 29);
    }
    let years = if rng.percent(25) { rng.between(0, 17) } else { rng.between(18, 94) };
    today.saturating_sub(jiff::Span::new().years(i64::from(years)).days(i64::from(rng.below(365))))
}

fn parents(rng: &mut Seeded, child: &PersonName, area: &str) -> Vec<Guardian> {
    let mut parents = Vec::new();
    for _ in 0..rng.between(1, 2) {
        let given = rng.pick(GIVEN).map_or("Pat", |(name, _)| name);
        // Parents do not always share their child's name.
        let family = if rng.percent(70) { child.family.as_str() } else { rng.pick(FAMILIES).map_or("Doe", |n| n) };
        let phone = Phone::parse(&format!("{area}555{:04}", rng.between(100, 199))).ok();
        if let Ok(name) = PersonName::new(family, given) {
            parents.push(Guardian { name, relation: GuardianRelation::Parent, phone });
        }
    }
    parents
}

fn coverages(
    rng: &mut Seeded,
    patient: &Patient,
    payers: &[Payer],
    now: Instant,
    ids: &dyn Entropy,
    today: Date,
) -> Vec<Coverage> {
    let mut made = Vec::new();
    if rng.percent(6) {
        return made;
    }
    let old = patient.age_on(today).years >= 65;
    let medicare = payers.iter().find(|p| p.filing == FilingIndicator::MedicareB);
    let first = if old { medicare.or_else(|| payers.first()) } else { rng.pick(payers) };
    let Some(first) = first.cloned() else { return made };
    made.push(coverage(rng, patient, &first, Priority::Primary, now, ids));
    if rng.percent(15)
        && let Some(second) = payers.iter().find(|p| p.id != first.id && p.filing != FilingIndicator::MedicareB)
    {
        made.push(coverage(rng, patient, second, Priority::Secondary, now, ids));
    }
    made
}

fn coverage(
    rng: &mut Seeded,
    patient: &Patient,
    payer: &Payer,
    priority: Priority,
    now: Instant,
    ids: &dyn Entropy,
) -> Coverage {
    let parent = patient.guardians.first().cloned();
    let subscriber = parent.map(|g| Subscriber {
        name: g.name,
        birth_date: patient.birth_date.saturating_sub(jiff::Span::new().years(31)),
        sex: Sex::Unknown,
        address: None,
    });
    Coverage {
        id: CoverageId::new(now, ids),
        patient: patient.id.clone(),
        payer: payer.id.clone(),
        member_id: format!("{}{:09}", if rng.percent(50) { "W" } else { "ZQ" }, rng.below(999_999_999)),
        group: rng.percent(60).then(|| format!("G{:05}", rng.below(99_999))),
        relationship: if subscriber.is_some() { Relationship::Child } else { Relationship::Myself },
        subscriber,
        priority,
        from: Some(date(2025, 1, 1)),
        to: None,
        filing: payer.filing,
    }
}
