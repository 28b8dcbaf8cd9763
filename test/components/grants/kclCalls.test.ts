/** The ready policy of a KCL application allows every call that KCL 3 was seen to make in the sandbox (`npm run kcl -- --record`). */
import { deepEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";

import { kclPolicy } from "../../../components/grants/documents";
import { evaluatePolicies, parsePolicy } from "../../../sandbox/iam/policy";
import { type AccessRequest } from "../../../sandbox/service";

interface Recorded extends AccessRequest {
    readonly kcl: string;
    readonly mode: string;
}

const recorded = JSON.parse(readFileSync(path.join(__dirname, "../../kcl/calls.json"), "utf8")) as Recorded[];
const application = {
    streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    applicationName: "billing",
};
const policies = { polling: application, fanOut: { ...application, fanOutConsumer: "billing" } };

describe("KCL's ready policy allows what KCL called", () => {
    for (const [mode, args] of Object.entries(policies)) {
        // From 3.5 on it keeps in the lease table what earlier versions keep in tables of their own.
        for (const kcl of ["3.4.2", "3.5.1"]) {
            it(`${kcl}, ${mode}`, () => {
                const calls = recorded.filter((call) => call.kcl === kcl && call.mode === mode);
                const policy = parsePolicy(kclPolicy(args));
                const verdicts = calls.map((call) => evaluatePolicies([policy], call));
                deepEqual([...new Set(verdicts)], ["allow"]);
            });
        }
    }
});
