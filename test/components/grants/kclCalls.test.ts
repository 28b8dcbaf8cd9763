/** The ready policy of a KCL application allows every call that KCL 3 was seen to make in the sandbox (`npm run kcl -- --record`). */
import { deepEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";

import { kclPolicy } from "../../../components/grants/documents";
import { evaluatePolicies, parsePolicy } from "../../../sandbox/iam/policy";
import { type AccessRequest } from "../../../sandbox/service";

const file = path.join(__dirname, "../../kcl/calls.json");
const recorded = JSON.parse(readFileSync(file, "utf8")) as (AccessRequest & { mode: string })[];
const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const application = { streamArn, applicationName: "billing" };
const policies = { polling: application, fanOut: { ...application, fanOutConsumer: "billing" } };

describe("KCL's ready policy allows what KCL 3 called", () => {
    for (const [mode, args] of Object.entries(policies)) {
        it(`${mode}: each call of the recording`, () => {
            const calls = recorded.filter((call) => call.mode === mode);
            const policy = parsePolicy(kclPolicy(args));
            ok(calls.length > 20);
            deepEqual(
                calls.filter((call) => evaluatePolicies([policy], call) !== "allow"),
                [],
            );
        });
    }
});
