/** A function that runs in the sandbox's process is one like any other, but for its process. */
import { CreateTopicCommand, PublishCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { deepEqual, equal, match, rejects } from "node:assert/strict";

import { minutes } from "../cloud";
import { type FedCloud, functionArn, queueArn, startFed, statement, topicArn } from "../eventsources/fed";

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

    const destinations: [title: string, config: object, call: string][] = [
        ["a queue of failures", { OnFailure: { Destination: queueArn } }, `SendMessage on queue ${queueArn}`],
        ["a topic of failures", { OnFailure: { Destination: topicArn } }, `Publish on topic ${topicArn}`],
        [
            "a topic of successes beside a queue of failures",
            { OnSuccess: { Destination: topicArn }, OnFailure: { Destination: queueArn } },
            `Publish on topic ${topicArn}`,
        ],
    ];
    for (const [title, DestinationConfig, call] of destinations) {
        it(`is given no destination that its role may not tell: ${title}`, async () => {
            fed.putRole(...(title.includes("beside") ? [statement("sqs", ["SendMessage"], queueArn)] : []));
            const input = { FunctionName: "worker", DestinationConfig };
            await rejects(fed.call("lambda", "PutFunctionEventInvokeConfig", input), {
                name: "InvalidParameterValueException",
                message: `The provided destination config DestinationConfig is invalid: the function's execution role does not have permissions to call ${call}`,
            });
        });
    }

    it("hears of a topic's message with its attributes, as SNS tells functions", async () => {
        const seen: unknown[] = [];
        run((event) => seen.push(event));
        const { TopicArn } = await fed.sns.send(new CreateTopicCommand({ Name: "news" }));
        await fed.call("lambda", "AddPermission", {
            FunctionName: "worker",
            StatementId: "news",
            Action: "lambda:InvokeFunction",
            Principal: "sns.amazonaws.com",
        });
        const subscription = { TopicArn, Protocol: "lambda", Endpoint: functionArn };
        const { SubscriptionArn } = await fed.sns.send(new SubscribeCommand(subscription));
        const MessageAttributes = { tenant: { DataType: "String", StringValue: "a" } };
        const { MessageId } = await fed.sns.send(new PublishCommand({ TopicArn, Message: "m", MessageAttributes }));
        await fed.clock.advance(1);
        const { Records } = seen[0] as { Records: { Sns: { UnsubscribeUrl: string } }[] };
        const { UnsubscribeUrl, ...sns } = Records[0]!.Sns;
        equal(new URL(UnsubscribeUrl).searchParams.get("SubscriptionArn"), SubscriptionArn);
        deepEqual(sns, {
            Type: "Notification",
            MessageId,
            TopicArn,
            Subject: null,
            Message: "m",
            Timestamp: "2026-11-01T00:00:00.000Z",
            SignatureVersion: "1",
            Signature: "",
            SigningCertUrl: "",
            MessageAttributes: { tenant: { Type: "String", Value: "a" } },
        });
    });

    it("is left behind when the sandbox stops", async () => {
        run(() => new Promise(() => undefined));
        const running = invoke({});
        await fed.cloud.lambda.stop!();
        match(((await running) as { errorMessage: string }).errorMessage, /^Runtime exited/);
    });
});
