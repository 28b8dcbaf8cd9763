/** SNS through its client: topics, subscriptions that must be confirmed, and what is delivered where. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import { type AddressInfo } from "node:net";
import {
    ConfirmSubscriptionCommand,
    CreateTopicCommand,
    DeleteTopicCommand,
    GetSubscriptionAttributesCommand,
    GetTopicAttributesCommand,
    ListSubscriptionsByTopicCommand,
    ListTagsForResourceCommand,
    ListTopicsCommand,
    PublishBatchCommand,
    PublishCommand,
    SetTopicAttributesCommand,
    SubscribeCommand,
    TagResourceCommand,
    UnsubscribeCommand,
} from "@aws-sdk/client-sns";

import { startCloud, startMs, type TestCloud } from "../cloud";

const cloudWatch = {
    service: "cloudwatch.amazonaws.com",
    title: "CloudWatch Alarms",
    sourceArn: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a",
};

describe("SNS keeps topics and delivers messages", () => {
    let cloud: TestCloud;
    let TopicArn: string;
    beforeEach(async () => {
        cloud = await startCloud();
        TopicArn = (await cloud.sns.send(new CreateTopicCommand({ Name: "alarms" }))).TopicArn!;
    });
    afterEach(() => cloud.stop());

    const publish = (Message = "hello", Subject = "subject") =>
        cloud.sns.send(new PublishCommand({ TopicArn, Message, Subject }));
    const attribute = async (name: string): Promise<string | undefined> =>
        (await cloud.sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes![name];

    it("creates a topic once, with attributes and tags", async () => {
        equal(TopicArn, "arn:aws:sns:us-east-1:123456789012:alarms");
        equal((await cloud.sns.send(new CreateTopicCommand({ Name: "alarms", Tags: [] }))).TopicArn, TopicArn);
        await rejects(
            cloud.sns.send(new CreateTopicCommand({ Name: "alarms", Attributes: { DisplayName: "Alarms" } })),
            {
                name: "InvalidParameterException",
                message: "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
            },
        );
        await cloud.sns.send(
            new SetTopicAttributesCommand({ TopicArn, AttributeName: "DisplayName", AttributeValue: "On <call> & co" }),
        );
        equal(await attribute("DisplayName"), "On <call> & co");
        await cloud.sns.send(
            new TagResourceCommand({ ResourceArn: TopicArn, Tags: [{ Key: "team", Value: "orders" }] }),
        );
        deepEqual((await cloud.sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }))).Tags, [
            { Key: "team", Value: "orders" },
        ]);
        deepEqual((await cloud.sns.send(new ListTopicsCommand({}))).Topics, [{ TopicArn }]);
    });

    it("forgets a deleted topic, and deletes it twice without complaint", async () => {
        await cloud.sns.send(new DeleteTopicCommand({ TopicArn }));
        await cloud.sns.send(new DeleteTopicCommand({ TopicArn }));
        await rejects(publish(), { name: "NotFoundException", message: "Topic does not exist" });
    });

    it("sends nothing to a mail address until its owner has confirmed", async () => {
        const { SubscriptionArn } = await cloud.sns.send(
            new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: "oncall@example.com" }),
        );
        equal(SubscriptionArn, "pending confirmation");
        await publish("first");
        deepEqual([await attribute("SubscriptionsPending"), await attribute("SubscriptionsConfirmed")], ["1", "0"]);
        const { token } = cloud.cloud.sns.deliveries[0]!;
        const confirmed = await cloud.sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: token }));
        await publish("second");
        deepEqual(
            cloud.cloud.sns.deliveries.map(({ kind, endpoint, message, status, timeMs }) => ({
                kind,
                endpoint,
                message: message.split("\n")[0],
                status,
                timeMs,
            })),
            [
                {
                    kind: "SubscriptionConfirmation",
                    endpoint: "oncall@example.com",
                    message: `You have chosen to subscribe to the topic ${TopicArn}.`,
                    status: "delivered",
                    timeMs: startMs,
                },
                {
                    kind: "Notification",
                    endpoint: "oncall@example.com",
                    message: "second",
                    status: "delivered",
                    timeMs: startMs,
                },
            ],
        );
        deepEqual(
            (await cloud.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions!.map(
                (each) => each.SubscriptionArn,
            ),
            [confirmed.SubscriptionArn],
        );
        const { Attributes } = await cloud.sns.send(
            new GetSubscriptionAttributesCommand({ SubscriptionArn: confirmed.SubscriptionArn }),
        );
        deepEqual(
            [Attributes!.PendingConfirmation, Attributes!.Protocol, Attributes!.Endpoint],
            ["false", "email", "oncall@example.com"],
        );
        await cloud.sns.send(new UnsubscribeCommand({ SubscriptionArn: confirmed.SubscriptionArn }));
        await publish("third");
        equal(cloud.cloud.sns.deliveries.length, 2);
        deepEqual(
            cloud.cloud.sns.published.map(({ message }) => message),
            ["first", "second", "third"],
        );
    });

    it("posts to a local HTTP endpoint once it has confirmed", async () => {
        const bodies: Record<string, unknown>[] = [];
        const server = http.createServer(async (request, response) => {
            const chunks: Buffer[] = [];
            for await (const chunk of request) chunks.push(chunk as Buffer);
            bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
            response.end();
            server.emit("message", request.headers["x-amz-sns-message-type"]);
        });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        try {
            const Endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
            const asked = once(server, "message");
            await cloud.sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint }));
            deepEqual(await asked, ["SubscriptionConfirmation"]);
            // As endpoints do: the link needs no credentials.
            equal((await fetch(bodies[0]!.SubscribeURL as string)).status, 200);
            const notified = once(server, "message");
            const MessageAttributes = {
                tenant: { DataType: "String", StringValue: "a" },
                raw: { DataType: "Binary", BinaryValue: Buffer.from("ü") },
            };
            await cloud.sns.send(
                new PublishCommand({ TopicArn, Message: "hello", Subject: "a subject", MessageAttributes }),
            );
            deepEqual(await notified, ["Notification"]);
            await cloud.cloud.sns.settled();
            const { Type, Message, Subject, Timestamp, MessageAttributes: told, UnsubscribeURL } = bodies[1]!;
            deepEqual(
                [Type, Message, Subject, Timestamp, told],
                [
                    "Notification",
                    "hello",
                    "a subject",
                    "2026-11-01T00:00:00.000Z",
                    { tenant: { Type: "String", Value: "a" }, raw: { Type: "Binary", Value: "w7w=" } },
                ],
            );
            equal(cloud.cloud.sns.deliveries.at(-1)!.status, "delivered");
            equal((await fetch(UnsubscribeURL as string)).status, 200);
            await publish("to nobody");
            equal(cloud.cloud.sns.deliveries.length, 2);
        } finally {
            server.closeAllConnections();
            server.close();
        }
    });

    it("never calls an endpoint outside this machine", async () => {
        await cloud.sns.send(
            new SubscribeCommand({ TopicArn, Protocol: "https", Endpoint: "https://example.com/hook" }),
        );
        equal(cloud.cloud.sns.confirm("https://example.com/hook"), 1);
        await publish();
        deepEqual(
            cloud.cloud.sns.deliveries.map(({ status }) => status),
            new Array(2).fill("not sent: the sandbox calls no endpoint outside this machine"),
        );
    });

    it("publishes in batches", async () => {
        const answer = await cloud.sns.send(
            new PublishBatchCommand({
                TopicArn,
                PublishBatchRequestEntries: [
                    { Id: "a", Message: "1" },
                    { Id: "b", Message: "2" },
                ],
            }),
        );
        deepEqual(
            answer.Successful!.map(({ Id }) => Id),
            ["a", "b"],
        );
    });

    const statement = (changes: Record<string, unknown>) =>
        JSON.stringify({
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Allow",
                    Principal: { Service: "cloudwatch.amazonaws.com" },
                    Action: "sns:Publish",
                    Resource: "arn:aws:sns:us-east-1:123456789012:alarms",
                    ...changes,
                },
            ],
        });
    const notAuthorized = `Resource: ${cloudWatch.sourceArn} is not authorized to perform: SNS:Publish on resource: arn:aws:sns:us-east-1:123456789012:alarms`;
    const rows: [string, Record<string, string>, string | undefined][] = [
        ["the default policy", {}, undefined],
        ["a policy that names CloudWatch", { Policy: statement({}) }, undefined],
        [
            "a policy for alarms of the account",
            { Policy: statement({ Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } } }) },
            undefined,
        ],
        [
            "a policy for this alarm",
            { Policy: statement({ Condition: { ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:*" } } }) },
            undefined,
        ],
        ["a customer key", { KmsMasterKeyId: "arn:aws:kms:us-east-1:123456789012:key/1234" }, undefined],
        [
            "the AWS-managed key",
            { KmsMasterKeyId: "alias/aws/sns" },
            "CloudWatch Alarms does not have authorization to access the SNS topic encryption key.",
        ],
        [
            "a policy for another service",
            { Policy: statement({ Principal: { Service: "s3.amazonaws.com" } }) },
            notAuthorized,
        ],
        [
            "a policy for another account's alarms",
            { Policy: statement({ Condition: { StringEquals: { "aws:SourceAccount": "999999999999" } } }) },
            notAuthorized,
        ],
        ["a policy that denies", { Policy: statement({ Effect: "Deny", Principal: "*" }) }, notAuthorized],
    ];
    for (const [title, attributes, refusal] of rows) {
        it(`${title}: ${refusal ? "CloudWatch is refused" : "CloudWatch may publish"}`, async () => {
            for (const [AttributeName, AttributeValue] of Object.entries(attributes))
                await cloud.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));

            const published = cloud.cloud.sns.publishAs(cloudWatch, TopicArn, { subject: "s", message: "m" });
            if (refusal) await rejects(published, { message: refusal });
            else await published;
            equal(cloud.cloud.sns.published.length, refusal ? 0 : 1);
        });
    }

    const refusals: [string, () => Promise<unknown>, string][] = [
        ["an empty message", () => publish(""), "Invalid parameter: Empty message"],
        ["a subject of two lines", () => publish("m", "a\nb"), "Invalid parameter: Subject"],
        ["a message above 256 KiB", () => publish("x".repeat(262_145)), "Invalid parameter: Message too long"],
        [
            "a topic name with a space",
            () => cloud.sns.send(new CreateTopicCommand({ Name: "a b" })),
            "Invalid parameter: Topic Name",
        ],
        [
            "a batch without entries",
            () => cloud.sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: [] })),
            "The batch request doesn't contain any entries.",
        ],
        [
            "a mail address without a domain",
            () => cloud.sns.send(new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: "oncall" })),
            "Invalid parameter: Endpoint",
        ],
        [
            "an attribute that topics do not have",
            () =>
                cloud.sns.send(
                    new SetTopicAttributesCommand({ TopicArn, AttributeName: "Colour", AttributeValue: "x" }),
                ),
            "Invalid parameter: AttributeName",
        ],
    ];
    for (const [title, call, message] of refusals) it(`refuses ${title}`, () => rejects(call(), { message }));
});
