//! Who signs in: a line of the synthetic practice's list of people.

use aws_lc_rs::hmac;
use serde::Deserialize;

/// Somebody of the synthetic practice.
#[derive(Clone, Debug, Deserialize)]
pub struct Person {
    /// The login.
    pub login: String,
    /// The password.
    pub password: String,
    /// The authenticator's secret, hexadecimal.
    pub seed: String,
    /// The account's id, as the log names it.
    pub account: String,
}

impl Person {
    /// The six digits at so many seconds since 1970 (RFC 6238: SHA-1, steps of 30 s).
    pub fn code(&self, seconds: u64) -> String {
        let secret = hex::decode(&self.seed).unwrap_or_default();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
        let tag = hmac::sign(&key, &(seconds / 30).to_be_bytes());
        // RFC 4226, 5.3: the last half-byte says where the four bytes of the code begin.
        let from = usize::from(tag.as_ref().last().copied().unwrap_or(0) & 0x0f);
        let four = tag.as_ref().iter().skip(from).take(4).fold(0_u32, |n, byte| (n << 8) | u32::from(*byte));
        format!("{:06}", (four & 0x7fff_ffff) % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_that_of_the_standard() {
        // RFC 6238, appendix B: the last six of the eight digits at 59 s and at 1111111109 s.
        let seed = hex::encode("12345678901234567890");
        let person = Person { login: String::new(), password: String::new(), seed, account: String::new() };
        assert_eq!((person.code(59), person.code(1_111_111_109)), ("287082".to_owned(), "081804".to_owned()));
    }
}
