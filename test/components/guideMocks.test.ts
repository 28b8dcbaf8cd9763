/** A user's unit test with the mocks of Pulumi's own guide, which echo the inputs and know no ARN: every output of every component resolves. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream, StreamAlarms, StreamAutoscaler, StreamConsumerFunction, StreamDashboard } from "../../index";
import { run } from "./mocks";

/** As https://www.pulumi.com/docs/iac/guides/testing/unit/ has them. */
const mocks: pulumi.runtime.Mocks = {
    newResource: (args) => ({ id: `${args.name}_id`, state: args.inputs as Record<string, unknown> }),
    call: (args) => args.inputs as Record<string, unknown>,
};

const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
const arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks";
const topicArn = "arn:aws:sns:eu-west-1:123456789012:oncall";

/** Every output that is a value of its own, as a test would read it. */
async function outputsOf(component: pulumi.ComponentResource): Promise<Record<string, unknown>> {
    const outputs = Object.entries(component).filter(([, value]) => pulumi.Output.isInstance(value));
    const read = outputs.map(async ([key, value]): Promise<[string, unknown]> => {
        const output = value as pulumi.Output<unknown>;
        return [key, await new Promise((resolve) => output.apply(resolve))];
    });
    const { urn, ...known } = Object.fromEntries(await Promise.all(read));
    assert.equal(typeof urn, "string");
    return known;
}

const policyOf = (actions: string[]) =>
    JSON.stringify({
        Version: "2012-10-17",
        Statement: [
            {
                Sid: actions.length === 4 ? "WriteRecords" : "ReadRecords",
                Effect: "Allow",
                Action: actions,
                Resource: "",
            },
        ],
    });
const producerPolicy = policyOf([
    "kinesis:DescribeStreamSummary",
    "kinesis:ListShards",
    "kinesis:PutRecord",
    "kinesis:PutRecords",
]);
const consumerPolicy = policyOf([
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
]);

const rows: [title: string, declare: () => pulumi.ComponentResource, outputs: Record<string, unknown>][] = [
    [
        "a ShardedStream without a name, which then goes by its logical one",
        () => new ShardedStream("orders", { requirements }),
        {
            streamName: "orders",
            streamArn: "",
            shardCount: 5,
            topicArn: undefined,
            dashboardName: "Kinesis-orders",
            producerPolicy,
            consumerPolicy,
        },
    ],
    [
        "an on-demand ShardedStream without a dashboard",
        () => new ShardedStream("orders", { requirements, capacityMode: "on-demand", dashboard: false }),
        { streamName: "orders", streamArn: "", topicArn: undefined, producerPolicy, consumerPolicy },
    ],
    [
        "a ShardedStream through aws-native",
        () =>
            new ShardedStream("orders", {
                requirements,
                streamProvider: "aws-native",
                streamName: "live",
                tags: { team: "shop" },
                notifications: { topicArn },
            }),
        {
            streamName: "live",
            streamArn: "",
            shardCount: 5,
            topicArn,
            dashboardName: "Kinesis-live",
            producerPolicy,
            consumerPolicy,
        },
    ],
    [
        "StreamAlarms",
        () => new StreamAlarms("clicks", { stream: arn, shardCount: 2 }),
        {
            topicArn: undefined,
            alarmNames: [
                "clicks-WriteThrottling-4d4a4a2e",
                "clicks-ReadThrottling-4d4a4a2e",
                "clicks-IteratorAge-4d4a4a2e",
                "clicks-WriteUtilization-4d4a4a2e",
                "clicks-ConsumerSilent-4d4a4a2e",
            ],
        },
    ],
    [
        "a StreamDashboard",
        () => new StreamDashboard("clicks", { stream: "clicks" }),
        { dashboardName: "Kinesis-clicks-0b3dccd1" },
    ],
    [
        "a StreamConsumerFunction",
        () => new StreamConsumerFunction("clicks", { stream: arn, function: "billing", notifications: { topicArn } }),
        {
            eventSourceMappingId: undefined,
            failureDestinationArn: undefined,
            readPolicy: consumerPolicy.replace('"Resource":""', `"Resource":"${arn}"`),
            topicArn,
            alarmNames: [
                "clicks-Function/billing/Behind-7f29d686",
                "clicks-Function/billing/Silent-7f29d686",
                "clicks-Function/billing/Failing-7f29d686",
                "clicks-Function/billing/Throttled-7f29d686",
                "clicks-Function/billing/GivenUp-7f29d686",
            ],
        },
    ],
    [
        "a StreamAutoscaler",
        () =>
            new StreamAutoscaler("clicks", {
                streamName: "clicks",
                streamArn: arn,
                minShards: 1,
                maxShards: 4,
                topicArn,
                notify: "all",
            }),
        {
            functionName: "clicks-scaler",
            functionArn: undefined,
            ledgerTableName: "clicks-scaler-ledger",
            logGroupName: "/aws/lambda/clicks-scaler",
        },
    ],
];

describe("with mocks that only echo the inputs, every output resolves of", () => {
    for (const [title, declare, outputs] of rows) {
        it(title, async () => {
            const { value } = await run(declare, { mocks });
            assert.deepEqual(await outputsOf(value), outputs);
        });
    }

    it("a ShardedStream with everything that it can have", async () => {
        const { value, registered } = await run(
            () =>
                new ShardedStream("orders", {
                    requirements,
                    scaling: { notify: "all", ledgerTable: "ledgers" },
                    consumers: ["audit"],
                    shardLevelMetrics: ["IncomingBytes"],
                    kmsKeyId: "alias/orders",
                    notifications: { emails: ["oncall@example.com"], topicKmsKeyId: "alias/topic" },
                    tags: { team: "shop" },
                }),
            { mocks },
        );
        const outputs = await outputsOf(value);
        assert.deepEqual([outputs.scalerFunctionName, outputs.ledgerTableName], ["orders-scaler", "ledgers"]);
        assert.equal(Object.keys(outputs).length, 9);
        assert.ok(registered.some(({ name }) => name === "orders-WriteUtilization"));
    });
});

describe("with mocks that only echo the inputs, a StreamConsumerFunction", () => {
    const program = () => {
        const orders = new ShardedStream("orders", { requirements });
        return new StreamConsumerFunction("billing", { ...orders.source, function: "billing" });
    };

    it("refuses a stream that has no ARN, and alarms that have no topic", async () => {
        await assert.rejects(run(program, { mocks }), (error: Error) => {
            const [title, ...lines] = error.message.split("\n");
            assert.equal(title, 'StreamConsumerFunction "billing": 2 arguments are malformed.');
            assert.deepEqual(
                lines.map((line) => line.split(";")[0]),
                ['stream: "" is not allowed', "notifications.topicArn: missing"],
            );
            return true;
        });
    });

    it("takes one that a mock has given an ARN", async () => {
        const withArns: pulumi.runtime.Mocks = {
            ...mocks,
            newResource: (args) => {
                const [, service = ""] = /^aws:(kinesis|sns)\//.exec(args.type) ?? [];
                const named = { name: args.name, arn: `arn:aws:${service}:eu-west-1:123456789012:${args.name}` };
                if (service === "kinesis") named.arn = arn;
                return { id: `${args.name}_id`, state: { ...(service !== "" && named), ...args.inputs } };
            },
        };
        const { value } = await run(program, { mocks: withArns });
        const { topicArn: told } = await outputsOf(value);
        assert.equal(told, "arn:aws:sns:eu-west-1:123456789012:orders-alarms");
    });
});
