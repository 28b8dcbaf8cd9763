/** Stack traces are short while a component declares its children, and nowhere else. */
import assert from "node:assert/strict";
import { ShardedStream } from "../../components/shardedStream";
import { shortStacks } from "../../components/shortStacks";
import { run } from "./mocks";

const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 100 };

describe("stack traces", () => {
    const { stackTraceLimit } = Error;
    afterEach(() => assert.equal(Error.stackTraceLimit, stackTraceLimit));

    it("are as long as before once the children are declared, and while they are, name what failed", async () => {
        let stack = "";
        await run(() => {
            const before = Error.stackTraceLimit;
            Error.stackTraceLimit = 10;
            new ShardedStream(
                "orders",
                { requirements },
                {
                    transformations: [
                        function theUsers({ type }) {
                            if (type === "aws:kinesis/stream:Stream") stack = new Error("seen").stack!;
                            return undefined;
                        },
                    ],
                },
            );
            assert.equal(Error.stackTraceLimit, 10);
            Error.stackTraceLimit = before;
        });
        assert.match(stack, /^Error: seen\n.*theUsers.*\n.*$/);
    });

    it("are as long as before where a component was refused", async () => {
        await assert.rejects(run(() => new ShardedStream("orders", { requirements: {} as never })));
    });

    it("are as long as before after the statement that never came to its end", async () => {
        shortStacks();
        assert.equal(Error.stackTraceLimit, 2);
        await Promise.resolve();
    });

    it("stay as short as somebody else has made them", () => {
        Error.stackTraceLimit = 0;
        const restore = shortStacks();
        assert.equal(Error.stackTraceLimit, 0);
        restore();
        Error.stackTraceLimit = stackTraceLimit;
    });
});
