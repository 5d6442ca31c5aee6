//! Readiness: how each safeguard stands, what shows it, and what to do first.

mod measures;
mod one;

use app::compliance::{ProbeEnv, Readiness, SafeguardView};
use domain::access::{Action, ResourceKind};
use domain::compliance::{Standing, Verdict};
use maud::{Markup, html};

use crate::components::{
    Attention, Bar, Button, Fill, Icon, Nav, Page, PrintHeader, Status, Table, TableColumn, Tone, attention_list,
    badge, bar_chart, card, definition_list, empty_state, form, instant, sheet, stat_card, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::route::{Route, get, post};
use crate::server::Web;

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/readiness", Action::ReadinessView, ResourceKind::Compliance, list),
    get("/readiness/print", Action::ReadinessView, ResourceKind::Compliance, print),
    get("/readiness/measures", Action::ReadinessView, ResourceKind::Compliance, measures::page),
    get("/readiness/measures/print", Action::ReadinessView, ResourceKind::Compliance, measures::print),
    post("/readiness/measures", Action::ProbeRun, ResourceKind::Compliance, measures::improved),
    get("/readiness/{slug}", Action::ReadinessView, ResourceKind::Compliance, one::page),
    post("/readiness/run", Action::ProbeRun, ResourceKind::Compliance, run),
    post("/readiness/baseline", Action::ProbeRun, ResourceKind::Compliance, baseline),
    post("/readiness/{slug}/attest", Action::ProbeRun, ResourceKind::Compliance, one::attest),
];

impl Status for Standing {
    fn word(&self) -> &'static str {
        self.label()
    }
    fn tone(&self) -> Tone {
        match self {
            Self::Failing => Tone::Bad,
            Self::Unknown => Tone::Warn,
            Self::Attested => Tone::Info,
            Self::Proven => Tone::Ok,
        }
    }
}

impl Status for Verdict {
    fn word(&self) -> &'static str {
        match self {
            Self::NotEvaluable => "Unknown",
            other => other.label(),
        }
    }
    fn tone(&self) -> Tone {
        match self {
            Self::Pass => Tone::Ok,
            Self::Fail => Tone::Bad,
            Self::NotEvaluable => Tone::Warn,
        }
    }
}

/// `GET /readiness`.
fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let found = web.app.readiness(ask.cx()?)?;
    let page = ask.page(Nav::Readiness);
    let may_run = web.app.role_may(ask.cx()?.role, Action::ProbeRun, ResourceKind::Compliance);
    let first = fix_first(&found);
    let body = html! {
        (figures(&found))
        div.three {
            @if first.is_empty() {
                (empty_state(Icon::ShieldCheck, "Nothing to fix", "Every safeguard is proven, or attested by a person.", None))
            } @else {
                (attention_list("Fix these first", &first))
            }
            div.stack { (areas(&found)) (log(web, &found)) }
        }
        (table(web, &found))
        p.sub { "Proven: checked on the running system. Attested: a person says so. Unknown counts as not shown, and what is out of date is unknown." }
    };
    let wanting = found.count(Standing::Failing) + found.count(Standing::Unknown);
    let checked = found.safeguards.iter().flat_map(|s| &s.checks).filter_map(|c| c.last.as_ref()).map(|e| e.at).max();
    let beside = html! {
        @if wanting > 0 { (tag(Tone::Warn, &format!("{wanting} of {} need work", found.safeguards.len()))) }
        @if let Some(at) = checked { span.sub { "Checked " (instant(at.timestamp(), &web.zone)) } }
    };
    let actions = html! {
        (Button::link("Measures", "/readiness/measures"))
        (Button::link("Who may do what", "/roles"))
        @if page.takes.print { (Button::link("Print", "/readiness/print")) }
        @if may_run {
            (form(&page, "/readiness/run", &html! { (Button::submit("Run every check").primary()) }))
        }
    };
    Ok(Reply::page(Page::new(&page, "Readiness").beside(beside).actions(actions).render(&body)))
}

/// `GET /readiness/print`.
fn print(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let may = web.app.may_print(ask.cx()?)?;
    let found = web.app.readiness(ask.cx()?)?;
    let page = ask.page(Nav::Readiness);
    let printed = instant(web.app.clock.now().timestamp(), &web.zone);
    let header = PrintHeader { title: "Readiness", printed: &printed, reference: None, health: false };
    Ok(Reply::printed(&may, sheet(&page, &header, &html! { (figures(&found)) (table(web, &found)) })))
}

/// `POST /readiness/run`: one probe, or every probe; then back to where it was asked.
fn run(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let (cx, env) = (ask.cx()?, ProbeEnv::of_process());
    match ask.field("probe") {
        "" => {
            for probe in app::compliance::PROBES {
                web.app.run_probe_now(cx, probe.id, &env)?;
            }
        }
        id => {
            web.app.run_probe_now(cx, id, &env)?;
        }
    }
    Ok(Reply::see(back(web, ask)?))
}

/// `POST /readiness/baseline`.
fn baseline(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    web.app.approve_baseline(ask.cx()?, &ProbeEnv::of_process())?;
    web.app.run_probe_now(ask.cx()?, "V-20", &ProbeEnv::of_process())?;
    Ok(Reply::see(back(web, ask)?))
}

/// The safeguard's page that the form came from, if there is such a safeguard.
fn back(web: &Web, ask: &Ask) -> Result<String, Failure> {
    let all = web.app.readiness(ask.cx()?)?;
    let here = all.safeguards.iter().find(|s| s.safeguard.slug == ask.field("back"));
    Ok(here.map_or_else(|| "/readiness".to_owned(), |s| format!("/readiness/{}", s.safeguard.slug)))
}

fn figures(found: &Readiness) -> Markup {
    let all = found.safeguards.len();
    let figure = |standing, detail: &str| {
        let label = match standing {
            Standing::Proven => "Proven now",
            Standing::Attested => "Attested",
            Standing::Failing => "Failing",
            Standing::Unknown => "Unknown",
        };
        stat_card(label, &html! { (found.count(standing)) " of " (all) }, &html! { (detail) })
    };
    html! {
        div.kpis {
            (figure(Standing::Proven, "checked on the running system"))
            (figure(Standing::Attested, "a person says so"))
            (figure(Standing::Failing, "a check shows that it does not hold"))
            (figure(Standing::Unknown, "not shown, or out of date"))
        }
    }
}

/// How the safeguards stand, by the kinds of the rule (45 CFR 164.308 and 164.312).
fn areas(found: &Readiness) -> Markup {
    let bar = |label: &str, section: &str| {
        let mine = || found.safeguards.iter().filter(|s| s.safeguard.citation.as_str().starts_with(section));
        let count = |standing| u32::try_from(mine().filter(|s| s.standing == standing).count()).unwrap_or(u32::MAX);
        let proven = count(Standing::Proven);
        let parts = vec![
            (Fill::Ok, proven),
            (Fill::Info, count(Standing::Attested)),
            (Fill::Bad, count(Standing::Failing)),
            (Fill::Na, count(Standing::Unknown)),
        ];
        Bar { label: label.to_owned(), parts, note: format!("{proven} of {}", mine().count()) }
    };
    let bars = [bar("Administrative", "164.308"), bar("Technical", "164.312")];
    let key = [(Fill::Ok, "Proven"), (Fill::Info, "Attested"), (Fill::Bad, "Failing"), (Fill::Na, "Unknown")];
    let body = html! { div.pad { (bar_chart("areas", "Safeguards proven now", &bars, &key)) } };
    card("Safeguards by area", &body)
}

/// The log that all evidence lies in, as V-13 found it last.
fn log(web: &Web, found: &Readiness) -> Markup {
    let last = found.safeguards.iter().flat_map(|s| &s.checks).find(|c| c.probe.id == "V-13");
    let last = last.and_then(|c| c.last.as_ref());
    let seen = |name| last.and_then(|e| e.finding.observed.get(name)).map_or("not yet", String::as_str);
    let rows = [
        ("Entries", html! { (seen("entries")) }),
        ("Root", html! { code { (seen("root")) } }),
        (
            "Checked",
            last.map_or_else(
                || html! { "not yet" },
                |e| html! { (badge(&e.finding.verdict)) " " (instant(e.at.timestamp(), &web.zone)) },
            ),
        ),
        (
            "Check it yourself",
            html! { code { "wellkept export audit --out pack" } br; code { "wellkept verify pack" } },
        ),
    ];
    card("Transparency log", &definition_list(&rows))
}

/// Failing before unknown; required before the others.
fn fix_first(found: &Readiness) -> Vec<Attention> {
    let wanting = |s: &&SafeguardView| matches!(s.standing, Standing::Failing | Standing::Unknown);
    let mut all: Vec<&SafeguardView> = found.safeguards.iter().filter(wanting).collect();
    all.sort_by_key(|s| (s.standing, s.safeguard.mark));
    let item = |s: &SafeguardView| {
        let failing = s.checks.iter().filter_map(|c| c.last.as_ref()).find(|e| e.finding.verdict == Verdict::Fail);
        let other = s.checks.iter().filter_map(|c| c.last.as_ref()).find(|e| e.finding.verdict != Verdict::Pass);
        let wanted = s.safeguard.person.as_deref().map(|wanted| format!("a person has to say: {wanted}"));
        let said = failing.or(other).map(|e| e.finding.said.clone()).or(wanted);
        let said = said.unwrap_or_else(|| "its checks have not run yet".to_owned());
        Attention {
            tone: s.standing.tone(),
            icon: if s.standing == Standing::Failing { Icon::AlertOctagon } else { Icon::Clock },
            text: s.safeguard.title.clone(),
            href: format!("/readiness/{}", s.safeguard.slug),
            status: Some((s.standing.tone(), s.standing.label().to_owned())),
            detail: Some(format!("{}, {} · {said}", s.safeguard.citation, s.safeguard.mark.label().to_lowercase())),
        }
    };
    all.into_iter().take(6).map(item).collect()
}

/// Which probes show it, and whether a person has to say something.
fn shown_by(s: &SafeguardView) -> String {
    let probes = s.checks.iter().map(|c| c.probe.id);
    probes.chain(s.safeguard.person.as_ref().map(|_| "a person")).collect::<Vec<_>>().join(", ")
}

fn table(web: &Web, found: &Readiness) -> Markup {
    let columns = [
        TableColumn::text("Safeguard"),
        TableColumn::text("Rule"),
        TableColumn::text("Mark"),
        TableColumn::text("Status"),
        TableColumn::text("Shown by"),
        TableColumn::text("Last checked"),
    ];
    let last = |s: &SafeguardView| {
        let probes = s.checks.iter().filter_map(|c| c.last.as_ref());
        probes.chain(s.attestation.as_ref()).map(|e| e.at).max()
    };
    let rows = html! {
        @for s in &found.safeguards {
            tr {
                th scope="row" { a href={ "/readiness/" (s.safeguard.slug) } { (s.safeguard.title) } }
                td.nw { (s.safeguard.citation) }
                td { (s.safeguard.mark.label()) }
                td { (badge(&s.standing)) }
                td { (shown_by(s)) }
                td { @match last(s) { Some(at) => (instant(at.timestamp(), &web.zone)), None => span.sub { "never" } } }
            }
        }
    };
    Table::new("Safeguards", &columns).keys().rows(&rows)
}
