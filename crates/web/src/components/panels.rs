//! Cards: the boxes that a page's content lies in.

use maud::{Markup, html};

/// A box with a heading.
pub fn card(title: &str, body: &Markup) -> Markup {
    html! { section.card { h2 { (title) } (body) } }
}

/// One figure with what it means. The figure is text: `98 of 114`. Put several in `div.kpis`.
pub fn stat_card(label: &str, figure: &Markup, detail: &Markup) -> Markup {
    html! {
        div.card.kpi { span.sub { (label) } b { (figure) } span.sub { (detail) } }
    }
}

/// Names and values, one pair a line.
pub fn definition_list(pairs: &[(&str, Markup)]) -> Markup {
    html! {
        dl.kv.pad { @for (name, value) in pairs { dt { (name) } dd { (value) } } }
    }
}
