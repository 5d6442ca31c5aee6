use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::partner::{Agreement, PartnerKind};

fn id(last: u8) -> String {
    format!("01890000-0000-7000-8000-0000000000{last:02}")
}

fn now() -> Instant {
    Instant::from_micros(1_780_000_000_000_000)
}

fn key(x: &str) -> PublicKey {
    PublicKey::Es384 { x: x.to_owned(), y: "y".to_owned() }
}

fn client(ground: Ground) -> Client {
    Client {
        id: ClientId::parse(&id(1)).unwrap(),
        name: "Clearing desk".to_owned(),
        owner: AccountId::parse(&id(2)).unwrap(),
        purpose: Purpose::Payment,
        ground,
        scopes: BTreeSet::from([ApiScope::ClaimFileRead]),
        keys: vec![ClientKey { kid: "a".to_owned(), key: key("1"), added_at: now(), ends_at: None }],
        expires_on: date(2026, 12, 31),
        disabled_at: None,
    }
}

fn partner() -> Partner {
    Partner {
        id: PartnerId::parse(&id(3)).unwrap(),
        name: "Meridian Clearing".to_owned(),
        kind: PartnerKind::Clearinghouse,
        agreement: Some(Agreement {
            signed_on: date(2026, 1, 2),
            from: date(2026, 1, 5),
            to: Some(date(2026, 6, 30)),
            reference: "BAA-7".to_owned(),
        }),
        exemption: None,
        interchange: None,
    }
}

fn on(today: Date) -> Surroundings<'static> {
    Surroundings { today, owner_disabled: false, partner: None }
}

#[test]
fn a_client_calls_while_nothing_closes_it() {
    let own = client(Ground::OwnProgram);
    assert_eq!(own.standing(on(date(2026, 12, 31))), Ok("the practice's own program".to_owned()));
    assert_eq!(own.standing(on(date(2027, 1, 1))), Err(Closed::Expired(date(2026, 12, 31))));
    let left = Surroundings { owner_disabled: true, ..on(date(2026, 3, 1)) };
    assert_eq!(own.standing(left), Err(Closed::OwnerDisabled));
    let off = Client { disabled_at: Some(now()), ..own };
    assert_eq!(off.standing(on(date(2026, 3, 1))), Err(Closed::Disabled));
}

#[test]
fn a_partners_client_calls_while_its_agreement_lasts() {
    let partner = partner();
    let theirs = client(Ground::Partner(partner.id.clone()));
    let with = |today| Surroundings { partner: Some(&partner), ..on(today) };
    assert_eq!(theirs.standing(with(date(2026, 6, 30))), Ok("agreement BAA-7 signed on 2026-01-02".to_owned()));
    assert!(matches!(theirs.standing(with(date(2026, 7, 1))), Err(Closed::NoGround(GateRefusal::Ended(..)))));
    assert!(matches!(theirs.standing(with(date(2026, 1, 4))), Err(Closed::NoGround(GateRefusal::NotBegun(..)))));
    assert_eq!(theirs.standing(on(date(2026, 3, 1))), Err(Closed::NoPartner));
    let other = Partner { id: PartnerId::parse(&id(4)).unwrap(), ..partner.clone() };
    let wrong = Surroundings { partner: Some(&other), ..on(date(2026, 3, 1)) };
    assert_eq!(theirs.standing(wrong), Err(Closed::NoPartner), "another partner's agreement is no ground");
}

#[test]
fn an_exemption_opens_what_it_is_for_and_no_more() {
    use crate::partner::{Exemption, ExemptionReason as Reason};
    use ApiScope as S;
    let stands = |kind, reason, purpose, scopes: &[ApiScope]| {
        let approved_by = AccountId::parse(&id(2)).unwrap();
        let exemption = Some(Exemption { reason, approved_by, approved_at: now() });
        let partner = Partner { kind, agreement: None, exemption, ..partner() };
        let scopes = scopes.iter().copied().collect();
        let theirs = Client { purpose, scopes, ..client(Ground::Partner(partner.id.clone())) };
        theirs.standing(Surroundings { partner: Some(&partner), ..on(date(2026, 3, 1)) })
    };
    let plan = |purpose, scopes: &[ApiScope]| stands(PartnerKind::HealthPlan, Reason::PlanForPayment, purpose, scopes);
    assert!(plan(Purpose::Payment, &[S::ClaimFileRead, S::AlertWrite]).is_ok());
    for (purpose, scopes, first) in [
        (Purpose::Operations, &[S::ClaimFileRead][..], S::ClaimFileRead),
        (Purpose::Payment, &[S::ClaimFileRead, S::PatientFind], S::PatientFind),
        (Purpose::Treatment, &[S::ScheduleRead], S::ScheduleRead),
    ] {
        let closed = plan(purpose, scopes);
        assert!(matches!(&closed, Err(Closed::Beyond { scope, .. }) if *scope == first), "{purpose}: {closed:?}");
    }
    let treats = |scope| stands(PartnerKind::Provider, Reason::TreatingProvider, Purpose::Treatment, &[scope]);
    assert!(treats(S::PatientFind).is_ok() && treats(S::ScheduleRead).is_err() && treats(S::ClaimFileRead).is_err());
    let law = |scope| stands(PartnerKind::Vendor, Reason::RequiredByLaw, Purpose::Operations, &[scope]);
    assert!(law(S::EvidenceWrite).is_ok() && law(S::PatientFind).is_err());
}

#[test]
fn keys_overlap_and_then_end() {
    let mut client = client(Ground::OwnProgram);
    client.rotate("b", key("2"), 7, now()).unwrap();
    let day = |n: i64| now().plus_seconds(n * 86_400);
    assert!(client.key("a", day(6)).is_some() && client.key("b", day(6)).is_some());
    assert!(client.key("a", day(7)).is_none() && client.key("b", day(7)).is_some());
    assert!(client.rotate("a", key("3"), 7, day(8)).is_err(), "a name that was used");
    assert!(client.rotate("c", key("1"), 7, day(8)).is_err(), "a key that was used");
    assert!(client.rotate("c", key("3"), 31, day(8)).is_err());
    client.rotate("c", key("3"), 0, day(8)).unwrap();
    assert!(client.key("b", day(8)).is_none() && client.key("c", day(8)).is_some());
    assert!(client.withdraw("c", day(9)) && !client.withdraw("c", day(9)));
    assert!(client.key("c", day(9)).is_none());
    for n in 0..4 {
        client.rotate(&format!("k{n}"), key(&format!("k{n}")), 30, day(10)).unwrap();
    }
    assert!(client.rotate("k4", key("k4"), 30, day(10)).is_err(), "four work at a time");
}

#[test]
fn scopes_have_one_spelling() {
    let two = BTreeSet::from([ApiScope::ScheduleRead, ApiScope::PatientFind]);
    assert_eq!(parse_scopes("schedule.read patient.find"), Ok(two));
    for text in
        ["", " ", "schedule.read ", "schedule.read  patient.find", "Schedule.read", "schedule:read", "schedule.*"]
    {
        assert!(parse_scopes(text).is_err(), "{text:?}");
    }
    assert_eq!(parse_scopes("patient.find patient.find"), Err("patient.find".to_owned()), "twice");
    assert!(!IntakeKind::ALL.iter().any(|kind| kind.scope().discloses()), "who hands in is told nothing");
}

proptest! {
    #[test]
    fn what_reads_as_scopes_writes_back_to_them(text in "[ -~]{0,40}|(schedule.read|patient.find|alert.write)( (evidence.write|posture.write))?") {
        if let Ok(scopes) = parse_scopes(&text) {
            let mut words: Vec<&str> = text.split(' ').collect();
            words.sort_unstable();
            let mut written: Vec<&str> = scopes.iter().map(|s| s.as_str()).collect();
            written.sort_unstable();
            prop_assert_eq!(words, written);
        }
    }
}
