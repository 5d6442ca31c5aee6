//! A claim batch on its way to a partner, as people send it.

use domain::access::Role;
use domain::batch::Batch;
use domain::delivery::Delivery;
use domain::id::{BatchId, PartnerId};
use store::sql;

use crate::practice::Practice;

impl Practice {
    /// A batch of one ready claim, which its people have not released yet.
    pub fn open_batch(&self) -> Batch {
        let text = sql!("SELECT id FROM claim WHERE state = 'ready' ORDER BY id LIMIT 1");
        let row = self.app.store.read("ready", |tx| tx.query_opt(text, &[])).unwrap().unwrap();
        let claim: String = row.get("id").unwrap();
        let made = self.as_role(Role::Biller).post("/claims/batches", &[("claim", &claim)]).expect(303);
        self.batch(&BatchId::parse(made.location().strip_prefix("/claims/batches/").unwrap()).unwrap())
    }

    /// A batch as it stands.
    pub fn batch(&self, id: &BatchId) -> Batch {
        self.app.store.read("batch", |tx| store::batch::open(tx, id)).unwrap().value
    }

    /// Makes the way to a partner, as the security official does.
    pub fn connect(&self, partner: &PartnerId, form: &[(&str, &str)]) {
        let official = self.as_role(Role::SecurityOfficial);
        let _ = official.post(&format!("/partners/{partner}/connector"), form).expect(303);
    }

    /// Releases a batch, as the biller does.
    pub fn release(&self, batch: &BatchId) {
        let _ = self.as_role(Role::Biller).post(&format!("/claims/batches/{batch}/release"), &[]).expect(303);
    }

    /// Where a batch's file is.
    pub fn delivery(&self, batch: &BatchId) -> Delivery {
        self.app.store.read("delivery", |tx| store::delivery::of_batch(tx, batch)).unwrap().unwrap().value
    }
}
