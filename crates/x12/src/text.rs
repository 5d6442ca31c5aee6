//! Fitting people's names into the X12 character set.

use crate::delims::Delimiters;

/// Folds text to what X12 can carry: upper case, accents taken off, delimiters and anything else replaced by a blank, blanks merged.
/// The usual delimiters go even when the file has others: clearinghouses write files anew with theirs.
pub(crate) fn fold(text: &str, delims: Delimiters) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        let mut one = [0_u8; 4];
        let piece: &str = if ch.is_ascii() { ch.encode_utf8(&mut one) } else { plain(ch) };
        for byte in piece.bytes() {
            let byte = byte.to_ascii_uppercase();
            let kept = (byte == b' ' || byte.is_ascii_graphic())
                && !delims.has(byte)
                && !matches!(byte, b'*' | b'~' | b':' | b'^' | b'`');
            if kept && byte != b' ' {
                out.push(char::from(byte));
            } else if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The plain letters for an accented one.
fn plain(ch: char) -> &'static str {
    match ch {
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' | 'Ǎ' | 'ǎ' | 'Ạ'..='ặ' => "A",
        'Æ' | 'æ' => "AE",
        'Ç' | 'ç' | 'Ć'..='č' => "C",
        'Ð' | 'ð' | 'Ď'..='đ' => "D",
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' | 'Ẹ'..='ệ' => "E",
        'Ĝ'..='ģ' => "G",
        'Ĥ'..='ħ' => "H",
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' | 'Ỉ'..='ị' => "I",
        'Ĵ' | 'ĵ' => "J",
        'Ķ'..='ĸ' => "K",
        'Ĺ'..='ł' => "L",
        'Ñ' | 'ñ' | 'Ń'..='ŋ' => "N",
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō'..='ő' | 'Ơ' | 'ơ' | 'Ọ'..='ợ' => "O",
        'Œ' | 'œ' => "OE",
        'Ŕ'..='ř' => "R",
        'Ś'..='š' | 'Ș' | 'ș' => "S",
        'ß' | 'ẞ' => "SS",
        'Ţ'..='ŧ' | 'Ț' | 'ț' => "T",
        'Þ' | 'þ' => "TH",
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' | 'Ư' | 'ư' | 'Ụ'..='ự' => "U",
        'Ŵ' | 'ŵ' => "W",
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' | 'Ỳ'..='ỹ' => "Y",
        'Ź'..='ž' => "Z",
        '‘' | '’' | 'ʼ' | '´' => "'",
        '“' | '”' => "\"",
        '‐'..='―' | '−' => "-",
        // A combining accent after its letter (decomposed text) disappears.
        '\u{0300}'..='\u{036f}' => "",
        _ => " ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_folding() {
        let delims = Delimiters::default();
        for (from, to) in [
            ("Nuñez-O’Brien", "NUNEZ-O'BRIEN"),
            ("Łukasz  Żółć", "LUKASZ ZOLC"),
            ("A*B~C:D^E", "A B C D E"),
            ("  José  ", "JOSE"),
            ("Nguyễn", "NGUYEN"),
            ("e\u{301}", "E"),
            ("李", ""),
            ("a\u{0}b\r\nc", "A B C"),
        ] {
            assert_eq!(fold(from, delims), to, "{from}");
        }
    }
}
