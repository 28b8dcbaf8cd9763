"use strict";
/* `npm start`: makes the checkout ready, then plays a day of traffic through a stream in the sandbox (demo). */
var path = require("path");
var childProcess = require("child_process");
var prepareCheckout = require("./prepare-checkout").prepareCheckout;
var root = require("./run").root;

prepareCheckout();

var main = path.join(root, "packages/sandbox/bin/demo/main.js");
var demo = childProcess.spawn(process.execPath, [main].concat(process.argv.slice(2)), { cwd: root, stdio: "inherit" });
// Ctrl-C reaches the whole process group; the demo cleans up and ends, and this waits for it.
["SIGINT", "SIGTERM", "SIGHUP"].forEach(function (signal) {
  process.on(signal, function () {
    if (signal !== "SIGINT") demo.kill(signal);
  });
});
demo.on("exit", function (code) {
  process.exit(code === null ? 1 : code);
});
