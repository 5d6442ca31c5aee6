//! The store on both engines: every test here runs on SQLCipher and, where `WELLKEPT_TEST_PG` names a server, on PostgreSQL.

mod account;
mod audit;
mod faults;
mod practice;
#[cfg(test)]
mod schedule;
mod transactions;
