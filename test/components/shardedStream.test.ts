/** ShardedStream: the resources that each set of arguments deploys. */
import * as assert from "node:assert/strict";
import { Provider } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream, type ShardedStreamArgs } from "../../index";
import { awsMocks } from "../../testing";
import { type Registration, type Run, run, type RunOptions, unknown, valueOf } from "./mocks";

const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: 4 };
const token = "sharded-stream:index:ShardedStream";
const streamType = "aws:kinesis/stream:Stream";
const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders-a1b2c3d";
const topicArn = "arn:aws:sns:us-east-1:123456789012:orders-alarms-a1b2c3d";

/** Deploys "orders" with these arguments; the same arguments are deployed once for all tests. */
function deploy(args: ShardedStreamArgs, options?: RunOptions): Promise<Run<ShardedStream>> {
    if (options !== undefined) return run(() => new ShardedStream("orders", args), options);
    const deployed = deployments.get(args) ?? run(() => new ShardedStream("orders", args));
    deployments.set(args, deployed);
    return deployed;
}

const deployments = new Map<ShardedStreamArgs, Promise<Run<ShardedStream>>>();
const bare: ShardedStreamArgs = { requirements };
const scaled: ShardedStreamArgs = { requirements, scaling: {} };

const names = (registered: readonly Registration[]) =>
    registered.map(({ type, name, parent }) => `${type} ${name} < ${parent}`).sort();

describe("a ShardedStream with requirements only", () => {
    it("deploys a stream of the recommended count, a topic, six alarms and a dashboard, and nothing else", async () => {
        const { registered } = await deploy(bare);
        assert.deepEqual(
            names(registered),
            [
                `${token} orders < `,
                `${streamType} orders < ${token} orders`,
                `aws:sns/topic:Topic orders-alarms < ${token} orders`,
                `aws:sns/topicPolicy:TopicPolicy orders-alarms < ${token} orders`,
                `sharded-stream:index:StreamAlarms orders < ${token} orders`,
                `${alarmType} orders-HighIncomingRecords < sharded-stream:index:StreamAlarms orders`,
                `${alarmType} orders-WriteThrottling < sharded-stream:index:StreamAlarms orders`,
                `${alarmType} orders-ReadThrottling < sharded-stream:index:StreamAlarms orders`,
                `${alarmType} orders-IteratorAge < sharded-stream:index:StreamAlarms orders`,
                `${alarmType} orders-Unread < sharded-stream:index:StreamAlarms orders`,
                `aws:cloudwatch/compositeAlarm:CompositeAlarm orders-ConsumerSilent < sharded-stream:index:StreamAlarms orders`,
                `${alarmType} orders-WriteUtilization < sharded-stream:index:StreamAlarms orders`,
                `sharded-stream:index:StreamDashboard orders < ${token} orders`,
                `aws:cloudwatch/dashboard:Dashboard orders < sharded-stream:index:StreamDashboard orders`,
            ].sort(),
        );
    });

    it("tells the provider exactly this", async () => {
        const { find } = await deploy(bare);
        assert.deepEqual(find(token).inputs, { requirements });
        assert.deepEqual(find(streamType).inputs, {
            shardCount: 5,
            streamModeDetails: { streamMode: "PROVISIONED" },
            retentionPeriod: 24,
            maxRecordSizeInKib: 1024,
            encryptionType: "KMS",
            kmsKeyId: "alias/aws/kinesis",
            enforceConsumerDeletion: false,
        });
        assert.deepEqual(find("aws:sns/topic:Topic").inputs, {});
        const { policy, ...topicPolicy } = find("aws:sns/topicPolicy:TopicPolicy").inputs;
        assert.deepEqual(topicPolicy, { arn: topicArn });
        assert.deepEqual(JSON.parse(policy as string), {
            Version: "2012-10-17",
            Statement: [
                {
                    Sid: "PublishAlarms",
                    Effect: "Allow",
                    Principal: { Service: "cloudwatch.amazonaws.com" },
                    Action: "sns:Publish",
                    Resource: topicArn,
                    Condition: {
                        ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:*" },
                        StringEquals: { "aws:SourceAccount": "123456789012" },
                    },
                },
            ],
        });
        assert.deepEqual(find(alarmType, "orders-WriteThrottling").inputs, {
            name: "orders-a1b2c3d-WriteThrottling",
            alarmDescription:
                "orders-a1b2c3d refuses records: shards are full, and a producer that does not retry loses them. Look at sharded-stream hot-shards orders-a1b2c3d: if one shard is hot, spread its keys; if all are full, run sharded-stream scale orders-a1b2c3d out and raise the declared requirements. Runbook: https://github.com/sharded-stream/sharded-stream/blob/main/docs/runbook.md#writethrottling",
            metricQueries: [
                {
                    id: "counted",
                    metric: {
                        namespace: "AWS/Kinesis",
                        metricName: "WriteProvisionedThroughputExceeded",
                        dimensions: { StreamName: "orders-a1b2c3d" },
                        stat: "Sum",
                        unit: "Count",
                        period: 300,
                    },
                    returnData: false,
                },
                {
                    id: "filled",
                    expression: "FILL(counted, 0)",
                    label: "WriteProvisionedThroughputExceeded",
                    returnData: true,
                },
            ],
            evaluationPeriods: 2,
            datapointsToAlarm: 2,
            threshold: 0,
            comparisonOperator: "GreaterThanThreshold",
            treatMissingData: "notBreaching",
            alarmActions: [topicArn],
            okActions: [topicArn],
        });
    });

    it("hands out its names, its planned shards and its policy documents", async () => {
        const { value: orders } = await deploy(bare);
        assert.deepEqual(
            {
                streamName: await valueOf(orders.streamName),
                streamArn: await valueOf(orders.streamArn),
                shardCount: await valueOf(orders.shardCount!),
                topicArn: await valueOf(orders.topicArn),
                dashboardName: await valueOf(orders.dashboardName!),
                scalerFunctionName: orders.scalerFunctionName,
                ledgerTableName: orders.ledgerTableName,
            },
            {
                streamName: "orders-a1b2c3d",
                streamArn,
                shardCount: 5,
                topicArn,
                dashboardName: "Kinesis-orders-a1b2c3d-us-east-1",
                scalerFunctionName: undefined,
                ledgerTableName: undefined,
            },
        );
        assert.deepEqual(JSON.parse(await valueOf(orders.producerPolicy)), {
            Version: "2012-10-17",
            Statement: [
                {
                    Sid: "WriteRecords",
                    Effect: "Allow",
                    Action: [
                        "kinesis:DescribeStreamSummary",
                        "kinesis:ListShards",
                        "kinesis:PutRecord",
                        "kinesis:PutRecords",
                    ],
                    Resource: streamArn,
                },
            ],
        });
        assert.deepEqual(JSON.parse(await valueOf(orders.consumerPolicy)), {
            Version: "2012-10-17",
            Statement: [
                {
                    Sid: "ReadRecords",
                    Effect: "Allow",
                    Action: [
                        "kinesis:DescribeStream",
                        "kinesis:DescribeStreamSummary",
                        "kinesis:GetRecords",
                        "kinesis:GetShardIterator",
                        "kinesis:ListShards",
                    ],
                    Resource: streamArn,
                },
            ],
        });
    });

    it("is known to policies by its type, and has no members but its outputs", async () => {
        const { value: orders } = await deploy(bare);
        assert.equal((ShardedStream as unknown as { __pulumiType: string }).__pulumiType, token);
        const inherited = Object.keys((await run(() => new pulumi.ComponentResource("shop:index:Bare", "bare"))).value);
        assert.deepEqual(
            Object.keys(orders).filter((key) => !inherited.includes(key) && !key.startsWith("__")),
            [
                "streamName",
                "streamArn",
                "shardCount",
                "topicArn",
                "dashboardName",
                "scalerFunctionName",
                "ledgerTableName",
                "producerPolicy",
                "consumerPolicy",
            ],
        );
    });
});

describe("a ShardedStream with everything set", () => {
    const args: ShardedStreamArgs = {
        requirements: { ...requirements, maxRecordKiB: 2048 },
        shardCount: 7,
        streamName: "orders.live",
        retentionHours: 48,
        kmsKeyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
        shardLevelMetrics: ["IncomingBytes", "IncomingRecords"],
        enforceConsumerDeletion: true,
        notifications: {
            emails: ["oncall@example.com", "team@example.com"],
            topicKmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/topic",
        },
        consumers: ["audit", "billing"],
        tags: { team: "orders" },
    };

    it("passes it to the stream", async () => {
        const { find, value: orders } = await deploy(args);
        assert.deepEqual(find(streamType).inputs, {
            name: "orders.live",
            shardCount: 7,
            streamModeDetails: { streamMode: "PROVISIONED" },
            retentionPeriod: 48,
            maxRecordSizeInKib: 2048,
            encryptionType: "KMS",
            kmsKeyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
            shardLevelMetrics: ["IncomingBytes", "IncomingRecords"],
            enforceConsumerDeletion: true,
            tags: { team: "orders" },
        });
        assert.equal(await valueOf(orders.dashboardName!), "Kinesis-orders_live-us-east-1-f56a7e0e");
    });

    it("subscribes each address and registers each consumer", async () => {
        const { registered } = await deploy(args);
        const inputs = (type: string) =>
            registered.filter((one) => one.type === type).map((one) => [one.name, one.inputs]);
        assert.deepEqual(inputs("aws:sns/topicSubscription:TopicSubscription"), [
            ["orders-oncall@example.com", { topic: topicArn, protocol: "email", endpoint: "oncall@example.com" }],
            ["orders-team@example.com", { topic: topicArn, protocol: "email", endpoint: "team@example.com" }],
        ]);
        const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders.live";
        assert.deepEqual(inputs("aws:kinesis/streamConsumer:StreamConsumer"), [
            ["orders-audit", { name: "audit", streamArn: arn, tags: { team: "orders" } }],
            ["orders-billing", { name: "billing", streamArn: arn, tags: { team: "orders" } }],
        ]);
        assert.deepEqual(inputs("aws:sns/topic:Topic"), [
            [
                "orders-alarms",
                { kmsMasterKeyId: "arn:aws:kms:us-east-1:123456789012:key/topic", tags: { team: "orders" } },
            ],
        ]);
    });

    const readers = { writeMiBPerSecond: 3, recordsPerSecond: 100, sharedConsumers: 0, catchUpFactor: 4 };
    const planned: readonly [title: string, requirements: object, consumers: string[], shards: number][] = [
        ["none that is declared, none that is registered", readers, [], 4],
        ["one that is registered and not declared", readers, ["audit"], 8],
        ["one that is declared and not registered", { ...readers, fanOutConsumers: 1 }, [], 8],
        ["one that is declared to come later", { ...readers, fanOutConsumers: pulumi.output(0) }, ["audit"], 8],
    ];
    for (const [title, requirements, consumers, shards] of planned) {
        it(`plans for the reads of fan-out consumers: ${title}`, async () => {
            const args = { requirements, consumers } as unknown as ShardedStreamArgs;
            const { find } = await run(() => new ShardedStream("orders", args));
            assert.equal(find("aws:kinesis/stream:Stream").inputs.shardCount, shards);
        });
    }

    it("tags everything that can carry tags", async () => {
        const { registered } = await deploy({ ...args, scaling: {} });
        const cannot =
            /Dashboard|TopicPolicy|TopicSubscription|RolePolicy|EventInvokeConfig|Permission|Schedule$|Stash|^sharded-stream/;
        for (const { type, name, inputs } of registered) {
            if (cannot.test(type)) continue;
            assert.deepEqual(inputs.tags, { team: "orders" }, `${type} ${name}`);
        }
    });

    it("watches the hottest shard by the metric that the declared load uses more of", async () => {
        const { find } = await deploy(args);
        const { metricQueries, threshold } = find(alarmType, "orders-HotShard").inputs;
        assert.deepEqual(metricQueries, [
            {
                id: "hottest",
                expression:
                    "SELECT SUM(IncomingBytes) FROM SCHEMA(\"AWS/Kinesis\", ShardId, StreamName) WHERE StreamName = 'orders.live' GROUP BY ShardId ORDER BY SUM() DESC",
                label: "IncomingBytes of each shard",
                period: 60,
                returnData: true,
            },
        ]);
        assert.equal(threshold, 50_331_648);
    });

    it("uses a topic that exists already instead of its own", async () => {
        const given = "arn:aws:sns:us-east-1:123456789012:oncall";
        const { registered, value } = await deploy({
            requirements,
            notifications: { topicArn: given },
            dashboard: false,
        });
        assert.deepEqual(
            registered.filter(({ type }) => type.startsWith("aws:sns") || type.includes("ashboard")),
            [],
        );
        assert.equal(await valueOf(value.topicArn), given);
        assert.equal(value.dashboardName, undefined);
        const alarms = registered.filter(({ type }) => type === alarmType);
        assert.deepEqual(new Set(alarms.flatMap(({ inputs }) => inputs.alarmActions ?? [])), new Set([given]));
    });
});

describe("an on-demand ShardedStream", () => {
    it("has neither a shard count nor a utilization alarm, even if a count was given", async () => {
        const { find, registered, value } = await deploy({ requirements, capacityMode: "on-demand", shardCount: 9 });
        assert.deepEqual(find(streamType).inputs, {
            streamModeDetails: { streamMode: "ON_DEMAND" },
            retentionPeriod: 24,
            maxRecordSizeInKib: 1024,
            encryptionType: "KMS",
            kmsKeyId: "alias/aws/kinesis",
            enforceConsumerDeletion: false,
        });
        // The policies see the contradiction.
        assert.equal(find(token).inputs.shardCount, 9);
        assert.equal(value.shardCount, undefined);
        assert.deepEqual(
            registered
                .filter(({ type }) => type === alarmType)
                .map(({ name }) => name)
                .sort(),
            [
                "orders-HighIncomingRecords",
                "orders-IteratorAge",
                "orders-ReadThrottling",
                "orders-Unread",
                "orders-WriteThrottling",
            ],
        );
    });
});

describe("what the alarm on refused records advises where all shards are full", () => {
    const rows: [title: string, args: Partial<ShardedStreamArgs>, advice: string][] = [
        ["the declared requirements, which the shards come from", {}, "raise the declared requirements."],
        ["the declared count, where it stands in their place", { shardCount: 5 }, "raise the declared shardCount."],
        ["the same of one that comes later", { shardCount: pulumi.output(5) }, "raise the declared shardCount."],
        ["what keeps the scaler", { scaling: {} }, "shows its decisions, its maximum and the calls that are left."],
        ["patience, on demand", { capacityMode: "on-demand" }, "AWS opens more by itself, but not for a load"],
        [
            "whoever declares it, while it is held",
            { streamName: "live", hold: true },
            "raise the count where the stream is declared.",
        ],
    ];
    for (const [title, args, advice] of rows) {
        it(title, async () => {
            const { find } = await deploy({ requirements, ...args });
            const { alarmDescription } = find(alarmType, "orders-WriteThrottling").inputs;
            assert.ok((alarmDescription as string).includes(advice), alarmDescription as string);
        });
    }
});

describe("an on-demand ShardedStream with a warm throughput", () => {
    for (const [streamProvider, type, property] of [
        ["aws", streamType, "warmThroughputMibPs"],
        ["aws-native", "aws-native:kinesis:Stream", "warmThroughputMiBps"],
    ] as const) {
        it(`tells it to ${streamProvider} under the name that it has there`, async () => {
            const { find } = await deploy({
                requirements,
                streamProvider,
                capacityMode: "on-demand",
                warmThroughputMiBps: 100,
            });
            assert.equal(find(type).inputs[property], 100);
        });
    }
});

describe("a ShardedStream through aws-native", () => {
    const args: ShardedStreamArgs = {
        requirements,
        streamProvider: "aws-native",
        shardLevelMetrics: ["IncomingBytes"],
        tags: { team: "orders", app: "shop" },
    };

    it("declares the same stream in that provider's words, and everything else through aws", async () => {
        const { find, registered } = await deploy(args);
        assert.deepEqual(find("aws-native:kinesis:Stream").inputs, {
            shardCount: 5,
            streamModeDetails: { streamMode: "PROVISIONED" },
            retentionPeriodHours: 24,
            maxRecordSizeInKiB: 1024,
            streamEncryption: { encryptionType: "KMS", keyId: "alias/aws/kinesis" },
            desiredShardLevelMetrics: ["IncomingBytes"],
            tags: [
                { key: "app", value: "shop" },
                { key: "team", value: "orders" },
            ],
        });
        assert.deepEqual(
            registered.filter(({ type, custom }) => custom && !type.startsWith("aws:")).map(({ type }) => type),
            ["aws-native:kinesis:Stream"],
        );
    });

    it("has no tag that holds nothing, whenever that is known", async () => {
        for (const nothing of [undefined, null, pulumi.output(undefined), pulumi.output(null), pulumi.secret(null)]) {
            const tags = { team: "orders", app: nothing } as unknown as Record<string, string>;
            for (const given of [tags, pulumi.output(tags)]) {
                const { find } = await deploy({ ...args, tags: given });
                const told = find("aws-native:kinesis:Stream").inputs.tags as { value?: unknown };
                assert.deepEqual(told.value ?? told, [{ key: "team", value: "orders" }]);
            }
        }
    });

    it("is refused where the two providers have different regions", async () => {
        const message =
            'ShardedStream "orders": 1 argument is malformed.\n' +
            'streamProvider: "aws-native" is not allowed; it must be used with one region; aws-native has eu-west-1, aws has us-east-1. Run pulumi config set aws-native:region us-east-1, or give both providers the same region.';
        await assert.rejects(deploy(args, { nativeRegion: "eu-west-1" }), (error: Error) => {
            // Later Pulumi SDKs say before it which property they were serializing.
            assert.equal(error.message.slice(-message.length), message);
            return true;
        });
    });
});

describe("a ShardedStream that scales itself", () => {
    it("starts at the planned count and leaves the count to the scaler from then on", async () => {
        const ignored: string[][] = [];
        const see: pulumi.ResourceTransformation = ({ type, opts }) => {
            if (type === streamType) ignored.push((opts as pulumi.CustomResourceOptions).ignoreChanges ?? []);
            return undefined;
        };
        for (const scaling of [undefined, {}])
            await run(() => new ShardedStream("orders", { requirements, scaling }, { transformations: [see] }));

        assert.deepEqual(ignored, [[], ["shardCount"]]);
        const { find, value } = await deploy(scaled);
        assert.equal(find(streamType).inputs.shardCount, 5);
        assert.equal(await valueOf(value.scalerFunctionName!), "orders-a1b2c3d-scaler");
        assert.equal(await valueOf(value.ledgerTableName!), "orders-a1b2c3d-scaler-ledger");
    });

    it("asks AWS nothing: what follows from where the stream is, its ARN says", async () => {
        const asked: string[] = [];
        const mocks = awsMocks();
        const call: pulumi.runtime.Mocks["call"] = (args) => {
            asked.push(args.token);
            return mocks.call(args);
        };
        for (const preview of [false, true])
            await run(() => new ShardedStream("orders", scaled), { preview, mocks: { ...mocks, call } });

        assert.deepEqual(asked, []);
    });

    const ends: [title: string, args: ShardedStreamArgs, expected: number[]][] = [
        ["works between the plan's minimum and twice its recommended count", scaled, [4, 10, 5]],
        ["takes the ends that are declared", { requirements, scaling: { minShards: 2, maxShards: 16 } }, [2, 16, 5]],
        ["starts inside the ends", { requirements, scaling: { minShards: 8 } }, [8, 10, 8]],
    ];
    for (const [title, args, expected] of ends) {
        it(title, async () => {
            const { find } = await deploy(args);
            const { minShards, maxShards, peakShards } = find("sharded-stream:index:StreamAutoscaler").inputs;
            assert.deepEqual([minShards, maxShards, find(streamType).inputs.shardCount], expected);
            assert.equal(peakShards, 3.5);
        });
    }

    it("lets the utilization alarm invoke the scaler, over the shards that it publishes", async () => {
        const { find } = await deploy(scaled);
        const { alarmActions, metricQueries } = find(alarmType, "orders-WriteUtilization").inputs;
        assert.deepEqual(alarmActions, [
            topicArn,
            "arn:aws:lambda:us-east-1:123456789012:function:orders-a1b2c3d-scaler",
        ]);
        const queries = metricQueries as { id: string; expression?: string; metric?: { namespace: string } }[];
        assert.equal(
            queries.find(({ id }) => id === "utilization")?.expression,
            "100 * MAX([bytesUse, recordsUse]) / FILL(shards, REPEAT)",
        );
        assert.equal(queries.find(({ id }) => id === "shards")?.metric?.namespace, "ShardedStream");
        assert.deepEqual(find("sharded-stream:index:StreamAutoscaler").inputs.invokedByAlarms, [
            "orders-a1b2c3d-WriteUtilization",
        ]);
    });

    it("takes all alarms in one argument, the scaler's two as well", async () => {
        const alarms = {
            scalerFailing: { threshold: 2 },
            scalerSilent: { enabled: false },
            hotShard: { threshold: 60 },
        };
        const { find, registered } = await deploy({ ...scaled, alarms });
        const failing = find(alarmType, "orders-scaler-failing").inputs;
        assert.deepEqual([failing.name, failing.threshold], ["orders-a1b2c3d-ScalerFailing", 2]);
        assert.ok(!registered.some(({ name }) => name === "orders-scaler-silent"));
    });

    it("carries the name of a shared ledger as a tag", async () => {
        const { find } = await deploy({ requirements, scaling: { ledgerTable: "ledgers" }, tags: { team: "orders" } });
        assert.deepEqual(find(streamType).inputs.tags, {
            team: "orders",
            "sharded-stream:ledger-table": "ledgers",
        });
    });

    it("lets the scaler tell the stream's own topic, or the one that is given, of its reshards", async () => {
        const given = "arn:aws:sns:us-east-1:123456789012:oncall";
        for (const [notifications, told] of [
            [undefined, topicArn],
            [{ topicArn: given }, given],
        ] as const) {
            const { find } = await deploy({ requirements, scaling: { notify: "all" }, notifications });
            const { variables } = find("aws:lambda/function:Function").inputs.environment as {
                variables: Record<string, string>;
            };
            assert.deepEqual([variables.NOTIFY, variables.TOPIC_ARN], ["all", told]);
        }
    });

    it("gives the scaler the key of an encrypted topic by its ARN", async () => {
        const keyArn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";
        for (const topicKmsKeyId of [keyArn, "1234abcd"]) {
            const { find } = await deploy({ requirements, scaling: {}, notifications: { topicKmsKeyId } });
            assert.equal(find("sharded-stream:index:StreamAutoscaler").inputs.topicKmsKeyArn, keyArn);
        }
    });
});

describe("a ShardedStream's partition keys", () => {
    const rows: readonly [title: string, keys: object, shardCount: number][] = [
        ["that ask for more shards than they may are planned without them", { distinctKeys: 4 }, 5],
        ["that may ask for as many get them", { distinctKeys: 4, keysMayRaiseShards: pulumi.output(30) }, 143],
        [
            "may be measured, each share known at a time of its own",
            { heaviestKeyShares: [0.1, pulumi.output(0.05)] },
            9,
        ],
        ["may be placed", { distinctKeys: pulumi.output(4), explicitHashKeys: pulumi.output(true) }, 5],
    ];
    for (const [title, keys, shardCount] of rows) {
        it(title, async () => {
            const { find } = await deploy({ requirements: { ...requirements, orderedLanes: 1, ...keys } });
            assert.equal(find(streamType).inputs.shardCount, shardCount);
        });
    }

    it("leave the count unknown where a preview does not know one of their shares", async () => {
        const heaviestKeyShares = [0.1, unknown<number>()];
        const { find } = await deploy({ requirements: { ...requirements, heaviestKeyShares } }, { preview: true });
        assert.ok(pulumi.isUnknown(find(streamType).inputs.shardCount));
    });
});

describe("a ShardedStream whose values a preview does not know yet", () => {
    it("has an unknown count and unknown thresholds, and knows the rest", async () => {
        const { find } = await deploy(
            { requirements: { writeMiBPerSecond: unknown(), recordsPerSecond: 2500 } },
            { preview: true },
        );
        const stream = find(streamType).inputs;
        assert.ok(pulumi.isUnknown(stream.shardCount));
        assert.equal(stream.retentionPeriod, 24);
        // The records are known, and not whether the shards accept as many.
        assert.ok(pulumi.isUnknown(find(alarmType, "orders-HighIncomingRecords").inputs.threshold));
        assert.equal(find(alarmType, "orders-WriteThrottling").inputs.threshold, 0);
        assert.ok(pulumi.isUnknown(find(alarmType, "orders-WriteUtilization").inputs.metricQueries));
    });

    it("knows the threshold that the records decide where the count is set", async () => {
        const { find } = await deploy(
            { requirements: { writeMiBPerSecond: unknown(), recordsPerSecond: 2500 }, shardCount: 5 },
            { preview: true },
        );
        assert.equal(find(alarmType, "orders-HighIncomingRecords").inputs.threshold, 750_000);
    });

    it("has an unknown threshold where the records are unknown", async () => {
        const { find } = await deploy(
            { requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: unknown() } },
            { preview: true },
        );
        assert.ok(pulumi.isUnknown(find(alarmType, "orders-HighIncomingRecords").inputs.threshold));
        assert.equal(find(alarmType, "orders-IteratorAge").inputs.threshold, 43_200_000);
    });

    it("takes values that come later as it takes plain ones", async () => {
        const later = {
            requirements: {
                writeMiBPerSecond: pulumi.output(3.5),
                recordsPerSecond: Promise.resolve(2500),
                orderedLanes: pulumi.output(4),
            },
            retentionHours: pulumi.output(24),
        };
        const [plain, promised] = [await deploy(bare), await deploy(later)];
        for (const [type, name] of [
            [streamType, "orders"],
            [alarmType, "orders-HighIncomingRecords"],
            [alarmType, "orders-WriteUtilization"],
            ["aws:cloudwatch/dashboard:Dashboard", "orders"],
        ] as const)
            assert.deepEqual(promised.find(type, name).inputs, plain.find(type, name).inputs);
    });
});

describe("a ShardedStream with malformed arguments", () => {
    const malformed = {
        requirements: { writeMiBPerSecond: -1, recordsPerSecond: 2500, hottestKeyShare: 1.5 },
        retentionHours: 12,
        notifications: { emails: ["oncall"] },
        scaling: { minShards: 9, maxShards: 3 },
    };
    const message =
        'ShardedStream "orders": 5 arguments are malformed.\n' +
        "requirements.writeMiBPerSecond: -1 is not allowed; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.\n" +
        "requirements.hottestKeyShare: 1.5 is not allowed; it must be a number from 0 to 1. Declare a fraction: 0.05 for a key that carries 5 % of the load.\n" +
        "retentionHours: 12 is not allowed; it must be a whole number from 24 to 8,760. Kinesis keeps records for at least a day and at most a year.\n" +
        'notifications.emails[0]: "oncall" is not allowed; it must be an email address. Give an address such as oncall@example.com.\n' +
        "scaling.minShards: 9 is not allowed; it must be at most maxShards, 3. Lower minShards to 3, or raise maxShards to 9.";

    it("fails at once with every problem and its property path, before any child is declared", async () => {
        const error = await deploy(malformed).catch((reason: unknown) => reason);
        assert.ok(pulumi.InputPropertiesError.isInstance(error));
        assert.equal(error.message, message);
        assert.deepEqual(
            error.errors.map(({ propertyPath }) => propertyPath),
            [
                "requirements.writeMiBPerSecond",
                "requirements.hottestKeyShare",
                "retentionHours",
                "notifications.emails[0]",
                "scaling.minShards",
            ],
        );
        assert.equal(
            error.errors[2]?.reason,
            "12 is not allowed; it must be a whole number from 24 to 8,760. Kinesis keeps records for at least a day and at most a year.",
        );
    });

    it("fails with the same words when values are known later", async () => {
        const later = {
            ...malformed,
            requirements: {
                ...malformed.requirements,
                writeMiBPerSecond: pulumi.output(-1),
                hottestKeyShare: pulumi.output(1.5),
            },
            retentionHours: pulumi.output(12),
            notifications: undefined,
            scaling: { minShards: pulumi.output(9), maxShards: Promise.resolve(3) },
        };
        await assert.rejects(deploy(later), {
            message: message
                .replace("5 arguments", "4 arguments")
                .split("\n")
                .filter((line) => !line.startsWith("notifications"))
                .join("\n"),
        });
    });

    it("fails in a preview for what is known, although something else is not", async () => {
        await assert.rejects(
            deploy(
                { requirements: { writeMiBPerSecond: unknown(), recordsPerSecond: pulumi.output(0) } },
                { preview: true },
            ),
            {
                message:
                    'ShardedStream "orders": 1 argument is malformed.\n' +
                    "requirements.recordsPerSecond: 0 is not allowed; it must be a number above 0, at most 100,000,000. Declare the records per second written at peak.",
            },
        );
    });
});

describe("the name of a ShardedStream, out of which Pulumi makes that of its stream", () => {
    const named = (name: string, args: Partial<ShardedStreamArgs> = {}) =>
        run(() => new ShardedStream(name, { requirements, ...args }));

    it("is one that Kinesis accepts", async () => {
        await assert.rejects(named("orders of today"), {
            message:
                'ShardedStream "orders of today": 1 argument is malformed.\n' +
                'streamName: "orders of today" is not allowed; it must be 1 to 120 letters, digits, underscores, dots and hyphens. Give a streamName, or rename the ShardedStream: Pulumi makes the stream\'s name out of that.',
        });
        await named("Orders_of.2-day");
    });

    it("leaves room for the hyphen and the seven digits that Pulumi adds, where it adds them", async () => {
        const long = "o".repeat(121);
        await named("o".repeat(120));
        await assert.rejects(named(long), {
            message:
                `ShardedStream "${long}": 1 argument is malformed.\n` +
                `streamName: "${long}" is not allowed; it must be 1 to 120 letters, digits, underscores, dots and hyphens. Give a streamName, or rename the ShardedStream: Pulumi makes the stream's name out of that.`,
        });
        await named(long, { streamName: "o".repeat(128) });
        await named(long, { streamProvider: "aws-native" });
        pulumi.runtime.setConfig("pulumi:autonaming", '{"mode":"verbatim"}');
        try {
            await named("o".repeat(128));
            await assert.rejects(named("o".repeat(129)), /1 to 128 letters/);
        } finally {
            pulumi.runtime.setAllConfig({});
        }
    });

    it("may be any where the stream has a name of its own, also one that is known later", async () => {
        await named("orders of today", { streamName: "orders" });
        await named("orders of today", { streamName: pulumi.output("orders") });
        await assert.rejects(
            named("orders of today", { streamName: pulumi.output(undefined) }),
            /streamName: "orders of/,
        );
    });
});

describe("what flows to the children of a ShardedStream", () => {
    it("is the provider", async () => {
        const { registered } = await run(() => {
            const provider = new Provider("elsewhere", {});
            return new ShardedStream("orders", { requirements, scaling: {} }, { provider });
        });
        const children = registered.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
        assert.ok(children.length > 10);
        for (const { type, name, provider } of children) assert.match(provider, /::elsewhere::/, `${type} ${name}`);
    });

    it("is protection, and transformations", async () => {
        const seen = new Map<string, unknown>();
        const see: pulumi.ResourceTransformation = ({ type, name, resource }) => {
            seen.set(`${type} ${name}`, resource);
            return undefined;
        };
        const { registered } = await run(
            () => new ShardedStream("orders", { requirements }, { protect: true, transformations: [see] }),
        );
        assert.deepEqual([...seen.keys()].sort(), registered.map(({ type, name }) => `${type} ${name}`).sort());
        for (const [name, resource] of seen) assert.equal((resource as { __protect?: boolean }).__protect, true, name);
    });

    it("is the region and the partition, from the stream's own ARN", async () => {
        const { find } = await deploy({ requirements }, { region: "cn-north-1", partition: "aws-cn" });
        const policy = find("aws:sns/topicPolicy:TopicPolicy").inputs.policy as string;
        assert.match(policy, /arn:aws-cn:cloudwatch:cn-north-1:123456789012:alarm:\*/);
        const body = JSON.parse(find("aws:cloudwatch/dashboard:Dashboard").inputs.dashboardBody as string) as {
            widgets: { type: string; properties: { region?: string } }[];
        };
        const regions = body.widgets.filter(({ type }) => type === "metric").map(({ properties }) => properties.region);
        assert.deepEqual(new Set(regions), new Set(["cn-north-1"]));
    });

    it("is a name that AWS takes, where the component is called like a stream with dots or with 100 characters", async () => {
        for (const name of ["com.example.orders", `${"s".repeat(99)}.`]) {
            const { registered } = await run(() => new ShardedStream(name, { requirements, scaling: {} }));
            // Pulumi names these after the child, and adds eight characters.
            const rows: [type: string, legal: RegExp][] = [
                ["aws:sns/topic:Topic", /^[\w-]{1,248}$/],
                ["aws:lambda/permission:Permission", /^[\w-]{1,92}$/],
                ["aws:iam/rolePolicy:RolePolicy", /^[\w+=,.@-]{1,120}$/],
            ];
            for (const [type, legal] of rows) {
                const named = registered.filter((one) => one.type === type);
                assert.ok(named.length > 0);
                for (const child of named) assert.match(child.name, legal);
            }
        }
    });

    it("fits into the 64 characters of roles and functions where the name has 50", async () => {
        const name = "a-stream-with-a-name-of-exactly-fifty-characters--";
        assert.equal(name.length, 50);
        const { registered } = await run(
            () => new ShardedStream(name, { requirements, streamName: name, scaling: {} }),
        );
        const limited = registered.filter(({ type }) => /role:Role|function:Function|schedule:Schedule/.test(type));
        assert.equal(limited.length, 4);
        for (const { type, inputs } of limited)
            assert.ok((inputs.name as string).length <= 64, `${type} ${String(inputs.name)}`);
    });
});
