//! The words of the page "Who may do what" against the reviewed matrix: they say what it says, and nothing else.

use domain::access::{Action, Role};

use super::super::{Duties, Duty, Policies, TERMS};
use super::{changed, policies};

const MATRIX: &str = include_str!("../../../../../policies/matrix.txt");

/// The lines of a section: action, thing, and a cell for each role.
fn section(head: &str) -> Vec<(Action, &'static str, Vec<&'static str>)> {
    let (_, rest) = MATRIX.split_once(&format!("\n{head}")).unwrap();
    let lines = rest.lines().skip(1).take_while(|line| !line.is_empty());
    let read = |line: &'static str| {
        let (what, cells) = line.split_at_checked(54)?;
        let (action, thing) = what.trim().split_once(' ')?;
        Some((Action::parse(action)?, thing.trim(), cells.split_whitespace().collect()))
    };
    lines.filter_map(read).collect()
}

/// What the words promise about a line of the matrix, to somebody who reads them and knows nothing of the program.
fn promised(words: &[&str], thing: &str) -> &'static str {
    let (closed, denied) = (thing.contains("restricted") && !thing.contains("open"), thing.contains("denied"));
    let refused = |word: &&str| match *word {
        "no" => true,
        "not restricted" => closed,
        "restricted only" => !closed,
        "own visits" => thing.starts_with("visit"),
        "not their own" => thing == "own account",
        "their own only" => thing == "account",
        "restricted in an emergency" | "on the premises" => false,
        other => panic!("nobody was told what `{other}` means"),
    };
    if words == ["never"] {
        "never"
    } else if denied || words.iter().any(refused) {
        "refused"
    } else {
        "yes"
    }
}

fn words(duties: &Duties, role: Role, action: Action) -> Option<Vec<&str>> {
    let (_, row) = duties.rows.iter().find(|(a, _)| *a == action)?;
    Role::ALL.iter().zip(row).find(|(r, _)| **r == role).map(|(_, duty)| duty.terms())
}

fn duties(policies: &Policies) -> Duties {
    Duties::clone(&policies.duties().unwrap())
}

/// S-ADM-03, too: what somebody checks is what is decided.
#[test]
fn s_tec_03_the_page_says_what_the_reviewed_matrix_says() {
    let (duties, lines) = (duties(&policies()), section("With a second factor"));
    assert!(lines.len() > 150 && duties.denied_refused);
    for (action, thing, cells) in &lines {
        for (role, cell) in Role::ALL.iter().zip(cells) {
            let words = words(&duties, *role, *action).unwrap();
            let cell = if ["yes", "never"].contains(cell) { cell } else { "refused" };
            assert_eq!(promised(&words, thing), cell, "{role} {action} {thing}: {words:?}");
        }
    }
    // No row is missing, and none is made up.
    let mut asked: Vec<Action> = lines.iter().map(|(action, ..)| *action).collect();
    asked.dedup();
    assert_eq!(duties.rows.iter().map(|(action, _)| *action).collect::<Vec<_>>(), asked);
    assert_eq!(duties.rows.len() + duties.programs.len(), Action::ALL.len());
}

#[test]
fn s_tec_03_what_an_emergency_opens_is_said_of_whom_it_opens_it_for() {
    let duties = duties(&policies());
    let lines = section("With emergency access to the patient");
    for (action, row) in &duties.rows {
        for (role, duty) in Role::ALL.iter().zip(row) {
            let at = Role::ALL.iter().position(|r| r == role).unwrap();
            let begins = words(&duties, *role, Action::EmergencyOpen) == Some(vec!["restricted only"]);
            let opened = lines.iter().any(|(a, _, cells)| a == action && cells[at] == "yes");
            let said = duty.terms().contains(&"restricted in an emergency");
            assert_eq!(said, begins && opened, "{role} {action}: {:?}", duty.terms());
        }
    }
}

#[test]
fn s_phy_06_what_is_kept_to_the_premises_is_said_of_whom_it_is_kept_from() {
    let duties = duties(&policies());
    let lines = section("From outside with a registered device");
    for (action, row) in &duties.rows {
        for (at, (role, duty)) in Role::ALL.iter().zip(row).enumerate() {
            let refused = lines.iter().any(|(a, _, cells)| a == action && cells[at] == "remote");
            let said = duty.terms().contains(&"on the premises");
            assert_eq!(said, refused && duty.is_yes(), "{role} {action}: {:?}", duty.terms());
        }
    }
}

#[test]
fn s_tec_03_what_needs_no_second_factor_or_standing_is_named() {
    let of = |head: &str| {
        let mut actions: Vec<Action> = section(head).into_iter().map(|(action, ..)| action).collect();
        actions.dedup();
        actions
    };
    let found = duties(&policies());
    assert_eq!(found.without_factor, of("Without a second factor"));
    assert_eq!(found.when_ended, of("With the account disabled"));
    assert_eq!(found.outside, of("From outside without a registered device"));
    assert!(duties(&changed("guards.cedar", without_disabled).unwrap()).when_ended.len() > 10);
}

fn without_disabled(text: &str) -> String {
    let (before, rest) = text.split_once("@id(\"guard.disabled\")").unwrap();
    format!("{before}{}", rest.split_once(';').unwrap().1)
}

#[test]
fn a_rule_without_words_is_listed_case_by_case() {
    let rule = "@id(\"test.odd\")\npermit (principal in Role::\"biller\", action == Action::\"charge.edit\", \
                resource is Visit) when { resource has clinician };\n";
    let odd = duties(&changed("biller.cedar", |text| format!("{text}\n{rule}")).unwrap());
    let (_, row) = odd.rows.iter().find(|(action, _)| *action == Action::ChargeEdit).unwrap();
    let biller = Role::ALL.iter().position(|role| *role == Role::Biller).unwrap();
    let cases = ["own visit", "visit", "own visit, restricted, open", "visit, restricted, open"];
    assert_eq!(row[biller], Duty::Listed(cases.map(str::to_owned).to_vec()));
}

#[test]
fn every_term_has_its_meaning_and_none_means_nothing() {
    let duties = duties(&policies());
    let used: std::collections::BTreeSet<&str> =
        duties.rows.iter().flat_map(|(_, row)| row).flat_map(Duty::terms).collect();
    let told: std::collections::BTreeSet<&str> = TERMS.iter().map(|(term, _)| *term).collect();
    assert_eq!(used, told);
}
