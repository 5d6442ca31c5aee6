//! One client: its standing, its scopes against their use, its keys, its reports.

use app::client::ClientPage;
use domain::Instant;
use domain::access::{Action, ResourceKind};
use domain::client::{ApiScope, ClientKey};
use domain::id::ClientId;
use maud::{Markup, html};

use super::CLIENTS;
use super::form::{errors, key_field};
use super::list::standing;
use crate::components::{
    Button, Field, FieldError, Nav, Page, PageContext, Table, TableColumn, Tone, Width, card, date, definition_list,
    error_summary, form, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /clients/{id}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(web, ask, &Typed::default(), &[])?))
}

/// `POST /clients/{id}/keys`.
pub(super) fn add_key(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClientId::parse)?;
    let typed = Typed { keys: ask.field("keys").to_owned(), overlap: ask.field("overlap").to_owned() };
    // What is no number is out of the range, which says what to choose.
    let overlap = typed.overlap.trim().parse().unwrap_or(-1);
    let fault = |field: &str, message: String| vec![FieldError { field: field.to_owned(), message }];
    let errors = match web.app.add_client_key(web.app.fresh(ask.cx()?)?, &id, &typed.keys, overlap) {
        Ok(()) => return Ok(Reply::see(format!("/clients/{id}"))),
        Err(app::Error::Invalid(faults)) => errors(faults),
        Err(app::Error::Refused(why)) => fault("keys", why),
        Err(other) => return Err(other.into()),
    };
    Ok(Reply::again(page(web, ask, &typed, &errors)?))
}

/// `POST /clients/{id}/keys/withdraw`.
pub(super) fn withdraw_key(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClientId::parse)?;
    web.app.withdraw_client_key(ask.cx()?, &id, ask.field("kid"), ask.field("reason"))?;
    Ok(Reply::see(format!("/clients/{id}")))
}

/// `POST /clients/{id}/disable`.
pub(super) fn disable(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClientId::parse)?;
    web.app.disable_client(ask.cx()?, &id, ask.field("reason"))?;
    Ok(Reply::see(format!("/clients/{id}")))
}

/// `POST /clients/{id}/enable`.
pub(super) fn enable(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClientId::parse)?;
    web.app.enable_client(web.app.fresh(ask.cx()?)?, &id, ask.field("reason"))?;
    Ok(Reply::see(format!("/clients/{id}")))
}

/// The next key as typed.
#[derive(Default)]
struct Typed {
    keys: String,
    overlap: String,
}

fn page(web: &Web, ask: &Ask, typed: &Typed, e: &[FieldError]) -> Result<Markup, Failure> {
    let id = ask.id("id", ClientId::parse)?;
    let cx = ask.cx()?;
    let shown = web.app.open_client(cx, &id)?;
    let may = web.app.role_may(cx.role, Action::ClientEdit, ResourceKind::Practice);
    let now = web.app.clock.now();
    let page = ask.page(Nav::Clients);
    let client = &shown.row.client;
    let edit = html! { @if may { (Button::link("Change", &format!("/clients/{id}/edit")).key("e")) } };
    let body = html! {
        (error_summary(e))
        (card("Standing", &facts(&shown)))
        (card("Scopes", &scopes(web, &shown)))
        (card("Keys", &keys(web, &page, &shown, now, may)))
        @if may {
            (card("Next key", &next_key(&page, &id, typed, e)))
            @if client.disabled_at.is_some() {
                (act(&page, "Let it call again", &format!("/clients/{id}/enable"), "Enable"))
            } @else {
                (act(&page, "Disable", &format!("/clients/{id}/disable"), "Disable, and end its tokens now"))
            }
        }
        @if !shown.reports.is_empty() { (card("Latest reports", &reports(web, &shown))) }
    };
    Ok(Page::new(&page, &client.name).crumbs(CLIENTS).actions(edit).render(&html! { div.stack { (body) } }))
}

fn facts(shown: &ClientPage) -> Markup {
    let client = &shown.row.client;
    definition_list(&[
        ("May call", standing(&shown.row)),
        ("Who answers for it", html! { (shown.row.owner) }),
        ("What for", html! { (client.purpose.label()) }),
        ("Last day", date(client.expires_on)),
        (
            "Client id",
            html! { code { (client.id) } " " span.sub { code { "iss" } " and " code { "sub" } " of its assertions" } },
        ),
        (
            "Audience",
            html! { code { "/api/token" } " " span.sub { "after the address that clients call; " code { "aud" } " of its assertions" } },
        ),
    ])
}

fn scopes(web: &Web, shown: &ClientPage) -> Markup {
    let columns = [
        TableColumn::text("Scope"),
        TableColumn::prose("What it opens"),
        TableColumn::text("Given"),
        TableColumn::number("Uses"),
        TableColumn::text("Last use"),
    ];
    let client = &shown.row.client;
    let used = |scope: ApiScope| shown.row.uses.iter().find(|used| used.scope == scope);
    let rows = html! {
        @for scope in ApiScope::ALL.iter().filter(|s| client.scopes.contains(s) || used(**s).is_some()) {
            tr {
                th scope="row" { code { (scope) } }
                td { (scope.label()) }
                td {
                    @match (client.scopes.contains(scope), used(*scope)) {
                        (true, Some(_)) => (tag(Tone::Ok, "Given, used")),
                        (true, None) => (tag(Tone::Warn, "Given, never used")),
                        (false, _) => (tag(Tone::Mute, "Taken back")),
                    }
                }
                td.num { (used(*scope).map_or(0, |used| used.uses)) }
                td { @if let Some(used) = used(*scope) { (instant(used.last_at.timestamp(), &web.zone)) } }
            }
        }
    };
    Table::new("Scopes", &columns).rows(&rows)
}

fn keys(web: &Web, page: &PageContext, shown: &ClientPage, now: Instant, may: bool) -> Markup {
    let mut columns = vec![
        TableColumn::text("Key"),
        TableColumn::text("Algorithm"),
        TableColumn::text("Added"),
        TableColumn::text("Ends"),
    ];
    if may {
        columns.push(TableColumn::unnamed("Withdraw"));
    }
    let client = &shown.row.client;
    let ends = |key: &ClientKey| match key.ends_at {
        None => html! { span.sub { "when the next one takes over" } },
        Some(at) if key.works(now) => instant(at.timestamp(), &web.zone),
        Some(at) => html! { (tag(Tone::Mute, "Ended")) " " (instant(at.timestamp(), &web.zone)) },
    };
    let rows = html! {
        @for key in client.keys.iter().rev() {
            tr {
                th scope="row" { code { (key.kid) } }
                td { (key.key.algorithm()) }
                td { (instant(key.added_at.timestamp(), &web.zone)) }
                td { (ends(key)) }
                @if may {
                    td {
                        @if key.works(now) {
                            (form(page, &format!("/clients/{}/keys/withdraw", client.id), &html! {
                                input type="hidden" name="kid" value=(key.kid);
                                input type="hidden" name="reason" value="withdrawn by hand";
                                (Button::submit("Withdraw").small().about(&key.kid))
                            }))
                        }
                    }
                }
            }
        }
    };
    Table::new("Keys", &columns).rows(&rows)
}

fn next_key(page: &PageContext, id: &ClientId, typed: &Typed, e: &[FieldError]) -> Markup {
    let overlap = if typed.overlap.is_empty() { "7" } else { &typed.overlap };
    html! {
        div.pad {
            (form(page, &format!("/clients/{id}/keys"), &html! {
                (key_field(&typed.keys, e))
                (Field::digits("overlap", "Days that the present keys go on").value(overlap).hint("From 0 to 30: time for the other side to change over").width(Width::Short).errors(e))
                div.actions { (Button::submit("Add the key")) }
            }))
        }
    }
}

/// One act with its reason, which is kept with it.
fn act(page: &PageContext, title: &str, action: &str, label: &str) -> Markup {
    card(
        title,
        &html! {
            div.pad {
                (form(page, action, &html! {
                    (Field::text("reason", "Reason").hint("Kept with the change.").required().max(200))
                    div.actions { (Button::submit(label)) }
                }))
            }
        },
    )
}

fn reports(web: &Web, shown: &ClientPage) -> Markup {
    let columns = [
        TableColumn::text("Report"),
        TableColumn::text("Came"),
        TableColumn::number("Bytes"),
        TableColumn::text("SHA-256"),
        TableColumn::text("Event"),
    ];
    let rows = html! {
        @for report in &shown.reports {
            tr {
                th scope="row" { (report.kind.label()) }
                td { (instant(report.received_at.timestamp(), &web.zone)) }
                td.num { (report.size) }
                td { code { (report.digest.chars().take(16).collect::<String>()) "…" } }
                td { code { (report.event) } }
            }
        }
    };
    Table::new("Latest reports", &columns).rows(&rows)
}
