//! Time-based one-time codes (RFC 6238): HMAC-SHA-1, thirty seconds, six digits, which is what every authenticator reads.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use domain::Instant;

/// Seconds that one code lasts.
const STEP: i64 = 30;

/// The time step of an instant.
pub(crate) fn step_at(now: Instant) -> i64 {
    now.micros().div_euclid(STEP * 1_000_000)
}

/// The code of a time step.
pub fn code_at(seed: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    // RFC 4226, 5.3: the last half-byte says where the four bytes of the code begin.
    let from = usize::from(bytes.last().copied().unwrap_or(0) & 0x0f);
    let four = bytes.iter().skip(from).take(4).fold(0_u32, |n, byte| (n << 8) | u32::from(*byte));
    format!("{:06}", (four & 0x7fff_ffff) % 1_000_000)
}

/// The step whose code this is: now, or one before or after, for clocks that differ; never one that is not after `last`.
pub(crate) fn matching(seed: &[u8], code: &str, now: Instant, last: i64) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let now = step_at(now);
    let mut found = None;
    for step in [now - 1, now, now + 1] {
        // All three are compared, so that the time tells nothing.
        let same = verify_slices_are_equal(code_at(seed, step).as_bytes(), code.as_bytes()).is_ok();
        if same && step > last {
            found = Some(step);
        }
    }
    found
}

/// Base 32 without padding (RFC 4648), which authenticators take.
pub(crate) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0_u32);
    let mut put = |five: u32| {
        let letter = usize::try_from(five & 31).ok().and_then(|n| LETTERS.get(n));
        text.push(char::from(letter.copied().unwrap_or(b'A')));
    };
    for byte in bytes {
        held = ((held << 8) | u32::from(*byte)) & 0xffff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            put(held >> bits);
        }
    }
    if bits > 0 {
        put(held << (5 - bits));
    }
    text
}

/// What a QR code holds for the authenticator: `otpauth://totp/ISSUER:LOGIN?...`.
pub(crate) fn uri(issuer: &str, login: &str, secret: &str) -> String {
    let (issuer, login) = (encode(issuer), encode(login));
    format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP}")
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex::encode_upper([byte]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    #[test]
    fn the_codes_of_the_standard() {
        // RFC 6238, appendix B, SHA-1, the last six of its eight digits.
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code_at(SEED, seconds / 30), code);
        }
    }

    #[test]
    fn a_code_holds_for_its_neighbours_and_once() {
        let now = Instant::from_micros(1_234_567_890_000_000);
        let step = step_at(now);
        for (near, right) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = code_at(SEED, step + near);
            assert_eq!(matching(SEED, &code, now, 0), right.then_some(step + near), "{near}");
        }
        let code = code_at(SEED, step);
        assert_eq!(matching(SEED, &code, now, step), None, "used");
        let typed = code.replace("", " ");
        assert_eq!(matching(SEED, &typed, now, 0), Some(step), "however it is spaced");
        assert_eq!(matching(SEED, "", now, 0), None);
    }

    #[test]
    fn base32_of_the_standard() {
        for (bytes, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn the_uri_names_practice_and_person() {
        assert_eq!(
            uri("North Side: Care", "dana@x", "MY"),
            "otpauth://totp/North%20Side%3A%20Care:dana%40x?secret=MY&issuer=North%20Side%3A%20Care&algorithm=SHA1&digits=6&period=30"
        );
    }
}
