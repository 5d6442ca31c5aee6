//! The server as people meet it: every route, every role, on both engines.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop there")]

<<<<<<< HEAD
mod commands;
=======
mod charging;
>>>>>>> 0a36cc7 (Lead from a seen patient to charges; point at diagnoses by their letter; run the desk's day in a browser)
mod disclosure;
mod forms;
mod patients;
mod routes;
mod visits;
