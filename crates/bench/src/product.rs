//! The product as people run it: how soon it answers, what it holds in memory, how large it is.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::figures::{Better, Figures, float};

/// Starts that are timed; the middle one counts.
const STARTS: usize = 5;
/// A server that has not answered by then is not going to.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a server is left alone before its memory is read.
const REST: Duration = Duration::from_secs(5);

/// Counts the packages of the lock file.
pub(crate) fn lock_file(path: &Path, figures: &mut Figures) -> Result<()> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    let packages = text.lines().filter(|line| *line == "[[package]]").count();
    let packages = float(u64::try_from(packages).unwrap_or(u64::MAX));
    figures.add("lock_file_packages", packages, ("", Better::Lower), Some(500.0));
    Ok(())
}

/// The load of the machine over the last minute, as the system has it; it says how far to trust the rest.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

/// Makes a demonstration practice with the product itself, starts it, and measures.
pub(crate) fn measure(bin: &Path, dir: &Path, figures: &mut Figures) -> Result<()> {
    let size = fs::metadata(bin).map_err(Error::file(bin))?.len();
    figures.add("binary_size", float(size / 1024) / 1024.0, ("MiB", Better::Lower), None);
    let (data, keys) = (dir.join("demo"), dir.join("demo-keys"));
    let command = |name: &str| {
        let mut command = Command::new(bin);
        command.arg(name).arg("--data").arg(&data).env("WELLKEPT_KEY_DIR", &keys);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    };
    let began = Instant::now();
    let made = command("demo").args(["--seed", "7"]).status().map_err(Error::file(bin))?;
    if !made.success() {
        println!("the product was not started: it could not make a demonstration practice ({made})");
        return Ok(());
    }
    figures.add("demo_made", began.elapsed().as_secs_f64(), ("s", Better::Lower), Some(30.0));
    let mut starts = Vec::new();
    for n in 1..=STARTS {
        let port = free_port()?;
        let began = Instant::now();
        let listen = format!("127.0.0.1:{port}");
        let child = command("serve").args(["--listen", &listen]).stderr(Stdio::null()).spawn();
        let mut server = Server(child.map_err(Error::file(bin))?);
        answer(&mut server, &listen, began)?;
        starts.push(began.elapsed());
        if n == STARTS {
            std::thread::sleep(REST);
            let kib = resident(server.0.id())?;
            figures.add("idle_memory", float(kib) / 1024.0, ("MB", Better::Lower), Some(100.0));
        }
    }
    starts.sort_unstable();
    let middle = starts.get(STARTS / 2).copied().unwrap_or(PATIENCE);
    figures.add("start_to_first_answer", middle.as_secs_f64(), ("s", Better::Lower), Some(1.0));
    Ok(())
}

/// A server that ends with its measurement.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself already; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until `/readyz` answers over TLS, asked with `curl` as a browser would: new connection, whole handshake.
fn answer(server: &mut Server, listen: &str, began: Instant) -> Result<()> {
    let curl = Path::new("curl");
    while began.elapsed() < PATIENCE {
        let url = format!("https://{listen}/readyz");
        let asked = Command::new(curl).args(["-skf", "--max-time", "2", &url]).stdout(Stdio::null()).status();
        if asked.map_err(Error::file(curl))?.success() {
            return Ok(());
        }
        if let Ok(Some(status)) = server.0.try_wait() {
            return Err(Error::Wrong(format!("the server ended before it answered: {status}")));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(Error::Wrong(format!("the server did not answer on {listen}")))
}

fn free_port() -> Result<u16> {
    let bound = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    bound.map(|address| address.port()).map_err(Error::file(Path::new("127.0.0.1:0")))
}

/// `VmRSS` of a process, in KiB.
fn resident(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).map_err(Error::file(Path::new(&path)))?;
    parse_resident(&text).ok_or_else(|| Error::Wrong(format!("`{path}` has no VmRSS")))
}

fn parse_resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_status_of_a_process() {
        assert_eq!(parse_resident("Name:\tx\nVmRSS:\t   61440 kB\nThreads:\t9\n"), Some(61_440));
        assert_eq!(parse_resident("Name:\tx\n"), None);
    }
}
