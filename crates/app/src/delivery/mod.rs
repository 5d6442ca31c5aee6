//! Deliveries: released files travel to their partners. The sending is durable on record before the first byte leaves, and a
//! file whose arrival is not known is never sent again by itself.

mod say;
mod send;

use std::sync::Mutex;

use domain::connector::{Connector, Way};
use domain::delivery::{Delivery, Ended};
use domain::partner::gate;
use jiff::civil::Date;
use store::Tx;
use zeroize::Zeroizing;

pub use say::{DeliveryShown, Words};
pub(crate) use say::{queue, shown};

use crate::{App, Result};

/// The way out: by whoever may open connections. None of its functions is called inside a transaction, and each gives up by itself
/// after a while.
pub trait Carrier: Send + Sync {
    /// Brings a file to the partner. `committing` is called before the step after which the partner may have it; when it answers
    /// false, that step is not taken. An error is that the way broke after that step: it is looked for later.
    fn send(&self, line: &Line, parcel: &Parcel<'_>, committing: &mut dyn FnMut() -> bool) -> Result<Ended, String>;

    /// Looks whether a file that may be there is there. An error is that the partner could not be asked.
    fn look(&self, line: &Line, parcel: &Parcel<'_>) -> Result<Ended, String>;

    /// Connects and proves who we are, and sends nothing. Says what was found, or what failed.
    fn test(&self, line: &Line) -> Result<String, String>;
}

/// Where a connector leads, with what it proves itself with.
pub struct Line {
    /// The way.
    pub way: Way,
    /// For SFTP the private half of our key pair, the seed of an Ed25519 key; for HTTPS an assertion that works once.
    pub secret: Zeroizing<Vec<u8>>,
}

/// A file on its way.
pub struct Parcel<'a> {
    /// What it is called there.
    pub name: &'a str,
    /// SHA-256, hexadecimal.
    pub digest: &'a str,
    /// Bytes.
    pub size: u64,
    /// The same whenever this file is sent, and of no other file: a partner that reads it takes the file once.
    pub key: &'a str,
    /// The bytes; none when they are only looked for.
    pub bytes: &'a [u8],
}

/// The outbox's way out. One thread at a time uses it, so what it finds on its way was interrupted.
pub struct Outbound {
    carrier: Box<dyn Carrier>,
    running: Mutex<()>,
}

impl Outbound {
    /// Files travel by this.
    pub fn new(carrier: impl Carrier + 'static) -> Self {
        Self { carrier: Box::new(carrier), running: Mutex::default() }
    }

    pub(crate) fn carrier(&self) -> &dyn Carrier {
        &*self.carrier
    }
}

impl Default for Outbound {
    /// Nothing leaves.
    fn default() -> Self {
        Self::new(Nowhere)
    }
}

struct Nowhere;

const NOWHERE: &str = "this process opens no connections: start the server";

impl Carrier for Nowhere {
    fn send(&self, _: &Line, _: &Parcel<'_>, _: &mut dyn FnMut() -> bool) -> Result<Ended, String> {
        Ok(Ended::NotArrived(NOWHERE.to_owned()))
    }

    fn look(&self, _: &Line, _: &Parcel<'_>) -> Result<Ended, String> {
        Err(NOWHERE.to_owned())
    }

    fn test(&self, _: &Line) -> Result<String, String> {
        Err(NOWHERE.to_owned())
    }
}

impl App {
    /// Opens a connector's secret.
    pub(crate) fn line(&self, connector: &Connector, sealed: &[u8]) -> Result<Line> {
        let place = store::connector::secret_place(&connector.partner);
        let seed = Zeroizing::new(self.store.open_column(&place, sealed)?);
        let secret = match &connector.way {
            Way::Sftp(_) => seed,
            Way::Https(to) => {
                let now = self.clock.now();
                let id = domain::id::new_uuid(now, &*self.entropy);
                Zeroizing::new(crate::connector::keys::assertion(to, &seed, &id, now)?.into_bytes())
            }
        };
        Ok(Line { way: connector.way.clone(), secret })
    }
}

/// What a file needs to leave now.
pub(crate) struct Ready {
    connector: Connector,
    partner: domain::partner::Partner,
    basis: domain::partner::Basis,
}

/// Whether a waiting file may leave on `today`, or why it waits. The gate is asked anew: an agreement may have ended since.
pub(crate) fn ready(tx: &mut Tx, delivery: &Delivery, today: Date) -> store::Result<Result<Ready, String>> {
    let Some(connector) = store::connector::of(tx, &delivery.partner)? else {
        return Ok(Err("its partner has no connector any more".to_owned()));
    };
    let connector = connector.value;
    if let Some(paused) = &connector.paused {
        return Ok(Err(format!("the connector is paused: {}", paused.reason)));
    }
    let partner = store::directory::one::<domain::partner::Partner>(tx, delivery.partner.as_str())?.value;
    Ok(match gate(&partner, today) {
        Ok(basis) => Ok(Ready { connector, partner, basis }),
        Err(why) => Err(why.to_string()),
    })
}
