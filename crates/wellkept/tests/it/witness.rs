//! A witness on somebody else's machine, and a practice whose data is put back to what it was.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use store::audit::LogKey;
use tlog::proof::{consistency, root_at};
use tlog::witness::Submission;
use tlog::{Checkpoint, Edge, Error, Hash, Note, Signer as _, Tiles, VerifierKey, leaf_hash};

use crate::commands::{Place, Server, json};

const INIT: [&str; 7] = ["witness", "init", "--dir", "witness", "--name", "accountant.test/w1", "--json"];

fn witness(place: &Place) -> Server {
    Server::of(&mut place.command("keys-of-the-accountant"), &["witness", "serve", "--dir", "witness"])
}

/// What the witness remembers of each log that it knows: the sizes, oldest acquaintance first.
fn sizes(place: &Place) -> Vec<u64> {
    let shown = json(&place.run(&["witness", "show", "--dir", "witness", "--json"]));
    shown["logs"].as_array().unwrap().iter().map(|log| log["size"].as_u64().unwrap()).collect()
}

/// Waits until the witness has seen this log beyond a size.
fn seen_beyond(place: &Place, log: usize, size: u64) -> u64 {
    let patience = Instant::now() + Duration::from_mins(1);
    loop {
        let now = sizes(place)[log];
        if now > size || Instant::now() > patience {
            assert!(now > size, "the witness stays at {now}");
            return now;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, target) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy_folder(&entry.path(), &target);
        } else if kind.is_file() {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Stops the server without warning, so that only the schedule has shown its log to anybody.
fn killed(server: Server) {
    drop(server);
}

#[test]
fn s_tec_13_yesterdays_copy_put_back_is_recognised() {
    let place = Place::new();
    let key = json(&place.command("keys-of-the-accountant").args(INIT).output().unwrap());
    let log = json(&place.run(&["verify", "data", "--json"]))["vkey"].as_str().unwrap().to_owned();
    assert_eq!(place.code(&["witness", "add", "--dir", "witness", &log]), Some(0));
    let accountant = witness(&place);
    fs::create_dir(place.path("stick")).unwrap();
    let config = format!(
        "witness_seconds = 1\n[[witness]]\nname = \"accountant\"\nkey = {}\nurl = \"{}\"\n[[witness]]\nname = \"stick\"\nfolder = {:?}\n",
        key["vkey"],
        accountant.address,
        place.path("stick")
    );
    fs::write(place.path("data/wellkept.toml"), config).unwrap();
    let server = Server::start(&place);
    let yesterday = seen_beyond(&place, 0, 0);
    killed(server);
    copy_folder(&place.path("data"), &place.path("copy"));
    let server = Server::start(&place);
    let add = ["user", "add", "--data", "data", "zoe.b", "--name", "Zoe B", "--role", "biller"];
    assert_eq!(place.code(&add), Some(0));
    seen_beyond(&place, 0, yesterday);
    killed(server);
    assert_eq!(place.code(&["verify", "data"]), Some(0), "so far it is the same log");
    fs::remove_dir_all(place.path("data")).unwrap();
    fs::rename(place.path("copy"), place.path("data")).unwrap();
    // All three say so, and the server does not start.
    let refused = place.run(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{words}");
    for who in ["the record beside the key: ", "stick: ", "accountant: ", "accept-restore --data"] {
        assert!(words.contains(who), "{who} is not in {words}");
    }
    let report = place.run(&["verify", "data", "--json"]);
    assert_eq!((report.status.code(), json(&report)["faults"].as_array().unwrap().len()), (Some(1), 3));
    let doctor = json(&place.run(&["doctor", "--data", "data", "--json"]));
    let v13 = doctor.as_array().unwrap().iter().find(|check| check["probe"] == "V-13").unwrap().clone();
    assert_eq!(
        (&v13["verdict"], v13["said"].as_str().unwrap().contains("seen elsewhere")),
        (&"fail".into(), true),
        "{v13}"
    );
    // Nobody goes on without a reason, and the one who does is in the log.
    assert_eq!(place.code(&["audit", "accept-restore", "--data", "data"]), Some(2));
    assert_eq!(place.code(&["audit", "accept-restore", "--data", "data", "--reason", "why"]), Some(3));
    let reason = "the disk of Tuesday died, Dana put Monday's copy back";
    let accepted = json(&place.run(&["audit", "accept-restore", "--data", "data", "--reason", reason, "--json"]));
    let renamed = accepted["vkey"].as_str().unwrap();
    assert!(renamed.contains("/r2+") && accepted["against"].as_array().unwrap().len() == 3, "{accepted}");
    let server = Server::start(&place);
    assert_eq!(place.code(&["witness", "add", "--dir", "witness", renamed]), Some(0));
    seen_beyond(&place, 1, yesterday);
    let report = json(&place.run(&["verify", "data", "--json"]));
    assert_eq!((&report["ok"], &report["agree"], &report["vkey"]), (&true.into(), &3.into(), &accepted["vkey"]));
    killed(server);
    // A witness that does not answer stops nobody.
    killed(accountant);
    let server = Server::start(&place);
    let report = json(&place.run(&["verify", "data", "--json"]));
    let unasked = report["unasked"].as_array().unwrap();
    assert!(report["ok"] == true && unasked.len() == 1 && unasked[0].to_string().contains("accountant"), "{report}");
    drop(server);
}

/// A log that anybody could have: its tiles in memory, and its key.
struct Branch(std::collections::BTreeMap<(u8, u64), Vec<Hash>>);

impl Branch {
    fn new(of: u8, shared: u64, size: u64) -> Self {
        let (mut edge, mut tiles) = (Edge::new(), std::collections::BTreeMap::new());
        for n in 0..size {
            edge.push(leaf_hash(&[if n < shared { 0 } else { of }, u8::try_from(n).unwrap()]));
        }
        tiles.extend(edge.changed().map(|(level, index, hashes)| ((level, index), hashes.to_vec())));
        Self(tiles)
    }
}

impl Tiles for Branch {
    type Error = Error;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Error> {
        Ok(self.0.get(&(level, index)).cloned())
    }
}

/// Posts and reads all of the answer: status and body. `None` when the witness went away in between.
fn post(address: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address.strip_prefix("http://")?).ok()?;
    let length = body.len();
    let head =
        format!("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let whole = head.to_lowercase().lines().any(|line| line == format!("content-length: {}", body.len()));
    let status = head.split(' ').nth(1)?.parse().ok()?;
    whole.then(|| (status, body.to_owned()))
}

const SHARED: u64 = 5;
const SIZE: u64 = 60;

/// Pushes one branch into the witness as fast as it goes, until the witness is gone or the branch is through or refused.
fn push(address: &str, key: &LogKey, name: &str, branch: &Branch, cosigned: &Mutex<Vec<Checkpoint>>) {
    let mut old = 0;
    for size in 1..=SIZE {
        for _ in 0..3 {
            let text = Checkpoint::new(name, size, root_at(branch, size).unwrap()).to_string();
            let checkpoint = Note::sign(text.clone(), name, key).unwrap();
            let proof = consistency(branch, old.min(size), size).unwrap();
            let body = Submission { old: old.min(size), proof, checkpoint }.to_string();
            match post(address, &body) {
                None => return,
                Some((200, line)) => {
                    assert!(line.starts_with("\u{2014} accountant.test/w1 "), "{line}");
                    cosigned.lock().unwrap().push(text.parse().unwrap());
                    old = size;
                    break;
                }
                Some((409, held)) => match held.trim().parse() {
                    Ok(held) => old = held,
                    Err(_) => break,
                },
                Some((status, _)) => assert_eq!(status, 422),
            }
        }
    }
}

#[test]
fn s_tec_13_a_witness_that_is_killed_never_vouches_for_two_histories() {
    let place = Place::bare();
    assert_eq!(place.command("keys-of-the-accountant").args(INIT).status().unwrap().code(), Some(0));
    let branches = [Branch::new(1, SHARED, SIZE), Branch::new(2, SHARED, SIZE)];
    let mut decided = 0;
    for log in 0..8_u8 {
        let key = LogKey::from_seed(&store::keys::Key::new([log; 32])).unwrap();
        let name = format!("practice-{log}.test/audit");
        let vkey = VerifierKey::new(name.clone(), key.public_key()).unwrap().to_string();
        assert_eq!(place.code(&["witness", "add", "--dir", "witness", &vkey]), Some(0));
        let cosigned = Mutex::new(Vec::new());
        for life in 0..3_u64 {
            let mut running = Some(witness(&place));
            let address = running.as_ref().unwrap().address.clone();
            std::thread::scope(|scope| {
                for branch in &branches {
                    let (address, key, name, cosigned) = (&address, &key, &name, &cosigned);
                    scope.spawn(move || push(address, key, name, branch, cosigned));
                }
                // At another moment each time; the last life ends when both are through.
                if life < 2 {
                    std::thread::sleep(Duration::from_millis(u64::from(log) * 5 + life * 3));
                    drop(running.take());
                }
            });
            let largest = cosigned.lock().unwrap().iter().map(|c| c.size).max().unwrap_or(0);
            assert!(*sizes(&place).last().unwrap() >= largest, "it was cosigned before it was kept");
        }
        let cosigned = cosigned.into_inner().unwrap();
        let fits = |branch: &Branch| cosigned.iter().all(|c| root_at(branch, c.size).unwrap() == c.root);
        assert!(branches.iter().any(fits), "two histories of one log were cosigned");
        decided += u8::from(cosigned.iter().any(|c| c.size > SHARED));
    }
    assert_eq!(decided, 8, "each log came past the point where it forks");
}

#[test]
fn s_tec_13_a_witness_that_forgot_does_not_go_on() {
    let place = Place::bare();
    let init = |name: &str, keys: &str| {
        let args = ["witness", "init", "--dir", "witness", "--name", name];
        place.command(keys).args(args).status().unwrap().code()
    };
    assert_eq!(init("accountant.test/w1", "witness/keys"), Some(2), "its key may not lie in its folder");
    assert_eq!(init("two words", "keys"), Some(2));
    assert_eq!(init("accountant.test/w1", "keys"), Some(0));
    assert_eq!(init("accountant.test/w2", "keys"), Some(2), "there is one already");
    let serve = |keys: &str| {
        let mut command = place.command(keys);
        let args = ["witness", "serve", "--dir", "witness", "--listen", "127.0.0.1:99999"];
        command.args(args).output().unwrap()
    };
    assert_eq!(serve("keys").status.code(), Some(2), "no such port");
    let key = |seed| LogKey::from_seed(&store::keys::Key::new([seed; 32])).unwrap().public_key();
    let add = |seed, name: &str| {
        let vkey = VerifierKey::new(name, key(seed)).unwrap().to_string();
        place.code(&["witness", "add", "--dir", "witness", &vkey])
    };
    assert_eq!((add(1, "a.test/audit"), add(1, "a.test/audit"), add(2, "a.test/audit")), (Some(0), Some(0), Some(2)));
    let state = fs::read_dir(place.path("witness/state")).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(&state).unwrap();
    let mut command = place.command("keys");
    let stopped = command.args(["witness", "serve", "--dir", "witness", "--listen", "127.0.0.1:0"]).output().unwrap();
    let words = String::from_utf8_lossy(&stopped.stderr);
    assert!(stopped.status.code() == Some(3) && words.contains("might vouch for another history"), "{words}");
}
