//! A QR code as an inline drawing: no image to fetch, no style that the policy would block.

use std::fmt::Write as _;

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};

/// Quiet modules around the code (ISO/IEC 18004 asks for four).
const QUIET: i32 = 4;

/// The drawing, dark on white in any theme; nothing when the text is too long for a code.
pub(super) fn svg(text: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return html! {} };
    let side = code.size() + 2 * QUIET;
    let path = path(&code);
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (side) " " (side) } width="220" height="220" role="img"
            aria-label="QR code with the key below" shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    }
}

/// One rectangle for each run of dark modules in a row.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let from = x;
            while code.get_module(x, y) {
                x += 1;
            }
            if x > from {
                let (left, top, run) = (from + QUIET, y + QUIET, x - from);
                // Writing to a string cannot fail.
                let _ = write!(path, "M{left},{top}h{run}v1h-{run}z");
            }
            x += 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_has_each_dark_module_once() {
        let code = QrCode::encode_text("otpauth://totp/x", QrCodeEcc::Medium).unwrap();
        let dark = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = dark.filter(|(x, y)| code.get_module(*x, *y)).count();
        let drawn: usize =
            path(&code).split('h').filter_map(|part| part.split('v').next()?.parse::<usize>().ok()).sum();
        assert_eq!(drawn, dark);
        let html = svg("otpauth://totp/x").into_string();
        assert!(html.contains("role=\"img\"") && !html.contains("style"), "{html}");
    }
}
