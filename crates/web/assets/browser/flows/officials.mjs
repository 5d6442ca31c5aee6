// What the officials look into: an alert that a large export raised, the quarter's review of access, and who may do what.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";
import { checkPage, launch, shot, signIn } from "../harness.mjs";
import { binary, serve } from "../product.mjs";

let practice;
const closing = [];
before(async () => { practice = await serve({ after: f => closing.push(f) }); });
after(async () => { for (const f of closing) await f(); });
const at = where => new URL(where, practice.base).href;
const phone = { width: 390, height: 844 };

async function as(t, login) {
  const browser = await launch(t, { allow: ["status of 422"] });
  const page = await browser.page();
  await signIn(page, practice.base, practice.people[login]);
  return page;
}

/** The page on a screen, and on a phone, where it is no wider than the window: a wide table scrolls in its own box. */
async function checkBoth(page, name) {
  await checkPage(page, name);
  const wide = page.viewportSize();
  await page.setViewportSize(phone);
  await shot(page, `${name}-phone`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${name} is ${over} px wider than a phone`);
  await page.setViewportSize(wide);
}

const main = page => page.getByRole("main");
const press = (page, name) => main(page).getByRole("button", { name, exact: true }).click();

test("the log that leaves raises an alert, which an official looks into and closes in words", { timeout: 180_000 }, async t => {
  const page = await as(t, "priya");
  const pack = path.join(practice.data, "..", "pack");
  const made = spawnSync(binary, ["export", "audit", ...practice.place, "--out", pack], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  const alert = main(page).getByRole("link", { name: /export/i }).first();
  for (let tries = 0; tries < 45; tries++) {
    await page.goto(at("/alerts"));
    if (await alert.count()) break;
    await page.waitForTimeout(2000);
  }
  await checkBoth(page, "officials-alerts");
  await alert.click();
  await page.getByRole("heading", { level: 1, name: "A large export" }).waitFor();
  await checkBoth(page, "officials-alert");
  await press(page, "Close the alert");
  await main(page).getByRole("alert").waitFor();
  await page.getByLabel("Finding").selectOption({ label: "No problem" });
  await page.getByLabel("Why").fill("The auditor was here and took the pack along");
  await press(page, "Close the alert");
  await page.getByRole("table", { name: /^Closed alerts/ }).getByText("The auditor was here").waitFor();
  await checkBoth(page, "officials-alerts-closed");
});

test("access is reviewed by somebody else than who has it", { timeout: 180_000 }, async t => {
  const page = await as(t, "sam");
  await page.goto(at("/reviews"));
  await checkPage(page, "officials-reviews-none");
  await press(page, "Begin a review");
  const table = page.getByRole("table", { name: /^Access under review/ });
  await table.waitFor();
  await checkBoth(page, "officials-reviews");
  await table.getByRole("row").filter({ hasText: "Security official" }).getByRole("link").first().click();
  await main(page).getByText("This is your own access, so somebody else decides about it.").waitFor();
  await page.goto(at("/reviews"));
  await table.getByRole("row").filter({ hasText: "Front desk" }).getByRole("link").first().click();
  await press(page, "Decide");
  await main(page).getByRole("alert").waitFor();
  await checkBoth(page, "officials-review-item");
  await page.locator("#f-choice").selectOption({ index: 1 });
  await page.getByLabel("Why").fill("Works at the desk each day");
  await press(page, "Decide");
  await table.getByText("Works at the desk each day").waitFor();
  await main(page).getByRole("link", { name: "Print" }).click();
  await checkPage(page, "officials-review-print");
});

test("who may do what is said in words, on screen and on paper", { timeout: 180_000 }, async t => {
  const page = await as(t, "priya");
  await page.goto(at("/roles"));
  await main(page).waitFor();
  await checkBoth(page, "officials-roles");
  await page.goto(at("/roles/print"));
  await checkPage(page, "officials-roles-print");
});
