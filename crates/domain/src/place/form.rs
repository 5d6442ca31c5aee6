//! The forms of Settings: the practice, its locations, its clinicians.

use serde::{Deserialize, Serialize};

use super::{Address, AddressParts, Location, Phone, PlaceOfService, Practice, Provider, TaxId, Taxonomy, Zone};
use crate::form::{Faults, FieldFault, needed, parse_line};
use crate::id::{AccountId, LocationId, ProviderId};
use crate::name::{NameParts, PersonName};
use crate::npi::Npi;
use crate::schedule::{DayHours, Hours};

/// The days of a week as fields of a form, with their names.
pub const DAYS: [(&str, &str); 7] = [
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
];

/// The practice as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is the text of what `Practice` documents")]
pub struct PracticeForm {
    /// What its people call it; in the top bar.
    pub name: String,
    pub legal_name: String,
    pub npi: String,
    pub tax_id: String,
    pub taxonomy: String,
    pub line1: String,
    pub line2: String,
    pub city: String,
    pub state: String,
    pub zip: String,
    pub pay_to_line1: String,
    pub pay_to_line2: String,
    pub pay_to_city: String,
    pub pay_to_state: String,
    pub pay_to_zip: String,
    pub phone: String,
    pub contact: String,
}

impl PracticeForm {
    /// Reads it: the short name, and the practice as claims have it.
    pub fn read(&self) -> Result<(String, Practice), Vec<FieldFault>> {
        let mut faults = Faults::new();
        let name = faults.take("name", needed("short name", &self.name, |t| parse_line(t, 60)));
        let legal_name =
            faults.take("legal_name", needed("name on its tax papers", &self.legal_name, |t| parse_line(t, 60)));
        let npi = faults.take("npi", needed("practice's NPI", &self.npi, Npi::parse));
        let tax_id = faults.take("tax_id", needed("tax number", &self.tax_id, TaxId::parse));
        let taxonomy = faults.take("taxonomy", needed("taxonomy code", &self.taxonomy, Taxonomy::parse));
        let billing = Address::read("", self.billing(), &mut faults);
        if billing.as_ref().is_some_and(|address| !address.zip.is_nine()) {
            faults.add("zip", "claims need the ZIP code with nine digits, like 60601-1234");
        }
        let pay_to = self.pay_to();
        let pay_to =
            if pay_to.is_blank() { Some(None) } else { Address::read("pay_to_", pay_to, &mut faults).map(Some) };
        let phone = faults.take("phone", needed("telephone number", &self.phone, Phone::parse));
        let contact =
            faults.take("contact", needed("person that payers ask for", &self.contact, |t| parse_line(t, 60)));
        let practice = (|| {
            Some(Practice {
                legal_name: legal_name?,
                npi: npi?,
                tax_id: tax_id?,
                taxonomy: taxonomy?,
                billing_address: billing?,
                pay_to: pay_to?,
                phone: phone?,
                contact: contact?,
            })
        })();
        faults.finish(name.zip(practice))
    }

    fn billing(&self) -> AddressParts<'_> {
        AddressParts { line1: &self.line1, line2: &self.line2, city: &self.city, state: &self.state, zip: &self.zip }
    }

    fn pay_to(&self) -> AddressParts<'_> {
        AddressParts {
            line1: &self.pay_to_line1,
            line2: &self.pay_to_line2,
            city: &self.pay_to_city,
            state: &self.pay_to_state,
            zip: &self.pay_to_zip,
        }
    }

    /// The practice as it stands, to change; a blank form under its short name where nobody has written it yet.
    pub fn of(name: &str, practice: Option<&Practice>) -> Self {
        let mut form = Self { name: name.to_owned(), ..Self::default() };
        let Some(p) = practice else { return form };
        form.legal_name.clone_from(&p.legal_name);
        (form.npi, form.tax_id) = (p.npi.to_string(), p.tax_id.to_string());
        (form.taxonomy, form.phone) = (p.taxonomy.as_str().to_owned(), p.phone.to_string());
        form.contact.clone_from(&p.contact);
        [form.line1, form.line2, form.city, form.state, form.zip] = texts(&p.billing_address);
        if let Some(pay_to) = &p.pay_to {
            [form.pay_to_line1, form.pay_to_line2, form.pay_to_city, form.pay_to_state, form.pay_to_zip] =
                texts(pay_to);
        }
        form
    }
}

/// A location as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is the text of what `Location` documents; the days are hours or blank")]
pub struct LocationForm {
    pub name: String,
    pub zone: String,
    pub line1: String,
    pub line2: String,
    pub city: String,
    pub state: String,
    pub zip: String,
    pub place_of_service: String,
    pub npi: String,
    pub mon: String,
    pub tue: String,
    pub wed: String,
    pub thu: String,
    pub fri: String,
    pub sat: String,
    pub sun: String,
}

impl LocationForm {
    /// Reads it.
    pub fn read(&self, id: LocationId) -> Result<Location, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let name = faults.take("name", needed("location's name", &self.name, |t| parse_line(t, 60)));
        let zone = faults.take("zone", needed("time zone", &self.zone, Zone::parse));
        let parts = AddressParts {
            line1: &self.line1,
            line2: &self.line2,
            city: &self.city,
            state: &self.state,
            zip: &self.zip,
        };
        let address = Address::read("", parts, &mut faults);
        let place = needed("place of service", &self.place_of_service, PlaceOfService::parse);
        let place_of_service = faults.take("place_of_service", place);
        let npi = faults.optional("npi", &self.npi, Npi::parse);
        let mut hours = Hours { days: [None; 7] };
        for ((day, (field, _)), text) in hours.days.iter_mut().zip(DAYS).zip(self.week()) {
            *day = faults.optional(field, text, DayHours::parse);
        }
        if hours.days.iter().all(Option::is_none) && faults.is_empty() {
            faults.add("mon", "a location that is never open takes no visits: write the hours of one day at least");
        }
        let location = (|| {
            let (name, zone, address) = (name?, zone?, address?);
            Some(Location { id, name, zone, address, place_of_service: place_of_service?, npi, hours })
        })();
        faults.finish(location)
    }

    /// The texts of the days, Monday first.
    pub fn week(&self) -> [&str; 7] {
        [&self.mon, &self.tue, &self.wed, &self.thu, &self.fri, &self.sat, &self.sun]
    }

    /// What a new location starts with: an office in that zone with the usual hours.
    pub fn blank(zone: &Zone) -> Self {
        let mut form = Self {
            zone: zone.as_str().to_owned(),
            place_of_service: PlaceOfService::office().as_str().to_owned(),
            ..Self::default()
        };
        form.set_hours(&Hours::default());
        form
    }

    fn set_hours(&mut self, hours: &Hours) {
        [self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun] =
            hours.days.map(|day| day.map(|hours| hours.to_string()).unwrap_or_default());
    }
}

impl From<&Location> for LocationForm {
    fn from(l: &Location) -> Self {
        let [line1, line2, city, state, zip] = texts(&l.address);
        let mut form = Self {
            name: l.name.clone(),
            zone: l.zone.as_str().to_owned(),
            place_of_service: l.place_of_service.as_str().to_owned(),
            npi: l.npi.as_ref().map(ToString::to_string).unwrap_or_default(),
            line1,
            line2,
            city,
            state,
            zip,
            ..Self::default()
        };
        form.set_hours(&l.hours);
        form
    }
}

/// A clinician as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is the text of what `Provider` documents")]
pub struct ProviderForm {
    pub family: String,
    pub given: String,
    pub middle: String,
    pub suffix: String,
    pub npi: String,
    pub taxonomy: String,
    pub credential: String,
    pub account: String,
    /// Ids of the ticked locations.
    #[serde(skip)]
    pub locations: Vec<String>,
}

impl ProviderForm {
    /// Reads it.
    pub fn read(&self, id: ProviderId) -> Result<Provider, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let parts = NameParts {
            family: &self.family,
            given: &self.given,
            middle: &self.middle,
            suffix: &self.suffix,
            preferred: "",
        };
        let name = PersonName::read("", parts, &mut faults);
        let npi = faults.take("npi", needed("clinician's NPI", &self.npi, Npi::parse));
        let taxonomy = faults.take("taxonomy", needed("taxonomy code", &self.taxonomy, Taxonomy::parse));
        let credential = faults.optional("credential", &self.credential, |t| parse_line(t, 20));
        let account = faults.optional("account", &self.account, AccountId::parse);
        let locations =
            self.locations.iter().filter_map(|id| faults.take("locations", LocationId::parse(id))).collect();
        let provider =
            (|| Some(Provider { id, name: name?, npi: npi?, taxonomy: taxonomy?, credential, account, locations }))();
        faults.finish(provider)
    }
}

impl From<&Provider> for ProviderForm {
    fn from(p: &Provider) -> Self {
        let part = |part: &Option<crate::name::NamePart>| part.as_ref().map(ToString::to_string).unwrap_or_default();
        Self {
            family: p.name.family.to_string(),
            given: p.name.given.to_string(),
            middle: part(&p.name.middle),
            suffix: part(&p.name.suffix),
            npi: p.npi.to_string(),
            taxonomy: p.taxonomy.as_str().to_owned(),
            credential: p.credential.clone().unwrap_or_default(),
            account: p.account.as_ref().map(ToString::to_string).unwrap_or_default(),
            locations: p.locations.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Street, suite, city, state, ZIP.
fn texts(a: &Address) -> [String; 5] {
    let line2 = a.line2.clone().unwrap_or_default();
    [a.line1.clone(), line2, a.city.clone(), a.state.to_string(), a.zip.to_string()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location() -> LocationForm {
        LocationForm {
            name: "Northside".to_owned(),
            line1: "400 Main St".to_owned(),
            city: "Dayton".to_owned(),
            state: "oh".to_owned(),
            zip: "45402".to_owned(),
            ..LocationForm::blank(&Zone::parse("America/New_York").unwrap())
        }
    }

    #[test]
    fn a_location_is_read_and_comes_back_as_it_was() {
        let read = location().read(crate::id::LocationId::parse(&crate::fixture::uuid(1)).unwrap()).unwrap();
        assert_eq!(LocationForm::from(&read).read(read.id.clone()), Ok(read.clone()));
        assert_eq!(read.hours, Hours::default());
    }

    #[test]
    fn each_fault_of_a_location_is_named_at_its_field() {
        let form = LocationForm {
            name: " ".to_owned(),
            zone: "EST".to_owned(),
            npi: "1234567890".to_owned(),
            mon: "nine to five".to_owned(),
            ..location()
        };
        let faults = form.read(crate::id::LocationId::parse(&crate::fixture::uuid(1)).unwrap()).unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["name", "zone", "npi", "mon"]);
        let shut = [String::new(), String::new(), String::new(), String::new(), String::new()];
        let [mon, tue, wed, thu, fri] = shut;
        let never = LocationForm { mon, tue, wed, thu, fri, ..location() }
            .read(crate::id::LocationId::parse(&crate::fixture::uuid(1)).unwrap())
            .unwrap_err();
        assert!(never.first().unwrap().message.contains("never open"));
    }

    #[test]
    fn a_practice_is_read_with_what_claims_need() {
        let mut form = PracticeForm {
            name: "Northside".to_owned(),
            legal_name: "Northside Family Care LLC".to_owned(),
            npi: Npi::from_nine("133650202").unwrap().to_string(),
            tax_id: "12-3456789".to_owned(),
            taxonomy: "261QP2300X".to_owned(),
            line1: "400 Main St".to_owned(),
            city: "Dayton".to_owned(),
            state: "OH".to_owned(),
            zip: "45402-1234".to_owned(),
            phone: "937-555-0142".to_owned(),
            contact: "Maya Ortiz".to_owned(),
            ..PracticeForm::default()
        };
        let (name, practice) = form.read().unwrap();
        assert_eq!(PracticeForm::of(&name, Some(&practice)).read(), Ok((name, practice)));
        form.zip = "45402".to_owned();
        assert!(form.read().unwrap_err().first().unwrap().message.contains("nine digits"));
        form.pay_to_city = "Columbus".to_owned();
        let fields: Vec<String> = form.read().unwrap_err().into_iter().map(|f| f.field).collect();
        assert_eq!(fields, ["zip", "pay_to_line1", "pay_to_state", "pay_to_zip"]);
    }
}
