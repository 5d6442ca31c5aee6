//! One PostgreSQL server for the tests: loopback, a temporary directory, an unprivileged user, stopped at the end.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::setup;
use crate::cmd;
use crate::error::{Error, Result};

/// The system user that Debian's package makes; root may not run the server itself.
const USER: &str = "postgres";
/// How long the server may take to answer, and to stop.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server. Dropping it stops it and removes its directory.
pub(crate) struct Postgres {
    child: Child,
    port: u16,
    dir: PathBuf,
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub(crate) fn start() -> Result<Self> {
        let Some(bin) = setup::postgres_bin() else {
            let install = "it with `cargo xtask test --only setup`".to_owned();
            return Err(Error::Missing { tool: "PostgreSQL".to_owned(), install });
        };
        let dir = directory()?;
        let data = dir.join("data");
        let mut initdb = as_user(&bin.join("initdb"));
        initdb.arg("--pgdata").arg(&data).args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
        cmd::output(initdb.args(["--locale=C", "--no-sync"]))?;
        let port = free_port()?;
        let log = dir.join("log");
        let file = File::create(&log).map_err(Error::io(format!("making `{}`", log.display())))?;
        let mut server = as_user(&bin.join("postgres"));
        server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k", ""]);
        // Durability is what the embedded engine's crash tests are about; here it would only cost time.
        server.args(["-F", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200"]);
        let child = server
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .map_err(Error::io("starting PostgreSQL"))?;
        let mut postgres = Self { child, port, dir };
        postgres.wait(&bin, &log)?;
        println!("PostgreSQL answers on 127.0.0.1:{port} (pid {})", postgres.child.id());
        Ok(postgres)
    }

    /// The address, as libpq writes it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn wait(&mut self, bin: &Path, log: &Path) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let gone = self.child.try_wait().map_err(Error::io("waiting for PostgreSQL"))?.is_some();
            if gone {
                break;
            }
            let port = self.port.to_string();
            if cmd::succeeds(cmd::command(bin.join("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &port])) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        let said = std::fs::read_to_string(log).unwrap_or_default();
        Err(Error::Wrong(format!("PostgreSQL did not answer within {PATIENCE:?}; it said:\n{said}")))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown. The standard library can only send SIGKILL, so `kill` does it.
        let _ = cmd::run(cmd::command("kill").args(["-INT", &self.child.id().to_string()]));
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// A command that runs as an unprivileged user and ends when we end, however we end.
fn as_user(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    // The server's user may not be able to enter the directory that we stand in.
    command.current_dir("/").args(["--pdeathsig", "INT"]);
    if setup::is_root() {
        command.args(["--reuid", USER, "--regid", USER, "--init-groups"]);
    }
    command.arg("--").arg(program);
    command
}

/// A new directory that the server's user owns and can reach: under `target`, or under the system's temporary
/// directory when the tree itself is closed to others.
fn directory() -> Result<PathBuf> {
    let name = format!("wellkept-test-pg-{}", std::process::id());
    let mut places = vec![cmd::target(), std::env::temp_dir()];
    places.dedup();
    for place in places {
        let dir = place.join(&name);
        std::fs::create_dir_all(&dir).map_err(Error::io(format!("making `{}`", dir.display())))?;
        if setup::is_root() {
            chown(&dir, Some(id("-u")?), Some(id("-g")?))
                .map_err(Error::io(format!("giving away `{}`", dir.display())))?;
        }
        if cmd::succeeds(as_user(Path::new("test")).arg("-w").arg(&dir)) {
            return dir.canonicalize().map_err(Error::io(format!("finding `{}`", dir.display())));
        }
        let _ = std::fs::remove_dir_all(&dir);
    }
    Err(Error::Wrong(format!("the user `{USER}` can write neither under target nor under the temporary directory")))
}

fn id(which: &str) -> Result<u32> {
    let text = cmd::output(cmd::command("id").args([which, USER]))?;
    text.trim().parse().map_err(|_| Error::Wrong(format!("`id {which} {USER}` said `{}`", text.trim())))
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("finding a free port"))?;
    listener.local_addr().map(|address| address.port()).map_err(Error::io("finding a free port"))
}
