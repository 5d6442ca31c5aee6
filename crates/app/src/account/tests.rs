use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::account::leaving::EndForm;
use domain::account::{ABSOLUTE, SessionState, throttle};
use domain::{Clock, Instant};

use super::*;
use crate::{Error, SessionSeen, fixture};

mod leavers;
mod passkeys;
mod people;
mod sessions;
mod sign_in;

/// A clock that stands until it is moved.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::Relaxed))
    }
}

const HOME: Knock<'static> = Knock { source: "192.0.2.10", device: None, agent: "" };
const PASSWORD: &str = "seven green lamps";

struct Practice {
    app: App,
    hands: Arc<Hands>,
    folder: tempfile::TempDir,
}

/// A person who has enrolled, as the person's own things: the account, the seed, the codes, the browser's cookies.
#[derive(Clone)]
struct Dana {
    id: AccountId,
    login: String,
    secret: String,
    recovery: Vec<String>,
    session: SignedIn,
}

impl Practice {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hands = Arc::new(Hands(AtomicI64::new(fixture::START)));
        let app = fixture::app(folder.path(), fixture::key(folder.path()), hands.clone());
        let zone = domain::place::Zone::parse("UTC").unwrap();
        app.found_practice(&crate::practice::Facts { name: "Northside".into(), zone, synthetic: None }, None).unwrap();
        Self { app, hands, folder }
    }

    fn pass(&self, seconds: i64) {
        self.hands.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    fn created(&self, login: &str, role: &str) -> Created {
        let new = NewAccount { login: login.into(), name: "Dana Whitfield".into(), role: role.into() };
        self.app.create_account_by_system("test", &new, false).unwrap()
    }

    /// Makes an account and takes it through enrolment, half an hour before the test begins.
    fn person(&self, login: &str, role: &str) -> Dana {
        let created = self.created(login, role);
        let SignIn::Enrol(ticket) = self.app.sign_in(login, &created.passphrase, HOME).unwrap() else {
            panic!("the first sign-in enrols")
        };
        let offer = self.app.enrolment(&ticket, "Northside").unwrap().unwrap();
        let code = self.code(&offer.secret);
        let Enrolled::In(session, recovery) = self.app.enrol(&ticket, &code, PASSWORD, HOME).unwrap() else {
            panic!("the code is right")
        };
        Dana { id: created.id, login: login.to_owned(), secret: offer.secret, recovery, session }
    }

    /// Ends somebody's access: employment ended ten minutes ago, at the practice.
    fn ends(&self, cx: &crate::Cx, id: &AccountId, reason: &str) -> crate::Result<()> {
        let left = self.hands.now().plus_seconds(-600).timestamp().to_zoned(jiff::tz::TimeZone::UTC);
        let form = EndForm {
            end_reason: reason.into(),
            end_date: left.date().to_string(),
            end_time: left.strftime("%H:%M").to_string(),
            ..EndForm::default()
        };
        self.app.end_access(cx, id, &form)
    }

    fn code(&self, secret: &str) -> String {
        code_at(&unbase32(secret), totp::step_at(self.hands.now()))
    }

    fn ticket(&self, dana: &Dana, from: Knock<'_>) -> String {
        match self.app.sign_in(&dana.login, PASSWORD, from).unwrap() {
            SignIn::Code(ticket) => ticket,
            _ => panic!("the password is right"),
        }
    }

    fn signs_in(&self, dana: &Dana, from: Knock<'_>) -> SignedIn {
        let ticket = self.ticket(dana, from);
        match self.app.sign_in_code(&ticket, &self.code(&dana.secret), from).unwrap() {
            CodeAnswer::In(signed) => signed,
            _ => panic!("the code is right"),
        }
    }

    fn open(&self, token: &str) -> Option<SessionSeen> {
        self.app.session_open(token, HOME, true).unwrap()
    }

    fn state(&self, token: &str) -> Option<SessionState> {
        self.app.session_open(token, HOME, false).unwrap().map(|seen| seen.state)
    }

    /// How often the log has this act.
    fn events(&self, act: Act) -> usize {
        let name = act.as_str();
        let rows = self.app.store.read("events", |tx| {
            tx.query(store::sql!("SELECT act FROM audit_event WHERE act = $1"), store::params![name])
        });
        rows.unwrap().len()
    }
}

fn unbase32(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for c in text.bytes() {
        let five = if c.is_ascii_uppercase() { c - b'A' } else { c - b'2' + 26 };
        held = ((held << 5) | u32::from(five)) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((held >> bits) & 0xff).unwrap());
        }
    }
    out
}
