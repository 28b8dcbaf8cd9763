/**
 * The calls of Pulumi's aws provider, recorded from a program on the AWS SDK for Go (`npm run go -- --record`): asked again, byte by byte, each is
 * answered as then, as AWS's models say, and with the values that the provider compares with what a program declares.
 */
import { deepEqual, equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { crc32 } from "node:zlib";
import { cbor } from "@smithy/core/cbor";

import { type Sandbox } from "../../sandbox/index";
import { startWorld } from "../go/world";
import { checkAnswers } from "./models/check";

interface Recorded {
    readonly resource: string;
    readonly phase: string;
    readonly service: string;
    readonly operation: string;
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly base64?: string;
    readonly status: number;
}

const root = path.join(__dirname, "../..");
const requests = JSON.parse(readFileSync(path.join(root, "test/go/requests.json"), "utf8")) as Recorded[];

interface Answer {
    readonly status: number;
    readonly text: string;
    /** What the protocol says; the text of an XML answer. */
    readonly value: unknown;
    readonly checksum: { readonly told: string | undefined; readonly counted: string };
}

describe("the calls of Pulumi's aws provider", () => {
    let sandbox: Sandbox;
    const answers: Answer[] = [];
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    before(async () => {
        sandbox = await startWorld();
        checkAnswers(sandbox);
        for (const request of requests) answers.push(await asked(request));
    });
    after(async () => {
        agent.destroy();
        await sandbox.stop();
    });

    /** Tables come and go in a moment of real time: what must be ready by then is asked for again. */
    async function asked(request: Recorded): Promise<Answer> {
        let answer = await send(request);
        for (let tries = 0; tries < 200 && answer.status !== request.status && request.service === "dynamodb"; tries++)
            answer = await send(request);
        return answer;
    }

    function send(request: Recorded): Promise<Answer> {
        const { accessKeyId } = sandbox.credentials;
        const scope = `${accessKeyId}/20261101/us-east-1/${request.service}/aws4_request`;
        const options = {
            agent,
            method: request.method,
            headers: {
                ...request.headers,
                Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
            },
        };
        return new Promise((resolve, reject) => {
            const sent = http.request(`${sandbox.endpoint}${request.path}`, options, (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("end", () => resolve(decoded(response, Buffer.concat(chunks))));
            });
            sent.on("error", reject);
            sent.end(
                request.base64 === undefined
                    ? withSubscription(request.body ?? "")
                    : Buffer.from(request.base64, "base64"),
            );
        });
    }

    /** A subscription's ARN ends in what is made up when it is made. */
    function withSubscription(body: string): string {
        if (!body.includes("SUBSCRIPTION")) return body;
        const made = answers.filter(({ text }) => text.includes("<SubscribeResponse")).at(-1)!;
        return body.replace("SUBSCRIPTION", /<SubscriptionArn>.*:(.*)<\/SubscriptionArn>/.exec(made.text)![1]!);
    }

    it("are answered as they were, each", () => {
        const shown = ({ resource, phase, operation }: Recorded, status: number) =>
            `${resource} ${phase} ${operation} ${status}`;
        deepEqual(
            requests.map((request, index) => shown(request, answers[index]!.status)),
            requests.map((request) => shown(request, request.status)),
        );
    });

    const aboutOrders = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
    const rows: readonly (readonly [resource: string, operation: string, at: string | RegExp, value: unknown])[] = [
        ["aws.getCallerIdentity", "GetCallerIdentity", /<Account>(.*?)</, "123456789012"],
        [
            "aws.kinesis.AccountSettings",
            "DescribeAccountSettings",
            "MinimumThroughputBillingCommitment.Status",
            "ENABLED",
        ],
        ["aws.kinesis.Stream", "DescribeStreamSummary", "StreamDescriptionSummary.StreamARN", aboutOrders],
        ["aws.kinesis.Stream", "DescribeStreamSummary", "StreamDescriptionSummary.RetentionPeriodHours", 48],
        ["aws.kinesis.Stream", "DescribeStreamSummary", "StreamDescriptionSummary.KeyId", "alias/aws/kinesis"],
        ["aws.kinesis.Stream", "ListTagsForStream", "Tags", [{ Key: "owner", Value: "shop" }]],
        ["aws.kinesis.StreamConsumer", "ListStreamConsumers", "Consumers.0.ConsumerStatus", "ACTIVE"],
        ["aws.kinesis.StreamConsumer", "ListTagsForResource", "Tags", [{ Key: "team", Value: "billing" }]],
        ["aws.sqs.Queue", "CreateQueue", "QueueUrl", /\/123456789012\/given-up$/],
        ["aws.sqs.Queue", "ListQueueTags", "Tags", { owner: "shop" }],
        ["aws.sns.Topic", "GetTopicAttributes", /<Code>(.*?)</, "NotFound"],
        ["aws.sns.TopicSubscription", "GetSubscriptionAttributes", /PendingConfirmation<\/key><value>(.*?)</, "true"],
        [
            "aws.dynamodb.Table",
            "DescribeContinuousBackups",
            "ContinuousBackupsDescription.ContinuousBackupsStatus",
            "ENABLED",
        ],
        ["aws.dynamodb.Table", "DescribeTimeToLive", "TimeToLiveDescription.TimeToLiveStatus", "DISABLED"],
        ["aws.dynamodb.Table", "UpdateTable", "TableDescription.DeletionProtectionEnabled", false],
        ["aws.iam.Role", "UpdateRoleDescription", /<Description>(.*?)</, "Scales"],
        ["aws.iam.RolePolicyAttachment", "ListAttachedRolePolicies", /<IsTruncated>(.*?)</, "false"],
        ["aws.cloudwatch.LogGroup", "DescribeLogGroups", "logGroups", []],
        ["aws.lambda.Function", "ListVersionsByFunction", "Versions.0.FunctionArn", /:function:short-lived:\$LATEST$/],
        ["aws.lambda.Function", "GetFunctionCodeSigningConfig", "CodeSigningConfigArn", undefined],
        ["aws.lambda.EventSourceMapping", "UpdateEventSourceMapping", "State", "Disabling"],
        ["aws.scheduler.Schedule", "CreateSchedule", "ScheduleArn", /:schedule\/default\/scaler$/],
        ["aws.cloudwatch.MetricAlarm", "ListTagsForResource", "Tags", [{ Key: "team", Value: "orders" }]],
        ["aws.cloudwatch.CompositeAlarm", "DescribeAlarms", "CompositeAlarms", []],
        ["aws.cloudwatch.Dashboard", "GetDashboard", "message", /orders/],
    ];
    for (const [resource, operation, at, value] of rows) {
        it(`of ${resource}: the last ${operation} says ${String(at)} ${String(value)}`, () => {
            const asked = answers.filter((_, index) => {
                const request = requests[index]!;
                return request.resource === resource && request.operation === operation;
            });
            const { text, value: whole } = asked.at(-1)!;
            const found = at instanceof RegExp ? at.exec(text)?.[1] : memberOf(whole, at);
            if (value instanceof RegExp) equal(value.test(String(found)), true, String(found));
            else deepEqual(found, value);
        });
    }

    it("carry the checksum of each answer of DynamoDB, for which its clients look", () => {
        const told = answers.filter(({ checksum }) => checksum.told !== undefined);
        equal(told.length, requests.filter(({ service }) => service === "dynamodb").length);
        for (const { checksum } of told) equal(checksum.told, checksum.counted);
    });

    it("are those that docs/aws-provider.md lists, resource by resource", () => {
        const listed = readFileSync(path.join(root, "docs/aws-provider.md"), "utf8")
            .split("\n")
            .filter((line) => line.startsWith("| `aws."))
            .map((line) =>
                line
                    .split("|")
                    .slice(1, -1)
                    .map((cell) => cell.trim().replaceAll("`", "")),
            );
        const phases = ["create", "read", "update", "delete"];
        const made = (resource: string): string[] =>
            phases.map((phase) =>
                [
                    ...new Set(
                        requests
                            .filter((each) => each.resource === resource && each.phase === phase)
                            .map((each) => each.operation),
                    ),
                ].join(", "),
            );
        const resources = [...new Set(requests.map(({ resource }) => resource))];
        deepEqual(
            listed.map(([resource, , ...cells]) => [resource, ...cells]),
            resources.map((resource) => [resource, ...made(resource)]),
        );
    });
});

function decoded(response: http.IncomingMessage, body: Buffer): Answer {
    const type = response.headers["content-type"] ?? "";
    const text = body.toString("utf8");
    const checksum = { told: response.headers["x-amz-crc32"] as string | undefined, counted: String(crc32(body)) };
    const answer = { status: response.statusCode!, text, checksum };
    if (type === "application/cbor") return { ...answer, value: body.length === 0 ? {} : cbor.deserialize(body) };
    return { ...answer, value: type.includes("json") && text !== "" ? JSON.parse(text) : text };
}

function memberOf(value: unknown, at: string): unknown {
    return at.split(".").reduce((found, name) => (found as Record<string, unknown> | undefined)?.[name], value);
}
