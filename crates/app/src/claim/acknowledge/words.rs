//! Acknowledgements in words: what they came to, what they found fault with, and what is left to find out.

use x12::ack::{Ack999, SegmentNote};
use x12::plain;

use super::{AckOutcome, Came};

/// How many statements did what, as far as any did; no ePHI.
pub(super) fn summary(outcomes: &[AckOutcome]) -> String {
    let of = |came: Came, words: &str| match outcomes.iter().filter(|o| o.came == came).count() {
        0 => None,
        n => Some(format!("{n} {words}")),
    };
    let parts = [
        of(Came::Accepted, "accepted"),
        of(Came::Rejected, "rejected"),
        of(Came::Noted, "noted, which changed nothing"),
        of(Came::Waits, "from somebody else, which moved nothing"),
        of(Came::NotOurs, "not ours"),
    ];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    if said.is_empty() { "it spoke of no claim".to_owned() } else { said.join(", ") }
}

/// What a person has to find out about statements of somebody who had no say in it.
pub(super) fn impostors(said: &[String], name: &str) -> String {
    let first: Vec<&str> = said.iter().take(3).map(String::as_str).collect();
    let more = if said.len() > first.len() { "; and others" } else { "" };
    format!(
        "`{name}` moved nothing: {}{more}. Find out who sent it, and read it again as the answer of whom it is from",
        first.join("; ")
    )
}

/// What a person has to find out about statements that are about nothing of ours.
pub(super) fn strangers(outcomes: &[AckOutcome], name: &str) -> String {
    let strangers: Vec<&AckOutcome> = outcomes.iter().filter(|o| o.came == Came::NotOurs).collect();
    let first: Vec<&str> = strangers.iter().take(3).map(|o| o.about.as_str()).collect();
    let more = if strangers.len() > first.len() { " and others" } else { "" };
    format!(
        "`{name}` answers for {}{more}, which we did not send: ask the partner whose file it is, and whether ours was lost",
        first.join(", ")
    )
}

/// What the note of a TA1 means, with its code.
pub(super) fn note_words(note: &str) -> String {
    match plain::interchange_note(note.trim()) {
        Some(words) if words.action.is_empty() => format!("{} [{}]", words.meaning, short(note)),
        Some(words) => format!("{}. {} [{}]", words.meaning, words.action, short(note)),
        None => format!("ask the partner what its note means [{}]", short(note)),
    }
}

/// Where a 999 found fault: segments and why, or why the set as a whole, and never the values that it echoes.
pub(super) fn noted(ack: &Ack999) -> String {
    let place = |note: &SegmentNote| {
        let why = plain::segment_error(note.code.trim()).unwrap_or("it is wrong");
        format!("{} at {}: {why} [{}]", short(&note.id), note.position, short(&note.code))
    };
    let mut places: Vec<String> = ack.sets.iter().flat_map(|s| &s.segments).take(5).map(place).collect();
    if places.is_empty() {
        let whole = |code: &String| Some(format!("{} [{}]", plain::set_error(code.trim())?, short(code)));
        places = ack.sets.iter().flat_map(|s| &s.codes).filter_map(whole).take(5).collect();
    }
    if places.is_empty() { String::new() } else { format!(": {}", places.join("; ")) }
}

/// A partner's text, cut to what a line holds.
pub(super) fn short(text: &str) -> String {
    text.trim().chars().take(40).collect()
}
