use super::*;

fn code(text: &str) -> String {
    let lines = Source::parse("x.rs", text).all_lines();
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

fn strings(text: &str) -> Vec<String> {
    Source::parse("x.rs", text).literals.into_iter().map(|literal| literal.text).collect()
}

#[test]
fn comments_and_strings_are_blanked_and_lines_stay() {
    assert_eq!(code("a // b\nc /* d\n/* e */ f */ g\n"), "a     \nc     \n             g\n");
    assert_eq!(code(r#"f("a // \" b", 'x', '\'', '"')"#), r#"f("         ", ' ', '  ', ' ')"#.to_owned() + "\n");
    assert_eq!(code("fn f<'a>(x: &'a str) { r#type }"), "fn f<'a>(x: &'a str) { r#type }\n");
}

#[test]
fn strings_of_every_kind_are_found() {
    assert_eq!(
        strings(r##"x("one", r"two\", r#"th"ree"#, b"four", br"five")"##),
        ["one", r"two\", "th\"ree", "four", "five"]
    );
    assert_eq!(strings("'\"' // \"no\"\n\"yes\""), ["yes"]);
}

#[test]
fn functions_are_measured_from_fn_to_brace() {
    let text =
        "trait T { fn none(&self) -> [u8; 2]; }\nfn one() { \"}\"; }\nfn three(a: [u8; 3])\n{\n}\nlet f: fn(u8) = x;\n";
    let found = Source::parse("x.rs", text).functions;
    let found: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.line, f.length)).collect();
    assert_eq!(found, [("one", 2, 1), ("three", 3, 3)]);
}

#[test]
fn what_stands_under_cfg_test_is_a_test() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nfn c() {}\n#[cfg(test)]\nuse x;\nfn d() {}\n";
    let source = Source::parse("crates/x/src/a.rs", text);
    let tests: Vec<usize> = (1..=9).filter(|line| source.is_test(*line)).collect();
    assert_eq!(tests, [2, 3, 4, 5, 7, 8]);
    assert!(Source::parse("crates/x/src/a/tests.rs", "").is_test(1));
    assert!(!Source::parse("crates/x/src/contests.rs", "").is_test(1));
}
