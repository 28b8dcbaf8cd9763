"use strict";
/*
 * What npm runs after `npm install` in a clone: compiles to bin/, so that a Pulumi engine which installs the plugin from git finds one. An
 * install without development dependencies has neither a compiler nor the Pulumi SDKs, which are peers of the package: they are added here,
 * and nothing else of what the development needs. Without new syntax, like scripts/run.js.
 */
var path = require("path");
var prepareCheckout = require("./prepare-checkout");
var scripts = require("./run");

/** What compiles, and what the plugin runs with. */
var needed = ["esbuild", "typescript", "@pulumi/pulumi", "@pulumi/aws"];

function isInstalled(name) {
  try {
    return Boolean(require.resolve(name + "/package.json", { paths: [scripts.root] }));
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return false;
  }
}

scripts.requireNode();
var versions = require(path.join(scripts.root, "package.json")).devDependencies;
var missing = needed.filter(function (name) {
  return !isInstalled(name);
});
if (missing.length > 0) {
  var packages = missing.map(function (name) {
    return name + "@" + versions[name];
  });
  prepareCheckout.addPackages(packages);
}
// In a process of its own: this one remembers what was not there.
scripts.run("Making bin/", process.execPath, [path.join(__dirname, "build.js"), "--if-changed"]);
