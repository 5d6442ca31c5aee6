// Somebody comes in: the invitation with its clearance, and a role that one asks for and another confirms.
import { after, before, test } from "node:test";
import { checkPage, launch, shot, signIn } from "../harness.mjs";
import { serve } from "../product.mjs";

let practice;
const closing = [];
before(async () => { practice = await serve({ after: f => closing.push(f) }); });
after(async () => { for (const f of closing) await f(); });

const at = where => new URL(where, practice.base).href;

test("a new person is invited, and a wide role waits for the second official", { timeout: 180_000 }, async t => {
  const [here, there] = [await launch(t, { allow: ["422"] }), await launch(t)];
  const [sam, maya] = [await here.page(), await there.page()];
  await signIn(sam, practice.base, practice.people.sam);
  await signIn(maya, practice.base, practice.people.maya);

  await sam.goto(at("/people"));
  await sam.getByRole("link", { name: "Invite a person" }).click();
  await sam.getByLabel("Name", { exact: true }).fill("Nia Cole");
  await sam.getByLabel("Login").fill("nia");
  await sam.getByLabel("Works here as").selectOption("Contractor");
  await sam.getByLabel("Role", { exact: true }).selectOption("Biller");
  await sam.getByRole("button", { name: "Invite" }).click();
  await sam.getByRole("link", { name: "Choose what was done about the clearance" }).waitFor();
  await checkPage(sam, "people-invite");
  await sam.setViewportSize({ width: 390, height: 844 });
  await shot(sam, "people-invite-390");
  await sam.setViewportSize({ width: 1366, height: 768 });
  await sam.getByLabel("What was done about it").selectOption("It was checked");
  await sam.getByLabel("What was checked").fill("licence and two references");
  await sam.getByLabel("By whom").fill("Maya Ortiz");
  await sam.getByLabel("On which day").fill("2026-01-05");
  await sam.getByLabel("Where the paper is").fill("blue binder, shelf 2");
  await sam.getByRole("button", { name: "Invite" }).click();
  await sam.getByRole("heading", { name: "First passphrase", level: 1 }).waitFor();
  await sam.getByRole("link", { name: "Done" }).click();
  await sam.getByText("licence and two references, checked by Maya Ortiz").waitFor();

  await sam.goto(at("/people"));
  await sam.getByRole("link", { name: "Axel Thorne" }).click();
  await sam.getByLabel("New role").selectOption("Privacy official");
  await sam.locator("form[action$='/role']").getByLabel("Reason").fill("covers for Priya in June");
  await sam.getByRole("button", { name: "Change role" }).click();
  await sam.getByText("Until then auditor").waitFor();
  await sam.goto(at("/people"));
  await sam.getByText("a role to confirm").waitFor();
  await checkPage(sam, "people-asked");

  await maya.goto(at("/"));
  await maya.getByRole("link", { name: "A role to confirm: Axel Thorne" }).click();
  await checkPage(maya, "people-confirm");
  await maya.setViewportSize({ width: 390, height: 844 });
  await shot(maya, "people-confirm-390");
  await maya.getByLabel("How you know that it is right").fill("spoke with Priya");
  await maya.getByRole("button", { name: "Confirm the role" }).click();
  await maya.getByText("Asked for by Samir Haddad, confirmed by Maya Ortiz").waitFor();
});

test("an official follows the measures and notes what was improved", { timeout: 120_000 }, async t => {
  const browser = await launch(t, { allow: ["422"] });
  const page = await browser.page();
  // A code works once: the next one.
  await page.waitForTimeout(30_000 - Date.now() % 30_000);
  await signIn(page, practice.base, practice.people.maya);
  await page.goto(at("/people"));
  await page.getByRole("link", { name: "Dana Whitfield" }).click();
  await page.getByLabel("Why", { exact: true }).selectOption("Resigned");
  await page.getByRole("button", { name: "End access now" }).click();
  await page.getByRole("heading", { name: "Access ended: resigned" }).waitFor();
  await page.goto(at("/readiness"));
  await page.getByRole("link", { name: "Measures" }).click();
  await page.getByRole("table", { name: "People who left" }).getByText("Dana Whitfield").waitFor();
  const note = "Payroll now calls on the last day, before it wrote a day late";
  await page.getByLabel("Time to revoke: what was changed").fill(note);
  await page.getByRole("button", { name: "Keep the note" }).first().click();
  await page.getByRole("listitem").filter({ hasText: note }).waitFor();
  await checkPage(page, "measures");
  await page.setViewportSize({ width: 390, height: 844 });
  await checkPage(page, "measures-390");
});
