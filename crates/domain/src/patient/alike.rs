//! Are these two the same person? A score for the person at the desk, never a merge.

use jiff::civil::Date;

use crate::name::{PersonName, search_key};
use crate::place::Phone;

/// From here on two records are probably one person.
pub const LIKELY: u8 = 80;
/// From here on somebody should look.
pub const POSSIBLE: u8 = 60;

/// What tells one person from another.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// Name.
    pub name: &'a PersonName,
    /// Date of birth.
    pub birth_date: Date,
    /// Telephone.
    pub phone: Option<&'a Phone>,
}

/// How alike two people are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// 0 to 100; see [`LIKELY`] and [`POSSIBLE`].
    pub score: u8,
    /// What agrees, in words.
    pub reasons: Vec<&'static str>,
}

/// Compares two people: family name 25, given name 30, birth date 30, telephone 15. Twins share three of the four and stay
/// under [`LIKELY`].
pub fn alike(a: Identity<'_>, b: Identity<'_>) -> Likeness {
    let mut reasons = Vec::new();
    let mut score = 0_u8;
    let mut give = |points: u8, reason: &'static str| {
        if points > 0 {
            score = score.saturating_add(points);
            reasons.push(reason);
        }
    };
    let (family_a, family_b) = (search_key(a.name.family.as_str()), search_key(b.name.family.as_str()));
    let (given_a, given_b) = (search_key(a.name.given.as_str()), search_key(b.name.given.as_str()));
    if family_a == given_b && family_b == given_a && family_a != family_b {
        give(50, "names the other way round");
    } else {
        give(close(&family_a, &family_b, 25), "family name");
        give(given(a.name, b.name), "given name");
    }
    match (a.birth_date == b.birth_date, nearly(a.birth_date, b.birth_date)) {
        (true, _) => give(30, "birth date"),
        (_, true) => give(15, "birth date nearly"),
        _ => {}
    }
    if a.phone.is_some() && a.phone == b.phone {
        give(15, "telephone");
    }
    Likeness { score, reasons }
}

/// Full points for the same text, two thirds for one letter's difference or for one of two joined names.
fn close(a: &str, b: &str, points: u8) -> u8 {
    let part_of = |long: &str, short: &str| short.len() > 2 && long.split(' ').any(|w| w == short);
    if a == b {
        points
    } else if one_edit(a, b) || part_of(a, b) || part_of(b, a) {
        points / 3 * 2
    } else {
        0
    }
}

fn given(a: &PersonName, b: &PersonName) -> u8 {
    let names = |n: &PersonName| -> Vec<String> {
        [Some(&n.given), n.preferred.as_ref()].into_iter().flatten().map(|p| search_key(p.as_str())).collect()
    };
    let (names_a, names_b) = (names(a), names(b));
    let best = names_a.iter().flat_map(|x| names_b.iter().map(move |y| close(x, y, 30))).max().unwrap_or(0);
    let initial = |n: &[String]| n.first().filter(|f| f.chars().count() == 1).cloned();
    let by_initial =
        |one: &[String], other: &[String]| initial(one).is_some_and(|i| other.iter().any(|name| name.starts_with(&i)));
    if best == 0 && (by_initial(&names_a, &names_b) || by_initial(&names_b, &names_a)) { 15 } else { best }
}

/// Day and month swapped, or one digit mistyped.
fn nearly(a: Date, b: Date) -> bool {
    let swapped = a.year() == b.year() && a.month() == b.day() && a.day() == b.month();
    let (a, b) = (a.to_string(), b.to_string());
    swapped || a.chars().zip(b.chars()).filter(|(x, y)| x != y).count() == 1
}

/// Whether one letter added, dropped or changed makes one text of the other. Short texts have to be the same.
fn one_edit(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() < 4 || long.len() - short.len() > 1 {
        return false;
    }
    let head = short.iter().zip(&long).take_while(|(x, y)| x == y).count();
    let tail = short.iter().rev().zip(long.iter().rev()).take_while(|(x, y)| x == y).count();
    head + tail >= long.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    struct Who(PersonName, Date, Option<Phone>);

    fn who(family: &str, given: &str, birth: Date, phone: &str) -> Who {
        Who(PersonName::new(family, given).unwrap(), birth, Phone::parse(phone).ok())
    }

    fn check(a: &Who, b: &Who, expect: std::ops::RangeInclusive<u8>) {
        let identity = |w: &'_ Who| (w.0.clone(), w.1, w.2.clone());
        let (a, b) = (identity(a), identity(b));
        let (one, two) = (
            Identity { name: &a.0, birth_date: a.1, phone: a.2.as_ref() },
            Identity { name: &b.0, birth_date: b.1, phone: b.2.as_ref() },
        );
        let forth = alike(one, two);
        assert!(expect.contains(&forth.score), "{} vs {}: {forth:?}", a.0, b.0);
        assert_eq!(forth.score, alike(two, one).score, "the order does not matter");
    }

    #[test]
    fn the_same_person_twice() {
        let birth = date(1984, 6, 9);
        let ann = who("Nuñez", "Ann", birth, "312-555-0142");
        check(&ann, &who("Nunez", "Ann", birth, "312-555-0142"), 100..=100);
        check(&ann, &who("Nunez", "Ann", birth, ""), 85..=85);
        check(&ann, &who("Nunes", "Ann", date(1984, 9, 6), "312-555-0142"), POSSIBLE..=99);
        check(&ann, &who("Ann", "Nuñez", birth, ""), LIKELY..=LIKELY);
        check(&ann, &who("Nunez-Smith", "Ann", birth, ""), POSSIBLE..=84);
    }

    #[test]
    fn one_letter_is_a_slip_and_two_are_another_name() {
        for (a, b, expect) in [
            ("jansen", "jansens", true),
            ("jansen", "janssen", true),
            ("jansen", "hansen", true),
            ("jansen", "jankin", false),
            ("jansen", "jansenss", false),
            ("lee", "lea", false),
            ("anna", "annna", true),
        ] {
            assert_eq!(one_edit(a, b), expect, "{a} {b}");
            assert_eq!(one_edit(b, a), expect, "{b} {a}");
        }
    }

    #[test]
    fn twins_and_strangers_are_two() {
        let birth = date(2019, 2, 28);
        check(
            &who("Okafor", "Chidi", birth, "312-555-0100"),
            &who("Okafor", "Amara", birth, "312-555-0100"),
            POSSIBLE..=LIKELY - 1,
        );
        check(&who("Smith", "Mary", birth, ""), &who("Jones", "Mary", date(1950, 1, 1), ""), 0..=POSSIBLE - 1);
        check(&who("Li", "Wei", birth, ""), &who("Lu", "Wei", birth, ""), POSSIBLE..=LIKELY - 1);
    }
}
