//! One command a file.

mod config;
pub(crate) mod demo;
mod doctor;
mod export;
mod init;
mod serve;
mod user;
mod verify;
mod x12;

use crate::cli::{Cli, Command, ConfigAct, Export, X12Act};
use crate::exit::{Exit, Failure};

/// Runs what the command line says.
pub(crate) fn run(cli: &Cli) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Serve { place, listen } => serve::run(place, *listen),
        Command::Init { place, credential, passphrase_file, zone } => {
            init::run(place, credential.as_deref(), passphrase_file.as_deref(), zone)
        }
        Command::Verify { path, place, vkey, json } => verify::run(path, place, vkey.as_deref(), *json),
        Command::X12 { act: X12Act::Stats { json, files } } => x12::stats(files, *json),
        Command::X12 { act: X12Act::Validate { json, files } } => x12::validate(files, *json),
        Command::Config { act: ConfigAct::Show { place, origin, json } } => config::show(place, *origin, *json),
        Command::Demo { place, seed, patients } => demo::run(place, *seed, *patients),
        Command::User { act } => user::run(act),
        Command::Export { what: Export::Audit { place, out } } => export::audit(place, out),
        Command::Doctor { place, json } => doctor::run(place, *json),
    }
}
