/** A function that runs in the sandbox's process is one like any other, but for its process. */
import { deepEqual, equal, match } from "node:assert/strict";

import { minutes } from "../cloud";
import { type FedCloud, functionArn, queueArn, startFed } from "../eventsources/fed";

describe("a function in the sandbox's own process", () => {
    let fed: FedCloud;
    beforeEach(async () => {
        fed = await startFed();
    });
    afterEach(() => fed.stop());

    const invoke = async (Payload: unknown, InvocationType?: string): Promise<unknown> => {
        const input = { FunctionName: "worker", Payload: JSON.stringify(Payload), InvocationType };
        const { body } = (await fed.call("lambda", "Invoke", input)) as { body: string };
        return body === "" ? undefined : (JSON.parse(body) as unknown);
    };
    const run = (handler: (event: unknown) => unknown): void => void fed.cloud.lambda.handlers.set("worker", handler);

    it("answers with what its handler returns, or with its error", async () => {
        run((event) => ({ got: event }));
        deepEqual(await invoke({ a: 1 }), { got: { a: 1 } });
        run(() => {
            throw new RangeError("too much");
        });
        deepEqual(await invoke({}), { errorType: "RangeError", errorMessage: "too much", trace: [] });
        deepEqual(fed.values("AWS/Lambda", "Errors"), [0, 1]);
    });

    it("takes the sandbox's time, and no more of it than its timeout", async () => {
        run(() => fed.clock.sleep(2_000));
        const short = invoke({});
        await fed.clock.advance(3_000);
        equal(await short, null);
        run(() => fed.clock.sleep(3_001));
        const long = invoke({});
        await fed.clock.advance(3_000);
        match(((await long) as { errorMessage: string }).errorMessage, /Error: Task timed out after 3.00 seconds$/);
        deepEqual(fed.values("AWS/Lambda", "Duration"), [2_000, 3_000]);
    });

    it("tells a queue of an event that it failed on three times", async () => {
        await fed.call("sqs", "CreateQueue", { QueueName: "failures" });
        const DestinationConfig = { OnFailure: { Destination: queueArn } };
        await fed.call("lambda", "PutFunctionEventInvokeConfig", { FunctionName: "worker", DestinationConfig });
        run(() => {
            throw new Error("no");
        });
        await invoke({ order: 1 }, "Event");
        await fed.clock.advance(minutes(3));
        const [body] = fed.cloud.sqs.bodiesIn("failures");
        const { requestContext, requestPayload } = JSON.parse(body!) as Record<string, Record<string, unknown>>;
        const { requestId, ...context } = requestContext!;
        equal(typeof requestId, "string");
        deepEqual(
            [context, requestPayload],
            [
                { functionArn: `${functionArn}:$LATEST`, condition: "RetriesExhausted", approximateInvokeCount: 3 },
                { order: 1 },
            ],
        );
    });

    it("is left behind when the sandbox stops", async () => {
        run(() => new Promise(() => undefined));
        const running = invoke({});
        await fed.cloud.lambda.stop!();
        match(((await running) as { errorMessage: string }).errorMessage, /^Runtime exited/);
    });
});
