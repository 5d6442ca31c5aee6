//! How often sign-in may fail: buckets that fill with failures and drain with time. A program's calls are paced by the same
//! buckets (`crate::client::ApiScope::pace`), where each call counts.
//!
//! A browser that signed in before has a bucket of its own for each person, so nobody else's failures can keep that person
//! out. Every other browser shares one bucket a login and one bucket a source.

use std::net::IpAddr;

use crate::clock::Instant;

/// What a bucket allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Failures in a row before anybody has to wait.
    pub burst: i64,
    /// Seconds that each further failure costs.
    pub every: i64,
    /// Failures in a row after which nothing is let through until a good sign-in or a person resets it.
    pub stop: Option<i64>,
}

/// Everything unknown that comes from one address.
pub const SOURCE: Rule = Rule { burst: 5, every: 20, stop: None };
/// One person at a browser that this person signed in with before. Beyond the stop it is a stranger's browser.
pub const DEVICE: Rule = Rule { burst: 5, every: 20, stop: Some(50) };
/// One login at every browser that it never signed in with (NIST SP 800-63B-4 allows 100 failures in a row at most).
pub const UNKNOWN: Rule = Rule { burst: 10, every: 20, stop: Some(50) };
/// Opening one locked session. Beyond the stop the session ends.
pub const UNLOCK: Rule = Rule { burst: 5, every: 20, stop: Some(20) };

/// Microseconds.
const SECOND: i64 = 1_000_000;

/// How full a bucket is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Failures since the last good sign-in.
    pub failures: i64,
    /// When it will have drained.
    pub until: Instant,
}

/// Why an attempt has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// So many seconds.
    Seconds(i64),
    /// Until a good sign-in from a known browser, or a person's help.
    Stopped,
}

impl Bucket {
    /// Whether one more attempt may be made.
    pub fn ask(&self, rule: Rule, now: Instant) -> Result<(), Wait> {
        if rule.stop.is_some_and(|stop| self.failures >= stop) {
            return Err(Wait::Stopped);
        }
        match self.filled(rule, now) + rule.every * SECOND - rule.burst * rule.every * SECOND {
            over @ 1.. => Err(Wait::Seconds((over + SECOND - 1) / SECOND)),
            _ => Ok(()),
        }
    }

    /// One more failure, or one attempt that may become one.
    #[must_use]
    pub fn count(self, rule: Rule, now: Instant) -> Self {
        let until = Instant::from_micros(now.micros() + self.filled(rule, now) + rule.every * SECOND);
        Self { failures: self.failures.saturating_add(1), until }
    }

    /// Microseconds until it has drained; whole seconds would forgive a part of each attempt. More than a full bucket takes means that the clock was set back since: then nobody
    /// waits for the old time to come again, and the count of failures still holds.
    fn filled(&self, rule: Rule, now: Instant) -> i64 {
        let ahead = (self.until.micros() - now.micros()).max(0);
        if ahead > rule.burst * rule.every * SECOND { 0 } else { ahead }
    }

    /// Takes one [`Bucket::count`] back: the attempt was no failure.
    #[must_use]
    pub fn undo(self, rule: Rule) -> Self {
        Self { failures: (self.failures - 1).max(0), until: self.until.plus_seconds(-rule.every) }
    }
}

/// The part of an address that one subscriber holds: all of IPv4, the first 64 bits of IPv6.
pub fn source_prefix(source: &str) -> String {
    match source.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Err(_) => source.chars().take(64).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { burst: 3, every: 20, stop: Some(6) };

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(1_780_000_000_000_000).plus_seconds(seconds)
    }

    #[test]
    fn a_bucket_fills_drains_and_stops() {
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            assert_eq!(bucket.ask(RULE, at(0)), Ok(()));
            bucket = bucket.count(RULE, at(0));
        }
        assert_eq!(bucket.ask(RULE, at(0)), Err(Wait::Seconds(20)));
        assert_eq!(bucket.ask(RULE, at(19)), Err(Wait::Seconds(1)));
        assert_eq!(bucket.ask(RULE, at(20)), Ok(()));
        assert_eq!(bucket.undo(RULE).ask(RULE, at(0)), Ok(()), "what was no failure does not count");
        for n in 0..3 {
            bucket = bucket.count(RULE, at(1000 * n));
        }
        assert_eq!(bucket.ask(RULE, at(99_999)), Err(Wait::Stopped));
    }

    #[test]
    fn attempts_milliseconds_apart_fill_it_as_attempts_at_once_do() {
        let quick = Rule { burst: 100, every: 1, stop: None };
        let mut bucket = Bucket::default();
        for n in 0..100 {
            let now = Instant::from_micros(at(0).micros() + n * 1000);
            assert_eq!(bucket.ask(quick, now), Ok(()), "attempt {n}");
            bucket = bucket.count(quick, now);
        }
        assert_eq!(bucket.ask(quick, Instant::from_micros(at(0).micros() + 100_000)), Err(Wait::Seconds(1)));
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let bucket = (0..3).fold(Bucket::default(), |bucket, _| bucket.count(RULE, at(86_400)));
        assert_eq!(bucket.ask(RULE, at(86_400)), Err(Wait::Seconds(20)));
        assert_eq!(bucket.ask(RULE, at(0)), Ok(()));
        let bucket = bucket.count(RULE, at(0));
        assert_eq!((bucket.failures, bucket.until), (4, at(20)), "guesses are still counted");
    }

    #[test]
    fn one_subscriber_is_one_source() {
        assert_eq!(source_prefix("192.0.2.7"), "192.0.2.7");
        assert_eq!(source_prefix("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(source_prefix("2001:db8:1:2:3:4:5:6"), source_prefix("2001:db8:1:2::9"));
        assert_ne!(source_prefix("2001:db8:1:2::1"), source_prefix("2001:db8:1:3::1"));
    }
}
