"use strict";
/* `npm start`: makes the checkout ready, then rehearses examples/orders: `sharded-stream rehearse` with a bad configuration first, and a day that is too much. */
var fs = require("fs");
var path = require("path");
var childProcess = require("child_process");
var prepareCheckout = require("./prepare-checkout").prepareCheckout;
var root = require("./run").root;

prepareCheckout();
fs.mkdirSync(path.join(root, "report"), { recursive: true });

var given = process.argv.slice(2);
var hasShape = given.some(function (word) {
  return /^--shape(=|$)/.test(word);
});
var own = ["--cwd", root, "--policy-pack", path.join(root, "policies"), "--rejects", "orders:shardCount=2"]
  // The flash sale of the evening is 2.4 times what the stream declares, so much is refused.
  .concat(["--peak", "2.4", "--refused-max", "1", "--report", path.join("report", "day.html")])
  .concat(hasShape ? [] : ["--trace", path.join(root, "examples/traces/day.csv")]);
var main = path.join(root, "packages/sandbox/bin/demo/main.js");
var demo = childProcess.spawn(process.execPath, [main].concat(own, given), {
  cwd: root,
  stdio: "inherit",
  env: Object.assign({}, process.env, { SHARDED_STREAM_CALLED_AS: "npm start" }),
});
// Ctrl-C reaches the whole process group; the demo cleans up and ends, and this waits for it.
["SIGINT", "SIGTERM", "SIGHUP"].forEach(function (signal) {
  process.on(signal, function () {
    if (signal !== "SIGINT") demo.kill(signal);
  });
});
demo.on("exit", function (code) {
  process.exit(code === null ? 1 : code);
});
