"use strict";
/*
 * Makes a fresh clone ready: checks Node.js, installs what the lockfile names, compiles what changed.
 * Plain JavaScript without dependencies and without new syntax, because it runs before anything is installed and on any Node.js.
 */
var childProcess = require("child_process");
var fs = require("fs");
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

/** Runs a command with its output on stderr, so that stdout stays free for results; ends with its exit code where it fails. */
function run(title, command, args) {
  var startedMs = Date.now();
  process.stderr.write(title + " ...\n");
  var result = childProcess.spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell: false });
  if (result.error || result.status !== 0) {
    process.stderr.write(
      title + " failed" + (result.error ? ": " + result.error.message : " with exit code " + result.status) + ".\n",
    );
    process.exit(result.status || 1);
  }
  process.stderr.write(title + ": done in " + ((Date.now() - startedMs) / 1000).toFixed(1) + " s\n");
}

/** npm as it was started, or the one on PATH. */
function npm(args) {
  var script = process.env.npm_execpath;
  return script && /\.c?js$/.test(script)
    ? [process.execPath, [script].concat(args)]
    : [process.platform === "win32" ? "npm.cmd" : "npm", args];
}

function changedMs(file) {
  try {
    return fs.statSync(path.join(root, file)).mtimeMs;
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return -1;
  }
}

/** Installs what the lockfile names, unless it is there already. */
function install() {
  if (changedMs("node_modules/.package-lock.json") >= changedMs("package-lock.json")) return;
  // --ignore-scripts: no package here needs its install script, and the Pulumi SDKs' would download plugins that the sandbox stands in for.
  var command = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  run("Installing the packages of package-lock.json (about 500, some 100 MB to download)", command[0], command[1]);
  fs.utimesSync(path.join(root, "node_modules/.package-lock.json"), new Date(), new Date());
}

/** Compiles to bin/, unless nothing changed since the last time. */
function build() {
  require("./build").buildIfChanged(run);
}

/** All of the above. */
function prepareCheckout() {
  requireNode();
  install();
  build();
}

module.exports = { root: root, requireNode: requireNode, install: install, prepareCheckout: prepareCheckout, run: run };
