// The biller's day in a real browser: what waits, a claim held and mended, a batch refused and released, the payers'
// answers, a remittance posted and refused as the same, what waits for a person, the books. Every page is looked at by axe
// in light and dark, and pictured.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { checkPage, checkWeight, launch, signIn, totp } from "../harness.mjs";
import { serve } from "../product.mjs";

let practice;
const endings = [];
before(async () => { practice = await serve({ after: end => endings.push(end) }); });
after(async () => { for (const end of endings.reverse()) await end(); });

/** Answers that are errors on purpose, and what the browser itself says of an address that names a place in its page. */
const REFUSALS = { allow: ["status of 422", "status of 403", "status of 409", "Autofocus processing was blocked"] };
const RIVERBEND = { agreement: "BAA-2026-001", signed_on: "1/22/2026" };

const codes = {};

async function enter(t, login) {
  const browser = await launch(t, REFUSALS);
  const page = await browser.page();
  const person = practice.people[login];
  // A code works once: the next person with this login waits for the next one.
  while (codes[login] === totp(person.secret)) await new Promise(done => setTimeout(done, 500));
  codes[login] = totp(person.secret);
  await signIn(page, practice.base, person);
  return page;
}

async function open(page, where, heading) {
  await page.goto(new URL(where, practice.base).href);
  await title(page, heading);
}

async function title(page, heading) {
  await page.getByRole("heading", { level: 1, name: heading, exact: typeof heading === "string" }).waitFor();
  await page.waitForFunction(() => !!window.htmx);
}

const main = page => page.getByRole("main");
const press = (page, name) => main(page).getByRole("button", { name, exact: true }).click();
const follow = (page, name) => main(page).getByRole("link", { name, exact: typeof name === "string" }).first().click();
const says = (page, text) => main(page).getByText(text).first().waitFor();

/** Gives a form's file field a file and sends it. */
async function give(page, name, bytes, button) {
  await page.locator("#f-file").setInputFiles({ name, mimeType: "application/octet-stream", buffer: bytes });
  await press(page, button);
}

/** The files that wait, by payer and day: the payments first, then what corrects them. */
const inbox = () => fs.readdirSync(practice.inbox).sort((a, b) => a.slice(-14).localeCompare(b.slice(-14)))
  .map(name => ({ name, bytes: fs.readFileSync(path.join(practice.inbox, name)) }));

/** Another remittance: the same with some of its text changed. */
const changed = (file, ...pairs) => Buffer.from(pairs.reduce((text, [from, to]) => text.replace(from, to), file.bytes.toString()));

// Told from one test to the next: they are one day.
const day = {};

test("a claim with a fault is held, mended by the desk, and made again", { timeout: 300_000 }, async t => {
  const page = await enter(t, "bea");
  await title(page, "Today");
  await says(page, /Ready to bill: \d+/);
  await checkPage(page, "money-today");

  await follow(page, /Needs work: \d+/);
  await title(page, "Claims");
  await checkPage(page, "money-needs-work");
  await main(page).getByRole("row").filter({ hasText: "has no address" }).first().getByRole("link").first().click();
  await title(page, "Claim");
  await says(page, "Ask the front desk; hold the claim until then.");
  const claim = new URL(page.url()).pathname;
  await main(page).getByText("Hold it").first().click();
  await page.getByLabel("Why it must not leave yet").fill("The desk asks for the address");
  await press(page, "Hold it");
  await says(page, "Somebody holds it: The desk asks for the address.");
  await checkPage(page, "money-held");
  const patient = await main(page).locator("a.who").getAttribute("href");

  const desk = await enter(t, "dana");
  await open(desk, `${patient}/edit`, "Change a patient");
  for (const [field, value] of [["line1", "12 Elm St"], ["city", "Dayton"], ["state", "OH"], ["zip", "45402"]]) {
    await desk.locator(`#f-${field}`).fill(value);
  }
  await press(desk, "Save");
  await says(desk, "12 Elm St");

  await press(page, "End the hold");
  await main(page).locator(".tag", { hasText: "Held" }).waitFor({ state: "detached" });
  await press(page, "Make it again from the records");
  await main(page).locator(".head").getByText("Ready").waitFor();
  await checkPage(page, "money-ready-claim");
  assert.equal(new URL(page.url()).pathname, claim);
});

test("a batch is refused without an agreement, and leaves with one", { timeout: 300_000 }, async t => {
  const manager = await enter(t, "maya");
  await open(manager, "/partners", "Vendors and BAAs");
  await checkPage(manager, "money-partners");
  await follow(manager, "Riverbend Clearinghouse");
  await title(manager, "Riverbend Clearinghouse");
  await checkPage(manager, "money-partner");
  for (const field of ["agreement", "signed_on", "from", "to"]) await manager.locator(`#f-${field}`).fill("");
  await press(manager, "Save");
  await says(manager, "May not be sent claims");

  const page = await enter(t, "bea");
  await open(page, "/claims?tab=ready", "Claims");
  await checkPage(page, "money-ready");
  // By keyboard: the list's first row, and three more.
  for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
  await says(page, "2 selected");
  for (const key of ["x", "j", "x"]) await page.keyboard.press(key);
  await page.getByLabel("Select all on this page").check();
  await page.getByLabel("Select all on this page").uncheck();
  const ours = main(page).locator("tbody tr").filter({ hasText: "Medicare" }).locator("input");
  for (const box of (await ours.all()).slice(0, 12)) await box.check();
  await says(page, "12 selected");
  await press(page, "Build batch");
  await title(page, /^Batch B/);
  day.batch = new URL(page.url()).pathname;
  await says(page, "nothing may be sent to `Riverbend Clearinghouse`: record a signed agreement");
  assert.equal(await main(page).getByRole("button", { name: "Release" }).count(), 0, "there is nothing to press");
  await checkPage(page, "money-batch-refused");
  await follow(page, "Open the partner");
  await says(page, "The practice manager or the privacy official records agreements and changes partners.");
  await checkPage(page, "money-partner-seen");

  for (const [field, value] of Object.entries(RIVERBEND)) await manager.locator(`#f-${field}`).fill(value);
  await press(manager, "Save");
  await says(manager, "Ground: agreement BAA-2026-001");
  await open(page, day.batch, /^Batch B/);
  await says(page, "May leave");
  await checkPage(page, "money-batch-preview");
  await press(page, "Release");
  await says(page, "Interchange");

  await press(page, "Let the payers acknowledge");
  await says(page, "the envelope was taken (TA1)");
  await says(page, "the file was taken (999)");
  await says(page, /answered for 12 of its claims \(277CA\)/);
  await checkPage(page, "money-batch-answered");
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Save the 835 of Medicare Part B (synthetic)")]);
  day.saved = await download.path().then(at => fs.readFileSync(at));
  assert.ok(day.saved.toString().startsWith("ISA*"), "an 835 to import");
  await open(page, "/claims/batches", "Batches");
  await checkPage(page, "money-batches");
});

test("what the payers turned back waits with its reason in words", { timeout: 300_000 }, async t => {
  const page = await enter(t, "bea");
  await follow(page, /Rejected: \d+/);
  await title(page, "Claims");
  await says(page, "Refused: information is not valid: member number of the subscriber. Correct it and send it as a new claim");
  assert.equal(await main(page).locator(".code").first().textContent(), "A7:164:IL", "the code is beside it");
  await checkPage(page, "money-rejected");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await title(page, "Claim");
  await says(page, "It never entered the payer, so no remittance will come");
  await checkPage(page, "money-rejected-claim");

  await open(page, "/claims/acknowledgements", "Acknowledgements");
  await press(page, "Read it");
  const from = name => page.locator("#f-from").selectOption({ label: name });
  await from("Riverbend Clearinghouse");
  await give(page, "letter.txt", Buffer.from("no acknowledgement"), "Read it");
  await says(page, "this file holds no TA1, 999 or 277CA");
  await checkPage(page, "money-ack-refused");
  const stranger = Buffer.from("ISA*00*          *00*          *ZZ*RIVERBEND      *ZZ*NORTHSIDE      *261122*1200*^*00501*000000099*0*T*:~" +
    "TA1*000009999*261122*1200*A*000~IEA*0*000000099~");
  await from("Riverbend Clearinghouse");
  await give(page, "stranger.ta1", stranger, "Read it");
  await says(page, "no batch of ours has this number");
  await says(page, "which we did not send: ask the partner whose file it is");
  await checkPage(page, "money-ack-stranger");
  // The plan answers for a file that went to the clearinghouse.
  const sent = await page.request.get(new URL(day.batch, practice.base).href).then(answer => answer.text());
  const interchange = sent.match(/Interchange<\/dt><dd>(\d{9})/)[1];
  const liar = Buffer.from(stranger.toString().replace("RIVERBEND ", "GREATLAKES").replace("TA1*000009999", `TA1*${interchange}`));
  await from("Great Lakes Blue, direct");
  await give(page, "liar.ta1", liar, "Read it");
  await says(page, "From somebody else");
  await says(page, "Find out who sent it");
  await checkPage(page, "money-ack-liar");
  await open(page, "/claims?tab=superseded", "Claims");
  await says(page, "No claim was replaced.");
  await checkPage(page, "money-claims-empty");
});

test("a remittance is read in words, posted to the cent, and refused as the same", { timeout: 300_000 }, async t => {
  const page = await enter(t, "bea");
  await open(page, "/payments", "Payments");
  await checkPage(page, "money-payments");
  await open(page, "/payments?state=unbalanced", "Payments");
  await checkPage(page, "money-payments-empty");
  await press(page, "Import");
  await says(page, "Choose a file first.");
  await checkPage(page, "money-payments-no-file");

  const [first, second] = inbox();
  await give(page, first.name, first.bytes, "Import");
  await title(page, "Remittance");
  await says(page, /Posting puts (all )?\d+/);
  await says(page, "Above the agreed or allowed fee");
  await says(page, "Adds up");
  await says(page, "nothing yet");
  await checkPage(page, "money-remittance");
  const stated = await main(page).locator("tbody.total .money").textContent();
  await main(page).getByRole("button", { name: /^Post/ }).click();
  await says(page, "Everything in it is in the books.");
  const cash = await main(page).getByRole("row").filter({ hasText: "In the books as cash" }).locator(".money").textContent();
  assert.equal(cash, stated, "the deposit is the payment");
  assert.equal(await main(page).getByRole("row").filter({ hasText: "Not applied" }).locator(".money").textContent(), "$0.00");
  await checkPage(page, "money-remittance-posted");

  await open(page, "/payments", "Payments");
  await give(page, "again.835", first.bytes, "Import");
  await says(page, /This very file was imported before\. It came on/);
  await checkPage(page, "money-same-file");

  // The same payment in another file: other line ends, another envelope.
  await open(page, "/payments", "Payments");
  await give(page, "resent.835", changed(first, [/\n/g, "\r\n"]), "Import");
  await says(page, "The same payment came before");
  await checkPage(page, "money-same-payment");

  // A payer that names a claim nobody here has sent.
  const unknown = changed(second, [/CLP\*[^*]+/, "CLP*NOBODYSCLAIM"], [/(CLP(?:\*[^*]*){6}\*)[^*]+/, "$1" + "000000000001"]);
  await open(page, "/payments", "Payments");
  await give(page, "unknown.835", unknown, "Import");
  await title(page, "Remittance");
  await says(page, "no claim of ours has the number `NOBODYSCLAIM`");
  await main(page).getByRole("button", { name: /^Post/ }).click();
  await says(page, /What could be posted is in the books; 1 wait for a person/);
  await checkPage(page, "money-unmatched");
  await open(page, "/payments", "Payments");
  await says(page, "Payment without a claim");
  await checkPage(page, "money-queue");

  await open(page, "/payments", "Payments");
  await give(page, "saved.835", day.saved, "Import");
  await title(page, "Remittance");
  await main(page).getByRole("button", { name: /^Post/ }).click();
  await says(page, "Everything in it is in the books.");
});

test("money under another number waits until somebody says whose it is", { timeout: 300_000 }, async t => {
  const page = await enter(t, "bea");
  const last = inbox().at(-1);
  const trace = last.bytes.toString().match(/TRN\*1\*[^*]+/)[0];
  const renamed = changed(last, [/REF\*2U\*[^~]+/, "REF*2U*99912"], [trace, `${trace}Y`]);
  await open(page, "/payments", "Payments");
  await give(page, "half.835", renamed.subarray(0, Math.floor(renamed.length * 0.6)), "Import");
  await says(page, "it was not read whole");
  const half = new URL(page.url()).pathname;
  await open(page, "/payments", "Payments");
  await give(page, "renamed.835", renamed, "Import");
  await says(page, "Whose money is this?");
  await says(page, "is not in the directory by any of these numbers");
  await checkPage(page, "money-whose");
  const whole = new URL(page.url()).pathname;
  await press(page, "It is this payer");
  await says(page, "Choose the payer whose money this is");
  await checkPage(page, "money-whose-not-said");
  await page.locator("#f-payer").selectOption({ index: 1 });
  await press(page, "It is this payer");
  await main(page).getByRole("button", { name: /^Post/ }).waitFor();
  await follow(page, "the copy that was held");
  assert.equal(new URL(page.url()).pathname, half);
  await says(page, "Another copy of this payment took its place");
  await checkPage(page, "money-superseded");
  await follow(page, "open that one");
  assert.equal(new URL(page.url()).pathname, whole);

  await open(page, "/payers", "Payers");
  await says(page, "99912");
  await checkPage(page, "money-payers");
  await main(page).getByRole("row").filter({ hasText: "99912" }).getByRole("link").click();
  await says(page, /known as 99912 too: payment .* came under it/);
  await page.locator("#f-number").fill("BL001");
  await press(page, "Add the number");
  await says(page, /BL001.* already/);
  await checkPage(page, "money-payer");
  await main(page).getByRole("button", { name: /^End/ }).click();
  await says(page, "no longer known as 99912");
  await follow(page, /^Change/);
  await title(page, /^Change /);
  await checkPage(page, "money-payer-change");
});

test("a file that is no good is refused with where, why and what to do", { timeout: 300_000 }, async t => {
  const page = await enter(t, "bea");
  const last = inbox().at(-1);
  const upload = async (name, bytes) => {
    await open(page, "/payments", "Payments");
    await give(page, name, bytes, "Import");
  };
  await upload("letter.pdf", Buffer.from("%PDF-1.7\n\xff\xfe\x00binary", "latin1"));
  await title(page, "Remittance file");
  await says(page, "No remittance could be read from this file, so nothing was posted: this is not an X12 file");
  await says(page, "It is kept as it came");
  await checkPage(page, "money-bad-pdf");
  await upload("cut.835", last.bytes.subarray(0, Math.floor(last.bytes.length * 0.6)));
  await says(page, "Nothing of this is posted, because");
  await says(page, "it was not read whole");
  await checkPage(page, "money-bad-cut");
  const bpr = last.bytes.toString().match(/BPR\*I\*(\d+(?:\.\d+)?)/);
  const trace = last.bytes.toString().match(/TRN\*1\*([^*]+)/);
  await upload("unbalanced.835", changed(last, [bpr[0], `BPR*I*1${bpr[1]}`], [trace[0], `${trace[0]}X`]));
  await says(page, "Nothing of this is posted, because");
  await says(page, "Does not add up");
  assert.equal(await main(page).getByRole("button", { name: /^Post/ }).count(), 0, "there is nothing to press");
  await checkPage(page, "money-bad-sum");
  await open(page, "/payments", "Payments");
  await says(page, "Unreadable file");
  await checkPage(page, "money-queue-bad");
});

test("each number of the books leads to what it is made of", { timeout: 300_000 }, async t => {
  const page = await enter(t, "bea");
  await open(page, "/ledger", "Ledger");
  await says(page, "The books balance");
  await checkPage(page, "money-ledger");
  for (const where of ["/ledger", "/claims"]) await checkWeight(page.context(), new URL(where, practice.base).href);
  await main(page).getByRole("row").filter({ hasText: "Insurance receivable" }).getByRole("link").first().click();
  await title(page, "Insurance receivable");
  await checkPage(page, "money-ledger-account");
  await main(page).getByRole("row").filter({ hasText: "of a remittance" }).locator("a[href*='/ledger/patients/']").first().click();
  await title(page, "Account");
  await says(page, "The patient owes");
  await checkPage(page, "money-account");
  await main(page).getByRole("row").filter({ hasText: "of a remittance" }).locator("td.num a").first().click();
  await title(page, "Ledger entry");
  const sum = await main(page).locator("tbody tr").evaluateAll(rows => rows.reduce((sum, row) => {
    const cents = cell => Math.round(Number((cell.textContent || "0").replace(/[$,]/g, "") || 0) * 100);
    const [debit, credit] = [...row.querySelectorAll("td.num")].map(cents);
    return sum + debit - credit;
  }, 0));
  assert.equal(sum, 0, "debits are credits");
  await checkPage(page, "money-entry");
  await follow(page, /Claim \d+ of a remittance/);
  await title(page, "Remittance");
});
