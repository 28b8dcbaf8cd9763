"use strict";
/*
 * Compiles the package to bin/ and bundles the scaler's handler. Run by `npm run build`, before packing, and by `npm start` and `npm test`
 * where a source is newer than the last build.
 */
const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
const stamp = path.join(root, "bin", ".built");
const sources = [
  "index.ts",
  "capacity",
  "scaler",
  "components",
  "policies",
  "producer",
  "cli",
  "sandbox",
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
  // A file that has no source any more must not stay in the package.
  fs.rmSync(path.join(root, "bin"), { recursive: true, force: true });
  run("Compiling", process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"]);
  run("Bundling the scaler", process.execPath, [path.join(__dirname, "bundle-scaler.js")]);
  fs.chmodSync(path.join(root, "bin/cli/main.js"), 0o755);
  fs.writeFileSync(stamp, "");
}

module.exports = { buildIfChanged };

if (require.main === module) {
  const { requireNode, run } = require("./prepare-checkout");
  requireNode();
  build(run);
}
