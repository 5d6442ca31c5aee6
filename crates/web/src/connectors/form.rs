//! Make or change the way to a partner.

use app::connector::{ConnectorForm, ConnectorPage};
use domain::id::PartnerId;
use maud::{Markup, html};

use crate::components::{Button, Field, FieldError, Nav, Page, Width, error_summary, fields, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /partners/{id}/connector/edit?way=`.
pub(super) fn edit(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PartnerId::parse)?;
    let shown = web.app.open_connector(ask.cx()?, &id)?;
    let mut typed = shown.connector.as_ref().map(|(c, _)| ConnectorForm::from(&c.way)).unwrap_or_default();
    if !ask.query("way").is_empty() {
        ask.query("way").clone_into(&mut typed.way);
    }
    let version = shown.connector.as_ref().map(|(_, version)| *version);
    Ok(Reply::page(edit_page(ask, &shown, version, &typed, &[])))
}

/// `POST /partners/{id}/connector`: with `version` for one that is there.
pub(super) fn set(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PartnerId::parse)?;
    let typed: ConnectorForm = ask.read_form()?;
    let version = match ask.field("version") {
        "" => None,
        text => Some(text.parse().map_err(|_| Failure::BadRequest("the form has lost its version"))?),
    };
    match web.app.set_connector(web.app.fresh(ask.cx()?)?, &id, version, &typed) {
        Ok(()) => Ok(Reply::see(format!("/partners/{id}/connector"))),
        Err(app::Error::Invalid(faults)) => {
            let shown = web.app.open_connector(ask.cx()?, &id)?;
            let e: Vec<FieldError> = faults.into_iter().map(FieldError::from).collect();
            Ok(Reply::again(edit_page(ask, &shown, version, &typed, &e)))
        }
        Err(other) => Err(other.into()),
    }
}

fn edit_page(
    ask: &Ask,
    shown: &ConnectorPage,
    version: Option<i64>,
    typed: &ConnectorForm,
    e: &[FieldError],
) -> Markup {
    let page = ask.page(Nav::Partners);
    let partner = &shown.partner;
    let here = format!("/partners/{}/connector", partner.id);
    let other = |way: &str, words: &str| html! { a href={ (here) "/edit?way=" (way) } { (words) } "." };
    let body = html! {
        (error_summary(e))
        section.card.pad {
            p {
                @if typed.is_https() { "Files are posted over TLS (HTTPS), with a token that the partner gives for an assertion of ours. " (other("sftp", "Use SFTP instead")) }
                @else { "Files travel over SSH (SFTP). " (other("https", "Use HTTPS instead")) }
            }
            p.sub { "The partner tells you everything here; the server makes its own key pair, and you give the partner the public half." }
            (form(&page, &here, &html! {
                @if let Some(version) = version { input type="hidden" name="version" value=(version); }
                input type="hidden" name="way" value=(typed.way);
                @if typed.is_https() { (https_inputs(typed, e)) } @else { (sftp_inputs(typed, e)) }
                div.actions { (Button::submit("Save").primary()) (Button::link("Cancel", &here)) }
            }))
        }
    };
    let up = format!("/partners/{}", partner.id);
    let crumbs =
        [("Vendors and BAAs", "/partners"), (partner.name.as_str(), up.as_str()), ("Connector", here.as_str())];
    let title = if version.is_some() { "Change the connector" } else { "Make a connector" };
    Page::new(&page, title).crumbs(&crumbs).render(&body)
}

fn sftp_inputs(typed: &ConnectorForm, e: &[FieldError]) -> Markup {
    html! {
        (fields("The partner's server", &html! {
            (Field::text("host", "Host").value(&typed.host).hint("Such as sftp.partner.example").required().max(253).errors(e))
            (Field::digits("port", "Port").value(&typed.port).hint("Blank: 22").optional().width(Width::Short).errors(e))
        }))
        (fields("What shows that it is theirs", &html! {
            (Field::area("host_key", "Host key").value(&typed.host_key).hint("The line that begins with ssh-ed25519 or ecdsa-sha2, or its fingerprint SHA256:… Get it from the partner itself, not from the network: it is what shows that the server is theirs.").required().max(1000).errors(e))
        }))
        (fields("Our account there", &html! {
            (Field::text("user", "User").value(&typed.user).required().max(64).errors(e))
            (Field::text("folder", "Folder for our files").value(&typed.folder).hint("Blank: where the account begins").optional().max(200).errors(e))
        }))
    }
}

fn https_inputs(typed: &ConnectorForm, e: &[FieldError]) -> Markup {
    html! {
        (fields("The partner's server", &html! {
            (Field::text("url", "Address for files").value(&typed.url).hint("Such as https://partner.example/claims").required().max(500).errors(e))
            (Field::text("token_url", "Address for tokens").value(&typed.token_url).hint("The token endpoint, which takes private_key_jwt").required().max(500).errors(e))
        }))
        (fields("Who vouches for it", &html! {
            (Field::area("authority", "Its certificate authority").value(&typed.authority).hint("Blank: a publicly trusted one. Otherwise the certificate that the partner gave, which begins with -----BEGIN CERTIFICATE-----").optional().errors(e))
        }))
        (fields("Our account there", &html! {
            (Field::text("client_id", "Client id").value(&typed.client_id).required().max(64).errors(e))
            (Field::text("scope", "Scopes").value(&typed.scope).hint("The least that lets us post files. Blank: what the partner gives").optional().max(200).errors(e))
        }))
    }
}
