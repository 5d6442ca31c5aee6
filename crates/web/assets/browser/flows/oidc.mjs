// Sign-in by an identity provider that nobody here wrote: linked, used, refused to who left, and not talked into another's sign-in.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { checkPage, launch, shot, signIn, totp } from "../harness.mjs";
import { binary, serve } from "../product.mjs";
import { provider } from "../provider.mjs";

/** A practice and its provider. `auth` is how the practice proves itself: with a secret, or with a key of its own. */
async function both(t, auth, options = {}) {
  let idp;
  const practice = await serve(t, {
    patients: 5,
    prepare: async ({ data, keys, place }) => {
      const made = spawnSync(binary, ["certificate", ...place], { encoding: "utf8" });
      assert.equal(made.status, 0, made.stderr);
      idp = await provider(t, keys, options);
      if (auth === "secret") fs.writeFileSync(path.join(keys, "oidc.secret"), "s3cret/+ of a test".replaceAll(" ", "-"), { mode: 0o600 });
      fs.writeFileSync(path.join(data, "wellkept.toml"), [
        "[oidc]", `issuer = "${idp.issuer}"`, 'client_id = "wellkept"', 'name = "Example"', `client_auth = "${auth}"`,
        `second_factor = "${options.factor ?? "here"}"`, `authorities = "${path.join(keys, "authority.crt")}"`, "",
      ].join("\n"));
    },
  });
  const base = practice.base.replace("127.0.0.1", "localhost");
  const redirect_uris = [new URL("/sign-in/oidc/answer", base).href];
  if (auth === "secret") {
    idp.register({ redirect_uris, client_secret: "s3cret/+-of-a-test" });
  } else {
    const said = spawnSync(binary, ["oidc", ...practice.place, "--json"], { encoding: "utf8" });
    assert.equal(said.status, 0, said.stderr);
    const { jwks } = JSON.parse(said.stdout);
    idp.register({ redirect_uris, jwks, token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "ES256" });
  }
  return { practice, idp, base, at: where => new URL(where, base).href };
}

const main = page => page.getByRole("main");

/** The person's own sign-in at the provider; nobody declines. */
async function agree(page, who) {
  await page.getByRole("heading", { name: "Sign in to Example" }).waitFor();
  await page.getByLabel("Who").fill(who);
  await page.getByRole("button", { name: "Go" }).click();
}

async function signOut(page, at) {
  await page.goto(at("/me"));
  await main(page).getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

async function link(page, at) {
  await page.goto(at("/me"));
  await main(page).getByRole("button", { name: "Link it" }).click();
  await page.getByRole("link", { name: "Go on to Example" }).waitFor();
}

async function byProvider(page, at, who) {
  await page.goto(at("/sign-in"));
  await page.getByRole("link", { name: "Sign in with Example" }).click();
  await agree(page, who);
}

const alert = (page, words) => page.getByRole("alert").getByText(words).waitFor();

test("a person links an account, signs in by it, and is out when access ends", { timeout: 240_000 }, async t => {
  const { practice, idp, base, at } = await both(t, "secret");
  const desk = await launch(t, { allow: ["status of 422"] });
  const page = await desk.page();
  await page.goto(at("/sign-in"));
  await checkPage(page, "oidc-sign-in");
  const fetched = Date.now();
  await byProvider(page, at, "00u-dana");
  await alert(page, "linked to nobody here");
  await checkPage(page, "oidc-unknown");
  await signIn(page, base, practice.people.dana);
  await link(page, at);
  await checkPage(page, "oidc-link");
  await page.getByRole("link", { name: "Go on to Example" }).click();
  await agree(page, "00u-dana");
  await page.getByText("Your account is linked.").waitFor();
  await main(page).getByText("00u-dana").waitFor();
  await checkPage(page, "oidc-linked");
  await signOut(page, at);
  // Signed in there a moment ago, and asked again all the same: the next one at this PC may be somebody else.
  await byProvider(page, at, "00u-dana");
  await page.getByLabel("Code from your authenticator").fill(totp(practice.people.dana.secret, 1));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".rail").waitFor();
  await signOut(page, at);
  // The provider changes its keys: what was fetched before does not do, and is fetched once more, a minute later at the soonest.
  await page.waitForTimeout(Math.max(0, fetched + 63_000 - Date.now()));
  idp.rotate();
  await byProvider(page, at, "00u-dana");
  await page.getByLabel("Code from your authenticator").waitFor();
  // Who declines is told so, in our words and not in anybody's.
  await page.goto(at("/sign-in"));
  await page.getByRole("link", { name: "Sign in with Example" }).click();
  await agree(page, "");
  await alert(page, "you declined");
  assert.equal(await page.getByText("555-0100").count(), 0);
  // The manager ends the access; the provider goes on saying yes.
  const office = await launch(t);
  const maya = await office.page();
  await signIn(maya, base, practice.people.maya);
  await maya.goto(at("/people"));
  await maya.getByRole("table", { name: "People" }).getByText("with Example too").waitFor();
  await maya.getByRole("link", { name: "Dana Whitfield" }).click();
  await main(maya).getByText("Linked with an account of").waitFor();
  await shot(maya, "oidc-people");
  await maya.getByLabel("Why", { exact: true }).selectOption("Resigned");
  await maya.getByRole("button", { name: "End access now" }).click();
  await maya.getByRole("heading", { name: "Access ended: resigned" }).waitFor();
  await byProvider(page, at, "00u-dana");
  await alert(page, "ask the security official");
});

test("an answer to another question lets nobody in", { timeout: 180_000 }, async t => {
  const { practice, idp, base, at } = await both(t, "key", { amr: ["pwd", "otp", "mfa"], factor: "provider" });
  const browser = await launch(t, { allow: ["status of 422", "status of 403"] });
  const page = await browser.page();
  await signIn(page, base, practice.people.bea);
  await link(page, at);
  await page.getByRole("link", { name: "Go on to Example" }).click();
  await agree(page, "00u-bea");
  await page.getByText("Your account is linked.").waitFor();
  await signOut(page, at);
  idp.changeNonce();
  await byProvider(page, at, "00u-bea");
  await alert(page, "belongs to another sign-in");
  // An answer that nobody here asked for, as another page could send.
  await page.goto(at("/sign-in/oidc/answer?code=stolen&state=another"));
  await alert(page, "begin again");
  // And one that was right: the provider took two factors, so it is all that is asked for.
  await byProvider(page, at, "00u-bea");
  await page.locator(".rail").waitFor();
  const used = page.url();
  await page.goto(at("/me/password"));
  await page.getByRole("heading", { name: "Confirm that it is you" }).waitFor();
  assert.ok(used.startsWith(base), used);
});
