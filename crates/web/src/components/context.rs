//! What every page of one request needs around its own content.

use std::fmt;

use super::{Nav, NavEntry};

/// The value that ties a response's scripts and htmx attributes to its `Content-Security-Policy`. Fresh for each response.
#[derive(Clone, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// From 128 or more random bits, as hexadecimal or base64. Characters that could end an attribute or a directive are dropped.
    pub fn new(text: &str) -> Self {
        Self(text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_')).collect())
    }

    /// The text for an attribute or the header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The policy of every response, partials too: without it the browser's extension strips a partial's attributes.
    pub fn content_security_policy(&self) -> String {
        format!(
            "default-src 'none'; script-src 'self' 'nonce-{}'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
             object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types htmx; report-uri {}",
            self.0,
            crate::blocked::PATH,
        )
    }
}

impl fmt::Debug for Nonce {
    /// Hidden: a logged nonce is a nonce that somebody can use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(..)")
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the person's machine asks.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What a person chose about the look and the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Light or dark.
    pub theme: Theme,
    /// Single letters act as commands (WCAG 2.1.4: they can be switched off).
    pub single_keys: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { theme: Theme::Auto, single_keys: true }
    }
}

/// What every page of one request needs around its own content.
#[derive(Clone, Debug)]
pub struct PageContext {
    /// Of this response.
    pub nonce: Nonce,
    /// The practice's name.
    pub practice: String,
    /// The person's short name: `Dana W.`
    pub user: String,
    /// The role in words: `Front desk`.
    pub role: String,
    /// What this person may open.
    pub nav: Vec<NavEntry>,
    /// Where this page is in the side bar.
    pub active: Option<Nav>,
    /// The session's token against forged requests.
    pub csrf: String,
    /// Seconds until the server locks the session, were nothing more done.
    pub locks_in: u32,
    /// What the person chose.
    pub preferences: Preferences,
    /// What the person may take away from where the request comes.
    pub takes: Takes,
    /// The restricted record that is open in an emergency.
    pub emergency: Option<EmergencyBar>,
}

/// What somebody may take away: for buttons, never for decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Takes {
    /// Paper.
    pub print: bool,
    /// Files.
    pub save: bool,
}

/// What the bar over every page says while emergency access is open. It names nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmergencyBar {
    /// The record's address.
    pub record: String,
    /// The time of day at which it ends by itself.
    pub ends: jiff::civil::Time,
    /// Minutes until then, begun ones counted.
    pub minutes: i64,
}
