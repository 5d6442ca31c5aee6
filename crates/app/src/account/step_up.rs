//! Step-up: before exports, changes of roles and keys, a new password and the end of sessions elsewhere the person gives a second
//! factor once more, unless that was done within the last five minutes. A stolen session, or a screen left open, then opens less.

use domain::account::FRESH;
use domain::audit::Act;
use domain::id::AccountId;
use store::account::{self, Secret};
use store::{Tx, session};
use zeroize::Zeroizing;

use super::attempt::Guess;
use super::passkey::must_use_passkey;
use super::{hash_recovery, hash_token, random_token, totp};
use crate::{App, Cx, Error, Result};

/// A person's request in a session whose person gave a second factor within the last five minutes. Only [`App::fresh`] makes
/// one, and what asks for step-up takes it in place of the request, so it cannot be another person's, or be forgotten.
#[derive(Clone, Copy, Debug)]
pub struct Fresh<'a>(&'a Cx);

impl<'a> Fresh<'a> {
    /// The request.
    pub fn cx(self) -> &'a Cx {
        self.0
    }
}

/// What a second factor given anew leads to.
#[derive(Clone)]
pub enum SteppedUp {
    /// It was right. The session goes on under this token; the one before opens nothing any more.
    Fresh(String),
    /// Not this factor.
    Refused,
    /// Too many attempts: after so many seconds.
    Wait(Option<i64>),
    /// Twenty wrong ones in a row: the session has ended.
    Over,
}

impl App {
    /// The proof that this person gave a second factor within the last five minutes, or the error that asks for one.
    pub fn fresh<'a>(&self, cx: &'a Cx) -> Result<Fresh<'a>> {
        // One from the future is from before the clock was set back.
        let age = cx.fresh_at.map(|at| self.now().seconds_since(at));
        if age.is_some_and(|age| (0..FRESH).contains(&age)) { Ok(Fresh(cx)) } else { Err(Error::StepUp) }
    }

    /// Takes a code of the authenticator, or a recovery code, within a session. Who signs in with a passkey only confirms with
    /// one.
    pub fn step_up(&self, cx: &Cx, code: &str) -> Result<SteppedUp> {
        let known = self.store.read("step_up.secret", |tx| account::with_secret(tx, &cx.account))?;
        let try_code = self.typed(&cx.account, &known.secret, code)?;
        let (account, role) = (cx.account.clone(), cx.role);
        self.step_up_with(
            cx,
            move |tx| {
                if must_use_passkey(tx, &account, role)? { Ok(None) } else { try_code.factor(tx) }
            },
        )
    }

    /// Steps up when `factor` names the factor that was right.
    pub(super) fn step_up_with(
        &self,
        cx: &Cx,
        factor: impl Fn(&mut Tx) -> store::Result<Option<&'static str>> + Send + 'static,
    ) -> Result<SteppedUp> {
        let guesses = self.guesses(cx, self.event(cx, Act::SignInFailed).with("step", "step_up"));
        let done = self.event(cx, Act::SteppedUp);
        let token = random_token(&*self.entropy);
        let id = cx.session.clone();
        let stepped = self.store.write("step_up", move |tx| {
            match guesses.pay(tx)? {
                Guess::Try => {}
                Guess::Wait(seconds) => return Ok(SteppedUp::Wait(seconds)),
                Guess::Over => return Ok(SteppedUp::Over),
            }
            let Some(factor) = factor(tx)? else {
                tx.audit(guesses.wrong("factor"));
                return Ok(SteppedUp::Refused);
            };
            guesses.right(tx)?;
            if !session::renew(tx, &id, &hash_token(&token))? {
                return Ok(SteppedUp::Over);
            }
            tx.audit(done.clone().with("factor", factor));
            Ok(SteppedUp::Fresh(token.clone()))
        })?;
        Ok(stepped.value)
    }

    /// What somebody typed as a second factor, ready to be tried in a transaction.
    pub(crate) fn typed(&self, id: &AccountId, secret: &Secret, code: &str) -> Result<Typed> {
        let seed = match &secret.totp {
            Some(sealed) => Some(Zeroizing::new(self.store.open_column(&account::totp_place(id), sealed)?)),
            None => None,
        };
        Ok(Typed {
            id: id.clone(),
            seed,
            last: secret.totp_step,
            recovery: hash_recovery(id, code),
            code: code.to_owned(),
        })
    }
}

/// See [`App::typed`].
#[derive(Clone)]
pub(crate) struct Typed {
    id: AccountId,
    seed: Option<Zeroizing<Vec<u8>>>,
    last: i64,
    recovery: String,
    code: String,
}

impl Typed {
    /// Which factor it is; it is used up, and works nowhere else.
    pub(super) fn factor(&self, tx: &mut Tx) -> store::Result<Option<&'static str>> {
        Ok(match self.step(tx) {
            // The statement decides, so of two requests with one code one wins.
            Some(step) => account::use_step(tx, &self.id, step)?.then_some("totp"),
            None => account::use_recovery(tx, &self.id, &self.recovery)?.then_some("recovery"),
        })
    }

    fn step(&self, tx: &Tx) -> Option<i64> {
        self.seed.as_ref().and_then(|seed| totp::matching(seed, &self.code, tx.now(), self.last))
    }
}
