//! Enrol a second factor at the first sign-in: nobody gets a session without one (45 CFR 164.312(d)).

use domain::account::{Account, RECOVERY_CODES, RECOVERY_GROUPS, judge_password};
use domain::audit::{Act, Actor, Event, Outcome, Purpose};
use store::account;
use store::session;
use zeroize::Zeroizing;

use super::sign_in::ticket_holds;
use super::{Knock, SignedIn, attempt, hash_recovery, hash_token, password, random_code, totp};
use crate::{App, Error, Result};

/// What a person puts into an authenticator.
#[derive(Clone)]
pub struct Offer {
    /// The secret as text, for typing: base 32.
    pub secret: String,
    /// The same for a QR code.
    pub uri: String,
    /// The person's login.
    pub login: String,
    /// Somebody else chose the password: a new one has to come with the code.
    pub must_change: bool,
}

/// What enrolment leads to.
#[derive(Clone)]
pub enum Enrolled {
    /// A session, and the recovery codes, which are never shown again.
    In(SignedIn, Vec<String>),
    /// Not the code of this secret.
    Refused,
    /// Too many attempts.
    Wait(Option<i64>),
    /// The ticket is used up or too old: begin again.
    Over,
}

impl App {
    /// What to enrol with this ticket, the same each time it is asked; `None` when the ticket is over.
    pub fn enrolment(&self, ticket: &str, practice: &str) -> Result<Option<Offer>> {
        let Some(found) = self.ticket(ticket)? else { return Ok(None) };
        let Some(seed) = self.offered(ticket, found.offer.as_deref())? else { return Ok(None) };
        let secret = totp::base32(&seed);
        let login = found.known.account.login;
        let uri = totp::uri(practice, &login, &secret);
        Ok(Some(Offer { secret, uri, login, must_change: found.known.secret.must_change }))
    }

    fn offered(&self, ticket: &str, sealed: Option<&[u8]>) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(sealed) = sealed else { return Ok(None) };
        let place = session::ticket_place(&hash_token(ticket));
        Ok(Some(Zeroizing::new(self.store.open_column(&place, sealed)?)))
    }

    /// Enrols: the code proves that the authenticator has the secret. `chosen` is the new password, asked for when
    /// somebody else chose the present one.
    pub fn enrol(&self, ticket: &str, code: &str, chosen: &str, from: Knock<'_>) -> Result<Enrolled> {
        let Some(found) = self.ticket(ticket)? else { return Ok(Enrolled::Over) };
        let Some(seed) = self.offered(ticket, found.offer.as_deref())? else { return Ok(Enrolled::Over) };
        let step = totp::matching(&seed, code, self.now(), 0);
        let must_change = found.known.secret.must_change;
        // The hash is costly, so it is made only for who has the right code.
        let password = match (must_change, step) {
            (true, Some(_)) => {
                self.check_new(chosen, "password", &found.known.account, &found.known.secret.password)?;
                match self.hash_password(chosen)? {
                    Some(phc) => Some(phc),
                    None => return Ok(Enrolled::Wait(Some(2))),
                }
            }
            _ => None,
        };
        let id = found.known.id.clone();
        let sealed = self.store.seal_column(&account::totp_place(&id), &seed)?;
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| random_code(&*self.entropy, RECOVERY_GROUPS)).collect();
        let recovery: Vec<String> = codes.iter().map(|code| hash_recovery(&id, code)).collect();
        let event = self.anonymous_event(Act::SignInFailed, from.source).with("step", "enrol").object("account", &id);
        let mut enrolled = Event::new(Act::FactorEnrolled, Actor::Account(id.clone()), Purpose::Operations)
            .with("factor", "totp")
            .with("recovery_codes", codes.len())
            .with("password_replaced", password.is_some());
        enrolled.source = Some(from.source.to_owned());
        self.policies.hash().clone_into(&mut enrolled.policy);
        let (hashed, begin) = (hash_token(ticket), self.begin(from));
        let done = self.store.write("sign_in.enrol", move |tx| {
            let Some(ticket) = session::ticket(tx, &hashed)?.filter(|t| ticket_holds(t, tx.now())) else {
                return Ok(Enrolled::Over);
            };
            // Of two tickets of one account, one enrols.
            if ticket.known.secret.totp.is_some() {
                return Ok(Enrolled::Over);
            }
            let buckets = begin.buckets(tx, &ticket.known)?;
            if let Err(wait) = buckets.reserve(tx, &event)? {
                return Ok(Enrolled::Wait(attempt::seconds(wait)));
            }
            let Some(step) = step else {
                session::try_ticket(tx, &hashed)?;
                tx.audit(event.clone().ending(Outcome::Failed).with("reason", "code"));
                return Ok(Enrolled::Refused);
            };
            account::enrol(tx, &id, &sealed, step, &recovery)?;
            if let Some(phc) = &password {
                account::set_password(tx, &id, phc, false)?;
            }
            buckets.settle(tx)?;
            // Every other ticket and session of before has nothing to say any more.
            session::end_all(tx, &id, None)?;
            tx.audit(enrolled.clone());
            begin.session(tx, &ticket.known, "totp", &ticket.way).map(|signed| Enrolled::In(signed, codes.clone()))
        })?;
        Ok(done.value)
    }

    /// The PHC string of a new password; `None` when no turn came.
    pub(crate) fn hash_password(&self, password: &str) -> Result<Option<String>> {
        match password::hash(password, &*self.entropy) {
            Ok(Ok(phc)) => Ok(Some(phc)),
            Ok(Err(_)) => Err(Error::Refused("this password cannot be stored: choose another".to_owned())),
            Err(password::Busy) => Ok(None),
        }
    }

    /// Judges a new password against the person's own words, the practice's name and what leaked elsewhere, and refuses the
    /// present one.
    pub(super) fn check_new(&self, chosen: &str, field: &str, account: &Account, present: &str) -> Result<()> {
        let practice = self.practice_facts()?.name;
        let names = account.name.split_whitespace().chain(practice.split_whitespace());
        let words: Vec<&str> = names.chain(account.login.split(['.', '@', '-', '_', '+'])).collect();
        judge_password(chosen, &words).map_err(|why| Error::field(field, why.to_string()))?;
        if self.is_leaked(chosen)? {
            let why = "this password was stolen somewhere else and is in lists that attackers try: choose another one";
            return Err(Error::field(field, why));
        }
        match password::check(Some(present), chosen) {
            Ok(true) => Err(Error::field(field, "choose a password that is not the one given to you")),
            _ => Ok(()),
        }
    }
}
