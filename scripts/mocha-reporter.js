"use strict";
/* Mocha's spec report, and the counts as JSON for scripts/test.js. */
const fs = require("node:fs");
const Mocha = require("mocha");

module.exports = class extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures } = runner.stats;
      const counts = JSON.stringify({ passed: passes, failed: failures });
      fs.writeFileSync(process.env.SHARDED_STREAM_TEST_RESULTS, counts);
    });
  }
};
