//! Payers and their numbers: money that comes under a number which nobody has, and whose it turns out to be.

use domain::access::Role;
use domain::payer::Payer;
use testkit::{Browser, Practice, on_both};

/// An 835 that pays nothing for nobody, from a payer under this number.
fn remittance(number: &str, trace: &str) -> String {
    let isa =
        "ISA*00*          *00*          *ZZ*RIVERBEND      *ZZ*NORTHSIDE      *261122*1200*^*00501*000000077*0*P*:~";
    format!(
        "{isa}GS*HP*RIVERBEND*NORTHSIDE*20261122*1200*77*X*005010X221A1~ST*835*0001~BPR*H*0*C*NON************20261122~\
         TRN*1*{trace}*1999888777~N1*PR*HEARTLAND EAST~N3*1 Main St~N4*Dayton*OH*45402~REF*2U*{number}~\
         PER*BL*CLAIMS*TE*8005550100~N1*PE*NORTHSIDE*XX*1999000009~SE*10*0001~GE*1*77~IEA*1*000000077~"
    )
}

fn import(biller: &Browser<'_>, file: &str) -> String {
    biller.upload("/payments", "file", "era.835", file.as_bytes()).expect(303).location().to_owned()
}

fn payers(practice: &Practice) -> Vec<Payer> {
    let all = practice.app.store.read("payers", store::directory::all::<Payer>).unwrap();
    all.into_iter().map(|p| p.value).collect()
}

#[test]
fn whose_money_it_is_is_said_once_with_who_and_when() {
    on_both(|practice| {
        let (biller, manager) = (practice.as_role(Role::Biller), practice.as_role(Role::PracticeManager));
        let payer = payers(practice).remove(0);
        let held = import(&biller, &remittance("99912", "T77"));
        let page = biller.get(&held).expect(200).text();
        assert!(page.contains("Whose money is this?") && page.contains("99912"), "{page}");

        let name =
            |number: &str, payer: &str| biller.post(&format!("{held}/payer"), &[("payer", payer), ("number", number)]);
        let again = name("99912", "").expect(422).text();
        assert!(again.contains("Choose the payer whose money this is"), "{again}");
        let again = name("55555", payer.id.as_str()).expect(422).text();
        assert!(again.contains("choose one of its own numbers"), "{again}");
        assert_eq!(name("99912", payer.id.as_str()).expect(303).location(), held);
        let page = biller.get(&held).expect(200).text();
        assert!(!page.contains("Whose money is this?"), "{page}");
        assert_eq!(practice.events_of("payer.changed"), 2, "the payer, and where the payment stands since");

        let one = format!("/payers/{}", payer.id);
        let page = manager.get(&one).expect(200).text();
        let who = &practice.persona(Role::Biller).name;
        for words in ["99912", who, "known as 99912 too: payment T77 came under it"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let _ = manager.post(&format!("{one}/numbers/end"), &[("number", "99912")]).expect(303);
        let page = biller.get(&held).expect(200).text();
        assert!(page.contains("Whose money is this?"), "what was said falls: {page}");
    });
}

#[test]
fn a_payer_is_added_and_changed_and_keeps_its_number_to_itself() {
    on_both(|practice| {
        let biller = practice.as_role(Role::Biller);
        let other = payers(practice).remove(0);
        let form = |number: &'static str| {
            [("name", "Heartland East"), ("number", number), ("filing", "CI"), ("timely_filing_days", "180")]
        };
        let empty = biller.post("/payers", &[("name", ""), ("number", "x*")]).expect(422).text();
        assert!(empty.contains("Write the payer") && empty.contains("without * : ~ or ^"), "{empty}");
        let one = biller.post("/payers", &form("HE001")).expect(303).location().to_owned();
        assert!(biller.get("/payers").expect(200).text().contains("Heartland East"));

        let number = other.x12_id.as_str();
        let taken = biller.post(&format!("{one}/numbers"), &[("number", number)]).expect(422).text();
        assert!(taken.contains(&format!("is a number of `{}` already", other.name)), "{taken}");
        assert!(taken.contains(&format!("value=\"{number}\"")), "what was typed stays: {taken}");
        let _ = biller.post(&format!("{one}/numbers"), &[("number", "he-old")]).expect(303);
        let page = biller.get(&one).expect(200).text();
        assert!(page.contains("HE-OLD") && page.contains("Nobody yet"), "{page}");

        let mut change = form("HE002").to_vec();
        change.push(("version", "1"));
        let _ = biller.post(&one, &change).expect(409);
        change.pop();
        change.push(("version", "2"));
        let _ = biller.post(&one, &change).expect(303);
        let page = biller.get(&one).expect(200).text();
        assert!(page.contains("its number is HE002 and no longer HE001") && page.contains("HE-OLD"), "{page}");
    });
}
