"use strict";
/*
 * How the sources run without a build: esbuild strips the types of each file, in a tenth of the time of the compiler, which `npm test` runs
 * once for everything. ts-node finds it through tsconfig.json. What was stripped is kept for the next process: a test run has a dozen that
 * load the same sources.
 */
const { readFileSync } = require("node:fs");
const { hashOf, keptIn } = require("./kept");

const kept = keptIn("transpiled");
/** What is kept is of one state of this file and of esbuild. */
const rules = hashOf(readFileSync(__filename), readFileSync(require.resolve("esbuild/package.json")));

function transpile(source, fileName) {
  const hash = hashOf(rules, fileName, source);
  const found = kept.read(hash);
  if (found !== undefined) return JSON.parse(found);
  const { code, map } = strip(source, fileName);
  kept.write(hash, JSON.stringify({ code, map }));
  return { code, map };
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
