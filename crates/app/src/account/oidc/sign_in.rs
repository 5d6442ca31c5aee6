//! A browser goes to the provider and comes back.

use domain::account::joining::Access;
use domain::account::oidc::{ASKED, Expected, OidcFault, Vouched};
use domain::account::passkey::Site;
use domain::account::throttle::{Rule, SOURCE, source_prefix};
use domain::account::{BY_OIDC, oidc::Metadata};
use domain::audit::{Act, Event, Outcome};
use domain::id::SessionId;
use store::account::oidc::{self, Asked};
use store::account::{self, leaving};
use store::{Tx, session};

use super::{SecondFactor, Words, token};
use crate::account::attempt::{self, Buckets};
use crate::account::passkey::passkey_only;
use crate::account::{Knock, SignedIn, hash_token, random_token};
use crate::{App, Cx, Result, same_text};

/// How often browsers of one source may be sent to the provider: a whole practice behind one address, on a Monday morning.
const SENDING: Rule = Rule { burst: 40, every: 2, stop: None };
/// The longest code that is passed on.
const LONGEST_CODE: usize = 2048;

/// A browser on its way to the provider. No `Debug`: the cookie is a secret.
#[derive(Clone)]
pub enum Sent {
    /// To this address, with this cookie.
    To {
        /// Where.
        address: String,
        /// What it comes back with.
        cookie: String,
    },
    /// Not now: the provider is not there, or not as expected.
    Refused(OidcFault),
    /// Too many: after so many seconds.
    Wait(Option<i64>),
}

/// What the provider sends a browser back with (OpenID Connect Core, sections 3.1.2.5 and 3.1.2.6; RFC 9207).
#[derive(Clone, Copy, Debug)]
pub struct FrontAnswer<'a> {
    /// Our word, back.
    pub state: &'a str,
    /// The code; empty with an error.
    pub code: &'a str,
    /// The code of an error; empty without one.
    pub error: &'a str,
    /// Who answers; empty where it does not say.
    pub issuer: &'a str,
}

/// What the provider's word leads to.
#[derive(Clone)]
pub enum OidcAnswer {
    /// The second factor is next, with this ticket.
    Code(String),
    /// A session.
    In(SignedIn),
    /// The person's account at the provider is linked.
    Linked,
    /// Nothing.
    Refused(OidcFault),
    /// Too many attempts.
    Wait(Option<i64>),
}

impl App {
    /// Sends a browser to the provider: to sign in or, from a session, to link an account there. Asks the network when the provider
    /// was not asked for an hour.
    pub(super) fn oidc_to(&self, session: Option<&SessionId>, site: &Site, from: Knock<'_>) -> Result<Sent> {
        let provider = self.provider()?;
        let bucket = Buckets(vec![(format!("oidc:{}", source_prefix(from.source)), SENDING)]);
        let event = self.anonymous_event(Act::SignInFailed, from.source).with("step", "oidc");
        if let Err(wait) = self.store.write("oidc.knock", move |tx| bucket.reserve(tx, &event))?.value {
            return Ok(Sent::Wait(attempt::seconds(wait)));
        }
        let known = match provider.known(self.now()) {
            Ok(known) => known,
            Err(fault) => return Ok(Sent::Refused(fault)),
        };
        let cookie = random_token(&*self.entropy);
        let (hashed, session) = (hash_token(&cookie), session.cloned());
        self.store.write("oidc.ask", move |tx| oidc::ask(tx, &hashed, session.as_ref()))?;
        let address = provider.address(&known.metadata, &self.oidc_words(&cookie)?, site);
        Ok(Sent::To { address, cookie })
    }

    /// Sends a browser to the provider to sign in.
    pub fn oidc_send(&self, site: &Site, from: Knock<'_>) -> Result<Sent> {
        self.oidc_to(None, site, from)
    }

    /// Takes what a browser brings back from the provider, and asks the provider who stands behind it. `cx` is the active session
    /// that the browser has, for linking. An attempt is paid for before the work, and paid back when it was right.
    pub fn oidc_answer(
        &self,
        cookie: Option<&str>,
        said: &FrontAnswer<'_>,
        site: &Site,
        from: Knock<'_>,
        cx: Option<&Cx>,
    ) -> Result<OidcAnswer> {
        let buckets = Buckets(vec![(format!("source:{}", source_prefix(from.source)), SOURCE)]);
        let event = match cx {
            Some(cx) => self.event(cx, Act::SignInFailed),
            None => self.anonymous_event(Act::SignInFailed, from.source),
        };
        let event = event.with("step", "oidc");
        let (paid, throttled) = (buckets.clone(), event.clone());
        if let Err(wait) = self.store.write("oidc.pay", move |tx| paid.reserve(tx, &throttled))?.value {
            return Ok(OidcAnswer::Wait(attempt::seconds(wait)));
        }
        let refused = |fault: OidcFault| {
            self.store.record(event.clone().ending(Outcome::Failed).with("reason", fault.as_str()))?;
            Ok(OidcAnswer::Refused(fault))
        };
        let (asked, words) = match self.come_back(cookie, said.state)? {
            Ok(found) => found,
            Err(fault) => return refused(fault),
        };
        let vouched = match self.ask_who(said, &asked, &words, site) {
            Ok(vouched) => vouched,
            Err(fault) => return refused(fault),
        };
        match asked.session {
            Some(session) => match self.link(cx.filter(|cx| cx.session == session), vouched, buckets)? {
                Ok(()) => Ok(OidcAnswer::Linked),
                Err(fault) => refused(fault),
            },
            None => self.let_in(vouched, buckets, &event, from),
        }
    }

    /// Whom a browser with this cookie was sent to ask for; it comes back once. A wrong state costs nobody their way back: any page
    /// can make a browser come here with one.
    fn come_back(&self, cookie: Option<&str>, state: &str) -> Result<Result<(Asked, Words), OidcFault>> {
        let Some(cookie) = cookie else { return Ok(Err(OidcFault::Over)) };
        let words = self.oidc_words(cookie)?;
        if !same_text(state, &words.state) {
            return Ok(Err(OidcFault::State));
        }
        let hashed = hash_token(cookie);
        let asked = self.store.write("oidc.back", move |tx| oidc::come_back(tx, &hashed))?.value;
        let in_time = |asked: &Asked| (0..ASKED).contains(&self.now().seconds_since(asked.at));
        Ok(asked.filter(in_time).map(|asked| (asked, words)).ok_or(OidcFault::Over))
    }

    /// Who stands behind the answer. Asks the network.
    fn ask_who(&self, said: &FrontAnswer<'_>, asked: &Asked, words: &Words, site: &Site) -> Result<Vouched, OidcFault> {
        let provider = self.provider().map_err(|_| OidcFault::Over)?;
        let known = provider.known(self.now())?;
        came_from(said, &known.metadata, provider.issuer())?;
        if !said.error.is_empty() {
            return Err(OidcFault::reported(said.error));
        }
        if said.code.is_empty() || said.code.len() > LONGEST_CODE || !said.code.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(OidcFault::Code);
        }
        let jti = random_token(&*self.entropy);
        let text = provider.exchange(&known, said.code, words, site, (self.now(), &jti))?;
        let head = token::head(&text)?;
        let claims = match token::key(&head, &known.keys) {
            Some(key) => token::open(&text, &head, key)?,
            // The provider may have changed its keys since they were fetched.
            None => {
                let known = provider.with_new_keys(known, self.now())?.ok_or(OidcFault::Key)?;
                token::open(&text, &head, token::key(&head, &known.keys).ok_or(OidcFault::Key)?)?
            }
        };
        let client = &provider.settings.client;
        let expected = Expected { issuer: provider.issuer(), client, nonce: &words.nonce, asked_at: asked.at };
        claims.judge(&expected, self.now())
    }

    /// Lets in whom the provider vouches for: to the second factor, or past it.
    fn let_in(&self, vouched: Vouched, buckets: Buckets, event: &Event, from: Knock<'_>) -> Result<OidcAnswer> {
        let provider = self.provider()?;
        let (issuer, trusted) = (provider.issuer().to_owned(), provider.second_factor() == SecondFactor::Provider);
        let (begin, ticket) = (self.begin(from), random_token(&*self.entropy));
        let event = event.clone();
        let done = self.store.write("oidc.sign_in", move |tx| {
            let known = match known(tx, &issuer, &vouched.subject)? {
                Ok(known) => known,
                Err((fault, who)) => {
                    let event = event.clone().ending(Outcome::Failed).with("reason", fault.as_str());
                    let event = tx.audit(match &who {
                        Some(who) => event.object("account", who),
                        None => event,
                    });
                    if let (Some(who), OidcFault::Closed(Access::Ended)) = (&who, &fault) {
                        leaving::refuse(tx, who, &event)?;
                    }
                    return Ok(OidcAnswer::Refused(fault));
                }
            };
            oidc::used(tx, &issuer, &vouched.subject)?;
            buckets.undo(tx)?;
            if trusted && vouched.factors {
                return begin.session(tx, &known, BY_OIDC, BY_OIDC).map(OidcAnswer::In);
            }
            session::insert_ticket(tx, &hash_token(&ticket), &known.id, BY_OIDC, None)?;
            Ok(OidcAnswer::Code(ticket.clone()))
        })?;
        Ok(done.value)
    }
}

type Refusal = (OidcFault, Option<domain::id::AccountId>);

/// Whose this subject is here, when that person may sign in so.
fn known(tx: &mut Tx, issuer: &str, subject: &str) -> store::Result<Result<account::Known, Refusal>> {
    let Some(link) = oidc::find(tx, issuer, subject)? else { return Ok(Err((OidcFault::Unknown, None))) };
    let known = account::with_secret(tx, &link.account)?;
    let access = known.account.access(tx.now());
    let fault = if access != Access::Open {
        Some(OidcFault::Closed(access))
    } else if passkey_only(known.account.role) {
        Some(OidcFault::PasskeyOnly)
    } else if known.secret.totp.is_none() {
        Some(OidcFault::NotEnrolled)
    } else {
        None
    };
    Ok(match fault {
        Some(fault) => Err((fault, Some(known.id))),
        None => Ok(known),
    })
}

/// Whether the answer is of the provider that was asked. One that names itself does so always, in errors too.
fn came_from(said: &FrontAnswer<'_>, metadata: &Metadata, issuer: &str) -> Result<(), OidcFault> {
    let silent = said.issuer.is_empty() && !metadata.names_itself;
    if silent || said.issuer == issuer { Ok(()) } else { Err(OidcFault::Issuer) }
}
