//! A browser without a socket: requests go straight into the router.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::body::Body;
use domain::id::PatientId;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};

use crate::practice::{Practice, SOURCE};

const FORM: &str = "application/x-www-form-urlencoded";

/// Somebody's browser.
pub struct Browser<'p> {
    practice: &'p Practice,
    cookie: Option<String>,
    device: Option<String>,
    source: &'static str,
    csrf: String,
    partial: bool,
    says: Vec<(&'static str, &'static str)>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The request, for messages.
    pub asked: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it was before packing.
    pub body: Vec<u8>,
}

impl<'p> Browser<'p> {
    pub(crate) fn anonymous(practice: &'p Practice) -> Self {
        Self {
            practice,
            cookie: None,
            device: None,
            source: SOURCE,
            csrf: String::new(),
            partial: false,
            says: Vec::new(),
        }
    }

    pub(crate) fn signed_in(practice: &'p Practice, token: &str, csrf: String) -> Self {
        Self { cookie: Some(format!("__Host-session={token}")), csrf, ..Self::anonymous(practice) }
    }

    /// The same browser with the session's cookie that the answer brought, if it did.
    #[must_use]
    pub fn after(mut self, answer: &Answer) -> Self {
        let set = |name: &str| {
            let cookies = answer.headers.get_all(SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
            cookies.filter_map(|c| c.split(';').next()).find(|c| c.starts_with(name)).map(str::to_owned)
        };
        self.cookie = set("__Host-session=").or(self.cookie);
        self.device = set("__Host-device=").or(self.device);
        self
    }

    /// The same browser carried elsewhere: its requests come from this address.
    #[must_use]
    pub fn at(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// This session in the browser of that one's device: its cookie, and where it is.
    #[must_use]
    pub fn on_the_device_of(mut self, other: &Self) -> Self {
        (self.device, self.source) = (other.device.clone(), other.source);
        self
    }

    /// The same browser without the cookie of its device.
    #[must_use]
    pub fn without_device(mut self) -> Self {
        self.device = None;
        self
    }

    /// The same browser with every cookie that the answer set, and without those that it took away.
    #[must_use]
    pub fn keeping(mut self, answer: &Answer) -> Self {
        let own = self.cookie.iter().flat_map(|cookies| cookies.split("; ")).map(str::to_owned);
        let mut jar: BTreeMap<String, String> =
            own.filter_map(|pair| pair.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned()))).collect();
        for set in answer.headers.get_all(SET_COOKIE).iter().filter_map(|v| v.to_str().ok()) {
            let (name, value) = set.split(';').next().and_then(|pair| pair.split_once('=')).unwrap();
            jar.insert(name.to_owned(), value.to_owned());
        }
        let pairs: Vec<String> = jar.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| format!("{n}={v}")).collect();
        self.cookie = Some(pairs.join("; ")).filter(|pairs| !pairs.is_empty());
        self
    }

    /// The same browser asking for parts of pages, as htmx does.
    #[must_use]
    pub fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// The same browser with another token against forged requests.
    #[must_use]
    pub fn with_csrf(mut self, csrf: &str) -> Self {
        csrf.clone_into(&mut self.csrf);
        self
    }

    /// The same browser with one more header in each request.
    #[must_use]
    pub fn saying(mut self, name: &'static str, value: &'static str) -> Self {
        self.says.push((name, value));
        self
    }

    /// The token that this session's forms carry.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Asks for a page.
    pub fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "", Vec::new())
    }

    /// Sends a form with the session's token.
    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let token = ("csrf", self.csrf.as_str());
        let text = form.iter().chain([&token]).fold(String::new(), |mut text, (name, value)| {
            let _ = write!(text, "{}{}={}", if text.is_empty() { "" } else { "&" }, encode(name), encode(value));
            text
        });
        self.send(Method::POST, path, FORM, text.into_bytes())
    }

    /// Sends one file as a form with a file field does.
    pub fn upload(&self, path: &str, field: &str, name: &str, bytes: &[u8]) -> Answer {
        let line = "wellkept-test-line";
        let mut body = format!("--{line}\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n", self.csrf);
        let _ = write!(
            body,
            "--{line}\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        let body = [body.as_bytes(), bytes, format!("\r\n--{line}--\r\n").as_bytes()].concat();
        self.send(Method::POST, path, &format!("multipart/form-data; boundary={line}"), body)
    }

    /// Sends anything at all.
    pub fn send(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let asked = format!("{method} {path}");
        let mut request = Request::builder().method(method).uri(path);
        if !kind.is_empty() {
            request = request.header(CONTENT_TYPE, kind);
        }
        for cookie in [&self.cookie, &self.device].into_iter().flatten() {
            request = request.header(COOKIE, cookie);
        }
        if self.partial {
            request = request.header("hx-request", "true");
        }
        let request = self.says.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(Body::from(body)).unwrap();
        self.practice.answer(asked, Practice::came_from(request, self.source))
    }
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// Where it sends the browser, or nothing.
    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// Stops the test unless the status is this one.
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}\n{}", self.asked, self.text());
        self
    }

    /// The patient whose page it sends the browser to.
    pub fn patient(&self) -> PatientId {
        let id = self.location().strip_prefix("/patients/").unwrap_or_default();
        PatientId::parse(id).unwrap_or_else(|e| panic!("{}: {e}\n{}", self.asked, self.text()))
    }
}

/// Percent encoding of a form's name or value.
pub(crate) fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}
