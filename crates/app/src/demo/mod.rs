//! The synthetic practice: deterministic by seed, messy on purpose, six months of history. Nobody in it is real.

pub mod people;
pub mod seeded;
pub mod surroundings;
