//! Forms, and the token that each one carries.

use maud::{Markup, html};

use super::PageContext;

/// The hidden field against forged requests. Every posting form has it; [`form`] and [`super::Hx::form`] write it.
pub fn csrf_field(cx: &PageContext) -> Markup {
    html! { input type="hidden" name="csrf" value=(cx.csrf); }
}

/// A posting form without htmx. The answer is a page: 303 on success, 422 with the form and its errors otherwise.
pub fn form(cx: &PageContext, action: &str, body: &Markup) -> Markup {
    html! {
        form.form method="post" action=(action) novalidate { (csrf_field(cx)) (body) }
    }
}

/// A group of fields under a heading, side by side where there is room.
pub fn fields(legend: &str, body: &Markup) -> Markup {
    html! {
        fieldset {
            legend.legend { (legend) }
            div.fields { (body) }
        }
    }
}

/// A box to tick.
pub fn checkbox(name: &str, value: &str, label: &str, checked: bool) -> Markup {
    html! {
        label.check { input type="checkbox" name=(name) value=(value) checked[checked]; span { (label) } }
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

/// The list of what is wrong, on top of the form, each linked to its field. Nothing when nothing is wrong.
pub fn error_summary(errors: &[FieldError]) -> Markup {
    html! {
        @if !errors.is_empty() {
            section.errors role="alert" aria-labelledby="errors-title" {
                h2 #errors-title { (if errors.len() == 1 { "One thing needs another look" } else { "Some things need another look" }) }
                ul { @for e in errors { li { a href={ "#f-" (e.field) } { (e.message) } } } }
            }
        }
    }
}

impl From<domain::form::FieldFault> for FieldError {
    fn from(fault: domain::form::FieldFault) -> Self {
        Self { field: fault.field, message: sentence(&fault.message) }
    }
}

/// With a capital, as people read it; `domain` writes its faults to stand in a line.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
