// Builds dist/: scripts, styles and the icon sprite under content-hashed names, each with a .gz beside it, and
// manifest.json, which crates/web/build.rs reads. Fails when a file is over its budget.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "dist");

/** Bytes after gzip. What is not named here may have 6 KB. */
const budget = { "app.js": 16 * 1024, "app.css": 8 * 1024 };
const other = 6 * 1024;

const mime = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

/** Grid rows and spans as classes: the page's policy allows no style attribute. */
function rows() {
  const rule = (name, n, body) => Array.from({ length: n }, (_, i) => `.${name}${i + 1}{${body(i + 1)}}`).join("");
  return "@layer pages{" + rule("r", 97, n => `grid-row-start:${n}`) + rule("s", 48, n => `grid-row-end:span ${n}`) + "}";
}

/** One <symbol> for each icon that Rust can name, without the invisible bounding path. */
function sprite() {
  const names = JSON.parse(fs.readFileSync(path.join(here, "icons.json"), "utf8"));
  const symbols = names.map(name => {
    const svg = fs.readFileSync(path.join(here, "node_modules/@tabler/icons/icons/outline", name + ".svg"), "utf8");
    const shapes = [...svg.matchAll(/<(?:path|circle|rect|line|polyline)\b[^>]*\/>/g)].map(m => m[0]);
    const drawn = shapes.filter(shape => !shape.includes('stroke="none"'));
    if (drawn.length === 0) throw new Error(`icon \`${name}\` has no shapes`);
    return `<symbol id="${name}" viewBox="0 0 24 24">${drawn.join("")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

/** The notices of what is bundled, as their licences ask. */
function notices() {
  return ["htmx.org", "@tabler/icons"].map(name => {
    const dir = path.join(here, "node_modules", name);
    const { version, license } = JSON.parse(fs.readFileSync(path.join(dir, "package.json"), "utf8"));
    return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(dir, "LICENSE"), "utf8").trim()}\n`;
  }).join("\n----\n\n");
}

const out = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.ts", "src/keys.ts", "src/schedule.ts", "src/passkey.ts", "src/app.css"],
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome123", "firefox120", "safari17.5"],
  outdir: dist,
  write: false,
  legalComments: "none",
  logLevel: "warning",
  plugins: [{
    name: "rows",
    setup(b) {
      b.onResolve({ filter: /^rows:$/ }, () => ({ path: "rows", namespace: "rows" }));
      b.onLoad({ filter: /.*/, namespace: "rows" }, () => ({ contents: rows(), loader: "css" }));
    },
  }],
});

const files = out.outputFiles.map(f => [path.basename(f.path), Buffer.from(f.contents)]);
files.push(["icons.svg", Buffer.from(sprite())]);
files.push(["favicon.svg", fs.readFileSync(path.join(here, "src/favicon.svg"))]);
files.push(["licences.txt", Buffer.from(notices())]);

fs.rmSync(dist, { recursive: true, force: true });
fs.mkdirSync(dist, { recursive: true });
const manifest = [];
let over = false;
for (const [name, bytes] of files.sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
  const { name: stem, ext } = path.parse(name);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const file = `${stem}-${sha256.slice(0, 12)}${ext}`;
  const gz = zlib.gzipSync(bytes, { level: 9 });
  fs.writeFileSync(path.join(dist, file), bytes);
  fs.writeFileSync(path.join(dist, file + ".gz"), gz);
  manifest.push({ name, file, mime: mime[ext], sha256, bytes: bytes.length, gzip: gz.length });
  const limit = budget[name] ?? other;
  const mark = gz.length > limit ? "  OVER BUDGET" : "";
  over ||= mark !== "";
  console.log(`${file.padEnd(32)} ${String(bytes.length).padStart(7)} B  gz ${String(gz.length).padStart(6)} of ${limit}${mark}`);
}
// Last, so that a half-written dist is never taken for a whole one. One asset a line: build.rs reads it without a parser.
const lines = manifest.map(m => [m.name, m.file, m.mime, m.sha256].join("\t"));
fs.writeFileSync(path.join(dist, "manifest.tsv"), lines.join("\n") + "\n");
fs.writeFileSync(path.join(dist, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
if (over) {
  console.error("an asset is over its budget; see the list above");
  process.exit(1);
}
