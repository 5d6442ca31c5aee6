//! Files that come twice, and files that come under another number.

use domain::access::Role;
use domain::id::{PayerId, RemittanceId};
use domain::remittance::RemittanceState;

use super::*;

/// A practice with claims, and the first payment of its payer.
fn paid() -> (Books, String, Payer) {
    let books = Books::new();
    let (claims, partner) = books.claims(4);
    let bytes = answer(&Books::file(&claims, &partner), &asked()).unwrap().payments[0].bytes.clone();
    let payer = books.app.payers().unwrap().remove(0);
    (books, String::from_utf8(bytes).unwrap(), payer)
}

/// The file with one segment changed, the first that begins so.
fn with(file: &str, begins: &str, change: impl Fn(&str) -> String) -> String {
    let line = file.lines().find(|l| l.starts_with(begins)).unwrap();
    file.replacen(line, &change(line), 1)
}

impl Books {
    fn take_in(&self, file: &str) -> RemittanceId {
        let imported = self.app.import_remittance(&self.biller, "era.835", file.as_bytes()).unwrap();
        imported.remittances[0].clone()
    }

    fn stands(&self, id: &RemittanceId) -> RemittanceState {
        self.app.open_remittance(&self.biller, id).unwrap().state
    }

    /// How many payments the queue counts in a state.
    fn counted(&self, state: RemittanceState) -> u64 {
        let queue = self.app.remittance_queue(&self.biller, None).unwrap();
        queue.counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n)
    }
}

#[test]
fn money_that_comes_under_another_number_is_posted_once_somebody_says_whose_it_is() {
    let (books, file, payer) = paid();
    let unknown = with(&file, "REF*2U*", |l| l.replace("*PRAIR", "*99912"));
    let second = with(&unknown, "TRN*1*", |l| l.replacen("TRN*1*", "TRN*1*Z", 1));
    let (first, second) = (books.take_in(&unknown), books.take_in(&second));
    let preview = books.app.open_remittance(&books.biller, &first).unwrap();
    assert_eq!((preview.state, preview.payers.len()), (RemittanceState::NeedsLook, 1));
    let numbers = preview.remittance.payer_numbers.clone();
    assert!(preview.plan.blocked[0].contains("say whose number it is"), "{:?}", preview.plan.blocked);

    let name = |cx: &Cx, number: &str| books.app.name_payer_of(cx, &first, &payer.id, number);
    assert!(matches!(name(&person(Role::FrontDesk), &numbers[0]), Err(Error::Denied { .. })));
    let stranger = name(&books.biller, "12345");
    assert!(matches!(&stranger, Err(Error::Refused(why)) if why.contains("one of its own numbers")), "{stranger:?}");
    assert_eq!(books.app.open_payer(&books.biller, &payer.id).unwrap().version, 1, "nothing was kept");
    name(&books.biller, &numbers[0]).unwrap();
    let again = name(&books.biller, &numbers[0]);
    assert!(matches!(&again, Err(Error::Refused(why)) if why.contains("any more")), "{again:?}");

    assert_eq!(books.counted(RemittanceState::Matched), 2, "the other file that waited for it too");
    let posted = books.app.post_remittance(&books.biller, &first, TODAY).unwrap();
    assert_eq!((posted.waiting, books.stands(&first)), (0, RemittanceState::Posted));
    assert!(books.balances().keys().all(|kind| kind != "unapplied") || books.balances()["unapplied"] == 0);
    let page = books.app.open_payer(&books.biller, &payer.id).unwrap();
    assert_eq!((page.version, page.changes.len(), page.numbers.len()), (2, 2, 1));
    assert_eq!(page.numbers[0].known.added.by, books.biller.account);
    let trace = &preview.remittance.trace;
    assert_eq!(page.changes[0].what, format!("known as 99912 too: payment {trace} came under it"));

    books.app.end_payer_number(&books.biller, &payer.id, "99912").unwrap();
    assert_eq!(books.stands(&first), RemittanceState::Posted, "what is posted stays");
    assert_eq!(books.counted(RemittanceState::NeedsLook), 1, "what is not waits again");
    assert!(books.app.post_remittance(&books.biller, &second, TODAY).is_err());
}

#[test]
fn a_number_that_two_payers_claim_is_nobodys_until_one_gives_it_up() {
    let (books, file, payer) = paid();
    let form = domain::payer::PayerForm {
        name: "Sister Plan".into(),
        number: "SISTER".into(),
        filing: "CI".into(),
        timely_filing_days: "90".into(),
    };
    let sister: PayerId = books.app.add_payer(&books.biller, &form).unwrap();
    let trn = file.lines().find(|l| l.starts_with("TRN*1*")).unwrap();
    let originator = trn.trim_end_matches('~').split('*').nth(3).unwrap().to_owned();
    books.app.add_payer_number(&books.biller, &sister, &originator).unwrap();
    let taken = books.app.add_payer_number(&books.biller, &payer.id, &originator);
    assert!(matches!(&taken, Err(Error::Refused(why)) if why.contains("`Sister Plan` already")), "{taken:?}");

    let id = books.take_in(&file);
    let blocked = books.app.open_remittance(&books.biller, &id).unwrap().plan.blocked.clone();
    assert!(blocked[0].contains("those of Prairie Health and Sister Plan"), "{blocked:?}");
    books.app.end_payer_number(&books.biller, &sister, &originator).unwrap();
    assert_eq!(books.counted(RemittanceState::Matched), 1);
    books.app.post_remittance(&books.biller, &id, TODAY).unwrap();
}

#[test]
fn a_corrected_copy_takes_the_place_of_one_that_was_held_and_nothing_is_lost() {
    let (books, file, _) = paid();
    let wrong = with(&file, "BPR*", |bpr| {
        let amount = bpr.split('*').nth(2).unwrap();
        bpr.replacen(amount, &format!("1{amount}"), 1)
    });
    let held = books.take_in(&wrong);
    assert_eq!(books.stands(&held), RemittanceState::Unbalanced);
    assert_eq!(books.app.remittance_queue(&books.biller, None).unwrap().work.len(), 1);

    let right = books.take_in(&file);
    let preview = books.app.open_remittance(&books.biller, &right).unwrap();
    assert_eq!((preview.state, preview.instead_of.as_slice()), (RemittanceState::Matched, &[held.clone()][..]));
    let old = books.app.open_remittance(&books.biller, &held).unwrap();
    assert_eq!((old.state, old.superseded_by.as_ref()), (RemittanceState::Superseded, Some(&right)));
    assert!(old.work.is_empty(), "what waited about it is done");
    let kept = books.app.open_remittance_file(&books.biller, &old.remittance.file).unwrap();
    assert_eq!(kept.bytes, wrong.as_bytes(), "nothing is lost");
    let refused = books.app.post_remittance(&books.biller, &held, TODAY);
    assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("took its place")), "{refused:?}");

    books.app.post_remittance(&books.biller, &right, TODAY).unwrap();
    let before = books.balances();
    let third = books.take_in(&file.replace('\n', "\r\n"));
    assert_eq!(books.stands(&third), RemittanceState::Duplicate, "what is posted is the payment");
    assert!(books.app.post_remittance(&books.biller, &third, TODAY).is_err());
    assert_eq!((books.take_in(&wrong), books.balances()), (held, before));
}

#[test]
fn half_a_copy_hides_no_whole_one() {
    let (books, file, payer) = paid();
    let unknown = with(&file, "REF*2U*", |l| l.replace("*PRAIR", "*99912"));
    let held = books.take_in(&unknown);
    let copy = books.take_in(unknown.split_at(unknown.len() / 2).0);
    assert_eq!(books.stands(&copy), RemittanceState::Duplicate);
    books.app.name_payer_of(&books.biller, &held, &payer.id, "99912").unwrap();
    assert_eq!(books.stands(&held), RemittanceState::Matched);
}
