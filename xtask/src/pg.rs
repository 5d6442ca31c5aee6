//! `cargo xtask pg COMMAND..`: one command with a PostgreSQL server of its own, as the tests have it.

use crate::cmd;
use crate::error::{Error, Result};
use crate::test::postgres::Postgres;

/// Starts the server, runs the command with its address in `WELLKEPT_TEST_PG`, and stops the server.
pub(crate) fn main(args: &[String]) -> Result<()> {
    let Some((program, rest)) = args.split_first() else {
        return Err(Error::Usage("`pg` needs a command, as `cargo xtask pg cargo test --workspace NAME`".to_owned()));
    };
    let postgres = Postgres::start()?;
    cmd::run(cmd::command(program).args(rest).env("WELLKEPT_TEST_PG", postgres.url()))
}
