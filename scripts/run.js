"use strict";
/*
 * What every script starts with: the checkout's folder, a Node.js that is new enough, and commands run with their output on stderr.
 * Plain JavaScript without dependencies and without new syntax, because it runs before anything is installed and on any Node.js.
 */
var childProcess = require("child_process");
var path = require("path");

var root = path.join(__dirname, "..");
var leastNodeMajor = 20;

/** Ends with one line on a Node.js that is too old. */
function requireNode() {
  var major = Number(process.versions.node.split(".")[0]);
  if (major >= leastNodeMajor) return;
  process.stderr.write(
    "sharded-stream needs Node.js " +
      leastNodeMajor +
      " or newer (22 or 24 recommended); this is " +
      process.version +
      ". Install it from nodejs.org and run the command again.\n",
  );
  process.exit(1);
}

/** Says on stderr what is being done, so that stdout stays free for results, and how long it took. */
function timed(title, work) {
  var startedMs = Date.now();
  process.stderr.write(title + " ...\n");
  work();
  process.stderr.write(title + ": done in " + ((Date.now() - startedMs) / 1000).toFixed(1) + " s\n");
}

/** Runs a command with its output on stderr; ends with its exit code where it fails. */
function run(title, command, args) {
  timed(title, function () {
    spawnOrExit(title, command, args);
  });
}

function spawnOrExit(title, command, args) {
  var result = childProcess.spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell: false });
  if (result.error || result.status !== 0) {
    process.stderr.write(
      title + " failed" + (result.error ? ": " + result.error.message : " with exit code " + result.status) + ".\n",
    );
    process.exit(result.status || 1);
  }
}

module.exports = { root: root, requireNode: requireNode, timed: timed, run: run };
