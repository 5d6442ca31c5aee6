//! Moving a visit: by dragging or with the keys on the grid, and by a form for everybody else (WCAG 2.5.7).

use app::schedule::{Moved, VisitPage};
use domain::access::Action;
use domain::id::AppointmentId;
use domain::schedule::MoveForm;
use maud::{Markup, html};

use super::{book, day, day_href, either, errors, only_others, provider_name, version};
use crate::components::{
    Button, Field, FieldError, Hx, Nav, Page, PageContext, Swap, card, date, dialog, error_summary, fields,
    form as posting, out_of_band, toast,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `POST /schedule/move`: a drop on the grid, or the way back from one. The answer is the grid as it then is.
pub(super) fn dropped(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = AppointmentId::parse(either(ask, "appointment")).map_err(|_| Failure::NotFound)?;
    let form = MoveForm {
        provider: either(ask, "provider").to_owned(),
        date: either(ask, "date").to_owned(),
        time: either(ask, "time").to_owned(),
        fold: either(ask, "fold").to_owned(),
        overbook_reason: String::new(),
    };
    let cx = ask.page(Nav::Schedule);
    match web.app.move_visit(ask.cx()?, &id, version(ask)?, &form) {
        Ok(moved) if !ask.partial => Ok(Reply::see(day_href(moved.visit.date(), &moved.visit.location, "grid"))),
        Ok(moved) => {
            let undone = ask.query("undo") == "yes";
            let said =
                format!("Moved {}to {}", if undone { "back " } else { "" }, moved.visit.start.strftime("%-I:%M %p"));
            let back = undo(&moved);
            let back = Hx::post(&cx, &back).target("#day").swap(Swap::Morph);
            let grid = grid(web, ask, &moved.visit.id)?;
            Ok(Reply::page(html! { (grid) (toast(&cx, &said, (!undone).then_some(back))) }))
        }
        Err(app::Error::Invalid(faults)) => {
            let why: Vec<String> = faults.into_iter().map(|f| f.message).collect();
            Ok(Reply::page(refused(&cx, &grid(web, ask, &id)?, &id, &why)))
        }
        Err(app::Error::Store(error)) if app::store_kind(&error) == app::StoreKind::Stale => {
            let why = ["Somebody else changed this visit in the meantime. The grid now shows it as it is.".to_owned()];
            Ok(Reply::page(refused(&cx, &grid(web, ask, &id)?, &id, &why)))
        }
        Err(other) => Err(other.into()),
    }
}

/// The grid of the day that a visit is on. It is shown again, so it is recorded again.
fn grid(web: &Web, ask: &Ask, id: &AppointmentId) -> Result<Markup, Failure> {
    let visit = web.app.open_visit(ask.cx()?, id, None)?;
    let (date, place) = (visit.visit.start.date(), visit.location.id.clone());
    let shown = web.app.schedule_day(ask.cx()?, Some(date), Some(&place), "grid")?;
    Ok(day::grid(&shown))
}

fn refused(cx: &PageContext, grid: &Markup, id: &AppointmentId, why: &[String]) -> Markup {
    let form = format!("/schedule/{id}/move");
    let body = html! { @for line in why { p { (line) } } };
    let footer = html! { (Button::link("Move with a form", &form)) (Button::closes("Leave it")) };
    let ask = dialog("ask", "Not moved", &body, Some(&footer), true);
    html! { (grid) (out_of_band(cx, "flash", &ask)) }
}

/// The address that moves a visit back.
fn undo(moved: &Moved) -> String {
    let MoveForm { provider, date, time, fold, .. } = &moved.back;
    let (id, version) = (&moved.visit.id, moved.version);
    format!(
        "/schedule/move?undo=yes&appointment={id}&version={version}&provider={provider}&date={date}&time={time}&fold={fold}"
    )
}

/// `GET /schedule/{id}/move?provider=&date=&time=`.
pub(super) fn form(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(page(web, ask, None, &[])?))
}

/// `POST /schedule/{id}/move`.
pub(super) fn moved(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AppointmentId::parse)?;
    let typed: MoveForm = ask.read_form()?;
    match web.app.move_visit(ask.cx()?, &id, version(ask)?, &typed) {
        Ok(moved) => Ok(Reply::see(day_href(moved.visit.date(), &moved.visit.location, "grid"))),
        Err(app::Error::Invalid(faults)) => Ok(Reply::again(page(web, ask, Some(&typed), &errors(faults))?)),
        Err(app::Error::Denied { action: Action::ScheduleOverbook, .. }) => {
            Ok(Reply::again(page(web, ask, Some(&typed), &[only_others(&web.app.who_may_overbook())])?))
        }
        Err(other) => Err(other.into()),
    }
}

fn page(web: &Web, ask: &Ask, typed: Option<&MoveForm>, e: &[FieldError]) -> Result<Markup, Failure> {
    let id = ask.id("id", AppointmentId::parse)?;
    let page = web.app.open_visit(ask.cx()?, &id, Some(ask.today))?;
    let visit = &page.visit;
    let here = format!("/schedule/{id}");
    let given = |name: &str, now: String| if ask.query(name).is_empty() { now } else { ask.query(name).to_owned() };
    let start = MoveForm {
        provider: given("provider", page.provider.to_string()),
        date: given("date", visit.start.date().to_string()),
        time: given("time", visit.start.strftime("%H:%M").to_string()),
        ..MoveForm::default()
    };
    let cx = ask.page(Nav::Schedule);
    // What the person looked at when the form came first: a later change by somebody else is refused, and not overwritten.
    let seen = if typed.is_some() { ask.field("version").to_owned() } else { visit.version.to_string() };
    let body = html! {
        (error_summary(e))
        section.card.pad.patient aria-label="Visit" {
            h2 { (visit.patient.name) }
            p { "Born " (date(visit.patient.birth_date)) " · now " (visit.start.strftime("%A, %B %-d, %Y, %-I:%M %p")) " · " (visit.minutes) " minutes" }
        }
        (openings(&page, &here))
        (posting(&cx, &format!("{here}/move"), &inputs(&page, &seen, typed.unwrap_or(&start), e)))
    };
    Ok(Page::new(&cx, "Move a visit").crumbs(&[("Schedule", "/schedule"), ("Visit", &here)]).render(&body))
}

fn openings(page: &VisitPage, here: &str) -> Markup {
    let list = html! {
        @if page.openings.is_empty() { p.pad.sub { "Nothing is open in the next twelve weeks." } }
        ul.plain.pad {
            @for o in &page.openings {
                li {
                    a href={ (here) "/move?provider=" (o.provider) "&date=" (o.slot.start.date()) "&time=" (o.slot.start.strftime("%H:%M")) } {
                        (o.slot.start.strftime("%a, %b %-d, %-I:%M %p"))
                    }
                }
            }
        }
    };
    card("First openings of the same length", &list)
}

fn inputs(page: &VisitPage, version: &str, typed: &MoveForm, e: &[FieldError]) -> Markup {
    let names: Vec<String> = page.providers.iter().map(provider_name).collect();
    let providers: Vec<(&str, &str)> =
        page.providers.iter().zip(&names).map(|(p, name)| (p.id.as_str(), name.as_str())).collect();
    html! {
        input type="hidden" name="version" value=(version);
        (fields("Move to", &html! {
            (Field::select("provider", "With", &providers).value(&typed.provider).errors(e))
            (Field::date("date", "Date").value(&typed.date).required().errors(e))
            (Field::time("time", "Time").value(&typed.time).required().errors(e))
            @if book::asks_which(e) || !typed.fold.is_empty() { (book::which(&typed.fold)) }
            @if page.may_overbook {
                (Field::text("overbook_reason", "Reason, for a taken time or outside opening hours").value(&typed.overbook_reason).max(200).optional().errors(e))
            }
        }))
        div.row { (Button::submit("Move").primary()) }
    }
}
