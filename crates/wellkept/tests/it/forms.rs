//! What people type, paste and send that no form expects: a clear answer, nothing stored wrongly, nothing lost.

use domain::access::Role;
use http::Method;
use testkit::{On, Practice, on_both};

const FORM: &str = "application/x-www-form-urlencoded";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn person<'a>(family: &'a str, born: &'a str) -> [(&'a str, &'a str); 5] {
    [("family", family), ("given", "Nadia"), ("birth_date", born), ("sex", "F"), ("city", "Dayton & Sons")]
}

#[test]
fn dates_that_cannot_be_are_refused_and_everything_typed_is_kept() {
    let practice = Practice::new(On::Sqlite);
    let desk = practice.as_role(Role::FrontDesk);
    let people = practice.patients();
    for born in [
        "2/30/2001",
        "13/13/2001",
        "2001-02-29",
        "6/9/2199",
        "6/9/1684",
        "yesterday",
        "0000-00-00",
        "",
        "99999999999999999999",
    ] {
        let page = desk.post("/patients", &person("Quetzal", born)).expect(422).text();
        let kept =
            [format!(r#"value="{born}""#), r#"value="Quetzal""#.to_owned(), r#"value="Dayton &amp; Sons""#.to_owned()];
        for value in kept.iter().filter(|v| *v != r#"value="""#) {
            assert!(page.contains(value), "{born}: no {value} in {page}");
        }
        assert!(page.contains(r#"name="birth_date""#) && page.contains(r#"aria-invalid="true""#), "{born}: {page}");
    }
    assert_eq!(practice.patients(), people);
}

#[test]
fn names_that_would_break_a_page_a_statement_or_a_file_are_kept_as_typed_or_refused_whole() {
    on_both(|practice| {
        let desk = practice.as_role(Role::FrontDesk);
        let names = [
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "Robert'); DROP TABLE patient;--",
            "O'Malley\" OR \"1\"=\"1",
            "Smith*Jones~ISA:99^",
            "&amp;lt;b&gt;",
            "${{7*7}} {{name}} %s",
            "Zażółć 李 \u{1F600}",
        ];
        let people = practice.patients().len();
        let mut stored = 0;
        for name in names {
            let answer = desk.post("/patients", &person(name, "6/9/1984"));
            let page = match answer.status.as_u16() {
                303 => {
                    stored += 1;
                    let id = answer.patient();
                    let kept = practice.patients().into_iter().find(|p| p.id == id).unwrap();
                    assert_eq!(kept.name.family.as_str(), name, "stored as typed");
                    let list = desk.get("/patients?q=nadia").expect(200).text();
                    assert!(list.contains(&escape(name)), "{name}: {list}");
                    desk.get(answer.location()).expect(200).text()
                }
                422 => answer.text(),
                other => panic!("{name}: {other}\n{}", answer.text()),
            };
            assert!(page.contains(&escape(name)), "{name} is not on {page}");
            assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{page}");
        }
        assert_eq!(practice.patients().len(), people + stored);
    });
}

#[test]
fn a_nul_is_refused_on_both_engines() {
    on_both(|practice| {
        let desk = practice.as_role(Role::FrontDesk);
        let people = practice.patients();
        for field in ["family", "city", "phone", "sure", "payer", "state"] {
            let form: Vec<_> = person("Quetzal", "6/9/1984")
                .into_iter()
                .filter(|(n, _)| *n != field)
                .chain([(field, "Nu\0l")])
                .collect();
            let answer = desk.post("/patients", &form);
            assert!(answer.status.is_client_error() || field == "sure", "{field}: {}", answer.status);
        }
        for path in ["/patients?q=nu%00l", "/schedule?date=%00", "/schedule?location=%00"] {
            let answer = desk.get(path);
            assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
        }
        let answer = desk.post("/find", &[("q", "nu\0l")]);
        assert!(!answer.status.is_server_error(), "{}", answer.status);
        let before = practice.patients().len();
        assert!(before <= people.len() + 1);
    });
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read_whole() {
    let practice = Practice::new(On::Sqlite);
    let desk = practice.as_role(Role::FrontDesk);
    let large = "x".repeat(1024 * 1024 + 1);
    let page = desk.post("/patients", &person(&large, "6/9/1984")).expect(400).text();
    assert!(page.contains("the form is too large"), "{page}");
    let page = desk.upload("/patients", "file", "era.835", &vec![b'x'; 64 * 1024 * 1024 + 1]).expect(400).text();
    assert!(page.contains("64 MB"), "{page}");
    let long = "x".repeat(70_000);
    let page = desk.post("/patients", &person(&long, "6/9/1984")).expect(422).text();
    assert!(page.contains(&long), "a name that is too long is kept for mending");
}

#[test]
fn a_strangers_upload_is_turned_away_before_it_is_read() {
    let practice = Practice::new(On::Sqlite);
    // Had it been read, its size would be the complaint.
    let large = vec![b'x'; 64 * 1024 * 1024 + 1];
    let answer = practice.anonymous().upload("/payments", "file", "era.835", &large).expect(303);
    assert_eq!(answer.location(), "/sign-in");
}

#[test]
fn what_is_no_form_or_no_unicode_is_refused() {
    let practice = Practice::new(On::Sqlite);
    let desk = practice.as_role(Role::FrontDesk);
    let people = practice.patients();
    let signed = |bytes: &[u8]| [bytes, b"&csrf=", desk.csrf().as_bytes()].concat();
    let latin = signed(b"family=Nu\xf1ez&given=Nadia&birth_date=6/9/1984&sex=F");
    let escaped = signed(b"family=Nu%F1ez&given=Nadia&birth_date=6/9/1984&sex=F");
    let bodies = [
        (FORM, latin),
        (FORM, escaped),
        (FORM, vec![0xff; 300]),
        ("multipart/form-data", b"no boundary".to_vec()),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken".to_vec()),
        ("application/json", br#"{"family":"Quetzal"}"#.to_vec()),
        ("text/plain", b"family=Quetzal".to_vec()),
        ("", b"family=Quetzal".to_vec()),
    ];
    for (kind, body) in bodies {
        let answer = desk.send(Method::POST, "/patients", kind, body);
        assert!(matches!(answer.status.as_u16(), 400 | 403 | 422), "{kind}: {}", answer.status);
    }
    assert_eq!(practice.patients(), people);
}
