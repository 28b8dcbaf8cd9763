"use strict";
// The entry that Pulumi runs. A published package holds only the compiled pack; in a checkout the sources run, never a stale build.
const { existsSync, readFileSync } = require("node:fs");
const { join } = require("node:path");

if (existsSync(join(__dirname, "index.ts"))) {
    runSources();
    require("./index.ts");
} else {
    require("../bin/policies/index.js");
}

/** Pulumi checks the types of a pack on every start, which takes seconds; `npm test` has checked these, so here they are only stripped. */
function runSources() {
    const ts = require("typescript");
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
    require.extensions[".ts"] = (module, fileName) =>
        module._compile(ts.transpileModule(readFileSync(fileName, "utf8"), { compilerOptions }).outputText, fileName);
}
