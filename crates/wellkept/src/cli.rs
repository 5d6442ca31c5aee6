//! The command line. docs/cli.md describes it for users.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::sample::Week;

/// A practice-management server that proves its own HIPAA safeguards.
#[derive(Debug, Parser)]
#[command(name = "wellkept", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// JSON on standard output, and nothing else there.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the practice is, and its key.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// The data directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Which practice, when the data directory holds several.
    #[arg(long, value_name = "NAME")]
    pub(crate) practice: Option<String>,
    /// Where wrapping keys are; by default the user's configuration directory.
    #[arg(long, value_name = "DIR", env = "WELLKEPT_KEY_DIR")]
    pub(crate) key_dir: Option<PathBuf>,
    /// The configuration file; by default `wellkept.toml` in the data directory.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// A PostgreSQL server for the practice, as an administrator's postgres:// address.
    #[arg(long, value_name = "URL", env = "WELLKEPT_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a practice over TLS.
    Serve {
        #[command(flatten)]
        place: Place,
        /// Address and port to listen on.
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
    },
    /// Make a synthetic practice with six months of history.
    Demo {
        #[command(flatten)]
        place: Place,
        /// The same seed makes the same practice.
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// How many patients.
        #[arg(long, default_value_t = 400)]
        patients: u32,
    },
    /// Make a real, empty practice.
    Init {
        #[command(flatten)]
        place: Place,
        /// The name of a systemd credential with the wrapping key (64 hexadecimal digits).
        #[arg(long, value_name = "NAME", group = "kek")]
        credential: Option<String>,
        /// A file that holds the passphrase, best on a memory file system.
        #[arg(long, value_name = "FILE", group = "kek")]
        passphrase_file: Option<PathBuf>,
        /// The practice's time zone, such as `America/New_York`.
        #[arg(long, value_name = "ZONE", default_value = "America/New_York")]
        zone: String,
    },
    /// Accounts: add, list; the codes of a synthetic practice.
    User {
        #[command(subcommand)]
        act: UserAct,
    },
    /// The practice's own networks, from where people work with any computer: add, list.
    Network {
        #[command(subcommand)]
        act: NetworkAct,
    },
    /// Passwords that leaked elsewhere, which nobody may choose.
    Passwords {
        #[command(subcommand)]
        act: PasswordsAct,
    },
    /// Take things out: the audit log as an evidence pack.
    Export {
        #[command(subcommand)]
        what: Export,
    },
    /// Check a data directory or an evidence pack, without a network.
    Verify {
        /// A data directory or a pack.
        path: PathBuf,
        #[command(flatten)]
        place: Place,
        /// The log key to expect, as it is printed by `config show`.
        #[arg(long, value_name = "VKEY")]
        vkey: Option<String>,
    },
    /// The audit log: go on after an older copy was put back, draw a week's sample again.
    Audit {
        #[command(subcommand)]
        act: AuditAct,
    },
    /// Be a witness for somebody else's audit log.
    Witness {
        #[command(subcommand)]
        act: WitnessAct,
    },
    /// Run the safeguard checks.
    Doctor {
        #[command(flatten)]
        place: Place,
    },
    /// The certificate that the server shows, and how the practice's PCs come to trust it.
    Certificate {
        #[command(flatten)]
        place: Place,
    },
    /// What an identity provider has to be told, so that people sign in by it.
    Oidc {
        #[command(flatten)]
        place: Place,
    },
    /// Look into X12 files.
    X12 {
        #[command(subcommand)]
        act: X12Act,
    },
    /// The configuration in force.
    Config {
        #[command(subcommand)]
        act: ConfigAct,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserAct {
    /// Add an account; its first password is printed once.
    Add {
        #[command(flatten)]
        place: Place,
        /// The name to sign in with.
        login: String,
        /// The name that pages show.
        #[arg(long)]
        name: String,
        /// The role, such as `biller`.
        #[arg(long)]
        role: String,
    },
    /// List the accounts.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// The code that a persona of a synthetic practice types now.
    Code {
        #[command(flatten)]
        place: Place,
        /// The name to sign in with.
        login: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum NetworkAct {
    /// Add a network.
    Add {
        #[command(flatten)]
        place: Place,
        /// Its addresses as the server sees them, such as `192.168.10.0/24` or `2001:db8:1::/48`.
        range: String,
        /// What people call it.
        #[arg(long)]
        name: String,
    },
    /// List the networks.
    List {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PasswordsAct {
    /// Take a corpus of leaked passwords, in place of the one that is here.
    Import {
        #[command(flatten)]
        place: Place,
        /// A file with a SHA-1 in hexadecimal, a colon and a count a line, ordered by hash.
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// The audit log, as a pack that can be checked offline.
    Audit {
        #[command(flatten)]
        place: Place,
        /// The folder to make.
        #[arg(long, value_name = "PACK")]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditAct {
    /// Draw the sample of a week again from a pack, as anybody can.
    Sample {
        /// A pack.
        pack: PathBuf,
        /// Which week, such as `2026-W47`.
        #[arg(long, value_name = "WEEK")]
        week: Week,
        /// The log key to expect.
        #[arg(long, value_name = "VKEY")]
        vkey: Option<String>,
    },
    /// Say that an older copy of the data was put back on purpose. The log goes on under a new name.
    AcceptRestore {
        #[command(flatten)]
        place: Place,
        /// Who put which copy back, and why; it is written into the log.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Where a witness is, and its key.
#[derive(Args, Clone, Debug)]
pub(crate) struct WitnessPlace {
    /// The witness's folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Where its key is; by default the user's configuration directory.
    #[arg(long, value_name = "DIR", env = "WELLKEPT_KEY_DIR")]
    pub(crate) key_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WitnessAct {
    /// Make a witness and print its key.
    Init {
        #[command(flatten)]
        place: WitnessPlace,
        /// Its name in cosignatures, such as `accountant.example/w1`.
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// Make a log known by its key, as `wellkept verify` prints it.
    Add {
        #[command(flatten)]
        place: WitnessPlace,
        /// The log's verifier key.
        vkey: String,
    },
    /// Answer practices, over plain HTTP: what they send is signed and holds nothing of a patient.
    Serve {
        #[command(flatten)]
        place: WitnessPlace,
        /// Address and port to listen on.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8090")]
        listen: SocketAddr,
    },
    /// Show its key, the logs that it knows, and how far it saw each.
    Show {
        #[command(flatten)]
        place: WitnessPlace,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum X12Act {
    /// Count what is in files.
    Stats {
        /// Files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Judge files by their guides.
    Validate {
        /// Files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAct {
    /// Show every setting.
    Show {
        #[command(flatten)]
        place: Place,
        /// Say where each comes from.
        #[arg(long)]
        origin: bool,
    },
}
