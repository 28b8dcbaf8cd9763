/** Queues as SQS keeps them; the calls are those of the JSON protocol, as the SDKs make them. */
import { deepEqual, equal, match, throws } from "node:assert/strict";
import { GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { SubscribeCommand } from "@aws-sdk/client-sns";

import { minutes, startCloud, startMs, type TestCloud } from "../cloud";

const account = "123456789012";
const queueArn = (name: string): string => `arn:aws:sqs:us-east-1:${account}:${name}`;
const redriveTo = (name: string, maxReceiveCount = 1): string =>
    JSON.stringify({ deadLetterTargetArn: queueArn(name), maxReceiveCount });

describe("the local SQS", () => {
    let cloud: TestCloud;
    let url: string;

    /** What a client gets: the answer, or the refusal with the code of the query protocol, which clients show. */
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are in AWS's shape
    const call = async (operation: string, input: object): Promise<any> => {
        const answer = await fetch(cloud.sandbox.endpoint, {
            method: "POST",
            headers: {
                "content-type": "application/x-amz-json-1.0",
                "x-amz-target": `AmazonSQS.${operation}`,
                "x-amzn-query-mode": "true",
                authorization: "AWS4-HMAC-SHA256 Credential=test/20261101/us-east-1/sqs/aws4_request",
            },
            body: JSON.stringify(input),
        });
        const text = await answer.text();
        const output = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
        if (answer.ok) return output;
        return [output.__type, answer.headers.get("x-amzn-query-error"), output.message];
    };
    const send = (MessageBody: string, more: object = {}) =>
        call("SendMessage", { QueueUrl: url, MessageBody, ...more });
    const receive = async (more: object = {}): Promise<{ Body: string; ReceiptHandle: string }[]> =>
        (await call("ReceiveMessage", { QueueUrl: url, MaxNumberOfMessages: 10, ...more })).Messages ?? [];
    const bodies = async (more: object = {}): Promise<string[]> => (await receive(more)).map(({ Body }) => Body);
    const attributes = async (...AttributeNames: string[]) =>
        (await call("GetQueueAttributes", { QueueUrl: url, AttributeNames })).Attributes;

    beforeEach(async () => {
        cloud = await startCloud();
        url = (await call("CreateQueue", { QueueName: "orders" })).QueueUrl;
    });
    afterEach(() => cloud.stop());

    it("makes a queue once, finds it, lists it and deletes it", async () => {
        equal(url, `${cloud.sandbox.endpoint}/${account}/orders`);
        equal((await call("CreateQueue", { QueueName: "orders" })).QueueUrl, url);
        equal((await call("GetQueueUrl", { QueueName: "orders" })).QueueUrl, url);
        deepEqual(await call("ListQueues", { QueueNamePrefix: "ord" }), { QueueUrls: [url] });
        await call("DeleteQueue", { QueueUrl: url });
        deepEqual(await call("GetQueueUrl", { QueueName: "orders" }), [
            "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue;Sender",
            "The specified queue does not exist.",
        ]);
    });

    it("tells a queue's attributes", async () => {
        await send("a");
        deepEqual(await attributes("All"), {
            DelaySeconds: "0",
            MaximumMessageSize: "1048576",
            MessageRetentionPeriod: "345600",
            ReceiveMessageWaitTimeSeconds: "0",
            VisibilityTimeout: "30",
            SqsManagedSseEnabled: "true",
            QueueArn: queueArn("orders"),
            CreatedTimestamp: String(startMs / 1_000),
            LastModifiedTimestamp: String(startMs / 1_000),
            ApproximateNumberOfMessages: "1",
            ApproximateNumberOfMessagesNotVisible: "0",
            ApproximateNumberOfMessagesDelayed: "0",
        });
        deepEqual(await attributes("QueueArn"), { QueueArn: queueArn("orders") });
    });

    it("hides what was received for the visibility timeout, and forgets what was deleted", async () => {
        await send("a");
        await send("b");
        const [first] = await receive({ MaxNumberOfMessages: 1 });
        equal(first!.Body, "a");
        deepEqual(await bodies(), ["b"]);
        deepEqual(await bodies(), []);
        await call("DeleteMessage", { QueueUrl: url, ReceiptHandle: first!.ReceiptHandle });
        await cloud.clock.advance(30_000);
        deepEqual(await bodies(), ["b"]);
    });

    it("shows again what a client gives back, and hides longer what it asks for", async () => {
        await send("a");
        const change = async (VisibilityTimeout: number) => {
            const ReceiptHandle = (await receive())[0]!.ReceiptHandle;
            await call("ChangeMessageVisibility", { QueueUrl: url, ReceiptHandle, VisibilityTimeout });
        };
        await change(0);
        await change(100);
        await cloud.clock.advance(99_000);
        deepEqual(await bodies(), []);
        await cloud.clock.advance(1_000);
        deepEqual(await bodies(), ["a"]);
    });

    it("waits for a message in the sandbox's time", async () => {
        // Without HTTP, so that the call has surely begun before the clock moves.
        const wait = async (): Promise<unknown> => {
            const input = { QueueUrl: url, WaitTimeSeconds: 20 };
            const answer = await cloud.cloud.sqs.operations.ReceiveMessage!(input, {} as never);
            const { Messages = [] } = answer as { Messages?: { Body: string }[] };
            return [Messages.map(({ Body }) => Body), cloud.clock.nowMs() - startMs];
        };
        const first = wait();
        await cloud.clock.advance(19_000);
        await send("late");
        deepEqual(await first, [["late"], 19_000]);
        const second = wait();
        await cloud.clock.advance(20_000);
        deepEqual(await second, [[], 39_000]);
    });

    it("delays, and drops what is older than it keeps", async () => {
        await send("delayed", { DelaySeconds: 5 });
        deepEqual(await bodies(), []);
        await cloud.clock.advance(5_000);
        deepEqual(await bodies({ VisibilityTimeout: 0 }), ["delayed"]);
        await call("SetQueueAttributes", { QueueUrl: url, Attributes: { MessageRetentionPeriod: "60" } });
        await cloud.clock.advance(54_999);
        deepEqual(await bodies({ VisibilityTimeout: 0 }), ["delayed"]);
        await cloud.clock.advance(1);
        deepEqual(await bodies(), []);
    });

    it("drops from a dead-letter queue what was sent too long ago, whatever came before it", async () => {
        await call("CreateQueue", { QueueName: "dead", Attributes: { MessageRetentionPeriod: "60" } });
        const dead = (await call("GetQueueUrl", { QueueName: "dead" })).QueueUrl;
        const RedrivePolicy = redriveTo("dead");
        await call("SetQueueAttributes", { QueueUrl: url, Attributes: { RedrivePolicy, VisibilityTimeout: "1" } });
        await send("old");
        await bodies();
        await cloud.clock.advance(20_000);
        await call("SendMessage", { QueueUrl: dead, MessageBody: "young" });
        deepEqual(await bodies(), []);
        deepEqual(cloud.cloud.sqs.bodiesIn("dead"), ["young", "old"]);
        await cloud.clock.advance(39_999);
        deepEqual(await bodies({ QueueUrl: dead, VisibilityTimeout: 0 }), ["young", "old"]);
        await cloud.clock.advance(1);
        deepEqual(await bodies({ QueueUrl: dead }), ["young"]);
    });

    it("tells of a dead-letter queue how long ago its oldest message was moved, not sent", async () => {
        await call("CreateQueue", { QueueName: "dead" });
        const RedrivePolicy = redriveTo("dead");
        await call("SetQueueAttributes", { QueueUrl: url, Attributes: { RedrivePolicy, VisibilityTimeout: "1" } });
        await send("old");
        await bodies();
        await cloud.clock.advance(20_000);
        await bodies();
        await cloud.clock.advance(minutes(2));
        const ages = async (queue: string) =>
            (await cloud.cloudWatch.send(maximumOf("ApproximateAgeOfOldestMessage", queue))).MetricDataResults![0]!
                .Values;
        deepEqual(
            [await ages("orders"), await ages("dead")],
            [
                [0, 0, 0],
                [0, 40, 100],
            ],
        );
    });

    it("moves to the dead-letter queue what was received too often", async () => {
        await call("CreateQueue", { QueueName: "dead" });
        const RedrivePolicy = redriveTo("dead", 2);
        await call("SetQueueAttributes", { QueueUrl: url, Attributes: { RedrivePolicy, VisibilityTimeout: "1" } });
        await send("bad");
        for (const expected of [["bad"], ["bad"], []]) {
            deepEqual(await bodies(), expected);
            await cloud.clock.advance(1_000);
        }
        deepEqual(cloud.cloud.sqs.bodiesIn("dead"), ["bad"]);
    });

    it("takes and gives batches, each entry with its own answer", async () => {
        const Entries = [
            { Id: "1", MessageBody: "a" },
            { Id: "2", MessageBody: "" },
        ];
        const { Successful, Failed } = await call("SendMessageBatch", { QueueUrl: url, Entries });
        deepEqual(
            Successful.map(({ Id, MD5OfMessageBody }: Record<string, string>) => [Id, MD5OfMessageBody]),
            [["1", "0cc175b9c0f1b6a831c399e269772661"]],
        );
        const Message = "The request must contain the parameter MessageBody.";
        deepEqual(Failed, [{ Id: "2", SenderFault: true, Code: "MissingParameter", Message }]);
        const ReceiptHandle = (await receive())[0]!.ReceiptHandle;
        const removed = await call("DeleteMessageBatch", { QueueUrl: url, Entries: [{ Id: "x", ReceiptHandle }] });
        deepEqual(removed, { Successful: [{ Id: "x" }], Failed: [] });
        deepEqual(cloud.cloud.sqs.bodiesIn("orders"), []);
    });

    it("keeps attributes of messages, with the digest that clients check", async () => {
        const MessageAttributes = { timestamp: { DataType: "Number", StringValue: "1493147359900" } };
        const { MD5OfMessageAttributes } = await send("a", { MessageAttributes });
        equal(MD5OfMessageAttributes, "235c5c510d26fb653d073faed50ae77c");
        const [message] = await receive({
            MessageAttributeNames: ["All"],
            AttributeNames: ["ApproximateReceiveCount"],
        });
        deepEqual(message, {
            MessageId: "00000000-0000-4000-a000-000000000000",
            ReceiptHandle: message!.ReceiptHandle,
            Body: "a",
            MD5OfBody: "0cc175b9c0f1b6a831c399e269772661",
            Attributes: { ApproximateReceiveCount: "1" },
            MessageAttributes,
            MD5OfMessageAttributes,
        });
    });

    it("tells CloudWatch once a minute how many messages wait", async () => {
        await send("a");
        await send("b");
        await cloud.clock.advance(minutes(2));
        await call("PurgeQueue", { QueueUrl: url });
        await cloud.clock.advance(minutes(1));
        const { MetricDataResults } = await cloud.cloudWatch.send(
            maximumOf("ApproximateNumberOfMessagesVisible", "orders"),
        );
        deepEqual(MetricDataResults![0]!.Values, [0, 2, 2, 0]);
    });

    it("carries tags", async () => {
        await call("TagQueue", { QueueUrl: url, Tags: { team: "orders", owner: "us" } });
        await call("UntagQueue", { QueueUrl: url, TagKeys: ["owner"] });
        deepEqual(await call("ListQueueTags", { QueueUrl: url }), { Tags: { team: "orders" } });
    });

    it("takes a topic's messages once its policy admits the topic", async () => {
        const { TopicArn } = (await cloud.cloud.sns.operations.CreateTopic!({ Name: "news" }, {} as never)) as {
            TopicArn: string;
        };
        await cloud.sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: queueArn("orders") }));
        const publish = async (Message: string) => {
            await cloud.cloud.sns.operations.Publish!({ TopicArn, Message }, {} as never);
            return cloud.cloud.sns.deliveries.at(-1)!.status;
        };
        match(await publish("unheard"), /^failed: SNS is not authorized to perform: sqs:SendMessage on arn:aws:sqs:/);
        const Statement = [
            {
                Effect: "Allow",
                Principal: { Service: "sns.amazonaws.com" },
                Action: "sqs:SendMessage",
                Resource: queueArn("orders"),
                Condition: { ArnEquals: { "aws:SourceArn": TopicArn } },
            },
        ];
        const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
        await call("SetQueueAttributes", { QueueUrl: url, Attributes: { Policy } });
        equal(await publish("heard"), "delivered");
        const [body] = await bodies();
        const { Type, Message, TopicArn: from } = JSON.parse(body!) as Record<string, string>;
        deepEqual([Type, Message, from], ["Notification", "heard", TopicArn]);
        const source = { service: "sns.amazonaws.com", title: "SNS", sourceArn: TopicArn! };
        const elsewhere = queueArn("orders").replace("us-east-1", "eu-west-1");
        throws(() => cloud.cloud.sqs.sendAs(source, elsewhere, "lost"), { code: "QueueDoesNotExist" });
    });

    for (const [operation, input, expected] of [
        [
            "CreateQueue",
            { QueueName: "orders.fifo" },
            ["InvalidParameterValue", "The sandbox has standard queues alone, no FIFO queues."],
        ],
        [
            "CreateQueue",
            { QueueName: "a b" },
            [
                "InvalidParameterValue",
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
            ],
        ],
        [
            "CreateQueue",
            { QueueName: "orders", Attributes: { VisibilityTimeout: "5" } },
            [
                "QueueNameExists",
                "A queue already exists with the same name and a different value for attribute VisibilityTimeout",
            ],
        ],
        [
            "CreateQueue",
            { QueueName: "new", Attributes: { VisibilityTimeout: "43201" } },
            ["InvalidParameterValue", "Invalid value for the parameter VisibilityTimeout."],
        ],
        [
            "CreateQueue",
            { QueueName: "new", Attributes: { Colour: "red" } },
            ["InvalidAttributeName", "Unknown Attribute Colour."],
        ],
        [
            "SendMessage",
            { MessageBody: "x".repeat(1_048_577) },
            [
                "InvalidParameterValue",
                "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
            ],
        ],
        [
            "ReceiveMessage",
            { MaxNumberOfMessages: 11 },
            [
                "InvalidParameterValue",
                "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
            ],
        ],
        [
            "ReceiveMessage",
            { VisibilityTimeout: 43_201 },
            [
                "InvalidParameterValue",
                "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.",
            ],
        ],
        [
            "SendMessage",
            { MessageBody: "a", DelaySeconds: 901 },
            [
                "InvalidParameterValue",
                "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
            ],
        ],
        [
            "DeleteMessage",
            { ReceiptHandle: "x" },
            ["ReceiptHandleIsInvalid", 'The input receipt handle "x" is not a valid receipt handle.'],
        ],
        [
            "SendMessageBatch",
            { Entries: [] },
            ["EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request."],
        ],
        [
            "SendMessage",
            { QueueUrl: "https://sqs.us-east-1.amazonaws.com/210987654321/orders", MessageBody: "a" },
            ["QueueDoesNotExist", "The specified queue does not exist."],
        ],
        [
            "DeleteMessageBatch",
            { Entries: [] },
            ["EmptyBatchRequest", "There should be at least one DeleteMessageBatchRequestEntry in the request."],
        ],
        [
            "SendMessageBatch",
            {
                Entries: [
                    { Id: "1", MessageBody: "x".repeat(1_048_576) },
                    { Id: "2", MessageBody: "y" },
                ],
            },
            ["BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."],
        ],
        [
            "SetQueueAttributes",
            { Attributes: { RedrivePolicy: redriveTo("none") } },
            [
                "InvalidParameterValue",
                `Value ${redriveTo("none")} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`,
            ],
        ],
        [
            "SetQueueAttributes",
            { Attributes: { RedrivePolicy: redriveTo("orders") } },
            [
                "InvalidParameterValue",
                `Value ${redriveTo("orders")} for parameter RedrivePolicy is invalid. Reason: The sandbox moves no messages to the queue that they are in.`,
            ],
        ],
    ] as const) {
        it(`refuses ${operation} ${JSON.stringify(input).slice(0, 60)}`, async () => {
            const [code, , message] = await call(operation, { QueueUrl: url, ...input });
            deepEqual([code, message], expected);
        });
    }
});

function maximumOf(MetricName: string, queue: string) {
    const Metric = {
        Namespace: "AWS/SQS",
        MetricName,
        Dimensions: [{ Name: "QueueName", Value: queue }],
    };
    return new GetMetricDataCommand({
        StartTime: new Date(startMs),
        EndTime: new Date(startMs + minutes(5)),
        ScanBy: "TimestampAscending",
        MetricDataQueries: [{ Id: "asked", MetricStat: { Metric, Period: 60, Stat: "Maximum" } }],
    });
}
