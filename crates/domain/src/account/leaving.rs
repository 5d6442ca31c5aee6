//! The end of somebody's access: why, since when, and how soon it held (45 CFR 164.308(a)(3)(ii)(C)).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::clock::Instant;
use crate::form::{Faults, FieldFault, parse_date, parse_line, parse_time};
use crate::id::{AccountId, EventId};
use crate::place::Zone;
use crate::schedule::resolve;

/// Seconds after the end of employment within which access should have ended.
pub const AIM: i64 = 3600;

names! {
    /// Why access ends.
    EndReason {
        /// The person gave notice.
        Resigned = "resigned", "Resigned";
        /// The practice did.
        Dismissed = "dismissed", "Dismissed";
        /// A contract, placement or training that was for a time.
        ContractOver = "contract_over", "Contract or placement over";
        /// Retired.
        Retired = "retired", "Retired";
        /// Died.
        Died = "died", "Died";
        /// Away for a while; employment goes on.
        OnLeave = "on_leave", "On leave, coming back";
        /// Something has to be looked into first; employment goes on.
        Suspected = "suspected", "Suspected misuse";
        /// The person works here and does not need it; employment goes on.
        NotNeeded = "not_needed", "Access no longer needed";
        /// An access review ran out of time; employment goes on.
        Unreviewed = "unreviewed", "Not reviewed in time";
    }
}

impl EndReason {
    /// Whether employment ends with it.
    pub const fn ends_employment(self) -> bool {
        !matches!(self, Self::OnLeave | Self::Suspected | Self::NotNeeded | Self::Unreviewed)
    }

    /// Whether the server gives it and nobody types it.
    pub const fn is_servers(self) -> bool {
        matches!(self, Self::Unreviewed)
    }
}

/// What somebody types to end a person's access.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EndForm {
    /// The stored name of a reason.
    pub end_reason: String,
    /// More about it; may be blank.
    pub end_note: String,
    /// The date on which employment ended, at the practice.
    pub end_date: String,
    /// The time of that day.
    pub end_time: String,
}

/// Why access ends, and since when the person does not work here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Why.
    pub reason: EndReason,
    /// More about it.
    pub note: String,
    /// When employment ended; none where it goes on.
    pub left_at: Option<Instant>,
}

impl EndForm {
    /// The ending, or what is wrong with each field.
    pub fn read(&self, zone: &Zone) -> Result<Ending, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let reason = EndReason::parse(&self.end_reason).filter(|reason| !reason.is_servers());
        let reason = faults.take("end_reason", reason.ok_or("choose a reason"));
        let note = faults.optional("end_note", &self.end_note, |text| parse_line(text, 200)).unwrap_or_default();
        let left_at = match reason {
            Some(reason) if reason.ends_employment() => self.left_at(zone, &mut faults),
            _ => None,
        };
        faults.finish(reason.map(|reason| Ending { reason, note, left_at }))
    }

    fn left_at(&self, zone: &Zone, faults: &mut Faults) -> Option<Instant> {
        let date = faults.take("end_date", parse_date(&self.end_date));
        let time = faults.take("end_time", parse_time(&self.end_time));
        // Of a time that the clocks show twice, the first: the later one would shorten the figure.
        let local = date?.to_datetime(time?);
        let fold = Some(crate::schedule::Fold::Earlier);
        faults.take("end_time", resolve(local, zone, fold))
    }
}

/// One end of somebody's access, with what is known of how it held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessEnd {
    /// Whose.
    pub account: AccountId,
    /// Why.
    pub ending: Ending,
    /// When the act committed.
    pub ended_at: Instant,
    /// Who did it; nobody where the server did.
    pub ended_by: Option<AccountId>,
    /// Sessions that it ended.
    pub sessions: u64,
    /// API tokens that it ended, of clients that the person answers for.
    pub tokens: u64,
    /// When a credential or request of the person was last accepted.
    pub accepted_at: Option<Instant>,
    /// The person's last act in the log.
    pub accepted_event: Option<EventId>,
    /// The event of the act.
    pub ended_event: EventId,
    /// The first refusal after it.
    pub refused: Option<(Instant, EventId)>,
}

impl AccessEnd {
    /// Seconds for which access outlasted employment; none where employment goes on.
    pub fn outlasted(&self) -> Option<i64> {
        self.ending.left_at.map(|left| self.ended_at.seconds_since(left).max(0))
    }

    /// Microseconds from the act to the first refusal.
    pub fn until_refused(&self) -> Option<i64> {
        self.refused.as_ref().map(|(at, _)| at.micros().saturating_sub(self.ended_at.micros()).max(0))
    }

    /// The time to revoke: microseconds from the last credential that was accepted to the first that was refused.
    pub fn time_to_revoke(&self) -> Option<i64> {
        let (refused, _) = self.refused.as_ref()?;
        Some(refused.micros().saturating_sub(self.accepted_at?.micros()).max(0))
    }

    /// Whether a credential was accepted after employment had ended: after the minute in which it did, which is as people write it.
    pub fn used_after(&self) -> bool {
        self.ending.left_at.zip(self.accepted_at).is_some_and(|(left, accepted)| accepted.seconds_since(left) >= 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(reason: &str, date: &str, time: &str) -> EndForm {
        EndForm {
            end_reason: reason.into(),
            end_note: " at the  door ".into(),
            end_date: date.into(),
            end_time: time.into(),
        }
    }

    fn zone() -> Zone {
        Zone::parse("America/New_York").unwrap()
    }

    #[test]
    fn a_leaver_has_a_moment_and_somebody_on_leave_has_none() {
        let ending = form("resigned", "6/9/2026", "5:00 PM").read(&zone()).unwrap();
        assert_eq!(ending.left_at.unwrap().to_string(), "2026-06-09T21:00:00Z");
        assert_eq!(ending.note, "at the door");
        assert_eq!(form("on_leave", "", "").read(&zone()).unwrap().left_at, None);
        let twice = form("dismissed", "11/1/2026", "1:30").read(&zone()).unwrap();
        assert_eq!(twice.left_at.unwrap().to_string(), "2026-11-01T05:30:00Z", "the first of two");
        for (bad, field) in [
            (form("", "6/9/2026", "5 pm"), "end_reason"),
            (form("retired", "", "5 pm"), "end_date"),
            (form("retired", "6/9/2026", ""), "end_time"),
            (form("retired", "3/8/2026", "2:30"), "end_time"),
        ] {
            assert_eq!(bad.read(&zone()).unwrap_err().first().unwrap().field, field);
        }
    }

    #[test]
    fn the_figures_are_what_lies_between_the_instants() {
        let at = |seconds: i64| Instant::from_micros(1_780_000_000_000_000).plus_seconds(seconds);
        let id = "01890000-0000-7000-8000-000000000001";
        let event = EventId::parse(id).unwrap();
        let account = AccountId::parse(id).unwrap();
        let ending = Ending { reason: EndReason::Resigned, note: String::new(), left_at: Some(at(0)) };
        let mut end = AccessEnd {
            account: account.clone(),
            ending,
            ended_at: at(840),
            ended_by: Some(account),
            sessions: 1,
            tokens: 0,
            accepted_at: Some(at(-60)),
            accepted_event: None,
            ended_event: event.clone(),
            refused: None,
        };
        assert_eq!((end.outlasted(), end.time_to_revoke(), end.used_after()), (Some(840), None, false));
        end.refused = Some((at(841), event));
        assert_eq!((end.until_refused(), end.time_to_revoke()), (Some(1_000_000), Some(901_000_000)));
        end.accepted_at = Some(at(600));
        assert!(end.used_after());
        end.ending.left_at = Some(at(9_000));
        assert_eq!(end.outlasted(), Some(0), "access ended before employment did");
    }
}
