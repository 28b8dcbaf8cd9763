"use strict";
/*
 * Makes a fresh clone ready: checks Node.js, installs what the lockfile names, compiles what changed.
 * Without new syntax, like scripts/run.js.
 */
var fs = require("fs");
var path = require("path");
var scripts = require("./run");

/** npm as it was started, or the one on PATH. */
function npm(args) {
  var script = process.env.npm_execpath;
  return script && /\.c?js$/.test(script)
    ? [process.execPath, [script].concat(args)]
    : [process.platform === "win32" ? "npm.cmd" : "npm", args];
}

function changedMs(file) {
  try {
    return fs.statSync(path.join(scripts.root, file)).mtimeMs;
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return -1;
  }
}

/** Installs what the lockfile names, for both packages, unless it is there already. */
function install() {
  scripts.requireNode();
  if (changedMs("node_modules/.package-lock.json") >= changedMs("package-lock.json")) return;
  // --ignore-scripts: no package here needs its install script, and the Pulumi SDKs' would download plugins that the sandbox stands in for.
  var command = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  scripts.run(
    "Installing the packages of package-lock.json (about 500, some 100 MB to download)",
    command[0],
    command[1],
  );
  fs.utimesSync(path.join(scripts.root, "node_modules/.package-lock.json"), new Date(), new Date());
}

/** Adds packages to node_modules/ alone, beside what is installed: --save-prod has npm take those of the development where it was told to leave them out. */
function addPackages(packages) {
  var flags = [
    "install",
    "--no-save",
    "--save-prod",
    "--no-package-lock",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
  ];
  var command = npm(flags.concat(["--loglevel=error"], packages));
  scripts.run("Installing " + packages.join(", "), command[0], command[1]);
}

/** Installs, and compiles to bin/ unless nothing changed since the last time. */
function prepareCheckout() {
  install();
  // Only now, since it is written for a Node.js that is new enough.
  require("./build").buildIfChanged();
}

module.exports = { addPackages: addPackages, install: install, prepareCheckout: prepareCheckout };
