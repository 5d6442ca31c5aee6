//! The log that acknowledges at once. Without its feature this program is built, checked and linted, and measures nothing.

/// Whether it was compiled in.
pub(crate) const THERE: bool = cfg!(feature = "instant-log");

/// Whether the log acknowledges at once from now on.
#[cfg(feature = "instant-log")]
pub(crate) fn acknowledge_at_once(on: bool) {
    store::instant::acknowledge_at_once(on);
}

#[cfg(not(feature = "instant-log"))]
pub(crate) fn acknowledge_at_once(_: bool) {}
