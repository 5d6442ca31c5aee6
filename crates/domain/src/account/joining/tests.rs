use super::*;

fn id(n: u8) -> AccountId {
    AccountId::parse(&format!("01890000-0000-7000-8000-0000000000{n:02}")).unwrap()
}

fn at(seconds: i64) -> Instant {
    Instant::default().plus_seconds(seconds)
}

fn ask(role: Role, by: u8) -> RoleAsk {
    RoleAsk { role, by: id(by), at: at(0), words: "runs the systems".into() }
}

fn joined(opens_at: Instant) -> Joining {
    let starts_on = jiff::civil::date(2026, 6, 9);
    Joining { employment: Employment::Student, starts_on, opens_at, by: id(1), at: at(0) }
}

#[test]
fn s_adm_10_access_opens_on_the_start_day_and_with_the_clearance() {
    let mut omar = Account::new("omar", "Omar Haddad", Role::Biller);
    assert_eq!(omar.access(at(0)), Access::Open, "from before, or made at the command line");
    omar.joining = Some(joined(at(1000)));
    assert_eq!(omar.access(at(999)), Access::Early);
    assert_eq!(omar.access(at(1000)), Access::Uncleared);
    let clearance = Clearance::NotNeeded { why: "worked here until May".into() };
    omar.cleared = Some(Cleared { clearance, by: id(1), at: at(10) });
    assert_eq!((omar.access(at(999)), omar.access(at(1000))), (Access::Early, Access::Open));
    omar.disabled_at = Some(at(2000));
    assert_eq!(omar.access(at(2000)), Access::Ended);
}

#[test]
fn s_adm_10_a_first_passphrase_works_for_three_days_from_the_start_on() {
    let mut omar = Account::new("omar", "Omar Haddad", Role::Biller);
    assert_eq!(omar.code_until(at(50)), at(50 + CODE));
    omar.joining = Some(joined(at(1000)));
    assert_eq!(omar.code_until(at(50)), at(1000 + CODE));
    assert_eq!(omar.code_until(at(5000)), at(5000 + CODE), "a new one for somebody who works here");
}

#[test]
fn s_adm_10_a_wide_role_waits_for_a_second_person() {
    let mut dana = Account::new("dana", "Dana Whitfield", Role::FrontDesk);
    assert_eq!(dana.give(ask(Role::Biller, 1), true), Given::Now);
    assert_eq!(dana.give(ask(Role::SecurityOfficial, 1), true), Given::Asked);
    assert_eq!((dana.role, dana.access(at(9))), (Role::Biller, Access::Open), "the old role stays");
    let own = id(7);
    let mut other = dana.clone();
    assert!(other.confirm(&own, &id(1), at(9)).unwrap_err().contains("you asked"));
    let mut other = dana.clone();
    assert!(other.confirm(&own, &own, at(9)).unwrap_err().contains("their own"));
    dana.confirm(&own, &id(2), at(9)).unwrap();
    assert!(dana.role == Role::SecurityOfficial && dana.is_open(at(9)) && !dana.is_given_alone());
    assert_eq!(dana.granted.as_ref().and_then(|g| g.confirmed_by.clone()), Some(id(2)));
    assert!(dana.confirm(&own, &id(2), at(9)).is_err(), "nothing waits any more");
    assert_eq!(dana.give(ask(Role::FrontDesk, 1), true), Given::Now);
    assert!(dana.granted.is_none(), "less takes one");
}

#[test]
fn s_adm_10_alone_it_is_marked_until_the_role_is_another() {
    let mut dana = Account::new("dana", "Dana Whitfield", Role::FrontDesk);
    assert_eq!(dana.give(ask(Role::PrivacyOfficial, 1), false), Given::Alone);
    assert!(dana.role == Role::PrivacyOfficial && dana.is_given_alone());
    let _ = dana.give(ask(Role::Biller, 1), false);
    assert!(!dana.is_given_alone());
}

#[test]
fn s_adm_10_a_first_role_that_is_refused_lets_nobody_in() {
    let mut nia = Account::new("nia", "Nia Cole", Role::SystemAdministrator);
    let _ = nia.give(ask(Role::SystemAdministrator, 1), true);
    assert_eq!(nia.access(at(9)), Access::Unconfirmed);
    let mut other = nia.clone();
    let _ = other.refuse_role(at(9)).unwrap();
    assert_eq!(other.access(at(9)), Access::Ended);
    nia.confirm(&id(7), &id(2), at(9)).unwrap();
    assert_eq!(nia.access(at(9)), Access::Open);
    let _ = nia.give(ask(Role::PrivacyOfficial, 1), true);
    let _ = nia.refuse_role(at(10)).unwrap();
    assert_eq!((nia.role, nia.access(at(10))), (Role::SystemAdministrator, Access::Open), "the old role stays");
}

#[test]
fn an_invitation_says_what_is_missing() {
    let zone = Zone::parse("America/New_York").unwrap();
    let now = Instant::from("2026-06-09T13:00:00Z".parse::<jiff::Timestamp>().unwrap());
    let invite = InviteForm {
        login: "Nia".into(),
        name: "Nia Cole".into(),
        role: "biller".into(),
        employment: "contractor".into(),
        starts_on: "6/15/2026".into(),
        ..InviteForm::default()
    };
    let checked = ClearanceForm {
        clearance: "checked".into(),
        checked_what: "two references".into(),
        checked_by: "Maya Ortiz".into(),
        checked_on: "6/8/2026".into(),
        checked_paper: "blue binder".into(),
        ..ClearanceForm::default()
    };
    let read = |invite: &InviteForm, cleared: &ClearanceForm| invite.read(cleared, &zone, now);
    let invited = read(&invite, &checked).unwrap();
    assert_eq!(invited.opens_at.timestamp().to_string(), "2026-06-15T04:00:00Z", "midnight at the practice");
    let later = ClearanceForm { clearance: "later".into(), ..ClearanceForm::default() };
    assert_eq!(read(&invite, &later).unwrap().clearance, None);
    assert!(later.read(zone.date(now)).is_err(), "who notes it notes it now");
    let fields = |result: Result<Invited, Vec<FieldFault>>| -> Vec<String> {
        result.unwrap_err().into_iter().map(|fault| fault.field).collect()
    };
    let wide = InviteForm { role: "privacy_official".into(), starts_on: "6/15/2029".into(), ..invite.clone() };
    assert_eq!(fields(read(&wide, &ClearanceForm::default())), ["role_words", "starts_on", "clearance"]);
    let tomorrow = ClearanceForm { checked_on: "6/10/2026".into(), checked_paper: " ".into(), ..checked };
    assert_eq!(fields(read(&invite, &tomorrow)), ["checked_on", "checked_paper"]);
    let empty = fields(read(&InviteForm::default(), &later));
    assert_eq!(empty, ["login", "name", "role", "employment", "starts_on"]);
}
