//! Writes the evidence pack of a made-up log, so that other people's tools can be tried on it:
//! `cargo run -p tlog --example write_pack -- DIR [ENTRIES]`. The key is a fixed test key.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use tlog::pack::{Log, write_pack};
use tlog::tile::WIDTH;
use tlog::{Checkpoint, Edge, Hash, Note, Signer, Tiles, leaf_hash};

const ORIGIN: &str = "example.test/audit";

struct Key(Ed25519KeyPair);

impl Signer for Key {
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.0.sign(message).as_ref());
        signature
    }

    fn public_key(&self) -> [u8; 32] {
        let mut public = [0; 32];
        public.copy_from_slice(self.0.public_key().as_ref());
        public
    }
}

/// A log of which nothing is stored but the tiles of its edge.
struct MadeUp {
    tiles: std::collections::BTreeMap<(u8, u64), Vec<Hash>>,
    size: u64,
}

fn entry(number: u64) -> Vec<u8> {
    format!("made-up event number {number}").into_bytes()
}

impl Tiles for MadeUp {
    type Error = Box<dyn Error>;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Self::Error> {
        Ok(self.tiles.get(&(level, index)).cloned())
    }
}

impl Log for MadeUp {
    fn entries(&self, index: u64, width: u16) -> Result<Vec<Vec<u8>>, Self::Error> {
        let from = index * u64::from(WIDTH);
        let to = self.size.min(from + u64::from(width));
        Ok((from..to).map(entry).collect())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let folder = args.next().ok_or("usage: write_pack DIR [ENTRIES]")?;
    let size: u64 = args.next().map_or(Ok(3000), |count| count.parse())?;

    let mut edge = Edge::new();
    for number in 0..size {
        edge.push(leaf_hash(&entry(number)));
    }
    let tiles = edge.changed().map(|(level, index, hashes)| ((level, index), hashes.to_vec())).collect();
    let log = MadeUp { tiles, size };
    let key = Key(Ed25519KeyPair::from_seed_unchecked(&[7; 32])?);
    let checkpoint = Checkpoint::new(ORIGIN, size, edge.root());
    let checkpoint = Note::sign(checkpoint.to_string(), ORIGIN, &key)?;
    let events = Ok(("events/000.jsonl".to_owned(), b"{\"made\":\"up\"}\n".to_vec()));
    write_pack(&log, &checkpoint, &key, [events], |path, bytes| {
        let path = Path::new(&folder).join(path);
        fs::create_dir_all(path.parent().ok_or("a file has no folder")?)?;
        Ok(fs::write(path, bytes)?)
    })?;
    println!("{folder}: {size} entries, root {}", edge.root());
    Ok(())
}
