//! A request, read whole at the edge: path parts, query, form, uploads. Handlers see nothing of HTTP.

use std::collections::HashMap;

use app::{Cx, SessionSeen};
use jiff::civil::Date;

use crate::components::{Nonce, PageContext};
use crate::failure::Failure;

/// A file that came with a form.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The field.
    pub field: String,
    /// The name that it had on the other machine; shown, never used as a path.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a handler answers.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Parts of the path by name.
    pub parts: HashMap<String, String>,
    /// The query.
    pub query: Vec<(String, String)>,
    /// The form.
    pub form: Vec<(String, String)>,
    /// Files.
    pub uploads: Vec<Upload>,
    /// The session, where there is one.
    pub seen: Option<SessionSeen>,
    /// The session cookie's token, for sign-in and unlocking.
    pub token: Option<String>,
    /// The cookie that tells a known device.
    pub device: Option<String>,
    /// The cookie of a browser that was sent to the identity provider.
    pub oidc: Option<String>,
    /// Another site made the browser ask (Fetch Metadata); of a form that is refused before any handler.
    pub foreign: bool,
    /// The address it came from.
    pub source: String,
    /// What the browser says it is.
    pub agent: String,
    /// The path and query, as they came.
    pub path: String,
    /// A form was sent; a page was asked for otherwise.
    pub posted: bool,
    /// The session's next token, when this request gave a second factor anew.
    pub renewed: Option<String>,
    /// htmx asks for a part of a page.
    pub partial: bool,
    /// Of this response.
    pub nonce: Nonce,
    /// The page around the content.
    pub page: PageContext,
    /// The date at the practice.
    pub today: Date,
}

impl Ask {
    /// Who asks. A route behind [`crate::route::Gate::Session`] always has one.
    pub fn cx(&self) -> Result<&Cx, Failure> {
        self.seen.as_ref().map(|seen| &seen.cx).ok_or(Failure::SignIn)
    }

    /// The page's context with its place in the side bar.
    pub fn page(&self, nav: crate::components::Nav) -> PageContext {
        PageContext { active: Some(nav), ..self.page.clone() }
    }

    /// A part of the path as an id; a text that is none is a page that is not there.
    pub fn id<T, E>(&self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, Failure> {
        self.parts.get(name).and_then(|text| parse(text).ok()).ok_or(Failure::NotFound)
    }

    /// The first value of a query parameter, or nothing.
    pub fn query(&self, name: &str) -> &str {
        first(&self.query, name)
    }

    /// The first value of a form field, or nothing.
    pub fn field(&self, name: &str) -> &str {
        first(&self.form, name)
    }

    /// Takes a field out of the form: what is left is what the person was doing.
    pub(crate) fn take(&mut self, name: &str) -> String {
        let value = self.field(name).to_owned();
        self.form.retain(|(n, _)| n != name);
        value
    }

    /// Every value of a form field.
    pub fn fields<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.form.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The form as a domain form: its fields are texts, and those not given are blank.
    pub fn read_form<T: serde::de::DeserializeOwned>(&self) -> Result<T, Failure> {
        // The first of a name counts, as in `field`: the later ones go in before it.
        let pairs = self.form.iter().rev();
        let map = pairs.map(|(n, v)| (n.clone(), serde_json::Value::String(v.clone()))).collect();
        serde_json::from_value(serde_json::Value::Object(map))
            .map_err(|_| Failure::BadRequest("the form cannot be read"))
    }
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
}
