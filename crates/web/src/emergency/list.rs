//! What waits for a review, what was opened, and how often, by month and by person.

use app::emergency::{Emergencies, EmergencyFilter, EmergencyRow, Tally};
use domain::emergency::State;
use domain::id::AccountId;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::components::{Button, Icon, Nav, Page, Table, TableColumn, badge, card, date, empty_state, instant};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /emergency?month=&person=&state=`.
pub(super) fn list(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let filter = read_filter(ask)?;
    let found = web.app.emergencies(ask.cx()?, &filter, ask.today)?;
    let cx = ask.page(Nav::Emergency);
    let filtered = filter.month.is_some() || filter.account.is_some() || filter.state.is_some();
    let body = html! {
        div.stack {
            @if !filtered { (waiting(web, &found)) }
            (used(web, &found, filtered))
            div.two {
                (card("By month", &figures("Month", "Emergency access by month", &found.months, |m| format!("month={}", m.strftime("%Y-%m")))))
                (card("By person", &figures("Person", "Emergency access by person", &found.people, |id| format!("person={id}"))))
            }
        }
    };
    Ok(Reply::page(Page::new(&cx, "Emergency access").render(&body)))
}

fn read_filter(ask: &Ask) -> Result<EmergencyFilter, Failure> {
    const WRONG: Failure = Failure::BadRequest("the filter cannot be read: choose it on the page");
    let given = |name| Some(ask.query(name)).filter(|text| !text.is_empty());
    let month = given("month").map(|text| format!("{text}-01").parse::<Date>().map_err(|_| WRONG)).transpose()?;
    let account = given("person").map(|text| AccountId::parse(text).map_err(|_| WRONG)).transpose()?;
    let state = given("state").map(|text| State::parse(text).ok_or(WRONG)).transpose()?;
    Ok(EmergencyFilter { month, account, state })
}

fn waiting(web: &Web, found: &Emergencies) -> Markup {
    if found.waiting.is_empty() {
        let why = "Nobody has opened a restricted record that was not reviewed since.";
        return html! { section.card { (empty_state(Icon::ShieldCheck, "Nothing waits for a review", why, None)) } };
    }
    card("To review", &table(web, "To review, the one that is due first at the head", &found.waiting, true))
}

fn used(web: &Web, found: &Emergencies, filtered: bool) -> Markup {
    let all = html! { @if filtered { div.pad { (Button::link("Show all of them", "/emergency")) } } };
    let title = if filtered { "Chosen" } else { "The last twelve months" };
    let whole: usize = found.whole.iter().map(|(_, n)| n).sum();
    if found.used.is_empty() {
        let words = if whole == 0 { "No restricted record was opened in an emergency." } else { "None fits." };
        return card(title, &html! { p.pad.sub { (words) } (all) });
    }
    let outcomes = html! {
        p.pad {
            @for (i, (state, n)) in found.whole.iter().filter(|(_, n)| *n > 0).enumerate() {
                @if i > 0 { " · " }
                a href={ "/emergency?state=" (state) } { (state.label()) ": " (n) }
            }
        }
    };
    card(
        title,
        &html! {
            @if !filtered { (outcomes) }
            (table(web, "Uses of emergency access, newest first", &found.used, false))
            (all)
        },
    )
}

fn table(web: &Web, caption: &str, rows: &[EmergencyRow], due: bool) -> Markup {
    let columns = [
        TableColumn::text("Opened"),
        TableColumn::text("Who"),
        TableColumn::text("Patient"),
        TableColumn::prose("Why"),
        TableColumn::text("Standing"),
    ];
    let body = html! {
        @for row in rows {
            @let used = &row.emergency;
            tr {
                th scope="row" { a href={ "/emergency/" (used.id) } { (instant(used.opened_at.timestamp(), &web.zone)) } }
                td { (row.who) }
                td { (patient(row)) }
                td { (used.cause.label()) span.sub { (used.words) } }
                td {
                    (badge(&row.state))
                    @if due { span.sub { "due by " (due_day(web, row)) } }
                }
            }
        }
    };
    Table::new(caption, &columns).keys().rows(&body)
}

/// The patient with the date of birth, as far as the reader may know.
pub(super) fn patient(row: &EmergencyRow) -> Markup {
    html! {
        @match &row.whose {
            Some(whose) => { (whose.name.sorted()) " " span.sub { "DOB " (date(whose.born)) } }
            None => { "One patient" }
        }
    }
}

/// The last day of the review: it falls due when that day is over.
pub(super) fn due_day(web: &Web, row: &EmergencyRow) -> Markup {
    date(row.emergency.due_at.plus_seconds(-1).timestamp().to_zoned(web.zone.clone()).date())
}

/// Figures, each of which leads to what it is made of.
fn figures<K>(key: &str, caption: &str, rows: &[Tally<K>], query: impl Fn(&K) -> String) -> Markup {
    if rows.is_empty() {
        return html! { p.pad.sub { "None yet." } };
    }
    let columns = [
        TableColumn::text(key),
        TableColumn::number("All"),
        TableColumn::number("To review"),
        TableColumn::number("Justified"),
        TableColumn::number("Not"),
    ];
    let count = |row: &Tally<K>, of: &[State]| -> usize {
        row.states.iter().filter(|(state, _)| of.contains(state)).map(|(_, n)| n).sum()
    };
    let cell = |n: usize, href: &str, what: &str| {
        html! { @if n > 0 { a.target href=(href) { (n) span.vh { " " (what) } } } @else { "0" } }
    };
    let body = html! {
        @for row in rows {
            @let href = format!("/emergency?{}", query(&row.key));
            @let of = |state: State| format!("{href}&state={state}");
            @let late = count(row, &[State::Overdue]);
            tr {
                th scope="row" { (row.label) }
                td.num { (cell(count(row, State::ALL), &href, &format!("of {}", row.label))) }
                td.num {
                    (cell(count(row, &[State::Waiting, State::Open]), &of(State::Waiting), "to review"))
                    @if late > 0 { " + " (cell(late, &of(State::Overdue), "overdue")) " late" }
                }
                td.num { (cell(count(row, &[State::Justified]), &of(State::Justified), "justified")) }
                td.num { (cell(count(row, &[State::NotJustified]), &of(State::NotJustified), "not justified")) }
            }
        }
    };
    Table::new(caption, &columns).rows(&body)
}
