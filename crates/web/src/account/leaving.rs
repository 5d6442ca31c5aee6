//! The way out: ending somebody's access, how soon that held, and what the person leaves open.

use app::account::{Left, Open, Person};
use domain::Instant;
use domain::access::{Action, ResourceKind};
use domain::account::leaving::{AIM, AccessEnd, EndForm, EndReason};
use domain::id::{AccountId, EventId};
use maud::{Markup, html};

use super::{field_errors, people};
use crate::components::{
    Button, Field, FieldError, Nav, Table, TableColumn, Tone, card, date, definition_list, fields, form, instant,
    instant_exact, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `POST /people/{id}/end-access`.
pub(super) fn end(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AccountId::parse)?;
    match web.app.end_access(ask.cx()?, &id, &ask.read_form::<EndForm>()?) {
        Ok(()) => Ok(Reply::see(format!("/people/{id}"))),
        Err(app::Error::Invalid(faults)) => people::again(web, ask, &field_errors(faults)),
        Err(other) => Err(other.into()),
    }
}

/// The form that ends a person's access.
pub(super) fn end_card(web: &Web, ask: &Ask, person: &Person, e: &[FieldError]) -> Markup {
    let now = web.app.clock.now().timestamp().to_zoned(web.zone.clone());
    let typed = |name, now: String| match ask.field(name) {
        "" if e.is_empty() => now,
        text => text.to_owned(),
    };
    let (day, time) = (typed("end_date", now.date().to_string()), typed("end_time", now.strftime("%H:%M").to_string()));
    let mut reasons = vec![("", "Choose a reason")];
    let typed_reasons = EndReason::ALL.iter().filter(|reason| !reason.is_servers());
    reasons.extend(typed_reasons.map(|reason| (reason.as_str(), reason.label())));
    let body = form(
        &ask.page(Nav::People),
        &format!("/people/{}/end-access", person.id),
        &html! {
            p { "Every session, sign-in and API token ends at once, and the next request is refused. The account stays, because the log names it." }
            (Field::select("end_reason", "Why", &reasons).value(ask.field("end_reason")).required().errors(e))
            (fields("When employment ended", &html! {
                (Field::date("end_date", "Date").value(&day).errors(e))
                (Field::time("end_time", "Time").value(&time).errors(e))
            }))
            p.sub { "Not asked for somebody who is on leave or suspected of misuse: employment goes on." }
            (Field::text("end_note", "Note").hint("Kept with the change.").value(ask.field("end_note")).optional().max(200).errors(e))
            div.row { (Button::submit("End access now").danger()) }
        },
    );
    card("End access", &html! { div.pad { (body) } })
}

/// How a person's access ended, each instant with its event.
pub(super) fn ended_card(web: &Web, ask: &Ask, left: &Left) -> Result<Markup, Failure> {
    let may = web.app.role_may(ask.cx()?.role, Action::AuditView, ResourceKind::AuditLog);
    let at = |at: Instant| instant_exact(at.timestamp(), &web.zone);
    let event = |at: Instant, id: &EventId| html! { @if may { " " (event_link(at, id)) } };
    let Left { end, by, acted_at } = left;
    let mut rows = Vec::new();
    if let Some(left) = end.ending.left_at {
        rows.push(("Employment ended", html! { (instant(left.timestamp(), &web.zone)) }));
    }
    rows.push((
        "Last accepted",
        html! {
            @match end.accepted_at { Some(accepted) => (at(accepted)), None => "nothing on record" }
            @if end.used_after() { " " (tag(Tone::Bad, "after employment ended")) }
            @if let (Some(acted), Some(id)) = (acted_at, &end.accepted_event) { (event(*acted, id)) }
        },
    ));
    rows.push((
        "Access ended",
        html! {
            (at(end.ended_at)) " by " (by) (event(end.ended_at, &end.ended_event))
            br; span.sub { (counted(end.sessions, "session")) " and " (counted(end.tokens, "API token")) " ended" }
        },
    ));
    rows.push((
        "First refused",
        match &end.refused {
            Some((refused, id)) => html! { (at(*refused)) (event(*refused, id)) },
            None => html! { "not tried yet" br; span.sub { "Nothing was open. The next attempt will be recorded." } },
        },
    ));
    rows.push(("Time to revoke", revoked(end)));
    if !end.ending.note.is_empty() {
        rows.push(("Note", html! { (end.ending.note) }));
    }
    let title = format!("Access ended: {}", end.ending.reason.label().to_lowercase());
    Ok(card(&title, &definition_list(&rows)))
}

/// The log from this event on.
pub(crate) fn event_link(at: Instant, id: &EventId) -> Markup {
    html! { a href={ "/audit?before=" (crate::audit::from(at, id)) } { "event" span.vh { " in the audit log" } } }
}

fn revoked(end: &AccessEnd) -> Markup {
    let Some(act) = end.until_refused() else { return html! { "not known yet" } };
    html! {
        @if let Some(all) = end.time_to_revoke() {
            b { (duration(all)) } " from the last accepted credential to the first refused one" br;
        }
        b { (duration(act)) } " from the act to the first refusal"
    }
}

/// What the person leaves for others to take over. Counts; the lists are where they always are.
pub(super) fn open_card(web: &Web, ask: &Ask, open: &Open) -> Result<Markup, Failure> {
    let role = ask.cx()?.role;
    let may = |action, kind| web.app.role_may(role, action, kind);
    let link = |may: bool, href: &str, words: &str| html! { @if may { a href=(href) { (words) } } @else { (words) } };
    let (schedule, charges, clients) = (
        may(Action::ScheduleView, ResourceKind::Practice),
        may(Action::ChargeView, ResourceKind::Practice),
        may(Action::ClientView, ResourceKind::Practice),
    );
    let total: u64 = open.visits.iter().map(|(_, n)| n).sum();
    Ok(card(
        "To hand over",
        &html! {
            div.pad.stack {
                @if open.is_empty() { p { "Nothing waits for this person." } }
                @else {
                    ul {
                        @if let Some((first, _)) = open.visits.first() {
                            li {
                                (link(schedule, &format!("/schedule?date={first}"), &format!("{total} booked visits"))) " on "
                                (open.visits.len()) " days, the first on " (date(*first)) ": book them with somebody else"
                            }
                        }
                        @if open.unsigned > 0 {
                            li { (link(charges, "/charges", &format!("{} visits", open.unsigned))) " with charges that are not signed: a clinician who knows the visit signs, or they are not billed" }
                        }
                        @if open.work > 0 { li { (open.work) " pieces of work were taken and are not done" } }
                        @for (id, name) in &open.clients {
                            li { "The API client " (link(clients, &format!("/clients/{id}"), name)) " has nobody who answers for it, and is shut until it has" }
                        }
                    }
                }
            }
        },
    ))
}

/// Those whose access has ended, with the figure of each.
pub(super) fn table(web: &Web, people: &[Person]) -> Markup {
    let columns = [
        TableColumn::text("Name"),
        TableColumn::prose("Why"),
        TableColumn::text("Employment ended"),
        TableColumn::text("Access ended"),
        TableColumn::text("Outlasted it by"),
        TableColumn::text("Time to revoke"),
        TableColumn::text("Act to first refusal"),
    ];
    let ends = people.iter().filter_map(|person| Some((person, person.ends.first()?)));
    let out: Vec<_> = ends.filter(|(person, _)| person.account.disabled_at.is_some()).collect();
    if out.is_empty() {
        return html! {};
    }
    let rows = html! {
        @for (person, end) in out {
            tr {
                th scope="row" { a href={ "/people/" (person.id) } { (person.account.name) } }
                td { (end.ending.reason.label()) }
                td { @match end.ending.left_at { Some(left) => (instant(left.timestamp(), &web.zone)), None => span.sub { "goes on" } } }
                td { (instant(end.ended_at.timestamp(), &web.zone)) }
                td { (outlasted(end)) }
                @for figure in [end.time_to_revoke(), end.until_refused()] {
                    td { @match figure { Some(micros) => (duration(micros)), None => span.sub { "not tried yet" } } }
                }
            }
        }
    };
    html! { h2 { "Access ended" } (Table::new("People whose access has ended", &columns).rows(&rows)) }
}

/// For how long access outlasted employment.
pub(crate) fn outlasted(end: &AccessEnd) -> Markup {
    html! {
        @match end.outlasted() {
            Some(seconds) if seconds <= AIM => (tag(Tone::Ok, &duration(seconds.saturating_mul(1_000_000)))),
            Some(seconds) => (tag(Tone::Bad, &duration(seconds.saturating_mul(1_000_000)))),
            None => span.sub { "not asked" },
        }
    }
}

/// `1 session`, `3 sessions`.
fn counted(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// `12 ms`, `4 s`, `14 min`, `2 h 5 min`, `3 days`: as precise as it matters.
pub(crate) fn duration(micros: i64) -> String {
    let (millis, seconds) = (micros / 1000, micros / 1_000_000);
    match seconds {
        ..1 => format!("{} ms", millis.max(1)),
        1..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn a_duration_is_as_precise_as_it_matters() {
        for (micros, words) in [
            (900, "1 ms"),
            (12_400, "12 ms"),
            (4_999_999, "4 s"),
            (840_000_000, "14 min"),
            (7_500_000_000, "2 h 5 min"),
            (86_400_000_000 * 3, "3 days"),
        ] {
            assert_eq!(duration(micros), words);
        }
    }
}
