//! Properties that hold for any input.

use crate::build;
use crate::samples::{conformance, samples};
use proptest::prelude::*;
use x12::writer::write_interchange;
use x12::{Delimiters, Document};

/// Everything that reads, on the same bytes; what matters is that it comes back.
fn exercise(bytes: &[u8]) {
    let (document, _) = x12::read(bytes);
    assert!(x12::write(&document) == bytes, "bytes were lost");
    assert_eq!(u64::try_from(document.segments.len()).expect("count"), x12::stats(bytes).segments);
    for fault in x12::inspect(bytes) {
        assert!(!fault.to_string().is_empty());
        assert!(fault.byte.is_none_or(|byte| byte <= bytes.len()));
    }
    let (remittances, _) = x12::remittance::read(bytes);
    for remittance in &remittances {
        let _ = x12::balance::balance(remittance);
        let _ = write_interchange(&build::envelope(Delimiters::default()), std::slice::from_ref(remittance));
    }
    let (batches, _) = x12::professional::read(bytes);
    let _ = write_interchange(&build::envelope(Delimiters::default()), &batches);
    let _ = (x12::ack::read_999(bytes), x12::ack::read_277ca(bytes), x12::overview(bytes));
}

fn delimiters() -> impl Strategy<Value = Delimiters> {
    let marks: Vec<u8> = b"*:^~|>!+=;?%&<@#$\x1c\x1d\x1e\x1f\x07".to_vec();
    Just(marks).prop_shuffle().prop_map(|m| Delimiters {
        element: m[0],
        repetition: Some(m[1]),
        component: m[2],
        terminator: m[3],
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_bytes_are_read_without_loss(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        exercise(&bytes);
    }

    #[test]
    fn noise_after_a_header_is_read_without_loss(noise in "[A-Z0-9*~:^ \r\n]{0,300}", isa in prop::bool::ANY) {
        let head = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *261006*0800*^*00501*000000001*0*T*:~";
        exercise(format!("{}{noise}", if isa { head } else { "ISA*" }).as_bytes());
    }

    #[test]
    fn what_is_written_is_faultless_with_any_delimiters(delims in delimiters(), line_ends in prop::bool::ANY, name in ".{1,40}") {
        let mut envelope = build::envelope(delims);
        envelope.line_ends = line_ends;
        let mut batch = build::batch();
        batch.claims[0].subscriber.name = x12::Name::person(format!("{name}x"), name.clone());
        let bytes = write_interchange(&envelope, &[batch]).expect("837P");
        prop_assert_eq!(&bytes[105], &delims.terminator);
        let faults = x12::inspect(&bytes);
        prop_assert!(faults.is_empty(), "{:?}", faults);
        let (read, _) = x12::professional::read(&bytes);
        prop_assert_eq!(read.iter().map(|b| b.claims.len()).sum::<usize>(), 3);
        exercise(&bytes);
    }

    #[test]
    fn money_survives_its_text(cents in any::<i64>()) {
        prop_assume!(cents != i64::MIN);
        prop_assert_eq!(x12::parse_cents(x12::format_cents(cents).as_bytes()), Ok(cents));
    }

    #[test]
    fn a_remittance_off_by_a_cent_is_caught(place in 0_usize..4, by in prop_oneof![Just(-1_i64), Just(1)]) {
        let bytes = write_interchange(&build::envelope(Delimiters::default()), &[build::remittance()]).expect("835");
        let (mut list, _) = x12::remittance::read(&bytes);
        let remittance = &mut list[0];
        match place {
            0 => remittance.payment_cents += by,
            1 => remittance.claims[1].lines[0].adjustments[0].cents += by,
            2 => remittance.claims[3].adjustments[0].cents += by,
            _ => remittance.provider_adjustments[0].cents += by,
        }
        prop_assert!(!x12::balance::balance(remittance).is_empty());
    }
}

/// A small generator of its own keeps this test the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % below.max(1)
    }
}

fn joined(document: &Document<'_>, order: &[usize]) -> Vec<u8> {
    order.iter().filter_map(|i| document.segments.get(*i)).flat_map(|s| [s.raw, s.term].concat()).collect()
}

#[test]
fn spoiled_samples_never_panic() {
    let Some(root) = conformance() else { return };
    let mut dice = Dice(42);
    for (_, bytes) in samples(&root).into_iter().filter(|(_, bytes)| !bytes.is_empty() && bytes.len() < 40_000) {
        let (document, _) = x12::read(&bytes);
        for round in 0..6 {
            let mut order: Vec<usize> = (0..document.segments.len()).collect();
            let mut spoiled = bytes.clone();
            let (a, b) = (dice.roll(order.len()), dice.roll(order.len()));
            match round {
                0 => spoiled[dice.roll(bytes.len())] ^= 1 << dice.roll(8),
                1 => spoiled.truncate(dice.roll(bytes.len())),
                2 if !order.is_empty() => {
                    order.swap(a, b);
                    spoiled = joined(&document, &order);
                }
                3 if !order.is_empty() => {
                    order.remove(a);
                    spoiled = joined(&document, &order);
                }
                4 if !order.is_empty() => {
                    order.insert(a, b);
                    spoiled = joined(&document, &order);
                }
                _ => spoiled.extend_from_slice(&bytes),
            }
            exercise(&spoiled);
        }
    }
}

#[test]
fn a_cut_file_is_said_to_be_cut() {
    let bytes = write_interchange(&build::envelope(Delimiters::default()), &[build::remittance()]).expect("835");
    for cut in 0..bytes.len() - 2 {
        let part = bytes.get(..cut).expect("part");
        assert!(!x12::validate(part).is_empty(), "cut at {cut} goes unnoticed");
        if cut % 11 == 0 {
            exercise(part);
        }
    }
}
