// The API by its own OpenAPI document: schemathesis makes up requests, good and bad, and holds the answers against it.
import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import fs from "node:fs";
import https from "node:https";
import path from "node:path";
import { test } from "node:test";
import { checkPage, launch, signIn } from "../harness.mjs";
import { serve } from "../product.mjs";
import { scan } from "../scanner.mjs";

/** Registers a program with every scope, as the security official, and returns its id. */
async function register(t, practice, key) {
  const browser = await launch(t);
  const page = await browser.page();
  await signIn(page, practice.base, practice.people.sam);
  await page.goto(new URL("/clients/new", practice.base).href);
  await page.getByLabel("Name", { exact: true }).fill("Scanner");
  await page.getByLabel("Who answers for it").selectOption({ index: 1 });
  await page.getByLabel("Last day").fill(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10));
  const partner = await page.getByLabel("Whom it works for").locator("option").last().getAttribute("value");
  await page.getByLabel("Whom it works for").selectOption(partner);
  await page.getByLabel("What for").selectOption("payment");
  for (const scope of await page.locator("input[name=scope]").all()) await scope.check();
  await page.getByLabel("Public key").fill(JSON.stringify(key));
  await checkPage(page, "client-new");
  await page.getByRole("button", { name: "Register" }).click();
  await page.waitForURL(/\/clients\/0[0-9a-f-]+$/);
  await checkPage(page, "client");
  return new URL(page.url()).pathname.split("/").pop();
}

/** A token for the client: an assertion signed with ES384 (RFC 7523). */
async function token(practice, client, key) {
  const audience = new URL("/api/token", practice.base).href;
  const part = value => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: client, sub: client, aud: audience, exp: Math.floor(Date.now() / 1000) + 240, jti: randomUUID() };
  const text = `${part({ alg: "ES384", kid: "scan", typ: "JWT" })}.${part(claims)}`;
  const signature = sign("sha384", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    scope: "schedule.read patient.find claim_file.read posture.write alert.write evidence.write",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: `${text}.${signature}`,
  });
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const ca = fs.readFileSync(path.join(practice.keys, "authority.crt"));
  const answer = await new Promise((done, lost) => {
    const request = https.request(audience, { method: "POST", headers, ca }, response => {
      let text = "";
      response.on("data", chunk => { text += chunk; });
      response.on("end", () => done({ status: response.statusCode, text }));
    });
    request.on("error", lost);
    request.end(body.toString());
  });
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text).access_token;
}

test("the API answers as its document says, whatever is asked", { timeout: 420_000 }, async t => {
  const practice = await serve(t, { patients: 20 });
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const client = await register(t, practice, { ...publicKey.export({ format: "jwk" }), kid: "scan", use: "sig", alg: "ES384" });
  const bearer = await token(practice, client, privateKey);
  // A token lasts five minutes, so the run is shorter. The pace of a client is part of the API: 429 is an answer like others.
  const { code, said } = await scan("schemathesis", [
    "run", new URL("/api/openapi.json", practice.base).href, "--tls-verify", path.join(practice.keys, "authority.crt"),
    "--header", `Authorization: Bearer ${bearer}`, "--phases", "examples,coverage,fuzzing", "--max-examples", "40", "--max-time", "120",
    "--seed", "7", "--checks", "all", "--continue-on-failure",
  ]);
  assert.equal(code, 0, said);
});
