//! Our own plain words for codes that drive behaviour.
