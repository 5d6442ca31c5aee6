//! Synthetic transactions to write.

use x12::ack::{
    Ack999, AckClaim, AckLine, AckProvider, AckStatus, AckTotals, Action, ClaimAck, ElementNote, SegmentNote,
    SetResponse, StatusCode, Ta1, Verdict,
};
use x12::professional::{
    Accident, Adjudication, Attachment, Batch, BillingProvider, Claim837P, Dependent, Diagnosis, Drug, Event,
    Frequency, Note, OtherPayer, Payer, PayerOrder, Provider, ServiceLine, Submitter, Subscriber,
};
use x12::remittance::{
    BankAccount, Dated, Inpatient, Outpatient, ProviderAdjustment, RemitClaim, RemitLine, RemitParty, Remittance,
};
use x12::{
    Address, Adjustment, AdjustmentGroup, Amount, Contact, Date, Delimiters, Entity, Envelope, Identifier, Name, Party,
    Period, Person, Procedure, Quantity, Sex, Time, Usage,
};

pub(crate) fn date(text: &str) -> Date {
    Date::parse_iso(text).expect("a date")
}

pub(crate) fn envelope(delimiters: Delimiters) -> Envelope {
    Envelope {
        sender: Party::mutual("OSLERCLINIC"),
        receiver: Party::mutual("SYNTHPAYER"),
        date: date("2026-10-06"),
        time: Time::new(8, 0).expect("a time"),
        control: 42,
        group_control: 7,
        usage: Usage::Test,
        ack_requested: true,
        delimiters,
        line_ends: true,
    }
}

fn address(line1: &str, zip: &str) -> Address {
    Address {
        line1: line1.into(),
        city: "Albany".into(),
        state: Some("NY".into()),
        zip: Some(zip.into()),
        ..Address::default()
    }
}

fn entity(name: Name, qualifier: &str, value: &str) -> Entity {
    Entity { name, id: Some(Identifier::new(qualifier, value)) }
}

pub(crate) fn adjustment(group: AdjustmentGroup, reason: &str, cents: i64) -> Adjustment {
    Adjustment { group, reason: reason.into(), cents, quantity: None }
}

fn provider(last: &str, npi: &str) -> Provider {
    Provider { name: Name::person(last, "Ana"), npi: Some(npi.into()), ..Provider::default() }
}

fn line(code: &str, cents: i64, key: &str) -> ServiceLine {
    ServiceLine {
        procedure: Procedure::hcpcs(code),
        charge_cents: cents,
        unit: "UN".into(),
        quantity: Quantity::ONE,
        pointers: vec![1],
        service: Some(Period::day(date("2026-09-30"))),
        control_number: Some(key.into()),
        ..ServiceLine::default()
    }
}

pub(crate) fn claim(number: &str) -> Claim837P {
    Claim837P {
        subscriber: Subscriber {
            group_number: Some("GRP7".into()),
            filing: Some("CI".into()),
            name: Name::person("Nuñez-O’Brien", "José"),
            member_id: "M123456789".into(),
            address: Some(address("9 Bay Rd * Apt ~ 2", "12207")),
            birth_date: Some(date("2004-02-29")),
            sex: Sex::Male,
            ..Subscriber::default()
        },
        payer: Payer { name: "Synthetic Health Plan".into(), id: Identifier::new("PI", "SYN01"), ..Payer::default() },
        control_number: number.into(),
        charge_cents: 20_005,
        place_of_service: "11".into(),
        provider_signature: true,
        diagnoses: vec![Diagnosis::icd10("E11.9"), Diagnosis::icd10("I10")],
        rendering: Some(Provider { taxonomy: Some("207Q00000X".into()), ..provider("Osler", "1234567893") }),
        lines: vec![line("G0463", 15_000, &format!("{number}L1")), line("J3420", 5_005, &format!("{number}L2"))],
        ..Claim837P::default()
    }
}

fn rich_claim() -> Claim837P {
    let mut claim = claim("C0002");
    claim.patient = Some(Dependent {
        relationship: "19".into(),
        name: Person {
            last: "Maple".into(),
            first: Some("Kira".into()),
            middle: Some("B".into()),
            suffix: Some("Jr".into()),
        },
        address: Some(address("10 Bay Rd", "122071234")),
        birth_date: Some(date("2019-12-31")),
        sex: Sex::Female,
        references: vec![],
    });
    claim.subscriber.address = None;
    claim.subscriber.birth_date = None;
    claim.subscriber.sex = Sex::Unknown;
    claim.frequency = Frequency::Replacement;
    claim.payer_claim_number = Some("2699887766".into());
    claim.patient_paid_cents = Some(2_000);
    claim.prior_authorization = Some("AUTH77".into());
    claim.clearinghouse_number = Some("CH1".into());
    claim.accident = Some(Accident {
        causes: vec!["AA".into()],
        state: Some("NY".into()),
        country: None,
        date: Some(date("2026-09-01")),
    });
    claim.events = vec![Event { qualifier: "431".into(), period: Period::day(date("2026-09-02")) }];
    claim.attachments =
        vec![Attachment { kind: "OZ".into(), transmission: "EL".into(), control_number: Some("ATT1".into()) }];
    claim.note = Some(Note { qualifier: "ADD".into(), text: "See the attached office note".into() });
    claim.referring = Some(provider("Birch", "2319167518"));
    claim.facility = Some(Provider {
        name: Name::organization("Osler East"),
        npi: Some("1264965462".into()),
        address: Some(address("1 East St", "122070002")),
        ..Provider::default()
    });
    claim.supervising = Some(provider("Cedar", "1585201936"));
    if let Some(first) = claim.lines.first_mut() {
        first.procedure.modifiers = vec!["25".into(), "GT".into()];
        first.pointers = vec![1, 2];
        first.place_of_service = Some("22".into());
        first.emergency = true;
        first.drug = Some(Drug { ndc: "00002751001".into(), quantity: Quantity(1_500), unit: "ML".into() });
        first.note = Some(Note { qualifier: "ADD".into(), text: "Line note".into() });
        first.rendering = Some(provider("Elm", "2142473612"));
        first.prior_authorization = Some("LINEAUTH".into());
    }
    claim
}

fn secondary_claim() -> Claim837P {
    let mut claim = claim("C0003");
    claim.subscriber.order = PayerOrder::Secondary;
    claim.other_payers = vec![OtherPayer {
        order: PayerOrder::Primary,
        relationship: "18".into(),
        group_number: Some("GRP77".into()),
        filing: Some("CI".into()),
        paid_cents: Some(15_000),
        amounts: vec![Amount { qualifier: "EAF".into(), cents: 3_005 }],
        subscriber: entity(Name::person("Nunez-O'Brien", "Jose"), "MI", "X100"),
        subscriber_address: Some(address("9 Bay Rd", "12207")),
        payer: entity(Name::organization("First Plan"), "PI", "FP001"),
        claim_number: Some("FPCLAIM9".into()),
        ..OtherPayer::default()
    }];
    for (line, paid, adjustments) in claim
        .lines
        .iter_mut()
        .zip([12_000, 3_000])
        .zip([[("45", 1_000), ("2", 2_000)], [("45", 1_000), ("2", 1_005)]])
        .map(|((line, paid), adjustments)| (line, paid, adjustments))
    {
        let groups = [AdjustmentGroup::Contractual, AdjustmentGroup::Patient];
        line.adjudications = vec![Adjudication {
            payer_id: "FP001".into(),
            paid_cents: paid,
            procedure: line.procedure.clone(),
            quantity: Quantity::ONE,
            adjustments: groups
                .into_iter()
                .zip(adjustments)
                .map(|(group, (reason, cents))| adjustment(group, reason, cents))
                .collect(),
            date: Some(date("2026-10-01")),
            ..Adjudication::default()
        }];
    }
    claim
}

pub(crate) fn batch() -> Batch {
    Batch {
        reference: "B00000001".into(),
        date: Some(date("2026-10-06")),
        time: Time::new(8, 0).expect("a time"),
        submitter: Submitter {
            name: Name::organization("Osler Test Clinic"),
            id: "OSLER01".into(),
            contacts: vec![Contact::phone("Billing desk", "(518) 555-0100")],
        },
        receiver: entity(Name::organization("Synthetic Clearing"), "46", "SYNCH"),
        billing: BillingProvider {
            name: Name::organization("Osler Test Clinic"),
            npi: "1336502020".into(),
            taxonomy: Some("207Q00000X".into()),
            address: address("22 Elm St", "12207-0001"),
            tax_id: Identifier::new("EI", "141234567"),
            pay_to: Some(address("23 Elm St", "122070001")),
            ..BillingProvider::default()
        },
        claims: vec![claim("C0001"), rich_claim(), secondary_claim()],
        ..Batch::default()
    }
}

fn remit_line(code: &str, charge: i64, paid: i64, adjustments: Vec<Adjustment>) -> RemitLine {
    RemitLine {
        procedure: Procedure::hcpcs(code),
        charge_cents: charge,
        paid_cents: paid,
        quantity: Some(Quantity::ONE),
        dates: vec![Dated { qualifier: "472".into(), date: date("2026-09-30") }],
        adjustments,
        control_number: Some(format!("K{code}")),
        amounts: vec![],
        ..RemitLine::default()
    }
}

fn remit_claim(number: &str, status: &str, sign: i64) -> RemitClaim {
    let lines = vec![
        remit_line(
            "G0463",
            15_000 * sign,
            9_000 * sign,
            vec![
                adjustment(AdjustmentGroup::Contractual, "45", 4_000 * sign),
                adjustment(AdjustmentGroup::Patient, "1", 1_500 * sign),
                adjustment(AdjustmentGroup::Patient, "3", 500 * sign),
            ],
        ),
        RemitLine {
            submitted: Some(Procedure::hcpcs("J3420")),
            submitted_quantity: Some(Quantity::from(2)),
            remarks: vec![Identifier::new("HE", "N130")],
            amounts: if sign > 0 { vec![Amount { qualifier: "B6".into(), cents: 5_005 }] } else { vec![] },
            ..remit_line("J1885", 5_005 * sign, 0, vec![adjustment(AdjustmentGroup::Contractual, "97", 5_005 * sign)])
        },
    ];
    RemitClaim {
        control_number: number.into(),
        status: status.into(),
        charge_cents: 20_005 * sign,
        paid_cents: 9_000 * sign,
        patient_cents: (sign > 0).then_some(2_000),
        filing: "12".into(),
        payer_claim_number: Some("2650000001".into()),
        place_of_service: Some("11".into()),
        frequency: Some("1".into()),
        batch: Some("1".into()),
        patient: Some(entity(Name::person("Maple", "Kira"), "MI", "M123456789")),
        rendering: Some(entity(Name::person("Osler", "Ana"), "XX", "1234567893")),
        outpatient: Some(Outpatient { remarks: vec!["MA01".into(), "N130".into()], ..Outpatient::default() }),
        dates: vec![
            Dated { qualifier: "232".into(), date: date("2026-09-30") },
            Dated { qualifier: "050".into(), date: date("2026-10-02") },
        ],
        lines,
        ..RemitClaim::default()
    }
}

/// A claim that was denied whole and passed on to another plan.
fn denied_claim() -> RemitClaim {
    let mut denied = remit_claim("C0009", "4", 1);
    denied.paid_cents = 0;
    denied.patient_cents = None;
    denied.lines.clear();
    denied.adjustments = vec![adjustment(AdjustmentGroup::Contractual, "29", 20_005)];
    denied.crossover = Some(entity(Name::organization("Second Plan"), "PI", "SP002"));
    denied.inpatient = Some(Inpatient {
        days: Some(Quantity::from(0)),
        remarks: vec!["MA04".into()],
        amounts: vec![(4, 100)],
        ..Inpatient::default()
    });
    denied.outpatient = None;
    denied
}

pub(crate) fn remittance() -> Remittance {
    let party = |name: &str, id: Option<Identifier>, reference: Identifier| RemitParty {
        name: name.into(),
        id,
        address: Some(address("1 Test Plaza", "122070001")),
        references: vec![reference],
        contacts: Vec::new(),
    };
    let bank = |routing: &str, account: &str| BankAccount {
        routing_qualifier: "01".into(),
        routing: routing.into(),
        account_qualifier: Some("DA".into()),
        account: Some(account.into()),
    };
    Remittance {
        handling: "I".into(),
        payment_cents: 7_500,
        credit_debit: "C".into(),
        method: "ACH".into(),
        format: Some("CCP".into()),
        from_account: Some(bank("011000015", "0012345678")),
        originator: Some("1999999999".into()),
        to_account: Some(bank("021000021", "0098765432")),
        date: Some(date("2026-10-06")),
        trace: "E00000001".into(),
        trace_originator: "1999999999".into(),
        production_date: Some(date("2026-10-05")),
        payer: RemitParty {
            contacts: vec![Contact {
                function: "BL".into(),
                name: Some("EDI help".into()),
                numbers: vec![Identifier::new("TE", "8005550100")],
            }],
            ..party("Synthetic Health Plan", None, Identifier::new("2U", "SYN01"))
        },
        payee: party("Osler Test Clinic", Some(Identifier::npi("1336502020")), Identifier::new("TJ", "141234567")),
        claims: vec![
            remit_claim("C0001", "22", -1),
            remit_claim("C0001", "1", 1),
            remit_claim("C0002", "1", 1),
            denied_claim(),
        ],
        provider_adjustments: vec![
            ProviderAdjustment {
                provider: "1336502020".into(),
                fiscal_year_end: Some(date("2026-12-31")),
                reason: "WO".into(),
                reference: Some("2650000001".into()),
                cents: 2_000,
                segment: None,
            },
            ProviderAdjustment {
                provider: "1336502020".into(),
                fiscal_year_end: Some(date("2026-12-31")),
                reason: "L6".into(),
                reference: None,
                cents: -500,
                segment: None,
            },
        ],
        ..Remittance::default()
    }
}

pub(crate) fn ta1() -> Ta1 {
    Ta1 {
        control: "000000042".into(),
        date: Some(date("2026-10-06")),
        time: Time::new(8, 0),
        verdict: Verdict::Accepted,
        note: "000".into(),
    }
}

pub(crate) fn ack999() -> Ack999 {
    let good = SetResponse {
        kind: "837".into(),
        control: "0001".into(),
        version: Some("005010X222A1".into()),
        ..SetResponse::default()
    };
    let bad = SetResponse {
        control: "0002".into(),
        verdict: Verdict::Rejected,
        codes: vec!["5".into()],
        segments: vec![SegmentNote {
            id: "CLM".into(),
            position: 22,
            loop_id: Some("2300".into()),
            code: "8".into(),
            contexts: vec!["CLM01:C0002".into()],
            elements: vec![ElementNote {
                element: 5,
                component: Some(3),
                reference: Some("1325".into()),
                code: "7".into(),
                value: Some("X".into()),
                ..ElementNote::default()
            }],
        }],
        ..good.clone()
    };
    let mut ack = Ack999 {
        group_kind: "HC".into(),
        group_control: "7".into(),
        group_version: "005010X222A1".into(),
        sets: vec![good, bad],
        ..Ack999::default()
    };
    ack.settle();
    ack
}

pub(crate) fn claim_ack() -> ClaimAck {
    let status = |category: &str, code: &str, action: Action, cents: i64| AckStatus {
        codes: vec![StatusCode { category: category.into(), status: code.into(), entity: None }],
        date: Some(date("2026-10-06")),
        action,
        cents: Some(cents),
        message: None,
    };
    let claim = |number: &str, status: AckStatus| AckClaim {
        patient: entity(Name::person("Maple", "Kira"), "MI", "M123456789"),
        control_number: number.into(),
        statuses: vec![status],
        payer_claim_number: Some("2650000001".into()),
        service: Some(Period::day(date("2026-09-30"))),
        ..AckClaim::default()
    };
    let mut rejected = claim("C0002", status("A7", "21", Action::Reject, 20_005));
    rejected.payer_claim_number = None;
    rejected.lines = vec![AckLine {
        procedure: Procedure::hcpcs("G0463"),
        charge_cents: 15_000,
        statuses: vec![AckStatus { cents: None, ..status("A7", "122", Action::Reject, 0) }],
        control_number: Some("C0002L1".into()),
        service: None,
    }];
    ClaimAck {
        reference: "277A1".into(),
        date: Some(date("2026-10-06")),
        time: Time::new(9, 30).expect("a time"),
        source_kind: "PR".into(),
        source: entity(Name::organization("Synthetic Health Plan"), "PI", "SYN01"),
        source_trace: "SRC1".into(),
        received: Some(date("2026-10-06")),
        processed: Some(date("2026-10-06")),
        receiver: entity(Name::organization("Osler Test Clinic"), "46", "OSLER01"),
        batch_reference: "B00000001".into(),
        statuses: vec![status("A1", "19", Action::Accept, 40_010)],
        totals: AckTotals {
            accepted: Some(1),
            rejected: Some(1),
            accepted_cents: Some(20_005),
            rejected_cents: Some(20_005),
        },
        providers: vec![AckProvider {
            provider: entity(Name::organization("Osler Test Clinic"), "XX", "1336502020"),
            claims: vec![claim("C0001", status("A2", "20", Action::Accept, 20_005)), rejected],
            ..AckProvider::default()
        }],
    }
}
