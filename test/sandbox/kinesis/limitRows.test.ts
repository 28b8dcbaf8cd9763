/**
 * Every limit of Kinesis, asked of the sandbox with its default options through a real client, in virtual time. The same questions are put to
 * the command line as it is shipped in test/package/.
 */
import { KinesisClient } from "@aws-sdk/client-kinesis";
import * as assert from "node:assert/strict";
import { type Sandbox, startSandbox } from "../../../sandbox/public";
import { limitRows, Questions } from "./limitRows";

describe("the limits of Kinesis, with the sandbox's default options", () => {
    let sandbox: Sandbox;
    before(async () => (sandbox = await startSandbox({ clock: "manual" })));
    after(() => sandbox.close());

    limitRows.forEach(({ title, gives, ask }, index) => {
        it(title, async () => {
            const credentials = { accessKeyId: String(index + 1).padStart(12, "0"), secretAccessKey: "x" };
            const client = new KinesisClient({ ...sandbox.client, credentials, maxAttempts: 1, requestHandler: {} });
            try {
                const at = new Questions({ client, streamName: "orders", pass: (seconds) => sandbox.advance(seconds) });
                assert.deepEqual(await ask(at), gives);
            } finally {
                client.destroy();
            }
        });
    });
});
