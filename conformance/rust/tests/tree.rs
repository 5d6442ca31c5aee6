//! Our tree, tiles and proofs against `ct-merkle` and `tlog_tiles`.

use std::collections::BTreeMap;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2::Sha256;
use tlog::proof::{consistency, inclusion, root_at, verify_consistency, verify_inclusion};
use tlog::tile::{Kind, encode_hashes, tiles_of};
use tlog::{Edge, Error, Hash, Tiles, leaf_hash};
use tlog_tiles::{HashReader, TileHashReader, TileReader};

/// Small trees, every one of them; the shapes repeat beyond.
const SMALL: u64 = 70;
/// A tree of three levels of tiles.
const LARGE: u64 = 256 * 256 + 256 * 2 + 9;

fn entry(n: u64) -> Vec<u8> {
    format!("entry {n}").into_bytes()
}

struct Ours(BTreeMap<(u8, u64), Vec<Hash>>);

impl Tiles for Ours {
    type Error = Error;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Error> {
        Ok(self.0.get(&(level, index)).cloned())
    }
}

fn ours(size: u64) -> (Ours, Hash) {
    let mut edge = Edge::new();
    for n in 0..size {
        edge.push(leaf_hash(&entry(n)));
    }
    let tiles = edge.changed().map(|(level, index, hashes)| ((level, index), hashes.to_vec()));
    (Ours(tiles.collect()), edge.root())
}

/// Every hash of the tree in the order of `tlog_tiles`.
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|&i| self.0[usize::try_from(i).unwrap()]).collect())
    }
}

fn stored(size: u64) -> Stored {
    let mut all = Stored(Vec::new());
    for n in 0..size {
        let more = tlog_tiles::stored_hashes(n, &entry(n), &all).unwrap();
        all.0.extend(more);
    }
    all
}

fn theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect()
}

fn back(hashes: &[tlog_tiles::Hash]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash(hash.0)).collect()
}

fn root_of(root: Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new(root.0.into(), size)
}

fn bytes(proof: &[Hash]) -> Vec<u8> {
    encode_hashes(proof)
}

#[test]
fn roots_and_proofs_of_small_trees_are_those_of_ct_merkle() {
    let (tiles, _) = ours(SMALL);
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 1..=SMALL {
        tree.push(entry(size - 1));
        let root = root_at(&tiles, size).unwrap();
        assert_eq!(tree.root().as_bytes().as_slice(), root.0, "size {size}");
        for index in 0..size {
            let proof = inclusion(&tiles, index, size).unwrap();
            let other = tree.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(other.as_bytes(), bytes(&proof), "inclusion of {index} in {size}");
            let checked = InclusionProof::<Sha256>::try_from_bytes(bytes(&proof)).unwrap();
            root_of(root, size).verify_inclusion(&entry(index), index, &checked).unwrap();
        }
        for old in 1..size {
            let proof = consistency(&tiles, old, size).unwrap();
            let other = tree.prove_consistency(usize::try_from(size - old).unwrap());
            assert_eq!(other.as_bytes(), bytes(&proof), "consistency of {old} with {size}");
            let checked = ConsistencyProof::<Sha256>::try_from_bytes(bytes(&proof)).unwrap();
            let old_root = root_of(root_at(&tiles, old).unwrap(), old);
            root_of(root, size).verify_consistency(&old_root, &checked).unwrap();
        }
    }
}

#[test]
fn roots_and_proofs_of_small_trees_are_those_of_tlog_tiles() {
    let (tiles, _) = ours(SMALL);
    let all = stored(SMALL);
    for size in 1..=SMALL {
        let root = root_at(&tiles, size).unwrap();
        let their_root = tlog_tiles::tree_hash(size, &all).unwrap();
        assert_eq!(their_root.0, root.0, "size {size}");
        for index in 0..size {
            let proof = inclusion(&tiles, index, size).unwrap();
            let other = tlog_tiles::prove_record(size, index, &all).unwrap();
            assert_eq!(theirs(&proof), other, "inclusion of {index} in {size}");
            verify_inclusion(leaf_hash(&entry(index)), index, size, &back(&other), root).unwrap();
        }
        for old in 1..=size {
            let proof = consistency(&tiles, old, size).unwrap();
            let other = tlog_tiles::prove_tree(size, old, &all).unwrap();
            assert_eq!(theirs(&proof), other, "consistency of {old} with {size}");
            let old_root = root_at(&tiles, old).unwrap();
            verify_consistency((old, old_root), (size, root), &back(&other)).unwrap();
        }
    }
}

/// A verifier that takes what the others refuse, or the other way about, disagrees here.
#[test]
fn verifiers_agree_on_damaged_proofs() {
    let (tiles, _) = ours(SMALL);
    for size in 2..=SMALL {
        let root = root_at(&tiles, size).unwrap();
        for index in 0..size {
            let honest = inclusion(&tiles, index, size).unwrap();
            for at in 0..=honest.len() {
                let mut proof = honest.clone();
                match proof.get_mut(at) {
                    Some(hash) => hash.0[at] ^= 1,
                    None => proof.push(root),
                }
                let leaf = leaf_hash(&entry(index));
                let theirs = tlog_tiles::check_record(
                    &theirs(&proof),
                    size,
                    tlog_tiles::Hash(root.0),
                    index,
                    tlog_tiles::Hash(leaf.0),
                );
                let ours = verify_inclusion(leaf, index, size, &proof, root);
                assert_eq!(ours.is_ok(), theirs.is_ok(), "{index} of {size}, changed at {at}");
            }
        }
    }
}

/// Our tiles, read by the reader of `tlog_tiles`, which checks each against the root.
struct TheirReader<'a>(&'a Ours);

impl TileReader for TheirReader<'_> {
    fn height(&self) -> u8 {
        tlog::tile::HEIGHT
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            let hashes = self.0.tile(tile.level(), tile.level_index()).unwrap().unwrap();
            encode_hashes(&hashes[..usize::try_from(tile.width()).unwrap()])
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn a_large_tree_and_its_tiles_are_those_of_tlog_tiles() {
    let (tiles, root) = ours(LARGE);
    let all = stored(LARGE);
    assert_eq!(tlog_tiles::tree_hash(LARGE, &all).unwrap().0, root.0);

    for tile in tiles_of(LARGE) {
        let Kind::Hashes(level) = tile.kind else { continue };
        let other = tlog_tiles::Tile::new(8, level, tile.index, tile.width.into(), false);
        // Their paths name the height, as Go's do and C2SP's do not.
        assert_eq!(other.path(), tile.to_string().replacen("tile/", "tile/8/", 1));
        let hashes = tiles.tile(level, tile.index).unwrap().unwrap();
        assert_eq!(other.read_data(&all).unwrap(), encode_hashes(&hashes), "{tile}");
    }

    let their_reader = TheirReader(&tiles);
    let reader = TileHashReader::new(LARGE, tlog_tiles::Hash(root.0), &their_reader);
    for n in (0..LARGE).step_by(997).chain([LARGE - 1, 65_535, 65_536]) {
        let proof = tlog_tiles::prove_record(LARGE, n, &reader).unwrap();
        assert_eq!(back(&proof), inclusion(&tiles, n, LARGE).unwrap(), "inclusion of {n}");
        let proof = tlog_tiles::prove_tree(LARGE, n + 1, &reader).unwrap();
        assert_eq!(back(&proof), consistency(&tiles, n + 1, LARGE).unwrap(), "consistency of {n} + 1");
    }
}
