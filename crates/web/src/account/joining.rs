//! The way in: inviting somebody, the clearance, and a role that waits for a second person.

use app::account::{Created, Person};
use domain::access::Role;
use domain::account::joining::{Access, Clearance, ClearanceForm, Employment, InviteForm, takes_two};
use domain::id::AccountId;
use maud::{Markup, html};

use super::field_errors;
use super::people::{PEOPLE, again, beside, changed, every_role, find, reason};
use crate::components::{
    Attention, Button, Field, FieldError, Icon, Nav, Page, Tone, Width, attention_list, card, date, definition_list,
    error_summary, fields, form, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /people/new`.
pub(super) fn new(_: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let typed = InviteForm { starts_on: ask.today.to_string(), ..InviteForm::default() };
    Ok(Reply::page(new_page(ask, &typed, &ClearanceForm::default(), &[])))
}

/// `POST /people`.
pub(super) fn create(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let (typed, cleared): (InviteForm, ClearanceForm) = (ask.read_form()?, ask.read_form()?);
    match web.app.invite(web.app.fresh(ask.cx()?)?, &typed, &cleared) {
        Ok(created) => Ok(Reply::page(passphrase_page(web, ask, &typed.login, &created))),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(new_page(ask, &typed, &cleared, &field_errors(faults)))),
        Err(app::Error::Refused(message)) => {
            let taken = FieldError { field: "login".to_owned(), message };
            Ok(Reply::again(new_page(ask, &typed, &cleared, &[taken])))
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /people/{id}/clearance`.
pub(super) fn clearance(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AccountId::parse)?;
    match web.app.note_clearance(web.app.fresh(ask.cx()?)?, &id, &ask.read_form()?) {
        Ok(()) => Ok(Reply::see(format!("/people/{id}"))),
        Err(app::Error::Invalid(faults)) => again(web, ask, &field_errors(faults)),
        Err(other) => Err(other.into()),
    }
}

/// `POST /people/{id}/role/confirm`.
pub(super) fn confirm(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    changed(web, ask, "confirm", |id, why| {
        web.app.confirm_role(web.app.fresh(ask.cx()?)?, id, why).map_err(Failure::from)
    })
}

/// `POST /people/{id}/role/refuse`.
pub(super) fn refuse(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    changed(web, ask, "refuse", |id, why| web.app.turn_role_down(ask.cx()?, id, why).map_err(Failure::from))
}

/// `POST /people/{id}/reset`.
pub(super) fn reset(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AccountId::parse)?;
    match web.app.reset_account(web.app.fresh(ask.cx()?)?, &id, ask.field(&reason("reset"))) {
        Ok(created) => Ok(Reply::page(passphrase_page(web, ask, &find(web, ask)?.0.account.login, &created))),
        Err(app::Error::Invalid(faults)) => again(web, ask, &beside("reset", faults)),
        Err(other) => Err(other.into()),
    }
}

fn new_page(ask: &Ask, typed: &InviteForm, cleared: &ClearanceForm, errors: &[FieldError]) -> Markup {
    let page = ask.page(Nav::People);
    let mut roles = every_role();
    roles.insert(0, ("", "Choose a role"));
    let mut kinds: Vec<(&str, &str)> = Employment::ALL.iter().map(|kind| (kind.as_str(), kind.label())).collect();
    kinds.insert(0, ("", "Choose"));
    let two: Vec<String> =
        Role::ALL.iter().filter(|role| takes_two(**role)).map(|role| role.label().to_owned()).collect();
    let two = format!("{}: say why, and another official confirms the role before anything opens.", two.join(", "));
    let body = html! {
        (error_summary(errors))
        (form(&page, "/people", &html! {
            (fields("The person", &html! {
                (Field::text("name", "Name").hint("As others should see it.").value(&typed.name).required().errors(errors).max(80))
                (Field::text("login", "Login").hint("3 to 64 letters, digits, dots or dashes.").value(&typed.login).required().errors(errors).max(64))
                (Field::select("employment", "Works here as", &kinds).value(&typed.employment).required().width(Width::Medium).errors(errors))
                (Field::date("starts_on", "First day").hint("Nothing opens before it begins.").value(&typed.starts_on).required().errors(errors))
            }))
            (fields("The role", &html! {
                (Field::select("role", "Role", &roles).value(&typed.role).required().errors(errors))
                (Field::text("role_words", "Why this role").value(&typed.role_words).max(200).errors(errors))
            }))
            p.sub { (two) }
            (clearance_fields(cleared, true, errors))
            div.row { (Button::submit("Invite").primary()) (Button::link("Back", "/people")) }
        }))
    };
    Page::new(&page, "Invite a person").crumbs(PEOPLE).render(&html! { div.stack.narrow { (body) } })
}

fn clearance_fields(typed: &ClearanceForm, may_wait: bool, e: &[FieldError]) -> Markup {
    let mut choices = vec![("", "Choose"), ("checked", "It was checked"), ("not_needed", "Not needed, for a reason")];
    if may_wait {
        choices.push(("later", "Not yet: nothing opens until it is noted"));
    }
    fields(
        "Clearance: may this person work with health information?",
        &html! {
            (Field::select("clearance", "What was done about it", &choices)
                .value(&typed.clearance).required().errors(e))
            (Field::text("checked_what", "What was checked").value(&typed.checked_what).max(200).errors(e))
            (Field::text("checked_by", "By whom").value(&typed.checked_by).max(200).width(Width::Medium).errors(e))
            (Field::date("checked_on", "On which day").value(&typed.checked_on).errors(e))
            (Field::text("checked_paper", "Where the paper is").value(&typed.checked_paper).max(200).errors(e))
            (Field::text("not_needed_why", "Or why it is not needed").value(&typed.not_needed_why).max(200).errors(e))
        },
    )
}

fn passphrase_page(web: &Web, ask: &Ask, login: &str, created: &Created) -> Markup {
    let page = ask.page(Nav::People);
    let waits = match created.access {
        Access::Early => Some("It opens nothing before the first day."),
        Access::Uncleared => Some("It opens nothing until the clearance is noted on the person's page."),
        Access::Unconfirmed => Some("It opens nothing until another official has confirmed the role."),
        Access::Open | Access::Ended => None,
    };
    let body = html! {
        (card("First passphrase", &html! {
            div.pad.stack {
                p { "Give this to the person yourself. It is shown now and never again. With it the person signs in once, chooses a password and sets up an authenticator." }
                p { "Login " b { (login) } }
                p { "Passphrase " code { (created.passphrase) } }
                p { "It works until " (instant(created.until.timestamp(), &web.zone)) "." @if let Some(waits) = waits { " " (waits) } }
                p { (Button::link("Done", &format!("/people/{}", created.id)).primary()) }
            }
        }))
    };
    Page::new(&page, "First passphrase").crumbs(PEOPLE).render(&body)
}

/// How the person came in, as far as it is known.
pub(super) fn joined_card(web: &Web, person: &Person, people: &[Person], more: &Markup) -> Markup {
    let account = &person.account;
    let name = |id: &AccountId| name(people, id);
    let mut rows = Vec::new();
    if let Some(joining) = &account.joining {
        rows.push(("Works here as", html! { (joining.employment.label()) }));
        rows.push(("First day", html! { (date(joining.starts_on)) }));
        rows.push(("Invited", html! { "by " (name(&joining.by)) ", " (instant(joining.at.timestamp(), &web.zone)) }));
    }
    rows.push((
        "Clearance",
        match &account.cleared {
            None => html! { (tag(Tone::Warn, "Not noted")) },
            Some(cleared) => html! {
                @match &cleared.clearance {
                    Clearance::Checked { what, by, on, paper } => { (what) ", checked by " (by) " on " (date(*on)) br; "Paper: " (paper) }
                    Clearance::NotNeeded { why } => { "Not needed: " (why) }
                }
                br; span.sub { "Noted by " (name(&cleared.by)) ", " (instant(cleared.at.timestamp(), &web.zone)) }
            },
        },
    ));
    if let Some(granted) = &account.granted {
        rows.push((
            "Role given",
            html! {
                (granted.role.label()) ", " (instant(granted.at.timestamp(), &web.zone)) br;
                @match &granted.confirmed_by {
                    Some(by) => { "Asked for by " (name(&granted.asked_by)) ", confirmed by " (name(by)) },
                    None => { "By " (name(&granted.asked_by)) " " (tag(Tone::Warn, "alone")) " nobody else could confirm" },
                }
                br; span.sub { (granted.words) }
            },
        ));
    }
    card("The way in", &html! { (definition_list(&rows)) (more) })
}

/// The form for a clearance that nobody noted.
pub(super) fn clearance_form(web: &Web, ask: &Ask, person: &Person, e: &[FieldError]) -> Result<Markup, Failure> {
    let typed: ClearanceForm = ask.read_form()?;
    let body = form(
        &ask.page(Nav::People),
        &format!("/people/{}/clearance", person.id),
        &html! { (clearance_fields(&typed, false, e)) div.row { (Button::submit("Note it")) } },
    );
    // Open where it stands in the way; in a practice from before this was kept it stands in nobody's.
    let waits = person.account.access(web.app.clock.now()) == Access::Uncleared || !e.is_empty();
    Ok(html! { details.pad open[waits] { summary { "Note the clearance" } (body) } })
}

/// A role that waits for a second person: what was asked, and for those who may, the answer.
pub(super) fn asked_card(web: &Web, ask: &Ask, person: &Person, people: &[Person], e: &[FieldError]) -> Markup {
    let (Some(asked), Ok(cx)) = (&person.account.asked, ask.cx()) else { return html! {} };
    let page = ask.page(Nav::People);
    let (own, other) = (asked.by == cx.account, person.id == cx.account);
    let may = web.app.role_may(cx.role, domain::access::Action::AccountEdit, domain::access::ResourceKind::Account);
    let act = |name: &str, label: &str, button: &Button<'_>| {
        let why = reason(name);
        let to = format!("/people/{}/role/{name}", person.id);
        form(
            &page,
            &to,
            &html! {
                (Field::text(&why, label).value(ask.field(&why)).required().max(200).errors(e))
                div.row { (button) }
            },
        )
    };
    let first = asked.role == person.account.role;
    let body = html! {
        (definition_list(&[
            ("Role", html! { (asked.role.label()) @if first { br; span.sub { "Nothing opens before it is confirmed." } } @else { br; span.sub { "Until then " (person.account.role.label().to_lowercase()) "." } } }),
            ("Asked for", html! { "by " (name(people, &asked.by)) ", " (instant(asked.at.timestamp(), &web.zone)) br; span.sub { (asked.words) } }),
        ]))
        div.pad.stack {
            @if !may || other { p.sub { "Another official confirms it or turns it down." } }
            @else {
                @if own { p.sub { "You asked for it, so another official confirms it. You may take it back." } }
                @else { (act("confirm", "How you know that it is right", &Button::submit("Confirm the role").primary())) }
                (act("refuse", "Why not", &Button::submit(if own { "Take it back" } else { "Turn it down" })))
            }
        }
    };
    card("A role waits for a second person", &body)
}

fn name<'a>(people: &'a [Person], id: &AccountId) -> &'a str {
    people.iter().find(|person| person.id == *id).map_or("somebody who is not known here", |p| &p.account.name)
}

/// What stands on the first page of those who could confirm a role.
pub(crate) fn notice(waiting: &[(AccountId, String)]) -> Markup {
    let item = |(id, name): &(AccountId, String)| Attention {
        tone: Tone::Warn,
        icon: Icon::UserCheck,
        text: format!("A role to confirm: {name}"),
        href: format!("/people/{id}"),
        status: None,
        detail: Some("Another official asked for a role that takes two people".to_owned()),
    };
    let items: Vec<Attention> = waiting.iter().map(item).collect();
    attention_list("Notices", &items)
}
