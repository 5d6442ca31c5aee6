//! Password hashing, at most two at a time: each takes 19 MiB, and strangers can ask for as many as they like.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use domain::Entropy;

/// How long somebody waits for a turn before being told to try again.
const QUEUE: Duration = Duration::from_secs(2);
/// How many may wait: each holds a thread.
const WAITING: usize = 32;
/// Longer than any password that is accepted, in bytes.
const LONGEST: usize = 4 * domain::account::PASSWORD_MAX;

/// No turn came within the queue's time.
#[derive(Debug)]
pub(crate) struct Busy;

struct Gate {
    state: Mutex<State>,
    free: Condvar,
}

struct State {
    turns: usize,
    waiting: usize,
}

/// The machine's memory is one, so the gate is one for the process.
static GATE: Gate = Gate { state: Mutex::new(State { turns: 2, waiting: 0 }), free: Condvar::new() };

struct Turn(&'static Gate);

impl Gate {
    fn turn(&'static self) -> Result<Turn, Busy> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.waiting >= WAITING {
            return Err(Busy);
        }
        state.waiting += 1;
        let waited = self.free.wait_timeout_while(state, QUEUE, |state| state.turns == 0);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        if state.turns == 0 {
            return Err(Busy);
        }
        state.turns -= 1;
        Ok(Turn(self))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).turns += 1;
        self.0.free.notify_one();
    }
}

/// 19 MiB, two passes, one lane (OWASP's first choice for Argon2id).
fn argon() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, Some(32)).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What an unknown login is compared with, so that it costs the same work. No password has this hash.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A PHC string of the password under a new salt.
pub(crate) fn hash(
    password: &str,
    entropy: &dyn Entropy,
) -> Result<Result<String, argon2::password_hash::Error>, Busy> {
    let mut salt = [0_u8; 16];
    entropy.fill(&mut salt);
    let _turn = GATE.turn()?;
    Ok(argon().hash_password_with_salt(password.as_bytes(), &salt).map(|phc| phc.to_string()))
}

/// Whether it is the password; the same work when there is none to compare with.
pub(crate) fn check(phc: Option<&str>, password: &str) -> Result<bool, Busy> {
    let fits = password.len() <= LONGEST;
    let password = if fits { password } else { "" };
    let _turn = GATE.turn()?;
    let same = argon().verify_password(password.as_bytes(), phc.unwrap_or(NOBODY)).is_ok();
    Ok(same && fits && phc.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(9);
        }
    }

    #[test]
    fn only_the_password_itself_passes() {
        let phc = hash("seven green lamps", &Fixed).unwrap().unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(check(Some(&phc), "seven green lamps").unwrap());
        for wrong in ["seven green lamp", "Seven green lamps", " seven green lamps", "", &"x".repeat(9000)] {
            assert!(!check(Some(&phc), wrong).unwrap());
        }
        assert!(!check(None, "").unwrap());
    }

    #[test]
    fn what_nobody_has_is_a_hash_of_our_own_cost() {
        // Were it unreadable, an unknown login would answer at once.
        use argon2::password_hash::phc::PasswordHash;
        let nobody = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(Params::try_from(&nobody).unwrap().m_cost(), 19 * 1024);
        assert!(nobody.salt.is_some() && nobody.hash.is_some());
    }
}
