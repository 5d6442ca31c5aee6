// Every page that wapiti finds as the front desk, and every form on them, with wapiti's attacks.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { launch, signIn } from "../harness.mjs";
import { serve } from "../product.mjs";
import { scan } from "../scanner.mjs";

/** Wapiti's levels run from 0, for information, to 4, critical. */
const MEDIUM = 2;
const MINUTES = 6;

test("wapiti finds nothing of medium level or above", { timeout: (MINUTES + 6) * 60_000 }, async t => {
  const practice = await serve(t, { patients: 20 });
  const browser = await launch(t);
  const page = await browser.page();
  await signIn(page, practice.base, practice.people.dana);
  const cookies = (await browser.context.cookies()).map(c => `${c.name}=${c.value}`).join("; ");
  const out = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "wellkept-wapiti-")), "report.json");
  await scan("wapiti", [
    "--url", practice.base, "--header", `Cookie: ${cookies}`, "--exclude", new URL("/sign-out*", practice.base).href,
    "--verify-ssl", "0", "--flush-session", "--no-bugreport", "--depth", "3", "--max-links-per-page", "20",
    "--max-scan-time", String(MINUTES * 60), "--format", "json", "--output", out,
  ]);
  const report = JSON.parse(fs.readFileSync(out, "utf8"));
  fs.rmSync(path.dirname(out), { recursive: true, force: true });
  assert.ok(report.infos.crawled_pages_nbr > 10, `only ${report.infos.crawled_pages_nbr} pages were looked at`);
  const found = Object.entries(report.vulnerabilities).flatMap(([kind, all]) => all.map(one => ({ kind, ...one })));
  const bad = found.filter(one => one.level >= MEDIUM).map(one => `${one.kind}: ${one.method} ${one.path} ${one.info}`);
  assert.deepEqual(bad, []);
});
