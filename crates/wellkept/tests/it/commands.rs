//! The commands as a shell calls them: exit codes, JSON, and a practice whose server runs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A small synthetic practice in a folder of its own.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        let made = place.run(&["demo", "--data", "data", "--patients", "3", "--json"]);
        assert_eq!(
            (made.status.code(), json(&made).get("practice").and_then(Value::as_str)),
            (Some(0), Some("practice"))
        );
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, keys: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wellkept"));
        command.current_dir(self.folder.path()).env("WELLKEPT_KEY_DIR", self.path(keys)).stdin(Stdio::null());
        command.env("HOME", self.folder.path()).env_remove("CREDENTIALS_DIRECTORY").env_remove("WELLKEPT_DATABASE_URL");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command("keys").args(args).output().unwrap()
    }

    fn code(&self, args: &[&str]) -> Option<i32> {
        self.run(args).status.code()
    }
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// A running server, killed when it is dropped.
struct Server(Child);

impl Server {
    fn start(place: &Place) -> Self {
        let args = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--json"];
        let mut command = place.command("keys");
        let mut child = command.args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("{\"address\":\"https://127.0.0.1:"), "{line}");
        Self(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
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

fn said(socket: &Path, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    // The server may hang up before it has read all.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line
}
