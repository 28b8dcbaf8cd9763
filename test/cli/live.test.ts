/** How the commands open a stream: what is no name of one is bad input, and whoever waits for AWS sees for what. */
import assert from "node:assert/strict";
import { withStream } from "../../cli/live";

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
