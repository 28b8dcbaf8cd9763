"use strict";
/*
 * `npm run engine`: puts the Pulumi CLI that the sandbox and the tests use into the cache, by download or by building it from the Go module
 * proxy, and the language hosts of the plugin's tests. Ends at once where they are there already. Everything that it says goes to stderr.
 */
const { install } = require("./prepare-checkout");
const { installHosts } = require("./hosts");
const { root } = require("./run");

install();
process.env.TS_NODE_TRANSPILE_ONLY = "1";
require("ts-node").register({ transpileOnly: true, cwd: root });
const { installEngine } = require("../engine/install");

const say = (line) => process.stderr.write(`${line}\n`);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));
installEngine(say).then(
  async ({ done, line }) => {
    say(line);
    process.exitCode = done ? 0 : 1;
    if (done) await installHosts(say);
  },
  (error) => {
    say(`The engine could not be made ready: ${error.message}`);
    process.exitCode = 1;
  },
);
