//! Accounts and sessions: the rules that need no database.

use crate::clock::Instant;

/// Shortest password that goes with a second factor, in characters (NIST SP 800-63B-4 asks 8; we ask more).
pub const PASSWORD_MIN: usize = 12;
/// Longest password, in characters.
pub const PASSWORD_MAX: usize = 128;
/// Seconds without activity after which a session locks (45 CFR 164.312(a)(2)(iii)); the practice may set up to [`IDLE_MAX`].
pub const IDLE_DEFAULT: i64 = 600;
/// The longest inactivity that a practice may allow, in seconds.
pub const IDLE_MAX: i64 = 900;
/// Seconds after which a session ends whatever happens.
pub const ABSOLUTE: i64 = 12 * 3600;

/// Why a password is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer than [`PASSWORD_MIN`] characters.
    #[error("use at least {PASSWORD_MIN} characters: a few words that you can remember are good")]
    TooShort,
    /// More than [`PASSWORD_MAX`] characters.
    #[error("use at most {PASSWORD_MAX} characters")]
    TooLong,
    /// It is, or is built around, a word an attacker tries first.
    #[error("this password is easy to guess: it holds a common word, your name or the practice's name and little else")]
    Guessable,
}

const COMMON: [&str; 16] = [
    "password", "passw0rd", "qwerty", "letmein", "welcome", "iloveyou", "admin", "123456", "abc123", "monkey",
    "dragon", "football", "baseball", "sunshine", "princess", "wellkept",
];

/// Judges a new password: length and guessability, no composition rules. It is compared exactly as typed.
pub fn judge_password(password: &str, context: &[&str]) -> Result<(), PasswordFault> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return Err(PasswordFault::TooShort);
    }
    if length > PASSWORD_MAX {
        return Err(PasswordFault::TooLong);
    }
    let mut rest = password.to_lowercase();
    for word in COMMON.iter().chain(context).filter(|w| w.len() >= 4) {
        rest = rest.replace(&word.to_lowercase(), "");
    }
    let mut distinct: Vec<char> = rest.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if rest.chars().count() < 6 || distinct.len() < 5 { Err(PasswordFault::Guessable) } else { Ok(()) }
}

/// Where a session stands at an instant. The server alone decides; the browser's timers are advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// Requests are served.
    Active,
    /// Only unlocking, signing out and taking over are served.
    Locked,
    /// Over.
    Ended,
}

/// The instants that decide a session's state.
#[derive(Clone, Copy, Debug)]
pub struct SessionTimes {
    /// When it began.
    pub began_at: Instant,
    /// The last activity of the person; polling is not activity.
    pub active_at: Instant,
    /// When it was locked by hand.
    pub locked_at: Option<Instant>,
    /// When it was ended.
    pub ended_at: Option<Instant>,
}

impl SessionTimes {
    /// The state at `now` with `idle` seconds of allowed inactivity.
    pub fn state(&self, now: Instant, idle: i64) -> SessionState {
        let over = now.seconds_since(self.began_at) >= ABSOLUTE;
        // A clock that went back by more than a moment cannot keep a session alive.
        let backwards = self.active_at.seconds_since(now) > 60;
        if self.ended_at.is_some() || over || backwards {
            SessionState::Ended
        } else if self.locked_at.is_some() || now.seconds_since(self.active_at) >= idle.min(IDLE_MAX) {
            SessionState::Locked
        } else {
            SessionState::Active
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords() {
        assert_eq!(judge_password("short", &[]), Err(PasswordFault::TooShort));
        assert_eq!(judge_password(&"x".repeat(129), &[]), Err(PasswordFault::TooLong));
        assert_eq!(judge_password("password1234", &[]), Err(PasswordFault::Guessable));
        assert_eq!(judge_password("Northside2026", &["northside"]), Err(PasswordFault::Guessable));
        assert_eq!(judge_password("aaaaaaaaaaaaaaa", &[]), Err(PasswordFault::Guessable));
        assert_eq!(judge_password("seven green lamps", &[]), Ok(()));
    }

    #[test]
    fn session_states() {
        let t = |s: i64| Instant::from_micros(s * 1_000_000);
        let times = SessionTimes { began_at: t(0), active_at: t(100), locked_at: None, ended_at: None };
        assert_eq!(times.state(t(699), 600), SessionState::Active);
        assert_eq!(times.state(t(700), 600), SessionState::Locked);
        assert_eq!(times.state(t(1000), 99_999), SessionState::Locked, "no setting goes past the maximum");
        assert_eq!(times.state(t(ABSOLUTE), 600), SessionState::Ended);
        assert_eq!(times.state(t(-100), 600), SessionState::Ended, "a clock set back ends it");
        let locked = SessionTimes { locked_at: Some(t(101)), ..times };
        assert_eq!(locked.state(t(102), 600), SessionState::Locked);
    }
}
