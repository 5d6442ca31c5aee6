//! Amounts of money.

use domain::Cents;
use maud::{Markup, html};

/// An amount: `$1,250.00`; a negative one with a minus and the word credit.
pub fn money(amount: Cents) -> Markup {
    let text = amount.to_string();
    html! {
        span.money {
            @match text.strip_prefix('-') {
                Some(magnitude) => { "\u{2212}$" (magnitude) " credit" }
                None => { "$" (text) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cents: i64, expect: &str) {
        assert_eq!(money(Cents::new(cents)).into_string(), format!("<span class=\"money\">{expect}</span>"));
    }

    #[test]
    fn amounts_read_as_people_write_them() {
        check(0, "$0.00");
        check(125_050, "$1,250.50");
        check(-320, "\u{2212}$3.20 credit");
        check(i64::MIN, "\u{2212}$92,233,720,368,547,758.08 credit");
    }
}
