use super::*;

const ISA: &str =
    "ISA*00*          *00*          *ZZ*OSLERCLINIC    *ZZ*SYNTHPAYER     *261006*0800*^*00501*000000001*0*T*:~";
const CLAIM: &str = "GS*HC*A1*B1*20261006*0800*1*X*005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*B1*20261006*0800*CH~\
NM1*41*2*CLINIC*****46*C1~PER*IC*DESK*TE*5185550100~NM1*40*2*PLAN*****46*P1~HL*1**20*1~NM1*85*2*CLINIC*****XX*1336502020~\
N3*22 ELM ST~N4*ALBANY*NY*122070001~REF*EI*141234567~HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*ELM*ANA****MI*M1~N3*9 BAY RD~\
N4*ALBANY*NY*12207~DMG*D8*19800101*F~NM1*PR*2*PLAN*****PI*P1~CLM*C1*150.5***11:B:1*Y*A*Y*Y~HI*ABK:E119~LX*1~\
SV1*HC:G0463*150.5*UN*1***1~DTP*472*D8*20260930~SE*23*0001~GE*1*1~IEA*1*000000001~";

fn words(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Spoils the claim and expects one fault: its kind, its place, its segment's number.
#[track_caller]
fn check(from: &str, to: &str, expect: (Code, &str, usize)) {
    let text = format!("{ISA}{CLAIM}").replacen(from, to, 1);
    let text = if to.starts_with("ZZZ") { text.replace("SE*23", "SE*24") } else { text };
    assert_ne!(text, format!("{ISA}{CLAIM}"), "nothing was spoiled");
    let faults = validate(text.as_bytes());
    let found: Vec<(Code, String, usize)> =
        faults.iter().map(|f| (f.code, f.reference(), f.segment.unwrap_or(0))).collect();
    let (code, reference, segment) = expect;
    assert_eq!(found, [(code, reference.to_owned(), segment)], "{}", words(&faults));
}

#[test]
fn a_plain_claim_is_valid() {
    assert_eq!(inspect(format!("{ISA}{CLAIM}").as_bytes()), []);
}

#[test]
fn each_rule_names_its_element() {
    check("SE*23", "SE*22", (Code::Count, "SE01", 25));
    check("IEA*1*000000001", "IEA*1*000000002", (Code::ControlMismatch, "IEA02", 27));
    check("NM1*41*2", "NM1*41*3", (Code::BadCode, "NM102", 5));
    check("PER*IC*DESK*TE*5185550100", "PER*IC*DESK*TE", (Code::ElementMissing, "PER04", 6));
    check("*****XX*1336502020", "*****XX", (Code::ElementConditional, "NM109", 9));
    check("ALBANY*NY*122070001", "ALBANY*ZZ*122070001", (Code::BadCode, "N402", 11));
    check("19800101", "19800231", (Code::BadDate, "DMG02", 18));
    check("D8*20260930", "RD8*20260930", (Code::BadDate, "DTP03", 24));
    check("11:B:1", "11:X:1", (Code::BadCode, "CLM05-02", 20));
    check("C1*150.5*", "C1*150.51*", (Code::Balance, "CLM02", 20));
    check("11:B:1", "11:B:7", (Code::Situational, "CLM05-03", 20));
    check("ABK:E119", "ABK:E11.9", (Code::BadCode, "HI01-02", 21));
    check("UN*1***1~", "UN*1***2~", (Code::Pointer, "SV107-01", 23));
    check("LX*1", "LX*2", (Code::Count, "LX01", 22));
    check("UN*1***1~", "UN*ONE***1~", (Code::BadNumber, "SV104", 23));
    check("SBR*P*18*******CI", "SBR*P*18*******CI*1", (Code::ElementUnexpected, "SBR10", 14));
    check("N3*22 ELM ST", "N3*22 ELM ST*", (Code::TrailingSeparator, "N3", 10));
    check("HL*2*1*22*0", "HL*3*1*22*0", (Code::Count, "HL01", 13));
    check("GS*HC", "GS*HP", (Code::GroupKind, "GS01", 2));
    check("*0*T*:", "*0*X*:", (Code::BadCode, "ISA15", 1));
}

#[test]
fn missing_and_strange_segments() {
    check("DTP*472*D8*20260930~SE*23", "SE*22", (Code::SegmentMissing, "SE", 24));
    check("LX*1~", "ZZZ*1~LX*1~", (Code::SegmentUnknown, "ZZZ", 22));
    let text =
        format!("{ISA}{}", CLAIM.replace("N3*22 ELM ST~", "N3*22 ELM ST~N3*22 ELM ST~").replace("SE*23", "SE*24"));
    let codes: Vec<Code> = validate(text.as_bytes()).iter().map(|f| f.code).collect();
    assert_eq!(codes, [Code::SegmentRepeats]);
}

#[test]
fn a_subscriber_without_a_claim_is_noticed() {
    let (head, _) = CLAIM.split_once("CLM*").unwrap_or_default();
    let faults = validate(format!("{ISA}{head}SE*18*0001~GE*1*1~IEA*1*000000001~").as_bytes());
    assert_eq!(faults.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::SegmentMissing], "{}", words(&faults));
}

#[test]
fn an_unknown_guide_is_said_and_not_judged() {
    let text = format!("{ISA}{}", CLAIM.replace("005010X222A1", "006020X999"));
    assert_eq!(validate(text.as_bytes()), []);
    assert_eq!(inspect(text.as_bytes()).iter().map(|f| f.code).collect::<Vec<_>>(), [Code::GuideUnknown]);
}

#[test]
fn a_wrong_check_digit_is_a_warning() {
    let text = format!("{ISA}{}", CLAIM.replace("1336502020", "1336502021"));
    assert_eq!(validate(text.as_bytes()), []);
    assert_eq!(
        inspect(text.as_bytes()).iter().map(|f| (f.code, f.reference())).collect::<Vec<_>>(),
        [(Code::CheckDigit, "NM109".into())]
    );
}
