//! One access: what is known of it, and the decision.

use app::review::{ReviewPage, ReviewRow};
use domain::access::{Action, ResourceKind, Role};
use domain::account::joining::takes_two;
use domain::id::ReviewItemId;
use domain::review::{Choice, DecisionForm, Holder};
use maud::{Markup, html};

use super::{explained, role, tone};
use crate::components::{
    Button, Field, FieldError, Nav, Page, PageContext, Width, badge, card, date, definition_list, error_summary, form,
    instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /reviews/items/{id}`.
pub(super) fn show(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(web, ask, &DecisionForm::default(), &[])?))
}

/// `POST /reviews/items/{id}`: `choice`, `role` and `words`.
pub(super) fn decide(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ReviewItemId::parse)?;
    let typed: DecisionForm = ask.read_form()?;
    match web.app.decide_review(ask.cx()?, &id, &typed) {
        Ok(()) => Ok(Reply::see("/reviews")),
        Err(app::Error::Invalid(faults)) => {
            let errors: Vec<FieldError> = faults.into_iter().map(FieldError::from).collect();
            Ok(Reply::again(page(web, ask, &typed, &errors)?))
        }
        Err(other) => Err(other.into()),
    }
}

fn page(web: &Web, ask: &Ask, typed: &DecisionForm, e: &[FieldError]) -> Result<Markup, Failure> {
    let id = ask.id("id", ReviewItemId::parse)?;
    let (row, whole) = web.app.review_item(ask.cx()?, &id)?;
    let cx = ask.page(Nav::AccessReviews);
    let (item, facts) = (&row.item, &row.item.facts);
    let body = html! {
        div.stack.narrow {
            (error_summary(e))
            (card("What is known", &known(web, ask, &row)?))
            @if let Some(decision) = &item.decision {
                (card("The decision", &definition_list(&[
                    ("Decision", html! {
                        (badge(&decision.choice)) @if let Some(role) = decision.role { " to " (role.label().to_lowercase()) }
                    }),
                    ("Why", html! { (decision.words) }),
                    ("By", html! { (row.by) ", " (instant(decision.at.timestamp(), &web.zone)) }),
                ])))
            } @else if row.may_decide {
                (card("Is it still needed?", &html! { div.pad { (decision_form(&cx, &row, typed, e)) } }))
            } @else {
                p.sub { (not_you(ask, &row)?) }
            }
        }
    };
    let name = format!("Review of {}", whole.review.begun_on.strftime("%B %-d, %Y"));
    let above = format!("/reviews/{}", whole.review.id);
    Ok(Page::new(&cx, &facts.name)
        .crumbs(&[("Access reviews", "/reviews"), (&name, &above)])
        .beside(due(&whole, &row))
        .render(&body))
}

fn due(whole: &ReviewPage, row: &ReviewRow) -> Markup {
    html! { @if row.item.decision.is_none() { span.sub { "by the end of " (date(whole.review.due_on)) } } }
}

fn known(web: &Web, ask: &Ask, row: &ReviewRow) -> Result<Markup, Failure> {
    let facts = &row.item.facts;
    let asker = ask.cx()?.role;
    let (to, action) = match &row.item.holder {
        Holder::Account(id) => (format!("/people/{id}"), Action::AccountView),
        Holder::Client(id) => (format!("/clients/{id}"), Action::ClientView),
    };
    let may = web.app.role_may(asker, action, ResourceKind::Practice);
    let scopes: Vec<&str> = facts.scopes.iter().map(|scope| scope.label()).collect();
    let mut rows = vec![
        ("Who", html! { @if may { a href=(to) { (facts.name) } } @else { (facts.name) } }),
        ("Role", html! { (role(facts)) @if !scopes.is_empty() { ": " (scopes.join(", ").to_lowercase()) } }),
    ];
    if !row.owner.is_empty() {
        rows.push(("Answers for it", html! { (row.owner) }));
    }
    let last = if facts.role.is_some() { "Last sign-in" } else { "Last call" };
    rows.push((
        last,
        html! { @match facts.last_at { Some(at) => (instant(at.timestamp(), &web.zone)), None => "never" } },
    ));
    let flags = explained(facts);
    rows.push((
        "Look at",
        html! {
            @if flags.is_empty() { "nothing stands out" }
            @for (flag, words) in &flags { p { (tag(tone(*flag), flag.label())) " " (words) } }
        },
    ));
    rows.push(("As of", instant(facts.at.timestamp(), &web.zone)));
    Ok(definition_list(&rows))
}

fn decision_form(cx: &PageContext, row: &ReviewRow, typed: &DecisionForm, e: &[FieldError]) -> Markup {
    let person = row.item.account().is_some();
    let choices = Choice::OF_PEOPLE.iter().filter(|choice| person || **choice != Choice::ChangeRole);
    let choices: Vec<(&str, &str)> =
        std::iter::once(("", "Choose")).chain(choices.map(|c| (c.as_str(), c.label()))).collect();
    let others = Role::ALL.iter().filter(|role| Some(**role) != row.item.facts.role && !takes_two(**role));
    let roles: Vec<(&str, &str)> =
        std::iter::once(("", "No change")).chain(others.map(|r| (r.as_str(), r.label()))).collect();
    form(
        cx,
        &format!("/reviews/items/{}", row.item.id),
        &html! {
            (Field::select("choice", "Decision", &choices).value(&typed.choice).required().width(Width::Medium)
                .hint("What ends, ends with the decision: the next request is refused.").errors(e))
            @if person {
                (Field::select("role", "New role", &roles).value(&typed.role).optional().width(Width::Medium)
                    .hint("A role that takes two people is asked for on the person's page.").errors(e))
            }
            (Field::area("words", "Why").value(&typed.words).required().max(200)
                .hint("Whom you asked, or what you know. Kept with the decision.").errors(e))
            div.actions { (Button::submit("Decide").primary()) (Button::link("Back", "/reviews")) }
        },
    )
}

fn not_you(ask: &Ask, row: &ReviewRow) -> Result<&'static str, Failure> {
    Ok(if row.item.facts.person == ask.cx()?.account {
        "This is your own access, so somebody else decides about it."
    } else {
        "The security official or the practice manager decides about it."
    })
}
