"use strict";
/*
 * What every test process begins with: TypeScript without checks, no way to a real AWS account, the same random cases in every run.
 */
const { mkdtempSync } = require("node:fs");
const { dirname, join } = require("node:path");
// Types are checked once, by `tsc`, before any test runs; here ts-node only strips them.
process.env.TS_NODE_TRANSPILE_ONLY = "1";
require("ts-node").register({ transpileOnly: true });
// Pulumi's SDK notes a stack for every promise that it makes and every resource; mapped to the sources, that takes half of the components' tests.
const toSources = Error.prepareStackTrace;
const noting = new Set(["debuggablePromise", "callsites"]);
Error.prepareStackTrace = (error, frames) =>
  noting.has(frames[0]?.getFunctionName()) ? String(error) : toSources(error, frames);
// No test may reach a real AWS account, whatever the shell that started it knows.
for (const name of Object.keys(process.env)) if (/^(AWS|PULUMI)_/.test(name)) Reflect.deleteProperty(process.env, name);
process.env.AWS_EC2_METADATA_DISABLED = "true";
process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = "/dev/null";
// The installed SDK takes this Node.js; what it announces about later versions only hides what the tests say.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
// Files run side by side under `npm test`: each process has a folder for temporary files, so that none finds what another's killed engine left.
if (process.env.SHARDED_STREAM_TEST_RESULTS)
  process.env.TMPDIR = mkdtempSync(join(dirname(process.env.SHARDED_STREAM_TEST_RESULTS), "tmp-"));
// The same cases in every run, so that a red run can be repeated; FAST_CHECK_SEED=N tries others.
require("fast-check").configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20261122) });
