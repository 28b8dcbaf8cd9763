"use strict";
/*
 * The language hosts with which the tests of the plugin run programs in YAML, Python and Go: that of YAML is Pulumi's own from the Go module
 * proxy, that of the other two is scripts/hosts/main.go, with Pulumi's Python SDK from PyPI beside it. `npm run engine` puts them into the
 * cache, in a folder named after what they are made of, so that a change of it makes others.
 */
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { root } = require("./run");

const source = path.join(root, "scripts", "hosts", "main.go");
/** The newest that the proxy serves. */
const yamlHost = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml@v1.25.0";
/** What a generated Python SDK imports beside Pulumi's. */
const pythonPackages = ["parver==0.5"];
const goFlags = ["-tags=osusergo,grpcnotrace", "-ldflags=-s -w"];
const buildSecondsMax = 1_800;
const tickMs = 15_000;

/** Where they are, or would be. */
function hostsFolder() {
  const { engineFolder, engineVersion } = require("../engine/release");
  const made = [fs.readFileSync(source, "utf8"), yamlHost, ...pythonPackages, ...goFlags].join("\n");
  const hash = createHash("sha256").update(made).digest("hex").slice(0, 8);
  const name = `hosts-v${engineVersion}-${hash}-${process.platform}-${process.arch}`;
  return path.join(path.dirname(engineFolder()), name);
}

/** Makes them unless they are there; says what it does, and whether they are there in the end. */
async function installHosts(say) {
  const folder = hostsFolder();
  if (fs.existsSync(folder)) return say("Using the language hosts of YAML, Python and Go from the cache.");
  const { removeFolder, temporaryFolder } = require("../engine/folders");
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const staging = temporaryFolder(path.dirname(folder));
  const startedMs = Date.now();
  const elapsed = () => `${Math.round((Date.now() - startedMs) / 1000)} s`;
  const ticking = setInterval(() => say(`... the build of the language hosts goes on (${elapsed()})`), tickMs);
  say("Building the language hosts of YAML, Python and Go; the first time takes some minutes ...");
  try {
    const filled = path.join(staging, "filled");
    for (const step of [buildOwn, buildYaml, installPython]) await step(staging, filled);
    fs.renameSync(filled, folder);
    say(`The language hosts are in the cache (${elapsed()}).`);
  } catch (error) {
    say(`The language hosts could not be made, and the tests of other languages are left out: ${error.message}`);
  } finally {
    clearInterval(ticking);
    removeFolder(staging);
  }
}

/** Our own, in a module beside the engine's, so that Go has compiled most of it already. */
async function buildOwn(staging, filled) {
  const { engineVersion } = require("../engine/release");
  const { writeLanguageHostScript } = require("../engine/languageHostScript");
  const modules = ["pkg", "sdk"].map((part) => `    github.com/pulumi/pulumi/${part}/v3 v${engineVersion}`);
  fs.writeFileSync(path.join(staging, "go.mod"), `module hosts\n\nrequire (\n${modules.join("\n")}\n)\n`);
  fs.copyFileSync(source, path.join(staging, "main.go"));
  const host = path.join(filled, "pulumi-language-python");
  await run("go", ["build", "-mod=mod", ...goFlags, "-o", host, "."], staging);
  // By its name it knows which of the two it is.
  fs.linkSync(host, path.join(filled, "pulumi-language-go"));
  const sdk = await run("go", ["list", "-mod=mod", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"], staging);
  const runner = "pulumi-language-python-exec";
  fs.copyFileSync(path.join(sdk.trim(), "python", "cmd", runner), path.join(filled, runner));
  // The host of YAML starts plugins itself, and finds theirs beside itself.
  writeLanguageHostScript(filled);
}

/** Pulumi's own; its module names another version of the engine's, so that it is built by itself. */
async function buildYaml(staging, filled) {
  await run("go", ["install", ...goFlags, yamlHost], staging, { GOBIN: filled });
}

async function installPython(staging, filled) {
  const { engineVersion } = require("../engine/release");
  const flags = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];
  const packages = [`pulumi==${engineVersion}`, ...pythonPackages];
  const target = path.join(filled, "python");
  await run("python3", ["-m", "pip", "install", ...flags, "--target", target, ...packages], staging);
}

async function run(command, args, cwd, more = {}) {
  const { installTools, lastLines } = require("../engine/tools");
  const environment = { ...process.env, GOFLAGS: "", GOWORK: "off", ...more };
  const { exitCode, output } = await installTools.run(command, args, { cwd, environment, secondsMax: buildSecondsMax });
  if (exitCode !== 0) throw new Error(`${command} ${args[0]} failed: ${lastLines(output)}`);
  return output;
}

module.exports = { hostsFolder, installHosts };
