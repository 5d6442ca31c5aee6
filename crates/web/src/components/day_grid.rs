//! One day of the schedule: a column a provider, a row a slot. The script moves cards; every word is written here.

use jiff::civil::Time;
use maud::{Markup, html};

use super::{Icon, Tone, icon};

/// An appointment in the grid. Rows count from 1 at the grid's first time.
#[derive(Clone, Debug)]
pub struct Card {
    /// The appointment's id.
    pub id: String,
    /// The version that was shown; a move of an older one is refused.
    pub version: String,
    /// Its page.
    pub href: String,
    /// When it starts.
    pub starts: Time,
    /// How long, in minutes.
    pub minutes: u16,
    /// The patient as the reader may see: `Larsen, E.`
    pub patient: String,
    /// The reason in a few words.
    pub reason: String,
    /// The status word and how it looks.
    pub status: (Tone, String),
    /// The visit will not happen: the name is struck through.
    pub gone: bool,
    /// Something is wrong with the coverage, in words.
    pub coverage_problem: Option<String>,
    /// Which half of a doubled slot: 1 or 2; none for the whole width.
    pub lane: Option<u8>,
}

/// A time that is not for booking.
#[derive(Clone, Debug)]
pub struct Block {
    /// When it starts.
    pub starts: Time,
    /// How long, in minutes.
    pub minutes: u16,
    /// What it is: `Lunch`.
    pub label: String,
}

/// A time that is free, with where it is booked.
#[derive(Clone, Debug)]
pub struct Open {
    /// When it starts.
    pub starts: Time,
    /// How long, in minutes.
    pub minutes: u16,
    /// The booking page.
    pub href: String,
}

/// One provider's day.
#[derive(Clone, Debug)]
pub struct Column {
    /// The provider's id.
    pub provider: String,
    /// The name: `Ruth Amaya, MD`.
    pub name: String,
    /// The line below the name.
    pub detail: String,
    /// The appointments, by time.
    pub cards: Vec<Card>,
    /// The blocks.
    pub blocks: Vec<Block>,
    /// The open times.
    pub open: Vec<Open>,
}

/// A day.
#[derive(Clone, Debug)]
pub struct DayGrid<'a> {
    /// The id of the element, which a move's answer replaces.
    pub id: &'a str,
    /// The first row's time.
    pub opens: Time,
    /// How many rows; at most 96.
    pub rows: u16,
    /// Minutes a row: 10, 15, 20 or 30.
    pub step: u16,
    /// Where a move is posted (`appointment`, `version`, `provider`, `time` as `HH:MM`); none when this reader may not move.
    pub move_to: Option<&'a str>,
    /// The time now, when the day is today.
    pub now: Option<Time>,
    /// A column a provider.
    pub columns: &'a [Column],
}

impl DayGrid<'_> {
    /// The grid. Its script is [`super::Script::Schedule`].
    pub fn render(&self) -> Markup {
        let times: Vec<Time> = (0..self.rows).map(|r| self.time(r)).collect();
        let said: Vec<String> = times.iter().map(|t| t.strftime("%-I:%M %p").to_string()).collect();
        let wire: Vec<String> = times.iter().map(|t| t.strftime("%H:%M").to_string()).collect();
        html! {
            section.card.dayg id=(self.id) aria-label="Day schedule" data-day data-move=[self.move_to] data-times=(said.join("|")) data-clock=(wire.join("|"))
                data-say-moving="Moving. Arrow keys move it, Enter drops it, Escape leaves it where it was." data-say-cancelled="Not moved." {
                div.corner {}
                div.times aria-hidden="true" {
                    @for (row, time) in (1..).zip(&times).filter(|(_, t)| t.minute() == 0) { span class={ "r" (row) " s1" } { (time.strftime("%-I:%M")) } }
                }
                @for column in self.columns { (self.column(column)) }
            }
        }
    }

    fn column(&self, column: &Column) -> Markup {
        html! {
            header { h2 { (column.name) } span.sub { (column.detail) } }
            ol.col data-column=(column.provider) aria-label=(column.name) {
                @for block in &column.blocks {
                    li class={ "blk r" (self.row(block.starts)) " s" (self.span(block.minutes)) } { (block.label) }
                }
                @for open in &column.open {
                    li class={ "open r" (self.row(open.starts)) " s" (self.span(open.minutes)) } {
                        a href=(open.href) { (open.starts.strftime("%-I:%M")) " open" }
                    }
                }
                @for (card, lane) in column.cards.iter().zip(self.lanes(&column.cards)) { (self.card(card, lane)) }
                @if let Some(row) = self.now.and_then(|now| self.row_of(now)) { li class={ "now r" (row) } aria-hidden="true" {} }
                li class={ "r" (self.rows) " s1" } aria-hidden="true" {}
            }
        }
    }

    /// The lane of each card. Two that follow one another within a row would hide each other, so they stand side by side
    /// too: twenty minutes from 8:20, and the next from 8:40.
    fn lanes(&self, cards: &[Card]) -> Vec<Option<u8>> {
        let mut lanes: Vec<Option<u8>> = cards.iter().map(|card| card.lane).collect();
        for at in 1..cards.len() {
            let Some([before, card]) = cards.get(at - 1..=at) else { continue };
            let ends = self.row(before.starts) + self.span(before.minutes);
            if let Some([first, second]) = lanes.get_mut(at - 1..=at)
                && second.is_none()
                && self.row(card.starts) < ends
            {
                *second = Some(if *first.get_or_insert(1) == 1 { 2 } else { 1 });
            }
        }
        lanes
    }

    fn card(&self, card: &Card, lane: Option<u8>) -> Markup {
        let (row, span) = (self.row(card.starts), self.span(card.minutes));
        let (tone, word) = &card.status;
        let lane = lane.map_or(String::new(), |l| format!(" l{l}"));
        let gone = if card.gone { " gone" } else { "" };
        html! {
            li id={ "appt-" (card.id) } class={ "appt " (tone.class()) " r" (row) " s" (span) (lane) (gone) }
                data-card=(card.id) data-version=(card.version) data-row=(row) data-span=(span) {
                a href=(card.href) draggable="false" {
                    span.r {
                        @if let Some(problem) = &card.coverage_problem { (icon(Icon::ShieldX)) span.vh { (problem) " " } }
                        span.vh[span < 2] { (word) }
                    }
                    span.t { (card.starts.strftime("%-I:%M")) } " " b { (card.patient) } " "
                    @if span > 1 { br; }
                    span { (card.reason) }
                    span.vh { ", " (card.minutes) " minutes" }
                }
            }
        }
    }

    fn time(&self, row: u16) -> Time {
        self.opens.wrapping_add(jiff::SignedDuration::from_mins(i64::from(row) * i64::from(self.step)))
    }

    /// The row that `time` is in, from 1; none before the first or after the last.
    fn row_of(&self, time: Time) -> Option<u16> {
        let minutes = time.duration_since(self.opens).as_mins();
        let row = u16::try_from(minutes).ok()? / self.step.max(1) + 1;
        (row <= self.rows).then_some(row)
    }

    /// The same, held to the grid's edge: an early appointment is shown in the first row, with its own time.
    fn row(&self, time: Time) -> u16 {
        self.row_of(time).unwrap_or(if time < self.opens { 1 } else { self.rows })
    }

    fn span(&self, minutes: u16) -> u16 {
        minutes.div_ceil(self.step.max(1)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(columns: &[Column]) -> DayGrid<'_> {
        DayGrid { id: "day", opens: Time::constant(7, 30, 0, 0), rows: 38, step: 15, move_to: None, now: None, columns }
    }

    fn check(hour: i8, minute: i8, row: u16) {
        assert_eq!(grid(&[]).row(Time::constant(hour, minute, 0, 0)), row, "{hour}:{minute}");
    }

    #[test]
    fn a_time_has_its_row_and_an_early_or_late_one_is_held_to_the_edge() {
        check(7, 30, 1);
        check(7, 44, 1);
        check(7, 45, 2);
        check(16, 45, 38);
        check(7, 29, 1);
        check(6, 0, 1);
        check(17, 0, 38);
        check(23, 59, 38);
    }

    #[test]
    fn a_visit_covers_every_row_it_touches() {
        let grid = grid(&[]);
        assert_eq!([0, 1, 15, 16, 60].map(|m| grid.span(m)), [1, 1, 1, 2, 4]);
    }

    #[test]
    fn visits_that_share_a_row_stand_side_by_side() {
        let at = |hour, minute, lane| Card {
            id: "a".to_owned(),
            version: "1".to_owned(),
            href: String::new(),
            starts: Time::constant(hour, minute, 0, 0),
            minutes: 20,
            patient: String::new(),
            reason: String::new(),
            status: (Tone::Mute, String::new()),
            lane,
            gone: false,
            coverage_problem: None,
        };
        let cards =
            [at(8, 0, None), at(8, 20, None), at(8, 40, None), at(9, 0, None), at(10, 0, Some(1)), at(10, 0, Some(2))];
        assert_eq!(grid(&[]).lanes(&cards), [Some(1), Some(2), Some(1), None, Some(1), Some(2)]);
        assert_eq!(grid(&[]).lanes(&[]), []);
    }

    #[test]
    fn a_reader_who_may_not_move_gets_a_grid_that_cannot() {
        assert!(!grid(&[]).render().into_string().contains("data-move"));
    }
}
