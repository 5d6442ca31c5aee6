use super::*;

const ISA: &str =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261006*0800*^*00501*000000001*0*T*:~";
const BODY: &str = "GS*FA*A*B*20261006*0800*1*X*005010X231A1~ST*999*0001*005010X231A1~AK1*HC*1*005010X222A1~AK9*A*1*1*1~SE*4*0001~GE*1*1~IEA*1*000000001~";

fn codes(bytes: &[u8]) -> Vec<Code> {
    let (document, faults) = read(bytes);
    assert_eq!(write(&document), bytes, "lossless");
    faults.iter().filter(|f| f.is_error()).map(|f| f.code).collect()
}

#[test]
fn any_line_end_and_indentation() {
    let plain = format!("{ISA}{BODY}");
    assert_eq!(codes(plain.as_bytes()), []);
    assert_eq!(codes(plain.replace('~', "~\r\n").as_bytes()), []);
    assert_eq!(codes(plain.replace('~', "\n").as_bytes()), []);
    assert_eq!(codes(plain.replace('~', "\r\n").as_bytes()), []);
    assert_eq!(codes(format!("\u{feff}\r\n{plain}\r\n\x1a").as_bytes()), []);
    assert_eq!(codes(plain.replace("~ST", "~\n  ST").as_bytes()), [Code::Indented]);
    assert_eq!(codes(plain.replace('~', "\x1d").replace('*', "\x1c").as_bytes()), []);
}

#[test]
fn two_interchanges_with_different_delimiters() {
    let second =
        format!("{ISA}{BODY}").replace('*', "|").replace(':', ">").replace('~', "!").replace("000000001", "000000002");
    let both = format!("{ISA}{BODY}\r\n{second}");
    assert_eq!(codes(both.as_bytes()), []);
    let (document, _) = read(both.as_bytes());
    assert_eq!(document.segments.iter().filter(|s| s.is("ISA")).count(), 2);
    // The first file lost its last terminator when the two were joined.
    let joined = format!("{ISA}{}\n{second}", BODY.trim_end_matches('~'));
    assert_eq!(codes(joined.as_bytes()), [Code::Truncated]);
}

#[test]
fn a_file_that_was_cut_off_does_not_swallow_the_next() {
    let second =
        format!("{ISA}{BODY}").replace('*', "|").replace(':', ">").replace('~', "!").replace("000000001", "000000002");
    // After a terminator, within a segment, and where nothing says that a segment ends.
    for cut in ["AK9*A*1*1*1~", "AK9*A*1*", "IEA*1*000000001"] {
        let (head, _) = BODY.split_once(cut).expect("there");
        let text = format!("{ISA}{head}{cut}{second}");
        let (document, faults) = read(text.as_bytes());
        assert_eq!(write(&document), text.as_bytes());
        let isas: Vec<usize> = document.segments.iter().filter(|s| s.is("ISA")).map(|s| s.byte).collect();
        assert_eq!(isas, [0, text.find("ISA|").expect("there")], "{cut}");
        let inside = faults.iter().filter(|f| f.interchange == Some(2) && f.code != Code::Nesting);
        assert_eq!(inside.count(), 0, "{cut}: {faults:?}");
        assert_eq!(faults.iter().any(|f| f.code == Code::Truncated), !cut.ends_with('~'), "{cut}");
    }
}

#[test]
fn positions_are_exact() {
    let text = format!("{ISA}\n{}", BODY.replace('~', "~\n").replace("SE*4", "SE*9"));
    let (_, faults) = read(text.as_bytes());
    let fault = faults.first().expect("a fault");
    assert_eq!((fault.code, fault.segment, fault.line, fault.element), (Code::Count, Some(6), Some(6), Some(1)));
    assert_eq!((fault.interchange, fault.group, fault.set), (Some(1), Some(1), Some(1)));
    assert_eq!(fault.byte, text.find("SE*9"));
    assert_eq!(fault.reference(), "SE01");
}

#[test]
fn noise_is_named() {
    assert_eq!(codes(b""), [Code::Unreadable]);
    assert_eq!(codes(b"PK\x03\x04\x00\x00\xff"), [Code::Unreadable]);
    assert_eq!(codes(b"ISA*00*"), [Code::Unreadable]);
    assert_eq!(codes(format!("HELLO\n{ISA}{BODY}").as_bytes()), [Code::LeadingBytes]);
    assert_eq!(codes(format!("{ISA}{}", BODY.replace("~AK9", "~~AK9")).as_bytes()), [Code::EmptySegment]);
    assert_eq!(
        codes(format!("{ISA}{}", BODY.split_once("AK9").expect("AK9").0).as_bytes()),
        [Code::Nesting, Code::Nesting, Code::Nesting]
    );
}

#[test]
fn binary_data_is_taken_by_length() {
    let text = format!("{ISA}{}", BODY.replace("AK9*A*1*1*1~SE*4", "BIN*5*~*~\x01~~AK9*A*1*1*1~SE*5"));
    assert_eq!(codes(text.as_bytes()), []);
}

#[test]
fn a_file_of_terminators_costs_one_fault() {
    let text = format!("{ISA}{}{BODY}", "~\n".repeat(100_000));
    assert_eq!(codes(text.as_bytes()), [Code::EmptySegment]);
}

#[test]
fn one_endless_segment_makes_short_faults() {
    let text = format!("{ISA}{}", "\u{e9}".repeat(100_000));
    let (_, faults) = read(text.as_bytes());
    assert!(faults.len() >= 3 && faults.iter().all(|f| f.to_string().len() < 300), "{faults:?}");
}

#[test]
fn a_fault_says_where_in_words() {
    let text = format!("{ISA}\n{}", BODY.replace("SE*4", "SE*9"));
    let (_, faults) = read(text.as_bytes());
    let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(words, ["segment 6 SE01 (line 2, byte 207): SE01 says `9` segments, the set has 4"]);
}
