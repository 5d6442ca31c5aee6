//! Payers: the directory of who pays, and the numbers that each is known by.

mod change;
mod list;

pub use list::{NumberLine, PayerChange, PayerPage, PayerRow};
