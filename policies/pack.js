"use strict";
// The entry that Pulumi runs. A published package holds only the compiled pack; in a checkout the build runs where it is of now, else the sources.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

requirePolicySdk();
if (existsSync(join(__dirname, "index.ts")) && !require("../scripts/build").isBuilt()) {
  // Pulumi checks the types of a pack on every start, which takes seconds; `npm test` has checked these.
  require("../scripts/transpiler").runSources();
  require("./index.ts");
} else {
  require("../bin/policies/index.js");
}

/** Only whoever uses the pack needs @pulumi/policy, so the package asks for it as an optional peer. */
function requirePolicySdk() {
  try {
    require.resolve("@pulumi/policy");
  } catch {
    process.stderr.write("This policy pack needs @pulumi/policy: run npm install --save-dev @pulumi/policy\n");
    process.exit(1);
  }
}
