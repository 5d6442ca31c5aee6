//! One command a file.

mod audit;
mod certificate;
mod config;
pub(crate) mod demo;
mod doctor;
mod export;
mod init;
mod network;
mod oidc;
mod passwords;
mod serve;
mod user;
mod verify;
mod witness;
mod x12;

use crate::cli::{Cli, Command, ConfigAct, Export, PasswordsAct, X12Act};
use crate::exit::{Exit, Failure};

/// Runs what the command line says.
pub(crate) fn run(cli: &Cli) -> Result<Exit, Failure> {
    let json = cli.json;
    match &cli.command {
        Command::Serve { place, listen } => serve::run(place, *listen, json),
        Command::Init { place, credential, passphrase_file, zone } => {
            init::run(place, credential.as_deref(), passphrase_file.as_deref(), zone, json)
        }
        Command::Verify { path, place, vkey } => verify::run(path, place, vkey.as_deref(), json),
        Command::X12 { act: X12Act::Stats { files } } => x12::stats(files, json),
        Command::X12 { act: X12Act::Validate { files } } => x12::validate(files, json),
        Command::Config { act: ConfigAct::Show { place, origin } } => config::show(place, *origin, json),
        Command::Demo { place, seed, patients } => demo::run(place, *seed, *patients, json),
        Command::User { act } => user::run(act, json),
        Command::Network { act } => network::run(act, json),
        Command::Passwords { act: PasswordsAct::Import { place, file } } => passwords::import(place, file, json),
        Command::Export { what: Export::Audit { place, out } } => export::audit(place, out, json),
        Command::Audit { act } => audit::run(act, json),
        Command::Witness { act } => witness::run(act, json),
        Command::Doctor { place } => doctor::run(place, json),
        Command::Certificate { place } => certificate::run(place, json),
        Command::Oidc { place } => oidc::run(place, json),
    }
}
