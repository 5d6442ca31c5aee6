//! The tree: edge, roots, proofs.

use proptest::prelude::*;

use super::{BIG, Memory, big_log, defined_root, leaves};
use crate::hash::empty_root;
use crate::proof::{consistency, inclusion, leaf_at, root_at, verify_consistency, verify_inclusion};
use crate::tile::{MAX_SIZE, tiles_of};
use crate::{Edge, Error, Hash, leaf_hash};

/// The eight leaves that the certificate transparency projects test their trees with, and the root after each.
#[test]
fn roots_are_those_of_the_known_tree() {
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut edge = Edge::new();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(edge.root().to_string(), empty);
    for (leaf, root) in leaves.iter().zip(roots) {
        edge.push(leaf_hash(&crate::hash::unhex(leaf.as_bytes()).unwrap()));
        assert_eq!(edge.root().to_string(), root, "at {}", edge.size());
    }
}

#[test]
fn every_small_root_is_as_defined() {
    let leaves = leaves(1100);
    let mut edge = Edge::new();
    for (at, leaf) in leaves.iter().enumerate() {
        assert_eq!(edge.root(), defined_root(&leaves[..at]), "at {at}");
        edge.push(*leaf);
    }
}

#[test]
fn a_three_level_root_is_as_defined() {
    let (leaves, memory) = big_log();
    assert_eq!(root_at(memory, BIG).unwrap(), defined_root(leaves));
    let below = usize::try_from(BIG - 300).unwrap();
    assert_eq!(root_at(memory, BIG - 300).unwrap(), defined_root(&leaves[..below]));
}

#[test]
fn storage_has_exactly_the_tiles_that_the_size_names() {
    let (_, memory) = big_log();
    let named = tiles_of(BIG).filter_map(|tile| match tile.kind {
        crate::tile::Kind::Hashes(level) => Some(((level, tile.index), usize::from(tile.width))),
        crate::tile::Kind::Entries => None,
    });
    let mut stored: Vec<_> = memory.tiles.iter().map(|(at, hashes)| (*at, hashes.len())).collect();
    let mut named: Vec<_> = named.collect();
    stored.sort_unstable();
    named.sort_unstable();
    assert_eq!(stored, named);
}

#[test]
fn an_edge_loads_only_what_its_size_asks_for() {
    let memory = &big_log().1;
    let mut asked = Vec::new();
    let edge = Edge::load(BIG, |level, index| {
        asked.push((level, index));
        Ok::<_, Error>(memory.tiles.get(&(level, index)).cloned())
    });
    assert_eq!(edge.unwrap().root(), root_at(memory, BIG).unwrap());
    assert_eq!(asked, [(0, 515), (1, 2), (2, 0)]);
    // A size between full tiles needs none of them.
    let edge = Edge::load(65_536, |level, index| {
        assert_eq!((level, index), (2, 0));
        Ok::<_, Error>(memory.tiles.get(&(level, index)).map(|tile| tile[..1].to_vec()))
    });
    assert_eq!(edge.unwrap().root(), root_at(memory, 65_536).unwrap());
}

#[test]
fn an_edge_refuses_storage_that_does_not_fit_its_size() {
    let load = |size, tile: Option<Vec<Hash>>| Edge::load(size, |_, _| Ok::<_, Error>(tile.clone())).map(|_| ());
    assert_eq!(load(3, None), Err(Error::MissingTile { level: 0, index: 0 }));
    for found in [0, 2, 4] {
        let wrong = Error::TileWidth { level: 0, index: 0, expected: 3, found };
        assert_eq!(load(3, Some(leaves(100)[..found].to_vec())), Err(wrong));
    }
    assert_eq!(load(u64::MAX, None), Err(Error::TooLarge { size: u64::MAX }));
    assert_eq!(load(0, None), Ok(()));
}

#[test]
fn proofs_refuse_what_lies_outside_the_log() {
    let memory = &big_log().1;
    let outside = |asked, size| Error::OutOfRange { asked, size };
    assert_eq!(inclusion(memory, 5, 5), Err(outside(5, 5)));
    assert_eq!(leaf_at(memory, 0, 0), Err(outside(0, 0)));
    assert_eq!(consistency(memory, 6, 5), Err(outside(6, 5)));
    assert_eq!(root_at(memory, MAX_SIZE + 1), Err(Error::TooLarge { size: MAX_SIZE + 1 }));
    assert!(matches!(root_at(memory, BIG + 1), Err(Error::TileWidth { .. })));
    assert!(matches!(inclusion(memory, 9, MAX_SIZE), Err(Error::MissingTile { .. })));
    assert_eq!(root_at(&Memory::default(), 0), Ok(empty_root()));
}

#[test]
fn consistency_with_nothing_or_with_itself_is_a_matter_of_roots() {
    let (five, six) = (leaf_hash(b"5"), leaf_hash(b"6"));
    assert_eq!(verify_consistency((5, five), (5, five), &[]), Ok(()));
    assert!(verify_consistency((5, five), (5, six), &[]).is_err());
    assert!(verify_consistency((5, five), (5, five), &[six]).is_err());
    assert_eq!(verify_consistency((0, empty_root()), (5, five), &[]), Ok(()));
    assert!(verify_consistency((0, six), (5, five), &[]).is_err());
    assert!(verify_consistency((0, empty_root()), (0, six), &[]).is_err());
    assert!(verify_consistency((6, six), (5, five), &[]).is_err());
    assert!(verify_consistency((3, six), (5, five), &[]).is_err());
}

fn size() -> impl Strategy<Value = u64> {
    prop_oneof![1..600_u64, 1..=BIG, Just(256_u64), Just(65_536), Just(BIG)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn groups_of_any_size_come_to_the_same_tree(groups in prop::collection::vec(0..700_u64, 1..6)) {
        let mut memory = Memory::default();
        let mut at = 0;
        let all = leaves(groups.iter().sum());
        for group in groups {
            let mut edge = Edge::load(at, |level, index| Ok::<_, Error>(memory.tiles.get(&(level, index)).cloned())).unwrap();
            for leaf in all.iter().skip(usize::try_from(at).unwrap()).take(usize::try_from(group).unwrap()) {
                edge.push(*leaf);
            }
            at += group;
            prop_assert_eq!(edge.size(), at);
            prop_assert_eq!(edge.changed().next().is_some(), group > 0);
            memory.save(&mut edge);
            prop_assert_eq!(edge.changed().count(), 0);
            prop_assert_eq!(edge.root(), defined_root(&all[..usize::try_from(at).unwrap()]));
        }
    }

    #[test]
    fn inclusion_holds_and_any_change_breaks_it(size in size(), pick in any::<u64>(), spot in any::<u16>(), bit in 0..8_u8) {
        let (leaves, memory) = big_log();
        let index = pick % size;
        let leaf = leaves[usize::try_from(index).unwrap()];
        let root = root_at(memory, size).unwrap();
        let proof = inclusion(memory, index, size).unwrap();
        prop_assert_eq!(leaf_at(memory, index, size).unwrap(), leaf);
        prop_assert_eq!(verify_inclusion(leaf, index, size, &proof, root), Ok(()));

        let other = (index + 1) % size;
        if other != index {
            prop_assert!(verify_inclusion(leaf, other, size, &proof, root).is_err());
        }
        let flip = |hash: &mut Hash| hash.0[usize::from(spot % 32)] ^= 1 << bit;
        let (mut bad_leaf, mut bad_root) = (leaf, root);
        flip(&mut bad_leaf);
        flip(&mut bad_root);
        prop_assert!(verify_inclusion(bad_leaf, index, size, &proof, root).is_err());
        prop_assert!(verify_inclusion(leaf, index, size, &proof, bad_root).is_err());
        let mut longer = proof.clone();
        longer.push(root);
        prop_assert!(verify_inclusion(leaf, index, size, &longer, root).is_err());
        if !proof.is_empty() {
            let at = usize::from(spot) % proof.len();
            let mut bad = proof.clone();
            flip(&mut bad[at]);
            prop_assert!(verify_inclusion(leaf, index, size, &bad, root).is_err());
            prop_assert!(verify_inclusion(leaf, index, size, &proof[1..], root).is_err());
        }
    }

    #[test]
    fn consistency_holds_and_any_change_breaks_it(new in size(), pick in any::<u64>(), spot in any::<u16>(), bit in 0..8_u8) {
        let memory = &big_log().1;
        let old = 1 + pick % new;
        let roots = (root_at(memory, old).unwrap(), root_at(memory, new).unwrap());
        let proof = consistency(memory, old, new).unwrap();
        prop_assert_eq!(verify_consistency((old, roots.0), (new, roots.1), &proof), Ok(()));

        let flip = |hash: &mut Hash| hash.0[usize::from(spot % 32)] ^= 1 << bit;
        let mut bad = roots;
        flip(&mut bad.0);
        prop_assert!(verify_consistency((old, bad.0), (new, roots.1), &proof).is_err());
        bad = roots;
        flip(&mut bad.1);
        prop_assert!(verify_consistency((old, roots.0), (new, bad.1), &proof).is_err());
        let mut longer = proof.clone();
        longer.push(roots.1);
        prop_assert!(verify_consistency((old, roots.0), (new, roots.1), &longer).is_err());
        if !proof.is_empty() {
            let at = usize::from(spot) % proof.len();
            let mut changed = proof.clone();
            flip(&mut changed[at]);
            prop_assert!(verify_consistency((old, roots.0), (new, roots.1), &changed).is_err());
            prop_assert!(verify_consistency((old, roots.0), (new, roots.1), &proof[1..]).is_err());
        }
    }

    /// Whatever storage says, proofs and verification answer and do not panic; a lie never verifies.
    #[test]
    fn lying_storage_is_answered(size in size(), pick in any::<u64>(), spot in any::<u16>(), cut in 0..300_usize) {
        let (leaves, memory) = big_log();
        let index = pick % size;
        let root = root_at(memory, size).unwrap();
        let mut lying = memory.clone();
        let at = *lying.tiles.keys().nth(usize::from(spot) % lying.tiles.len()).unwrap();
        let tile = lying.tiles.get_mut(&at).unwrap();
        if cut < tile.len() { tile.truncate(cut) } else { tile.reverse() }
        let leaf = leaves[usize::try_from(index).unwrap()];
        let honest = inclusion(memory, index, size).unwrap();
        if let Ok(proof) = inclusion(&lying, index, size) {
            prop_assert_eq!(verify_inclusion(leaf, index, size, &proof, root).is_ok(), proof == honest);
        }
        let _ = consistency(&lying, index, size);
        let _ = root_at(&lying, size);
        let _ = Edge::load(size, |level, index| Ok::<_, Error>(lying.tiles.get(&(level, index)).cloned()));
    }

    #[test]
    fn arbitrary_proofs_are_refused_without_panic(index in any::<u64>(), size in any::<u64>(), length in 0..70_u64) {
        let proof = leaves(length);
        let root = leaf_hash(b"root");
        prop_assert!(verify_inclusion(leaf_hash(b"x"), index, size, &proof, root).is_err());
        prop_assert!(verify_consistency((index, leaf_hash(b"x")), (size, root), &proof).is_err());
    }
}
