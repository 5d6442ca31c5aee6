// What every browser flow stands on: a real Chromium, a console that must stay empty, and axe.
//
//   import { test } from "node:test";
//   import { launch, signIn, checkPage } from "../harness.mjs";
//
//   test("the biller works the list", async t => {
//     const browser = await launch(t);
//     const page = await browser.page();
//     await signIn(page, base, biller);
//     ...
//     await checkPage(page, "claims");
//   });
//
// A test that ends with anything in the console fails. Wait for content, never for navigation events.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = path.dirname(fileURLToPath(import.meta.url));
const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Pictures go here; a person looks at them. */
export const shots = process.env.WELLKEPT_SHOTS ?? path.join(here, "..", "..", "..", "..", "target", "screenshots");

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** Nodes whose contrast axe cannot work out, each looked at by a person. Keep it short: a rule, and part of the node's HTML. */
const REVIEWED = [
  // A chart's words are ink on a card, like any text; axe cannot see through an <svg>.
  { rule: "color-contrast", html: "<text " },
];

/**
 * Starts Chromium for one test and closes it with the test. `page()` opens a tab at 1366x768; its console is watched.
 * Options: `viewport`, `colorScheme`, and `allow`, a list of texts that the console may hold (a 422 is logged by the browser itself).
 */
export async function launch(t, options = {}) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "wellkept-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.WELLKEPT_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    ignoreHTTPSErrors: true,
    viewport: options.viewport ?? { width: 1366, height: 768 },
    colorScheme: options.colorScheme ?? "light",
    args: FLAGS,
  });
  const said = [];
  // What Chromium says of its own accord when a session ends.
  const allowed = ["Clear-Site-Data header on", ...(options.allow ?? [])];
  const watch = page => {
    page.setDefaultTimeout(15_000);
    page.on("console", m => {
      const text = `${m.type()}: ${m.text()}`;
      if (!allowed.some(a => text.includes(a))) said.push(`${page.url()} ${text}`);
    });
    page.on("pageerror", e => said.push(`${page.url()} error: ${e.message}`));
  };
  context.pages().forEach(watch);
  context.on("page", watch);
  t.after(async () => {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true });
    assert.deepEqual(said, [], "the console must stay empty");
  });
  return {
    context,
    page: () => context.newPage(),
    /** What the console held so far; the test fails at its end when there is any. */
    said,
  };
}

/**
 * Signs a person of the demo practice in, with password and code, and waits for the first page.
 * `person` is `{ user, password, secret }`; `secret` is the authenticator's, in base 32.
 */
export async function signIn(page, base, person) {
  await page.goto(new URL("/sign-in", base).href);
  await page.getByLabel("Login").fill(person.user);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Code from your authenticator").fill(totp(person.secret));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".rail").waitFor();
}

/** The six digits of now (RFC 6238, SHA-1, 30 seconds). A code is good once: a second sign-in within 30 seconds needs `steps` 1. */
export function totp(secret, steps = 0, now = Date.now()) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/[=\s]/g, "").toUpperCase()].map(c => letters.indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map(b => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const at = mac.readUInt8(mac.length - 1) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Fails on any axe violation, and on any contrast that axe could not work out and nobody reviewed. */
export async function checkAxe(page, label = page.url()) {
  await page.evaluate(axeSource);
  // The whole page in the window, or axe takes what a sticky bar covers for unclear.
  const result = await tall(page, () => page.evaluate(async () => {
    // Arrows and single letters are judged like any text, instead of being left unclear.
    const options = {
      ignoreUnicode: false, ignoreLength: true, ignorePseudo: false, boldValue: 700, boldTextPt: 14, largeTextPt: 18,
      contrastRatio: { normal: { expected: 4.5 }, large: { expected: 3 } },
      pseudoSizeThreshold: 0.25, shadowOutlineEmMax: 0.2, textStrokeEmMin: 0.03,
    };
    window.axe.configure({ checks: [{ id: "color-contrast", options }] });
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const run = await window.axe.run(document, { runOnly: tags, resultTypes: ["violations", "incomplete"] });
    const lines = rule => rule.nodes.map(node => ({
      rule: rule.id,
      html: node.html.slice(0, 200),
      why: [...node.any, ...node.all, ...node.none].map(c => c.message).join("; ").slice(0, 240),
    }));
    return {
      violations: run.violations.flatMap(lines),
      unclear: run.incomplete.filter(r => r.id === "color-contrast").flatMap(lines),
    };
  }));
  const unclear = result.unclear.filter(n => !REVIEWED.some(r => n.rule === r.rule && n.html.includes(r.html)));
  assert.deepEqual([...result.violations, ...unclear], [], `axe on ${label}`);
}

/** axe in light and in dark. */
export async function checkAxeBoth(page, label) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await checkAxe(page, `${label}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** Runs `during` in a window as high as the page, so that no bar sticks in the middle of it. */
async function tall(page, during) {
  const size = page.viewportSize();
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  if (size && height > size.height) await page.setViewportSize({ width: size.width, height: Math.min(height, 6000) });
  try {
    return await during();
  } finally {
    if (size) await page.setViewportSize(size);
  }
}

/** Takes a picture of the whole page into the screenshots' directory. */
export async function shot(page, name) {
  fs.mkdirSync(shots, { recursive: true });
  await tall(page, () => page.screenshot({ path: path.join(shots, `${name}.png`), animations: "disabled" }));
}

/** axe in both schemes, pictures of both, and nothing wider than the window. */
export async function checkPage(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await checkAxe(page, `${name}, ${colorScheme}`);
    await shot(page, colorScheme === "light" ? name : `${name}-dark`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${name} is ${over} px wider than the window`);
  assert.equal(await page.locator(".crumbs a", { hasText: /^\// }).count(), 0, `${name} shows an address as the words of a link`);
}

/** What a first visit carries over the wire: bytes of the page and of all it loads, as sent (gzip included). */
export async function pageWeight(context, url) {
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.setCacheDisabled", { cacheDisabled: true });
  const sizes = new Map();
  const urls = new Map();
  client.on("Network.responseReceived", e => urls.set(e.requestId, e.response.url));
  client.on("Network.loadingFinished", e => sizes.set(e.requestId, e.encodedDataLength));
  await page.goto(url, { waitUntil: "networkidle" });
  await page.close();
  const parts = [...sizes].map(([id, bytes]) => ({ url: urls.get(id) ?? "", bytes })).sort((a, b) => b.bytes - a.bytes);
  return { total: parts.reduce((sum, p) => sum + p.bytes, 0), parts };
}

/** Fails when a first visit is over `limit` bytes (60 KB unless said). */
export async function checkWeight(context, url, limit = 60 * 1024) {
  const weight = await pageWeight(context, url);
  assert.ok(weight.total <= limit, `${url} weighs ${weight.total} bytes, over ${limit}: ${JSON.stringify(weight.parts)}`);
  return weight;
}
