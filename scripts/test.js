"use strict";
/*
 * `npm test`: the build and the types; then the tier that starts real processes: the Pulumi engine, the policy pack, the packed packages, three
 * files at a time: with six, two cores need an eighth more for the same. The unit tests, which run the sources, two files
 * at a time, lint and format take the time that these leave.
 * Ends with a line `N passed, N failed`. `npm test -- unit` or `npm test -- engine` runs one tier; `npm run coverage` tells what the unit tests reach.
 */
const childProcess = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { install } = require("./prepare-checkout");
const { root } = require("./run");

const only = process.argv[2];
if (only !== undefined && !["unit", "engine"].includes(only)) {
  process.stderr.write(`npm test: there is no tier "${only}"; name unit or engine, or nothing for all.\n`);
  process.exit(2);
}
install();

const tool = (name) => path.join(root, "node_modules", name);
const mocha = tool("mocha/bin/mocha.js");
const results = fs.mkdtempSync(path.join(os.tmpdir(), "sharded-stream-test-"));
const reporter = path.join(__dirname, "mocha-reporter.js");

/** Files of the second tier that take more than half a minute, longest first, so that those that run side by side end together. */
const longest = [
  "engine/adopt",
  "engine/shardedStream",
  "demo/start",
  "engine/transitions",
  "engine/steps",
  "package/package",
  "policies/preview",
  "engine/owners",
  "engine/engines",
  "engine/scalerCode",
  "engine/examples",
  "plugin/languages",
  "policies/remediate",
  "engine/upgrade",
  "engine/policyPacks",
  "engine/lifecycle",
  "policies/workflow",
  "producer/noLoss",
  "producer/faults",
  "scaler/endToEnd",
].map((name) => `test/${name}.engine.test.ts`);

const checks = [
  // The second tier runs what is built and declared.
  { tier: "both", title: "Build", args: [path.join(__dirname, "build.js"), "--if-changed"] },
  { tier: "both", title: "Types", args: [path.join(__dirname, "build.js"), "--types"], env: { GOGC: "off" } },
  { tier: "unit", title: "Reference", args: [path.join(__dirname, "docs.js"), "--check"] },
  { tier: "unit", title: "Lint", args: [tool("eslint/bin/eslint.js"), "--max-warnings", "0", "."] },
  { tier: "unit", title: "Format", args: [tool("oxfmt/bin/oxfmt"), "--check", "."] },
  {
    tier: "unit",
    title: "Unit tests",
    args: [
      mocha,
      "--reporter",
      reporter,
      // Beside the other tier they get little of the time.
      ...["--timeout", "300000", "--parallel", "--jobs", "2"],
      ...["--ignore", "test/**/*.engine.test.ts", "test/**/*.test.ts"],
    ],
    countsItself: true,
  },
  {
    tier: "engine",
    title: "Engine, policy pack and package tests",
    args: [mocha, ...["--reporter", reporter, "--timeout", "600000", "--parallel", "--jobs", "3"], ...engineTests()],
    countsItself: true,
  },
];

let passed = 0;
let failed = 0;

main().then(
  () => {
    fs.rmSync(results, { recursive: true, force: true });
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
    process.exit(failed === 0 ? 0 : 1);
  },
  (error) => {
    process.stderr.write(`${error.stack}\n0 passed, 1 failed\n`);
    process.exit(1);
  },
);

async function main() {
  const chosen = checks.filter(({ tier }) => only === undefined || tier === only || tier === "both");
  const of = (tier, countsItself) =>
    chosen.filter((check) => check.tier === tier && check.countsItself === countsItself);
  // One check shows its output as it comes; that of the others waits until they end.
  const built = inTurn(of("both"), "pipe");
  const read = built.then(() => inTurn(of("unit"), "pipe"));
  const unit = inTurn(of("unit", true), only === "unit" ? "inherit" : "pipe");
  await built;
  await inTurn(of("engine", true), "inherit");
  await Promise.all([unit, read]);
}

async function inTurn(ordered, output) {
  for (const check of ordered) await run(check, output);
}

/** Runs one check and counts what came of it. */
async function run(check, output) {
  const startedMs = Date.now();
  if (output === "inherit") process.stdout.write(`\n── ${check.title}\n`);
  const counts = path.join(results, `${check.title}.json`);
  const child = childProcess.spawn(process.execPath, check.args, {
    cwd: root,
    stdio: ["ignore", output, output],
    // Pulumi and the compiler are written in Go and end soon: collecting their memory costs up to a quarter of their time.
    env: { GOGC: "400", ...process.env, ...check.env, SHARDED_STREAM_TEST_RESULTS: counts },
  });
  const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = os.constants.priority;
  if (output === "pipe" && check.tier === "unit")
    os.setPriority(child.pid, check.countsItself ? PRIORITY_BELOW_NORMAL : PRIORITY_LOW);
  let held = output === "inherit" ? "" : `\n── ${check.title}\n`;
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (held += text));
  const status = await new Promise((resolve) => child.on("close", resolve));
  // A runner that dies before it can count is one failure; so is one that found no test.
  const ran = fs.existsSync(counts) ? JSON.parse(fs.readFileSync(counts, "utf8")) : { passed: 0, failed: 0 };
  const died = check.countsItself ? (status !== 0 && ran.failed === 0) || ran.passed + ran.failed === 0 : status !== 0;
  passed += check.countsItself ? ran.passed : died ? 0 : 1;
  failed += check.countsItself ? ran.failed + (died ? 1 : 0) : died ? 1 : 0;
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${held}── ${check.title}: ${died || ran.failed > 0 ? "failed" : "passed"} in ${seconds} s\n`);
}

function engineTests() {
  const rank = (file) => (longest.includes(file) ? longest.indexOf(file) : longest.length);
  return fs
    .readdirSync(path.join(root, "test"), { recursive: true })
    .filter((name) => name.endsWith(".engine.test.ts"))
    .map((name) => `test/${name.split(path.sep).join("/")}`)
    .sort((left, right) => rank(left) - rank(right) || (left < right ? -1 : 1));
}
