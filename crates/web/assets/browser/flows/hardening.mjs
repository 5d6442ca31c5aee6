// What a stranger's hand would meet in a real browser: the page's policy, its report, and other tabs after signing out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, signIn } from "../harness.mjs";
import { serve } from "../product.mjs";

let practice;
const endings = [];
before(async () => { practice = await serve({ after: end => endings.push(end) }, { patients: 3 }); });
after(async () => { for (const end of endings.reverse()) await end(); });

const at = path => new URL(path, practice.base).href;
/** The browser says in the console what it kept off the page. */
const BLOCKED = { allow: ["Content Security Policy", "TrustedHTML", "TrustedScript"] };

test("what the policy keeps off a page is in the log", { timeout: 120_000 }, async t => {
  const browser = await launch(t, BLOCKED);
  const page = await browser.page();
  await signIn(page, practice.base, practice.people.priya);
  const tried = await page.evaluate(() => {
    const script = document.createElement("script");
    let refused = "";
    try {
      script.textContent = "window.smuggled = true";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", "<b id=smuggled>x</b>");
    } catch (e) {
      refused = e.name;
    }
    const picture = new Image();
    picture.src = "https://elsewhere.invalid/pixel.png?name=quetzal";
    return { refused, ran: "smuggled" in window };
  });
  assert.deepEqual(tried, { refused: "TypeError", ran: false }, "text is no script and no markup");
  // The reports go out beside the page.
  await page.waitForTimeout(1000);
  await page.goto(at("/audit"));
  const log = page.getByRole("main");
  await log.locator("li, td").getByText("something kept off a page").first().waitFor();
  const text = await log.innerText();
  assert.match(text, /https:\/\/elsewhere\.invalid/);
  assert.doesNotMatch(text, /quetzal|pixel/);
});

test("who signs out in one tab leaves nothing in the others", { timeout: 120_000 }, async t => {
  const browser = await launch(t);
  const [one, other] = [await browser.page(), await browser.page()];
  await signIn(one, practice.base, practice.people.dana);
  await other.goto(at("/patients"));
  await other.getByRole("heading", { level: 1, name: "Patients" }).waitFor();
  await other.waitForFunction(() => !!window.htmx);
  await one.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
  await one.getByLabel("Login").waitFor();
  await other.getByLabel("Login").waitFor();
  await one.goBack();
  await one.getByLabel("Login").waitFor();
  assert.equal(await one.locator(".rail").count(), 0, "nor does Back bring it back");
});
