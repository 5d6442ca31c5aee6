use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::components::{Nonce, Preferences};

fn context() -> PageContext {
    PageContext {
        nonce: Nonce::new("n0nce"),
        practice: "Northside".to_owned(),
        user: "Dana W.".to_owned(),
        role: "Front desk".to_owned(),
        nav: Vec::new(),
        active: None,
        csrf: "token<".to_owned(),
        locks_in: 600,
        preferences: Preferences::default(),
        takes: crate::components::Takes::default(),
        emergency: None,
    }
}

#[test]
fn a_posting_form_has_the_nonce_the_token_and_works_without_scripts() {
    let html = Hx::post(&context(), "/visits").target("#day").swap(Swap::Morph).form(&html! {}).into_string();
    for part in [
        "method=\"post\"",
        "action=\"/visits\"",
        "hx-post=\"/visits\"",
        "hx-nonce=\"n0nce\"",
        "hx-swap=\"outerMorph\"",
        "name=\"csrf\" value=\"token&lt;\"",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(!html.contains("hx-get"), "{html}");
}

#[test]
fn an_asking_form_carries_no_token_into_the_address() {
    let html = Hx::get(&context(), "/claims").trigger(Trigger::Filter).form(&html! {}).into_string();
    assert!(html.contains("method=\"get\"") && !html.contains("csrf"), "{html}");
}

#[test]
fn a_poll_says_that_nobody_asked() {
    let poll = Hx::get(&context(), "/").trigger(Trigger::Every(60)).region(&html! {}).into_string();
    assert!(poll.contains("hx-trigger=\"every 60s\"") && poll.contains("{&quot;Wellkept-Poll&quot;:"), "{poll}");
    let asked = Hx::get(&context(), "/").trigger(Trigger::Load).region(&html! {}).into_string();
    assert!(!asked.contains("hx-headers"), "a panel that loads with its page is asked for: {asked}");
}

fn sources(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs")
            && !path.ends_with("hx.rs")
            && !path.ends_with("hx/tests.rs")
        {
            into.push(path);
        }
    }
}

/// The policy would block the second and the third; the first would be stripped, and the page would stand still.
#[test]
fn no_other_file_writes_htmx_attributes_styles_or_handlers() {
    let mut files = Vec::new();
    sources(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path(), &mut files);
    assert!(files.len() > 20, "the sources were not found");
    let verbs = [
        "nonce", "get", "post", "put", "patch", "delete", "target", "swap", "trigger", "select", "vals", "on", "boost",
        "include", "sync", "headers",
    ];
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for (line, n) in text.lines().zip(1..) {
            let attribute =
                verbs.iter().any(|v| line.contains(&format!("hx-{v}=")) || line.contains(&format!("hx-{v}-")));
            let inline =
                ["style=", "onclick=", "onsubmit=", "onchange="].iter().any(|a| line.contains(&format!(" {a}")));
            assert!(!attribute && !inline, "{}:{n}: write it through `Hx`, or as a class: {line}", file.display());
        }
    }
}
