//! The charges of one visit: entry while they are unsigned, the signed version after.

use app::claim::Made;
use app::visit::ChargesPage;
use domain::charge::{Charge, ChargeForm, ChargesForm, DIAGNOSES_MAX, LINES_MAX, letter};
use domain::id::VisitId;
use domain::visit::Stage;
use maud::{Markup, html};

use crate::components::{
    Button, Field, FieldError, Nav, Page, PageContext, Table, TableColumn, Width, badge, card, csrf_field, date,
    error_summary, fields, form, instant, money,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// Blank diagnoses and lines beside those that are filled.
const SPARE: usize = 2;

/// `GET /charges/{id}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", VisitId::parse)?;
    let page = web.app.open_charges(ask.cx()?, &id)?;
    let typed = typed_before(&page);
    Ok(Reply::page(whole(web, &ask.page(Nav::Charges), &page, page.version, &typed, &[])))
}

/// `POST /charges/{id}`: saves, and signs when `then` says so.
pub(super) fn save(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", VisitId::parse)?;
    let (typed, version) = (read(ask), version(ask)?);
    match web.app.record_charges(ask.cx()?, &id, version, &typed) {
        Ok(()) => {}
        Err(app::Error::Invalid(faults)) => {
            let page = web.app.open_charges(ask.cx()?, &id)?;
            let errors: Vec<FieldError> = faults.into_iter().map(FieldError::from).collect();
            return Ok(Reply::again(whole(web, &ask.page(Nav::Charges), &page, version, &typed, &errors)));
        }
        Err(other) => return Err(other.into()),
    }
    if ask.field("then") == "sign" {
        web.app.sign_charges(ask.cx()?, &id, version.saturating_add(1))?;
    }
    Ok(Reply::see(format!("/charges/{id}")))
}

/// `POST /charges/{id}/sign`.
pub(super) fn sign(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", VisitId::parse)?;
    web.app.sign_charges(ask.cx()?, &id, version(ask)?)?;
    Ok(Reply::see(format!("/charges/{id}")))
}

/// `POST /charges/{id}/correct`: starts the next version.
pub(super) fn correct(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", VisitId::parse)?;
    web.app.correct_charges(ask.cx()?, &id, version(ask)?)?;
    Ok(Reply::see(format!("/charges/{id}")))
}

/// `POST /charges/{id}/bill`: makes the claim.
pub(super) fn bill(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", VisitId::parse)?;
    match web.app.make_claim(ask.cx()?, &id, ask.today)? {
        Made::Claim(claim, _) => Ok(Reply::see(format!("/claims/{claim}"))),
        Made::SelfPay => Ok(Reply::see(format!("/charges/{id}"))),
    }
}

fn version(ask: &Ask) -> Result<i64, Failure> {
    ask.field("version").parse().map_err(|_| Failure::BadRequest("the form has lost its version"))
}

/// The form as sent. A field that was not sent is blank.
fn read(ask: &Ask) -> ChargesForm {
    let line = |n: usize| {
        let field = |name: &str| ask.field(&format!("line_{n}_{name}")).to_owned();
        ChargeForm {
            code: field("code"),
            modifiers: field("modifiers"),
            units: field("units"),
            price: field("price"),
            pointers: field("pointers"),
        }
    };
    ChargesForm {
        diagnoses: (1..=DIAGNOSES_MAX).map(|n| ask.field(&format!("diagnosis_{n}")).to_owned()).collect(),
        lines: (1..=LINES_MAX).map(line).collect(),
    }
}

/// The form as it is stored.
fn typed_before(page: &ChargesPage) -> ChargesForm {
    ChargesForm {
        diagnoses: page.visit.diagnoses.iter().map(ToString::to_string).collect(),
        lines: page.visit.charges.iter().map(ChargeForm::from).collect(),
    }
}

fn whole(
    web: &Web,
    cx: &PageContext,
    page: &ChargesPage,
    version: i64,
    typed: &ChargesForm,
    errors: &[FieldError],
) -> Markup {
    let visit = &page.visit;
    let provider = page.provider.as_ref().map(|p| p.name.sorted()).unwrap_or_default();
    let place = page.location.as_ref().map(|l| l.name.as_str()).unwrap_or_default();
    let body = html! {
        (error_summary(errors))
        section.card.pad.patient aria-label="Patient" {
            h2 { a href={ "/patients/" (visit.patient) } { (page.name) } }
            p {
                "Born " (date(page.birth_date)) " · " (page.mrn) " · seen on " (date(visit.date_of_service))
                " by " (provider) " · " (place)
            }
        }
        @if visit.signed.is_none() {
            @if page.may_edit { (entry(cx, page, version, typed, errors)) }
            @else if visit.charges.is_empty() { p.sub { "Nothing is recorded yet. The clinician of the visit records the charges." } }
            @else { (lines(page)) }
        } @else {
            (lines(page))
            (signed(web, cx, page))
        }
        (claims(page))
    };
    let beside = html! { (badge(&page.stage)) @if visit.version > 1 { " " span.sub { "version " (visit.version) } } };
    Page::new(cx, "Charges of a visit").crumbs(&[("Charges", "/charges")]).beside(beside).render(&body)
}

fn entry(cx: &PageContext, page: &ChargesPage, version: i64, typed: &ChargesForm, e: &[FieldError]) -> Markup {
    let filled = |all: usize, max: usize| (all + SPARE).clamp(4, max);
    let diagnoses =
        filled(typed.diagnoses.iter().rposition(|d| !d.trim().is_empty()).map_or(0, |n| n + 1), DIAGNOSES_MAX);
    let used = typed.lines.iter().rposition(|l| !l.code.trim().is_empty() || !l.price.trim().is_empty());
    let count = filled(used.map_or(0, |n| n + 1), LINES_MAX);
    let here = format!("/charges/{}", page.visit.id);
    let blank = ChargeForm::default();
    form(
        cx,
        &here,
        &html! {
            input type="hidden" name="version" value=(version);
            (fields("Diagnoses, most important first", &html! {
                @for n in 1..=diagnoses {
                    @let name = format!("diagnosis_{n}");
                    @let label = format!("Diagnosis {}", letter(n));
                    (Field::text(&name, &label).value(typed.diagnoses.get(n - 1).map_or("", String::as_str)).width(Width::Medium).errors(e))
                }
            }))
            @for n in 1..=count {
                (line(n, typed.lines.get(n - 1).unwrap_or(&blank), e))
            }
            p {
                (Button::submit("Save"))
                @if page.may_sign { " " (Button::submit("Save and sign").primary().value("then", "sign")) }
                " " span.sub { "Signing locks this version. More lines appear after saving." }
            }
        },
    )
}

fn line(n: usize, line: &ChargeForm, e: &[FieldError]) -> Markup {
    let name = |field: &str| format!("line_{n}_{field}");
    let (code, modifiers, units) = (name("code"), name("modifiers"), name("units"));
    let (price, pointers) = (name("price"), name("pointers"));
    fields(
        &format!("Line {n}"),
        &html! {
            (Field::text(&code, "Service code").value(&line.code).width(Width::Medium).max(10).errors(e))
            (Field::text(&modifiers, "Modifiers").value(&line.modifiers).optional().width(Width::Medium).errors(e))
            (Field::text(&pointers, "For diagnosis").value(&line.pointers).hint("A, or A B").width(Width::Short).errors(e))
            (Field::digits(&units, "Units").value(&line.units).width(Width::Short).errors(e))
            (Field::digits(&price, "Price of one").value(&line.price).errors(e))
        },
    )
}

fn lines(page: &ChargesPage) -> Markup {
    let columns = [
        TableColumn::number("Line"),
        TableColumn::text("Service"),
        TableColumn::text("Modifiers"),
        TableColumn::text("For diagnosis"),
        TableColumn::number("Units"),
        TableColumn::number("Price of one"),
        TableColumn::number("Charge"),
    ];
    let words = |charge: &Charge| charge.modifiers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let pointers = |charge: &Charge| {
        charge.pointers.iter().map(|p| letter(usize::from(*p)).to_string()).collect::<Vec<_>>().join(" ")
    };
    let rows = html! {
        @for (at, charge) in page.visit.charges.iter().enumerate() {
            tr {
                td.num { (at + 1) }
                th scope="row" { (charge.code) }
                td { (words(charge)) }
                td { (pointers(charge)) }
                td.num { (charge.units) }
                td.num { (money(charge.unit_price)) }
                td.num { @if let Ok(amount) = charge.amount() { (money(amount)) } }
            }
        }
    };
    let total = page.visit.total().ok();
    card(
        "Charges",
        &html! {
            ol.pad { @for diagnosis in &page.visit.diagnoses { li { (diagnosis) } } }
            (Table::new("Charge lines", &columns).rows(&rows))
            @if let Some(total) = total { p.pad { b { "Total " (money(total)) } } }
        },
    )
}

fn signed(web: &Web, cx: &PageContext, page: &ChargesPage) -> Markup {
    let Some(signature) = &page.visit.signed else { return html! {} };
    let act = |what: &str| format!("/charges/{}/{what}", page.visit.id);
    let post = |what: &str, button: &Button<'_>| {
        html! {
            form.inline method="post" action=(act(what)) {
                (csrf_field(cx))
                input type="hidden" name="version" value=(page.version);
                (button)
            }
        }
    };
    card(
        "Signed",
        &html! {
            div.pad.stack {
                p { "Signed " (instant(signature.at.timestamp(), &web.zone)) ". These lines are locked; a correction starts the next version." }
                @if page.may_edit { (post("correct", &Button::submit("Start a correction"))) }
                @if page.stage == Stage::Signed && page.may_bill { (post("bill", &Button::submit("Make the claim").primary())) }
            }
        },
    )
}

fn claims(page: &ChargesPage) -> Markup {
    html! {
        @if !page.claims.is_empty() {
            (card("Claims", &html! {
                ul.plain.pad { @for (id, state) in &page.claims { li { a href={ "/claims/" (id) } { "Open the claim" } " " (badge(state)) } } }
            }))
        }
    }
}
