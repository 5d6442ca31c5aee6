//! `policies/matrix.txt`: what the policies answer to every question, for a reviewer to read in the diff of a change.

use std::fmt::Write as _;

use std::collections::BTreeSet;

use domain::access::{Action, Role};
use domain::client::ApiScope;
use domain::device::Origin;
use domain::id::ClientId;

use super::super::{ClientRequest, Decision, FieldGroup, Policies, Reason, Request, Resource};
use super::{me, origins, policies, resources, text};

const HEADER: &str = "\
What the policies answer, for each role. Made by a test from the policies in this directory, and compared by it:
a change here is a change of who sees what, and needs a review. To write it anew after a reviewed change:

    UPDATE_MATRIX=1 cargo test -p app matrix

yes = allowed. Otherwise the first reason for the refusal: no = no policy permits it, never = kept from the role,
restr = the record is restricted, named = the record denies the account by name, self = nobody does this to their own
account, out = from outside without a registered device, remote = nothing is printed, saved or exported from outside.
\"restricted\" is a restricted patient, \"open\" one whose record is open to the account that asks all the same, and \"denied\"
one whose record denies the account. A visit is \"own\" when the account is its clinician's.
";

fn cell(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allowed(_) => "yes",
        Decision::Denied(denial) => match denial.reason {
            Reason::NotPermitted => "no",
            Reason::NeverForRole => "never",
            Reason::Restricted => "restr",
            Reason::ClosedInside => "inside",
            Reason::DeniedByName => "named",
            Reason::OwnAccount => "self",
            Reason::SecondFactor => "mfa",
            Reason::Disabled => "off",
            Reason::Outside => "out",
            Reason::Remote => "remote",
            Reason::NotApplicable => "-",
            Reason::Fault => "FAULT",
        },
    }
}

fn line(out: &mut String, what: &str, cells: impl Iterator<Item = impl AsRef<str>>) {
    let cells: String = cells.fold(String::new(), |mut all, cell| {
        write!(all, " {:<8}", cell.as_ref()).unwrap();
        all
    });
    writeln!(out, "{what:<54}{}", cells.trim_end()).unwrap();
}

fn heads() -> impl Iterator<Item = &'static str> {
    Role::ALL.iter().map(|role| match role {
        Role::FrontDesk => "front",
        Role::Biller => "biller",
        Role::Clinician => "clinic",
        Role::PracticeManager => "manager",
        Role::SecurityOfficial => "security",
        Role::PrivacyOfficial => "privacy",
        Role::Auditor => "auditor",
        Role::SystemAdministrator => "sysadmin",
    })
}

/// What is known of the session and the account.
#[derive(Clone)]
struct Known {
    mfa: bool,
    disabled: bool,
    emergency: bool,
    origin: Origin,
}

const USUAL: Known = Known { mfa: true, disabled: false, emergency: false, origin: Origin::Premises };

fn cells(policies: &Policies, known: &Known, action: Action, resource: &Resource) -> Vec<&'static str> {
    let Known { mfa, disabled, emergency, .. } = *known;
    let ask = |role: &Role| {
        let (account, role, origin, resource) = (me(), *role, known.origin.clone(), resource.clone());
        cell(&policies.decide(&Request { account, role, disabled, mfa, emergency, origin, action, resource }))
    };
    Role::ALL.iter().map(ask).collect()
}

/// One line for each action and thing it applies to; `keep` chooses among them. Also how many lines were left out.
fn section(out: &mut String, policies: &Policies, known: &Known, keep: impl Fn(&[&str]) -> bool) -> usize {
    let mut left = 0;
    for action in Action::ALL {
        for (name, resource) in resources() {
            let cells = cells(policies, known, *action, &resource);
            if cells.iter().all(|cell| *cell == "-") {
                continue;
            }
            if keep(&cells) {
                line(out, &format!("{action:<19} {name}"), cells.iter());
            } else {
                left += 1;
            }
        }
    }
    left
}

fn matrix(policies: &Policies) -> String {
    let mut out = HEADER.to_owned();
    writeln!(out, "\nWith a second factor").unwrap();
    line(&mut out, "", heads());
    assert_eq!(section(&mut out, policies, &USUAL, |_| true), 0);

    writeln!(out, "\nWithout a second factor: the lines that allow anything").unwrap();
    let some = |cells: &[&str]| cells.contains(&"yes");
    let left = section(&mut out, policies, &Known { mfa: false, ..USUAL }, some);
    writeln!(out, "({left} more, all refused)").unwrap();

    writeln!(out, "\nWith the account disabled: the lines that allow anything").unwrap();
    let off = Known { disabled: true, ..USUAL };
    let left =
        section(&mut out, policies, &off, some) + section(&mut out, policies, &Known { mfa: false, ..off }, some);
    writeln!(out, "({left} more, all refused)").unwrap();

    let [_, device, nothing] = origins();
    writeln!(out, "\nFrom outside without a registered device: the lines that allow anything").unwrap();
    let left = section(&mut out, policies, &Known { origin: nothing, ..USUAL }, some);
    writeln!(out, "({left} more, all refused)").unwrap();
    writeln!(out, "\nFrom outside with a registered device that stands well: the lines that differ").unwrap();
    differing(&mut out, policies, &Known { origin: device, ..USUAL });

    writeln!(out, "\nWith emergency access to the patient: the lines that differ").unwrap();
    differing(&mut out, policies, &Known { emergency: true, ..USUAL });

    writeln!(out, "\nWhich parts of a patient's record an action shows").unwrap();
    line(&mut out, "", heads());
    for action in Action::ALL {
        for group in FieldGroup::ALL {
            let shows = |role: &Role| policies.fields_for(*role, *action).contains(group);
            if Role::ALL.iter().any(shows) {
                let cells = Role::ALL.iter().map(|role| if shows(role) { "yes" } else { "no" });
                line(&mut out, &format!("{action:<19} {group}"), cells);
            }
        }
    }
    clients(&mut out, policies);
    out
}

/// The lines that are others than usual.
fn differing(out: &mut String, policies: &Policies, known: &Known) {
    for action in Action::ALL {
        for (name, resource) in resources() {
            let found = cells(policies, known, *action, &resource);
            if found != cells(policies, &USUAL, *action, &resource) {
                line(out, &format!("{action:<19} {name}"), found.iter());
            }
        }
    }
}

/// What a client may do with each scope alone, and what it is shown.
fn clients(out: &mut String, policies: &Policies) {
    writeln!(out, "\nAPI clients, with one scope each: what is allowed, and which parts of a record it shows").unwrap();
    for scope in ApiScope::ALL {
        let scopes = BTreeSet::from([*scope]);
        for action in Action::ALL {
            for (name, resource) in resources() {
                let (client, scopes) = (ClientId::parse(&text(9)).unwrap(), scopes.clone());
                let request = ClientRequest { client, owner: me(), disabled: false, scopes, action: *action, resource };
                if let Decision::Allowed(grant) = policies.decide_client(&request) {
                    let fields: Vec<&str> = grant.fields().iter().map(|f| f.as_str()).collect();
                    let line = format!("{scope:<19} {action:<19} {name:<13} {}", fields.join(" "));
                    writeln!(out, "{}", line.trim_end()).unwrap();
                }
            }
        }
    }
}

#[test]
fn matrix_is_the_reviewed_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/matrix.txt");
    let found = matrix(&policies());
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let reviewed = std::fs::read_to_string(path).unwrap_or_default();
    for (number, (found, reviewed)) in found.lines().zip(reviewed.lines()).enumerate() {
        assert_eq!(found, reviewed, "policies/matrix.txt, line {}: see its head", number + 1);
    }
    assert_eq!(found.len(), reviewed.len(), "policies/matrix.txt has lost or gained lines: see its head");
}
