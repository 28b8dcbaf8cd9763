"use strict";
/**
 * Bundles scaler/handler.ts and what it imports into one module with one export: `createScalerHandler`, a function that closes over
 * nothing, so that Pulumi serialises it as it stands. Run by the build after tsc, and on demand by components/scalerCode.ts where the
 * package runs from its sources.
 */
const fs = require("node:fs");
const path = require("node:path");
const { root } = require("./run");

const output = path.join(root, "bin", "scaler", "bundle.js");

/** Makes the bundle if a source is newer than it, and returns its path. */
exports.bundleScaler = function bundleScaler() {
  if (isFresh()) return output;
  const text = factoryText("scaler/handler.ts", "createScalerHandler", "createHandler()");
  fs.mkdirSync(path.dirname(output), { recursive: true });
  // Several test processes may bundle at once: each sees the old file or the whole new one.
  const partial = `${output}.${process.pid}`;
  fs.writeFileSync(partial, text);
  fs.renameSync(partial, output);
  return output;
};

/** A module that exports one function which holds everything that `entry` imports and returns `result` of its exports. */
function factoryText(entry, exportName, result) {
  const { outputFiles } = require("esbuild").buildSync({
    entryPoints: [path.join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    target: "node20",
    // Lambda's runtime brings an AWS SDK; why it is taken: components/scalerCode.ts.
    external: ["@aws-sdk/*"],
    charset: "utf8",
    legalComments: "none",
    // Names go too: the scaler logs what happened in words, and no stacks.
    minify: true,
    logLevel: "error",
  });
  return [
    '"use strict";',
    `// Generated from ${entry} by scripts/bundle-scaler.js.`,
    `exports.${exportName} = function ${exportName}() {`,
    // Strict, since a serialised function runs inside a `with` statement.
    '"use strict";',
    // That statement is asked for each global at each use, thousands of times a plan; a name of the function's own is not.
    "const { Math, Number, Float64Array } = globalThis;",
    "const module = { exports: {} };",
    // A dead line in which Node.js finds the exports names a variable that is not there any more.
    outputFiles[0].text
      .replace(/^"use strict";\n?/, "")
      .replace(/0&&\(module\.exports=\{[^}]*\}\);/, "")
      .trimEnd(),
    `return module.exports.${result};`,
    "};",
    "",
  ].join("\n");
}
exports.factoryText = factoryText;

function isFresh() {
  if (!fs.existsSync(output)) return false;
  const builtMs = fs.statSync(output).mtimeMs;
  const sources = ["scaler", "stream", "capacity"].flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => path.join(root, folder, name)),
  );
  return [__filename, ...sources].every((source) => fs.statSync(source).mtimeMs <= builtMs);
}

/** Bundles, and has the text made as a program would make it, so that none has to. */
async function serializeScaler() {
  exports.bundleScaler();
  const rooms = require(path.join(root, "bin", "rooms"));
  await rooms["components/scalerCode"]().scalerFile();
}

if (require.main === module) {
  serializeScaler().catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}
