//! Claims, batches, files, remittances, work and the books on both engines.

mod books;
mod claims;
mod fixture;
mod payers;
mod remittances;
