//! A practice on the recording file system: what it wrote, what it acknowledged at which moment, and what power cuts make of it.

use std::sync::{Mutex, PoisonError};

use crashfs::{Disk, Error, Log, Position, Recorder};
use store::Store;
use tempfile::TempDir;

use crate::judge::{Depth, Findings, judge};
use crate::practice::{Template, folder, options, scratch};
use crate::workload::Ack;

/// While it is recorded.
pub(crate) struct Recording<'t> {
    template: &'t Template,
    home: TempDir,
    seed: u64,
    pub(crate) recorder: Recorder,
    acks: Mutex<Vec<(Position, Ack)>>,
}

/// Once it is over.
pub(crate) struct Recorded<'t> {
    template: &'t Template,
    home: TempDir,
    seed: u64,
    pub(crate) log: Log,
    /// In the order in which they were heard.
    acks: Vec<(Position, Ack)>,
}

/// Which power cuts to try.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cuts<'p> {
    /// How many.
    pub(crate) images: u64,
    /// Whether the disk keeps what it synced.
    pub(crate) disk: Disk,
    /// Each of so many images is looked at whole.
    pub(crate) whole_every: u64,
    /// What messages call it; empty where losses are meant to be.
    pub(crate) place: &'p str,
}

impl<'t> Recording<'t> {
    /// A new copy of the practice, watched.
    pub(crate) fn new(template: &'t Template, seed: u64) -> Result<Self, Error> {
        let home = scratch()?;
        let recorder = Recorder::new(&template.place(&home.path().join("recorded"))?)?;
        Ok(Self { template, home, seed, recorder, acks: Mutex::default() })
    }

    /// Opens the practice.
    pub(crate) fn open(&self) -> Result<Store, Error> {
        let data = self.home.path().join("recorded");
        Ok(Store::open(options(&data, &self.template.kek(), Some(crashfs::VFS), self.seed)?)?)
    }

    /// Notes an acknowledgement: any cut from now on must keep it.
    pub(crate) fn hear(&self, ack: Ack) {
        let at = self.recorder.mark();
        self.acks.lock().unwrap_or_else(PoisonError::into_inner).push((at, ack));
    }

    /// Ends the recording. The store must be closed.
    pub(crate) fn end(self) -> Recorded<'t> {
        let Self { template, home, seed, recorder, acks } = self;
        let mut acks = acks.into_inner().unwrap_or_else(PoisonError::into_inner);
        acks.sort_by_key(|(at, _)| *at);
        Recorded { template, home, seed, log: recorder.log(), acks }
    }

    /// Looks at the store while it is open.
    pub(crate) fn heard<T>(&self, look: impl FnOnce(&[&Ack]) -> T) -> T {
        let acks = self.acks.lock().unwrap_or_else(PoisonError::into_inner);
        look(&acks.iter().map(|(_, ack)| ack).collect::<Vec<_>>())
    }
}

impl Recorded<'_> {
    /// How many acknowledgements there were.
    pub(crate) fn acked(&self) -> u64 {
        u64::try_from(self.acks.len()).unwrap_or(u64::MAX)
    }

    /// Opens the practice as it was left, and judges it whole.
    pub(crate) fn judge_end(&self, place: &str) -> Result<Findings, Error> {
        let due: Vec<&Ack> = self.acks.iter().map(|(_, ack)| ack).collect();
        let data = self.home.path().join("recorded");
        Ok(judge(options(&data, &self.template.kek(), None, self.seed)?, &due, Depth::Whole, place))
    }

    /// Cuts the power, and judges what each cut leaves.
    pub(crate) fn judge_cuts(&self, cuts: Cuts) -> Result<Findings, Error> {
        let crash = self.home.path().join("crashed");
        let images = usize::try_from(cuts.images).unwrap_or(usize::MAX);
        let mut findings = Findings::default();
        for (n, image) in (0_u64..).zip(self.log.images_of(cuts.disk, self.seed, images)) {
            image.write_to(&folder(&crash))?;
            let due: Vec<&Ack> = self.acks.iter().take_while(|(at, _)| *at <= image.cut).map(|(_, ack)| ack).collect();
            let depth = if n % cuts.whole_every == 0 { Depth::Whole } else { Depth::Usual };
            let place = match cuts.place {
                "" => String::new(),
                place => format!("{place}, image {n}, cut {}", image.cut.get()),
            };
            findings += judge(options(&crash, &self.template.kek(), None, self.seed ^ n)?, &due, depth, &place);
        }
        Ok(findings)
    }
}
