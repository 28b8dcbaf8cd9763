/** `scale` refuses, before it asks AWS for anything, what would be passed over. */
import assert from "node:assert/strict";
import { defineScale } from "../../cli/scale";
import { runInProcess } from "./inProcess";

describe("scale refuses an option that says nothing of what is to be done", () => {
    const rows: readonly (readonly [line: string, told: string])[] = [
        ["orders in --min 3", "scale: --min goes with auto, not with in; leave it out"],
        ["orders out --max 8 --yes", "scale: --max goes with auto, not with out; leave it out"],
        ["orders to 4 --explain --dry-run", "scale: --explain goes with auto, not with to; leave it out"],
        // The scaler's decision counts by its ledger, or by the shards.
        ["orders auto --calls-left 0", "scale: --calls-left goes with out, in or to, not with auto; leave it out"],
        [
            "orders auto --spend-all-calls",
            "scale: --spend-all-calls goes with out, in or to, not with auto; leave it out",
        ],
        ["orders --pause --min 3", "scale: --min goes with auto, not with --pause; leave it out"],
        [
            "orders --resume --calls-left 3",
            "scale: --calls-left goes with out, in or to, not with --resume; leave it out",
        ],
    ];
    for (const [line, told] of rows) {
        it(line, async () => {
            const command = ["scale", ...line.split(" ")];
            await assert.rejects(runInProcess(defineScale, command, { env: {} }), {
                name: "UsageError",
                message: told,
            });
        });
    }
});
