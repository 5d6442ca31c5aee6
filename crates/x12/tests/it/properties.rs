//! Properties that hold for any input.

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read_without_loss(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (document, _) = x12::read(&bytes);
        prop_assert_eq!(x12::write(&document), bytes);
    }
}
