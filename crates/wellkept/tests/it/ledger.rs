//! The ledger's page and what the last look through the books found.

use domain::access::Role;
use domain::id::EntryId;
use store::{Tx, params, sql};
use testkit::on_both;

/// A cent more on one posting, past the books. Returns its entry.
fn spoil(tx: &mut Tx) -> store::Result<EntryId> {
    let last = tx.query_one(sql!("SELECT max(entry_id) AS id FROM ledger_posting"), &[])?.get("id")?;
    tx.execute(sql!("UPDATE ledger_posting SET amount = amount + 1 WHERE entry_id = $1 AND line = 0"), params![last])?;
    Ok(last)
}

#[test]
fn s_tec_15_the_page_says_which_posting_is_not_as_it_was_posted() {
    on_both(|practice| {
        let biller = practice.as_role(Role::Biller);
        let page = || biller.get("/ledger").expect(200).text();
        assert!(page().contains("No entry was held against its postings yet"), "{}", page());
        let found = practice.app.check_books().unwrap();
        assert!(found.entries > 0 && found.broken == 0, "{found:?}");
        assert!(page().contains(&format!("Each of {} entries was held", found.entries)), "{}", page());
        let entry = practice.app.store.write("spoil", spoil).unwrap().value;
        practice.app.check_books().unwrap();
        let told = format!("<a href=\"/ledger/entries/{entry}\">{entry}</a>: posting 1: `amount`.");
        assert!(page().contains(&told) && page().contains("The books are not whole"), "{}", page());
    });
}
