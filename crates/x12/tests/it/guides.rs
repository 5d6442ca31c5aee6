//! What each guide takes, and what it does not: one plain file a kind, and spoiled copies of it.

use x12::Code;

/// A kind of file: GS01, ST01, its version, and a body that is right.
struct Kind(&'static str, &'static str, &'static str, &'static str);

const INQUIRY: Kind = Kind(
    "HS",
    "270",
    "005010X279A1",
    "BHT*0022*13*A1*20261006*0800~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~HL*2*1*21*1~NM1*1P*2*CLINIC*****XX*1336502020~HL*3*2*22*0~\
TRN*1*T1*9123456789~NM1*IL*1*ELM*ANA****MI*M1~DMG*D8*19800101~DTP*291*D8*20261006~EQ*30^98~EQ*MH~",
);
const ANSWER: Kind = Kind(
    "HB",
    "271",
    "005010X279A1",
    "BHT*0022*11*A1*20261006*0800~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~HL*2*1*21*1~NM1*1P*2*CLINIC*****XX*1336502020~HL*3*2*22*0~\
TRN*2*T1*9123456789~NM1*IL*1*ELM*ANA****MI*M1~N3*9 BAY RD~N4*ALBANY*NY*12207~DMG*D8*19800101*F~DTP*346*D8*20260101~\
EB*1**30**PLAN ONE~EB*B**98^UC****25~EB*C*IND*30***29*500~MSG*CALL FIRST~LS*2120~NM1*PR*2*SECOND PLAN~LE*2120~",
);
const REFUSAL: Kind = Kind(
    "HB",
    "271",
    "005010X279A1",
    "BHT*0022*11*A1*20261006*0800~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~HL*2*1*21*1~NM1*1P*2*CLINIC*****XX*1336502020~AAA*N**51*C~",
);
const STATUS_INQUIRY: Kind = Kind(
    "HR",
    "276",
    "005010X212",
    "BHT*0010*13*A1*20261006*0800~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~HL*2*1*21*1~NM1*41*2*CLINIC*****46*C1~HL*3*2*19*1~\
NM1*1P*2*CLINIC*****XX*1336502020~HL*4*3*22*0~DMG*D8*19800101*F~NM1*IL*1*ELM*ANA****MI*M1~TRN*1*T1~AMT*T3*12.5~DTP*472*D8*20260930~",
);
const STATUS_ANSWER: Kind = Kind(
    "HN",
    "277",
    "005010X212",
    "BHT*0010*08*A1*20261006*0800*DG~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~HL*2*1*21*1~NM1*41*2*CLINIC*****46*C1~HL*3*2*19*1~\
NM1*1P*2*CLINIC*****XX*1336502020~HL*4*3*22*0~NM1*IL*1*ELM*ANA****MI*M1~TRN*2*T1~STC*F1:65*20261006**12.5*12.5~REF*1K*X1~\
DTP*472*D8*20260930~",
);
const INSTITUTIONAL: Kind = Kind(
    "HC",
    "837",
    "005010X223A2",
    "BHT*0019*00*B1*20261006*0800*CH~NM1*41*2*CLINIC*****46*C1~PER*IC*DESK*TE*5185550100~NM1*40*2*PLAN*****46*P1~HL*1**20*1~\
NM1*85*2*CLINIC*****XX*1336502020~N3*22 ELM ST~N4*ALBANY*NY*122070001~REF*EI*141234567~HL*2*1*22*0~SBR*P*18*******CI~\
NM1*IL*1*ELM*ANA****MI*M1~N3*9 BAY RD~N4*ALBANY*NY*12207~DMG*D8*19800101*F~NM1*PR*2*PLAN*****PI*P1~CLM*C1*150.5***11:A:1**A*Y*Y~\
DTP*434*RD8*20260901-20260930~DTP*435*DT*202609010930~CL1*3*1*01~HI*ABK:E119:::::::Y~HI*BH:11:D8:20260801*BH:24:D8:20260802~\
LX*1~SV2*0450*HC:G0463*150.5*UN*1~DTP*472*D8*20260930~",
);
const PAYMENT: Kind = Kind(
    "HP",
    "835",
    "005010X221A1",
    "BPR*I*12.5*C*CHK************20261006~TRN*1*7*1999999999~N1*PR*PLAN~N3*1 ELM ST~N4*ALBANY*NY*12207~PER*BL*DESK*TE*5185550100~\
N1*PE*CLINIC*XX*1336502020~LX*1~CLP*C1*1*12.5*12.5**12*X1~NM1*QC*1*ELM*ANA~DTM*232*20260930~SVC*HC:G0463*10*10~SVC*HC:G0008*2.5*2.5~",
);

fn file(kind: &Kind, body: &str) -> String {
    let Kind(group, set, version, _) = kind;
    let third = if *set == "835" { String::new() } else { format!("*{version}") };
    let segments = body.matches('~').count() + 2;
    format!(
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *261006*0800*^*00501*000000001*0*T*:~\
GS*{group}*A1*B1*20261006*0800*1*X*{version}~ST*{set}*0001{third}~{body}SE*{segments}*0001~GE*1*1~IEA*1*000000001~"
    )
}

fn said(faults: &[x12::Fault]) -> Vec<(Code, String)> {
    faults.iter().map(|f| (f.code, f.reference())).collect()
}

/// Spoils the body and expects one fault.
#[track_caller]
fn check(kind: &Kind, from: &str, to: &str, expect: (Code, &str)) {
    let body = kind.3.replacen(from, to, 1);
    assert_ne!(body, kind.3, "nothing was spoiled");
    let faults = x12::validate(file(kind, &body).as_bytes());
    assert_eq!(said(&faults), [(expect.0, expect.1.to_owned())], "{faults:?}");
}

#[test]
fn a_plain_file_of_each_kind_is_right() {
    for kind in [&INQUIRY, &ANSWER, &STATUS_INQUIRY, &STATUS_ANSWER, &INSTITUTIONAL, &PAYMENT] {
        assert_eq!(said(&x12::inspect(file(kind, kind.3).as_bytes())), [], "{} {}", kind.1, kind.2);
    }
    // The answer that refuses keeps the levels of the request.
    assert_eq!(said(&x12::validate(file(&REFUSAL, REFUSAL.3).as_bytes())), []);
    assert_eq!(said(&x12::inspect(file(&REFUSAL, REFUSAL.3).as_bytes())), [(Code::Nesting, "HL04".to_owned())]);
}

#[test]
fn what_the_eligibility_guides_refuse() {
    check(&INQUIRY, "BHT*0022*13", "BHT*0022*11", (Code::BadCode, "BHT02"));
    check(&INQUIRY, "EQ*30^98", "EQ*30^", (Code::ElementMissing, "EQ01"));
    check(&INQUIRY, "EQ*30^98", "EQ*30^QQQ", (Code::TooLong, "EQ01"));
    check(&INQUIRY, "ELM*ANA", "ELM^ELM*ANA", (Code::ElementUnexpected, "NM103"));
    check(&INQUIRY, "D8*19800101", "D8*19801301", (Code::BadDate, "DMG02"));
    check(&INQUIRY, "HL*3*2*22*0", "HL*3*2*22*2", (Code::BadCode, "HL04"));
    check(&INQUIRY, "NM1*1P*2", "NM1*1P*9", (Code::BadCode, "NM102"));
    check(&ANSWER, "EB*1**30", "EB*Z**30", (Code::BadCode, "EB01"));
    check(&ANSWER, "EB*1**30", "EB*1**1^33^", (Code::ElementMissing, "EB03"));
    check(&ANSWER, "DTP*346", "DTP*999", (Code::SegmentUnexpected, "DTP"));
    check(&ANSWER, "LE*2120~", "", (Code::SegmentMissing, "SE"));
    check(&REFUSAL, "AAA*N**51*C", "AAA*N**51*Z", (Code::BadCode, "AAA04"));
}

#[test]
fn what_the_status_guides_refuse() {
    check(&STATUS_INQUIRY, "DTP*472*D8*20260930", "DTP*472*D8*20260931", (Code::BadDate, "DTP03"));
    check(&STATUS_INQUIRY, "TRN*1*T1~", "TRN*2*T1~", (Code::BadCode, "TRN01"));
    check(&STATUS_INQUIRY, "AMT*T3*12.5", "AMT*T3*12.50.0", (Code::BadNumber, "AMT02"));
    check(&STATUS_ANSWER, "STC*F1:65", "STC*F1", (Code::ElementMissing, "STC01-02"));
    check(&STATUS_ANSWER, "STC*F1:65*20261006**12.5*12.5~", "", (Code::SegmentMissing, "REF"));
    check(&STATUS_ANSWER, "*0800*DG", "*0800", (Code::ElementMissing, "BHT06"));
}

#[test]
fn what_the_institutional_guide_refuses() {
    check(&INSTITUTIONAL, "RD8*20260901-20260930", "D8*20260901", (Code::BadCode, "DTP02"));
    check(&INSTITUTIONAL, "20260901-20260930", "20260930-20260901", (Code::BadDate, "DTP03"));
    check(&INSTITUTIONAL, "DT*202609010930", "DT*202609012530", (Code::BadDate, "DTP03"));
    check(&INSTITUTIONAL, "CL1*3*1*01~", "", (Code::SegmentMissing, "HI"));
    check(&INSTITUTIONAL, "11:A:1", "11:B:1", (Code::BadCode, "CLM05-02"));
    check(&INSTITUTIONAL, "BH:24:D8:20260802", "BH:24:D8", (Code::ElementMissing, "HI02-04"));
    check(&INSTITUTIONAL, "ABK:E119:::::::Y", "ABK:E119:D8::::::Y", (Code::ElementUnexpected, "HI01-03"));
    check(&INSTITUTIONAL, "*150.5*UN", "*150.51*UN", (Code::Balance, "CLM02"));
    check(&INSTITUTIONAL, "SV2*0450*", "SV2**", (Code::ElementMissing, "SV201"));
}

#[test]
fn a_loop_may_begin_again_at_once() {
    let first = "CLP*C1*1*12.5*12.5**12*X1~";
    check(&PAYMENT, first, &format!("CLP*C2*1*0*0**12*X2~{first}"), (Code::SegmentMissing, "CLP"));
}
