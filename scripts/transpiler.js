"use strict";
/*
 * How the sources run without a build: esbuild strips the types of each file, in a tenth of the time of the compiler, which `npm test` runs
 * once for everything. ts-node finds it through tsconfig.json. What was stripped is kept for the next process: a test run has a dozen that
 * load the same sources.
 */
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const path = require("node:path");

/** Of one state of this file and of esbuild; the name of an entry has the source and its place. */
const kept = path.join(__dirname, "../node_modules/.cache/transpiled");
const rules = hashOf(readFileSync(__filename), readFileSync(require.resolve("esbuild/package.json")));

function transpile(source, fileName) {
  const file = path.join(kept, `${hashOf(rules, fileName, source)}.json`);
  const found = read(file);
  if (found !== undefined) return found;
  const { code, map } = strip(source, fileName);
  mkdirSync(kept, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify({ code, map }));
  renameSync(unfinished, file);
  return { code, map };
}

function hashOf(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  }
}

function strip(source, fileName) {
  // Only whoever runs the sources has it.
  const { transformSync } = require("esbuild");
  return transformSync(source, {
    loader: "ts",
    format: "cjs",
    target: "es2022",
    sourcemap: true,
    sourcefile: fileName,
    // Otherwise it would look for a tsconfig.json of its own accord.
    tsconfigRaw: { compilerOptions: { alwaysStrict: true } },
  });
}

/** ts-node's interface of a transpiler. */
exports.create = () => ({
  transpile(source, { fileName }) {
    const { code, map } = transpile(source, fileName);
    return { outputText: code, sourceMapText: map };
  },
});

/** Makes `require` take TypeScript, for a process that needs no more of ts-node. */
exports.runSources = () => {
  require.extensions[".ts"] = (module, fileName) =>
    module._compile(transpile(readFileSync(fileName, "utf8"), fileName).code, fileName);
};
