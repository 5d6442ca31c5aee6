//! A log that acknowledges at once and writes nothing: what the real one is measured against.
//!
//! It breaks promise 1 by design. It is compiled with the feature `instant-log` alone, which only the measuring binary asks
//! for; the product refuses to compile with it ([`crate::INSTANT_LOG`]).

use std::sync::atomic::{AtomicBool, Ordering};

use domain::audit::Event;
use domain::id::EventId;

use crate::db::Collected;
use crate::phi::Receipt;
use crate::store::Store;

static AT_ONCE: AtomicBool = AtomicBool::new(false);

/// From now on, for every store of this process: whether [`Store::record`] gives receipts for events that it drops.
pub fn acknowledge_at_once(on: bool) {
    AT_ONCE.store(on, Ordering::Relaxed);
}

/// The receipt for an event that is dropped, when that is asked for.
pub(crate) fn receipt(store: &Store, event: &Event) -> Option<Receipt> {
    if !AT_ONCE.load(Ordering::Relaxed) {
        return None;
    }
    let options = store.options();
    let at = options.clock.now();
    Some(Receipt::new(&Collected { id: EventId::new(at, &*options.entropy), at, event: event.clone() }))
}
