//! The practice, its places and its clinicians, and the addresses and telephones that go with them.

mod address;
mod code;
mod form;

use serde::{Deserialize, Serialize};

pub use address::{Address, AddressParts, Phone, PlaceError, UsState, Zip};
pub use code::{CodeError, PlaceOfService, TaxId, Taxonomy, Zone};
pub use form::{DAYS, LocationForm, PracticeForm, ProviderForm};

use crate::id::{AccountId, LocationId, ProviderId};
use crate::name::PersonName;
use crate::npi::Npi;
use crate::schedule::Hours;

/// A place where the practice sees patients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Its id.
    pub id: LocationId,
    /// What people call it.
    pub name: String,
    /// Its time zone: a date of service is local to it.
    pub zone: Zone,
    /// Where it is.
    pub address: Address,
    /// CLM05-1.
    pub place_of_service: PlaceOfService,
    /// Its own NPI (type 2), when it has one.
    pub npi: Option<Npi>,
    /// When it sees patients.
    pub hours: Hours,
}

/// A clinician who renders services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// The clinician's name.
    pub name: PersonName,
    /// Type 1 NPI.
    pub npi: Npi,
    /// What the clinician is, for PRV*PE.
    pub taxonomy: Taxonomy,
    /// `MD`, `NP`.
    pub credential: Option<String>,
    /// The account that the clinician signs in with: who may sign this provider's charges.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// Where the clinician sees patients; at every location when none is named.
    #[serde(default)]
    pub locations: Vec<LocationId>,
}

impl Provider {
    /// Whether the clinician sees patients there.
    pub fn works_at(&self, location: &LocationId) -> bool {
        self.locations.is_empty() || self.locations.contains(location)
    }
}

/// The practice: the covered entity and billing provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practice {
    /// The name on its tax papers.
    pub legal_name: String,
    /// Type 2 NPI.
    pub npi: Npi,
    /// Employer number, or the owner's social security number.
    pub tax_id: TaxId,
    /// What it is, for PRV*BI.
    pub taxonomy: Taxonomy,
    /// A street address with a ZIP of nine digits (2010AA).
    pub billing_address: Address,
    /// Where checks go, when that is elsewhere (2010AB); may be a PO box.
    pub pay_to: Option<Address>,
    /// For the payer's questions.
    pub phone: Phone,
    /// Whom the payer asks for.
    pub contact: String,
}
