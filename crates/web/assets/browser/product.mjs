// A synthetic practice on a loopback port, for flows: made once a run in a folder of its own, and stopped by its own process id.

import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "..");

/** The binary under test. */
export const binary = process.env.WELLKEPT_BIN ?? path.join(root, "target", "release", "wellkept");

/**
 * Makes a practice of `patients` people, serves it, and stops it with the test.
 * Returns its address, its people by login as `signIn` takes them, and the folder of files that wait to be imported.
 * `prepare` is called with its folders before it is served.
 */
export async function serve(t, { patients = 60, seed = 7, prepare = async () => {} } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "wellkept-flow-"));
  const [data, keys] = [path.join(folder, "data"), path.join(folder, "keys")];
  fs.mkdirSync(data);
  const place = ["--data", data, "--key-dir", keys];
  const made = spawnSync(binary, ["demo", ...place, "--seed", String(seed), "--patients", String(patients)], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`the practice was not made: ${made.stderr}`);
  await prepare({ data, keys, place });
  const server = spawn(binary, ["serve", ...place, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "inherit", "pipe"] });
  t.after(async () => {
    server.kill("SIGTERM");
    await new Promise(done => (server.exitCode === null ? server.once("exit", done) : done()));
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const base = await new Promise((found, lost) => {
    let said = "";
    server.once("exit", code => lost(new Error(`the server ended with ${code}: ${said}`)));
    server.stderr.on("data", chunk => {
      said += chunk;
      const address = said.match(/https:\/\/[\d.:]+\//);
      if (address) found(address[0]);
    });
  });
  const people = JSON.parse(fs.readFileSync(path.join(keys, "practice.personas.json"), "utf8"));
  const by = Object.fromEntries(people.map(p => [p.login, { user: p.login, password: p.password, secret: p.totp }]));
  return { base, people: by, inbox: path.join(data, "inbox"), data, keys, place };
}
