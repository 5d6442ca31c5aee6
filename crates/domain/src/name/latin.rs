//! Latin spellings: folding letters for searching and for the X12 basic character set.

/// The X12 basic set beside letters, digits and space, less the delimiters that our files use (`*` and `:`).
const X12_MARKS: &str = "!\"&'()+,-./;?=";

/// Upper-case text in the X12 basic character set, at most `max` characters. What has no spelling there becomes a space;
/// spaces are made single, and none stands at an end.
pub fn x12_text(text: &str, max: usize) -> String {
    let mut spelled = String::with_capacity(text.len());
    for c in text.chars() {
        match spell(c) {
            Spelled::Text(s) => spelled.push_str(s),
            Spelled::Char(c) if c.is_ascii_alphanumeric() || X12_MARKS.contains(c) => {
                spelled.push(c.to_ascii_uppercase());
            }
            Spelled::Char(_) => spelled.push(' '),
            Spelled::Nothing => {}
        }
    }
    let words = spelled.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = words.chars().take(max).collect();
    cut.trim_end().to_owned()
}

/// Folded text to search with: lower case, Latin letters without marks, words parted by one space, apostrophes dropped.
/// Letters of other scripts stay, so that they can be found as they are written.
pub fn search_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for c in text.chars() {
        match spell(c) {
            Spelled::Text("'") | Spelled::Char('\'') | Spelled::Nothing => {}
            Spelled::Text(s) if s.chars().all(char::is_alphanumeric) => key.push_str(&s.to_ascii_lowercase()),
            Spelled::Char(c) if c.is_alphanumeric() => key.extend(c.to_lowercase()),
            Spelled::Text(_) | Spelled::Char(_) => key.push(' '),
        }
    }
    key.split_whitespace().collect::<Vec<_>>().join(" ")
}

enum Spelled {
    /// The character itself.
    Char(char),
    /// One or more upper-case ASCII characters.
    Text(&'static str),
    /// A combining mark.
    Nothing,
}

/// Letters with marks by the letter they fold to, upper case only: the rest is upper-cased first.
const FOLDS: &[(&str, &str)] = &[
    ("A", "ÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦẠẢẤẦẨẪẬẮẰẲẴẶḀ"),
    ("AE", "ÆǢǼ"),
    ("B", "ḂḄḆƁ"),
    ("C", "ÇĆĈĊČḈƇ"),
    ("D", "ÐĎĐḊḌḎḐḒƉƊ"),
    ("E", "ÈÉÊËĒĔĖĘĚȄȆȨẸẺẼẾỀỂỄỆḔḖḘḚḜ"),
    ("F", "ḞƑ"),
    ("G", "ĜĞĠĢǤǦǴḠƓ"),
    ("H", "ĤĦȞḢḤḦḨḪ"),
    ("I", "ÌÍÎÏĨĪĬĮİIǏȈȊỈỊḬḮƗ"),
    ("IJ", "Ĳ"),
    ("J", "Ĵ"),
    ("K", "ĶǨḰḲḴƘ"),
    ("L", "ĹĻĽĿŁḶḸḺḼ"),
    ("M", "ḾṀṂ"),
    ("N", "ÑŃŅŇŊǸṄṆṈṊƝ"),
    ("O", "ÒÓÔÕÖØŌŎŐƠǑǪǬǾȌȎȪȬȮȰỌỎỐỒỔỖỘỚỜỞỠỢṌṎṐṒ"),
    ("OE", "Œ"),
    ("P", "ṔṖƤ"),
    ("R", "ŔŖŘȐȒṘṚṜṞ"),
    ("S", "ŚŜŞŠȘṠṢṤṦṨſ"),
    ("SS", "ßẞ"),
    ("T", "ŢŤŦȚṪṬṮṰƬ"),
    ("TH", "Þ"),
    ("U", "ÙÚÛÜŨŪŬŮŰŲƯǓǕǗǙǛȔȖỤỦỨỪỬỮỰṲṴṶṸṺ"),
    ("V", "ṼṾ"),
    ("W", "ŴẀẂẄẆẈ"),
    ("X", "ẊẌ"),
    ("Y", "ÝŶŸȲỲỴỶỸẎƳ"),
    ("Z", "ŹŻŽẐẒẔƵ"),
    ("E", "Ə"),
    ("'", "\u{2018}\u{2019}\u{201A}\u{201B}\u{2032}\u{02BC}\u{02BB}\u{02BE}\u{02BF}\u{00B4}`"),
    ("\"", "\u{201C}\u{201D}\u{201E}«»"),
    ("-", "\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}"),
];

fn spell(c: char) -> Spelled {
    if c.is_ascii() && c != '`' {
        return Spelled::Char(c);
    }
    if matches!(c, '\u{0300}'..='\u{036F}') {
        return Spelled::Nothing;
    }
    let found = |c: char| FOLDS.iter().find(|(_, marked)| marked.contains(c)).map(|(plain, _)| *plain);
    let mut upper = c.to_uppercase();
    let first = match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    };
    found(c).or_else(|| found(first)).map_or(Spelled::Char(c), Spelled::Text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, x12: &str, key: &str) {
        assert_eq!(x12_text(text, 60), x12, "{text}");
        assert_eq!(search_key(text), key, "{text}");
    }

    #[test]
    fn spells_names_of_many_places() {
        check("José Nuñez", "JOSE NUNEZ", "jose nunez");
        check("Größe", "GROSSE", "grosse");
        check("Søren Ærø", "SOREN AERO", "soren aero");
        check("Nguyễn Thị Hồng", "NGUYEN THI HONG", "nguyen thi hong");
        check("Łódź ąę", "LODZ AE", "lodz ae");
        check("I\u{307}brahim Işık", "IBRAHIM ISIK", "ibrahim isik");
        check("Jose\u{301}", "JOSE", "jose");
        check("O\u{2019}Brien–Smith", "O'BRIEN-SMITH", "obrien smith");
        check("A*B~C:D^E|F", "A B C D E F", "a b c d e f");
        check("  Mary   Ann ", "MARY ANN", "mary ann");
        check("王小明", "", "王小明");
    }

    #[test]
    fn is_cut_to_length_without_a_dangling_space() {
        assert_eq!(x12_text("ABCDE FGH", 6), "ABCDE");
        assert_eq!(x12_text("ßßßß", 5), "SSSSS");
    }

    proptest! {
        #[test]
        fn never_a_delimiter_or_a_foreign_byte(text in "\\PC{0,40}") {
            let spelled = x12_text(&text, 35);
            prop_assert!(spelled.chars().count() <= 35);
            prop_assert!(spelled.bytes().all(|b| b == b' ' || b.is_ascii_uppercase() || b.is_ascii_digit() || X12_MARKS.as_bytes().contains(&b)));
            prop_assert!(spelled.bytes().all(|b| !b"*~:^|<>".contains(&b)));
            prop_assert_eq!(spelled.trim(), spelled.as_str());
        }
    }
}
