//! Emergency access (45 CFR 164.312(a)(2)(ii)): one person reads one restricted record for a short while, for a reason that
//! is written down first, and somebody else looks at it afterwards.

use std::fmt;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::clock::Instant;
use crate::form::{Faults, FieldFault, needed, parse_line};
use crate::id::{AccountId, EmergencyId, PatientId, SessionId};

/// The longest time that one use lasts, in minutes.
pub const LONGEST_MINUTES: i64 = 60;
/// The times to choose from, in minutes.
pub const MINUTES: [i64; 3] = [15, 30, LONGEST_MINUTES];
/// Letters and digits that a reason has at least: a word is no reason.
const REASON_LETTERS: usize = 15;
/// Characters that a reason has at most.
const REASON_MAX: usize = 500;

names! {
    /// Why somebody needs a record that is closed to them.
    Cause {
        /// Care that cannot wait.
        Care = "care", "Care that cannot wait";
        /// Reaching the patient, or those who speak for the patient.
        Reach = "reach", "Reach the patient or family now";
        /// Somebody is in danger.
        Danger = "danger", "Somebody is in danger";
        /// Those who may open it are away, and it cannot wait for them.
        Away = "away", "Those who may are away, and it cannot wait";
    }
}

names! {
    /// What ended a use.
    EndedBy {
        /// The person.
        Person = "person", "by hand";
        /// The clock.
        Time = "time", "by itself, when its time was up";
        /// The session is over: signed out, ended by somebody, or the account disabled.
        Session = "session", "with the session";
        /// The person opened another record.
        Next = "next", "when another record was opened";
    }
}

names! {
    /// What the review found.
    Finding {
        /// It was right to open the record.
        Justified = "justified", "Justified";
        /// It was not.
        NotJustified = "not_justified", "Not justified";
    }
}

names! {
    /// Where a use stands.
    State {
        /// The record is open now.
        Open = "open", "Open now";
        /// It waits for its review.
        Waiting = "waiting", "To review";
        /// Its review is late.
        Overdue = "overdue", "Review overdue";
        /// Found justified.
        Justified = "justified", "Justified";
        /// Found not justified.
        NotJustified = "not_justified", "Not justified";
    }
}

/// How a use ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    pub at: Instant,
    /// By what.
    pub by: EndedBy,
}

/// What somebody else decided about a use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: Instant,
    /// What.
    pub finding: Finding,
    /// Why, in words.
    pub words: String,
}

/// One use of emergency access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emergency {
    /// Its id, which every event of it carries.
    pub id: EmergencyId,
    /// Who.
    pub account: AccountId,
    /// In which session; it ends with it.
    pub session: SessionId,
    /// Whose record; no other.
    pub patient: PatientId,
    /// Why.
    pub cause: Cause,
    /// Why, in words.
    pub words: String,
    /// When it began.
    pub opened_at: Instant,
    /// When it ends at the latest.
    pub ends_at: Instant,
    /// When its review is due.
    pub due_at: Instant,
    /// How it ended.
    pub ended: Option<Ended>,
    /// What the review said.
    pub review: Option<Review>,
}

/// What a request knows of the use that its session has open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Which.
    pub id: EmergencyId,
    /// Whose record.
    pub patient: PatientId,
    /// When it began.
    pub opened_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
}

impl Open {
    /// Whether it holds at this instant. A clock that was set back behind its beginning closes it.
    pub fn holds(&self, now: Instant) -> bool {
        self.opened_at <= now && now < self.ends_at
    }
}

impl Emergency {
    /// Where it stands at this instant.
    pub fn state(&self, now: Instant) -> State {
        match &self.review {
            Some(Review { finding: Finding::Justified, .. }) => State::Justified,
            Some(Review { finding: Finding::NotJustified, .. }) => State::NotJustified,
            None if self.ended.is_none() && self.opened_at <= now && now < self.ends_at => State::Open,
            None if now >= self.due_at => State::Overdue,
            None => State::Waiting,
        }
    }

    /// The review of `by`, when it may be: by somebody else, once, and not before the use is over.
    pub fn reviewed(mut self, review: Review) -> Result<Self, &'static str> {
        if review.by == self.account {
            return Err("nobody reviews their own emergency access: ask somebody else who may");
        }
        if self.review.is_some() {
            return Err("this use was reviewed already");
        }
        if self.state(review.at) == State::Open {
            return Err("the record is still open: review it when the access is over");
        }
        self.review = Some(review);
        Ok(self)
    }
}

/// When a review is due: at the end of the `days`th working day after the day of `opened` at the practice. Monday to Friday
/// are working days; nobody keeps a list of holidays here, so a holiday makes it due sooner and never later.
pub fn review_due(opened: Instant, zone: &TimeZone, days: u8) -> Instant {
    let mut date = opened.timestamp().to_zoned(zone.clone()).date();
    let mut left = days.max(1);
    while left > 0 {
        let Ok(next) = date.tomorrow() else { break };
        date = next;
        if works(date) {
            left -= 1;
        }
    }
    let end = date.tomorrow().and_then(|next| next.to_zoned(zone.clone()));
    end.map_or_else(|_| opened.plus_seconds(i64::from(days.max(1)) * 86_400), |end| Instant::from(end.timestamp()))
}

fn works(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// What the form holds that asks for access.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EmergencyForm {
    /// The stored name of a cause.
    pub cause: String,
    /// The words.
    pub words: String,
    /// For how many minutes.
    pub minutes: String,
}

/// What the form says, read. Only [`EmergencyForm::read`] makes one, so that none is without a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// Why.
    pub cause: Cause,
    /// Why, in words.
    pub words: String,
    /// For how long.
    pub minutes: i64,
}

impl EmergencyForm {
    /// Reads the form, or says what is wrong with each field.
    pub fn read(&self) -> Result<Asked, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let cause = faults.take("cause", Cause::parse(&self.cause).ok_or("choose why"));
        let words = faults.take("words", needed("reason", &self.words, reason));
        let minutes = self.minutes.trim().parse().ok().filter(|m| MINUTES.contains(m));
        let minutes = faults.take("minutes", minutes.ok_or("choose for how long"));
        let asked = match (cause, words, minutes) {
            (Some(cause), Some(words), Some(minutes)) => Some(Asked { cause, words, minutes }),
            _ => None,
        };
        faults.finish(asked)
    }
}

/// Words that somebody else can judge by: some letters, of more than a few kinds, in more than one word.
pub fn reason(text: &str) -> Result<String, String> {
    let line = parse_line(text, REASON_MAX).map_err(|e| e.to_string())?;
    let letters: Vec<char> = line.chars().filter(|c| c.is_alphanumeric()).collect();
    let kinds: std::collections::BTreeSet<_> = letters.iter().collect();
    if letters.len() < REASON_LETTERS || kinds.len() < 5 || !line.contains(' ') {
        return Err("say in a few words what happened: somebody else will judge by them".to_owned());
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::from(text.parse::<jiff::Timestamp>().unwrap())
    }

    fn id<T>(parse: impl Fn(&str) -> Result<T, crate::id::BadId>, n: u8) -> T {
        parse(&format!("01890000-0000-7000-8000-0000000000{n:02}")).unwrap()
    }

    fn used() -> Emergency {
        let opened_at = at("2026-06-09T13:00:00Z");
        Emergency {
            id: id(EmergencyId::parse, 1),
            account: id(AccountId::parse, 2),
            session: id(SessionId::parse, 3),
            patient: id(PatientId::parse, 4),
            cause: Cause::Care,
            words: "collapsed in the waiting room".to_owned(),
            opened_at,
            ends_at: opened_at.plus_seconds(1800),
            due_at: at("2026-06-12T04:00:00Z"),
            ended: None,
            review: None,
        }
    }

    #[test]
    fn it_ends_by_itself_and_its_review_falls_due() {
        let used = used();
        for (when, state) in [
            ("2026-06-09T12:59:59Z", State::Waiting),
            ("2026-06-09T13:00:00Z", State::Open),
            ("2026-06-09T13:29:59Z", State::Open),
            ("2026-06-09T13:30:00Z", State::Waiting),
            ("2026-06-12T03:59:59Z", State::Waiting),
            ("2026-06-12T04:00:00Z", State::Overdue),
        ] {
            assert_eq!(used.state(at(when)), state, "{when}");
        }
        let ended = Ended { at: used.opened_at.plus_seconds(60), by: EndedBy::Person };
        let over = Emergency { ended: Some(ended), ..used };
        assert_eq!(over.state(over.opened_at.plus_seconds(61)), State::Waiting);
    }

    #[test]
    fn a_review_is_somebody_elses_and_comes_once_and_after() {
        let late = at("2026-06-13T09:00:00Z");
        let review =
            |by, at| Review { by: id(AccountId::parse, by), at, finding: Finding::Justified, words: "ok".into() };
        assert!(used().reviewed(review(2, late)).unwrap_err().contains("their own"));
        assert!(used().reviewed(review(5, used().opened_at)).unwrap_err().contains("still open"));
        let done = used().reviewed(review(5, late)).unwrap();
        assert_eq!(done.state(late), State::Justified);
        assert!(done.reviewed(review(6, late)).unwrap_err().contains("already"));
    }

    #[test]
    fn working_days_leave_out_weekends_and_count_at_the_practice() {
        let ohio = TimeZone::get("America/New_York").unwrap();
        for (opened, days, due) in [
            // A Tuesday: the end of Thursday there.
            ("2026-06-09T13:00:00Z", 2, "2026-06-12T04:00:00Z"),
            // A Friday: the end of Tuesday.
            ("2026-06-12T20:00:00Z", 2, "2026-06-17T04:00:00Z"),
            // Already Saturday in London, still Friday in Ohio.
            ("2026-06-13T03:00:00Z", 1, "2026-06-16T04:00:00Z"),
            // None is read as one.
            ("2026-06-09T13:00:00Z", 0, "2026-06-11T04:00:00Z"),
        ] {
            assert_eq!(review_due(at(opened), &ohio, days), at(due), "{opened}, {days}");
        }
    }

    #[test]
    fn a_reason_is_more_than_a_word() {
        for words in ["", "emergency", "aaaaaaaaaaaaaaaa aaaa", "because i say", "x\u{202E}y"] {
            assert!(reason(words).is_err(), "{words}");
        }
        assert_eq!(reason("  Fell in the  waiting room ").as_deref(), Ok("Fell in the waiting room"));
        let form = |minutes: &str| EmergencyForm {
            cause: "care".into(),
            words: "Fell in the waiting room".into(),
            minutes: minutes.into(),
        };
        assert_eq!(form("60").read().map(|asked| asked.minutes), Ok(60));
        for minutes in ["61", "", "-15", "15 hours"] {
            assert!(form(minutes).read().is_err(), "{minutes}");
        }
    }
}
