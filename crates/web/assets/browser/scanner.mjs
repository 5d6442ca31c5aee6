// Scanners that nobody here wrote, each in a Python environment of its own that `cargo xtask test --full` makes.
import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "..");
const scanners = process.env.WELLKEPT_SCANNERS ?? path.join(root, "target", "scanners");

/** Runs one to its end: what it said and its exit code. */
export function scan(name, args) {
  return new Promise((done, lost) => {
    // What a scanner keeps for itself is kept beside it.
    const child = spawn(path.join(scanners, name, "bin", name), args, { cwd: scanners, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", chunk => { said += chunk; });
    child.once("error", lost);
    child.once("close", code => done({ code, said }));
  });
}
