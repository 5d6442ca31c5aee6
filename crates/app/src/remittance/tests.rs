//! Remittances over a real store.

mod copies;
mod large;

use std::collections::BTreeMap;

use domain::access::Role;
use domain::charge::{ChargeForm, ChargesForm};
use domain::claim::{BatchContext, Claim, ClaimSource, ClaimState, ControlNumber, envelope, to_837p};
use domain::coverage::{Coverage, FilingIndicator, Priority, Relationship};
use domain::form::Faults;
use domain::id::{ChargeId, ClaimId, CoverageId, LocationId, PartnerId, PatientId, PayerId, ProviderId, VisitId};
use domain::name::PersonName;
use domain::npi::Npi;
use domain::partner::{Interchange, Partner, PartnerKind};
use domain::patient::{Patient, Sex};
use domain::payer::{OtherNumbers, Payer};
use domain::place::{
    Address, AddressParts, Location, Phone, PlaceOfService, Practice, Provider, TaxId, Taxonomy, Zone,
};
use domain::remittance::RemittanceState;
use domain::visit::Visit;
use domain::{Cents, Entropy, Instant};
use jiff::civil::date;

use crate::access::Resource;
use crate::fixture::{self, person};
use crate::simulated::{Asked, answer};
use crate::{App, Cx, Error, stamp};

const TODAY: jiff::civil::Date = date(2026, 4, 1);

struct Books {
    app: App,
    biller: Cx,
    _folder: tempfile::TempDir,
}

fn address() -> Address {
    let parts = AddressParts { line1: "400 Main St", line2: "", city: "Peoria", state: "IL", zip: "616021234" };
    Address::read("", parts, &mut Faults::new()).unwrap()
}

impl Books {
    fn new() -> Self {
        let fixture::Practice { app, folder, .. } = fixture::Practice::new();
        Self { app, biller: person(Role::Biller), _folder: folder }
    }

    fn id<T>(&self, make: impl Fn(Instant, &dyn Entropy) -> T) -> T {
        make(self.app.clock.now(), &*self.app.entropy)
    }

    fn set_up(&self) -> (Practice, Payer, Partner, Provider, Location) {
        let partner_id = self.id(PartnerId::new);
        let practice = Practice {
            legal_name: "Northside Family Care".to_owned(),
            npi: Npi::from_nine("123456789").unwrap(),
            tax_id: TaxId::parse("12-3456789").unwrap(),
            taxonomy: Taxonomy::parse("261QP2300X").unwrap(),
            billing_address: address(),
            pay_to: None,
            phone: Phone::parse("309-555-0100").unwrap(),
            contact: "Billing".to_owned(),
        };
        let payer = Payer {
            id: self.id(PayerId::new),
            name: "Prairie Health".to_owned(),
            x12_id: "PRAIR".to_owned(),
            other_numbers: OtherNumbers::default(),
            filing: FilingIndicator::Ppo,
            timely_filing_days: 90,
            partner: Some(partner_id.clone()),
        };
        let partner = Partner {
            id: partner_id,
            name: "Relay".to_owned(),
            kind: PartnerKind::Clearinghouse,
            agreement: None,
            exemption: None,
            interchange: Some(Interchange {
                sender_qualifier: "ZZ".to_owned(),
                sender_id: "NORTHSIDE".to_owned(),
                receiver_qualifier: "ZZ".to_owned(),
                receiver_id: "RELAY".to_owned(),
                production: true,
            }),
        };
        let provider = Provider {
            id: self.id(ProviderId::new),
            name: PersonName::new("Okafor", "Ngozi").unwrap(),
            npi: Npi::from_nine("198765432").unwrap(),
            taxonomy: Taxonomy::parse("207Q00000X").unwrap(),
            credential: Some("MD".to_owned()),
            account: None,
            locations: Vec::new(),
        };
        let location = Location {
            id: self.id(LocationId::new),
            name: "Main Street".to_owned(),
            zone: Zone::parse("America/Chicago").unwrap(),
            address: address(),
            place_of_service: PlaceOfService::office(),
            npi: None,
            hours: domain::schedule::Hours::default(),
        };
        let all = (practice, payer, partner, provider, location);
        let (stamp, kept) = (stamp(&self.biller, "set up"), all.clone());
        let done = self.app.store.write("set up", move |tx| {
            store::directory::add(tx, &kept.0, &stamp)?;
            store::directory::add(tx, &kept.1, &stamp)?;
            store::directory::add(tx, &kept.3, &stamp)
        });
        done.unwrap();
        all
    }

    /// `count` claims of as many patients, sent.
    fn claims(&self, count: u32) -> (Vec<Claim>, Partner) {
        let (practice, payer, partner, provider, location) = self.set_up();
        let mut claims = Vec::new();
        for n in 0..count {
            let patient = Patient {
                id: self.id(PatientId::new),
                mrn: format!("P-{n}"),
                name: PersonName::new("Maple", &format!("Kira{}", char::from(b'a' + u8::try_from(n % 26).unwrap())))
                    .unwrap(),
                birth_date: date(1984, 6, 9),
                sex: Sex::Female,
                address: Some(address()),
                phone: None,
                email: None,
                guardians: Vec::new(),
                died_on: None,
            };
            let coverage = Coverage {
                id: self.id(CoverageId::new),
                patient: patient.id.clone(),
                payer: payer.id.clone(),
                member_id: format!("M{n:04}"),
                group: None,
                relationship: Relationship::Myself,
                subscriber: None,
                priority: Priority::Primary,
                from: None,
                to: None,
                filing: FilingIndicator::Ppo,
            };
            let visit = self.visit(&patient, &provider, &location);
            let source = ClaimSource {
                visit: &visit,
                patient: &patient,
                coverage: &coverage,
                payer: &payer,
                practice: &practice,
                provider: &provider,
                location: &location,
            };
            let number = ControlNumber::new(&*self.app.entropy);
            let mut claim = Claim::build(source, self.id(ClaimId::new), number).unwrap();
            claim.state = ClaimState::Released;
            self.keep(patient, visit, claim.clone());
            claims.push(claim);
        }
        (claims, partner)
    }

    fn visit(&self, patient: &Patient, provider: &Provider, location: &Location) -> Visit {
        let line =
            |code: &str, price: &str| ChargeForm { code: code.into(), price: price.into(), ..ChargeForm::default() };
        let form =
            ChargesForm { diagnoses: vec!["E11.9".into()], lines: vec![line("G0463", "100.01"), line("LV010", "50")] };
        let mut visit = Visit {
            id: self.id(VisitId::new),
            appointment: None,
            patient: patient.id.clone(),
            provider: provider.id.clone(),
            location: location.id.clone(),
            date_of_service: date(2026, 3, 2),
            diagnoses: Vec::new(),
            charges: Vec::new(),
            version: 1,
            signed: None,
        };
        visit.record(form.read().unwrap(), || self.id(ChargeId::new)).unwrap();
        visit.sign(self.biller.account.clone(), Instant::from_micros(1)).unwrap();
        visit
    }

    fn keep(&self, patient: Patient, visit: Visit, claim: Claim) {
        let desk = Cx { role: Role::FrontDesk, ..self.biller.clone() };
        let stamp = stamp(&desk, "test");
        let kept = self.app.change(
            &desk,
            domain::access::Action::PatientEdit,
            |_| Ok(Resource::Practice),
            move |tx, grant| {
                store::patient::register(tx, grant, &patient, false, &stamp)?;
                store::visit::create(tx, &visit, &stamp)?;
                store::claim::create(tx, &claim, "sent", &stamp)
            },
        );
        kept.unwrap();
    }

    fn file(claims: &[Claim], partner: &Partner) -> Vec<u8> {
        let at = date(2026, 3, 3).at(8, 0, 0, 0);
        let batch = to_837p(&BatchContext { reference: "B1", at, partner }, claims).unwrap();
        x12::write_interchange(&envelope(partner, at, 7, 7).unwrap(), &[batch]).unwrap()
    }

    fn balances(&self) -> BTreeMap<String, i64> {
        let books = self.app.ledger(&self.biller).unwrap();
        assert_eq!((books.sum, self.app.check_books().unwrap().broken), (Cents::ZERO, 0), "the books are whole");
        books.balances.iter().map(|b| (b.kind.clone(), b.balance.get())).collect()
    }

    fn state(&self, claim: &Claim) -> ClaimState {
        self.app.store.read("claim", |tx| store::claim::record(tx, &claim.id)).unwrap().value.state
    }
}

fn asked() -> Asked {
    Asked { seed: 1, received: date(2026, 3, 4), paid_on: date(2026, 3, 20), control: 100 }
}

#[test]
fn a_practice_posts_what_its_payer_pays_to_the_cent_and_never_twice() {
    let books = Books::new();
    let (claims, partner) = books.claims(60);
    let answers = answer(&Books::file(&claims, &partner), &asked()).unwrap();
    let mut deposits = 0;
    for payment in &answers.payments {
        let imported = books.app.import_remittance(&books.biller, "era.835", &payment.bytes).unwrap();
        assert!(imported.is_new);
        let [id] = imported.remittances.as_slice() else { panic!("one payment") };
        let preview = books.app.open_remittance(&books.biller, id).unwrap();
        assert_eq!(preview.state, RemittanceState::Matched, "{:?}", preview.plan.blocked);
        deposits += preview.remittance.total.get();
        let posted = books.app.post_remittance(&books.biller, id, TODAY).unwrap();
        assert_eq!((posted.posted, posted.waiting), (preview.remittance.claims.len(), 0));
        let before = books.balances();
        assert_eq!(before.get("cash"), Some(&deposits), "each deposit is the payment as stated");
        assert_eq!(before.get("unapplied").copied().unwrap_or(0), 0, "all of the money found its claims");
        let again = books.app.post_remittance(&books.biller, id, TODAY);
        assert!(matches!(&again, Err(Error::Refused(why)) if why.contains("already")), "{again:?}");
        assert_eq!(books.balances(), before, "posting twice changes nothing");
        let same = books.app.import_remittance(&books.biller, "copy.835", &payment.bytes).unwrap();
        assert!(!same.is_new && same.remittances == imported.remittances);
    }
    let states: Vec<ClaimState> = claims.iter().map(|c| books.state(c)).collect();
    for state in [ClaimState::Paid, ClaimState::Denied, ClaimState::PartlyPaid, ClaimState::Released] {
        assert!(states.contains(&state), "no claim is {state}");
    }
    let judged = states.iter().filter(|s| s.is_judged()).count();
    let charged = -books.balances().get("revenue").copied().unwrap_or(0);
    assert_eq!(charged, i64::try_from(judged).unwrap() * 15_001, "each judged claim is charged once");
    let ledger = books.app.ledger(&books.biller).unwrap();
    assert!(ledger.deposits.len() == answers.payments.len() && ledger.deposits.iter().all(store::ledger::TieOut::ties));
    let queue = books.app.remittance_queue(&books.biller, None).unwrap();
    assert!(queue.work.iter().all(|w| w.kind == domain::work::WorkKind::DeniedClaim) && !queue.work.is_empty());
}

#[test]
fn a_changed_cent_posts_nothing() {
    let books = Books::new();
    let (claims, partner) = books.claims(4);
    let answers = answer(&Books::file(&claims, &partner), &asked()).unwrap();
    let text = String::from_utf8(answers.payments[0].bytes.clone()).unwrap();
    let bpr = text.lines().find(|l| l.starts_with("BPR*")).unwrap();
    let amount = bpr.split('*').nth(2).unwrap();
    let wrong = text.replace(bpr, &bpr.replacen(amount, &format!("1{amount}"), 1));
    let imported = books.app.import_remittance(&books.biller, "wrong.835", wrong.as_bytes()).unwrap();
    let refused = books.app.post_remittance(&books.biller, &imported.remittances[0], TODAY);
    assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("nothing was posted")), "{refused:?}");
    assert_eq!(books.balances(), BTreeMap::new());
    let preview = books.app.open_remittance(&books.biller, &imported.remittances[0]).unwrap();
    assert_eq!(preview.state, RemittanceState::Unbalanced);
    assert_eq!(preview.work.len(), 1, "a person gets it, with its reason");
}

/// Work about a whole remittance is in everybody's list, so it says what no list would withhold.
#[test]
fn work_about_a_whole_remittance_tells_nothing_of_its_claims() {
    let books = Books::new();
    let (claims, partner) = books.claims(4);
    let answers = answer(&Books::file(&claims, &partner), &asked()).unwrap();
    let text = String::from_utf8(answers.payments[0].bytes.clone()).unwrap();
    let cas = text.lines().find(|l| l.starts_with("CAS*CO*45*")).unwrap();
    let wrong = text.replacen(cas, "CAS*CO*45*1.23~", 1);
    let id = books.app.import_remittance(&books.biller, "wrong.835", wrong.as_bytes()).unwrap().remittances[0].clone();
    let preview = books.app.open_remittance(&books.biller, &id).unwrap();
    assert_eq!(preview.state, RemittanceState::Unbalanced);
    let count = preview.remittance.claims.len();
    let reason = format!("the amounts of 1 of its {count} claims do not add up as sent");
    assert_eq!(preview.work.iter().map(|w| w.reason.as_str()).collect::<Vec<_>>(), [reason.as_str()]);
}

#[test]
fn a_test_moves_money_only_where_the_payers_are_simulated() {
    let books = Books::new();
    let (claims, partner) = books.claims(4);
    let real = answer(&Books::file(&claims, &partner), &asked()).unwrap().payments[0].bytes.clone();
    let text = String::from_utf8(real.clone()).unwrap();
    let test = text.replacen("*0*P*:", "*0*T*:", 1);
    assert_ne!(text, test);
    let state = |bytes: &[u8]| {
        let id = books.app.import_remittance(&books.biller, "era.835", bytes).unwrap().remittances[0].clone();
        (books.app.open_remittance(&books.biller, &id).unwrap().state, id)
    };
    let (needs_look, id) = state(test.as_bytes());
    assert_eq!(needs_look, RemittanceState::NeedsLook);
    let refused = books.app.post_remittance(&books.biller, &id, TODAY);
    assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("it is a test (ISA15 is T)")), "{refused:?}");
    assert_eq!(books.balances(), BTreeMap::new());
    assert_eq!(state(&real).0, RemittanceState::Matched, "the real one that follows is not a repetition");

    let zone = Zone::parse("America/Chicago").unwrap();
    let facts = crate::practice::Facts { name: "Northside".to_owned(), zone, synthetic: Some(7) };
    books.app.found_practice(&facts, None).unwrap();
    let simulated = test.replacen("TRN*1*", "TRN*1*Z", 1);
    assert_eq!(state(simulated.as_bytes()).0, RemittanceState::Matched, "a synthetic practice has no other payers");
}

#[test]
fn what_one_payer_leaves_waits_for_the_next() {
    let books = Books::new();
    let (claims, partner) = books.claims(24);
    let second = Payer { id: books.id(PayerId::new), name: "Second Health".into(), ..claims[0].payer.clone() };
    let coverages: Vec<Coverage> = claims
        .iter()
        .map(|claim| Coverage {
            id: books.id(CoverageId::new),
            payer: second.id.clone(),
            priority: Priority::Secondary,
            ..claim.coverage.clone()
        })
        .collect();
    let (desk, stamp) = (Cx { role: Role::FrontDesk, ..books.biller.clone() }, stamp(&books.biller, "test"));
    let second = Payer { x12_id: "SECOND".into(), ..second };
    let kept = books.app.change(
        &desk,
        domain::access::Action::PatientEdit,
        |_| Ok(Resource::Practice),
        move |tx, grant| {
            store::directory::add(tx, &second, &stamp)?;
            coverages.iter().try_for_each(|c| store::coverage::add(tx, grant, c, &stamp))
        },
    );
    kept.unwrap();
    let payment = answer(&Books::file(&claims, &partner), &asked()).unwrap().payments[0].bytes.clone();
    let id = books.app.import_remittance(&books.biller, "era.835", &payment).unwrap().remittances[0].clone();
    books.app.post_remittance(&books.biller, &id, TODAY).unwrap();
    let preview = books.app.open_remittance(&books.biller, &id).unwrap();
    let owed = |claim: &domain::remittance::RemitClaim| claim.patient_part.is_some_and(|part| part > Cents::ZERO);
    let left = preview.remittance.claims.iter().filter(|c| owed(c)).count();
    let next: Vec<_> = preview.work.iter().filter(|w| w.kind == domain::work::WorkKind::NextPayer).collect();
    assert!(left > 0 && next.len() == left, "{left} claims leave something, {} wait", next.len());
    assert!(next[0].reason.starts_with("Second Health pays after Prairie Health, which left "), "{}", next[0].reason);
}

#[test]
fn what_is_no_remittance_is_kept_with_clear_words() {
    let books = Books::new();
    books.set_up();
    let good = crate::simulated::tests::file(3);
    let payment = answer(&good, &asked()).unwrap().payments[0].bytes.clone();
    let cut = payment[..payment.len() / 2].to_vec();
    let none = [b"PK\x03\x04\0\0\xff\xfe binary".to_vec(), good.clone(), vec![b'A'; 1 << 20]];
    for bytes in &none {
        let imported = books.app.import_remittance(&books.biller, "x", bytes).unwrap();
        assert!(imported.is_new && imported.remittances.is_empty());
        let file = books.app.open_remittance_file(&books.biller, &imported.file).unwrap();
        assert_eq!(&file.bytes, bytes, "kept byte for byte");
        assert!(file.faults[0].ends_with("It is kept as it came"), "{}", file.faults[0]);
    }
    let imported = books.app.import_remittance(&books.biller, "cut", &cut).unwrap();
    for id in &imported.remittances {
        let refused = books.app.post_remittance(&books.biller, id, TODAY);
        assert!(matches!(refused, Err(Error::Refused(_))), "half a file posts nothing");
    }
    assert!(matches!(books.app.import_remittance(&books.biller, "x", b""), Err(Error::Refused(_))));
    let huge = vec![b'~'; 33 * 1024 * 1024];
    assert!(matches!(books.app.import_remittance(&books.biller, "x", &huge), Err(Error::Refused(_))));
    assert_eq!(books.balances(), BTreeMap::new());
}

#[test]
fn every_sample_is_taken_in_by_a_practice_that_knows_none_of_its_claims() {
    let root = std::env::var("WELLKEPT_CONFORMANCE").unwrap_or_else(|_| "../../../shared".to_owned());
    let folder = std::path::Path::new(&root).join("x12-samples/835");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        assert!(std::env::var_os("CI").is_none(), "the samples are missing: set WELLKEPT_CONFORMANCE");
        println!("conformance not run: `{}` is not there", folder.display());
        return;
    };
    let books = Books::new();
    books.set_up();
    let more = std::env::var_os("WELLKEPT_MORE_835").map(|more| std::fs::read_dir(more).unwrap());
    let mut files: Vec<_> = entries.chain(more.into_iter().flatten()).map(|e| e.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 16, "{}", files.len());
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.display().to_string();
        let imported = books.app.import_remittance(&books.biller, &name, &bytes).unwrap();
        let same = books.app.import_remittance(&books.biller, &name, &bytes).unwrap();
        assert!(!same.is_new && same.remittances == imported.remittances, "{name}");
        let kept = books.app.open_remittance_file(&books.biller, &imported.file).unwrap();
        assert_eq!(kept.bytes, bytes, "{name}");
        let (sets, _) = x12::remittance::read(&bytes);
        assert_eq!(imported.remittances.len(), sets.len(), "{name}");
        for (id, set) in imported.remittances.iter().zip(&sets) {
            let preview = books.app.open_remittance(&books.biller, id).unwrap();
            assert_eq!(preview.remittance.claims.len(), set.claims.len(), "{name}");
            let unmoved = |why: &&String| why.contains("BPR0") || why.contains("CUR02");
            let said = preview.plan.blocked.iter().find(unmoved).filter(|_| path.starts_with(&folder));
            assert_eq!(said, None, "{name}: real payments moved their money");
            let posted = books.app.post_remittance(&books.biller, id, TODAY);
            assert!(matches!(posted, Err(Error::Refused(_))), "{name}: {posted:?}");
        }
    }
    assert_eq!(books.balances(), BTreeMap::new(), "nothing is posted");
}
