//! The commands as a shell calls them: exit codes, JSON, and a practice whose server runs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A small synthetic practice in a folder of its own.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// No practice yet.
    pub(crate) fn bare() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn new() -> Self {
        let place = Self::bare();
        let made = place.run(&["demo", "--data", "data", "--patients", "3", "--json"]);
        assert_eq!(
            (made.status.code(), json(&made).get("practice").and_then(Value::as_str)),
            (Some(0), Some("practice"))
        );
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A name for a practice that no other test and no other run has: a server may outlive both.
    fn name(&self) -> String {
        format!("i{}", hex::encode(self.folder.path().file_name().unwrap().as_encoded_bytes()))
    }

    pub(crate) fn command(&self, keys: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wellkept"));
        command.current_dir(self.folder.path()).env("WELLKEPT_KEY_DIR", self.path(keys)).stdin(Stdio::null());
        command.env("HOME", self.folder.path()).env_remove("CREDENTIALS_DIRECTORY").env_remove("WELLKEPT_DATABASE_URL");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command("keys").args(args).output().unwrap()
    }

    pub(crate) fn code(&self, args: &[&str]) -> Option<i32> {
        self.run(args).status.code()
    }
}

pub(crate) fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// A running server, killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens, such as `https://127.0.0.1:40000/`.
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(place: &Place) -> Self {
        let server = Self::of(&mut place.command("keys"), &["serve", "--data", "data"]);
        assert!(server.address.starts_with("https://127.0.0.1:"), "{}", server.address);
        server
    }

    /// A command that serves on a port of its own and says where.
    pub(crate) fn of(command: &mut Command, args: &[&str]) -> Self {
        command.args(args).args(["--listen", "127.0.0.1:0", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        Self { child, address: said["address"].as_str().unwrap().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_command_says_by_its_exit_code_what_was_wrong() {
    let place = Place::new();
    std::fs::write(place.path("passphrase"), "six random words are good here\n").unwrap();
    std::fs::set_permissions(place.path("passphrase"), std::fs::Permissions::from_mode(0o600)).unwrap();
    for (args, code) in [
        (&["verify", "data"][..], 0),
        (&["config", "show", "--data", "data", "--origin"], 0),
        (&["user", "code", "--data", "data", "bea"], 0),
        (&["doctor", "--data", "data"], 1),
        (&["verify", "nowhere"], 2),
        (&["doctor", "--data", "nowhere"], 2),
        (&["export", "audit", "--data", "nowhere", "--out", "pack"], 2),
        (&["export", "audit", "--data", "data", "--out", "keys"], 2),
        (&["demo", "--data", "data"], 2),
        (&["init", "--data", "real"], 2),
        (&["init", "--data", "data", "--passphrase-file", "passphrase"], 2),
        (&["user", "add", "--data", "data", "zoe", "--name", "Zoe", "--role", "boss"], 2),
        (&["config", "show", "--data", "data", "--config", "nowhere"], 2),
        (&["init", "--data", "real", "--passphrase-file", "nowhere"], 3),
        (&["demo", "--data", "inside", "--key-dir", "inside/keys", "--patients", "1"], 3),
    ] {
        assert_eq!(place.code(args), Some(code), "{args:?}");
    }
    assert!(
        !place.path("real/practice").exists() && !place.path("inside/practice").exists(),
        "half a practice is left"
    );
    // What was refused above has not touched the practice that is there.
    assert_eq!(place.code(&["verify", "data"]), Some(0));
    let wrong = place.command("other").args(["verify", "data", "--json"]).output().unwrap();
    assert_eq!((wrong.status.code(), wrong.stdout.len()), (Some(3), 0), "another key, or none");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("--key-dir"));
}

#[test]
fn a_running_server_does_what_commands_ask() {
    let place = Place::new();
    let server = Server::start(&place);
    let socket = place.path("data/wellkept.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    // No key is needed: the server has it.
    let ask = |args: &[&str]| place.command("none").args(args).output().unwrap();
    let doctor = json(&ask(&["doctor", "--data", "data", "--json"]));
    let verdict = |id: &str| {
        let all = doctor.as_array().unwrap().iter();
        all.filter(|c| c["probe"] == id).map(|c| c["verdict"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (verdict("V-08"), verdict("V-09"), verdict("V-13")),
        (vec!["fail".into()], vec!["pass".into()], vec!["pass".into()])
    );
    let exported = ask(&["export", "audit", "--data", "data", "--out", "pack", "--json"]);
    assert_eq!(json(&exported)["out"], place.path("pack").to_str().unwrap());
    let (of_data, of_pack) = (json(&ask(&["verify", "data", "--json"])), json(&ask(&["verify", "pack", "--json"])));
    assert_eq!(
        (&of_data["ok"], &of_pack["ok"], &of_data["vkey"]),
        (&Value::Bool(true), &Value::Bool(true), &of_pack["vkey"])
    );
    assert!(
        of_pack["entries"].as_u64() < of_data["entries"].as_u64(),
        "the end of the export is an event after the pack"
    );
    let other = "other.test+00000000+AQ==";
    assert_eq!(ask(&["verify", "data", "--vkey", other]).status.code(), Some(1));
    let made = ask(&["user", "add", "--data", "data", "zoe.b", "--name", "Zoe B", "--role", "biller", "--json"]);
    assert!(json(&made)["password"].as_str().unwrap().len() > 20);
    assert!(json(&ask(&["user", "list", "--data", "data", "--json"])).to_string().contains("zoe.b"));
    assert_eq!(ask(&["doctor", "--data", "data", "--practice", "other"]).status.code(), Some(2));
    assert_eq!(place.code(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]), Some(3), "the lock is taken");
    // What is no request gets an answer and harms nobody; what never ends is cut off.
    assert!(said(&socket, b"{}\n").contains("does not understand"));
    assert!(said(&socket, &vec![b'x'; 70_000]).contains("does not understand"));
    drop(server);
    assert!(socket.exists(), "a killed server leaves its socket");
    assert_eq!(place.code(&["verify", "data"]), Some(0), "and nobody minds");
    drop(Server::start(&place));
}

#[test]
fn leaked_passwords_are_taken_with_a_server_and_without() {
    let place = Place::new();
    let hash = |n: u8| format!("{}:{n}\r\n", hex::encode_upper([n; 20]));
    std::fs::write(place.path("good.txt"), format!("{}{}", hash(1), hash(2))).unwrap();
    std::fs::write(place.path("bad.txt"), format!("{}monkey\n{}", hash(3), hash(1))).unwrap();
    let import = |file: &str| place.run(&["passwords", "import", "--data", "data", file, "--json"]);
    let seen = || {
        let report = json(&place.run(&["doctor", "--data", "data", "--json"]));
        report[0]["observed"]["leaked_passwords"].as_str().unwrap().to_owned()
    };
    assert_eq!(import("nowhere.txt").status.code(), Some(2));
    let bad = import("bad.txt");
    assert_eq!((bad.status.code(), json(&bad)["faults"].as_array().map(Vec::len)), (Some(1), Some(2)));
    assert!(json(&bad)["faults"][0].as_str().unwrap().starts_with("line 2 "), "{}", json(&bad));
    let _server = Server::start(&place);
    assert!(seen().starts_with("no list"), "{}", seen());
    let good = import("good.txt");
    assert_eq!((good.status.code(), json(&good)["passwords"].as_u64()), (Some(0), Some(2)));
    assert!(seen().starts_with("2 are refused"), "{}", seen());
}

/// Flips a bit in each page of the database behind the first ten.
fn damage(place: &Place) {
    let path = place.path("data/practice/practice.db");
    let file = std::fs::File::options().read(true).write(true).open(&path).unwrap();
    for page in 10..file.metadata().unwrap().len() / 4096 {
        let mut byte = [0];
        file.read_exact_at(&mut byte, page * 4096 + 100).unwrap();
        file.write_all_at(&[byte[0] ^ 1], page * 4096 + 100).unwrap();
    }
}

#[test]
fn a_damaged_directory_is_reported_with_a_server_and_without() {
    let place = Place::new();
    let server = Server::start(&place);
    damage(&place);
    let asked = place.run(&["verify", "data", "--json"]);
    drop(server);
    for report in [asked, place.run(&["verify", "data", "--json"])] {
        assert_eq!((report.status.code(), &json(&report)["ok"]), (Some(1), &Value::Bool(false)));
        assert!(json(&report)["faults"].to_string().contains("damaged"), "{}", json(&report));
    }
}

/// A practice of its own, on PostgreSQL when there is an address.
fn init(place: &Place, url: Option<&str>, passphrase: &str) -> Command {
    let file = place.path(&format!("passphrase-{}", passphrase.len()));
    std::fs::write(&file, passphrase).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut command = place.command("keys");
    command.args(["init", "--data", "real", "--practice", &place.name()]);
    command.arg("--passphrase-file").arg(file).stdout(Stdio::null()).stderr(Stdio::piped());
    command.args(url.map(|url| ["--database-url", url]).iter().flatten());
    command
}

#[test]
fn a_practice_that_could_not_be_made_leaves_nothing_in_the_way_of_the_next() {
    let Ok(url) = std::env::var("WELLKEPT_TEST_PG") else {
        println!("PostgreSQL not run: WELLKEPT_TEST_PG is not set");
        return;
    };
    let place = Place { folder: tempfile::tempdir().unwrap() };
    let good = "six random words are good here";
    let short = init(&place, Some(&url), "too short").output().unwrap();
    assert_eq!(short.status.code(), Some(3), "{}", String::from_utf8_lossy(&short.stderr));
    let password = place.path(&format!("keys/{}.pg", place.name()));
    // The role and the schema are made by then, and the folder of keys takes no password.
    std::fs::create_dir_all(&password).unwrap();
    let late = init(&place, Some(&url), good).output().unwrap();
    assert_eq!(late.status.code(), Some(3), "{}", String::from_utf8_lossy(&late.stderr));
    std::fs::remove_dir(&password).unwrap();
    let made = init(&place, Some(&url), good).output().unwrap();
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
}

#[test]
fn of_several_who_make_a_practice_at_once_one_does() {
    let place = Place { folder: tempfile::tempdir().unwrap() };
    let good = "six random words are good here";
    let all: Vec<Child> = (0..4).map(|_| init(&place, None, good).spawn().unwrap()).collect();
    let codes: Vec<_> = all.into_iter().map(|child| child.wait_with_output().unwrap().status.code()).collect();
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    assert_eq!(place.code(&["verify", "real"]), Some(0), "what the one made is whole");
}

fn said(socket: &Path, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    // The server may hang up before it has read all.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line
}

const ISA: &str =
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *261006*0800*^*00501*000000001*0*T*:~\n";
const PAID: &str = "GS*HP*P1*C1*20261006*0800*1*X*005010X221A1~\nST*835*0001~\nBPR*I*12.5*C*CHK************20261006~\nTRN*1*7*1999999999~\n\
N1*PR*PLAN~\nN3*1 ELM ST~\nN4*ALBANY*NY*12207~\nPER*BL*DESK*TE*5185550100~\nN1*PE*CLINIC*XX*1336502020~\nLX*1~\n\
CLP*C1*1*12.5*12.5**12*X1~\nNM1*QC*1*ELM*ANA~\nSVC*HC:G0463*12.5*12.5~\nDTM*472*20260930~\nSE*14*0001~\nGE*1*1~\nIEA*1*000000001~\n";

#[test]
fn x12_says_what_a_file_holds_and_where_it_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let good = format!("{ISA}{PAID}");
    for (name, text) in [
        ("good", good.clone()),
        ("bad", good.replace("20260930", "20260931")),
        ("unjudged", good.replace("005010X221A1", "006020X999")),
        ("note", "Dear colleagues".to_owned()),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wellkept"));
        let output = command.current_dir(folder.path()).arg("x12").args(args).stdin(Stdio::null()).output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let objects: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (output.status.code(), objects)
    };
    let (code, said) = run(&["stats", "--json", "good"]);
    let expect = serde_json::json!({
        "file": "good", "segments": 18, "interchanges": 1, "groups": 1, "transactions": {"835": 1}, "claims": 1,
        "payments_cents": 1250, "faults": 0,
    });
    assert_eq!((code, said), (Some(0), vec![expect]));
    let (code, said) = run(&["validate", "--json", "good", "bad"]);
    let (good, bad) = (&said[0], &said[1]);
    assert_eq!(
        (code, &good["valid"], &good["faults"], &bad["valid"]),
        (Some(1), &true.into(), &Value::Array(vec![]), &false.into())
    );
    let fault = &bad["faults"][0];
    let byte = std::fs::read_to_string(folder.path().join("bad")).unwrap().find("DTM*472").unwrap();
    assert_eq!((&fault["segment"], &fault["line"], &fault["byte"]), (&15.into(), &15.into(), &byte.into()));
    assert_eq!((&fault["element"], &fault["code"]), (&2.into(), &"bad-date".into()));
    let (code, said) = run(&["validate", "--json", "unjudged"]);
    assert_eq!(
        (code, &said[0]["valid"], &said[0]["warnings"][0]["code"]),
        (Some(0), &true.into(), &"guide-unknown".into())
    );
    for (args, expect) in [
        (&["stats", "note"][..], 2),
        (&["validate", "--json", "note", "good"], 2),
        (&["validate", "--json", "nowhere"], 2),
        (&["validate"], 2),
        (&["stats", "bad"], 0),
    ] {
        let code =
            Command::new(env!("CARGO_BIN_EXE_wellkept")).current_dir(folder.path()).arg("x12").args(args).output();
        assert_eq!(code.unwrap().status.code(), Some(expect), "{args:?}");
    }
}
