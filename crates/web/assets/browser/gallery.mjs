// Starts the gallery, which shows every component without a database, for one test file.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "..");

/** Its address, and how to stop it. `WELLKEPT_GALLERY` names one that runs already. */
export async function gallery() {
  if (process.env.WELLKEPT_GALLERY) return { base: process.env.WELLKEPT_GALLERY, stop() {} };
  // The test build has left it there; by itself it is built first.
  const built = path.join(root, "target", "debug", "examples", "gallery");
  const [command, args] = fs.existsSync(built) ? [built, []] : ["cargo", ["run", "-q", "-p", "web", "--example", "gallery"]];
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const base = await new Promise((resolve, reject) => {
    readline.createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", code => reject(new Error(`the gallery ended with ${code}`)));
  });
  return { base, stop: () => child.kill() };
}
