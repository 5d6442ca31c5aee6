// The listener, judged by sslyze against Mozilla's modern configuration, with the practice's own authority as the one trusted.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { serve } from "../product.mjs";
import { scan } from "../scanner.mjs";

test("the listener meets Mozilla's modern configuration", { timeout: 180_000 }, async t => {
  const practice = await serve(t, { patients: 20 });
  const { said } = await scan("sslyze", [
    "--mozilla_config=modern", `--certinfo_ca_file=${path.join(practice.keys, "authority.crt")}`, new URL(practice.base).host,
  ]);
  assert.match(said, /OK - Compliant/, said);
});
