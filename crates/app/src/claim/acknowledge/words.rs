//! Acknowledgements in words: what they came to, what they found fault with, and what is left to find out.

use x12::ack::{Ack999, SegmentNote};
use x12::plain;

use super::AckOutcome;

/// How many statements accepted, rejected, and were about nothing of ours; no ePHI.
pub(super) fn summary(outcomes: &[AckOutcome]) -> String {
    let count = |f: fn(&AckOutcome) -> bool| outcomes.iter().filter(|o| f(o)).count();
    let accepted = count(|o| o.matched && o.accepted);
    let rejected = count(|o| o.matched && !o.accepted);
    format!("{accepted} accepted, {rejected} rejected, {} not ours", count(|o| !o.matched))
}

/// What a person has to find out about statements that are about nothing of ours.
pub(super) fn strangers(outcomes: &[AckOutcome], name: &str) -> String {
    let strangers: Vec<&AckOutcome> = outcomes.iter().filter(|o| !o.matched).collect();
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
