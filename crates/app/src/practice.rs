//! What the practice is called and where its day begins: what every page shows, and no ePHI.

mod settings;

use domain::place::{Practice, Zone};
use serde::{Deserialize, Serialize};
use store::directory::{self, Listed};
use store::record::Stamp;

pub use settings::Settings;

use crate::{App, Result};

/// The name in the top bar, and the zone that "today" means.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// The name; until the practice has written its own, the folder's.
    pub name: String,
    /// The zone of the main location.
    pub zone: Zone,
    /// The seed of a synthetic practice, whose payers are simulated. A real one has none.
    #[serde(default)]
    pub synthetic: Option<u64>,
}

impl Listed for Facts {
    const KIND: &'static str = "facts";
    fn id(&self) -> String {
        "facts".to_owned()
    }
    fn name(&self) -> String {
        self.name.clone()
    }
}

impl App {
    /// What the practice is called, and its zone.
    pub fn practice_facts(&self) -> Result<Facts> {
        let facts = self.store.read("facts", |tx| directory::one::<Facts>(tx, "facts"))?;
        Ok(facts.value)
    }

    /// Notes the facts of a new practice, with the event that it was made.
    pub fn found_practice(&self, facts: &Facts, practice: Option<&Practice>) -> Result<()> {
        let event = self.system_event(domain::audit::Act::PracticeCreated, "init");
        let stamp = Stamp { actor: "system:init".to_owned(), reason: "set up".to_owned() };
        let (facts, practice) = (facts.clone(), practice.cloned());
        self.store.write("found", move |tx| {
            directory::add(tx, &facts, &stamp)?;
            if let Some(practice) = &practice {
                directory::add(tx, practice, &stamp)?;
            }
            tx.audit(event.clone());
            Ok(())
        })?;
        Ok(())
    }
}
