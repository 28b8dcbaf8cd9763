"use strict";
/**
 * Bundles the module into the three files of bin/rooms/, without comments, spaces and the names of what is local: what users read are the
 * declarations. A part of a file runs when it is first asked for, so the command line loads no Pulumi, and a program no command.
 *
 * A file of its own has what applications use: whoever bundles one gets no Pulumi with the producer, and no AWS SDK with the planning
 * functions. What is in one file is in no other, so that each class is there once.
 */
const fs = require("node:fs");
const path = require("node:path");
const { build, transformSync } = require("esbuild");
const { root } = require("./run");

/** Each file, by what users reach by their name in it, or run, and what the build and the tests ask of it beside these; a file asks those before it. */
const layers = {
  capacity: { entries: ["capacity/index"] },
  producer: { entries: ["producer/index"] },
  index: {
    entries: ["index", "policies/policies", "policies/index", "testing/index", "cli/main"],
    inside: ["components/scalerCode", "stream/connection"],
  },
};

const options = {
  bundle: true,
  packages: "external",
  format: "cjs",
  platform: "node",
  target: "node20",
  minify: true,
  // Node.js shows the line that threw, before what it says of an exception that nobody catches.
  lineLimit: 1000,
  // Strict by one line, not by one in each of the modules.
  banner: { js: '"use strict";' },
  tsconfigRaw: {},
  logLevel: "warning",
  absWorkingDir: root,
};

async function bundleModule() {
  const homes = await homesOfModules();
  const asked = { capacity: new Set(), producer: new Set(), index: new Set() };
  // From the last one, since what it asks is known only then.
  for (const [layer, { entries, inside = [] }] of Object.entries(layers).reverse()) {
    const modules = new Set([...entries, ...inside, ...asked[layer]]);
    const given = (name) => (entries.includes(name) ? `named(require("./${name}"))` : `require("./${name}")`);
    const parts = [...modules].map((name) => `${JSON.stringify(name)}: () => ${given(name)}`);
    await build({
      ...options,
      stdin: { contents: `${named}\nmodule.exports = { ${parts.join(", ")} };`, resolveDir: root },
      outfile: path.join(root, `bin/rooms/${layer}.js`),
      plugins: [fromEarlierLayers(layer, homes, asked)],
    });
    for (const entry of entries) writeEntry(entry, layer);
  }
}

/** The layer of each module that is not in the last one: the first layer whose entries reach it. */
async function homesOfModules() {
  const homes = new Map();
  for (const [layer, { entries }] of Object.entries(layers).slice(0, -1)) {
    const entryPoints = entries.map((entry) => `${entry}.ts`);
    const { metafile } = await build({ ...options, entryPoints, outdir: "bin", write: false, metafile: true });
    for (const file of Object.keys(metafile.inputs)) {
      const name = file.replace(/\.ts$/, "");
      if (!homes.has(name)) homes.set(name, layer);
    }
  }
  return homes;
}

/** Asks an earlier layer for what is at home there, and notes that it is asked. */
function fromEarlierLayers(layer, homes, asked) {
  const namespace = "earlier-layer";
  const importing = ({ path: to, resolveDir }) => {
    const [whole] = [`${to}.ts`, `${to}/index.ts`].filter((file) => fs.existsSync(path.join(resolveDir, file)));
    const name = path.relative(root, path.join(resolveDir, whole ?? to)).replace(/\.ts$/, "");
    const home = homes.get(name) ?? layer;
    return home === layer ? undefined : { path: name, namespace };
  };
  const asking = ({ path: name }) => {
    const home = homes.get(name);
    asked[home].add(name);
    return { contents: `module.exports = require("./${home}.js")[${JSON.stringify(name)}]();`, loader: "js" };
  };
  return {
    name: namespace,
    setup(bundle) {
      bundle.onResolve({ filter: /^\.\.?\// }, (args) =>
        args.namespace === namespace ? { path: args.path, external: true } : importing(args),
      );
      bundle.onLoad({ filter: /./, namespace }, asking);
    },
  };
}

/** A file of a line that asks its layer. */
function writeEntry(entry, layer) {
  const source = fs.readFileSync(path.join(root, `${entry}.ts`), "utf8");
  const { code } = transformSync(source, { loader: "ts", format: "cjs", platform: "node", minify: true });
  // In this dead line Node.js finds what an ES module may import by name.
  const names = /0&&\(module\.exports=\{[^}]*\}\);/.exec(code)?.[0] ?? "";
  const shebang = /^#!.*\n/.exec(source)?.[0] ?? "";
  const rooms = entry.includes("/") ? "../rooms" : "./rooms";
  const file = path.join(root, "bin", `${entry}.js`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(
    file,
    `${shebang}"use strict";module.exports=require("${rooms}/${layer}")["${entry}"]();${names}\n`,
    { mode: shebang === "" ? 0o644 : 0o755 },
  );
}

/** Stands in each bundle as text: what users import is called by its own name, also in their stack traces and where they print it. */
const named = function named(part) {
  for (const [name, value] of Object.entries(part))
    if (typeof value === "function") Object.defineProperty(value, "name", { value: name });
  return part;
};

bundleModule().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
