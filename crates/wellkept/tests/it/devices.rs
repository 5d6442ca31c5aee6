//! Where people work from: on the premises with any computer, from outside with a registered device that is known to be
//! protected, and else not at all.

use domain::access::{Action, ResourceKind, Role};
use domain::client::ApiScope;
use http::Method;
use testkit::{Answer, Browser, On, Practice, on_both};
use web::route::{Gate, Verb};
use web::{Route, routes};

use crate::visits::book_today;

/// Somebody's home: an address for documentation that is none of the practice's (RFC 5737).
const HOME: &str = "198.51.100.9";
const REFUSED: &str = "Not from here yet";
/// What an official says of a device that is protected.
const GOOD: [(&str, &str); 4] =
    [("disk", "yes"), ("lock", "yes"), ("tunnel", "yes"), ("words", "Looked at the settings with its user")];

fn register(practice: &Practice, official: &Browser<'_>, role: Role) -> (String, String) {
    let owner = practice.persona(role).account.to_string();
    let form = [("name", "Laptop 9"), ("kind", "laptop"), ("owner", owner.as_str()), ("purpose", "from home")];
    let page = official.post("/devices", &form).expect(200).text();
    let code = page.split("class=\"given\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let device = page.split("href=\"/devices/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    (format!("/devices/{device}"), code)
}

fn say(official: &Browser<'_>, device: &str, said: &[(&str, &str)]) {
    let _ = official.post(&format!("{device}/posture"), said).expect(303);
}

/// Somebody in this role at home, on a device that is registered, enrolled and protected, with the device's page.
fn at_home(practice: &Practice, role: Role) -> (Browser<'_>, String) {
    let official = practice.as_role(Role::SecurityOfficial);
    let (device, code) = register(practice, &official, role);
    say(&official, &device, &GOOD);
    let person = practice.as_role(role).at(HOME);
    let done = person.post("/devices/enrol", &[("code", &code)]).expect(303);
    (person.after(&done), device)
}

fn is_refused(answer: &Answer, missing: &str) {
    assert_eq!(answer.status.as_u16(), 403, "{}: {}", answer.asked, answer.text());
    let page = answer.text();
    assert!(page.contains(REFUSED) && page.contains(missing), "{}: no `{missing}` in {page}", answer.asked);
}

fn ask(practice: &Practice, browser: &Browser<'_>, route: &Route) -> Answer {
    let nowhere = "01900000-0000-7000-8000-000000000000";
    let path = practice.fill(route.path).unwrap_or_else(|| {
        let (start, rest) = route.path.split_once('{').unwrap();
        format!("{start}{nowhere}{}", rest.split_once('}').unwrap().1)
    });
    match route.method {
        Verb::Get => browser.get(&path),
        Verb::Post => browser.post(&path, &[]),
    }
}

fn all_events(practice: &Practice) -> i64 {
    let sql = store::sql!("SELECT CAST(count(*) AS BIGINT) AS n FROM audit_event");
    practice.app.store.read("events", |tx| tx.query_one(sql, &[])?.get("n")).unwrap()
}

#[test]
fn s_phy_06_without_a_device_no_route_of_any_role_answers_from_outside() {
    let practice = Practice::new(On::Sqlite);
    book_today(&practice);
    let names: Vec<String> = practice.patients().iter().map(|p| p.name.family.to_string()).collect();
    let (disclosed, mut walked) = (practice.events_by_patient(), 0);
    for role in Role::ALL {
        let browser = practice.as_role(*role).at(HOME);
        let (before, mut asked) = (all_events(&practice), 0);
        for route in routes().filter(|route| matches!(route.gate, Gate::Session(..))) {
            let answer = ask(&practice, &browser, route);
            is_refused(&answer, "this browser is not one of a device");
            let page = answer.text();
            assert!(!page.contains("class=\"rail\"") && !page.contains("/people"), "{}: {page}", answer.asked);
            let shown = names.iter().find(|name| page.contains(name.as_str()));
            assert_eq!(shown, None, "{}", answer.asked);
            asked += 1;
        }
        // Each refusal is on record, and nothing else happened.
        assert_eq!(all_events(&practice) - before, asked, "{role}");
        walked += asked;
        // A part of a page says so, too.
        is_refused(&browser.partial().get("/"), "this browser is not one of a device");
    }
    assert!(walked > 800, "{walked} requests");
    assert_eq!(practice.events_by_patient(), disclosed, "nobody's record was shown or changed");
    assert!(practice.events_of("access.denied") >= walked);
}

/// The routes that leave paper or a file with whoever asks, and whether a role is granted them outside.
fn taken(route: &Route, role: Role) -> Option<bool> {
    let prints = route.path.ends_with("/print");
    prints.then_some(role == Role::PracticeManager)
}

#[test]
fn s_phy_06_with_a_device_a_role_does_its_work_and_prints_only_where_it_is_granted() {
    let practice = Practice::new(On::Sqlite);
    book_today(&practice);
    let (mut wrong, mut refused) = (Vec::new(), 0);
    for role in Role::ALL {
        let (home, _) = at_home(&practice, *role);
        let inside = practice.as_role(*role);
        for route in routes().filter(|r| r.method == Verb::Get && matches!(r.gate, Gate::Session(..))) {
            let (here, there) = (ask(&practice, &inside, route), ask(&practice, &home, route));
            let (mut expect, may) = (here.status.as_u16(), taken(route, *role));
            if may == Some(false) {
                expect = 403;
                refused += i32::from(here.status.is_success());
            }
            let page = there.text();
            if there.status.as_u16() != expect || page.contains(REFUSED) {
                wrong.push(format!("{role} {}: {} inside, {} outside", route.path, here.status, there.status));
            }
            // A button that is refused is no button.
            if *role != Role::PracticeManager && page.contains("/print") {
                wrong.push(format!("{role} {} offers to print", route.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused >= 10, "{refused} printed pages were refused outside that open inside");
}

/// S-PHY-07, too: what is not saved elsewhere does not lie there.
#[test]
fn s_phy_06_files_are_saved_on_the_premises_only() {
    on_both(|practice| {
        let clerk = practice.as_role(Role::Biller);
        let (home, _) = at_home(practice, Role::Biller);
        let exports = practice.events_of("export.begun");
        let mut files = 0;
        for route in routes().filter(|r| r.path.ends_with("/file") || r.path.ends_with("/raw")) {
            let Some(path) = practice.fill(route.path) else { continue };
            let answer = home.post(&path, &[]).expect(403);
            assert!(answer.text().contains("paper and files stay where you are"), "{}", answer.text());
            let answer = clerk.post(&path, &[]);
            files += i32::from(answer.header("content-disposition").starts_with("attachment"));
        }
        assert!(files >= 2, "{files} files were saved on the premises");
        assert_eq!(practice.events_of("export.begun") - exports, i64::from(files));
        let batch = practice.fill("/claims/batches/{id}").unwrap();
        assert!(clerk.get(&batch).expect(200).text().contains("Save the file"));
        assert!(!home.get(&batch).expect(200).text().contains("Save the file"));
    });
}

#[test]
fn s_phy_06_what_is_missing_is_said_until_nothing_is() {
    on_both(|practice| {
        let official = practice.as_role(Role::SecurityOfficial);
        let biller = practice.as_role(Role::Biller).at(HOME);
        is_refused(&biller.get("/"), "this browser is not one of a device that is registered for you");
        let (device, code) = register(practice, &official, Role::Biller);
        let _ = biller.post("/devices/enrol", &[("code", "aaaa-bbbb-cccc-dddd")]).expect(422);
        is_refused(&biller.get("/claims"), "this browser is not one of a device");
        // Typed as people type: no dashes, capitals.
        let typed = code.replace('-', " ").to_uppercase();
        let biller = {
            let done = biller.post("/devices/enrol", &[("code", &typed)]).expect(303);
            biller.after(&done)
        };
        is_refused(&biller.get("/claims"), "nobody has said yet how this device is protected");
        say(&official, &device, &[GOOD[0], ("lock", "no"), ("tunnel", "unknown"), GOOD[3]]);
        is_refused(&biller.get("/claims"), "lacks screen lock and VPN or zero trust");
        say(&official, &device, &GOOD);
        let page = biller.get("/claims").expect(200).text();
        assert!(page.contains("class=\"rail\""), "{page}");
        // The event of the look names the device.
        let id = device.rsplit('/').next().unwrap();
        assert_eq!(practice.events_of("device.enrolled"), 2, "a wrong code and a right one");
        is_refused(&biller.at("203.0.113.5").without_device().get("/claims"), "this browser is not one of a device");
        let page = official.get(&device).expect(200).text();
        assert!(page.contains("May be used") && page.contains("Looked at the settings with its user"), "{page}");
        assert!(official.get("/devices").expect(200).text().contains(id));
    });
}

#[test]
fn s_phy_06_a_code_is_its_owners_works_once_and_for_a_day() {
    let practice = Practice::new(On::Sqlite);
    let official = practice.as_role(Role::SecurityOfficial);
    let (_, code) = register(&practice, &official, Role::Biller);
    let clinician = practice.as_role(Role::Clinician).at(HOME);
    let _ = clinician.post("/devices/enrol", &[("code", &code)]).expect(422);
    let biller = practice.as_role(Role::Biller).at(HOME);
    let _ = biller.post("/devices/enrol", &[("code", &code)]).expect(303);
    let again = practice.as_role(Role::Biller).at(HOME);
    let _ = again.post("/devices/enrol", &[("code", &code)]).expect(422);
    let (_, old) = register(&practice, &official, Role::Biller);
    practice.clock.pass(24 * 3600 + 1);
    let late = practice.as_role(Role::Biller).at(HOME);
    let _ = late.post("/devices/enrol", &[("code", &old)]).expect(422);
    // Guesses are paid for like every other.
    for _ in 0..5 {
        let _ = late.post("/devices/enrol", &[("code", "zzzz")]);
    }
    let _ = late.post("/devices/enrol", &[("code", "zzzz")]).expect(429);
    assert_eq!(practice.anonymous().get("/devices/enrol").location(), "/sign-in");
}

#[test]
fn s_phy_06_a_session_that_is_carried_outside_is_refused_with_the_next_request() {
    on_both(|practice| {
        let browser = practice.as_role(Role::Clinician);
        let _ = browser.get("/schedule").expect(200);
        let browser = browser.at(HOME);
        is_refused(&browser.get("/schedule"), "this browser is not one of a device");
        is_refused(&browser.post("/charges/start", &[]), "this browser is not one of a device");
        // What a browser says of itself is no address.
        let browser = browser.saying("x-forwarded-for", "192.0.2.7").saying("forwarded", "for=192.0.2.7");
        is_refused(&browser.get("/schedule"), "this browser is not one of a device");
        let _ = browser.at("192.0.2.200").get("/schedule").expect(200);
    });
}

#[test]
fn s_phy_06_a_device_serves_its_owner_and_while_its_posture_is_fresh() {
    let practice = Practice::new(On::Sqlite);
    let (biller, _) = at_home(&practice, Role::Biller);
    let other = practice.as_role(Role::Clinician).on_the_device_of(&biller);
    is_refused(&other.get("/schedule"), "this device is registered for somebody else");
    practice.clock.pass(89 * 86_400);
    let later = practice.as_role(Role::Biller).on_the_device_of(&biller);
    let _ = later.get("/claims").expect(200);
    practice.clock.pass(86_400 + 60);
    let stale = practice.as_role(Role::Biller).on_the_device_of(&biller);
    is_refused(&stale.get("/claims"), "what is known of this device's protection is too old");
}

#[test]
fn s_phy_06_the_end_of_a_registration_ends_its_sessions_at_once() {
    on_both(|practice| {
        let (biller, device) = at_home(practice, Role::Biller);
        let inside = practice.as_role(Role::Biller);
        let _ = biller.get("/claims").expect(200);
        let official = practice.as_role(Role::SecurityOfficial);
        let _ = official.post(&format!("{device}/end"), &[]).expect(422);
        let _ = official.post(&format!("{device}/end"), &[("reason", "stolen from a car")]).expect(303);
        assert_eq!(biller.get("/claims").location(), "/sign-in");
        let _ = inside.get("/claims").expect(200);
        let again = practice.as_role(Role::Biller).on_the_device_of(&biller);
        is_refused(&again.get("/claims"), "this browser is not one of a device");
        let page = official.get(&device).expect(200).text();
        assert!(page.contains("Registration ended") && !page.contains("Say how it is protected"), "{page}");
        let _ = official.post(&format!("{device}/code"), &[]).expect(409);
    });
}

#[test]
fn s_phy_06_a_leavers_devices_end_with_the_rest() {
    on_both(|practice| {
        let (_, device) = at_home(practice, Role::Biller);
        let manager = practice.as_role(Role::PracticeManager);
        let bea = &practice.persona(Role::Biller).account;
        assert!(manager.get(&format!("/people/{bea}")).expect(200).text().contains("Laptop 9"));
        let form = [("end_reason", "resigned"), ("end_date", "6/9/2026"), ("end_time", "8:00 AM")];
        let _ = manager.post(&format!("/people/{bea}/end-access"), &form).expect(303);
        assert!(manager.get(&device).expect(200).text().contains("Registration ended"));
        assert!(!manager.get(&format!("/people/{bea}")).expect(200).text().contains("Laptop 9"));
    });
}

#[test]
fn s_phy_06_networks_are_named_by_the_security_official_with_a_fresh_factor() {
    on_both(|practice| {
        let official = practice.as_role(Role::SecurityOfficial);
        let page = official.get("/devices").expect(200).text();
        assert!(page.contains("Main Street") && page.contains("192.0.2.0/24"), "{page}");
        let version =
            |page: &str| page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let form = official.get("/devices/networks").expect(200).text();
        let send = |own: &str, more: &[(&str, &str)]| {
            let version = version(&form);
            let form = [&[("version", version.as_str()), ("own", own)], more].concat();
            official.post("/devices/networks", &form)
        };
        let page = send("198.51.100.0/24 Elm", &[]).expect(422).text();
        assert!(page.contains("you would shut yourself out") && page.contains("198.51.100.0/24 Elm"), "{page}");
        assert!(send("0.0.0.0/0 All", &[]).expect(422).text().contains("large part of the Internet"));
        practice.clock.pass(301);
        let page = send("192.0.2.0/24 Main Street\n198.51.100.0/24 Elm", &[]).expect(403).text();
        assert!(page.contains("step_up_code"), "{page}");
        let code = practice.code(Role::SecurityOfficial);
        let _ = send("192.0.2.0/24 Main Street\n198.51.100.0/24 Elm", &[("step_up_code", &code)]).expect(303);
        assert_eq!(practice.events_of("network.changed"), 1);
        let _ = practice.as_role(Role::Biller).at(HOME).get("/claims").expect(200);
        let manager = practice.as_role(Role::PracticeManager);
        assert!(!manager.get("/devices").expect(200).text().contains("/devices/networks"));
        let _ = manager.get("/devices/networks").expect(403);
        let _ = manager.post("/devices/networks", &[("version", "2")]).expect(403);
    });
}

/// The use cases refuse by themselves: the edge is not the only guard.
#[test]
fn s_phy_06_the_policies_refuse_it_where_the_edge_would_not() {
    let practice = Practice::new(On::Sqlite);
    let outside = domain::device::Origin::Unknown(domain::device::Missing::Stale);
    for role in Role::ALL {
        for action in Action::ALL {
            for resource in
                [app::access::Resource::Practice, app::access::Resource::Compliance, app::access::Resource::AuditLog]
            {
                let request = app::access::Request {
                    account: practice.persona(*role).account.clone(),
                    role: *role,
                    disabled: false,
                    mfa: true,
                    emergency: true,
                    origin: outside.clone(),
                    action: *action,
                    resource,
                };
                let decision = practice.app.policies.decide(&request);
                assert!(matches!(decision, app::access::Decision::Denied(_)), "{role} {action}");
            }
        }
    }
    assert!(practice.app.role_may(Role::Biller, Action::ClaimView, ResourceKind::Practice), "on the premises it may");
}

/// What opens a way in is shown once and kept as a hash.
#[test]
fn s_phy_06_a_code_is_kept_hashed() {
    let practice = Practice::new(On::Sqlite);
    let official = practice.as_role(Role::SecurityOfficial);
    let (device, code) = register(&practice, &official, Role::Biller);
    let id = device.rsplit('/').next().unwrap().to_owned();
    let body =
        practice.app.store.read("device", |tx| store::directory::one::<domain::device::Device>(tx, &id)).unwrap();
    let kept = serde_json::to_string(&body.value).unwrap();
    assert!(!kept.contains(&code) && !kept.contains(&code.replace('-', "")), "{kept}");
}

#[test]
fn s_phy_06_a_program_says_how_a_device_stands_for_seven_days() {
    on_both(|practice| {
        let official = practice.as_role(Role::SecurityOfficial);
        let (device, code) = register(practice, &official, Role::Biller);
        let biller = practice.as_role(Role::Biller).at(HOME);
        let done = biller.post("/devices/enrol", &[("code", &code)]).expect(303);
        let biller = biller.after(&done);
        let caller = practice.register(&[ApiScope::PostureWrite], "sends_only");
        let token = caller.token("posture", "posture.write");
        let report = |path: &str, seconds: i64, more: serde_json::Value| {
            let at = practice.app.clock.now().plus_seconds(seconds).to_string();
            let mut body = serde_json::json!({ "observed_at": at, "disk_encrypted": true, "screen_locks": true });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let body = ("application/json", body.to_string().into_bytes());
            practice.call(Method::POST, &format!("/api{path}/posture"), Some(&token), Some(body))
        };
        let tunnel = serde_json::json!({ "tunnel_on": true });
        let _ = report("/devices/01900000-0000-7000-8000-000000000000", 0, tunnel.clone()).expect(404);
        let _ = report(&device, 3600, tunnel.clone()).expect(409);
        let _ = report(&device, -60, serde_json::json!({})).expect(201);
        is_refused(&biller.get("/claims"), "lacks VPN or zero trust");
        let _ = report(&device, -30, tunnel.clone()).expect(201);
        let _ = biller.get("/claims").expect(200);
        // What was seen before is no news.
        let _ = report(&device, -120, serde_json::json!({})).expect(409);
        let page = official.get(&device).expect(200).text();
        assert!(page.contains("the program") && page.contains("May be used"), "{page}");
        practice.clock.pass(7 * 86_400);
        let later = practice.as_role(Role::Biller).on_the_device_of(&biller);
        is_refused(&later.get("/claims"), "too old");
    });
}

/// Every file of the practice's folder, by its path.
fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    all.sort();
    all
}

#[test]
fn s_phy_07_a_file_leaves_by_a_form_once_asked_for_and_lies_nowhere_after() {
    let practice = Practice::new(On::Sqlite);
    let mut saved = 0;
    let before = files(practice.folder());
    for route in routes().filter(|r| r.path.ends_with("/file") || r.path.ends_with("/raw")) {
        assert_eq!(
            route.method,
            Verb::Post,
            "{}: a link to a file could be kept, sent on or fetched ahead",
            route.path
        );
        let Some(path) = practice.fill(route.path) else { continue };
        let (begun, ended) = (practice.events_of("export.begun"), practice.events_of("export.ended"));
        let biller = practice.as_role(Role::Biller);
        practice.clock.pass(301);
        assert!(biller.post(&path, &[]).expect(403).text().contains("step_up_code"), "{path}");
        assert_eq!(practice.events_of("export.begun"), begun, "{path}: nothing left yet");
        let file = practice.as_role(Role::Biller).post(&path, &[]).expect(200);
        assert_eq!(file.header("cache-control"), "no-store", "{path}");
        assert!(file.header("content-disposition").starts_with("attachment; filename=\""), "{path}");
        assert!(!file.body.is_empty());
        assert_eq!(practice.events_of("export.begun") - begun, 1, "{path}");
        assert_eq!(practice.events_of("export.ended") - ended, 1, "{path}");
        saved += 1;
    }
    assert!(saved >= 2, "{saved} kinds of file");
    assert_eq!(files(practice.folder()), before, "no copy stays behind");
}
