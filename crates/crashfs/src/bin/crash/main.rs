//! `crash`: promises 1 and 2 tried on the real store. Power cuts over the recording VFS, full disks, kill -9.
//!
//! `crash --cycles N --images N --out FILE [--seed N]` prints what it tried and writes the figures as
//! `{name: {value, unit, better, aim}}`. Judging them is the caller's part.

mod figures;
mod full;
mod images;
mod judge;
mod kill;
mod practice;
mod recorded;
mod served;
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crashfs::{Disk, Error};

use crate::figures::Figures;
use crate::images::Plan;
use crate::practice::Template;

/// Images of a disk that ignores syncs: they must show losses, or the harness is blind.
const SELF_CHECK: u64 = 100;

/// One in so many kills is of the server that people use, over TLS; the rest are of the store alone, and quicker.
const SERVER_SHARE: u64 = 4;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--victim", data, kek, seed] => match seed.parse() {
            Ok(seed) => kill::victim(data.as_ref(), kek.as_ref(), seed),
            Err(_) => Err(Error::Harness(format!("`{seed}` is not a seed"))),
        },
        args => Asked::read(args).and_then(|asked| all(&asked)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crash: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The command line.
struct Asked {
    cycles: u64,
    images: u64,
    seed: u64,
    out: Option<PathBuf>,
}

impl Asked {
    #[expect(
        clippy::disallowed_methods,
        reason = "a seed that nobody gave comes from the machine's clock, and is printed"
    )]
    fn read(args: &[&str]) -> Result<Self, Error> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seed = u64::try_from(since.as_micros()).unwrap_or(1);
        let mut asked = Self { cycles: 200, images: 10_000, seed, out: None };
        for pair in args.chunks(2) {
            let number =
                |value: &str| value.parse().map_err(|_| Error::Harness(format!("`{value}` is not a whole number")));
            match pair {
                ["--cycles", value] => asked.cycles = number(value)?,
                ["--images", value] => asked.images = number(value)?,
                ["--seed", value] => asked.seed = number(value)?,
                ["--out", value] => asked.out = Some(PathBuf::from(value)),
                other => {
                    let known = "give --cycles N, --images N, --seed N or --out FILE";
                    return Err(Error::Harness(format!("`{}` is not understood: {known}", other.join(" "))));
                }
            }
        }
        Ok(asked)
    }
}

fn all(asked: &Asked) -> Result<(), Error> {
    let seed = asked.seed;
    println!("seed {seed}");
    let template = Template::new(seed)?;
    let mut figures = Figures::default();
    if asked.images > 0 {
        let began = Instant::now();
        let lying = images::cut_power(&template, Plan { images: SELF_CHECK, disk: Disk::Lying, seed })?;
        println!("the harness on a disk that ignores syncs, which must fail: {:?}", lying.findings);
        figures.self_check(&lying.findings);
        let cut = images::cut_power(&template, Plan { images: asked.images, disk: Disk::Honest, seed })?;
        println!("{:.1} s: power cuts: {cut:?}", began.elapsed().as_secs_f64());
        figures.images(&cut);
        let began = Instant::now();
        let full = full::fill(&template, seed)?;
        println!("{:.1} s: full disks: {full:?}", began.elapsed().as_secs_f64());
        figures.full(&full);
    }
    if asked.cycles > 0 {
        let began = Instant::now();
        let of_server = asked.cycles.div_ceil(SERVER_SHARE);
        let killed = kill::kill(&template, asked.cycles - of_server, seed)?;
        println!("{:.1} s: kills: {killed:?}", began.elapsed().as_secs_f64());
        figures.kills(&killed);
        let began = Instant::now();
        let killed = match std::env::var_os("WELLKEPT_BIN") {
            Some(bin) => served::kill(bin.as_ref(), of_server, seed)?,
            None => served::Outcome::default(),
        };
        println!("{:.1} s: kills of the server: {killed:?}", began.elapsed().as_secs_f64());
        figures.servers(&killed, of_server);
    }
    if let Some(out) = &asked.out {
        std::fs::write(out, figures.json()).map_err(Error::at(out))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
