/** What a StreamConsumerFunction is made of: mapping, failure destination, policy of the role, alarms. */
import assert from "node:assert/strict";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as sqs from "@pulumi/aws/sqs";
import * as pulumi from "@pulumi/pulumi";
import { functionAlarmNames } from "../../capacity/watching/functionAlarms";
import {
    ShardedStream,
    type ShardedStreamArgs,
    StreamConsumerFunction,
    type StreamConsumerFunctionArgs,
} from "../../index";
import { run, unknown, valueOf } from "./mocks";

const mappingType = "aws:lambda/eventSourceMapping:EventSourceMapping";
const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const queueType = "aws:sqs/queue:Queue";
const policyType = "aws:iam/rolePolicy:RolePolicy";
const stream = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const topicArn = "arn:aws:sns:us-east-1:123456789012:oncall";

const deploy = (args: Partial<StreamConsumerFunctionArgs> = {}, preview = false) =>
    run(
        () =>
            new StreamConsumerFunction("billing", {
                stream,
                function: "billing",
                notifications: { topicArn },
                ...args,
            }),
        { preview },
    );

interface Statement {
    readonly Action: string | string[];
    readonly Resource: string | string[];
}

const statements = (policy: unknown) =>
    (JSON.parse(policy as string) as { Statement: Statement[] }).Statement.map(({ Action, Resource }) => [
        Action,
        Resource,
    ]);

describe("a function that is fed", () => {
    it("has retries and an age that end, halves a batch that fails, and misses nothing", async () => {
        const { find } = await deploy();
        assert.deepEqual(find(mappingType).inputs, {
            eventSourceArn: stream,
            functionName: "billing",
            batchSize: 100,
            maximumBatchingWindowInSeconds: 0,
            parallelizationFactor: 1,
            bisectBatchOnFunctionError: true,
            maximumRetryAttempts: 60,
            maximumRecordAgeInSeconds: 82_800,
            startingPosition: "TRIM_HORIZON",
            functionResponseTypes: [],
            destinationConfig: {
                onFailure: { destinationArn: "arn:aws:sqs:us-east-1:123456789012:billing-failures-a1b2c3d" },
            },
            enabled: true,
        });
    });

    it("is told what is set, without end only where that is asked for", async () => {
        const { find } = await deploy({
            batchSize: 500,
            batchingWindowSeconds: 5,
            parallelizationFactor: 4,
            bisectBatchOnError: false,
            maximumRetryAttempts: -1,
            maximumRecordAgeSeconds: -1,
            reportBatchItemFailures: true,
            startingPosition: "AT_TIMESTAMP",
            startingPositionTimestamp: "2026-11-02T12:00:00Z",
            enabled: false,
            failureTopicArn: "arn:aws:sns:us-east-1:123456789012:failures",
            consumer: `${stream}/consumer/billing:1700000000`,
        });
        assert.deepEqual(find(mappingType).inputs, {
            eventSourceArn: `${stream}/consumer/billing:1700000000`,
            functionName: "billing",
            batchSize: 500,
            maximumBatchingWindowInSeconds: 5,
            parallelizationFactor: 4,
            bisectBatchOnFunctionError: false,
            maximumRetryAttempts: -1,
            maximumRecordAgeInSeconds: -1,
            startingPosition: "AT_TIMESTAMP",
            startingPositionTimestamp: "2026-11-02T12:00:00Z",
            functionResponseTypes: ["ReportBatchItemFailures"],
            destinationConfig: { onFailure: { destinationArn: "arn:aws:sns:us-east-1:123456789012:failures" } },
            enabled: false,
        });
    });

    it("is sized by what its stream tells", async () => {
        const { value, find } = await run(() => {
            const orders = new ShardedStream("orders", {
                requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 },
                retentionHours: 48,
                kmsKeyId: "alias/orders",
            });
            return new StreamConsumerFunction("billing", {
                ...orders.source,
                function: "billing",
                processingMillisecondsPerRecord: 4,
            });
        });
        const { parallelizationFactor, maximumRecordAgeInSeconds } = find(mappingType).inputs;
        assert.deepEqual([parallelizationFactor, maximumRecordAgeInSeconds], [3, 169_200]);
        assert.equal(await valueOf(value.topicArn), "arn:aws:sns:us-east-1:123456789012:orders-alarms-a1b2c3d");
        assert.equal(find(alarmType, "billing-Behind").inputs.threshold, 84_600_000);
        assert.match(await valueOf(value.readPolicy), /"kms:ResourceAliases":"alias\/orders"/);
    });

    const scaled: [title: string, args: Partial<ShardedStreamArgs>, factor: number][] = [
        ["that starts with one shard, of the fewest that the peak needs", { shardCount: 1, scaling: {} }, 3],
        ["that lets it start with more, of the same", { shardCount: 12, scaling: {} }, 3],
        ["that stops before that, of its most", { scaling: { minShards: 1, maxShards: 2 } }, 6],
        ["that never has so few, of its fewest", { scaling: { minShards: 8 } }, 2],
    ];
    for (const [title, args, factor] of scaled) {
        it(`is sized by the shards of the peak, not of the start, beside a scaler ${title}`, async () => {
            const { find } = await run(() => {
                const orders = new ShardedStream("orders", {
                    requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 },
                    ...args,
                });
                return new StreamConsumerFunction("billing", {
                    ...orders.source,
                    function: "billing",
                    processingMillisecondsPerRecord: 4,
                });
            });
            assert.equal(find(mappingType).inputs.parallelizationFactor, factor);
        });
    }

    it("has one mapping at a time, since Lambda refuses a second one, and not before its role may read", async () => {
        const seen: pulumi.CustomResourceOptions[] = [];
        const watch: pulumi.ResourceTransformation = ({ type, opts }) => {
            if (type === mappingType) seen.push(opts);
            return undefined;
        };
        const args = { stream, function: "billing", role: "billing" };
        const { value } = await run(() => new StreamConsumerFunction("billing", args, { transformations: [watch] }));
        const [{ deleteBeforeReplace, dependsOn } = {}] = seen;
        assert.equal(deleteBeforeReplace, true);
        assert.ok([dependsOn].flat().includes(value.rolePolicy));
    });

    it("has a factor that a preview does not know where the requirements are not known", async () => {
        const requirements = { writeMiBPerSecond: 1, recordsPerSecond: unknown<number>() };
        const args = { requirements, processingMillisecondsPerRecord: 4 };
        const { find } = await deploy(args, true);
        const { parallelizationFactor, batchSize } = find(mappingType).inputs;
        assert.deepEqual([pulumi.isUnknown(parallelizationFactor), batchSize], [true, 100]);
        assert.equal(
            (await deploy({ ...args, parallelizationFactor: 2 }, true)).find(mappingType).inputs.parallelizationFactor,
            2,
        );
    });
});

describe("what a function could not process", () => {
    it("is told to a queue of its own, encrypted, for as long as SQS keeps a message", async () => {
        const { find, value } = await deploy({ tags: { team: "shop" } });
        assert.deepEqual(find(queueType, "billing-failures").inputs, {
            messageRetentionSeconds: 1_209_600,
            sqsManagedSseEnabled: true,
            tags: { team: "shop" },
        });
        assert.ok(sqs.Queue.isInstance(value.queue));
    });

    it("is told to a queue that is given, which is watched as well", async () => {
        const { find, value, registered } = await deploy({
            failureQueueArn: "arn:aws:sqs:us-east-1:123456789012:failures",
        });
        assert.equal(value.queue, undefined);
        assert.equal(registered.filter(({ type }) => type === queueType).length, 0);
        assert.deepEqual(find(alarmType, "billing-GivenUp").inputs.dimensions, { QueueName: "failures" });
    });

    it("is told to a queue of another account, which that account watches", async () => {
        const failureQueueArn = "arn:aws:sqs:us-east-1:999999999999:failures";
        const { value, find } = await deploy({ failureQueueArn, alarms: { recordsGivenUp: { enabled: false } } });
        assert.deepEqual(find(mappingType).inputs.destinationConfig, {
            onFailure: { destinationArn: failureQueueArn },
        });
        assert.equal(value.alarms.recordsGivenUp, undefined);
    });

    it("is told to no queue that its alarm would not see, also where only the deployment shows where it is", async () => {
        await assert.rejects(
            deploy({ failureQueueArn: pulumi.output("arn:aws:sqs:us-west-2:123456789012:failures") }),
            /failureQueueArn: "arn:aws:sqs:us-west-2:123456789012:failures" is not allowed; it must be in us-east-1, where the alarm recordsGivenUp looks\./,
        );
    });

    it("is told to a topic that is given, which tells its subscribers itself", async () => {
        const { value, registered } = await deploy({ failureTopicArn: "arn:aws:sns:us-east-1:123456789012:failures" });
        assert.equal(registered.filter(({ type }) => type === queueType).length, 0);
        assert.deepEqual(Object.keys(value.alarms), [
            "functionBehind",
            "functionSilent",
            "functionFailing",
            "functionThrottled",
        ]);
    });
});

describe("the role of a function", () => {
    const reading = [
        [
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
        ],
        stream,
    ];
    const queueArn = "arn:aws:sqs:us-east-1:123456789012:billing-failures-a1b2c3d";

    for (const [title, role] of [
        ["by its name", "billing"],
        ["by its ARN", "arn:aws:iam::123456789012:role/billing"],
        ["by its ARN with a path", "arn:aws:iam::123456789012:role/team/a/billing"],
    ]) {
        it(`may read the stream and tell what was given up, nothing more: ${title}`, async () => {
            const { find, value } = await deploy({ role });
            const { role: granted, policy } = find(policyType, "billing-read").inputs;
            assert.equal(granted, "billing");
            assert.deepEqual(statements(policy), [reading, ["sqs:SendMessage", queueArn]]);
            assert.ok(iam.RolePolicy.isInstance(value.rolePolicy));
            assert.equal(policy, await valueOf(value.readPolicy));
        });
    }

    it("may subscribe as the registered consumer, and publish to a topic", async () => {
        const failureTopicArn = "arn:aws:sns:us-east-1:123456789012:failures";
        const { value, registered } = await deploy({ consumer: `${stream}/consumer/billing:17`, failureTopicArn });
        assert.deepEqual(statements(await valueOf(value.readPolicy)), [
            reading,
            ["kinesis:SubscribeToShard", `${stream}/consumer/billing:*`],
            ["sns:Publish", failureTopicArn],
        ]);
        // Without a role the policy is an output, for whoever makes the role.
        assert.equal(registered.filter(({ type }) => type === policyType).length, 0);
        assert.equal(value.rolePolicy, undefined);
    });
});

describe("the alarms of a function", () => {
    it("have the names of stream and function, and an owner", async () => {
        const { value } = await deploy({ function: "arn:aws:lambda:us-east-1:123456789012:function:billing:live" });
        const names = await valueOf(value.alarmNames);
        const owner = names[0]!.slice(-8);
        assert.match(owner, /^[0-9a-f]{8}$/);
        assert.deepEqual(
            names,
            ["Behind", "Silent", "Failing", "Throttled", "GivenUp"].map(
                (word) => `orders-Function/billing/${word}-${owner}`,
            ),
        );
        assert.ok(lambda.EventSourceMapping.isInstance(value.eventSourceMapping));
    });

    it("are set, or off", async () => {
        const { value, find } = await deploy({
            alarms: {
                functionFailing: { threshold: 5, periodSeconds: 60 },
                functionSilent: { enabled: false },
                recordsGivenUp: { enabled: false },
            },
        });
        assert.deepEqual(Object.keys(value.alarms), ["functionBehind", "functionFailing", "functionThrottled"]);
        const { threshold, alarmDescription } = find(alarmType, "billing-Failing").inputs;
        assert.equal(threshold, 5);
        assert.match(
            alarmDescription as string,
            /more than 5 times in 60 seconds, in 3 of the last 48 periods of 60 seconds: each/,
        );
    });

    it("are not about silence while the function is paused, which somebody wants", async () => {
        const { value } = await deploy({ enabled: false });
        assert.deepEqual(Object.keys(value.alarms), [
            "functionBehind",
            "functionFailing",
            "functionThrottled",
            "recordsGivenUp",
        ]);
        assert.deepEqual(Object.keys((await deploy({ enabled: true })).value.alarms), functionAlarmNames);
    });

    type Failing = [title: string, args: Partial<StreamConsumerFunctionArgs>, window: number[], says: string];
    const failing: Failing[] = [
        ["a timeout below a period", { functionTimeoutSeconds: 240 }, [300, 3, 3], "for 15 minutes now"],
        ["one above", { functionTimeoutSeconds: 241 }, [300, 4, 3], "in 3 of the last 4 periods of 5 minutes"],
        ["the longest", { functionTimeoutSeconds: 900 }, [300, 10, 3], "in 3 of the last 10 periods of 5 minutes"],
        ["one that nobody told, which may be that", {}, [300, 10, 3], "in 3 of the last 10 periods of 5 minutes"],
        [
            "periods that are set",
            { functionTimeoutSeconds: 30, alarms: { functionFailing: { periodSeconds: 60 } } },
            [60, 5, 3],
            "in 3 of the last 5 periods of 60 seconds",
        ],
        [
            "a window that is set",
            { alarms: { functionFailing: { evaluationPeriods: 6 } } },
            [300, 6, 6],
            "for 30 minutes now",
        ],
        [
            "data points that are set",
            { alarms: { functionFailing: { datapointsToAlarm: 2 } } },
            [300, 10, 2],
            "in 2 of the last 10 periods of 5 minutes",
        ],
    ];
    for (const [title, args, window, says] of failing) {
        it(`look back so far that a function that hangs fails often enough: ${title}`, async () => {
            const { inputs } = (await deploy(args)).find(alarmType, "billing-Failing");
            const [{ metric } = {}] = inputs.metricQueries as { metric?: { period: number } }[];
            assert.deepEqual([metric?.period, inputs.evaluationPeriods, inputs.datapointsToAlarm], window);
            const [, said] = /on records of orders, (.*?): each batch/.exec(inputs.alarmDescription as string)!;
            assert.equal(said, says);
        });
    }

    const behind: [title: string, args: Partial<StreamConsumerFunctionArgs>, seconds: number][] = [
        ["the age, which ends before the retention", {}, 41_400],
        ["an age that is set", { maximumRecordAgeSeconds: 3_600 }, 1_800],
        ["the retention where the age has no end", { maximumRecordAgeSeconds: -1, retentionHours: 48 }, 86_400],
        ["the retention where the age is longer", { maximumRecordAgeSeconds: 604_800 }, 43_200],
    ];
    for (const [title, args, seconds] of behind) {
        it(`speak of half of what loses records first: ${title}`, async () => {
            const { find } = await deploy(args);
            assert.equal(find(alarmType, "billing-Behind").inputs.threshold, seconds * 1_000);
        });
    }
});

describe("malformed arguments of a StreamConsumerFunction", () => {
    it("are told all at once", async () => {
        await assert.rejects(deploy({ stream: "orders", batchSize: 0, parallelizationFactor: 11 }), (error: Error) => {
            assert.match(
                error.message,
                /^StreamConsumerFunction "billing": 3 arguments are malformed\.\nstream: .*\nbatchSize: .*\nparallelizationFactor: /,
            );
            return true;
        });
    });
});
