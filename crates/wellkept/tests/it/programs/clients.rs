//! Clients in the browser: registered with a ground and a public key, narrowed, shown with what they use.

use domain::access::Role;
use domain::client::ApiScope;
use http::Method;
use serde_json::json;
use store::{Tx, params, sql};
use testkit::{On, Practice, Signer, on_both};

use super::partner;
use crate::visits::book_today;

const DAY: &str = "2027-05-31";

fn form<'a>(practice: &Practice, keys: &'a str, owner: &'a str) -> Vec<(&'a str, &'a str)> {
    assert!(practice.app.clock.now().micros() > 0);
    vec![
        ("name", "Kiosk"),
        ("owner", owner),
        ("purpose", "treatment"),
        ("ground", "own_program"),
        ("expires_on", DAY),
        ("scope", "schedule.read"),
        ("keys", keys),
    ]
}

fn changed<'a>(form: &[(&'a str, &'a str)], name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(n, v)| (*n, if *n == name { value } else { *v })).collect()
}

#[test]
fn a_registration_that_says_too_little_or_too_much_is_sent_back() {
    let practice = Practice::new(On::Sqlite);
    let owner = practice.persona(Role::SecurityOfficial).account.to_string();
    let key = Signer::es384("k");
    let keys = key.jwk.to_string();
    let good = form(&practice, &keys, &owner);
    let mut private = key.jwk.clone();
    private["d"] = json!("AAAA");
    let (private, weak) = (private.to_string(), json!({"kty": "RSA", "kid": "w", "n": "wQ", "e": "AQAB"}).to_string());
    let nameless = key.jwk.to_string().replace("\"kid\":\"k\",", "");
    let off_curve = key.jwk.to_string().replacen("\"x\":\"", "\"x\":\"AAAA", 1);
    let twice = json!({"keys": [key.jwk, key.jwk]}).to_string();
    for (field, value, words) in [
        ("name", "", "fill this in"),
        ("owner", "nobody", "choose who answers"),
        ("purpose", "self_check", "choose why"),
        ("ground", "", "choose whom"),
        ("ground", "sends_only", "only sends"),
        ("expires_on", "2027-06-12", "a year from now"),
        ("expires_on", "2026-06-08", "from today"),
        ("scope", "schedule.write", "as little as does the work"),
        ("scope", "claim_file.read", "released to a partner"),
        ("keys", "hello", "not JSON"),
        ("keys", &private, "private member"),
        ("keys", &weak, "3072"),
        ("keys", &nameless, "no `kid`"),
        ("keys", &off_curve, "no point of P-384"),
        ("keys", &twice, "there twice"),
    ] {
        let answer =
            practice.as_role(Role::SecurityOfficial).post("/clients", &changed(&good, field, value)).expect(422);
        let text = answer.text().to_lowercase();
        assert!(text.contains(&words.to_lowercase()), "{field} {value}: {text}");
    }
    assert_eq!(practice.events_of("client.changed"), 0);
    let _ = practice.as_role(Role::PracticeManager).post("/clients", &good).expect(403);
    let _ = practice.as_role(Role::SecurityOfficial).post("/clients", &good).expect(303);
    let set = json!({"keys": [Signer::es384("a").jwk, Signer::rs384("b").jwk]}).to_string();
    let form = changed(&good, "keys", &set);
    let _ = practice.as_role(Role::SecurityOfficial).post("/clients", &form).expect(303);
    assert_eq!(practice.events_of("client.changed"), 2);
}

#[test]
fn s_tec_17_what_is_given_is_shown_against_what_is_used() {
    let practice = &Practice::new(On::Sqlite);
    book_today(practice);
    let caller = practice.register(&[ApiScope::ScheduleRead, ApiScope::PatientFind], "own_program");
    let token = caller.token("used", "schedule.read");
    for _ in 0..3 {
        let _ = practice.call(Method::GET, "/api/schedule", Some(&token), None).expect(200);
    }
    let path = format!("/clients/{}", caller.id);
    for role in [Role::SecurityOfficial, Role::PrivacyOfficial, Role::Auditor] {
        let page = practice.as_role(role).get(&path).expect(200).text();
        assert!(page.contains("Given, used") && page.contains("Given, never used"), "{role}: {page}");
        assert!(page.contains("<td class=\"num\">3</td>"), "{role}: {page}");
        assert!(!page.contains(&token), "no page shows a token");
        assert_eq!(page.contains("Disable"), role == Role::SecurityOfficial, "{role}");
    }
    let list = practice.as_role(Role::Auditor).get("/clients").expect(200).text();
    assert!(
        list.contains("Clearing desk") && list.contains("practice&#39;s own program") || list.contains("own program"),
        "{list}"
    );
    let log = practice.as_role(Role::SecurityOfficial).get("/audit").expect(200).text();
    assert!(log.contains("The program Clearing desk viewed the schedule"), "{log}");
    let _ = practice.as_role(Role::FrontDesk).get(&path).expect(403);
}

#[test]
fn what_is_taken_from_a_client_is_taken_from_its_tokens() {
    on_both(|practice| {
        let caller = practice.register(&[ApiScope::ScheduleRead, ApiScope::AlertWrite], "own_program");
        let owner = practice.persona(Role::SecurityOfficial).account.to_string();
        let official = practice.as_role(Role::SecurityOfficial);
        let token = caller.token("wide", "schedule.read alert.write");
        let schedule = || practice.call(Method::GET, "/api/schedule", Some(&token), None);
        let _ = schedule().expect(200);
        let mut narrow = changed(&form(practice, "", &owner), "scope", "alert.write");
        narrow.push(("version", "1"));
        let path = format!("/clients/{}", caller.id);
        let _ = official.post(&path, &narrow).expect(303);
        let _ = schedule().expect(403);
        // Somebody else still has the old form open.
        let _ = official.post(&path, &narrow).expect(409);
        // The page says so, and keys and standing were left alone.
        let page = official.get(&path).expect(200).text();
        assert!(page.contains("Taken back") && page.contains("first"), "{page}");
    });
}

#[test]
fn a_client_stops_with_its_owner_and_its_last_day() {
    let practice = &Practice::new(On::Sqlite);
    let caller = practice.register(&[ApiScope::ScheduleRead], "own_program");
    let token = caller.token("owned", "schedule.read");
    let owner = &practice.persona(Role::SecurityOfficial).account;
    let manager = practice.as_role(Role::PracticeManager);
    crate::leavers::second_official(practice);
    let form = [("end_reason", "resigned"), ("end_date", "6/9/2026"), ("end_time", "8:00 AM")];
    let _ = manager.post(&format!("/people/{owner}/end-access"), &form).expect(303);
    let answer = practice.call(Method::GET, "/api/schedule", Some(&token), None).expect(403);
    assert!(answer.text().contains("owner"), "{}", answer.text());
    let back =
        practice.as_role(Role::PracticeManager).post(&format!("/people/{owner}/enable"), &[("enable_reason", "back")]);
    let _ = back.expect(303);
    let _ = practice.call(Method::GET, "/api/schedule", Some(&caller.token("back", "schedule.read")), None).expect(200);
    practice.clock.pass(360 * 86_400);
    let said = practice.ask_token(&caller.signer.sign(&caller.claims("late")), "schedule.read").expect(400).text();
    assert!(said.contains("ended on 2027-05-31"), "{said}");
}

#[test]
fn no_client_is_told_of_a_restricted_patient_or_one_closed_to_its_owner() {
    on_both(|practice| {
        let patient = book_today(practice);
        let found = practice.patients().into_iter().find(|p| p.id == patient).unwrap();
        let caller = practice.register(&[ApiScope::PatientFind, ApiScope::ScheduleRead], "own_program");
        let sees = |jti: &str| {
            let token = caller.token(jti, "patient.find schedule.read");
            let q = json!({"q": found.birth_date.to_string()}).to_string().into_bytes();
            let find = practice.call(Method::POST, "/api/patients/find", Some(&token), Some(("application/json", q)));
            let day = practice.call(Method::GET, "/api/schedule", Some(&token), None);
            (find.expect(200).text().contains(patient.as_str()), day.expect(200).text().contains(patient.as_str()))
        };
        assert_eq!(sees("open"), (true, true));
        let set = |restricted: i64, denied: String| {
            let id = patient.clone();
            let change = move |tx: &mut Tx| {
                tx.execute(
                    sql!("UPDATE patient SET restricted = $2, denied = $3 WHERE id = $1"),
                    params![id, restricted, denied],
                )
            };
            practice.app.store.write("restrict", change).unwrap();
        };
        set(1, String::new());
        assert_eq!(sees("restricted"), (false, false));
        set(0, practice.persona(Role::SecurityOfficial).account.to_string());
        assert_eq!(sees("denied"), (false, false));
        set(0, practice.persona(Role::FrontDesk).account.to_string());
        assert_eq!(sees("another's"), (true, true));
    });
}

#[test]
fn s_tec_17_a_partners_client_gets_its_own_files_while_the_agreement_lasts() {
    on_both(|practice| {
        let theirs = partner(practice);
        let caller = practice.register(&[ApiScope::ClaimFileRead], theirs.id.as_str());
        let token = caller.token("theirs", "claim_file.read");
        let get = |path: &str, token: &str| practice.call(Method::GET, path, Some(token), None);
        let list = get("/api/claim-files", &token).expect(200).json();
        let file = list["files"][0].clone();
        let path = format!("/api/claim-files/{}", file["id"].as_str().unwrap());
        let answer = get(&path, &token).expect(200);
        assert!(answer.body.starts_with(b"ISA"), "{}", answer.text());
        assert_eq!(file["sha256"], hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&answer.body)));
        assert_eq!(file["size"], answer.body.len());
        assert!(answer.header("content-disposition").starts_with("attachment"));

        // Who is in it was released with it: what was closed since is in the partner's file too.
        let everybody = move |tx: &mut Tx| tx.execute(sql!("UPDATE patient SET restricted = 1"), &[]);
        practice.app.store.write("restrict", everybody).unwrap();
        assert_eq!(get(&path, &token).expect(200).body, answer.body);

        // Another partner sees none of them, not even by its id.
        let other =
            [("name", "Other Clearing"), ("kind", "clearinghouse"), ("agreement", "BAA-2"), ("signed_on", "1/2/2026")];
        let made = practice.as_role(Role::PrivacyOfficial).post("/partners", &other).expect(303);
        let id = made.location().strip_prefix("/partners/").unwrap().to_owned();
        let stranger = practice.register(&[ApiScope::ClaimFileRead], &id);
        let strange = stranger.token("strange", "claim_file.read");
        assert_eq!(get("/api/claim-files", &strange).expect(200).json()["files"], json!([]));
        let _ = get(&path, &strange).expect(404);

        // The agreement is looked at on every call.
        let bare = [("name", "Other Clearing"), ("kind", "clearinghouse"), ("version", "1")];
        let _ = practice.as_role(Role::PrivacyOfficial).post(&format!("/partners/{id}"), &bare).expect(303);
        let answer = get("/api/claim-files", &strange).expect(403);
        assert!(answer.text().contains("record a signed agreement"), "{}", answer.text());
        let said =
            practice.ask_token(&stranger.signer.sign(&stranger.claims("no ground")), "claim_file.read").expect(400);
        assert!(said.text().contains("record a signed agreement"), "{}", said.text());
    });
}

#[test]
fn a_client_that_changes_sides_needs_new_keys() {
    let practice = &Practice::new(On::Sqlite);
    let owner = practice.persona(Role::SecurityOfficial).account.to_string();
    let official = practice.as_role(Role::SecurityOfficial);
    let caller = practice.register(&[ApiScope::ClaimFileRead], partner(practice).id.as_str());
    let token = caller.token("theirs", "claim_file.read");
    let get = || practice.call(Method::GET, "/api/claim-files", Some(&token), None);
    let _ = get().expect(200);
    let other = [("name", "Plan"), ("kind", "health_plan"), ("exemption", "plan_for_payment")];
    let made = practice.as_role(Role::PrivacyOfficial).post("/partners", &other).expect(303);
    let plan = made.location().strip_prefix("/partners/").unwrap().to_owned();
    let (path, keys) = (format!("/clients/{}", caller.id), caller.signer.jwk.to_string());
    let edit = |scope: &'static str| {
        let form = form(practice, "", &owner);
        let form = changed(&changed(&form, "ground", &plan), "purpose", "payment");
        let mut form = changed(&form, "scope", scope);
        form.push(("version", "1"));
        official.post(&path, &form)
    };
    let refused = edit("patient.find");
    assert!(refused.text().contains("the reason why it needs none"), "{}", refused.text());
    let _ = refused.expect(409);
    let _ = get().expect(200);
    let _ = edit("claim_file.read").expect(303);
    let _ = get().expect(401);
    let old = practice.ask_token(&caller.signer.sign(&caller.claims("old key")), "claim_file.read");
    assert!(!old.status.is_success(), "the old side has the key: {}", old.text());
    let again = official.post(&format!("{path}/keys"), &[("keys", &keys), ("overlap", "0")]);
    let _ = again.expect(422);
    let next = Signer::es384("next").jwk.to_string();
    let _ = official.post(&format!("{path}/keys"), &[("keys", &next), ("overlap", "0")]).expect(303);
    let log = official.get("/audit?act=client.changed").expect(200).text();
    assert!(log.contains(&format!("ground partner {plan}")), "{log}");
}
