"use strict";
/*
 * Bundles the module and the scaler's handler, and compiles the plugin to bin/ and the sandbox to packages/sandbox/bin/. `npm run build`, also
 * before packing, checks the types and makes the declarations; `npm start` needs neither (`--if-changed`: only where a source is newer than
 * the last build), and `npm test` makes them from its own check of everything (`--types`).
 */
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { publicDeclarations } = require("./declarations");
const { requireNode, root, run, timed } = require("./run");

const executables = ["plugin/main", "sandbox/main"];
/** Whose declarations users read. */
const declared = ["index", "capacity/index", "policies/policies", "producer/index", "testing/index", "sandbox/public"];
const sandboxPackage = path.join(root, "packages/sandbox");
const strict = { compilerOptions: { alwaysStrict: true } };
const stamp = path.join(root, "bin", ".built");
/** The rooms of sharded-stream-sandbox; capacity, charts and programs are in both packages, because rooms of both ask them. */
const sandboxRooms = ["sandbox", "engine", "demo", "charts", "programs", "capacity"];
const sources = [
  "index.ts",
  "capacity",
  "stream",
  "scaler",
  "components",
  "policies",
  "producer",
  "testing",
  "plugin",
  "cli",
  "sandbox",
  "engine",
  "demo",
  "charts",
  "programs",
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

/** Whether bin/ is of the sources as they are. */
function isBuilt() {
  const builtMs = fs.statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? -1;
  return Math.max(...sources.map((source) => newestChangeMs(path.join(root, source)))) <= builtMs;
}

function buildIfChanged() {
  if (!isBuilt()) compile();
}

function compile() {
  // First of all: what is interrupted half-way must not count as built.
  fs.rmSync(stamp, { force: true });
  for (const folder of [path.join(root, "bin"), path.join(sandboxPackage, "bin")]) removeCompiled(folder);
  run("Bundling the module", process.execPath, [path.join(__dirname, "bundle-module.js")]);
  timed("Compiling", () => {
    // File by file, since these are started as processes.
    transpile(["plugin"], path.join(root, "bin"));
    transpile(sandboxRooms, path.join(sandboxPackage, "bin"));
  });
  run("Bundling the scaler", process.execPath, [path.join(__dirname, "bundle-scaler.js")]);
  writeSchema();
  fs.copyFileSync(path.join(root, "LICENSE"), path.join(sandboxPackage, "LICENSE"));
  fs.writeFileSync(stamp, "");
}

function transpile(rooms, folder) {
  const { transformSync } = require("esbuild");
  const format = { loader: "ts", format: "cjs", platform: "node", target: "node20", tsconfigRaw: strict };
  for (const room of rooms)
    for (const name of fs.readdirSync(path.join(root, room), { recursive: true })) {
      if (!name.endsWith(".ts")) continue;
      const source = fs.readFileSync(path.join(root, room, name), "utf8");
      const small = { minifyWhitespace: true, minifyIdentifiers: true, lineLimit: 1000 };
      const { code } = transformSync(source, { ...format, ...small });
      const compiled = path.join(room, name.replace(/\.ts$/, ""));
      writeFile(path.join(folder, `${compiled}.js`), code, executables.includes(compiled));
    }
}

function writeFile(file, text, executable) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode: executable ? 0o755 : 0o644 });
}

/** A compiled file whose source is gone must not stay in the packages. What was declared goes when it is declared again. */
function removeCompiled(folder) {
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder, { recursive: true }))
    if (/\.(js|map)$/.test(name) && name !== path.join("scaler", "bundle.js")) fs.rmSync(path.join(folder, name));
}

/** What the plugin serves, without the spaces that are for those who read it. */
function writeSchema() {
  const schema = JSON.parse(fs.readFileSync(path.join(root, "plugin/schema.json"), "utf8"));
  fs.writeFileSync(path.join(root, "bin/plugin/schema.json"), JSON.stringify(schema));
}

/** Checks the types, and writes the declarations of what is public. */
function declare(project) {
  const tsc = path.join(root, "node_modules/typescript7/bin/tsc");
  const all = fs.mkdtempSync(path.join(os.tmpdir(), "sharded-stream-declared-"));
  try {
    const flags = ["--emitDeclarationOnly", "--incremental", "false", "--declarationDir", all];
    run("Checking the types", process.execPath, [tsc, "-p", project, ...flags]);
    publishDeclarations(all);
  } finally {
    fs.rmSync(all, { recursive: true, force: true });
  }
}

function publishDeclarations(all) {
  for (const [folder, owns] of [
    [path.join(root, "bin"), (entry) => !entry.startsWith("sandbox/")],
    [path.join(sandboxPackage, "bin"), (entry) => entry.startsWith("sandbox/")],
  ]) {
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }) : [])
      if (name.endsWith(".d.ts")) fs.rmSync(path.join(folder, name));
    for (const [name, text] of publicDeclarations(all, declared.filter(owns)))
      writeFile(path.join(folder, name), text, false);
  }
}

module.exports = { buildIfChanged, isBuilt };

if (require.main === module) {
  requireNode();
  if (process.argv.includes("--if-changed")) buildIfChanged();
  else if (process.argv.includes("--types")) declare("tsconfig.json");
  else {
    compile();
    declare("tsconfig.build.json");
  }
}
