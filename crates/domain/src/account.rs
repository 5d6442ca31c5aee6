//! Accounts and sessions: the rules that need no database.

pub mod agent;
pub mod joining;
pub mod leaving;
pub mod oidc;
pub mod passkey;
pub mod throttle;

use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::clock::Instant;
use crate::form::{LineError, parse_line};
use joining::{Cleared, Granted, Joining, RoleAsk};

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

/// Seconds that a person has between the password and the code.
pub const TICKET: i64 = 300;
/// Seconds for which a second factor given within a session stands for what asks for one anew.
pub const FRESH: i64 = 300;
/// Codes that may be tried with one ticket; then the password is asked again.
pub const TICKET_TRIES: i64 = 5;
/// What signing in begins with: a password.
pub const BY_PASSWORD: &str = "password";
/// What signing in begins with: the identity provider's word. A session that gave no factor here has this as its factor.
pub const BY_OIDC: &str = "oidc";
/// What signing in begins with, and all of it: a passkey.
pub const BY_PASSKEY: &str = "passkey";
/// How many recovery codes an account gets.
pub const RECOVERY_CODES: usize = 10;
/// Groups of a recovery code, of twenty random bits each: from 112 bits on a fast hash will do (ASVS 5.0, V6.5.2).
pub const RECOVERY_GROUPS: usize = 6;

/// A person who signs in. The record holds no secret: those lie in a table of their own, hashed or sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What the person types to sign in, in the form of [`parse_login`].
    pub login: String,
    /// The name that others see: `Dana Whitfield`.
    pub name: String,
    /// One role each.
    pub role: Role,
    /// Since when it may not sign in; the record stays, because events name it (45 CFR 164.308(a)(3)(ii)(C)).
    pub disabled_at: Option<Instant>,
    /// Belongs to a probe: it sees canary records only, and its events say that they are a self-check.
    pub canary: bool,
    /// How the person came in; nothing where the account is from before that was kept, or was made at the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joining: Option<Joining>,
    /// What was checked before access opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared: Option<Cleared>,
    /// A role that waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<RoleAsk>,
    /// How the person came to the present role, where that takes two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<Granted>,
}

impl Account {
    /// One that opens at once: of whom nothing else is noted.
    pub fn new(login: &str, name: &str, role: Role) -> Self {
        Self {
            login: login.to_owned(),
            name: name.to_owned(),
            role,
            disabled_at: None,
            canary: false,
            joining: None,
            cleared: None,
            asked: None,
            granted: None,
        }
    }

    /// The short name of the top bar: `Dana W.`
    pub fn short_name(&self) -> String {
        let mut words = self.name.split_whitespace();
        let first = words.next().unwrap_or_default();
        match words.next_back().and_then(|last| last.chars().next()) {
            Some(letter) => format!("{first} {letter}."),
            None => first.to_owned(),
        }
    }
}

/// Why a text is no login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginFault {
    /// Too short or too long.
    #[error("use 3 to 64 characters for the login")]
    Length,
    /// A character that people mistype or that looks like another.
    #[error("use letters a to z, digits and . - _ @ + for the login")]
    Character,
}

/// Reads a login: trimmed, in lower case, so that `Dana` and `dana` are one person.
pub fn parse_login(text: &str) -> Result<String, LoginFault> {
    let login = text.trim().to_ascii_lowercase();
    if !(3..=64).contains(&login.chars().count()) {
        return Err(LoginFault::Length);
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+');
    if login.chars().all(fits) { Ok(login) } else { Err(LoginFault::Character) }
}

/// Reads the name that others see.
pub fn parse_display_name(text: &str) -> Result<String, LineError> {
    parse_line(text, 80)
}

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

impl SessionTimes {
    /// Seconds until the session locks or ends, were nothing more done. Zero when it is not active.
    pub fn locks_in(&self, now: Instant, idle: i64) -> i64 {
        if self.state(now, idle) != SessionState::Active {
            return 0;
        }
        let idle_left = idle.min(IDLE_MAX) - now.seconds_since(self.active_at).max(0);
        let absolute_left = ABSOLUTE - now.seconds_since(self.began_at);
        idle_left.min(absolute_left).max(0)
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
    fn logins_have_one_form() {
        assert_eq!(parse_login(" Dana.W "), Ok("dana.w".to_owned()));
        assert_eq!(parse_login("da"), Err(LoginFault::Length));
        assert_eq!(parse_login("dana w"), Err(LoginFault::Character));
        assert_eq!(parse_login("d\u{430}na"), Err(LoginFault::Character), "a Cyrillic letter looks like ours");
    }

    #[test]
    fn short_names() {
        let account = |name: &str| Account::new("x", name, Role::Biller);
        assert_eq!(account("Dana Whitfield").short_name(), "Dana W.");
        assert_eq!(account("Ana de la Cruz").short_name(), "Ana C.");
        assert_eq!(account("Cher").short_name(), "Cher");
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
