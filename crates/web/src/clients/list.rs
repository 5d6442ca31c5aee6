//! Every client: what it was given against what it uses.

use app::client::ClientRow;
use domain::access::{Action, ResourceKind};
use maud::{Markup, html};

use crate::components::{Button, Icon, Nav, Page, Table, TableColumn, Tone, date, empty_state, instant, tag};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /clients`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let cx = ask.cx()?;
    let clients = web.app.clients(cx)?;
    let may = web.app.role_may(cx.role, Action::ClientEdit, ResourceKind::Practice);
    let page = ask.page(Nav::Clients);
    let new = Button::link("Register a client", "/clients/new").primary().key("n");
    let body = if clients.is_empty() {
        let why = "No program can call the API until it is registered here, with a public key and as little as does the work.";
        empty_state(Icon::Key, "No API clients", why, may.then_some(&new))
    } else {
        table(web, &clients)
    };
    let actions = html! { @if may { (new) } };
    Ok(Reply::page(Page::new(&page, "API clients").actions(actions).render(&body)))
}

fn table(web: &Web, clients: &[ClientRow]) -> Markup {
    let columns = [
        TableColumn::text("Client"),
        TableColumn::text("Who answers for it"),
        TableColumn::text("May call"),
        TableColumn::number("Scopes given"),
        TableColumn::number("Used"),
        TableColumn::text("Last use"),
        TableColumn::text("Ends"),
    ];
    let rows = html! {
        @for row in clients {
            @let used = row.uses.iter().filter(|used| row.client.scopes.contains(&used.scope)).count();
            tr {
                th scope="row" { a href={ "/clients/" (row.client.id) } { (row.client.name) } }
                td { (row.owner) }
                td { (standing(row)) }
                td.num { (row.client.scopes.len()) }
                td.num { (used) }
                td {
                    @match row.uses.iter().map(|used| used.last_at).max() {
                        Some(at) => (instant(at.timestamp(), &web.zone)),
                        None => span.sub { "never" },
                    }
                }
                td { (date(row.client.expires_on)) }
            }
        }
    };
    Table::new("API clients", &columns).keys().rows(&rows)
}

/// Whether it may call, and why or why not.
pub(super) fn standing(row: &ClientRow) -> Markup {
    html! {
        @match &row.standing {
            Ok(basis) => { (tag(Tone::Ok, "Yes")) " " span.sub { (basis) } },
            Err(closed) => { (tag(Tone::Bad, "No")) " " span.sub { (closed) } },
        }
    }
}
