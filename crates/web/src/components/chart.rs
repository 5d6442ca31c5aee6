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
    fn no_bars_and_empty_bars_draw_nothing_wrong() {
        assert!(bar_chart("b", "Nothing", &[], &[]).into_string().contains("viewBox=\"0 0 520 4\""));
        let bars = [Bar { label: "Empty".to_owned(), parts: vec![(Fill::Ok, 0)], note: "0 of 0".to_owned() }];
        assert!(!bar_chart("b", "Nothing", &bars, &[]).into_string().contains("<rect"));
    }
}
