//! Answers about whole files: what they turn back, and what they must leave alone.

use app::claim::{AckRead, Came};
use domain::access::Role;
use domain::batch::{Batch, BatchState};
use domain::claim::ClaimState;
use domain::id::{BatchId, ClaimId};
use domain::work::WorkKind;
use x12::ack::{Ack999, AckClaim, AckProvider, AckStatus, Action, SetResponse, StatusCode, Ta1, Verdict};

use crate::claims::{ack_of_batch, ack_of_file, claim, envelope, number, released, signed, state};
use crate::clinic::{Clinic, TODAY};

/// A batch with one claim that has left.
struct Sent {
    clinic: Clinic,
    claim: ClaimId,
    batch: BatchId,
}

impl Sent {
    fn new() -> Self {
        let clinic = Clinic::new();
        let claim = claim(&clinic, &signed(&clinic, &clinic.patient("Nunez", 0), "100"));
        let batch = released(&clinic, std::slice::from_ref(&claim));
        Self { clinic, claim, batch }
    }

    fn batch(&self) -> Batch {
        self.clinic.app.open_batch(&self.clinic.cx(Role::Biller), &self.batch, TODAY).unwrap().batch.clone()
    }

    fn read(&self, bytes: Vec<u8>) -> AckRead {
        self.read_of(None, bytes)
    }

    /// Reads an answer of the partner at a place in the list.
    fn read_of(&self, partner: Option<usize>, bytes: Vec<u8>) -> AckRead {
        let from = partner.map(|at| &self.clinic.around.partners[at].id);
        self.clinic.app.read_acknowledgement(&self.clinic.cx(Role::Biller), from, "answer.edi", bytes).unwrap()
    }

    /// What the acknowledgements came to, the latest first.
    fn outcomes(&self) -> Vec<String> {
        let files = self.clinic.app.acknowledgements(&self.clinic.cx(Role::Biller)).unwrap();
        files.into_iter().map(|f| f.outcome).collect()
    }

    fn states(&self) -> (BatchState, ClaimState) {
        (self.batch().state, state(&self.clinic, &self.claim))
    }

    fn why(&self) -> String {
        let cx = self.clinic.cx(Role::Biller);
        self.clinic.app.open_claim(&cx, &self.claim, TODAY).unwrap().listed.why.clone()
    }

    fn work(&self) -> Vec<String> {
        let work = self.clinic.app.acknowledgement_work(&self.clinic.cx(Role::Biller)).unwrap();
        work.iter().map(|w| w.reason.clone()).collect()
    }

    /// The 999 took the file and the 277CA the claim.
    fn accepted(&self) {
        self.read(ack_of_file(self.batch().release.unwrap().group, Verdict::Accepted));
        let claim = AckClaim {
            patient: x12::Entity {
                name: x12::Name::person("NUNEZ", "ZOE"),
                id: Some(x12::Identifier::new("MI", "XQ1")),
            },
            control_number: number(&self.clinic, &self.claim),
            statuses: vec![status("A2:20:PR")],
            ..AckClaim::default()
        };
        let provider = AckProvider { claims: vec![claim], ..self.provider() };
        self.read(self.answer(&["A1:19:PR"], vec![provider]));
        assert_eq!(self.states(), (BatchState::Received, ClaimState::Accepted));
    }

    fn provider(&self) -> AckProvider {
        let cx = self.clinic.cx(Role::Biller);
        let npi = self.clinic.app.open_claim(&cx, &self.claim, TODAY).unwrap().listed.claim.billing.npi.to_string();
        let name = x12::Name::organization("NORTHSIDE FAMILY CLINIC");
        let provider = x12::Entity { name, id: Some(x12::Identifier::npi(npi)) };
        // A status of the provider follows its trace number.
        AckProvider { provider, trace: Some("0".into()), ..AckProvider::default() }
    }

    /// A 277CA about the batch.
    fn answer(&self, statuses: &[&str], providers: Vec<AckProvider>) -> Vec<u8> {
        ack_of_batch(&self.batch().reference, statuses.iter().map(|s| status(s)).collect(), providers)
    }

    fn ta1(&self, note: &str) -> Vec<u8> {
        let ta1 = Ta1 {
            control: format!("{:09}", self.batch().release.unwrap().interchange),
            date: x12::Date::new(2026, 5, 28),
            time: x12::Time::new(16, 30),
            verdict: Verdict::Rejected,
            note: note.into(),
        };
        let mut writer = x12::Writer::new(&envelope()).unwrap();
        writer.ta1(&ta1).unwrap();
        writer.finish().unwrap()
    }

    /// A 999 that turns the file back with a code of the set (IK502).
    fn refused(&self, code: &str) -> Vec<u8> {
        let set = SetResponse {
            kind: "837".into(),
            control: "0001".into(),
            verdict: Verdict::Rejected,
            codes: vec![code.into()],
            ..SetResponse::default()
        };
        let mut ack = Ack999 {
            group_kind: "HC".into(),
            group_control: self.batch().release.unwrap().group.to_string(),
            group_version: "005010X222A1".into(),
            sets: vec![set],
            ..Ack999::default()
        };
        ack.settle();
        x12::write_interchange(&envelope(), &[ack]).unwrap()
    }
}

/// A status of `category:code:entity`; A1 and A2 are acceptances.
fn status(code: &str) -> AckStatus {
    let parts: Vec<&str> = code.split(':').collect();
    let action = if matches!(parts[0], "A1" | "A2") { Action::Accept } else { Action::Reject };
    let code =
        StatusCode { category: parts[0].into(), status: parts[1].into(), entity: parts.get(2).map(|e| (*e).into()) };
    let date = x12::Date::new(2026, 5, 28);
    AckStatus { codes: vec![code], date, action, cents: Some(15_000), message: None }
}

#[test]
fn a_claim_acknowledgement_that_refuses_the_whole_batch_rejects_its_claims() {
    let sent = Sent::new();
    sent.read(ack_of_file(sent.batch().release.unwrap().group, Verdict::Accepted));
    let read = sent.read(sent.answer(&["A3:24:41"], Vec::new()));
    assert_eq!(sent.states(), (BatchState::Rejected, ClaimState::Rejected));
    assert_eq!(read.outcomes[0].came, Came::Rejected, "{read:?}");
    let why = sent.why();
    assert!(
        why.contains("approval to send claims electronically of the submitter") && why.contains("[A3:24:41]"),
        "{why}"
    );
    let files = sent.clinic.app.acknowledgements(&sent.clinic.cx(Role::Biller)).unwrap();
    assert!(files.iter().any(|f| f.outcome == "1 rejected"), "{files:?}");
}

#[test]
fn a_claim_acknowledgement_that_refuses_the_provider_rejects_its_claims() {
    let sent = Sent::new();
    let stranger =
        x12::Entity { name: x12::Name::organization("ELSEWHERE CLINIC"), id: Some(x12::Identifier::npi("1888000027")) };
    let refusal = vec![status("A3:496:85")];
    let elsewhere = AckProvider { provider: stranger, statuses: refusal.clone(), ..sent.provider() };
    sent.read(sent.answer(&["A1:19:PR"], vec![elsewhere]));
    assert_eq!(state(&sent.clinic, &sent.claim), ClaimState::Released, "nobody of ours is meant");
    let work = sent.work();
    assert!(work.len() == 1 && work[0].contains("ELSEWHERE CLINIC"), "{work:?}");

    let ours = AckProvider { statuses: refusal, ..sent.provider() };
    sent.read(sent.answer(&["A1:19:PR"], vec![ours]));
    assert_eq!(sent.states(), (BatchState::Rejected, ClaimState::Rejected));
    assert!(sent.why().contains("permission to send claims for this provider"), "{}", sent.why());
}

#[test]
fn a_refusal_of_a_batch_that_is_not_ours_waits_for_a_person() {
    let sent = Sent::new();
    let bytes = sent.answer(&["A3:24:41"], Vec::new());
    let text = String::from_utf8(bytes).unwrap().replace(&sent.batch().reference, "B999999");
    let read = sent.read(text.into_bytes());
    assert_eq!(read.outcomes[0].came, Came::NotOurs, "{read:?}");
    assert_eq!(state(&sent.clinic, &sent.claim), ClaimState::Released);
    let work = sent.work();
    assert!(work.len() == 1 && work[0].contains("batch B999999"), "{work:?}");
}

#[test]
fn an_acknowledgement_that_came_under_payments_is_still_read() {
    let sent = Sent::new();
    let cx = sent.clinic.cx(Role::Biller);
    let bytes = ack_of_file(sent.batch().release.unwrap().group, Verdict::Rejected);
    let imported = sent.clinic.app.import_remittance(&cx, "answer.edi", &bytes).unwrap();
    assert!(imported.is_new && imported.remittances.is_empty());
    let said = sent.clinic.app.open_remittance_file(&cx, &imported.file).unwrap();
    let said = said.faults.join(" ");
    assert!(said.contains("an acknowledgement (999)") && said.contains("Claims, Acknowledgements"), "{said}");

    let unreadable = || {
        let queue = sent.clinic.app.remittance_queue(&cx, None).unwrap();
        queue.work.iter().filter(|w| w.kind == WorkKind::UnreadableFile).count()
    };
    assert_eq!(unreadable(), 1);
    let read = sent.read(bytes.clone());
    assert!(!read.seen_before, "nobody has worked it off");
    assert_eq!(unreadable(), 0, "it was read");
    assert_eq!(read.file, imported.file, "the bytes are kept once");
    assert_eq!(sent.states(), (BatchState::Rejected, ClaimState::Rejected));
    assert!(sent.read(bytes).seen_before);
    let files = sent.clinic.app.acknowledgements(&cx).unwrap();
    assert_eq!(files.iter().map(|f| f.kind.as_str()).collect::<Vec<_>>(), ["999"]);
}

#[test]
fn a_file_that_the_partner_has_twice_rejects_nothing() {
    for repeat in [|s: &Sent| s.ta1("025"), |s: &Sent| s.refused("23"), |s: &Sent| s.answer(&["A3:746:40"], Vec::new())]
    {
        let sent = Sent::new();
        sent.accepted();
        let read = sent.read(repeat(&sent));
        assert_eq!(sent.states(), (BatchState::Received, ClaimState::Accepted), "{read:?}");
        assert_eq!(sent.batch().answers.len(), 3, "the answer is noted");
        assert_eq!(read.outcomes[0].came, Came::Noted);
        assert_eq!(sent.outcomes()[0], "1 noted, which changed nothing");
        assert_eq!(sent.work(), [""; 0], "the partner has the file, and said so before");

        let unheard = Sent::new();
        unheard.read(repeat(&unheard));
        assert_eq!(unheard.states(), (BatchState::Released, ClaimState::Released));
        let work = unheard.work();
        assert!(work.len() == 1 && work[0].contains("ask the partner whether it has this file"), "{work:?}");
    }
}

#[test]
fn an_answer_about_a_closed_record_is_worked_off_and_names_no_claim() {
    let sent = Sent::new();
    let (number, reference) = (number(&sent.clinic, &sent.claim), sent.batch().reference);
    let close = |tx: &mut store::Tx| tx.execute(store::sql!("UPDATE patient SET restricted = 1"), &[]);
    sent.clinic.app.store.write("close", close).unwrap();
    let read = sent.read(crate::claims::ack_of_claims(&reference, &[(&number, false)]));
    let outcome = read.outcomes.last().unwrap();
    assert_eq!((outcome.about.as_str(), outcome.came), ("a claim", Came::Rejected));
    assert!(outcome.words.contains("not open to you") && !format!("{read:?}").contains(&number), "{read:?}");
    let claim = sent.clinic.app.store.read("claim", |tx| store::claim::record(tx, &sent.claim)).unwrap().value;
    assert_eq!(claim.state, ClaimState::Rejected);
}

#[test]
fn a_late_refusal_of_the_file_moves_no_claim_that_was_taken() {
    for refusal in [|s: &Sent| s.ta1("024"), |s: &Sent| s.refused("5"), |s: &Sent| s.answer(&["A3:24:41"], Vec::new())]
    {
        let sent = Sent::new();
        sent.accepted();
        assert_eq!(sent.read(refusal(&sent)).outcomes[0].came, Came::Noted);
        assert_eq!(sent.states(), (BatchState::Received, ClaimState::Accepted));
        let work = sent.work();
        let number = number(&sent.clinic, &sent.claim);
        assert!(work.len() == 1 && work[0].contains("but 1 of its claims were answered before"), "{work:?}");
        assert!(!work[0].contains(&number), "it is in everybody's list, and names nobody: {work:?}");
    }
    let sent = Sent::new();
    sent.read(sent.ta1("024"));
    assert_eq!(sent.states(), (BatchState::Rejected, ClaimState::Rejected), "one that nobody took goes with its file");
    assert_eq!(sent.work(), [""; 0]);
}

/// The same file with other ids in its envelopes.
pub(crate) fn from_to(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let isa = |from: &str, to: &str| format!("ZZ*{from:<15}*ZZ*{to:<15}");
    let gs = |from: &str, to: &str| format!("*{from}*{to}*2");
    let changed = text.replace(&isa("RIVERBEND", "NORTHSIDE"), &isa(from, to));
    changed.replace(&gs("RIVERBEND", "NORTHSIDE"), &gs(from, to)).into_bytes()
}

#[test]
fn an_answer_from_somebody_else_moves_nothing_and_waits_with_its_reason() {
    for refusal in [
        |s: &Sent| s.ta1("024"),
        |s: &Sent| s.refused("5"),
        |s: &Sent| s.answer(&["A3:24:41"], Vec::new()),
        |s: &Sent| s.answer(&["A1:19:PR"], vec![AckProvider { statuses: vec![status("A3:496:85")], ..s.provider() }]),
    ] {
        let sent = Sent::new();
        let answer = refusal(&sent);
        let released = (BatchState::Released, ClaimState::Released);
        let said = [
            sent.read(from_to(&answer, "GREATLAKES", "NORTHSIDE")),
            sent.read(from_to(&answer, "RIVERBEND", "SOUTHSIDE")),
            sent.read_of(Some(1), answer.clone()),
        ];
        assert_eq!(sent.states(), released, "{said:?}");
        assert!(sent.batch().answers.is_empty(), "and it is no answer of the batch");
        let why = [
            "says that it is from `GREATLAKES`, and the file went to `RIVERBEND`",
            "says that it is for `SOUTHSIDE`, and the file went out as from `NORTHSIDE`",
            "it was read as an answer of Great Lakes Blue, direct, and the file went to Riverbend Clearinghouse",
        ];
        let work = sent.work();
        assert_eq!(work.len(), 3, "{work:?}");
        for ((said, why), work) in said.iter().zip(why).zip(&work) {
            assert_eq!(said.outcomes[0].came, Came::Waits);
            assert!(said.outcomes[0].words.contains(why) && work.contains(why), "{said:?}: {work}");
        }
        assert_eq!(sent.outcomes()[0], "1 from somebody else, which moved nothing");

        let right = sent.read_of(Some(0), answer.clone());
        assert!(!right.seen_before, "the bytes are known, and nobody is done with them");
        assert_eq!(sent.states(), (BatchState::Rejected, ClaimState::Rejected), "{right:?}");
        assert_eq!(sent.work().len(), 2, "what waited about that file is done");
        assert!(sent.read_of(Some(0), answer).seen_before);
    }
}

#[test]
fn a_claim_is_answered_by_whom_it_went_to_whatever_batch_is_named() {
    let sent = Sent::new();
    let claim = AckClaim {
        patient: x12::Entity { name: x12::Name::person("NUNEZ", "ZOE"), id: Some(x12::Identifier::new("MI", "XQ1")) },
        control_number: number(&sent.clinic, &sent.claim),
        statuses: vec![status("A7:562:85")],
        ..AckClaim::default()
    };
    let provider = AckProvider { claims: vec![claim], ..sent.provider() };
    let answer = ack_of_batch("ANOTHER", vec![status("A1:19:PR")], vec![provider]);
    let read = sent.read(from_to(&answer, "GREATLAKES", "NORTHSIDE"));
    assert_eq!((read.outcomes[0].came, sent.states().1), (Came::Waits, ClaimState::Released), "{read:?}");
    sent.read(answer);
    assert_eq!(sent.states().1, ClaimState::Rejected);
}

#[test]
fn an_answer_finds_the_file_as_it_was_addressed_then() {
    let sent = Sent::new();
    let group = sent.batch().release.unwrap().group;
    let (manager, partner) = (sent.clinic.cx(Role::PracticeManager), &sent.clinic.around.partners[0]);
    let form = app::partner::PartnerForm { receiver_id: "RIVERBEND2".into(), ..(partner).into() };
    sent.clinic.app.change_partner(&manager, &partner.id, 1, &form).unwrap();
    sent.read(ack_of_file(group, Verdict::Accepted));
    assert_eq!(sent.states(), (BatchState::Received, ClaimState::Received));
}
