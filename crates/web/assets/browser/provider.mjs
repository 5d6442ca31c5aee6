// A real identity provider on a loopback port, for flows: the certified `oidc-provider`, with pages of our own where people sign in.
// It shows the certificate that the practice's own authority made for this machine.
import { createHash, generateKeyPairSync } from "node:crypto";
import fs from "node:fs";
import https from "node:https";
import path from "node:path";
import Provider from "oidc-provider";

/** A new key to sign tokens with. */
function signingKey() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const kid = createHash("sha256").update(publicKey.export({ format: "der", type: "spki" })).digest("hex").slice(0, 12);
  return { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
}

/**
 * Opens the port; `register` then says who its client is, and may say so again. Stops with the test.
 * `amr` is what tokens say of how people signed in.
 */
export async function provider(t, keys, { amr = ["pwd"] } = {}) {
  const [cert, key] = ["tls.crt", "tls.key"].map(name => fs.readFileSync(path.join(keys, name)));
  let handle = (_, res) => res.writeHead(503).end();
  const server = https.createServer({ cert, key }, (req, res) => handle(req, res));
  await new Promise(done => server.listen(0, "127.0.0.1", done));
  t.after(() => new Promise(done => { server.close(done); server.closeAllConnections(); }));
  const issuer = `https://localhost:${server.address().port}`;
  let client;
  let between = false;

  /** Publishes one new key, and signs with it. */
  function rotate() {
    const idp = new Provider(issuer, {
      clients: [client],
      jwks: { keys: [signingKey()] },
      cookies: { keys: ["of this test alone"] },
      claims: { openid: ["sub", "amr"] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      async loadExistingGrant(ctx) {
        const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
        grant.addOIDCScope("openid");
        await grant.save();
        return grant;
      },
    });
    const callback = idp.callback();
    handle = (req, res) => {
      if (req.url.startsWith("/interaction/")) return interact(idp, req, res);
      if (between && req.url.startsWith("/auth?")) {
        req.url = req.url.replace(/nonce=[^&]*/, "nonce=another");
        between = false;
      }
      return callback(req, res);
    };
  }

  async function interact(idp, req, res) {
    if (req.method === "POST") {
      let body = "";
      for await (const chunk of req) body += chunk;
      const accountId = new URLSearchParams(body).get("who");
      const result = accountId ? { login: { accountId, amr } } : { error: "access_denied", error_description: "Call 555-0100 now" };
      return idp.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
    }
    res.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    res.end(`<!doctype html><html lang="en"><title>Example</title><link rel="icon" href="data:,">
      <h1>Sign in to Example</h1><form method="post"><label>Who <input name="who"></label><button>Go</button></form></html>`);
    return undefined;
  }

  return {
    issuer,
    rotate,
    /** Somebody between changes the nonce of the next request: the token that is signed answers another question. */
    changeNonce() { between = true; },
    register(registered) {
      client = { client_id: "wellkept", response_types: ["code"], grant_types: ["authorization_code"], ...registered };
      rotate();
    },
  };
}
