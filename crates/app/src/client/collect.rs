//! A partner's client picks up the claim files that a person released to that partner, and no others. It gets them whole: the
//! release named everybody in them, so what is closed to the client's owner, or restricted, is not left out here.

use domain::access::Action;
use domain::audit::Act;
use domain::batch::Batch;
use domain::id::{FileId, PartnerId};
use domain::{Cents, Instant};
use store::file::FileInfo;
use store::{Disclosed, Tx};

use super::ClientCx;
use crate::access::Resource;
use crate::{App, Error, Result};

/// How many files the list shows.
const SHOWN: u32 = 100;

/// A file that waits for its partner, or that the partner has. The list names no patient.
#[derive(Clone, Debug)]
pub struct ReleasedFile {
    /// The file.
    pub file: FileInfo,
    /// Our number of the batch (BHT03).
    pub reference: String,
    /// How many claims.
    pub claims: u32,
    /// What they come to.
    pub total: Cents,
    /// When it was released.
    pub released_at: Instant,
    /// Whether it is for real (ISA15 is P).
    pub production: bool,
}

impl App {
    /// The files released to the client's partner, latest first.
    pub fn released_files(&self, cx: &ClientCx) -> Result<Vec<ReleasedFile>> {
        let partner = partner(cx)?;
        let event = self.event(cx, Act::ClaimFileCollected).with("what", "listed");
        let who = cx.clone();
        self.change(
            cx,
            Action::ClaimCollect,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                let files = released(tx, &partner)?;
                store::client::note_use(tx, &who.client, who.scope)?;
                tx.audit(event.clone().with("files", files.len()));
                Ok(files)
            },
        )
    }

    /// The bytes of one of them.
    pub fn collect_file(&self, cx: &ClientCx, id: &FileId) -> Result<Disclosed<(FileInfo, Vec<u8>)>> {
        let partner = partner(cx)?;
        let (info, bytes) = self.look(
            cx,
            Action::ClaimCollect,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let found = released(tx, &partner)?.into_iter().find(|file| file.file.id == *id);
                let info = found.ok_or(store::Error::NotFound("claim file"))?.file;
                let bytes = store::file::open(tx, grant, id)?;
                Ok((info, bytes))
            },
        )?;
        let event = self.event(cx, Act::ClaimFileCollected).object("file", id).with("what", "picked up");
        let event = event.with("partner", partner).with("digest", &info.digest);
        Ok(self.tell(cx, event, bytes)?.map(|bytes| (info, bytes)))
    }
}

fn partner(cx: &ClientCx) -> Result<PartnerId> {
    let none = || Error::Refused("this client works for no partner, so no claim files are released to it".to_owned());
    cx.partner.clone().ok_or_else(none)
}

fn released(tx: &mut Tx, partner: &PartnerId) -> store::Result<Vec<ReleasedFile>> {
    let batches = store::batch::released_to(tx, partner, SHOWN)?;
    batches.into_iter().filter_map(|batch| one(tx, batch).transpose()).collect()
}

fn one(tx: &mut Tx, batch: Batch) -> store::Result<Option<ReleasedFile>> {
    let Batch { reference, claims, total, release: Some(release), .. } = batch else { return Ok(None) };
    let file = store::file::info(tx, &release.file)?;
    let (released_at, production) = (release.at, release.production);
    Ok(Some(ReleasedFile { file, reference, claims, total, released_at, production }))
}
