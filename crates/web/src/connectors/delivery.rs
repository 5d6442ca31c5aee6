//! Where a released file is, on the page of its batch.

use app::delivery::{DeliveryShown, Words};
use domain::Instant;
use domain::delivery::{Delivery, DeliveryState, Ended};
use domain::id::BatchId;
use maud::{Markup, html};

use crate::claims::reason_line;
use crate::components::{
    Button, Field, PageContext, Table, TableColumn, Tone, badge, card as panel, csrf_field, definition_list, instant,
    tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `POST /claims/batches/{id}/said`: `arrived` is `yes` or `no`.
pub(crate) fn say(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", BatchId::parse)?;
    let arrived = match ask.field("arrived") {
        "yes" => true,
        "no" => false,
        _ => return Err(Failure::BadRequest("the form does not say whether the partner has the file")),
    };
    web.app.say_of_delivery(ask.cx()?, &id, Words { arrived, reason: ask.field("reason") })?;
    Ok(Reply::see(format!("/claims/batches/{id}")))
}

/// What is known of it, in a sentence.
pub(super) fn words(delivery: &Delivery) -> Markup {
    let last = match &delivery.look_failed {
        Some(why) => why,
        None => delivery.last_words(),
    };
    match (delivery.state, delivery.said.last()) {
        (DeliveryState::Delivered, Some(said)) => html! { "By word: " (said.reason) },
        (DeliveryState::Waiting, _) if delivery.attempts.is_empty() => html! { "Not tried yet" },
        (DeliveryState::Sending, _) if delivery.look_failed.is_none() => html! { "On the way" },
        _ => html! { @if !last.is_empty() { (reason_line(last)) } },
    }
}

/// Since when it is where it is.
pub(super) fn since(delivery: &Delivery) -> Instant {
    let ended = delivery.attempts.last().map(|last| last.ended.as_ref().map_or(last.begun_at, |(at, _)| *at));
    let said = delivery.said.last().map(|said| said.at);
    ended.max(said).unwrap_or(delivery.queued_at)
}

/// Where the file of a batch is. `log` is the way to its events for those who may read them; `may` say what became of it.
pub(crate) fn card(web: &Web, cx: &PageContext, shown: &DeliveryShown, log: bool, may: bool) -> Markup {
    let delivery = &shown.delivery;
    let rows = [
        ("Where it is", html! { (badge(&delivery.state)) " " (sentence(web, shown)) }),
        ("Under the name", html! { code { (delivery.name) } }),
        ("SHA-256", html! { code.long { (delivery.digest) } }),
        ("Way", html! { a href={ "/partners/" (delivery.partner) "/connector" } { "Connector of the partner" } }),
    ];
    panel(
        "Its file",
        &html! {
            (definition_list(&rows))
            @if !delivery.attempts.is_empty() { (attempts(web, delivery, log)) }
            @if !delivery.said.is_empty() {
                ol.steps { @for (said, by) in delivery.said.iter().zip(&shown.said_by) {
                    li { span.sub { (instant(said.at.timestamp(), &web.zone)) } span { (by) ": " @if said.arrived { "the partner has it" } @else { "the partner does not have it, send it again" } ". " (said.reason) } }
                } }
            }
            @if may && delivery.asks_somebody() { (question(cx, delivery)) }
        },
    )
}

fn sentence(web: &Web, shown: &DeliveryShown) -> Markup {
    let delivery = &shown.delivery;
    let at = |at: Instant| instant(at.timestamp(), &web.zone);
    match delivery.state {
        DeliveryState::Waiting => match &shown.waits {
            Some(why) => html! { (reason_line(why)) "." },
            None if delivery.attempts.is_empty() => html! { "It leaves within seconds." },
            None => html! { (reason_line(delivery.last_words())) ". Tried again " (at(delivery.due_at)) "." },
        },
        DeliveryState::Sending => match &delivery.look_failed {
            Some(why) => {
                html! { "It may have arrived, and could not be looked for: " (why) ". Looked for again " (at(delivery.due_at)) "." }
            }
            None => html! { "On the way since " (at(since(delivery))) "." },
        },
        DeliveryState::Delivered => html! { (at(delivery.due_at)) ". " (words(delivery)) "." },
        DeliveryState::Refused => html! { (reason_line(delivery.last_words())) ". It is not tried again by itself." },
        DeliveryState::Unsure => {
            html! { (reason_line(delivery.last_words())) ". It is not sent again until somebody says." }
        }
    }
}

fn attempts(web: &Web, delivery: &Delivery, log: bool) -> Markup {
    let columns = [
        TableColumn::number("Attempt"),
        TableColumn::text("On record before it began"),
        TableColumn::text("Ended"),
        TableColumn::prose("How"),
        TableColumn::text("Event"),
    ];
    let rows = html! {
        @for (n, attempt) in delivery.attempts.iter().enumerate() {
            tr {
                th.num scope="row" { (n + 1) }
                td { (instant(attempt.begun_at.timestamp(), &web.zone)) }
                @match &attempt.ended {
                    Some((at, ended)) => { td { (instant(at.timestamp(), &web.zone)) } td { (how(ended)) } },
                    None => { td { span.sub { "not yet" } } td {} },
                }
                td { @if log { a href="/audit?act=file.sending" { code { (attempt.event) } } } @else { code { (attempt.event) } } }
            }
        }
    };
    Table::new("Attempts", &columns).rows(&rows)
}

fn how(ended: &Ended) -> Markup {
    let (tone, word) = match ended {
        Ended::Delivered(_) => (Tone::Ok, "Delivered"),
        Ended::NotArrived(_) => (Tone::Mute, "Did not arrive"),
        Ended::Refused(_) => (Tone::Bad, "Refused"),
        Ended::Unsure(_) => (Tone::Warn, "Unsure"),
    };
    html! { (tag(tone, word)) " " (reason_line(ended.words())) }
}

/// What only the partner knows.
fn question(cx: &PageContext, delivery: &Delivery) -> Markup {
    let surely_here = matches!(delivery.state, DeliveryState::Waiting | DeliveryState::Refused);
    html! {
        form.form.pad method="post" action={ "/claims/batches/" (delivery.batch) "/said" } {
            (csrf_field(cx))
            @if surely_here {
                p { "The partner did not get it this way. When it went by another, such as their own page, say so here, and it is not sent again." }
            } @else {
                p { "Ask the partner whether it has " code { (delivery.name) } ", and say here what they answered. A file that the partner has, sent again, is billed twice." }
            }
            (Field::text("reason", if surely_here { "Why" } else { "How you know" }).hint("Kept with the file and in the log.").required().max(200))
            div.actions {
                (Button::submit("The partner has it").value("arrived", "yes"))
                (Button::submit(if surely_here { "Send it again now" } else { "The partner does not have it: send it again" }).value("arrived", "no"))
            }
        }
    }
}
