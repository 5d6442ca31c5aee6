// The front desk's and the clinician's day in a real browser: in, find, register, book, room, charge, check out; people,
// enrolment, and the lock. Every page is looked at by axe in light and dark, and pictured.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkPage, checkWeight, launch, shot, signIn, totp } from "../harness.mjs";
import { serve } from "../product.mjs";

let practice;
const endings = [];
before(async () => { practice = await serve({ after: end => endings.push(end) }); });
after(async () => { for (const end of endings.reverse()) await end(); });

const at = path => new URL(path, practice.base).href;
/** Answers that are errors on purpose: the browser writes their status into the console. */
const REFUSALS = { allow: ["status of 422", "status of 403", "status of 404", "status of 423"] };

async function open(page, path, heading) {
  await page.goto(at(path));
  await title(page, heading);
}

async function title(page, heading) {
  await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
  await page.waitForFunction(() => !!window.htmx);
}

/** Fills fields by their names. */
async function fill(page, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`#f-${name}`);
    if (await field.evaluate(f => f.tagName === "SELECT")) await field.selectOption(value);
    else await field.fill(value);
  }
}

const press = (page, name) => page.getByRole("main").getByRole("button", { name, exact: true }).click();

/** Times of today that Ruth Amaya has free, read off the day's list. */
async function freeTimes(page) {
  await page.goto(at("/schedule?view=list"));
  await page.locator("main").waitFor();
  const taken = await page.locator("tbody tr").evaluateAll(rows => rows
    .filter(row => row.textContent.includes("Amaya"))
    .map(row => [row.querySelector("time").getAttribute("datetime"), Number.parseInt(row.querySelector(".sub").textContent, 10)]));
  const minute = text => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const busy = taken.map(([from, minutes]) => [minute(from), minute(from) + minutes]);
  const marks = [];
  for (let m = 8 * 60; m <= 16 * 60; m += 20) if (m + 20 <= 12 * 60 || m >= 13 * 60) marks.push(m);
  const free = marks.filter(m => busy.every(([from, to]) => m + 20 <= from || m >= to));
  return free.map(m => `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`);
}

// Told from one test to the next: they are one day.
const day = {};

const PERSON = { family: "Quetzal-Ibarra", given: "Nadia", birth_date: "6/9/1984", sex: "F", phone: "937-555-0142" };

test("the front desk registers, books, and brings a patient to a room", { timeout: 300_000 }, async t => {
  const browser = await launch(t, REFUSALS);
  const page = await browser.page();
  const dana = practice.people.dana;

  await page.goto(at("/sign-in"));
  await page.locator("#f-login").waitFor();
  await checkPage(page, "desk-sign-in");
  await fill(page, { login: dana.user, password: "not the password" });
  await press(page, "Continue");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.locator("#f-login").inputValue(), dana.user, "the login is kept");
  await checkPage(page, "desk-sign-in-refused");
  await fill(page, { password: dana.password });
  await press(page, "Continue");
  await page.locator("#f-code").waitFor();
  await checkPage(page, "desk-code");
  await fill(page, { code: totp(dana.secret) });
  await press(page, "Sign in");
  await title(page, "Today");
  await checkPage(page, "desk-today");

  // Find: `g p`, and what is not there says so.
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await title(page, "Patients");
  await checkPage(page, "desk-patients");
  await fill(page, { q: "xyzzy plugh" });
  await press(page, "Find");
  await page.getByText("Nobody found").waitFor();
  await checkPage(page, "desk-patients-nobody");

  // Register: wrong first. Each fault says where and why, and nothing typed is lost.
  await page.locator("h1").click();
  await page.keyboard.press("n");
  await title(page, "Register a patient");
  await checkPage(page, "desk-register");
  const plan = await page.locator("#f-payer option").nth(1).getAttribute("value");
  const typed = { ...PERSON, family: "<b>Quetzal</b>", birth_date: "2/30/2001", payer: plan, member_id: "!", zip: "4540" };
  await fill(page, typed);
  await press(page, "Register");
  await page.getByRole("heading", { name: /need another look/ }).waitFor();
  for (const [name, value] of Object.entries(typed)) assert.equal(await page.locator(`#f-${name}`).inputValue(), value, name);
  await page.getByRole("link", { name: /February has 28 days/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "f-birth_date", "the summary leads to the field");
  await checkPage(page, "desk-register-faults");
  await fill(page, { ...PERSON, family: "<b>Quetzal</b>", member_id: "XQ55501", line1: "12 Elm St", city: "Dayton", state: "OH", zip: "45402", relationship: "18", priority: "P", filing: "CI" });
  await press(page, "Register");
  await title(page, "Patient");
  await page.getByText("Nadia <b>Quetzal</b>").waitFor();
  day.chart = new URL(page.url()).pathname;
  await page.keyboard.press("e");
  await title(page, "Change a patient");
  await checkPage(page, "desk-change");
  await fill(page, { family: PERSON.family });
  await press(page, "Save");
  await title(page, "Patient");
  await checkPage(page, "desk-chart");
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.getByText("prints from the page's own Print button").isVisible());
  assert.ok(await page.getByText("937-555-0142").first().isHidden(), "a chart does not print by itself");
  await shot(page, "desk-chart-print");
  await page.emulateMedia({ media: "screen" });
  await page.getByRole("link", { name: "Add a coverage" }).click();
  await title(page, "Add a coverage");
  await fill(page, { member_id: "?" });
  await press(page, "Save");
  await page.getByRole("heading", { name: /need another look/ }).waitFor();
  await checkPage(page, "desk-coverage-faults");
  for (const q of ["nadia quetzal", "quetzal, nadia", "ibarra", "6/9/1984", "0142"]) {
    await page.goto(at(`/patients?q=${encodeURIComponent(q)}`));
    await page.getByRole("link", { name: "Quetzal-Ibarra, Nadia" }).waitFor();
  }

  // Book; the same time again is refused with a way out.
  const [free] = await freeTimes(page);
  assert.ok(free, "Ruth Amaya has no free time today");
  await open(page, "/schedule/book", "Book a visit");
  await checkPage(page, "desk-book-who");
  await fill(page, { q: "quetzal" });
  await press(page, "Find");
  await page.getByRole("main").getByRole("link", { name: "Quetzal-Ibarra, Nadia" }).click();
  await page.getByText("First openings").waitFor();
  await checkPage(page, "desk-book");
  const today = await page.evaluate(() => new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York" }).format(new Date()));
  const amaya = await page.locator("#f-provider option", { hasText: "Amaya" }).getAttribute("value");
  const visit = { kind: "follow_up", provider: amaya, date: today, time: free, reason: "Cough" };
  await fill(page, visit);
  await press(page, "Book");
  await title(page, "Visit");
  day.visit = new URL(page.url()).pathname;
  await page.goto(at(`/schedule/book?patient=${day.chart.split("/").at(-1)}`));
  await fill(page, visit);
  await press(page, "Book");
  await page.getByRole("link", { name: /This time is taken: choose another, or ask a clinician or practice manager/ }).waitFor();
  assert.equal(await page.locator("#f-reason").inputValue(), "Cough");
  assert.equal(await page.locator("#f-overbook_reason").count(), 0, "what the role may not do is not offered");
  await checkPage(page, "desk-book-taken");

  // The day, its list by keyboard, its sheet.
  await page.goto(at("/schedule"));
  await checkWeight(page.context(), at("/schedule"));
  await page.locator("[data-day]").waitFor();
  await checkPage(page, "desk-schedule");
  await page.getByRole("link", { name: "Northside Evansville" }).click();
  await page.getByText(/Times in C[DS]T/).waitFor();
  assert.equal(await page.getByRole("heading", { name: "Ruth Amaya, MD" }).count(), 0, "who works elsewhere has no column");
  await checkPage(page, "desk-schedule-evansville");
  await page.goto(at("/schedule?view=list"));
  await page.locator("tbody tr").first().waitFor();
  await checkPage(page, "desk-schedule-list");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  const first = await page.locator("tbody tr a").first().getAttribute("href");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("href")), first, "j and k go about");
  await page.keyboard.press("Enter");
  await title(page, "Visit");
  await page.goto(at("/schedule/print"));
  await page.getByText("Day sheet").first().waitFor();
  await checkPage(page, "desk-day-sheet");
  await page.goto(at("/schedule?date=2027-01-01&view=list"));
  await page.getByText("Nobody is booked on this day").waitFor();
  await checkPage(page, "desk-schedule-empty");

  // To the room; what has not begun may move.
  await open(page, day.visit, "Visit");
  await page.keyboard.press("e");
  await title(page, "Move a visit");
  await checkPage(page, "desk-move");
  await open(page, day.visit, "Visit");
  await press(page, "Arrive");
  await page.getByText("waits 0 min").waitFor();
  await press(page, "Room");
  await page.getByRole("button", { name: "Mark seen" }).waitFor();
  await checkPage(page, "desk-visit");

  await open(page, "/me", "Your account");
  await checkPage(page, "desk-me");
  await page.goto(at("/charges"));
  await page.getByText("Your role may not do this").first().waitFor();
  await checkPage(page, "desk-not-allowed");
  await page.goto(at("/nowhere"));
  await page.getByText("There is no such page").first().waitFor();
  await checkPage(page, "desk-nowhere");
});

test("the clinician records charges, signs, and checks out", { timeout: 240_000 }, async t => {
  const browser = await launch(t, REFUSALS);
  const page = await browser.page();
  await signIn(page, practice.base, practice.people.ruth);
  await title(page, "Today");
  await page.getByRole("link", { name: "Seen, no charges yet" }).waitFor();
  await checkPage(page, "clinician-today");
  await page.goto(at("/schedule?view=list"));
  const row = page.locator("tr", { has: page.locator(`a[href="${day.visit}"]`) });
  await row.waitFor();
  await checkPage(page, "clinician-schedule-list");
  await row.getByRole("button", { name: /Record charges/ }).click();
  await title(page, "Charges of a visit");
  await checkPage(page, "clinician-charges-blank");

  await fill(page, { diagnosis_1: "not a code", line_1_code: "G0463", line_1_price: "12.345", line_1_pointers: "B" });
  await press(page, "Save");
  await page.getByRole("heading", { name: /need another look/ }).waitFor();
  assert.equal(await page.locator("#f-diagnosis_1").inputValue(), "not a code");
  await checkPage(page, "clinician-charges-faults");
  await fill(page, { diagnosis_1: "J06.9", diagnosis_2: "R51", line_1_price: "125.00", line_1_pointers: "A B", line_1_units: "1" });
  await press(page, "Save");
  await page.getByText("To sign").first().waitFor();
  await press(page, "Save and sign");
  await page.getByText("These lines are locked").waitFor();
  await checkPage(page, "clinician-charges-signed");

  await open(page, day.visit, "Visit");
  await press(page, "Mark seen");
  await page.getByRole("button", { name: "Check out" }).waitFor();
  await press(page, "Check out");
  await page.getByText("This visit is over").waitFor();
  await page.getByRole("link", { name: /^Charges/ }).first().waitFor();
  await checkPage(page, "clinician-visit-over");

  // One visit on the books, seen from the chart; who did what has a name.
  await open(page, day.chart, "Patient");
  assert.equal(await page.getByRole("main").getByRole("link", { name: /^Charges of/ }).count(), 1);
  await checkPage(page, "clinician-chart");
  await open(page, `${day.chart}/history`, "History");
  await page.getByText("Dana Whitfield, front desk").first().waitFor();
  await page.getByText("Ruth Amaya, clinician").first().waitFor();
  await checkPage(page, "clinician-history");
  for (const stage of ["empty", "draft", "signed", "billed"]) {
    await open(page, `/charges?stage=${stage}`, "Charges");
    await checkPage(page, `clinician-charges-at-${stage}`);
  }
  await open(page, "/charges/new", "Charge a visit");
  await checkPage(page, "clinician-charge-new");
});

test("the security official adds a person, who enrols", { timeout: 240_000 }, async t => {
  const browser = await launch(t, REFUSALS);
  const page = await browser.page();
  await signIn(page, practice.base, practice.people.sam);
  await open(page, "/people", "People");
  await checkPage(page, "people");
  await page.locator("h1").click();
  await page.keyboard.press("n");
  await title(page, "Invite a person");
  await fill(page, { name: "Noor Haddad", login: "d" });
  await press(page, "Invite");
  await page.getByRole("heading", { name: /need another look/ }).waitFor();
  assert.equal(await page.locator("#f-name").inputValue(), "Noor Haddad");
  await checkPage(page, "people-new-faults");
  await fill(page, { login: "noor", role: "front_desk", employment: "employee", clearance: "not_needed", not_needed_why: "worked here before, cleared in March" });
  await press(page, "Invite");
  await title(page, "First passphrase");
  await checkPage(page, "people-passphrase");
  const passphrase = await page.locator("main code").textContent();
  await page.getByRole("link", { name: "Done" }).click();
  await title(page, "Noor Haddad");
  await checkPage(page, "people-person");
  await press(page, "End access now");
  await page.getByRole("heading", { name: /needs? another look/ }).waitFor();
  await checkPage(page, "people-person-faults");

  const own = await launch(t, REFUSALS);
  const noor = await own.page();
  await noor.goto(at("/sign-in"));
  await fill(noor, { login: "noor", password: passphrase });
  await press(noor, "Continue");
  await title(noor, "Set up your sign-in");
  await checkPage(noor, "enrol");
  const secret = (await noor.locator("main code").first().textContent()).replace(/\s/g, "");
  await fill(noor, { password: "short", code: totp(secret) });
  await press(noor, "Finish");
  await noor.getByText(/need(s)? another look/).waitFor();
  await checkPage(noor, "enrol-faults");
  await fill(noor, { password: "seven green lamps", code: totp(secret) });
  await press(noor, "Finish");
  await title(noor, "Recovery codes");
  await checkPage(noor, "enrol-codes");
  await noor.getByRole("link", { name: /go on/ }).click();
  await title(noor, "Today");
});

test("s_tec_04 s_phy_02 the screen warns, locks by itself, and comes back with what was typed", { timeout: 180_000 }, async t => {
  const browser = await launch(t, REFUSALS);
  const page = await browser.page();
  const maya = practice.people.maya;
  await signIn(page, practice.base, maya);
  await page.clock.install();

  // Today asks again by itself, and says that nobody did: the clock goes on.
  await open(page, "/", "Today");
  const before = await page.locator("#session [data-left]").textContent();
  const [poll] = await Promise.all([
    page.waitForResponse(r => r.url() === at("/") && r.request().headers()["wellkept-poll"] !== undefined),
    page.clock.fastForward(61_000),
  ]);
  assert.equal(poll.status(), 200);
  assert.equal(poll.headers()["wellkept-locks-in"], undefined);
  await page.waitForFunction(was => document.querySelector("#session [data-left]").textContent !== was, before);
  assert.equal(await page.locator(".kpi").count() > 0, true, "the counts are drawn anew");

  await open(page, "/patients/new", "Register a patient");
  await fill(page, { family: "Halfway-Typed" });

  // A minute before the end it warns, and one press goes on.
  await page.clock.fastForward(9 * 60_000 + 10_000);
  const warning = page.getByRole("dialog", { name: "Still there?" });
  await warning.waitFor();
  await checkPage(page, "lock-warning");
  await page.keyboard.press("Enter");
  await warning.waitFor({ state: "hidden" });
  await page.clock.fastForward(60_000);
  assert.ok(await warning.isHidden(), "the server gave more time");

  // Left alone it locks: here and on the server, in this tab and the next.
  const other = await browser.context.newPage();
  await other.goto(at("/schedule"));
  await other.locator("[data-day]").waitFor();
  await page.clock.fastForward(10 * 60_000);
  const screen = page.getByRole("dialog", { name: "Locked" });
  await screen.waitFor();
  assert.ok(await page.locator("main").isHidden(), "nothing shows through");
  await other.getByRole("dialog", { name: "Locked" }).waitFor();
  await checkPage(page, "lock-screen");
  await page.keyboard.press("Escape");
  assert.ok(await screen.isVisible(), "Escape is no way round");
  const third = await browser.context.newPage();
  await third.goto(at("/patients"));
  await title(third, "Locked");
  await checkPage(third, "lock-page");

  await screen.getByLabel("Password").fill("not the password");
  await screen.getByRole("button", { name: "Unlock" }).click();
  await page.getByText("That did not work").waitFor();
  await screen.getByLabel("Password").fill(maya.password);
  await page.keyboard.press("Enter");
  await screen.waitFor({ state: "hidden" });
  await other.getByRole("dialog", { name: "Locked" }).waitFor({ state: "hidden" });
  assert.equal(await page.locator("#f-family").inputValue(), "Halfway-Typed");
  await fill(page, { given: "Zora", birth_date: "1/2/1990", sex: "F" });
  await press(page, "Register");
  await title(page, "Patient");

  // By hand: `l` locks, `g l` is a way to a page and does not.
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await title(page, "Audit log");
  assert.ok(await screen.isHidden());
  await page.keyboard.press("l");
  await screen.waitFor();
});
