//! One partner: its agreement or exemption, its ids, and the payers whose claims go there.

use app::partner::{PartnerForm, PartnerPage};
use domain::access::{Action, ResourceKind};
use domain::id::{PartnerId, PayerId};
use domain::partner::{ExemptionReason, PartnerKind, gate};
use maud::{Markup, html};

use crate::claims::reason;
use crate::components::{
    Button, Field, FieldError, Nav, Page, Tone, Width, card, checkbox, date, definition_list, error_summary, fields,
    form, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /partners/new`.
pub(super) fn new(_web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(new_page(ask, &PartnerForm::default(), &[])))
}

/// `POST /partners`.
pub(super) fn add(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed: PartnerForm = ask.read_form()?;
    match web.app.add_partner(ask.cx()?, &typed) {
        Ok(id) => Ok(Reply::see(format!("/partners/{id}"))),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(new_page(ask, &typed, &errors(faults)))),
        Err(other) => Err(other.into()),
    }
}

/// `GET /partners/{id}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PartnerId::parse)?;
    let page = web.app.open_partner(ask.cx()?, &id)?;
    if !web.app.role_may(ask.cx()?.role, Action::PartnerEdit, ResourceKind::Practice) {
        return Ok(Reply::page(facts_page(ask, &page)));
    }
    Ok(Reply::page(one_page(ask, &page, page.version, &PartnerForm::from(&page.partner), &[])))
}

/// `POST /partners/{id}`.
pub(super) fn change(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PartnerId::parse)?;
    let typed: PartnerForm = ask.read_form()?;
    let version = ask.field("version").parse().map_err(|_| Failure::BadRequest("the form has lost its version"))?;
    match web.app.change_partner(ask.cx()?, &id, version, &typed) {
        Ok(()) => Ok(Reply::see(format!("/partners/{id}"))),
        Err(app::Error::Invalid(faults)) => {
            let page = web.app.open_partner(ask.cx()?, &id)?;
            Ok(Reply::again(one_page(ask, &page, version, &typed, &errors(faults))))
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /partners/{id}/payers`: `payer` once for each whose claims go there.
pub(super) fn route(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PartnerId::parse)?;
    let chosen: Result<Vec<PayerId>, _> = ask.fields("payer").map(PayerId::parse).collect();
    let chosen = chosen.map_err(|_| Failure::BadRequest("the form names a payer that cannot be read"))?;
    web.app.route_payers(ask.cx()?, &id, &chosen)?;
    Ok(Reply::see(format!("/partners/{id}")))
}

fn errors(faults: Vec<domain::form::FieldFault>) -> Vec<FieldError> {
    faults.into_iter().map(FieldError::from).collect()
}

fn new_page(ask: &Ask, typed: &PartnerForm, e: &[FieldError]) -> Markup {
    let page = ask.page(Nav::Partners);
    let body = html! {
        (error_summary(e))
        section.card.pad { (form(&page, "/partners", &html! { (inputs(typed, e)) div.actions { (Button::submit("Add").primary()) } })) }
    };
    Page::new(&page, "Add a partner").crumbs(&[("Vendors and BAAs", "/partners")]).render(&body)
}

/// Whether it may be sent claims today, and on what ground.
fn standing(shown: &PartnerPage, ask: &Ask) -> Markup {
    html! {
        @match gate(&shown.partner, ask.today) {
            Ok(basis) => { p { (tag(Tone::Ok, "May be sent claims")) " Ground: " (reason(&basis.to_string())) "." } },
            Err(why) => { p { (tag(Tone::Bad, "May not be sent claims")) " " (reason(&why.to_string())) "." } },
        }
    }
}

/// To the way that files take there.
fn way(partner: &domain::partner::Partner) -> Markup {
    html! { (Button::link("Connector", &format!("/partners/{}/connector", partner.id)).key("o")) }
}

/// The same for those who may look and not change.
fn facts_page(ask: &Ask, shown: &PartnerPage) -> Markup {
    let page = ask.page(Nav::Partners);
    let partner = &shown.partner;
    let none = || html! { span.sub { "none" } };
    let agreement = partner.agreement.as_ref().map_or_else(none, |a| {
        html! { (a.reference) ", signed on " (date(a.signed_on)) @if let Some(to) = a.to { ", until " (date(to)) } }
    });
    let exemption = partner.exemption.as_ref().map_or_else(none, |e| html! { (e.reason.label()) });
    let ids = partner.interchange.as_ref().map_or_else(none, |i| {
        html! { (i.sender_id) " to " (i.receiver_id) @if i.production { ", for real" } @else { ", as a test" } }
    });
    let payers: Vec<&str> =
        shown.payers.iter().filter(|p| p.partner.as_ref() == Some(&partner.id)).map(|p| p.name.as_str()).collect();
    let body = html! {
        div.stack {
            section.card.pad {
                (standing(shown, ask))
                p.sub { "The practice manager or the privacy official records agreements and changes partners." }
            }
            (card("What is on record", &definition_list(&[
                ("What it is", html! { (partner.kind.label()) }),
                ("Agreement", agreement),
                ("Why none is needed", exemption),
                ("Files are addressed", ids),
                ("Claims of", html! { (payers.join(", ")) }),
            ])))
        }
    };
    let way = way(partner);
    Page::new(&page, &partner.name).crumbs(&[("Vendors and BAAs", "/partners")]).actions(way).render(&body)
}

fn one_page(ask: &Ask, shown: &PartnerPage, version: i64, typed: &PartnerForm, e: &[FieldError]) -> Markup {
    let page = ask.page(Nav::Partners);
    let partner = &shown.partner;
    let here = format!("/partners/{}", partner.id);
    let body = html! {
        (error_summary(e))
        div.stack {
            section.card.pad { (standing(shown, ask)) }
            section.card.pad {
                (form(&page, &here, &html! {
                    input type="hidden" name="version" value=(version);
                    (inputs(typed, e))
                    div.actions { (Button::submit("Save").primary()) }
                }))
            }
            @if !shown.payers.is_empty() {
                (card("Whose claims go there", &html! {
                    div.pad {
                        (form(&page, &format!("{here}/payers"), &html! {
                            div {
                                @for payer in &shown.payers {
                                    (checkbox("payer", payer.id.as_str(), &payer.name, payer.partner.as_ref() == Some(&partner.id)))
                                }
                            }
                            div.actions { (Button::submit("Save whose claims go there")) }
                        }))
                    }
                }))
            }
        }
    };
    let way = way(partner);
    Page::new(&page, &partner.name).crumbs(&[("Vendors and BAAs", "/partners")]).actions(way).render(&body)
}

fn inputs(p: &PartnerForm, e: &[FieldError]) -> Markup {
    let kinds: Vec<(&str, &str)> =
        std::iter::once(("", "Choose")).chain(PartnerKind::ALL.iter().map(|k| (k.as_str(), k.label()))).collect();
    let reasons: Vec<(&str, &str)> = std::iter::once(("", "None: an agreement is needed"))
        .chain(ExemptionReason::ALL.iter().map(|r| (r.as_str(), r.label())))
        .collect();
    let usages = [("T", "As a test"), ("P", "For real")];
    html! {
        (fields("Partner", &html! {
            (Field::text("name", "Name").value(&p.name).required().errors(e))
            (Field::select("kind", "What it is", &kinds).value(&p.kind).required().errors(e))
        }))
        (fields("Business associate agreement", &html! {
            (Field::text("agreement", "Where the signed paper is").value(&p.agreement).hint("A document number or a place").optional().errors(e))
            (Field::text("signed_on", "Signed by both on").value(&p.signed_on).optional().width(Width::Medium).errors(e))
            (Field::text("from", "First day").value(&p.from).hint("Blank: the day it was signed").optional().width(Width::Medium).errors(e))
            (Field::text("to", "Last day").value(&p.to).hint("Blank: until it is ended").optional().width(Width::Medium).errors(e))
        }))
        (fields("Why no agreement is needed", &html! {
            (Field::select("exemption", "Reason, which you approve by saving", &reasons).value(&p.exemption).errors(e))
        }))
        (fields("How files are addressed", &html! {
            (Field::text("sender_qualifier", "Our qualifier").value(&p.sender_qualifier).hint("Often ZZ").optional().width(Width::Short).errors(e))
            (Field::text("sender_id", "Our id").value(&p.sender_id).optional().width(Width::Medium).errors(e))
            (Field::text("receiver_qualifier", "Their qualifier").value(&p.receiver_qualifier).hint("Often ZZ").optional().width(Width::Short).errors(e))
            (Field::text("receiver_id", "Their id").value(&p.receiver_id).optional().width(Width::Medium).errors(e))
            (Field::select("usage", "Files are sent", &usages).value(&p.usage).errors(e))
        }))
    }
}
