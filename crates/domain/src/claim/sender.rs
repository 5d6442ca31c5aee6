//! Who an answer is from: its envelopes must be those of what we sent, turned around. A control number alone is anybody's.

use crate::partner::Interchange;

/// One envelope: who wrote it, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Envelope {
    /// What it is called in words.
    what: &'static str,
    from: String,
    to: String,
}

/// The envelopes of a file, each as it says: all interchanges, and the groups that answer files (GS01 is FA).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelopes {
    interchanges: Vec<Envelope>,
    groups: Vec<Envelope>,
}

/// Why an answer is not the partner's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTheirs {
    /// Nobody is named.
    #[error("its envelope does not say who sent it")]
    Unsaid,
    /// Somebody else wrote it (ISA06, GS02).
    #[error("its {0} says that it is from `{1}`, and the file went to `{2}`")]
    From(&'static str, String, String),
    /// Somebody else is meant (ISA08, GS03).
    #[error("its {0} says that it is for `{1}`, and the file went out as from `{2}`")]
    For(&'static str, String, String),
}

impl Envelopes {
    /// Reads the envelopes of a file (ISA06, ISA08, GS02, GS03).
    pub fn read(bytes: &[u8]) -> Self {
        let (interchanges, _) = x12::overview(bytes);
        let groups = interchanges.iter().flat_map(|i| &i.groups).filter(|g| g.kind == "FA");
        let groups = groups.map(|g| envelope("group", &g.sender, &g.receiver)).collect();
        let interchanges = interchanges.iter().map(|i| envelope("envelope", &i.sender, &i.receiver)).collect();
        Self { interchanges, groups }
    }

    /// Whether every interchange comes from whom `sent` went to, and is for whom it came from.
    pub fn answer(&self, sent: &Interchange) -> Result<(), NotTheirs> {
        if self.interchanges.is_empty() {
            return Err(NotTheirs::Unsaid);
        }
        self.interchanges.iter().try_for_each(|e| e.answers(sent))
    }

    /// The same for the groups too. Those that answer claims are the payer's, who may sit behind the partner.
    pub fn answer_with_groups(&self, sent: &Interchange) -> Result<(), NotTheirs> {
        self.answer(sent)?;
        self.groups.iter().try_for_each(|e| e.answers(sent))
    }
}

fn envelope(what: &'static str, from: &str, to: &str) -> Envelope {
    let text = |text: &str| text.trim().chars().take(40).collect();
    Envelope { what, from: text(from), to: text(to) }
}

impl Envelope {
    fn answers(&self, sent: &Interchange) -> Result<(), NotTheirs> {
        let same = |said: &str, meant: &str| said.eq_ignore_ascii_case(meant.trim());
        let (them, us) = (&sent.receiver_id, &sent.sender_id);
        if !same(&self.from, them) {
            return Err(NotTheirs::From(self.what, self.from.clone(), them.clone()));
        }
        if !same(&self.to, us) {
            return Err(NotTheirs::For(self.what, self.to.clone(), us.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::partner;

    fn file(isa: (&str, &str), gs: (&str, &str)) -> Vec<u8> {
        let isa = format!(
            "ISA*00*          *00*          *ZZ*{:<15}*ZZ*{:<15}*261122*1200*^*00501*000000077*0*P*:~",
            isa.0, isa.1
        );
        format!("{isa}GS*FA*{}*{}*20261122*1200*77*X*005010X231A1~GE*0*77~IEA*1*000000077~", gs.0, gs.1).into_bytes()
    }

    fn check(bytes: &[u8], expect: Result<(), &str>, with_groups: Result<(), &str>) {
        let (envelopes, sent) = (Envelopes::read(bytes), partner().interchange.unwrap());
        for (said, expect) in [(envelopes.answer(&sent), expect), (envelopes.answer_with_groups(&sent), with_groups)] {
            match (said, expect) {
                (Ok(()), Ok(())) => {}
                (Err(why), Err(part)) => assert!(why.to_string().contains(part), "{why}"),
                (said, expect) => panic!("{said:?}, and expected {expect:?}"),
            }
        }
    }

    #[test]
    fn an_answer_comes_from_whom_the_file_went_to() {
        let right = ("RELAY", "NORTHSIDE");
        check(&file(right, right), Ok(()), Ok(()));
        check(&file(right, ("PAYER9", "NORTHSIDE")), Ok(()), Err("its group says that it is from `PAYER9`"));
        let other = Err("its envelope says that it is from `OTHER`, and the file went to `RELAY`");
        check(&file(("OTHER", "NORTHSIDE"), right), other, other);
        let elsewhere = Err("is for `SOUTHSIDE`, and the file went out as from `NORTHSIDE`");
        check(&file(("RELAY", "SOUTHSIDE"), right), elsewhere, elsewhere);
        let both = [file(right, right), file(("OTHER", "NORTHSIDE"), right)].concat();
        check(&both, Err("from `OTHER`"), Err("from `OTHER`"));
        check(b"TA1*000000007*261122*1200*R*024~", Err("does not say"), Err("does not say"));
    }
}
