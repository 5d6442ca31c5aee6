//! The nine probes of the spine. V-37 looks at the others, so it comes last.

pub(super) mod access;
mod bytes;
pub(super) mod der;
pub(super) mod place;
mod second_factor;
pub(super) mod session;
mod settings;
pub(super) mod tls;
mod trail;
mod watch;

#[cfg(test)]
pub(super) use access::judge as judge_access;
#[cfg(test)]
pub(super) use bytes::{examine, scan};

use super::Probe;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Every probe.
pub const PROBES: &[Probe] = &[
    Probe {
        id: "V-02",
        title: "Second factor for everybody who can see health information",
        expires_after: DAY,
        what_it_does_not_show: "That each person keeps the second factor to themselves.",
        remedy: "Have these people sign in and enrol, or disable their accounts on People.",
        run: second_factor::run,
    },
    Probe {
        id: "V-03",
        title: "Roles may do what the reviewed matrix says, and no more",
        expires_after: DAY,
        what_it_does_not_show: "That each person has the right role; an access review does.",
        remedy: "Compare policies/ with policies/matrix.txt, and restore or review what differs.",
        run: access::run,
    },
    Probe {
        id: "V-04",
        title: "An idle session is refused",
        expires_after: DAY,
        what_it_does_not_show: "That people lock the screen when they leave it before the limit.",
        remedy: "Set idle_minutes to 15 or less, restart, and sign everybody out.",
        run: session::run,
    },
    Probe {
        id: "V-07",
        title: "The bytes on disk are not readable",
        expires_after: DAY,
        what_it_does_not_show: "Files that somebody exported or copied elsewhere, and memory of the running server.",
        remedy: "Stop the server, keep the files, and restore into a new practice; report an incident if somebody could read them.",
        run: bytes::run,
    },
    Probe {
        id: "V-08",
        title: "The key is not beside the data",
        expires_after: DAY,
        what_it_does_not_show: "Who else holds a copy of the key. Safe harbour of a breach is not claimed.",
        remedy: "Make the practice with a systemd credential or a passphrase on a memory file system, see docs/cli.md.",
        run: place::run,
    },
    Probe {
        id: "V-09",
        title: "The server's own TLS handshake",
        expires_after: DAY,
        what_it_does_not_show: "Connections that other programs make, and a proxy in front of this server.",
        remedy: "Renew the certificate, close the plain port, and let nothing below TLS 1.2 answer.",
        run: tls::run,
    },
    Probe {
        id: "V-13",
        title: "The log is whole, and a canary read is in it",
        expires_after: 6 * HOUR,
        what_it_does_not_show: "Looks at paper or at screens, and what an outside witness has seen of the log.",
        remedy: "Stop changing anything, run `wellkept verify`, and restore the log from a backup; treat it as an incident.",
        run: trail::run,
    },
    Probe {
        id: "V-20",
        title: "Settings are those that were approved",
        expires_after: DAY,
        what_it_does_not_show: "That the approved settings are good ones.",
        remedy: "Put the setting back, or approve the present ones on this page.",
        run: settings::run,
    },
    Probe {
        id: "V-37",
        title: "Every probe ran in its time",
        expires_after: DAY,
        what_it_does_not_show: "That the clock of this machine is right.",
        remedy: "Look why the server's jobs stopped: its log says so. Then run the probes.",
        run: watch::run,
    },
];
