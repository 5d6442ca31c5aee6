//! Public 835 samples, imported into a practice that knows none of their claims: all is read, and nothing is posted.

#![expect(clippy::unwrap_used, reason = "a test that stops is a test that fails")]

use std::path::{Path, PathBuf};

use domain::id::{FileId, PayerId, RemittanceId};
use domain::name::x12_text;
use domain::npi::Npi;
use domain::place::{Address, AddressParts, Phone, Practice, TaxId, Taxonomy};
use domain::remittance::{Decision, Remittance, plan, read_file};
use domain::{Cents, coverage::FilingIndicator, form::Faults, payer::OtherNumbers, payer::Payer};

const ID: &str = "01890000-0000-7000-8000-000000000001";

fn folder() -> Option<PathBuf> {
    let root = std::env::var_os("WELLKEPT_CONFORMANCE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = root.join("x12-samples/835");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "`{}` is missing", folder.display());
    println!("conformance not run");
    None
}

fn practice() -> Practice {
    let parts = AddressParts { line1: "1 Elm St", line2: "", city: "Peoria", state: "IL", zip: "616021234" };
    Practice {
        legal_name: "Northside Family Care".to_owned(),
        npi: Npi::from_nine("123456789").unwrap(),
        tax_id: TaxId::parse("98-7654321").unwrap(),
        taxonomy: Taxonomy::parse("261QP2300X").unwrap(),
        billing_address: Address::read("", parts, &mut Faults::new()).unwrap(),
        pay_to: None,
        phone: Phone::parse("309-555-0100").unwrap(),
        contact: "Billing".to_owned(),
    }
}

fn payer(number: &str) -> Payer {
    Payer {
        id: PayerId::parse(ID).unwrap(),
        name: "Prairie Health".to_owned(),
        x12_id: number.to_owned(),
        other_numbers: OtherNumbers::default(),
        filing: FilingIndicator::Commercial,
        timely_filing_days: 90,
        partner: None,
    }
}

fn read(bytes: &[u8], payers: &[Payer]) -> Vec<Remittance> {
    read_file(&FileId::parse(ID).unwrap(), bytes, payers, || RemittanceId::parse(ID).unwrap()).0
}

#[test]
fn samples_post_nothing_in_a_practice_that_knows_none_of_their_claims() {
    let Some(folder) = folder() else { return };
    let mut sets = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let bytes = std::fs::read(&file).unwrap();
        let remittances = read(&bytes, &[]);
        assert!(!remittances.is_empty(), "{}", file.display());
        for remittance in remittances {
            sets += 1;
            let plan = plan(&remittance, &practice(), &[], &[]);
            assert!(!plan.blocked.is_empty(), "{}", file.display());
            assert_eq!((plan.deposit.len(), plan.provider.len(), plan.posted()), (0, 0, 0), "{}", file.display());
            assert_eq!(plan.exceptions().count(), remittance.claims.len(), "each claim waits: {}", file.display());
            let json = serde_json::to_string(&remittance).expect("json");
            assert_eq!(serde_json::from_str::<Remittance>(&json).expect("json"), remittance);
        }
    }
    assert!(sets >= 16, "{sets}");
}

/// The practice is the payee and knows the payer, and still none of the claims: the deposit is right and all of it is unapplied.
#[test]
fn samples_for_this_practice_keep_their_money_unapplied() {
    let Some(folder) = folder() else { return };
    let mut deposits = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for strange in read(&bytes, &[]) {
            let Some(number) = strange.payer_numbers.first() else { continue };
            let mut known = read(&bytes, &[payer(number)]);
            let Some(known) = known.iter_mut().find(|r| r.set == strange.set) else { continue };
            // As if it were sent to us, and in earnest.
            known.is_test = false;
            known.payee_numbers = vec![practice().npi.to_string()];
            let plan = plan(&*known, &practice(), &[], &[]);
            assert!(plan.claims.iter().all(|c| matches!(c.decision, Decision::Ask(_))));
            if plan.blocked.is_empty() {
                deposits += 1;
                let paid = Cents::sum(known.claims.iter().map(|c| c.paid)).unwrap();
                assert_eq!(plan.unapplied(), Ok(paid), "{}", x12_text(&known.payer_name, 40));
            }
        }
    }
    println!("{deposits} deposits");
    assert!(deposits >= 8, "{deposits}");
}
