use super::*;

fn site() -> Site {
    Site::parse("https://northside.example:8443").unwrap()
}

/// Authenticator data with these flags, a counter of 7 and `rest` behind it.
fn data(host: &str, flags: u8, rest: &[u8]) -> Vec<u8> {
    [Sha256::digest(host.as_bytes()).as_slice(), &[flags], &[0, 0, 0, 7], rest].concat()
}

/// A new credential: no model, an id of four bytes, and this key.
fn made(key: &[u8]) -> Vec<u8> {
    let credential = [&[0; 16][..], &[0, 4, 1, 2, 3, 4], key].concat();
    data("northside.example", PRESENT | VERIFIED | MADE, &credential)
}

/// A P-256 key as CBOR: `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`.
fn es256() -> Vec<u8> {
    [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20][..], &[9; 32], &[0x22, 0x58, 0x20], &[8; 32]].concat()
}

fn fault(bytes: &[u8]) -> Option<PasskeyFault> {
    read_authenticator_data(bytes, &site()).err()
}

#[test]
fn a_site_has_a_name_and_no_address_of_numbers() {
    for (origin, host) in [
        ("https://northside.example", Some("northside.example")),
        ("https://localhost:8443", Some("localhost")),
        ("https://127.0.0.1:8443", None),
        ("https://[::1]:8443", None),
        ("http://northside.example", None),
        ("https://northside.example:443", None),
        ("https://northside.example/", None),
        ("https://Northside.example", None),
        ("https://a..b", None),
        ("https://a:0", None),
    ] {
        assert_eq!(Site::parse(origin).map(|site| site.host).as_deref(), host, "{origin}");
    }
}

#[test]
fn a_browser_says_what_was_asked_and_where() {
    let read = |kind: &str, origin: &str, cross: bool| {
        let json =
            format!(r#"{{"type":"{kind}","challenge":"abc","origin":"{origin}","crossOrigin":{cross},"new":1}}"#);
        read_client_data(json.as_bytes(), Ceremony::Get, &site())
    };
    assert_eq!(read("webauthn.get", "https://northside.example:8443", false).as_deref(), Ok("abc"));
    assert_eq!(read("webauthn.create", "https://northside.example:8443", false), Err(PasskeyFault::Kind));
    for origin in ["https://northside.example", "https://evil.example:8443", "http://northside.example:8443", ""] {
        assert_eq!(read("webauthn.get", origin, false), Err(PasskeyFault::Origin), "{origin}");
    }
    assert_eq!(read("webauthn.get", "https://northside.example:8443", true), Err(PasskeyFault::Origin), "in a frame");
    assert_eq!(read_client_data(b"{}", Ceremony::Get, &site()), Err(PasskeyFault::Unreadable));
}

#[test]
fn an_authenticator_checks_who_is_there_for_this_site() {
    let good = data("northside.example", PRESENT | VERIFIED, &[]);
    let said = read_authenticator_data(&good, &site()).unwrap();
    assert_eq!((said.counter, said.synced, said.made), (7, false, None));
    let synced = data("northside.example", PRESENT | VERIFIED | MAY_SYNC, &[]);
    assert!(read_authenticator_data(&synced, &site()).unwrap().synced);
    assert_eq!(fault(&data("evil.example", PRESENT | VERIFIED, &[])), Some(PasskeyFault::Site));
    for flags in [0, PRESENT, VERIFIED] {
        assert_eq!(fault(&data("northside.example", flags, &[])), Some(PasskeyFault::Unverified), "{flags}");
    }
    assert_eq!(fault(&data("northside.example", PRESENT | VERIFIED, &[1])), Some(PasskeyFault::Unreadable), "more");
    assert_eq!(fault(&data("northside.example", PRESENT | VERIFIED | EXTENSIONS, &[0xa0])), None);
    for end in 0..good.len() {
        assert!(fault(good.get(..end).unwrap()).is_some(), "cut at {end}");
    }
}

#[test]
fn keys_of_the_three_algorithms_are_read_and_no_others() {
    let key = |key: &[u8]| read_authenticator_data(&made(key), &site()).map(|said| said.made.unwrap().1);
    let point = format!("04{}{}", "09".repeat(32), "08".repeat(32));
    assert_eq!(key(&es256()), Ok(PasskeyKey::Es256 { point }));
    let ed = [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 0x20][..], &[5; 32]].concat();
    assert_eq!(key(&ed), Ok(PasskeyKey::EdDsa { key: "05".repeat(32) }));
    let rsa = [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, 1, 0][..], &[7; 256], &[0x21, 0x43, 1, 0, 1]].concat();
    assert_eq!(key(&rsa), Ok(PasskeyKey::Rs256 { n: "07".repeat(256), e: "010001".into() }));
    let short = [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x58, 128][..], &[7; 128], &[0x21, 0x43, 1, 0, 1]].concat();
    assert_eq!(key(&short), Err(PasskeyFault::Algorithm), "RSA of 1024 bits");
    let twice = [&[0xa5, 1, 2, 1, 2, 0x20, 1, 0x21, 0x58, 0x20][..], &[9; 32], &[0x22, 0x58, 0x20], &[8; 32]].concat();
    assert_eq!(key(&twice), Err(PasskeyFault::Unreadable), "a label twice");
    let whole = es256();
    for end in 0..whole.len() {
        assert!(key(whole.get(..end).unwrap()).is_err(), "cut at {end}");
    }
    assert!(key(&[0xb8, 255]).is_err() && key(&[0xbf]).is_err() && key(&[0xa1, 0x9f]).is_err());
}

#[test]
fn no_bit_of_what_is_read_changes_unseen() {
    let good = made(&es256());
    let read = read_authenticator_data(&good, &site()).unwrap();
    // The model's sixteen bytes are not read: nobody may conclude anything from them.
    for byte in (0..good.len()).filter(|byte| !(37..53).contains(byte)) {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[byte] ^= 1 << bit;
            // Of the flags, two are for later, one says that the key is on another device now, one that more follows.
            let idle = byte == 32 && [0x02, 0x10, 0x20, EXTENSIONS].contains(&(1 << bit));
            let same = read_authenticator_data(&bad, &site()).as_ref() == Ok(&read);
            assert!(idle || !same, "byte {byte}, bit {bit}");
        }
    }
}

#[test]
fn a_counter_that_does_not_go_on_is_a_copy() {
    for (last, now, right) in [(0, 0, true), (0, 1, true), (5, 6, true), (5, 5, false), (5, 4, false), (5, 0, false)] {
        assert_eq!(check_counter(last, now).is_ok(), right, "{last} {now}");
    }
}
