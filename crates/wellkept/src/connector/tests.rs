//! Files over the network to servers that nobody here wrote, and to some that behave badly.

mod bad;
mod https;
mod openssh;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use app::delivery::{Carrier, Line, Parcel};
use domain::connector::{HostKey, Sftp, Way};
use domain::delivery::Ended;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// A file, its digest, and what it is called.
struct Sample {
    bytes: Vec<u8>,
    digest: String,
}

impl Sample {
    fn new(size: usize) -> Self {
        let bytes: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
        Self { digest: hex::encode(Sha256::digest(&bytes)), bytes }
    }

    fn parcel(&self) -> Parcel<'_> {
        let size = u64::try_from(self.bytes.len()).unwrap();
        Parcel { name: "B000012-0123456789ab.837", digest: &self.digest, size, key: "k1", bytes: &self.bytes }
    }
}

fn line(port: u16, host_key: &str, folder: &str) -> Line {
    let host_key = HostKey::parse(host_key).unwrap();
    let user = std::env::var("USER").unwrap_or_else(|_| "root".to_owned());
    let to = Sftp { host: "127.0.0.1".to_owned(), port, user, host_key, folder: folder.to_owned() };
    Line { way: Way::Sftp(to), secret: Zeroizing::new(vec![7; 32]) }
}

fn ways() -> super::Ways {
    super::Ways { patience: Duration::from_secs(20) }
}

/// The real way, in a process that ends when the file has arrived, before that is on record: once, when it is told to.
struct Dying(super::Ways, Arc<AtomicBool>);

impl Dying {
    fn new(ways: super::Ways, dies: bool) -> (Self, Arc<AtomicBool>) {
        let dies = Arc::new(AtomicBool::new(dies));
        (Self(ways, Arc::clone(&dies)), dies)
    }
}

impl Carrier for Dying {
    fn send(&self, line: &Line, parcel: &Parcel<'_>, committing: &mut dyn FnMut() -> bool) -> Result<Ended, String> {
        let ended = self.0.send(line, parcel, committing);
        assert!(!self.1.swap(false, Ordering::AcqRel), "the process ends here, after {ended:?}");
        ended
    }

    fn look(&self, line: &Line, parcel: &Parcel<'_>) -> Result<Ended, String> {
        self.0.look(line, parcel)
    }

    fn test(&self, line: &Line) -> Result<String, String> {
        self.0.test(line)
    }
}
