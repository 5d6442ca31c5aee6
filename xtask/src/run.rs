//! `cargo xtask run`: from a fresh clone to a practice that one can sign in to.

use std::path::Path;

use crate::build;
use crate::cmd;
use crate::error::{Error, Result};

/// Flags that both `demo` and `serve` must be told, or the server would not find the practice's keys.
const SHARED: &[&str] = &["--data", "--key-dir", "--config"];
/// Flags that only the making of the practice takes.
const DEMO: &[&str] = &["--seed", "--patients"];

/// How the arguments divide.
#[derive(Debug, Default, PartialEq, Eq)]
struct Split {
    data: String,
    demo: Vec<String>,
    serve: Vec<String>,
}

/// Builds, makes the demo practice if there is none, and becomes the server.
pub(crate) fn main(args: &[String]) -> Result<()> {
    let split = split(args)?;
    let binary = build::build(false)?;
    if is_empty(&cmd::root().join(&split.data)) {
        cmd::run(cmd::command(&binary).arg("demo").args(&split.demo))?;
    }
    Err(cmd::exec(cmd::command(&binary).arg("serve").args(&split.serve)))
}

/// A directory that is not there, or has nothing in it, holds no practice to keep.
fn is_empty(dir: &Path) -> bool {
    std::fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none())
}

fn split(args: &[String]) -> Result<Split> {
    let mut split = Split { data: "demo-data".to_owned(), ..Split::default() };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        if arg == "--" {
            continue;
        }
        let (flag, inline) = arg.split_once('=').map_or((arg.as_str(), None), |(flag, value)| (flag, Some(value)));
        if !SHARED.contains(&flag) && !DEMO.contains(&flag) {
            split.serve.push(arg.clone());
            continue;
        }
        let Some(value) = inline.or_else(|| rest.next().map(String::as_str)) else {
            return Err(Error::Usage(format!("`{flag}` needs a value")));
        };
        let pair = [flag.to_owned(), value.to_owned()];
        if flag == "--data" {
            value.clone_into(&mut split.data);
            continue;
        }
        split.demo.extend(pair.clone());
        if SHARED.contains(&flag) {
            split.serve.extend(pair);
        }
    }
    let data = ["--data".to_owned(), split.data.clone()];
    split.demo.extend(data.clone());
    split.serve.extend(data);
    if !split.demo.iter().any(|arg| arg == "--seed") {
        split.demo.extend(["--seed".to_owned(), "1".to_owned()]);
    }
    Ok(split)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(args: &str, data: &str, demo: &str, serve: &str) {
        let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        let split = split(&args).unwrap();
        assert_eq!(
            (split.data.as_str(), split.demo.join(" ").as_str(), split.serve.join(" ").as_str()),
            (data, demo, serve)
        );
    }

    #[test]
    fn keys_go_to_both_commands_and_the_rest_to_the_server() {
        check("", "demo-data", "--data demo-data --seed 1", "--data demo-data");
        check(
            "--key-dir k --listen 127.0.0.1:9 --seed=7",
            "demo-data",
            "--key-dir k --seed 7 --data demo-data",
            "--key-dir k --listen 127.0.0.1:9 --data demo-data",
        );
        check("-- --data=d --json", "d", "--data d --seed 1", "--json --data d");
    }

    #[test]
    fn a_flag_without_its_value_is_refused() {
        assert!(split(&["--data".to_owned()]).is_err());
    }
}
