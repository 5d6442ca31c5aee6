//! One connection of one browser: HTTP/1.1 over TLS, cookies, and the token that forms carry.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use flate2::read::GzDecoder;
use rustls::{ClientConnection, StreamOwned};

use crate::error::Error;
use crate::person::Person;
use crate::server::Site;

/// A server that has said nothing for so long has stopped.
const PATIENCE: Duration = Duration::from_secs(30);

type Stream = BufReader<StreamOwned<ClientConnection, TcpStream>>;

/// A browser with one connection, which is opened at the first request and kept.
pub struct Browser {
    site: Site,
    stream: Option<Stream>,
    cookies: BTreeMap<String, String>,
    csrf: String,
    /// The API token of a program; a person has none.
    bearer: Option<String>,
}

/// What came back, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Where it sends the browser; empty when nowhere.
    pub location: String,
    /// The body as it came over the wire.
    pub body: Vec<u8>,
    /// Bytes of the head.
    pub head: usize,
    packed: bool,
}

impl Answer {
    /// The body as text, unpacked.
    pub fn text(&self) -> String {
        if !self.packed {
            return String::from_utf8_lossy(&self.body).into_owned();
        }
        let mut text = Vec::new();
        // Half a body is no body; the caller looks for something in it and does not find it.
        let _ = GzDecoder::new(self.body.as_slice()).read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// The value of the first form field, or the content of the page's own note, of this name.
    pub fn field(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, after) = text.split_once(&format!("name=\"{name}\""))?;
        let (tag, _) = after.split_once('>')?;
        let (_, value) = tag.split_once("value=\"").or_else(|| tag.split_once("content=\""))?;
        value.split_once('"').map(|(value, _)| value.to_owned())
    }

    /// Every id that stands in the page behind `before`, as in links to `/patients/ID`; each once, in order.
    pub fn ids(&self, before: &str) -> Vec<String> {
        let text = self.text();
        let mut ids: Vec<String> = Vec::new();
        for part in text.split(before).skip(1) {
            let id: String = part.chars().take_while(|c| c.is_ascii_hexdigit() || *c == '-').collect();
            if id.len() == 36 && !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

impl Browser {
    /// A browser of nobody.
    pub fn new(site: &Site) -> Self {
        Self { site: site.clone(), stream: None, cookies: BTreeMap::new(), csrf: String::new(), bearer: None }
    }

    /// A browser that has this session's cookie.
    pub fn with_session(site: &Site, token: &str) -> Self {
        let mut browser = Self::new(site);
        browser.cookies.insert("__Host-session".to_owned(), token.to_owned());
        browser
    }

    /// A program with this API token.
    pub fn with_bearer(site: &Site, token: &str) -> Self {
        Self { bearer: Some(token.to_owned()), ..Self::new(site) }
    }

    /// The same browser's next connection, to this address of the same practice: it shares the cookies.
    #[must_use]
    pub fn beside(&self, site: &Site) -> Self {
        Self { site: site.clone(), stream: None, cookies: self.cookies.clone(), csrf: self.csrf.clone(), bearer: None }
    }

    /// Signs in with both factors, at so many seconds since 1970. A code works once.
    pub fn sign_in(&mut self, person: &Person, seconds: u64) -> Result<(), Error> {
        self.post("/sign-in", &[("login", &person.login), ("password", &person.password)])?;
        self.post("/sign-in/code", &[("code", &person.code(seconds))])?;
        let home = self.get("/")?;
        self.csrf = home.field("csrf").unwrap_or_default();
        if home.status == 200 && !self.csrf.is_empty() {
            return Ok(());
        }
        Err(Error::Refused(format!("`{}` was not let in: status {}", person.login, home.status)))
    }

    /// Asks for a page.
    pub fn get(&mut self, path: &str) -> Result<Answer, Error> {
        self.ask("GET", path, "")
    }

    /// Sends a form with the session's token.
    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Result<Answer, Error> {
        let mut body = format!("csrf={}", encode(&self.csrf));
        for (name, value) in form {
            let _ = write!(body, "&{}={}", encode(name), encode(value));
        }
        self.ask("POST", path, &body)
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<Answer, Error> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\naccept-encoding: gzip\r\n", self.site.host());
        if let Some(token) = &self.bearer {
            let _ = write!(request, "authorization: Bearer {token}\r\n");
        }
        if !cookies.is_empty() {
            let _ = write!(request, "cookie: {}\r\n", cookies.join("; "));
        }
        if method == "POST" {
            let _ = write!(
                request,
                "content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
                body.len()
            );
        }
        let _ = write!(request, "\r\n{body}");
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(self.site.connect(PATIENCE)?),
        };
        stream.get_mut().write_all(request.as_bytes())?;
        stream.get_mut().flush()?;
        let (answer, cookies) = read(&mut stream)?;
        self.stream = Some(stream);
        self.cookies.extend(cookies);
        Ok(answer)
    }
}

/// Reads one answer whole; an end before that is an error, so that nothing half said counts as said.
fn read(stream: &mut impl BufRead) -> Result<(Answer, Vec<(String, String)>), Error> {
    let mut answer = Answer { status: 0, location: String::new(), body: Vec::new(), head: 0, packed: false };
    let (mut cookies, mut length) = (Vec::new(), 0);
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
        answer.head += line.len();
        let said = line.trim_end();
        if answer.status == 0 {
            let status = said.split(' ').nth(1).and_then(|status| status.parse().ok());
            answer.status = status.ok_or(Error::Answer("no status"))?;
            continue;
        }
        if said.is_empty() {
            break;
        }
        let (name, value) = said.split_once(':').ok_or(Error::Answer("a header without a colon"))?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| Error::Answer("a length that is no number"))?,
            "transfer-encoding" => return Err(Error::Answer("it comes in chunks, which pages do not")),
            "content-encoding" => answer.packed = value == "gzip",
            "location" => value.clone_into(&mut answer.location),
            "set-cookie" => {
                let pair = value.split(';').next().and_then(|pair| pair.split_once('='));
                cookies.extend(pair.map(|(name, value)| (name.to_owned(), value.to_owned())));
            }
            _ => {}
        }
    }
    answer.body = vec![0; length];
    stream.read_exact(&mut answer.body)?;
    Ok((answer, cookies))
}

/// Percent encoding of a form's name or value.
fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str =
        "HTTP/1.1 303 See Other\r\nlocation: /patients/x\r\nset-cookie: a=b; Secure\r\ncontent-length: 4\r\n\r\nbody";

    #[test]
    fn a_whole_answer_is_read_and_half_a_one_is_none() {
        let (answer, cookies) = read(&mut SAID.as_bytes()).unwrap();
        assert_eq!((answer.status, answer.location.as_str(), answer.text().as_str()), (303, "/patients/x", "body"));
        assert_eq!(cookies, [("a".to_owned(), "b".to_owned())]);
        for cut in 0..SAID.len() {
            assert!(read(&mut SAID.as_bytes().get(..cut).unwrap()).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn fields_and_ids_are_found_in_a_page() {
        let id = "01890000-0000-7000-8000-000000000001";
        let text = format!(
            "<input type=\"hidden\" name=\"csrf\" value=\"t0\"><a href=\"/patients/{id}\"><a href=\"/patients/new\">"
        );
        let answer = Answer { status: 200, location: String::new(), body: text.into_bytes(), head: 0, packed: false };
        assert_eq!(answer.field("csrf").as_deref(), Some("t0"));
        assert_eq!(answer.ids("/patients/"), [id]);
        assert_eq!(encode("a b&c=ü"), "a%20b%26c%3D%C3%BC");
    }
}
