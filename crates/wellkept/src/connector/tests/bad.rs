//! Servers that are away, hang, talk nonsense, or are slow.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use app::delivery::Carrier as _;
use domain::delivery::Ended;

use super::super::Ways;
use super::{Sample, line};

const KEY: &str = "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA";

/// Sends to somebody who does this with the connection, and sees that it did not arrive and that we gave up in time.
fn check(with: impl FnOnce(std::net::TcpStream) + Send + 'static, expect: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || with(listener.accept().unwrap().0));
    let (sample, begun) = (Sample::new(1000), Instant::now());
    let ways = Ways { patience: Duration::from_secs(2) };
    let ended = ways.send(&line(port, KEY, ""), &sample.parcel(), &mut || panic!("it did not come so far"));
    assert!(matches!(&ended, Ok(Ended::NotArrived(words)) if words.contains(expect)), "{ended:?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn s_tec_11_a_partner_that_hangs_babbles_or_creeps_gets_nothing_and_holds_nobody_up() {
    check(drop, "cannot be reached");
    check(|mut stream| drop(stream.read_to_end(&mut Vec::new())), "longer than 2 s");
    let babble = |mut stream: std::net::TcpStream| {
        let _ = stream.write_all(&b"HTTP/1.1 400 Bad Request\r\n\r\n<html>no</html>\r\n".repeat(4000));
    };
    check(babble, "cannot be reached");
    let creep = |mut stream: std::net::TcpStream| {
        for byte in b"SSH-2.0-Slow_1.0\r\n".iter().cycle() {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(300));
        }
    };
    check(creep, "");
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ways = Ways { patience: Duration::from_secs(2) };
    assert!(ways.test(&line(gone, KEY, "")).unwrap_err().contains("cannot be reached"));
}
