"use strict";
/* What users' tests reach: a local AWS in their own process. */
exports.startSandbox = require("./bin/sandbox/public").startSandbox;
exports.AwsError = require("./bin/sandbox/public").AwsError;
