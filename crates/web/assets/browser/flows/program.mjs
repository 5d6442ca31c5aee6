// The compliance program by those who answer for it: checks that run now, a red one with its remedy, the log and its proof.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { checkPage, checkWeight, launch, signIn } from "../harness.mjs";
import { binary, serve } from "../product.mjs";

let practice;
const closing = [];
before(async () => { practice = await serve({ after: f => closing.push(f) }); });
after(async () => { for (const f of closing) await f(); });
const at = where => new URL(where, practice.base).href;

async function as(t, login, options) {
  const browser = await launch(t, options);
  const page = await browser.page();
  await signIn(page, practice.base, practice.people[login]);
  return { browser, page };
}

/** The words of a labelled row of a card. */
const row = (page, label) => page.locator("dl.kv dt", { hasText: new RegExp(`^${label}$`) }).first().locator("xpath=following-sibling::dd[1]");

test("the security official runs a check, opens its evidence, and sees the key that lies beside the data", { timeout: 180_000 }, async t => {
  const { browser, page } = await as(t, "sam");
  await page.locator(".rail").getByRole("link", { name: "Readiness" }).click();
  await page.getByRole("heading", { name: "Readiness", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Run every check" }).click();
  await page.getByText("Proven now", { exact: true }).waitFor();
  await checkPage(page, "program-readiness");
  await checkWeight(browser.context, at("/readiness"));

  await page.getByRole("region", { name: "Fix these first" }).getByRole("link", { name: "Encryption of stored records" }).click();
  const red = page.locator("section.card", { has: page.getByRole("heading", { name: /^V-08/ }) });
  await red.getByText("Fail", { exact: true }).first().waitFor();
  await red.getByText("lies on the data's own file system").waitFor();
  assert.match(await red.innerText(), /What to do/);
  await checkPage(page, "program-safeguard-failing");

  const before = await page.locator("section.card", { has: page.getByRole("heading", { name: /^V-07/ }) }).innerText();
  await page.getByRole("button", { name: "Run now V-07" }).click();
  await page.waitForFunction(old => {
    const card = [...document.querySelectorAll("section.card")].find(c => c.querySelector("h2")?.textContent.startsWith("V-07"));
    return card && card.innerText !== old;
  }, before);
  const entry = await page.locator("section.card", { has: page.getByRole("heading", { name: /^V-07/ }) }).innerText();
  assert.match(entry, /entry \d+ of the log/);

  await page.goto(at("/readiness/integrity"));
  await page.getByRole("button", { name: "Approve the present settings V-20" }).click();
  const settings = page.locator("section.card", { has: page.getByRole("heading", { name: /^V-20/ }) });
  await settings.getByText("the settings in force are those that were approved").waitFor();

  await page.goto(at("/readiness/emergency-access"));
  await page.getByLabel("What was done, by whom, for which period").fill("The binder at the front desk; Dana and Ruth tried it on March 3.");
  await page.getByRole("button", { name: "Keep as evidence" }).click();
  await page.getByText("Attested", { exact: true }).first().waitFor();
  await checkPage(page, "program-attested");

  await page.goto(at("/readiness/print"));
  await page.getByRole("heading", { name: "Readiness" }).waitFor();
  assert.doesNotMatch(await page.locator("main").innerText(), /[Cc]ontains health information/);
  await checkPage(page, "program-print");
});

test("the privacy official reads who did what, and the look is in the log", { timeout: 180_000 }, async t => {
  // The clinician opens a record first.
  const chart = await as(t, "ruth");
  await chart.page.goto(at("/patients"));
  await chart.page.locator("main a[href^='/patients/']").first().waitFor();
  await chart.page.goto(await chart.page.locator("main a[href^='/patients/0']").first().evaluate(a => a.href));
  await chart.page.locator("h1").waitFor();

  const { browser, page } = await as(t, "priya");
  await page.locator(".rail").getByRole("link", { name: "Audit log" }).click();
  await page.getByRole("heading", { name: "Audit log", level: 1 }).waitFor();
  const events = page.getByRole("table", { name: "Events, newest first" });
  await events.getByText(/Ruth A\. viewed \S+/).first().waitFor();
  await checkPage(page, "program-audit");
  await checkWeight(browser.context, at("/audit"));

  await page.reload();
  await events.getByText(/Priya S\. read the audit log/).first().waitFor();

  await page.getByLabel("What").selectOption({ label: "viewed a patient" });
  await page.getByLabel("Who").selectOption({ label: "Ruth A." });
  await page.getByRole("button", { name: "Show" }).click();
  await page.waitForURL(/act=patient\.viewed/);
  const sentences = await events.locator("tbody tr td:nth-child(2)").allInnerTexts();
  assert.ok(sentences.length > 0 && sentences.every(s => s.startsWith("Ruth A. viewed ")), sentences.join("\n"));
  await checkPage(page, "program-audit-filtered");

  await page.goto(at("/audit"));
  const first = await events.locator("tbody tr").first().innerText();
  await page.getByRole("link", { name: "Older events" }).click();
  await page.waitForURL(/before=/);
  assert.notEqual(await events.locator("tbody tr").first().innerText(), first);

  await page.getByRole("button", { name: "Verify the log" }).click();
  await page.getByText("Whole", { exact: true }).waitFor();
  assert.match(await row(page, "Verified").innerText(), /every entry is as it was signed/);
  assert.match(await row(page, "Root").innerText(), /^[0-9a-f]{64}$/);
});

test("the auditor reads the log without names and takes it away", { timeout: 120_000 }, async t => {
  const { page } = await as(t, "axel", { allow: ["403"] });
  await page.locator(".rail").getByRole("link", { name: "Audit log" }).click();
  await page.getByRole("heading", { name: "Audit log", level: 1 }).waitFor();
  const names = practice.people.axel && (await page.locator("main").innerText());
  assert.doesNotMatch(names, /viewed [A-Z]\S+, [A-Z]/, "an auditor opens no chart, so no event tells a patient's name");
  await checkPage(page, "program-audit-auditor");
  await page.goto(at("/patients"));
  await page.getByRole("heading", { name: "Your role may not do this", level: 1 }).waitFor();
});

test("the system administrator sees no health information anywhere", { timeout: 120_000 }, async t => {
  const { page } = await as(t, "kit", { allow: ["403"] });
  await checkPage(page, "program-administrator");
  for (const where of ["/patients", "/schedule", "/claims", "/payments", "/ledger", "/charges", "/audit"]) {
    const answer = await page.goto(at(where));
    assert.ok([403, 404].includes(answer.status()), `${where} answered ${answer.status()}`);
  }
  await checkPage(page, "program-refused");
  await page.goto(at("/readiness"));
  await page.getByRole("heading", { name: "Readiness", level: 1 }).waitFor();
});

test("an export made while the server runs is whole, and not with one byte changed", { timeout: 120_000 }, async t => {
  const pack = path.join(practice.data, "..", "pack");
  const run = (...args) => spawnSync(binary, args, { encoding: "utf8" });
  assert.equal(run("export", "audit", ...practice.place, "--out", pack).status, 0);
  assert.equal(run("verify", pack).status, 0);
  const checkpoint = path.join(pack, "checkpoint");
  const bytes = fs.readFileSync(checkpoint);
  bytes[bytes.length - 10] ^= 1;
  fs.writeFileSync(checkpoint, bytes);
  assert.equal(run("verify", pack).status, 1);
});
