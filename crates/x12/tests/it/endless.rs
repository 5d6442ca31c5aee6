//! Files that are huge in one way: each is judged in a moment, and in few words. What grows with the square of the file never ends here.

const ISA: &str =
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *261006*0800*^*00501*000000001*0*T*:~";
const PAID: &str = "GS*HP*P1*C1*20261006*0800*1*X*005010X221A1~ST*835*0001~BPR*I*5*C*CHK************20261006~TRN*1*7*1999999999~\
N1*PR*PLAN~N3*1 ELM ST~N4*ALBANY*NY*12207~PER*BL*DESK*TE*5185550100~N1*PE*CLINIC*XX*1336502020~LX*1~";
const CLAIMED: &str = "GS*HC*C*P*20261006*0800*1*X*005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*B1*20261006*0800*CH~\
NM1*41*2*CLINIC*****46*C1~PER*IC*DESK*TE*5185550100~NM1*40*2*PLAN*****46*P1~HL*1**20*1~NM1*85*2*CLINIC*****XX*1336502020~\
N3*22 ELM ST~N4*ALBANY*NY*122070001~REF*EI*141234567~HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*ELM*ANA****MI*M1~N3*9 BAY RD~\
N4*ALBANY*NY*12207~DMG*D8*19800101*F~NM1*PR*2*PLAN*****PI*P1~CLM*C1*5***11:B:1*Y*A*Y*Y~HI*ABK:E119~";
const END: &str = "SE*9*0001~GE*1*1~IEA*1*000000001~";

/// The faults of a file with this body; none is long.
fn judged(body: &str) -> Vec<x12::Fault> {
    let text = format!("{ISA}{body}{END}");
    let faults = x12::validate(text.as_bytes());
    assert!(faults.len() <= 10_010, "{} faults", faults.len());
    for fault in &faults {
        assert!(fault.message.len() < 300, "{} bytes", fault.message.len());
    }
    faults
}

fn count(faults: &[x12::Fault], code: x12::Code) -> usize {
    faults.iter().filter(|f| f.code == code).count()
}

#[test]
fn a_great_payment_that_does_not_add_up() {
    let claims = "CLP*C1*1*5*1**12*X1~NM1*QC*1*ELM*ANA~".repeat(20_000);
    let faults = judged(&format!("{PAID}{claims}"));
    assert!(
        count(&faults, x12::Code::Balance) > 9_000 && count(&faults, x12::Code::More) == 1,
        "{} faults, at last {:?}",
        faults.len(),
        faults.last()
    );
}

#[test]
fn a_claim_number_as_long_as_a_file() {
    let lines = "SVC*HC:G0463*5*1~".repeat(3_000);
    let faults = judged(&format!("{PAID}LX*{0}~CLP*{0}*1*5*1**12*X1~NM1*QC*1*ELM*ANA~{lines}", "9".repeat(1_000_000)));
    assert!(count(&faults, x12::Code::Balance) > 3_000);
}

#[test]
fn a_claim_of_many_payers_and_answers() {
    let payers = "SBR*S*18*******CI~AMT*D*1~NM1*PR*2*PLAN*****PI*P2~".repeat(10_000);
    let answers = "SVD*P2*1*HC:G0463**1~".repeat(20_000);
    judged(&format!("{CLAIMED}{payers}LX*1~SV1*HC:G0463*5*UN*1***1~{answers}"));
}

#[test]
fn a_segment_of_many_elements_or_parts() {
    let faults =
        judged(&format!("{CLAIMED}LX*1~SV1*HC:G0463*5*UN*1***1{}~DTP*472*D8*20260930~", ":9".repeat(1_000_000)));
    assert!((2..9).contains(&faults.len()), "{faults:?}");
    let faults =
        judged(&format!("{CLAIMED}LX*1~SV1*HC:G0463*5*UN*1***1~DTP*472*D8*20260930{}~", "*X".repeat(1_000_000)));
    assert_eq!(count(&faults, x12::Code::ElementUnexpected), 1, "{faults:?}");
    let codes = "*ABF:E11.9".repeat(300_000);
    let faults = judged(&CLAIMED.replace("*ABK:E119", &format!("*ABK:E119{codes}")));
    assert_eq!(count(&faults, x12::Code::BadCode), 11, "as many as the segment has");
}

#[test]
fn a_group_of_many_kinds_of_sets() {
    let sets: String = (0..100_000).map(|n| format!("ST*{n}*{n:06}~SE*2*{n:06}~")).collect();
    let stats = x12::stats(format!("{ISA}{PAID}{sets}{END}").as_bytes());
    // Among them the 835 that was there.
    assert_eq!((stats.transactions.len(), stats.transactions.get("835")), (100_000, Some(&2)));
}
