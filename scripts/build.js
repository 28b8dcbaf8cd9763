"use strict";
/*
 * Compiles the package to bin/ and bundles the scaler's handler. Run by `npm run build`, before packing, and by `npm start` and `npm test`
 * where a source is newer than the last build.
 */
const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
/** What no TypeScript source stands behind. */
const generated = [path.join("bin", "scaler", "bundle.js")];
const stamp = path.join(root, "bin", ".built");
const sources = [
  "index.ts",
  "capacity",
  "stream",
  "scaler",
  "components",
  "policies",
  "producer",
  "cli",
  "sandbox",
  "engine",
  "demo",
  "scripts",
  "tsconfig.json",
  "tsconfig.build.json",
  "package-lock.json",
];

function newestChangeMs(file) {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(
    stats.mtimeMs,
    ...fs
      .readdirSync(file)
      .filter((name) => name !== "node_modules")
      .map((name) => newestChangeMs(path.join(file, name))),
  );
}

function buildIfChanged(run) {
  const builtMs = fs.statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? -1;
  if (Math.max(...sources.map((source) => newestChangeMs(path.join(root, source)))) <= builtMs) return;
  build(run);
}

function build(run) {
  run("Compiling", process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"]);
  run("Bundling the scaler", process.execPath, [path.join(__dirname, "bundle-scaler.js")]);
  removeOrphans(path.join(root, "bin"));
  fs.chmodSync(path.join(root, "bin/cli/main.js"), 0o755);
  fs.writeFileSync(stamp, "");
}

/** A compiled file whose source is gone must not stay in the package. */
function removeOrphans(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const compiled = path.join(folder, entry.name);
    if (entry.isDirectory()) removeOrphans(compiled);
    else if (/\.(js|d\.ts)(\.map)?$/.test(entry.name) && !generated.includes(path.relative(root, compiled))) {
      const source = path
        .join(root, path.relative(path.join(root, "bin"), compiled))
        .replace(/\.(js|d\.ts)(\.map)?$/, ".ts");
      if (!fs.existsSync(source)) fs.rmSync(compiled);
    }
  }
}

module.exports = { buildIfChanged };

if (require.main === module) {
  const { requireNode, run } = require("./prepare-checkout");
  requireNode();
  build(run);
}
