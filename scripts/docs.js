"use strict";
/*
 * `npm run docs`: the reference of what both packages export, docs/api/, from the docstrings of the declarations that the build makes. With
 * `--check` nothing is written: it ends with 1 where an exported name has no docstring, a link leads nowhere, or docs/api/ is not of now.
 */
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { requireNode, root } = require("./run");

const folder = path.join(root, "docs", "api");
const check = process.argv[2] === "--check";

/** What a user imports: its page, what TypeDoc calls it, and its source, whose first comment says what it is. */
const modules = [
  { page: "sharded-stream", name: "bin", source: "index.ts" },
  { page: "capacity", name: "bin/capacity", source: "capacity/index.ts" },
  { page: "policies", name: "bin/policies/policies", source: "policies/policies.ts" },
  { page: "producer", name: "bin/producer", source: "producer/index.ts" },
  { page: "testing", name: "bin/testing", source: "testing/index.ts" },
  { page: "sandbox", name: "packages/sandbox/bin/sandbox/public", source: "sandbox/public.ts" },
];
const declarationOf = ({ name, source }) =>
  path.join(root, /^(.*?)bin/.exec(name)[0], source.replace(/\.ts$/, ".d.ts"));

/** The tables behind types that are exported, and helpers of types: their names say nothing to a user. */
const notExported = [
  ...["rows", "keyStrategies", "sqlDialects", "Inputs", "AlarmNamed", "AlarmName"],
  ...["streamAlarmNames", "consumerAlarmNames", "scalerAlarmNames", "functionAlarmNames"],
];

requireNode();
main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});

async function main() {
  const missing = modules.map(declarationOf).find((file) => !fs.existsSync(file));
  if (missing !== undefined) throw new Error(`${path.relative(root, missing)} is not there. Run npm run build first.`);

  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "sharded-stream-docs-"));
  try {
    const written = await generate(temporary);
    if (check) report(differences(written, folder));
    else {
      fs.rmSync(folder, { recursive: true, force: true });
      fs.cpSync(written, folder, { recursive: true });
    }
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

/** The pages, in a folder of their own. */
async function generate(temporary) {
  const { Application, Comment, LogLevel } = await import("typedoc");
  const app = await Application.bootstrapWithPlugins({ ...options(temporary), logLevel: LogLevel.Warn });
  const project = await app.convert();
  if (project === undefined) throw new Error("The declarations could not be read.");

  for (const { page, name, source } of modules) {
    const reflection = project.children.find((child) => child.name === name);
    reflection.name = page;
    reflection.comment = new Comment([{ kind: "text", text: headerOf(source) }]);
  }
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error("The docstrings have the faults above.");

  const out = path.join(temporary, "api");
  await app.generateOutputs(project);
  return out;
}

function options(temporary) {
  const tsconfig = path.join(temporary, "tsconfig.json");
  const compilerOptions = {
    ...{ target: "es2022", lib: ["es2022"], module: "node16", moduleResolution: "node16", strict: true },
    ...{ types: ["node"], typeRoots: [path.join(root, "node_modules/@types")], rootDir: root, skipLibCheck: true },
  };
  fs.writeFileSync(tsconfig, JSON.stringify({ compilerOptions, files: modules.map(declarationOf) }));
  return {
    ...{ tsconfig, entryPoints: modules.map(declarationOf), plugin: ["typedoc-plugin-markdown"] },
    ...{
      skipErrorChecking: true,
      disableSources: true,
      sortEntryPoints: false,
      excludeExternals: true,
      excludePrivate: true,
    },
    ...{ readme: "none", name: "Reference", intentionallyNotExported: notExported },
    validation: { notExported: true, invalidLink: true, notDocumented: true, rewrittenLink: true },
    requiredToBeDocumented: ["Class", "Interface", "Function", "TypeAlias", "Variable", "Enum", "Method", "Accessor"],
    outputs: [{ name: "markdown", path: path.join(temporary, "api") }],
    ...{
      outputFileStrategy: "modules",
      hideBreadcrumbs: true,
      hidePageHeader: true,
      useCodeBlocks: true,
      useHTMLAnchors: true,
    },
    ...Object.fromEntries(
      ["parameters", "properties", "interfaceProperties", "enumMembers", "typeDeclaration"].map((of) => [
        `${of}Format`,
        "table",
      ]),
    ),
  };
}

/** The first comment of a source, without its stars. */
function headerOf(source) {
  const [, comment] = /^\/\*\*([^]*?)\*\//.exec(fs.readFileSync(path.join(root, source), "utf8"));
  return comment.replace(/^ ?\* ?/gm, "").trim();
}

function differences(written, kept) {
  const files = (of) =>
    fs.existsSync(of) ? fs.readdirSync(of, { recursive: true }).filter((name) => name.endsWith(".md")) : [];
  const text = (of, name) =>
    fs.existsSync(path.join(of, name)) ? fs.readFileSync(path.join(of, name), "utf8") : undefined;
  return [...new Set([...files(written), ...files(kept)])]
    .sort()
    .filter((name) => text(written, name) !== text(kept, name));
}

function report(differing) {
  if (differing.length === 0) return;
  process.stderr.write(
    `docs/api is not of now (${differing.join(", ")}). Run npm run build && npm run docs, and commit what it changes.\n`,
  );
  process.exitCode = 1;
}
