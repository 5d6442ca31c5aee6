//! Printed sheets. A page with health information prints from a route of its own, which records the disclosure; its body
//! is a [`sheet`]. Ctrl+P on any other page prints a notice.

use maud::{DOCTYPE, Markup, html};

use super::PageContext;
use super::page::head;

/// What a printed sheet says about itself.
#[derive(Clone, Debug)]
pub struct PrintHeader<'a> {
    /// The sheet's name: `Day sheet, June 9, 2026`.
    pub title: &'a str,
    /// When it was printed, in the location's zone; see [`super::instant`].
    pub printed: &'a Markup,
    /// The number of the record in the audit log.
    pub reference: Option<&'a str>,
    /// Whether there is a patient's information on it.
    pub health: bool,
}

/// The head of a printed sheet: practice, title, who printed it and when, and what it contains.
pub fn print_header(cx: &PageContext, header: &PrintHeader<'_>) -> Markup {
    html! {
        header.sheet-head {
            span.sub { (cx.practice) }
            h1 { (header.title) }
            p.sub {
                "Printed " (header.printed) " by " (cx.user) ", " (cx.role)
                @if let Some(reference) = header.reference { ", record " (reference) }
                @if header.health {
                    ". Contains health information: keep it covered, shred it after use."
                } @else {
                    ". No patient's information is on it."
                }
            }
        }
    }
}

/// A page for paper. It becomes an answer with the proof that the person may print: see [`crate::reply::Reply::printed`].
#[derive(Debug)]
#[must_use]
pub struct Sheet(Markup);

impl Sheet {
    /// The page itself, for the gallery of components, and for an answer that has its proof.
    pub fn markup(self) -> Markup {
        self.0
    }
}

/// A page for paper, without the shell.
pub fn sheet(cx: &PageContext, header: &PrintHeader<'_>, body: &Markup) -> Sheet {
    Sheet(html! {
        (DOCTYPE)
        html lang="en" data-theme="light" {
            (head(&cx.nonce, header.title, Some(&cx.csrf), &[]))
            body.sheet {
                main #main {
                    p.no-print { button.btn type="button" data-print { "Print" } }
                    (print_header(cx, header))
                    (body)
                }
            }
        }
    })
}
