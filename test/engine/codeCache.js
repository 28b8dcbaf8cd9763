"use strict";
/*
 * What V8 compiled of a module is kept for the next process that loads it: the tests start some hundred programs and policy packs with the same
 * packages, and a quarter of what each computes is compiling. Node.js does it by itself from 22 on (NODE_COMPILE_CACHE).
 */
const Module = require("node:module");
const path = require("node:path");
const v8 = require("node:v8");
const vm = require("node:vm");
const { hashOf, keptIn } = require("../../scripts/kept");

// Pulumi sets it when it is loaded, and what was compiled under other flags is refused: so all is compiled under this one.
v8.setFlagsFromString("--allow-natives-syntax");

const root = path.resolve(__dirname, "../..");
const kept = keptIn("compiled");
const compile = Module.prototype._compile;
/** What this process compiled anew, by the hash under which it is kept. */
const fresh = new Map();

function compiled(content, filename) {
  const hash = hashOf(process.version, filename, content);
  const cachedData = kept.read(hash);
  const script = new vm.Script(Module.wrap(content.startsWith("#!") ? `//${content}` : content), {
    filename,
    cachedData,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (cachedData === undefined || script.cachedDataRejected) fresh.set(hash, script);
  return script.runInThisContext();
}

/** As Node.js makes it for each module. */
function requireOf(module) {
  const require = (id) => module.require(id);
  require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  require.resolve.paths = (request) => Module._resolveLookupPaths(request, module);
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

Module.prototype._compile = function (content, filename, ...rest) {
  // What lies elsewhere is of one test and comes once.
  if (!filename.startsWith(root + path.sep)) return compile.call(this, content, filename, ...rest);
  const run = compiled(content, filename);
  return run.call(this.exports, this.exports, requireOf(this), this, filename, path.dirname(filename));
};

process.on("exit", () => {
  // With what has run: functions are compiled when they are first called.
  for (const [hash, script] of fresh) kept.write(hash, script.createCachedData());
});
