//! One safeguard: what the rule asks, what shows it, what that leaves open, and what to do.

use app::compliance::{Check, SafeguardView};
use domain::access::{Action, ResourceKind};
use domain::compliance::{Evidence, Verdict};
use maud::{Markup, html};

use crate::components::{
    Button, Field, Nav, Page, PageContext, Tone, badge, card, date, definition_list, form, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /readiness/{slug}`.
pub(super) fn page(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let view = web.app.safeguard(ask.cx()?, slug(ask))?;
    let may_run = web.app.role_may(ask.cx()?.role, Action::ProbeRun, ResourceKind::Compliance);
    let page = ask.page(Nav::Readiness);
    let s = &view.safeguard;
    let rule = [
        ("Rule", html! { "45 CFR " (s.citation) ", " (s.mark.label().to_lowercase()) }),
        ("It asks", html! { (s.asks) }),
        ("How it is shown", html! { (s.shown) }),
        ("Our words checked", date(s.verified_on)),
    ];
    let body = html! {
        (card("The rule, in our words", &definition_list(&rule)))
        @for check in &view.checks { (probe(web, &page, check, may_run, &s.slug)) }
        @if let Some(wanted) = &s.person { (person(web, &page, &view, wanted, may_run)) }
    };
    let beside = badge(&view.standing);
    let crumbs = [("Readiness", "/readiness")];
    Ok(Reply::page(Page::new(&page, &s.title).crumbs(&crumbs).beside(beside).render(&body)))
}

/// `POST /readiness/{slug}/attest`.
pub(super) fn attest(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let slug = slug(ask);
    web.app.attest(ask.cx()?, slug, ask.field("words"))?;
    Ok(Reply::see(format!("/readiness/{slug}")))
}

fn slug(ask: &Ask) -> &str {
    ask.parts.get("slug").map_or("", String::as_str)
}

fn when(web: &Web, e: &Evidence) -> Markup {
    html! {
        (instant(e.at.timestamp(), &web.zone)) ", "
        @match e.leaf { Some(n) => { "entry " (n) " of the log" }, None => "waiting for its place in the log" }
    }
}

fn looked_at(check: &Check, e: &Evidence) -> String {
    let (sample, population) = (e.finding.sample, e.finding.population);
    let of = check.probe.population;
    if population == 0 { format!("nothing yet ({of})") } else { format!("{sample} of {population} ({of})") }
}

fn probe(web: &Web, page: &PageContext, check: &Check, may_run: bool, slug: &str) -> Markup {
    let never = || html! { span.sub { "never run" } };
    let last = check.last.as_ref();
    let result = last.map_or_else(never, |e| {
        html! { (badge(&e.finding.verdict)) @if check.stale { " " (tag(Tone::Warn, "Out of date")) } " " (e.finding.said) }
    });
    let observed = last.map(|e| {
        html! {
            @for (name, value) in &e.finding.observed { (name.replace('_', " ")) ": " code { (value) } br; }
            "digest of it: " code { (e.finding.digest()) }
        }
    });
    let rows = [
        ("Result", result),
        ("What to do", html! { (check.probe.remedy) }),
        ("Last run", last.map_or_else(never, |e| when(web, e))),
        ("Counts until", last.map_or_else(never, |e| instant(e.expires_at.timestamp(), &web.zone))),
        ("Looked at", last.map_or_else(never, |e| html! { (looked_at(check, e)) })),
        ("Expected", html! { (check.probe.expected) }),
        ("Observed", observed.unwrap_or_else(never)),
        ("Does not show", html! { (check.probe.what_it_does_not_show) }),
    ];
    // A remedy is for what is not well.
    let well = last.is_some_and(|e| e.finding.verdict == Verdict::Pass && !check.stale);
    let rows: Vec<(&str, Markup)> = rows.into_iter().filter(|(label, _)| !(well && *label == "What to do")).collect();
    let run = |action: &str, label: &str| {
        form(
            page,
            action,
            &html! {
                input type="hidden" name="back" value=(slug);
                input type="hidden" name="probe" value=(check.probe.id);
                (Button::submit(label).about(check.probe.id))
            },
        )
    };
    let body = html! {
        (definition_list(&rows))
        @if may_run {
            div.pad.no-print {
                (run("/readiness/run", "Run now"))
                @if check.probe.id == "V-20" { (run("/readiness/baseline", "Approve the present settings")) }
            }
        }
        @if check.history.len() > 1 {
            details.pad {
                summary { "Earlier results" }
                ul.plain { @for e in check.history.iter().skip(1) { li { (badge(&e.finding.verdict)) " " (when(web, e)) } } }
            }
        }
    };
    card(&format!("{} {}", check.probe.id, check.probe.title), &body)
}

fn person(web: &Web, page: &PageContext, view: &SafeguardView, wanted: &str, may: bool) -> Markup {
    let said = match &view.attestation {
        None => html! { span.sub { "nobody has said anything yet" } },
        Some(e) => html! {
            "“" (e.finding.said) "” " @if let Some(by) = e.finding.observed.get("by") { (by) ", " } (when(web, e))
            @if view.attestation_stale { " " (tag(Tone::Warn, "Out of date")) }
        },
    };
    let rows = [("Wanted", html! { (wanted) }), ("Said", said)];
    let action = format!("/readiness/{}/attest", view.safeguard.slug);
    let body = html! {
        (definition_list(&rows))
        @if may {
            div.pad.no-print {
                (form(page, &action, &html! {
                    (Field::area("words", "What was done, by whom, for which period").hint("No patient's name. It counts for as long as the rule's rhythm.").required())
                    (Button::submit("Keep as evidence"))
                }))
            }
        }
    };
    card("What a person shows", &body)
}
