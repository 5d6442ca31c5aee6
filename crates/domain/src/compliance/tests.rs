use super::catalogue::read;
use super::*;

#[test]
fn s_sco_03_the_catalogue_is_the_fourteen_with_the_rules_own_marks() {
    let found: Vec<(String, Mark)> =
        catalogue().unwrap().into_iter().map(|s| (s.citation.to_string(), s.mark)).collect();
    let (r, a, s) = (Mark::Required, Mark::Addressable, Mark::Standard);
    let expected = [
        ("164.308(a)(1)(ii)(D)", r),
        ("164.308(a)(3)(ii)(C)", a),
        ("164.308(a)(4)(ii)(B)", a),
        ("164.308(a)(4)(ii)(C)", a),
        ("164.308(a)(5)(ii)(C)", a),
        ("164.312(a)(2)(i)", r),
        ("164.312(a)(2)(ii)", r),
        ("164.312(a)(2)(iii)", a),
        ("164.312(a)(2)(iv)", a),
        ("164.312(b)", s),
        ("164.312(c)(1)", s),
        ("164.312(d)", s),
        ("164.312(e)(1)", s),
        ("164.308(b)(1)", s),
    ];
    assert_eq!(found, expected.map(|(c, m)| (c.to_owned(), m)));
}

#[test]
fn a_citation_has_the_levels_of_the_cfr() {
    for good in ["164.312(b)", "164.308(a)(1)(ii)(D)", "164.312(a)(2)(iv)"] {
        assert_eq!(Citation::parse(good).map(|c| c.to_string()), Ok(good.to_owned()));
    }
    for bad in [
        "164.312",
        "164.310(d.1.i)",
        "164.310©",
        "160.312(a)",
        "164.312(a)(ii)(2)",
        "164.312(a)(2)(iv",
        "164.312()",
        "164.312(a)(2)(iv)(A)(1)",
    ] {
        assert!(Citation::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_catalogue_that_says_a_thing_twice_or_nothing_is_refused() {
    let entry = |slug: &str, citation: &str, probes: &str| {
        format!(
            "[[safeguard]]\nslug = \"{slug}\"\ncitation = \"{citation}\"\ntitle = \"t\"\nmark = \"required\"\nasks = \"a\"\n\
             cadence_days = 1\nshown = \"s\"\nprobes = [{probes}]\nverified_on = \"2026-11-22\"\n"
        )
    };
    let one = entry("one", "164.312(b)", "\"V-13\"");
    assert_eq!(read(&one).unwrap().len(), 1);
    assert!(read(&format!("{one}{}", entry("two", "164.312(b)", "\"V-13\""))).is_err(), "one citation twice");
    assert!(read(&format!("{one}{}", entry("one", "164.312(d)", "\"V-13\""))).is_err(), "one slug twice");
    assert!(read(&entry("one", "164.312(b)", "")).is_err(), "nothing shows it");
    assert!(read(&one.replace("required", "optional")).is_err(), "no such mark");
    assert!(read(&one.replace("2026-11-22", "2026-02-30")).is_err(), "no such day");
}

#[test]
fn unknown_is_never_a_pass() {
    let now = |v| (Shown::Now(v), Some(v));
    let (pass, fail, cannot) = (now(Verdict::Pass), now(Verdict::Fail), now(Verdict::NotEvaluable));
    let stale = |v| (Shown::Stale, Some(v));
    let missing = (Shown::Missing, None);
    assert_eq!(standing(&[pass], None), Standing::Proven);
    assert_eq!(standing(&[pass, cannot], None), Standing::Unknown);
    assert_eq!(standing(&[pass, stale(Verdict::Pass)], None), Standing::Unknown);
    assert_eq!(standing(&[pass, missing], None), Standing::Unknown);
    assert_eq!(standing(&[missing, fail], None), Standing::Failing);
    assert_eq!(standing(&[stale(Verdict::Fail)], None), Standing::Failing, "time mends nothing");
    assert_eq!(standing(&[], None), Standing::Unknown);
    let word = Some(Shown::Now(Verdict::Pass));
    assert_eq!(standing(&[], word), Standing::Attested);
    assert_eq!(standing(&[pass], word), Standing::Attested, "a person's word is not proof");
    assert_eq!(standing(&[pass], Some(Shown::Stale)), Standing::Unknown);
    assert_eq!(standing(&[cannot], word), Standing::Unknown);
    assert_eq!(standing(&[fail], word), Standing::Failing);
}
