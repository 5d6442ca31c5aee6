//! The binary: one practice's server, and the commands around it.

mod cli;
mod commands;
mod config;
mod connector;
mod control;
mod exit;
mod oidc;
mod outbound;
mod practice;
mod serve;
mod siem;
mod system;
mod tls;
mod witness;
mod work;

use std::process::ExitCode;

use clap::Parser as _;

const _: () = assert!(!store::INSTANT_LOG, "the log that acknowledges at once is for the measuring binary alone");

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(&cli) {
        Ok(exit) => exit.code(),
        Err(failure) => {
            // A closed pipe cannot be told anything.
            let _ = system::complain(&format!("wellkept: {failure}"));
            failure.exit().code()
        }
    }
}
