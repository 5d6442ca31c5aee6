//! What a browser kept off one of our pages: reports of violations of the content security policy (CSP Level 3, section 5).
//! A page of ours breaks its own policy only by a mistake of ours, or because somebody got something into it.
//!
//! The policy says `report-uri` and not `report-to`: the first is sent at once, with the session, by every browser.

use app::Blocked;
use serde::Deserialize;

use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::route::{Gate, Route, Verb};
use crate::server::Web;

/// Where they go.
pub(crate) const PATH: &str = "/blocked-content";
/// What they come as.
pub(crate) const MIME: &str = "application/csp-report";
/// The form's field that holds the report.
pub(crate) const FIELD: &str = "report";

/// The browser sends no form token, and the answer says nothing, so the gate is open. Whoever is not signed in is not heard.
pub(crate) const ROUTES: &[Route] = &[Route { method: Verb::Post, path: PATH, gate: Gate::Open, handler: blocked }];

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "csp-report")]
    report: Report,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Report {
    document_uri: String,
    effective_directive: String,
    violated_directive: String,
    blocked_uri: String,
}

/// `POST /blocked-content`.
fn blocked(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    if let (Ok(cx), Some(report)) = (ask.cx(), read(ask.field(FIELD))) {
        web.app.note_blocked(cx, &report)?;
    }
    Ok(Reply::nothing())
}

/// The parts that tell what happened and nothing about a patient: no query, no excerpt.
fn read(text: &str) -> Option<Blocked> {
    let Report { document_uri, effective_directive, violated_directive, blocked_uri } =
        serde_json::from_str::<Envelope>(text).ok()?.report;
    // Older browsers put the whole rule behind its name.
    let rule = if effective_directive.is_empty() { violated_directive } else { effective_directive };
    let rule = rule.split(' ').next().unwrap_or_default();
    let page = document_uri.split_once("://").map_or("", |(_, rest)| rest.find('/').map_or("", |at| tail(rest, at)));
    let page = page.split(['?', '#']).next().unwrap_or_default();
    Some(Blocked { rule: words(rule, 40), what: words(origin(&blocked_uri), 80), page: words(page, 80) })
}

fn tail(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// `inline`, `eval` and the like as they are; of an address its scheme and host.
fn origin(uri: &str) -> &str {
    let host = uri.find("://").map_or(0, |at| at + 3);
    let end = tail(uri, host).find(['/', '?', '#']).map_or(uri.len(), |at| host + at);
    // `data:` and `blob:` hold what they name.
    let end = if host == 0 { uri.find(':').unwrap_or(end) } else { end };
    uri.get(..end).unwrap_or_default()
}

/// What a log may hold of a stranger's text.
fn words(text: &str, most: usize) -> String {
    text.chars().filter(char::is_ascii_graphic).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(blocked: &str, page: &str) -> (String, String, String) {
        let text = format!(
            r#"{{"csp-report":{{"document-uri":"{page}","blocked-uri":"{blocked}","violated-directive":"script-src 'self'","line-number":3}}}}"#
        );
        read(&text).map(|b| (b.rule, b.what, b.page)).unwrap()
    }

    #[test]
    fn of_a_report_the_rule_the_origin_and_the_path_are_kept() {
        let page = "https://practice.test/patients/0190?q=quetzal#x";
        let kept = |what: &str| ("script-src".to_owned(), what.to_owned(), "/patients/0190".to_owned());
        assert_eq!(told("inline", page), kept("inline"));
        assert_eq!(told("https://evil.test/a?name=quetzal", page), kept("https://evil.test"));
        assert_eq!(told("https://evil.test", page), kept("https://evil.test"));
        assert_eq!(told("data:text/html,quetzal", page), kept("data"));
        assert_eq!(told("", "about:blank"), ("script-src".to_owned(), String::new(), String::new()));
        assert_eq!(told(&"x".repeat(500), page).1.len(), 80);
    }

    #[test]
    fn what_is_no_report_says_nothing() {
        for text in ["", "{}", "[]", r#"{"csp-report":3}"#, "quetzal"] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
