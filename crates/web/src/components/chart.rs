//! Bars as inline SVG: no script, it prints, and its text is text.

use maud::{Markup, html};

/// What a part of a bar stands for, by colour and pattern of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Proven, paid.
    Ok,
    /// Aging, waiting.
    Warn,
    /// Failing, denied.
    Bad,
    /// Unknown, not applicable.
    Na,
    /// A plain quantity.
    Info,
}

impl Fill {
    const fn class(self) -> &'static str {
        match self {
            Self::Ok => "f-ok",
            Self::Warn => "f-warn",
            Self::Bad => "f-bad",
            Self::Na => "f-na",
            Self::Info => "f-info",
        }
    }
}

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it is about.
    pub label: String,
    /// Its parts, left to right.
    pub parts: Vec<(Fill, u32)>,
    /// The words at its end: `34 of 40`.
    pub note: String,
}

/// In hundredths of a unit of the drawing, so that a narrow part keeps its width.
const FULL: u64 = 30_000;
const LEFT: u64 = 15_000;
const ROW: u64 = 30;
/// The columns' part of the drawing, in the same hundredths, and the width of a date under them.
const WIDE: u64 = 50_000;
const TALL: u64 = 13_000;
const MARK_WORDS: u64 = 4_000;

/// Horizontal bars with a key. `title` is what a screen reader says before it reads each bar's words.
pub fn bar_chart(id: &str, title: &str, bars: &[Bar], key: &[(Fill, &str)]) -> Markup {
    let sum = |bar: &Bar| bar.parts.iter().map(|(_, n)| u64::from(*n)).sum::<u64>();
    let most = bars.iter().map(sum).max().unwrap_or(0).max(1);
    let height = bars.iter().fold(4, |h, _| h + ROW);
    html! {
        svg.bars viewBox={ "0 0 520 " (height) } role="img" aria-labelledby={ (id) "-title" } {
            title id={ (id) "-title" } { (title) ": " @for bar in bars { (bar.label) " " (bar.note) ". " } }
            @for (bar, top) in bars.iter().zip((0..).step_by(30)) { (drawn(bar, top, most)) }
        }
        (legend(key))
    }
}

fn legend(key: &[(Fill, &str)]) -> Markup {
    html! {
        p.legend-row {
            @for (fill, words) in key {
                span { svg viewBox="0 0 10 10" aria-hidden="true" { rect.(fill.class()) width="10" height="10" rx="2" {} } (words) }
            }
        }
    }
}

fn drawn(bar: &Bar, top: u64, most: u64) -> Markup {
    let mut x = LEFT;
    let mut rects = Vec::new();
    for (fill, n) in bar.parts.iter().filter(|(_, n)| *n > 0) {
        let width = u64::from(*n) * FULL / most;
        rects.push((fill.class(), x, width.saturating_sub(100).max(50)));
        x += width;
    }
    html! {
        text x="140" y=(top + 20) text-anchor="end" { (bar.label) }
        @for (class, x, width) in rects { rect.(class) x=(units(x)) y=(top + 7) width=(units(width)) height="18" {} }
        text.v x=(units(x + 600)) y=(top + 20) { (bar.note) }
    }
}

/// One column of a chart over time.
#[derive(Clone, Debug)]
pub struct Mark {
    /// When.
    pub label: String,
    /// How many.
    pub count: u64,
    /// The line that it should stay under, where there is one.
    pub limit: Option<u64>,
    /// How the column looks.
    pub fill: Fill,
}

/// Columns over time, the oldest first, each with the line that it should stay under. The figures stand in a table beside it.
pub fn column_chart(id: &str, title: &str, marks: &[Mark], key: &[(Fill, &str)]) -> Markup {
    let most = marks.iter().flat_map(|m| [m.count, m.limit.unwrap_or(0)]).max().unwrap_or(0).max(1);
    let step = WIDE / u64::try_from(marks.len()).unwrap_or(1).max(1);
    // So many words that none covers the next.
    let every = (MARK_WORDS / step.max(1)) + 1;
    let places = (0_u64..).zip(marks).map(|(n, mark)| (n, 1000 + n * step, mark));
    let top = |n: u64| TALL - n * TALL / most + 1000;
    html! {
        svg.bars viewBox="0 0 520 170" role="img" aria-labelledby={ (id) "-title" } {
            title id={ (id) "-title" } { (title) ", at most " (most) ". The table has each." }
            @for (n, x, mark) in places {
                rect.(mark.fill.class()) x=(units(x)) y=(units(top(mark.count))) width=(units(step * 4 / 5)) height=(units(TALL + 1000 - top(mark.count))) {}
                @if let Some(limit) = mark.limit { rect.f-warn x=(units(x)) y=(units(top(limit))) width=(units(step)) height="2" {} }
                @if n % every == 0 { text x=(units(x)) y="160" { (mark.label) } }
            }
        }
        (legend(key))
    }
}

/// Hundredths as a number: `15000` is `150.00`.
fn units(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_end_to_end_and_the_longest_fills_the_width() {
        let bars = [Bar {
            label: "Technical".to_owned(),
            parts: vec![(Fill::Ok, 3), (Fill::Bad, 0), (Fill::Warn, 1)],
            note: "3 of 4".to_owned(),
        }];
        let svg = bar_chart("b", "Safeguards", &bars, &[]).into_string();
        assert!(svg.contains("x=\"150.00\" y=\"7\" width=\"224.00\""), "{svg}");
        assert!(svg.contains("x=\"375.00\" y=\"7\" width=\"74.00\""), "{svg}");
        assert!(!svg.contains("f-bad"), "{svg}");
        assert!(svg.contains("Safeguards: Technical 3 of 4. "), "{svg}");
    }

    #[test]
    fn columns_stand_on_one_line_and_the_highest_fills_the_height() {
        let mark = |count, limit| Mark { label: "6/8".to_owned(), count, limit, fill: Fill::Info };
        let svg = column_chart("c", "Failed", &[mark(5, None), mark(10, Some(20))], &[]).into_string();
        assert!(svg.contains("x=\"10.00\" y=\"107.50\" width=\"200.00\" height=\"32.50\""), "{svg}");
        assert!(svg.contains("x=\"260.00\" y=\"75.00\" width=\"200.00\" height=\"65.00\""), "{svg}");
        assert!(svg.contains("y=\"10.00\" width=\"250.00\" height=\"2\""), "the line is the highest: {svg}");
        assert!(!column_chart("c", "Failed", &[], &[]).into_string().contains("<rect"));
    }

    #[test]
    fn no_bars_and_empty_bars_draw_nothing_wrong() {
        assert!(bar_chart("b", "Nothing", &[], &[]).into_string().contains("viewBox=\"0 0 520 4\""));
        let bars = [Bar { label: "Empty".to_owned(), parts: vec![(Fill::Ok, 0)], note: "0 of 0".to_owned() }];
        assert!(!bar_chart("b", "Nothing", &bars, &[]).into_string().contains("<rect"));
    }
}
