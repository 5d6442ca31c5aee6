// Emergency access end to end: the privacy official restricts a record, the front desk opens it in an emergency, it ends, and
// the privacy official looks at what was read and decides.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkPage, launch, signIn } from "../harness.mjs";
import { serve } from "../product.mjs";

let practice;
const closing = [];
before(async () => { practice = await serve({ after: f => closing.push(f) }); });
after(async () => { for (const f of closing) await f(); });
const at = where => new URL(where, practice.base).href;

async function as(t, login) {
  // The browser itself writes a line for each 403 and 422.
  const browser = await launch(t, { allow: ["status of 403", "status of 422"] });
  const page = await browser.page();
  await signIn(page, practice.base, practice.people[login]);
  return page;
}

test("a restricted record opens in an emergency, is read, and is reviewed", { timeout: 300_000 }, async t => {
  const [priya, dana] = await Promise.all([as(t, "priya"), as(t, "dana")]);

  await priya.goto(at("/patients"));
  const first = priya.locator("table tbody tr").first();
  const name = await first.locator("th a").innerText();
  const born = await first.locator("time").getAttribute("datetime");
  await first.locator("th a").click();
  await priya.getByRole("link", { name: "Who may open it" }).click();
  await priya.getByLabel("Why", { exact: true }).selectOption("staff");
  await priya.getByLabel("In words").fill("Sister of our biller");
  await checkPage(priya, "emergency-restriction");
  await priya.getByRole("button", { name: "Restrict" }).click();
  await priya.getByText("Works here, or family of somebody who does").first().waitFor();
  await checkPage(priya, "emergency-restricted");

  // The name finds nobody; who knows the date of birth is told that a restricted record fits.
  await dana.goto(at(`/patients?q=${encodeURIComponent(name)}`));
  assert.equal(await dana.getByRole("link", { name, exact: true }).count(), 0);
  await dana.goto(at(`/patients?q=${born}`));
  await dana.getByRole("link", { name: "A restricted record" }).waitFor();
  await checkPage(dana, "emergency-found");
  await dana.getByRole("link", { name: "A restricted record" }).first().click();
  await dana.getByRole("heading", { name: "This record is restricted" }).waitFor();
  await checkPage(dana, "emergency-refused");

  await dana.getByRole("link", { name: "Emergency access…" }).click();
  await dana.getByLabel("Why now").selectOption("care");
  await dana.getByLabel("What happened").fill("help");
  await dana.getByRole("button", { name: "Open the record" }).click();
  await dana.getByRole("alert").getByText("say in a few words", { exact: false }).waitFor();
  await checkPage(dana, "emergency-ask");
  await dana.getByLabel("What happened").fill("Collapsed in the waiting room, reaching the family");
  await dana.getByRole("button", { name: "Open the record" }).click();
  await dana.getByText("Emergency access is open").waitFor();
  await dana.getByText("Restricted", { exact: true }).first().waitFor();
  await checkPage(dana, "emergency-open");

  await priya.goto(at("/"));
  await priya.getByRole("link", { name: "Emergency access to review: 1" }).waitFor();
  assert.match(await priya.locator(".rail").getByRole("link", { name: /^Emergency access/ }).innerText(), /1/);
  await checkPage(priya, "emergency-notice");

  await dana.getByRole("button", { name: "End now" }).click();
  await dana.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  assert.equal(await dana.getByText("Emergency access is open").count(), 0);

  await priya.getByRole("link", { name: "Emergency access to review: 1" }).click();
  await priya.getByRole("heading", { name: "To review" }).waitFor();
  await checkPage(priya, "emergency-queue");
  await priya.locator("table tbody th a").first().click();
  await priya.getByRole("heading", { name: "What was looked at" }).waitFor();
  assert.match(await priya.locator("main").innerText(), /viewed/);
  await checkPage(priya, "emergency-review");
  await priya.getByLabel("Finding").selectOption("justified");
  await priya.getByLabel("Why", { exact: true }).fill("Spoke with Ruth, who was there");
  await priya.getByRole("button", { name: "Record the review" }).click();
  await priya.getByRole("heading", { name: "The review" }).waitFor();
  await checkPage(priya, "emergency-reviewed");
  await priya.goto(at("/emergency"));
  await priya.getByText("Nothing waits for a review").waitFor();
  await checkPage(priya, "emergency-figures");
});
