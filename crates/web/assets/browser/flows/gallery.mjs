// Every component under the shipped policy: axe, an empty console, the keys, the lock, the weight.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gallery } from "../gallery.mjs";
import { checkPage, launch } from "../harness.mjs";

let server;
before(async () => { server = await gallery(); });
after(() => server?.stop());
const at = name => new URL(name, server.base).href;

/** Opens a page and waits until its scripts have started. */
async function open(browser, name) {
  const page = await browser.page();
  await page.goto(at(name));
  await page.locator("main").waitFor();
  await page.waitForFunction(() => !!window.htmx);
  return page;
}

test("every page is clean in light and dark", { timeout: 180_000 }, async t => {
  const browser = await launch(t);
  for (const name of ["parts", "claims", "readiness", "form", "empty", "saved", "sheet", "sign-in", "schedule"]) {
    const page = await open(browser, name);
    if (name === "parts") await page.getByText("Active, asked just now").waitFor();
    await checkPage(page, `gallery-${name}`);
    await page.close();
  }
});

test("a narrow window loses nothing", async t => {
  const browser = await launch(t, { viewport: { width: 400, height: 800 } });
  for (const name of ["form", "readiness", "parts"]) {
    const page = await open(browser, name);
    await checkPage(page, `gallery-${name}-narrow`);
    await page.close();
  }
});

test("the find box reaches pages and patients by keyboard", async t => {
  const browser = await launch(t);
  const page = await open(browser, "claims");
  await page.keyboard.press("Control+k");
  const box = page.getByRole("combobox", { name: /Type a page/ });
  await box.fill("read");
  await page.getByRole("option", { name: /Readiness/ }).waitFor();
  await box.fill("alv");
  await page.getByRole("option", { name: /Alvarez, Mario/ }).waitFor();
  await checkPage(page, "gallery-find");
  const before = await page.locator("[aria-selected=true]").textContent();
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await page.locator("[aria-selected=true]").textContent(), before);
  assert.equal(await box.getAttribute("aria-activedescendant"), await page.locator("[aria-selected=true]").getAttribute("id"));
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "hidden" });
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await page.getByRole("heading", { name: "HIPAA readiness" }).waitFor();
});

test("a work list goes by j, k, x and Shift+X", async t => {
  const browser = await launch(t);
  const page = await open(browser, "claims");
  const selected = () => page.locator("[data-count]").textContent();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "48211");
  await page.keyboard.press("x");
  assert.equal(await selected(), "1");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Shift+X");
  assert.equal(await selected(), "3");
  await page.keyboard.press("k");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "48212");
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await keys.waitFor();
  await page.keyboard.press("Escape");
  await keys.waitFor({ state: "hidden" });
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Register a patient" }).waitFor();
});

test("a filter redraws the list, and markup with a foreign nonce stays dead", async t => {
  const browser = await launch(t, { allow: ["hx-csp] blocked"] });
  const page = await open(browser, "claims");
  const list = page.locator("#claims");
  await list.evaluate(el => { el.dataset.old = "yes"; });
  const asked = page.waitForResponse(r => r.url().includes("age=30"));
  await page.getByLabel("Age", { exact: true }).selectOption("30");
  await asked;
  await page.waitForFunction(() => !document.querySelector("#claims").dataset.old);
  const fired = await page.evaluate(async () => {
    const smuggled = document.createElement("button");
    smuggled.setAttribute("hx-post", "/saved");
    smuggled.setAttribute("hx-nonce", "guessed");
    document.querySelector("main").append(smuggled);
    window.htmx.process(smuggled);
    return smuggled.hasAttribute("hx-post");
  });
  assert.equal(fired, false);
});

test("an appointment moves by keyboard, the server draws it, and a taken time asks", async t => {
  const browser = await launch(t);
  const page = await open(browser, "schedule");
  const card = page.locator("#appt-a1");
  const row = async () => Number(await card.getAttribute("data-row"));
  const start = await row();
  await card.locator("a").focus();
  await page.keyboard.press("m");
  await page.keyboard.press("ArrowDown");
  assert.equal(await row(), start + 1);
  await page.keyboard.press("Escape");
  assert.equal(await row(), start);
  await page.keyboard.press("m");
  for (let i = 0; i < 2; i++) await page.keyboard.press("ArrowUp");
  await page.waitForFunction(() => document.querySelector("#live").textContent === "7:30 AM, Ruth Amaya, MD");
  const answered = page.waitForResponse(r => r.url().endsWith("/schedule/move"));
  await page.keyboard.press("Enter");
  assert.equal((await answered).status(), 200);
  await page.getByText("Moved").waitFor();
  assert.equal(await page.locator("[data-undo]").count(), 1);
  assert.equal(await card.locator(".t").textContent(), "7:30");
  assert.equal(await page.evaluate(() => document.activeElement.closest("li")?.id), "appt-a1");
  await page.keyboard.press("Control+z");
  await page.getByText("Moved back").waitFor();
  assert.equal(await row(), start);
  assert.equal(await card.locator(".t").textContent(), "8:00");
  // Onto a time that another patient has: the card goes back and the server's question opens.
  const other = page.locator("[data-column=p1] [data-card]").nth(1);
  const taken = Number(await other.getAttribute("data-row"));
  await card.locator("a").focus();
  await page.keyboard.press("m");
  for (let i = await row(); i < taken; i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "That time is taken" }).waitFor();
  assert.equal(await row(), start);
});

test("an appointment moves by pointer", async t => {
  const browser = await launch(t);
  const page = await open(browser, "schedule");
  const card = page.locator("[data-column=p3] [data-card]").first();
  const id = await card.getAttribute("data-card");
  const box = await card.boundingBox();
  const target = await page.locator("[data-column=p4]").boundingBox();
  await page.mouse.move(box.x + 30, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(target.x + 40, box.y + 8, { steps: 6 });
  await page.mouse.move(target.x + 40, target.y + 8, { steps: 6 });
  await page.mouse.up();
  await page.locator(`[data-column=p4] [data-card=${id}]`).waitFor();
  assert.equal(new URL(page.url()).pathname, "/schedule");
});

test("the lock covers the page, keeps what was typed and opens with the password", async t => {
  const browser = await launch(t, { allow: ["422"] });
  const page = await open(browser, "form");
  await page.clock.install();
  await page.goto(at("form"));
  await page.waitForFunction(() => !!window.htmx);
  await page.getByLabel("Given name").fill("Maria José");
  await page.clock.fastForward(9 * 60_000 + 5_000);
  await page.getByRole("dialog", { name: "Still there?" }).waitFor();
  await page.getByRole("button", { name: "Keep working" }).click();
  await page.getByRole("dialog", { name: "Still there?" }).waitFor({ state: "hidden" });
  await page.clock.fastForward(10 * 60_000 + 5_000);
  const lock = page.getByRole("dialog", { name: "Locked" });
  await lock.waitFor();
  assert.equal(await page.locator("main").evaluate(el => getComputedStyle(el).visibility), "hidden");
  await page.keyboard.press("Escape");
  assert.ok(await lock.isVisible());
  await page.getByLabel("Password").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("That did not unlock it").waitFor();
  await checkPage(page, "gallery-locked");
  await page.getByLabel("Password").fill("correct horse");
  await page.keyboard.press("Enter");
  await lock.waitFor({ state: "hidden" });
  assert.equal(await page.getByLabel("Given name").inputValue(), "Maria José");
  assert.equal(new URL(page.url()).pathname, "/form");
});

test("a page with health information prints only a notice, a sheet prints whole", async t => {
  const browser = await launch(t);
  const page = await open(browser, "claims");
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.getByText("prints from the page's own Print button").isVisible());
  for (const hidden of [page.getByText("Larsen, E.").first(), page.getByText("outstanding"), page.locator(".rail")]) {
    assert.equal(await hidden.isVisible(), false);
  }
  await page.goto(at("sheet"));
  assert.ok(await page.getByText("Larsen, E.").first().isVisible());
  assert.equal(await page.getByRole("button", { name: "Print" }).isVisible(), false);
});
