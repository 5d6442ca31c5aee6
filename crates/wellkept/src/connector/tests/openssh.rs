//! Debian's own OpenSSH server, with a configuration and keys of the test's own, on loopback.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use app::delivery::{Carrier as _, Line, Outbound, Parcel};
use domain::delivery::{DeliveryState, Ended};
use testkit::{On, Practice};

use super::{Dying, Sample, line, ways};

const SSHD: &str = "/usr/sbin/sshd";
const INSTALL: &str = "sudo apt-get update && sudo apt-get install --yes --no-install-recommends openssh-server";

/// A running server. It takes the keys in a file of its own, gives nothing but SFTP, and ends with the test.
struct Server {
    port: u16,
    host_key: String,
    /// Where the account's files are.
    root: tempfile::TempDir,
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(our_key: &str) -> Self {
        assert!(Path::new(SSHD).is_file(), "the tests need OpenSSH's server; install it with one line: {INSTALL}");
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir(at("in")).unwrap();
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(at("host")).status();
        assert!(made.unwrap().success());
        fs::write(at("authorized"), format!("{our_key}\n")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let shown = |path: PathBuf| path.display().to_string();
        let config = [
            format!("Port {port}"),
            "ListenAddress 127.0.0.1".to_owned(),
            format!("HostKey {}", shown(at("host"))),
            format!("AuthorizedKeysFile {}", shown(at("authorized"))),
            format!("PidFile {}", shown(at("pid"))),
            "AuthenticationMethods publickey".to_owned(),
            "PermitRootLogin yes".to_owned(),
            "UsePAM no".to_owned(),
            "StrictModes no".to_owned(),
            "AllowTcpForwarding no".to_owned(),
            format!("ForceCommand internal-sftp -d {}", shown(root.path().to_path_buf())),
            "Subsystem sftp internal-sftp".to_owned(),
        ];
        fs::write(at("config"), config.join("\n")).unwrap();
        // As root it wants this directory, which the package's own service would make.
        let _ = fs::create_dir_all("/run/sshd");
        let log = fs::File::create(at("log")).unwrap();
        let mut command = Command::new(SSHD);
        let command = command.arg("-D").arg("-e").arg("-f").arg(at("config")).stdin(Stdio::null());
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let host_key = fs::read_to_string(at("host.pub")).unwrap();
        let server = Self { port, host_key, root, child };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return server;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("the server did not start: {}", fs::read_to_string(server.root.path().join("log")).unwrap());
    }

    /// For a line with the test's key.
    fn known() -> Self {
        Self::start(&public(&[7; 32]))
    }

    fn line(&self) -> Line {
        line(self.port, &self.host_key, "in")
    }

    /// The names in the folder, unfinished ones too.
    fn names(&self) -> Vec<String> {
        let all = fs::read_dir(self.root.path().join("in")).unwrap();
        let mut names: Vec<String> = all.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.path().join("in").join(name)
    }
}

/// The line of the key with this seed.
fn public(seed: &[u8; 32]) -> String {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).unwrap();
    domain::connector::openssh_line(&pair.public_key().as_ref().try_into().unwrap(), "test")
}

#[test]
fn s_tec_11_a_file_arrives_whole_under_its_name_and_once() {
    let (server, sample, ways) = (Server::known(), Sample::new(700_000), ways());
    let line = server.line();
    assert!(ways.test(&line).unwrap().contains("has the folder"));
    assert!(server.names().is_empty(), "a test sends nothing");
    let mut asked = 0;
    let ended = ways.send(&line, &sample.parcel(), &mut || {
        asked += 1;
        assert_eq!(server.names(), [format!(".{}.part", sample.parcel().name)], "whole, and not under its name");
        true
    });
    assert!(matches!(&ended, Ok(Ended::Delivered(words)) if words.contains("700000 bytes")), "{ended:?}");
    assert_eq!((asked, server.names()), (1, vec![sample.parcel().name.to_owned()]));
    assert_eq!(fs::read(server.file(sample.parcel().name)).unwrap(), sample.bytes);
    // A copy of the practice that was put back sends it again: it is there, so nothing is sent.
    let again = ways.send(&line, &sample.parcel(), &mut || panic!("nothing to commit"));
    assert!(matches!(&again, Ok(Ended::Delivered(words)) if words.contains("was there already")), "{again:?}");
    let other = Sample::new(700_001);
    let ended = ways.send(&line, &other.parcel(), &mut || panic!("nothing to commit"));
    assert!(matches!(&ended, Ok(Ended::Refused(words)) if words.contains("another file")), "{ended:?}");
    assert_eq!(fs::read(server.file(sample.parcel().name)).unwrap(), sample.bytes, "as it was");
}

#[test]
fn s_tec_11_a_server_with_another_host_key_gets_nothing() {
    let (server, sample) = (Server::known(), Sample::new(1000));
    let line = line(server.port, "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA", "in");
    let ended = ways().send(&line, &sample.parcel(), &mut || panic!("nothing to commit"));
    let real = domain::connector::HostKey::parse(&server.host_key).unwrap();
    assert!(matches!(&ended, Ok(Ended::Refused(words)) if words.contains(real.as_str())), "{ended:?}");
    assert!(ways().test(&line).unwrap_err().contains("not the one on record"));
    assert!(server.names().is_empty());
    // It did not even learn which key we have.
    let log = fs::read_to_string(server.root.path().join("log")).unwrap();
    assert!(!log.contains("ED25519 SHA256"), "{log}");
}

#[test]
fn s_tec_11_what_the_server_does_not_let_us_do_is_said_and_leaves_nothing() {
    let stranger = Server::start(&public(&[8; 32]));
    let sample = Sample::new(1000);
    let ended = ways().send(&stranger.line(), &sample.parcel(), &mut || panic!("nothing to commit"));
    assert!(matches!(&ended, Ok(Ended::NotArrived(words)) if words.contains("does not take our key")), "{ended:?}");
    let server = Server::known();
    let elsewhere = line(server.port, &server.host_key, "no/such/folder");
    let ended = ways().send(&elsewhere, &sample.parcel(), &mut || panic!("nothing to commit"));
    assert!(matches!(&ended, Ok(Ended::Refused(words)) if words.contains("into the folder")), "{ended:?}");
    assert!(ways().test(&elsewhere).unwrap_err().contains("cannot be opened"));
    let ended = ways().send(&server.line(), &sample.parcel(), &mut || false);
    assert!(
        matches!(&ended, Ok(Ended::NotArrived(words)) if words.contains("could not be put on record")),
        "{ended:?}"
    );
    assert!(!server.names().contains(&sample.parcel().name.to_owned()), "not under its name");
}

#[test]
fn s_tec_12_after_a_break_the_folder_tells_what_became_of_the_file() {
    let (server, sample, ways) = (Server::known(), Sample::new(1000), ways());
    let (line, name) = (server.line(), sample.parcel().name.to_owned());
    let look = || ways.look(&line, &Parcel { bytes: &[], ..sample.parcel() });
    assert!(matches!(look(), Ok(Ended::Unsure(words)) if words.contains("the partner took it, or never got it")));
    fs::write(server.file(&format!(".{name}.part")), &sample.bytes).unwrap();
    assert!(matches!(look(), Ok(Ended::NotArrived(_))));
    fs::rename(server.file(&format!(".{name}.part")), server.file(&name)).unwrap();
    assert!(matches!(look(), Ok(Ended::Delivered(_))));
    let mut other = sample.bytes.clone();
    other[500] ^= 1;
    fs::write(server.file(&name), &other).unwrap();
    assert!(matches!(look(), Ok(Ended::Unsure(words)) if words.contains("another file")), "a byte differs");
    drop(server);
    assert!(look().unwrap_err().contains("cannot be reached"), "nobody to ask is no answer");
}

#[test]
fn s_tec_12_a_released_batch_travels_to_a_real_server_once_though_the_process_ends_on_the_way() {
    let practice = Practice::reaching(On::Sqlite, Outbound::new(Dying::new(ways(), true).0));
    let batch = practice.open_batch();
    // The practice makes its key; the partner takes the line from its page.
    let stranger = Server::start(&public(&[8; 32]));
    let user = line(1, &stranger.host_key, "in").way.place().split_once('@').unwrap().0.to_owned();
    let form = |server: &Server| {
        let (port, key) = (server.port.to_string(), server.host_key.clone());
        [
            ("host", "127.0.0.1".to_owned()),
            ("port", port),
            ("user", user.clone()),
            ("host_key", key),
            ("folder", "in".to_owned()),
        ]
    };
    let owned = form(&stranger);
    let typed: Vec<(&str, &str)> = owned.iter().map(|(name, value)| (*name, value.as_str())).collect();
    practice.connect(&batch.partner, &typed);
    let connector = |tx: &mut store::Tx| store::connector::of(tx, &batch.partner);
    let ours = practice.app.store.read("connector", connector).unwrap().unwrap().value.our_key;
    fs::write(stranger.root.path().join("authorized"), format!("{ours}\n")).unwrap();
    practice.release(&batch.id);
    let ran = catch_unwind(AssertUnwindSafe(|| practice.app.deliver_due().unwrap()));
    assert!(ran.is_err(), "the process ended");
    let delivery = practice.delivery(&batch.id);
    assert!(delivery.state == DeliveryState::Sending && delivery.may_be_there());
    let arrived = fs::metadata(stranger.file(&delivery.name)).unwrap().modified().unwrap();
    assert_eq!(practice.app.deliver_due().unwrap(), 1);
    let delivery = practice.delivery(&batch.id);
    assert_eq!((delivery.state, delivery.attempts.len()), (DeliveryState::Delivered, 1));
    assert_eq!(stranger.names(), std::slice::from_ref(&delivery.name));
    assert_eq!(fs::metadata(stranger.file(&delivery.name)).unwrap().modified().unwrap(), arrived, "not written again");
    let kept = Sample { bytes: fs::read(stranger.file(&delivery.name)).unwrap(), digest: String::new() };
    assert!(kept.bytes.starts_with(b"ISA") && u64::try_from(kept.bytes.len()).unwrap() == delivery.size);
}
