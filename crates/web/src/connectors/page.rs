//! One connector: where it leads, our key, how it stands, and what went over it.

use app::connector::ConnectorPage;
use domain::access::{Action, ResourceKind};
use domain::connector::{Connector, Way};
use domain::delivery::Delivery;
use domain::id::PartnerId;
use domain::partner::gate;
use maud::{Markup, html};

use super::delivery::{since, words};
use crate::claims::reason;
use crate::components::{
    Button, Field, FieldError, Flash, Icon, Nav, Page, PageContext, Table, TableColumn, Tone, badge, card, csrf_field,
    definition_list, empty_state, error_summary, flash, form, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /partners/{id}/connector`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(web, ask, None, &[])?))
}

/// `POST /partners/{id}/connector/test`: connects, and sends nothing.
pub(super) fn test(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PartnerId::parse)?;
    let found = match web.app.test_connector(ask.cx()?, &id)? {
        Ok(words) => Flash { tone: Tone::Ok, text: format!("It works: {words}. No file was sent.") },
        Err(words) => Flash { tone: Tone::Bad, text: format!("It does not work: {words}. No file was sent.") },
    };
    Ok(Reply::page(page(web, ask, Some(&found), &[])?))
}

/// `POST /partners/{id}/connector/key`.
pub(super) fn renew_key(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PartnerId::parse)?;
    web.app.renew_connector_key(web.app.fresh(ask.cx()?)?, &id)?;
    Ok(Reply::see(format!("/partners/{id}/connector")))
}

/// `POST /partners/{id}/connector/pause`.
pub(super) fn pause(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PartnerId::parse)?;
    done(web, ask, web.app.pause_connector(ask.cx()?, &id, ask.field("reason")))
}

/// `POST /partners/{id}/connector/resume`.
pub(super) fn resume(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PartnerId::parse)?;
    done(web, ask, web.app.resume_connector(web.app.fresh(ask.cx()?)?, &id, ask.field("reason")))
}

fn done(web: &Web, ask: &Ask, result: app::Result<()>) -> Result<Reply, Failure> {
    match result {
        Ok(()) => Ok(Reply::see(format!("/partners/{}/connector", ask.id("id", PartnerId::parse)?))),
        Err(app::Error::Invalid(faults)) => {
            let e: Vec<FieldError> = faults.into_iter().map(FieldError::from).collect();
            Ok(Reply::again(page(web, ask, None, &e)?))
        }
        Err(other) => Err(other.into()),
    }
}

fn page(web: &Web, ask: &Ask, found: Option<&Flash>, e: &[FieldError]) -> Result<Markup, Failure> {
    let id = ask.id("id", PartnerId::parse)?;
    let shown = web.app.open_connector(ask.cx()?, &id)?;
    let may = web.app.role_may(ask.cx()?.role, Action::ConnectorEdit, ResourceKind::Practice);
    let page = ask.page(Nav::Partners);
    let here = format!("/partners/{id}/connector");
    let edit = format!("{here}/edit");
    let make = Button::link("Make a connector", &edit).primary().key("e");
    let body = html! {
        (error_summary(e))
        @if let Some(found) = found { (flash(found.tone, &html! { (found.text) })) }
        div.stack {
            @match &shown.connector {
                None => section.card {
                    (empty_state(Icon::BuildingStore, "No connector", "Released files wait to be saved by hand, or to be picked up by the partner's own program. A connector brings them there.", may.then_some(&make)))
                },
                Some((connector, _)) => {
                    (standing(web, ask, &shown, connector))
                    (key_card(web, &page, connector, &here, may))
                    @if may { (acts(&page, connector, &here, e)) }
                },
            }
            @if !shown.deliveries.is_empty() { (card("Files", &deliveries(web, &shown.deliveries))) }
        }
    };
    let actions = html! { @if may && shown.connector.is_some() {
        form.inline method="post" action={ (here) "/test" } { (csrf_field(&page)) (Button::submit("Test the connection")) }
        (Button::link("Change", &edit).key("e"))
    } };
    let up = format!("/partners/{id}");
    let crumbs = [("Vendors and BAAs", "/partners"), (shown.partner.name.as_str(), up.as_str())];
    Ok(Page::new(&page, "Connector").crumbs(&crumbs).actions(actions).render(&body))
}

fn standing(web: &Web, ask: &Ask, shown: &ConnectorPage, connector: &Connector) -> Markup {
    let state = match (&connector.paused, gate(&shown.partner, ask.today)) {
        (Some(paused), _) => html! {
            (tag(Tone::Warn, "Paused")) " by " (shown.paused_by) ", " (instant(paused.at.timestamp(), &web.zone)) ": " (paused.reason) ". What is released waits."
        },
        (None, Ok(basis)) => html! { (tag(Tone::Ok, "On")) " Ground: " (reason(&basis.to_string())) "." },
        (None, Err(why)) => {
            html! { (tag(Tone::Bad, "Nothing is sent")) " " (reason(&why.to_string())) ". What is released waits." }
        }
    };
    let mut facts = vec![("State", state)];
    let name = &shown.partner.name;
    match &connector.way {
        Way::Sftp(to) => facts.extend([
            ("Way", html! { "SFTP to " code { (to.host) ":" (to.port) } " as " code { (to.user) } }),
            ("Folder", html! { @if to.folder.is_empty() { span.sub { "where the account begins" } } @else { code { (to.folder) } } }),
            ("Host key", html! { code { (to.host_key.as_str()) } " " span.sub { "a server that shows another one gets nothing" } }),
            (
                "What it may do",
                html! { "Write files that somebody here released to " (name) " into this folder, and look whether they are there. It reads nothing else, deletes only its own unfinished files, and runs nothing." },
            ),
        ]),
        Way::Https(to) => facts.extend([
            ("Way", html! { "HTTPS to " code { (to.url) } }),
            ("Tokens", html! { "From " code { (to.token_url) } " as " code { (to.client_id) } ", for an assertion that our key signs" }),
            ("Scopes", html! { @if to.scope.is_empty() { span.sub { "what the partner gives" } } @else { code { (to.scope) } } }),
            ("Vouched for by", html! { @if to.authority.is_some() { "the partner's own authority" } @else { "publicly trusted authorities" } }),
            (
                "What it may do",
                html! { "Post files that somebody here released to " (name) ", and nothing else. It cannot look whether one arrived, so a file whose answer is lost waits for a person." },
            ),
        ]),
    }
    card("Where it leads", &definition_list(&facts))
}

fn key_card(web: &Web, page: &PageContext, connector: &Connector, here: &str, may: bool) -> Markup {
    card(
        "Our key",
        &html! {
            div.pad.stack {
                p { "Give this to the partner: it is how their server knows this one. The private half was made here, is sealed in the database, and is shown to nobody." }
                p { code.long { (connector.our_key) } }
                p.sub { "Made " (instant(connector.key_made_at.timestamp(), &web.zone)) "." }
                @if may {
                    form.inline method="post" action={ (here) "/key" } { (csrf_field(page)) (Button::submit("Make a new key pair")) }
                    p.sub { "The old one ends at once: files wait until the partner has the new line." }
                }
            }
        },
    )
}

fn acts(page: &PageContext, connector: &Connector, here: &str, e: &[FieldError]) -> Markup {
    let (title, to, label) = match connector.paused {
        Some(_) => ("Let it go on", "resume", "Send what waits"),
        None => ("Pause", "pause", "Pause"),
    };
    card(
        title,
        &html! { div.pad {
            (form(page, &format!("{here}/{to}"), &html! {
                (Field::text("reason", "Reason").hint("Kept with the change.").required().max(200).errors(e))
                div.actions { (Button::submit(label)) }
            }))
        } },
    )
}

fn deliveries(web: &Web, all: &[Delivery]) -> Markup {
    let columns = [
        TableColumn::text("File"),
        TableColumn::text("Where it is"),
        TableColumn::text("Since"),
        TableColumn::number("Attempts"),
        TableColumn::number("Bytes"),
        TableColumn::prose("What is known"),
    ];
    let rows = html! {
        @for delivery in all {
            tr {
                th scope="row" { a href={ "/claims/batches/" (delivery.batch) } { (delivery.name) } }
                td { (badge(&delivery.state)) }
                td { (instant(since(delivery).timestamp(), &web.zone)) }
                td.num { (delivery.attempts.len()) }
                td.num { (delivery.size) }
                td { (words(delivery)) }
            }
        }
    };
    Table::new("Files", &columns).keys().rows(&rows)
}
