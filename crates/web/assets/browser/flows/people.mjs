// People and their ways in and out: somebody leaves, and passkeys from the first to the last.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkPage, launch, shot, signIn } from "../harness.mjs";
import { serve } from "../product.mjs";

let practice;
const closing = [];
before(async () => { practice = await serve({ after: f => closing.push(f) }); });
after(async () => { for (const f of closing) await f(); });

/** Authenticators bind passkeys to names, so these flows go by the name. */
const base = () => practice.base.replace("127.0.0.1", "localhost");
const at = where => new URL(where, base()).href;

/** A tab with an authenticator of its own, which says yes to everything. */
async function withAuthenticator(browser) {
  const page = await browser.page();
  const client = await browser.context.newCDPSession(page);
  await client.send("WebAuthn.enable");
  const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { page, client, authenticatorId };
}

async function addPasskey(page, name) {
  await page.goto(at("/me"));
  await page.getByRole("link", { name: "Add a passkey" }).click();
  await page.getByLabel("What you call it").fill(name);
  await page.getByRole("button", { name: "Make the passkey" }).click();
  await page.getByRole("table", { name: "Your passkeys" }).getByRole("rowheader", { name }).waitFor();
}

async function signOut(page) {
  await page.goto(at("/me"));
  await page.getByRole("main").getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

const home = page => page.getByRole("heading", { name: "Today", level: 1 }).waitFor();

test("the manager ends a leaver's access, and the leaver's open tab is out", { timeout: 180_000 }, async t => {
  const desk = await launch(t);
  const dana = await desk.page();
  await signIn(dana, base(), practice.people.dana);
  const office = await launch(t);
  const page = await office.page();
  await signIn(page, base(), practice.people.maya);
  await page.locator(".rail").getByRole("link", { name: "People" }).click();
  await page.getByRole("table", { name: "People" }).getByText("no passkey yet").first().waitFor();
  await page.getByRole("link", { name: "Dana Whitfield" }).click();
  await page.getByLabel("Why", { exact: true }).selectOption("Resigned");
  await page.getByLabel("Note").fill("moved away");
  await checkPage(page, "people-end-access");
  await page.getByRole("button", { name: "End access now" }).click();
  await page.getByRole("heading", { name: "Access ended: resigned" }).waitFor();
  await page.getByText("from the act to the first refusal").waitFor();
  await checkPage(page, "people-left");
  await dana.goto(at("/patients"));
  await dana.getByRole("heading", { name: "Sign in" }).waitFor();

  await page.locator("dl.kv dt", { hasText: /^First refused$/ }).locator("xpath=following-sibling::dd[1]").getByRole("link").click();
  await page.getByRole("table").getByText("was refused after access had ended").first().waitFor();
  await page.goto(at("/people"));
  await page.getByRole("table", { name: "People whose access has ended" }).getByText("Dana Whitfield").waitFor();
  await checkPage(page, "people");
});

test("an official enrols a passkey and from then on signs in with it alone", { timeout: 180_000 }, async t => {
  const browser = await launch(t, { allow: ["422", "404", "409"] });
  const { page, client, authenticatorId } = await withAuthenticator(browser);
  await signIn(page, base(), practice.people.sam);
  await page.goto(at("/me"));
  await page.getByText("Once you have a passkey you sign in with it alone").waitFor();
  await page.getByRole("link", { name: "Add a passkey" }).click();
  await page.getByRole("button", { name: "Make the passkey" }).waitFor();
  await checkPage(page, "passkey-new");
  // Without a name nothing is made: it would stay on the device and be known to nobody.
  await page.getByRole("button", { name: "Make the passkey" }).click();
  assert.equal((await client.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length, 0);
  await addPasskey(page, "front desk PC");
  await checkPage(page, "me");

  await signOut(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).waitFor();
  await checkPage(page, "sign-in-passkey");
  await page.getByLabel("Login").fill("sam");
  await page.getByLabel("Password").fill(practice.people.sam.password);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("That did not work.").waitFor();
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await home(page);

  await page.goto(at("/me"));
  await page.getByRole("button", { name: "Remove the passkey front desk PC" }).click();
  await page.getByText("this is your last passkey").waitFor();
  await shot(page, "passkey-last");

  // Somebody else's finger: the authenticator says no, and so does the page.
  await signOut(page);
  await client.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByText("Nothing was confirmed.").waitFor();
});

test("for others a passkey is one way in among two", { timeout: 180_000 }, async t => {
  const browser = await launch(t, { allow: ["404"] });
  const { page } = await withAuthenticator(browser);
  await signIn(page, base(), practice.people.bea);
  await addPasskey(page, "blue key");
  await signOut(page);
  await page.getByLabel("Login").fill("bea");
  await page.getByLabel("Password").fill(practice.people.bea.password);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Use a passkey" }).waitFor();
  await checkPage(page, "sign-in-code");
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await home(page);
  await page.goto(at("/me"));
  await page.getByRole("button", { name: "Remove the passkey blue key" }).click();
  await page.getByText("You have none.").waitFor();
});
