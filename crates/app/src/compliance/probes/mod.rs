//! The probes. V-37 looks at the others, so it comes last.

pub(super) mod access;
mod bytes;
pub(super) mod der;
mod emergency;
mod leavers;
pub(super) mod place;
mod reading;
mod reviews;
mod second_factor;
pub(super) mod session;
mod settings;
mod sign_ins;
pub(super) mod tls;
pub(super) mod trail;
mod transmission;
mod watch;

#[cfg(test)]
pub(super) use bytes::{Scan, examine};

use super::Probe;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Every probe.
pub const PROBES: &[Probe] = &[
    Probe {
        id: "V-02",
        title: "Second factor for everybody who can see health information",
        population: "accounts that can see health information, and one canary sign-in",
        expected: "every one has a second factor enrolled, and the canary with a password alone gets no session",
        expires_after: DAY,
        what_it_does_not_show: "That each person keeps the second factor to themselves.",
        remedy: "Have these people sign in and enrol, or disable their accounts on People.",
        run: second_factor::run,
    },
    Probe {
        id: "V-03",
        title: "Roles may do what the reviewed matrix says, and no more",
        population: "questions of the reviewed matrix: every role, action and kind of thing",
        expected: "every answer in force is the reviewed one, and every canary that should be refused is",
        expires_after: DAY,
        what_it_does_not_show: "That each person has the right role; an access review does.",
        remedy: "Compare policies/ with policies/matrix.txt, and restore or review what differs.",
        run: access::run,
    },
    Probe {
        id: "V-04",
        title: "An idle session is refused",
        population: "canary sessions",
        expected: "a session past its limit is refused",
        expires_after: DAY,
        what_it_does_not_show: "That people lock the screen when they leave it before the limit.",
        remedy: "Set idle_minutes to 15 or less, restart, and sign everybody out.",
        run: session::run,
    },
    Probe {
        id: "V-06",
        title: "Emergency access has a reason, an end and a review",
        population: "uses of emergency access in the last 90 days, and those that wait for a review",
        expected: "each has a reason, at most 60 minutes, one record, its events, and a review by somebody else in time; a canary without a reason is refused",
        expires_after: DAY,
        what_it_does_not_show: "That each reason is true; the person who reviews it decides that. That people know how to ask for it.",
        remedy: "Review what waits on Emergency access. If something lasted too long or was reviewed by the person who used it, treat it as an incident.",
        run: emergency::run,
    },
    Probe {
        id: "V-07",
        title: "The bytes on disk are not readable",
        population: "files in the practice's folder",
        expected: "no plain header, no table name, no planted marker, no regular bytes; a wrong key opens nothing",
        expires_after: DAY,
        what_it_does_not_show: "Files that somebody exported or copied elsewhere, and memory of the running server.",
        remedy: "Stop the server, keep the files, and restore into a new practice; report an incident if somebody could read them.",
        run: bytes::run,
    },
    Probe {
        id: "V-08",
        title: "The key is not beside the data",
        population: "wrapping keys",
        expected: "the key comes from another file system than the data, and nobody else may read it",
        expires_after: DAY,
        what_it_does_not_show: "How old the key is, and who else holds a copy of it. Safe harbour of a breach is not claimed.",
        remedy: "Make the practice with a systemd credential or a passphrase on a memory file system, see docs/cli.md.",
        run: place::run,
    },
    Probe {
        id: "V-09",
        title: "The server's own TLS handshake",
        population: "connections to the own port",
        expected: "TLS 1.2 or 1.3 with the own certificate and 21 days left; TLS 1.1 and plain HTTP get no answer",
        expires_after: DAY,
        what_it_does_not_show: "Connections that other programs make, and a proxy in front of this server.",
        remedy: "Renew the certificate, close the plain port, and let nothing below TLS 1.2 answer.",
        run: tls::run,
    },
    Probe {
        id: "V-13",
        title: "The log is whole, and a canary read is in it",
        population: "entries of the log",
        expected: "newer entries hash to the head, the log grew from its last checkpoint and from those that are kept elsewhere, sampled older entries are in it, and the canary read is there",
        expires_after: 6 * HOUR,
        what_it_does_not_show: "An old entry that was changed and not sampled this time: `wellkept verify` hashes all of them. Looks at paper or at screens.",
        remedy: "Stop changing anything, run `wellkept verify`, and put back the newest whole copy; treat it as an incident. An older copy that was put back on purpose is accepted with `wellkept audit accept-restore`.",
        run: trail::run,
    },
    Probe {
        id: "V-15",
        title: "Alerts are looked into in time, and each week's sample is read",
        population: "alerts and sampled events that wait, or were due in the last 30 days",
        expected: "each was looked into in time by somebody else, and the sample of each week is the one that the log gives",
        expires_after: 6 * HOUR,
        what_it_does_not_show: "That whoever looked did so with care, and that the rules look for the right things.",
        remedy: "Look into what waits on Alerts and in the weekly sample. What was late stays in these figures for 30 days: give the reading to more people.",
        run: reading::run,
    },
    Probe {
        id: "V-17",
        title: "Every file that left has its ground and its record",
        population: "files released in the last 90 days, and attempts to send one",
        expected: "each file belongs to a batch that left on a ground, and each attempt has an event with who, why, to whom, on what ground, and the digest",
        expires_after: DAY,
        what_it_does_not_show: "Files that somebody saved and carried elsewhere; each saving is an export in the log. What a partner does with a file.",
        remedy: "Pause the connector on the partner's page, look which file or attempt it is in the audit log, and treat it as an incident.",
        run: transmission::run,
    },
    Probe {
        id: "V-20",
        title: "Settings are those that were approved",
        population: "settings in force",
        expected: "every one is as it was approved",
        expires_after: DAY,
        what_it_does_not_show: "That the approved settings are good ones.",
        remedy: "Put the setting back, or look at the present ones and approve them on Readiness.",
        run: settings::run,
    },
    Probe {
        id: "V-22",
        title: "Every access was reviewed this quarter, by somebody else",
        population: "accesses of the last review that was finished",
        expected: "a review came in time, has every account, none was decided by its holder, and each decision was carried out",
        expires_after: DAY,
        what_it_does_not_show: "That whoever decided knew what the person needs.",
        remedy: "Begin or finish the review under Access reviews; what was not carried out is ended under People.",
        run: reviews::run,
    },
    Probe {
        id: "V-23",
        title: "Nobody who left used anything afterwards",
        population: "people who left in the last 90 days",
        expected: "access ended within an hour of employment, nothing of theirs was accepted later, and the log has each end",
        expires_after: DAY,
        what_it_does_not_show: "Badges, keys and what other systems hold, and whoever left without anybody telling the system.",
        remedy: "Look on Measures whose access it was and what it opened, treat use afterwards as an incident, and note what was changed.",
        run: leavers::run,
    },
    Probe {
        id: "V-24",
        title: "Failed sign-ins are as their past lets one expect",
        population: "weeks since the log began, at most 38",
        expected: "this week and the one before are within what the twelve weeks before let one expect",
        expires_after: DAY,
        what_it_does_not_show: "Guesses so slow that they hide in what is usual; the rule on many networks looks for those.",
        remedy: "Look on Measures and in the log whose accounts were tried and from where, help the person or begin an incident, and note it.",
        run: sign_ins::run,
    },
    Probe {
        id: "V-37",
        title: "Every probe ran in its time",
        population: "other probes",
        expected: "every one has a result that still counts",
        expires_after: DAY,
        what_it_does_not_show: "That the clock of this machine is right.",
        remedy: "Look why the server's jobs stopped: its log says so. Then run the probes.",
        run: watch::run,
    },
];
