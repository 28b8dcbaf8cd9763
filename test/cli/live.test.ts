/** How the commands open a stream: what is no name of one is bad input, and whoever waits for AWS sees for what. */
import assert from "node:assert/strict";
import { liveDays } from "../../cli/advise/live";
import { type Live, shardsOf, untilCreated, withStream } from "../../cli/live";
import { awsError, World } from "../scaler/world";
import { contextOf, worldLive } from "./worldLive";

const signal = new AbortController().signal;

/** What was said, until the stream was used. */
async function opened(name: string): Promise<string[]> {
    const said: string[] = [];
    const progress = { update: (message: string) => void said.push(message), end: () => undefined };
    await withStream(name, { signal, progress }, async () => {});
    return said;
}

describe("a command opens a stream", () => {
    const allowed =
        "it must be the name or the ARN of a stream. A name has 1 to 128 letters, digits, dots, hyphens and underscores; an ARN is such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.";
    const bad = ["a b", "orders/", "x".repeat(129), "arn:aws:sns:us-east-1:123456789012:orders"];
    for (const name of bad) {
        it(`not by ${JSON.stringify(name.slice(0, 60))}, which AWS would refuse`, () =>
            assert.rejects(opened(name), {
                name: "InvalidInputError",
                problems: [
                    {
                        property: "stream",
                        value: name,
                        allowed: "the name or the ARN of a stream",
                        fix: allowed.replace(/^.*?\. /, ""),
                        message: `stream: ${JSON.stringify(name)} is not allowed; ${allowed}`,
                    },
                ],
            }));
    }

    for (const name of ["orders", "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders"]) {
        it(`by ${name}, and says so before AWS has answered anything`, async () =>
            assert.deepEqual(await opened(name), ["reading orders"]));
    }
});

describe("a stream that is being deleted", () => {
    const world = new World(4);
    world.status = "DELETING";
    const live = worldLive(world);
    const gone = { name: "UsageError", message: "orders is being deleted." };

    it("is told so to whoever wants its shards, which AWS calls in use", () => {
        const inUse = () => Promise.reject(awsError("ResourceInUseException", "Stream orders not ACTIVE"));
        const denied = () => Promise.reject(awsError("AccessDeniedException", "not authorized"));
        const asked = (openShards: () => Promise<never>): Live => ({ ...live, stream: { ...live.stream, openShards } });
        return Promise.all([
            assert.rejects(shardsOf(asked(inUse)), gone),
            assert.rejects(shardsOf(asked(denied)), { name: "AccessDeniedException" }),
        ]);
    });

    it("takes no records, and is not said to be missing", () =>
        assert.rejects(untilCreated(live, { update: () => undefined, end: () => undefined }), gone));

    it("is not asked for its days", () => assert.rejects(liveDays(live, undefined, contextOf()), gone));
});
