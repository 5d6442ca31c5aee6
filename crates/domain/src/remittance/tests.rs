use proptest::prelude::*;
use x12::remittance as r;

use super::*;
use crate::claim::{Claim, ClaimState, ClaimStep};
use crate::fixture::{World, payer, uuid};
use crate::id::EntryId;
use crate::ledger::{Account, Posting};
use crate::work::WorkKind;

fn claim(n: u8) -> Claim {
    Claim { state: ClaimState::Accepted, ..World::new().claim(n) }
}

fn cas(group: &str, reason: &str, cents: i64) -> x12::Adjustment {
    x12::Adjustment { group: AdjustmentGroup::from_code(group), reason: reason.to_owned(), cents, quantity: None }
}

fn line(code: &str, key: Option<String>, charge: i64, paid: i64, adjustments: Vec<x12::Adjustment>) -> r::RemitLine {
    r::RemitLine {
        procedure: x12::Procedure::hcpcs(code),
        charge_cents: charge,
        paid_cents: paid,
        control_number: key,
        adjustments,
        ..r::RemitLine::default()
    }
}

/// 100.00: 60 paid, 25 contract, 15 coinsurance; 50.00: all deductible.
fn paid(claim: &Claim) -> r::RemitClaim {
    let key = |at: usize| Some(claim.lines[at].control_number.clone());
    r::RemitClaim {
        control_number: claim.control_number.to_string(),
        status: "1".to_owned(),
        charge_cents: 15_000,
        paid_cents: 6_000,
        payer_claim_number: Some("P1".to_owned()),
        lines: vec![
            line("G0463", key(0), 10_000, 6_000, vec![cas("CO", "45", 2_500), cas("PR", "2", 1_500)]),
            line("LV010", key(1), 5_000, 0, vec![cas("PR", "1", 5_000)]),
        ],
        ..r::RemitClaim::default()
    }
}

fn reversed(claim: &Claim) -> r::RemitClaim {
    let mut back = paid(claim);
    back.status = "22".to_owned();
    back.charge_cents *= -1;
    back.paid_cents *= -1;
    for line in &mut back.lines {
        line.charge_cents *= -1;
        line.paid_cents *= -1;
        line.adjustments.iter_mut().for_each(|a| a.cents *= -1);
    }
    back
}

fn source(claims: Vec<r::RemitClaim>, plb: Vec<(&str, i64)>) -> r::Remittance {
    let total: i64 = claims.iter().map(|c| c.paid_cents).sum::<i64>() - plb.iter().map(|p| p.1).sum::<i64>();
    let party = |name: &str, qualifier: &str, id: &str| r::RemitParty {
        name: name.to_owned(),
        id: Some(x12::Identifier::new(qualifier, id)),
        ..r::RemitParty::default()
    };
    r::Remittance {
        handling: "I".to_owned(),
        payment_cents: total,
        credit_debit: "C".to_owned(),
        method: "ACH".to_owned(),
        trace: "T1".to_owned(),
        date: x12::Date::new(2026, 3, 20),
        payer: party("PRAIRIE HEALTH", "XV", "PRAIR"),
        payee: party("NORTHSIDE FAMILY CARE", "XX", "1234567893"),
        claims,
        provider_adjustments: plb
            .into_iter()
            .map(|(reason, cents)| r::ProviderAdjustment {
                reason: reason.to_owned(),
                cents,
                ..r::ProviderAdjustment::default()
            })
            .collect(),
        ..r::Remittance::default()
    }
}

fn read(n: u32, source: &r::Remittance) -> Remittance {
    let head = RemittanceSource {
        id: RemittanceId::parse(&uuid(n)).unwrap(),
        file: FileId::parse(&uuid(n)).unwrap(),
        set: 0,
        is_test: false,
        faults: Vec::new(),
    };
    Remittance::read(head, source, &[payer()])
}

fn decide(source: &r::Remittance, ours: &[Claim], posted: &[Posted]) -> RemitPlan {
    let plan = plan(&read(1, source), &World::new().practice, ours, posted);
    for postings in all_postings(&plan) {
        assert_eq!(Cents::sum(postings.iter().map(|p| p.amount)), Ok(Cents::ZERO), "{postings:?}");
    }
    plan
}

fn all_postings(plan: &RemitPlan) -> Vec<&[Posting]> {
    let claims = plan.claims.iter().filter_map(|c| match &c.decision {
        Decision::Post(plan) => Some(&plan.postings[..]),
        Decision::Ask(_) => None,
    });
    claims.chain(plan.provider.iter().map(|p| &p.postings[..])).chain([&plan.deposit[..]]).collect()
}

fn balance(plan: &RemitPlan, account: &Account) -> i64 {
    all_postings(plan).into_iter().flatten().filter(|p| p.account == *account).map(|p| p.amount.get()).sum()
}

fn posted(claim: &Claim, paid: i64) -> Posted {
    Posted {
        claim: claim.id.clone(),
        remittance: RemittanceId::parse(&uuid(8)).unwrap(),
        index: 0,
        payer_claim_number: Some("P1".to_owned()),
        charge: claim.total,
        paid: Cents::new(paid),
        is_denial: false,
        entry: Some(EntryId::parse(&uuid(8)).unwrap()),
        is_reversed: false,
    }
}

fn the_plan(plan: &RemitPlan, at: usize) -> &Plan {
    match &plan.claims[at].decision {
        Decision::Post(plan) => plan,
        Decision::Ask(exception) => panic!("{exception:?}"),
    }
}

#[test]
fn a_payment_is_split_to_the_cent() {
    let ours = claim(1);
    let result = decide(&source(vec![paid(&ours)], vec![]), std::slice::from_ref(&ours), &[]);
    assert_eq!(result.blocked, Vec::<String>::new());
    let plan = the_plan(&result, 0);
    let c = Cents::new;
    let split = Split { paid: c(6_000), contractual: c(2_500), patient: c(6_500), other: c(0), denied: c(0) };
    assert_eq!(
        (plan.split, plan.step, plan.work.is_none()),
        (split, ClaimStep::Pay, true),
        "a deductible is no denial"
    );
    assert_eq!(balance(&result, &Account::InsuranceReceivable(payer().id)), -15_000);
    assert_eq!(balance(&result, &Account::PatientReceivable(ours.patient.id.clone())), 6_500);
    assert_eq!(balance(&result, &Account::Contractual), 2_500);
    assert_eq!(balance(&result, &Account::Cash), 6_000);
    assert_eq!(balance(&result, &Account::Unapplied(payer().id)), 0);
    assert_eq!(result.unapplied(), Ok(Cents::ZERO));
}

/// The lines say what would be paid (SVC03); what the payer keeps of the whole claim lowers it to what is (CLP04).
#[test]
fn an_adjustment_of_the_whole_claim_lowers_what_its_lines_say_is_paid() {
    let ours = claim(1);
    let mut remit = paid(&ours);
    (remit.paid_cents, remit.adjustments) = (5_500, vec![cas("CO", "A2", 500)]);
    let result = decide(&source(vec![remit.clone()], vec![]), std::slice::from_ref(&ours), &[]);
    let c = Cents::new;
    let split = Split { paid: c(5_500), contractual: c(3_000), patient: c(6_500), other: c(0), denied: c(0) };
    assert_eq!(the_plan(&result, 0).split, split);
    assert_eq!(balance(&result, &Account::InsuranceReceivable(payer().id)), -15_000);
    assert_eq!(balance(&result, &Account::Unapplied(payer().id)), 0, "no more than what came is applied");

    // Beside a denied line too: what was billed for it stays receivable.
    remit.lines[1].adjustments = vec![cas("CO", "197", 5_000)];
    let result = decide(&source(vec![remit], vec![]), std::slice::from_ref(&ours), &[]);
    assert_eq!(balance(&result, &Account::InsuranceReceivable(payer().id)), -10_000);
    assert_eq!(balance(&result, &Account::Unapplied(payer().id)), 0);
}

#[test]
fn a_denial_moves_no_money() {
    let ours = claim(1);
    let mut part = paid(&ours);
    part.lines[1].adjustments = vec![cas("CO", "197", 5_000)];
    let result = decide(&source(vec![part], vec![]), std::slice::from_ref(&ours), &[]);
    let plan = the_plan(&result, 0);
    assert_eq!((plan.step, plan.split.denied), (ClaimStep::PayPart, Cents::new(5_000)), "the claim's status was 1");
    assert_eq!(
        plan.work.as_ref().map(|w| w.reason.as_str()),
        Some("denied: line 2 (LV010): Authorization or notice before the service was missing [CO-197]")
    );
    assert_eq!(
        balance(&result, &Account::InsuranceReceivable(payer().id)),
        -10_000,
        "the denied line stays receivable"
    );

    let mut whole = paid(&ours);
    (whole.status, whole.paid_cents, whole.lines) = ("4".to_owned(), 0, Vec::new());
    whole.adjustments = vec![cas("CO", "29", 15_000)];
    let result = decide(&source(vec![whole], vec![]), std::slice::from_ref(&ours), &[]);
    let plan = the_plan(&result, 0);
    assert_eq!((&plan.kind, plan.step, plan.postings.len()), (&PlanKind::Denial, ClaimStep::Deny, 0));
    assert!(result.deposit.is_empty(), "no payment, no deposit");
}

#[test]
fn a_reversal_turns_the_earlier_entry_and_its_correction_is_posted_after_it() {
    let ours = claim(1);
    let mut better = paid(&ours);
    (better.paid_cents, better.lines[0].paid_cents) = (7_000, 7_000);
    better.lines[0].adjustments[1].cents = 500;
    // The correction stands before the reversal in the file.
    let both = source(vec![better, reversed(&ours)], vec![]);
    let result = decide(&both, std::slice::from_ref(&ours), &[posted(&ours, 6_000)]);
    assert_eq!(result.claims.iter().map(|c| c.index).collect::<Vec<_>>(), [1, 0]);
    assert!(matches!(&the_plan(&result, 0).kind, PlanKind::Reversal { entry: Some(e), .. } if e.as_str() == uuid(8)));
    assert_eq!(the_plan(&result, 1).split.paid, Cents::new(7_000));
    assert_eq!(balance(&result, &Account::Cash), 1_000);
    assert_eq!(result.unapplied(), Ok(Cents::ZERO));
}

/// Only what the payer says was paid, in dollars, is money in the bank; the rest is kept and waits.
#[test]
fn money_that_never_moved_is_not_posted() {
    let ours = claim(1);
    let plan_of = |handling: &str, method: &str, currency: Option<&str>| {
        let mut file = source(vec![paid(&ours)], vec![]);
        (file.handling, file.method, file.currency) =
            (handling.to_owned(), method.to_owned(), currency.map(str::to_owned));
        (decide(&file, std::slice::from_ref(&ours), &[]), read(1, &file).fingerprint())
    };
    let (good, payment) = plan_of("I", "ACH", None);
    for (handling, method, currency, words) in [
        ("H", "NON", None, "it states 60.00 but is a notice (BPR01 is H, BPR04 is NON), so no money moved"),
        ("H", "ACH", None, "no money moved"),
        ("I", "NON", None, "no money moved"),
        ("P", "ACH", None, "BPR01 is P"),
        ("", "ACH", None, "does not say whether 60.00 was paid (BPR01 is ``)"),
        ("I", "ZZZ", None, "by what way 60.00 was paid"),
        ("I", "ACH", Some("CAD"), "it pays in `CAD` (CUR02)"),
    ] {
        let (result, _) = plan_of(handling, method, currency);
        assert!(result.blocked.iter().any(|why| why.contains(words)), "{handling} {method}: {:?}", result.blocked);
        assert!(all_postings(&result).concat().is_empty() && result.posted() == 0, "{handling} {method}");
    }
    for (handling, method) in [("I", "CHK"), ("C", "ACH"), ("D", "FWT"), ("U", "BOP"), ("X", "CHK")] {
        let (result, _) = plan_of(handling, method, Some("usd"));
        assert_eq!((result.blocked.len(), &result.deposit), (0, &good.deposit), "{handling} {method}");
    }
    assert_ne!(plan_of("H", "NON", None).1, payment, "the payment that a notice spoke of is no repetition");

    let mut denied = source(vec![paid(&ours)], vec![("WO", 6_000)]);
    (denied.handling, denied.method) = ("H".to_owned(), "NON".to_owned());
    assert!(decide(&denied, &[ours], &[]).blocked.is_empty(), "a payment of nothing is a notice, and is posted");
}

/// What a person is asked, after a change to a good payment.
fn check(change: impl FnOnce(&mut r::Remittance, &mut Claim), earlier: &[i64], kind: WorkKind, words: &str) {
    let mut ours = claim(1);
    let mut file = source(vec![paid(&ours)], vec![]);
    change(&mut file, &mut ours);
    let earlier: Vec<Posted> = earlier.iter().map(|p| posted(&ours, *p)).collect();
    let result = decide(&file, std::slice::from_ref(&ours), &earlier);
    match &result.claims[0].decision {
        Decision::Ask(exception) => {
            assert_eq!(exception.kind, kind, "{}", exception.reason);
            assert!(exception.reason.contains(words), "{}", exception.reason);
            let waiting = if result.blocked.is_empty() { file.claims[0].paid_cents } else { 0 };
            assert_eq!(result.unapplied(), Ok(Cents::new(waiting)), "its money waits");
        }
        Decision::Post(plan) => panic!("posted: {plan:?}"),
    }
}

#[test]
fn what_is_in_doubt_goes_to_a_person() {
    use WorkKind::{Other, ReversalWithoutOriginal, Unbalanced, UnmatchedClaim, UnmatchedLine};
    check(
        |f, _| f.claims[0].control_number = "X9".to_owned(),
        &[],
        UnmatchedClaim,
        "no claim of ours has the number `X9`",
    );
    check(|f, _| f.claims[0].lines[0].charge_cents = 9_999, &[], Unbalanced, "less payment");
    check(
        |f, _| (f.claims[0].charge_cents, f.claims[0].adjustments) = (15_100, vec![cas("CO", "45", 100)]),
        &[],
        Unbalanced,
        "the claim says 150.00",
    );
    check(
        |f, _| (f.claims[0].lines[1].procedure.code, f.claims[0].lines[1].control_number) = ("Z9999".to_owned(), None),
        &[],
        UnmatchedLine,
        "line 2 (Z9999, 50.00)",
    );
    check(
        |f, _| f.claims[0].lines[0].adjustments[0].group = AdjustmentGroup::from_code("CR"),
        &[],
        Unbalanced,
        "`CR` does not exist",
    );
    check(
        |f, _| f.claims[0].lines[0].adjustments[0] = cas("OA", "23", 2_500),
        &[],
        Unbalanced,
        "another payer paid first",
    );
    check(|f, _| f.claims[0].status = "25".to_owned(), &[], Other, "nothing is");
    check(|f, _| f.claims[0].status = "77".to_owned(), &[], Other, "`77` is not known");
    check(|f, _| f.claims[0].status = "4".to_owned(), &[], Unbalanced, "money is paid for it");
    check(|_, c| c.state = ClaimState::Batched, &[], UnmatchedClaim, "never sent");
    check(|_, c| c.payer.id = PayerId::parse(&uuid(9)).unwrap(), &[], UnmatchedClaim, "PRAIRIE HEALTH answers");
    check(|_, _| {}, &[6_000], Unbalanced, "has judged this claim before");
    check(
        |f, c| *f = source(vec![reversed(c)], vec![("FB", -6_000)]),
        &[],
        ReversalWithoutOriginal,
        "never posted here",
    );
    check(
        |f, c| *f = source(vec![reversed(c)], vec![("FB", -6_000)]),
        &[5_000],
        ReversalWithoutOriginal,
        "takes back 60.00, and 50.00 was posted",
    );
    check(|f, _| f.payment_cents += 1, &[], Unbalanced, "the payment as a whole is in doubt");
    check(|f, _| f.payee.id = None, &[], Unbalanced, "not this practice");
    check(|f, _| f.credit_debit = "D".to_owned(), &[], Unbalanced, "takes money");
}

#[test]
fn shares_and_parts_beyond_the_claim_go_to_a_person() {
    use WorkKind::Unbalanced;
    check(
        |f, _| f.claims[0].lines[1].adjustments = vec![cas("PR", "1", 6_000), cas("CO", "45", -1_000)],
        &[],
        Unbalanced,
        "the patient's share is below zero or more",
    );
    check(
        |f, _| f.claims[0].lines[1].adjustments = vec![cas("PR", "1", -1_000), cas("CO", "45", 6_000)],
        &[],
        Unbalanced,
        "the patient's share is below zero or more",
    );
    check(
        |f, _| f.claims[0].adjustments = vec![cas("PR", "1", 9_000), cas("CO", "45", -9_000)],
        &[],
        Unbalanced,
        "the patient's shares together",
    );
    // Every line is denied, and the claim as a whole is paid all the same.
    check(
        |f, _| {
            let claim = &mut f.claims[0];
            (claim.lines[0].paid_cents, claim.lines[0].adjustments) = (0, vec![cas("CO", "197", 10_000)]);
            claim.lines[1].adjustments = vec![cas("CO", "197", 5_000)];
            claim.adjustments = vec![cas("OA", "121", -6_000)];
        },
        &[],
        Unbalanced,
        "the claim is paid 60.00, and its parts 0.00",
    );
}

#[test]
fn a_payment_for_strangers_posts_nothing_at_all() {
    let mut file = source(vec![paid(&claim(1))], vec![]);
    file.payer.id = Some(x12::Identifier::new("XV", "WHO"));
    // That it names our claims is no proof that it is their payer: a second payer names them too.
    for ours in [&[][..], &[claim(1)]] {
        let result = decide(&file, ours, &[]);
        assert!(result.blocked[0].contains("is not in the directory"), "{:?}", result.blocked);
        assert!(all_postings(&result).into_iter().all(<[Posting]>::is_empty));
        assert_eq!((result.payer.as_ref(), result.exceptions().count()), (None, 1));
    }
}

#[test]
fn a_payer_is_known_by_any_of_its_numbers_and_never_by_those_of_two() {
    let who = crate::id::AccountId::parse(&uuid(1)).unwrap();
    let mut known = payer();
    known
        .know_as(&crate::payer::PayerNumber::parse("1371234567").unwrap(), who, crate::Instant::from_micros(1))
        .unwrap();
    let mut file = source(vec![paid(&claim(1))], vec![]);
    file.payer.id = Some(x12::Identifier::new("XV", "WHO"));
    for (trace_originator, company, reference) in
        [("1371234567", "", ""), ("9", "1371234567", ""), ("", "", "1371234567")]
    {
        let mut file = file.clone();
        (file.trace_originator, file.originator) = (trace_originator.into(), Some(company.into()));
        file.payer.references = vec![x12::Identifier::new("2U", reference)];
        let mut found = read(1, &file);
        assert_eq!(found.payer, None, "nobody has said so yet");
        found.find_payer(&[payer(), known.clone()].map(|p| Payer { x12_id: "OWN".into(), ..p })[1..]);
        assert_eq!(found.payer, Some(known.id.clone()), "{:?}", found.payer_numbers);
    }
    file.trace_originator = "1371234567".into();
    let rival =
        Payer { id: PayerId::parse(&uuid(2)).unwrap(), name: "Other Plan".into(), x12_id: "WHO".into(), ..payer() };
    let mut found = read(1, &file);
    found.find_payer(&[known, rival]);
    let blocked = plan(&found, &World::new().practice, &[claim(1)], &[]).blocked;
    assert!(blocked[0].contains("are those of Prairie Health and Other Plan"), "{blocked:?}");
}

#[test]
fn a_copy_takes_the_place_of_one_that_is_held_and_no_better() {
    let whole = read(1, &source(vec![paid(&claim(1))], vec![]));
    let copy = Remittance { file: FileId::parse(&uuid(2)).unwrap(), ..whole.clone() };
    let worse = Remittance { faults: vec!["segment 9".into()], ..copy.clone() };
    for state in RemittanceState::ALL {
        let held = matches!(state, RemittanceState::NeedsLook | RemittanceState::Unbalanced);
        assert_eq!(copy.corrects(&whole, *state), held, "{state}");
    }
    assert!(!whole.corrects(&whole, RemittanceState::NeedsLook), "two parts of one file are two payments");
    assert!(!worse.corrects(&whole, RemittanceState::NeedsLook), "half a file hides no whole one");
    let broken = Remittance { faults: vec!["segment 3".into()], ..whole.clone() };
    assert!(worse.corrects(&broken, RemittanceState::NeedsLook));

    let cents = Remittance { total: Cents::new(6_100), ..copy.clone() };
    let day = Remittance { date: None, ..copy.clone() };
    let both = Remittance { total: Cents::new(6_100), ..day.clone() };
    assert!(cents.amends(&whole) && day.amends(&whole) && !both.amends(&whole));
    assert!(!Remittance { trace: "T2".into(), ..cents }.amends(&whole), "another check");
    let nothing = |n: i8| Remittance { total: Cents::ZERO, date: Some(jiff::civil::date(2026, 3, n)), ..copy.clone() };
    assert!(!nothing(1).amends(&nothing(2)), "two payments of nothing may have one number");
}

#[test]
fn a_test_is_read_and_never_posted() {
    let ours = claim(1);
    let real = read(1, &source(vec![paid(&ours)], vec![]));
    let test = Remittance { is_test: true, ..real.clone() };
    let result = plan(&test, &World::new().practice, &[ours], &[]);
    assert!(result.blocked[0].contains("says that it is a test (ISA15 is T)"), "{:?}", result.blocked);
    assert_eq!((result.posted(), result.deposit.len()), (0, 0));
    assert_ne!(test.fingerprint(), real.fingerprint(), "the real payment that follows is not the same again");
}

#[test]
fn what_was_not_read_whole_is_not_posted() {
    let ours = claim(1);
    let mut remittance = read(1, &source(vec![paid(&ours)], vec![]));
    remittance.faults = vec!["an amount is no number".to_owned()];
    let result = plan(&remittance, &World::new().practice, &[ours], &[]);
    assert_eq!((result.blocked.len(), result.posted(), result.deposit.len()), (1, 0, 0));
}

#[test]
fn provider_adjustments_tie_the_payment_to_its_claims() {
    let ours = claim(1);
    let file = source(vec![paid(&ours)], vec![("WO", 1_000), ("L6", -50), ("CS", 25), ("WO", 0)]);
    let result = decide(&file, std::slice::from_ref(&ours), &[]);
    assert_eq!(result.provider.len(), 3);
    assert_eq!(balance(&result, &Account::PayerRecoupment(payer().id)), 1_000);
    assert_eq!(balance(&result, &Account::Interest), -50);
    assert_eq!(balance(&result, &Account::ProviderAdjustment), 25);
    assert_eq!(balance(&result, &Account::Cash), 6_000 - 975);
    assert_eq!(balance(&result, &Account::Unapplied(payer().id)), 0);
}

#[test]
fn equal_lines_are_used_once_each() {
    let mut ours = claim(1);
    ours.lines[1] = crate::claim::ClaimLine {
        charge: ours.lines[1].charge.clone(),
        control_number: ours.lines[1].control_number.clone(),
        ..ours.lines[0].clone()
    };
    let mut remit = paid(&ours);
    remit.lines[1] = line("G0463", None, 10_000, 0, vec![]);
    // The keyless line comes first, and still the key decides.
    remit.lines.swap(0, 1);
    let found =
        match_claim(0, &read(1, &source(vec![remit.clone()], vec![])).claims[0], std::slice::from_ref(&ours)).unwrap();
    assert_eq!(found.lines, [ours.lines[1].charge.clone(), ours.lines[0].charge.clone()]);
    remit.lines.push(line("G0463", None, 10_000, 0, vec![]));
    let third = match_claim(0, &read(1, &source(vec![remit], vec![])).claims[0], std::slice::from_ref(&ours));
    assert!(matches!(third, Err(MatchFault::Line(3, ..))), "{third:?}");
}

#[test]
fn the_payers_number_needs_charge_and_day_to_agree() {
    let mut ours = claim(1);
    ours.payer_number = Some("P1".to_owned());
    let mut remit = paid(&ours);
    remit.control_number = "LOST".to_owned();
    let read_one = |remit: &r::RemitClaim| read(1, &source(vec![remit.clone()], vec![])).claims[0].clone();
    let found = match_claim(0, &read_one(&remit), std::slice::from_ref(&ours)).map(|m| m.how);
    assert_eq!(found, Ok(How::PayerNumber));
    let day = x12::Date::new(2026, 3, 3).unwrap();
    remit.lines[0].dates = vec![r::Dated { qualifier: "472".to_owned(), date: day }];
    assert_eq!(match_claim(0, &read_one(&remit), &[ours.clone()]), Err(MatchFault::Unknown("LOST".to_owned())));
    remit.lines[0].dates.clear();
    let twin = Claim { id: claim(2).id, control_number: claim(2).control_number, ..ours.clone() };
    assert_eq!(match_claim(0, &read_one(&remit), &[ours, twin]), Err(MatchFault::Ambiguous("P1".to_owned())));
}

#[test]
fn the_same_payment_has_the_same_fingerprint() {
    let file = source(vec![paid(&claim(1))], vec![]);
    assert_eq!(read(1, &file).fingerprint(), read(2, &file).fingerprint());
    let other = r::Remittance { trace: "T2".to_owned(), ..file.clone() };
    assert_ne!(read(1, &file).fingerprint(), read(1, &other).fingerprint());

    // The payer's portal and the clearinghouse say the same payment, each with numbers of its own.
    let portal = r::Remittance { trace_originator: "1935665544".to_owned(), ..file.clone() };
    let mut relayed = r::Remittance { trace: " T1 ".to_owned(), ..portal.clone() };
    relayed.payer.id = None;
    relayed.payer.references = vec![x12::Identifier::new("2U", "60054")];
    assert_eq!(read(1, &portal).fingerprint(), read(2, &relayed).fingerprint());
    let another = r::Remittance { trace_originator: "1111111111".to_owned(), ..relayed };
    assert_ne!(read(1, &portal).fingerprint(), read(1, &another).fingerprint(), "another payer's same number");
    let mut unnamed = file.clone();
    unnamed.payer.id = Some(x12::Identifier::new("XV", "OTHER"));
    assert_ne!(read(1, &file).fingerprint(), read(1, &unnamed).fingerprint(), "N104 when there is no TRN03");
    let json = serde_json::to_string(&read(1, &file)).unwrap();
    assert_eq!(serde_json::from_str::<Remittance>(&json).unwrap(), read(1, &file));
}

proptest! {
    /// Whatever a payer says, the postings sum to zero, and the unapplied money is what the waiting claims are paid.
    #[test]
    fn the_books_balance_whatever_is_sent(
        amounts in prop::collection::vec((0_i64..12_000, -500_i64..12_000, -500_i64..6_000, 0_u8..6, -500_i64..3_000), 1..5),
        plb in prop::collection::vec(-2_000_i64..2_000, 0..3),
        known in 0_usize..5,
    ) {
        let ours: Vec<Claim> = (1_u8..).take(amounts.len()).map(claim).collect();
        let claims = ours.iter().zip(&amounts).map(|(claim, (first, co, pr, kind, whole))| {
            let mut remit = paid(claim);
            let groups = ["CO", "PR", "OA", "PI", "CR", "CO"];
            remit.lines[0].paid_cents = *first;
            remit.lines[0].adjustments = vec![cas("CO", "45", *co), cas(groups[usize::from(*kind)], "97", 10_000 - first - co - pr), cas("PR", "3", *pr)];
            remit.paid_cents = first - whole;
            remit.adjustments = vec![cas("CO", "A2", *whole)];
            remit
        }).collect();
        let file = source(claims, plb.into_iter().map(|c| ("WO", c)).collect());
        prop_assume!(file.payment_cents >= 0);
        let result = decide(&file, &ours[..known.min(ours.len())], &[]);
        let waiting: i64 = result.claims.iter().filter(|c| matches!(c.decision, Decision::Ask(_))).map(|c| file.claims[c.index].paid_cents).sum();
        prop_assert_eq!(balance(&result, &Account::Unapplied(payer().id)), -waiting);
        prop_assert_eq!(balance(&result, &Account::Cash), file.payment_cents);
        prop_assert_eq!(result.unapplied(), Ok(Cents::new(waiting)));
    }
}
