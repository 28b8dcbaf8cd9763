/**
 * How Kinesis answers, asked by the real SDK client. Nothing here knows the sandbox: KINESIS_TEST_ENDPOINT puts another endpoint under it.
 */
import {
    AddTagsToStreamCommand,
    CreateStreamCommand,
    DeleteStreamCommand,
    DeregisterStreamConsumerCommand,
    DescribeStreamCommand,
    DescribeStreamConsumerCommand,
    DescribeStreamSummaryCommand,
    DisableEnhancedMonitoringCommand,
    EnableEnhancedMonitoringCommand,
    GetRecordsCommand,
    type GetRecordsCommandOutput,
    GetShardIteratorCommand,
    type GetShardIteratorCommandInput,
    IncreaseStreamRetentionPeriodCommand,
    DecreaseStreamRetentionPeriodCommand,
    ListShardsCommand,
    type ListShardsCommandInput,
    ListStreamConsumersCommand,
    ListStreamsCommand,
    ListTagsForResourceCommand,
    ListTagsForStreamCommand,
    MergeShardsCommand,
    PutRecordCommand,
    PutRecordsCommand,
    RegisterStreamConsumerCommand,
    RemoveTagsFromStreamCommand,
    type Shard,
    SplitShardCommand,
    StartStreamEncryptionCommand,
    StopStreamEncryptionCommand,
    type StartingPosition,
    SubscribeToShardCommand,
    type SubscribeToShardEvent,
    TagResourceCommand,
    UntagResourceCommand,
    UpdateMaxRecordSizeCommand,
    UpdateShardCountCommand,
    UpdateStreamModeCommand,
} from "@aws-sdk/client-kinesis";
import * as assert from "node:assert/strict";

import { type Kinesis, openKinesis, refusal, untilStatus } from "./streams";

const account = process.env.KINESIS_TEST_ACCOUNT ?? "123456789012";
const region = process.env.KINESIS_TEST_REGION ?? "us-east-1";
const arnOf = (name: string) => `arn:aws:kinesis:${region}:${account}:stream/${name}`;
const utf8 = (text: string) => Buffer.from(text);
const textOf = (answer: GetRecordsCommandOutput) => answer.Records!.map(({ Data }) => Buffer.from(Data!).toString());

describe("Kinesis", () => {
    let kinesis: Kinesis;
    const names = new Set<string>();
    before(async () => {
        kinesis = await openKinesis();
    });
    after(async () => {
        for (const StreamName of names) {
            // Five a second is what Kinesis takes.
            await kinesis.pass(0.2);
            await kinesis.client
                .send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }))
                .catch((error: Error) => assert.equal(error.name, "ResourceNotFoundException"));
        }
        await kinesis.stop();
    });

    async function stream(StreamName: string, ShardCount = 1): Promise<string> {
        names.add(StreamName);
        await kinesis.client.send(new CreateStreamCommand({ StreamName, ShardCount }));
        await untilStatus(kinesis, StreamName, "ACTIVE");
        return StreamName;
    }

    async function listShards(input: ListShardsCommandInput): Promise<Shard[]> {
        return (await kinesis.client.send(new ListShardsCommand(input))).Shards!;
    }

    async function read(
        StreamName: string,
        input: Pick<GetShardIteratorCommandInput, "ShardIteratorType" | "StartingSequenceNumber" | "Timestamp">,
        ShardId = "shardId-000000000000",
    ): Promise<GetRecordsCommandOutput> {
        await kinesis.pass(1);
        const { ShardIterator } = await kinesis.client.send(
            new GetShardIteratorCommand({ StreamName, ShardId, ...input }),
        );
        return kinesis.client.send(new GetRecordsCommand({ ShardIterator }));
    }

    describe("a stream", () => {
        it("is CREATING, then ACTIVE, and takes no second one of its name", async () => {
            names.add("created");
            await kinesis.client.send(new CreateStreamCommand({ StreamName: "created", ShardCount: 2 }));
            const summary = () => kinesis.client.send(new DescribeStreamSummaryCommand({ StreamName: "created" }));
            assert.equal((await summary()).StreamDescriptionSummary!.StreamStatus, "CREATING");
            await untilStatus(kinesis, "created", "ACTIVE");
            const { StreamCreationTimestamp, ...rest } = (await summary()).StreamDescriptionSummary!;
            assert.ok(StreamCreationTimestamp instanceof Date);
            assert.deepEqual(rest, {
                StreamName: "created",
                StreamARN: arnOf("created"),
                StreamStatus: "ACTIVE",
                StreamModeDetails: { StreamMode: "PROVISIONED" },
                RetentionPeriodHours: 24,
                EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
                EncryptionType: "NONE",
                OpenShardCount: 2,
                ConsumerCount: 0,
                MaxRecordSizeInKiB: 1_024,
            });
            const again = kinesis.client.send(new CreateStreamCommand({ StreamName: "created", ShardCount: 1 }));
            assert.deepEqual(await refusal(again), {
                name: "ResourceInUseException",
                message: `Stream created under account ${account} already exists.`,
            });
        });

        it("is known by its ARN as well as by its name", async () => {
            await stream("by-arn");
            const { StreamDescription } = await kinesis.client.send(
                new DescribeStreamCommand({ StreamARN: arnOf("by-arn") }),
            );
            assert.equal(StreamDescription!.StreamName, "by-arn");
            assert.deepEqual(
                await refusal(kinesis.client.send(new DescribeStreamCommand({ StreamARN: arnOf("none") }))),
                {
                    name: "ResourceNotFoundException",
                    message: `Stream none under account ${account} not found.`,
                },
            );
        });

        it("is gone once it has been deleted, and can be created again", async () => {
            await stream("deleted");
            await kinesis.client.send(new DeleteStreamCommand({ StreamName: "deleted" }));
            await untilStatus(kinesis, "deleted", "GONE");
            await stream("deleted");
        });

        it("with consumers is deleted only when that is enforced", async () => {
            await stream("consumed");
            const StreamARN = arnOf("consumed");
            await kinesis.client.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "reader" }));
            const refused = await refusal(kinesis.client.send(new DeleteStreamCommand({ StreamARN })));
            assert.equal(refused.name, "ResourceInUseException");
            await kinesis.client.send(new DeleteStreamCommand({ StreamARN, EnforceConsumerDeletion: true }));
            await untilStatus(kinesis, "consumed", "GONE");
        });

        it("is listed by name, a page at a time", async () => {
            for (const name of ["page-a", "page-b", "page-c"]) await stream(name);
            const list = (ExclusiveStartStreamName: string) =>
                kinesis.client.send(new ListStreamsCommand({ Limit: 2, ExclusiveStartStreamName }));
            const first = await list("page-");
            assert.deepEqual([first.StreamNames, first.HasMoreStreams], [["page-a", "page-b"], true]);
            const next = await kinesis.client.send(new ListStreamsCommand({ Limit: 100, NextToken: first.NextToken }));
            assert.equal(next.StreamNames![0], "page-c");
            assert.deepEqual(
                next
                    .StreamSummaries!.slice(0, 1)
                    .map(({ StreamName, StreamARN, StreamStatus }) => [StreamName, StreamARN, StreamStatus]),
                [["page-c", arnOf("page-c"), "ACTIVE"]],
            );
        });

        it("takes each of its settings, and is UPDATING meanwhile", async () => {
            const StreamName = await stream("settings");
            const StreamARN = arnOf(StreamName);
            const KeyId = "alias/aws/kinesis";
            const summary = async () =>
                (await kinesis.client.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary!;
            const changes = [
                [
                    () =>
                        kinesis.client.send(
                            new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }),
                        ),
                    { RetentionPeriodHours: 48 },
                ],
                [
                    () =>
                        kinesis.client.send(
                            new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 24 }),
                        ),
                    { RetentionPeriodHours: 24 },
                ],
                [
                    () =>
                        kinesis.client.send(
                            new StartStreamEncryptionCommand({ StreamName, EncryptionType: "KMS", KeyId }),
                        ),
                    { EncryptionType: "KMS", KeyId },
                ],
                [
                    () =>
                        kinesis.client.send(
                            new StopStreamEncryptionCommand({ StreamName, EncryptionType: "KMS", KeyId }),
                        ),
                    { EncryptionType: "NONE", KeyId: undefined },
                ],
                [
                    () => kinesis.client.send(new UpdateMaxRecordSizeCommand({ StreamARN, MaxRecordSizeInKiB: 2_048 })),
                    { MaxRecordSizeInKiB: 2_048 },
                ],
                [
                    () =>
                        kinesis.client.send(
                            new UpdateStreamModeCommand({ StreamARN, StreamModeDetails: { StreamMode: "ON_DEMAND" } }),
                        ),
                    { StreamModeDetails: { StreamMode: "ON_DEMAND" } },
                ],
                [
                    () =>
                        kinesis.client.send(
                            new UpdateStreamModeCommand({
                                StreamARN,
                                StreamModeDetails: { StreamMode: "PROVISIONED" },
                            }),
                        ),
                    { StreamModeDetails: { StreamMode: "PROVISIONED" } },
                ],
            ] as const;
            for (const [apply, expected] of changes) {
                await apply();
                assert.equal((await summary()).StreamStatus, "UPDATING");
                const other = kinesis.client.send(
                    new UpdateShardCountCommand({ StreamName, TargetShardCount: 2, ScalingType: "UNIFORM_SCALING" }),
                );
                assert.deepEqual(await refusal(other), {
                    name: "ResourceInUseException",
                    message: `Stream ${StreamName} under account ${account} not ACTIVE, instead in state UPDATING`,
                });
                await untilStatus(kinesis, StreamName, "ACTIVE");
                const after = await summary();
                const changed = Object.fromEntries(Object.keys(expected).map((key) => [key, after[key as "KeyId"]]));
                assert.deepEqual(changed, expected);
            }
        });

        it("measures its shards one by one when told to", async () => {
            const StreamName = await stream("measured");
            const enabled = await kinesis.client.send(
                new EnableEnhancedMonitoringCommand({
                    StreamName,
                    ShardLevelMetrics: ["IncomingRecords", "IncomingBytes"],
                }),
            );
            assert.deepEqual(
                [enabled.CurrentShardLevelMetrics, [...enabled.DesiredShardLevelMetrics!].sort()],
                [[], ["IncomingBytes", "IncomingRecords"]],
            );
            await untilStatus(kinesis, StreamName, "ACTIVE");
            const disabled = await kinesis.client.send(
                new DisableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ["ALL"] }),
            );
            assert.deepEqual(
                [[...disabled.CurrentShardLevelMetrics!].sort(), disabled.DesiredShardLevelMetrics],
                [["IncomingBytes", "IncomingRecords"], []],
            );
            await untilStatus(kinesis, StreamName, "ACTIVE");
        });

        it("carries tags, by name and as a resource", async () => {
            const StreamName = await stream("tagged");
            const ResourceARN = arnOf(StreamName);
            await kinesis.client.send(
                new AddTagsToStreamCommand({ StreamName, Tags: { team: "orders", env: "test" } }),
            );
            await kinesis.client.send(new TagResourceCommand({ ResourceARN, Tags: { env: "prod", tier: "1" } }));
            const all = [
                { Key: "env", Value: "prod" },
                { Key: "team", Value: "orders" },
                { Key: "tier", Value: "1" },
            ];
            const listed = await kinesis.client.send(new ListTagsForStreamCommand({ StreamName }));
            assert.deepEqual([listed.Tags, listed.HasMoreTags], [all, false]);
            const page = await kinesis.client.send(
                new ListTagsForStreamCommand({ StreamName, Limit: 1, ExclusiveStartTagKey: "env" }),
            );
            assert.deepEqual([page.Tags, page.HasMoreTags], [[all[1]], true]);
            await kinesis.client.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys: ["team"] }));
            await kinesis.client.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["tier"] }));
            assert.deepEqual((await kinesis.client.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags, [
                all[0],
            ]);
        });
    });

    describe("a request that AWS would not look into", () => {
        const rows: [string, object, string][] = [
            [
                "a name with a space, no shard count",
                new CreateStreamCommand({ StreamName: "a b", ShardCount: 0 }),
                "2 validation errors detected: Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; " +
                    "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1",
            ],
            [
                "a name of 129 characters",
                new DescribeStreamCommand({ StreamName: "n".repeat(129) }),
                `1 validation error detected: Value '${"n".repeat(129)}' at 'streamName' failed to satisfy constraint: Member must have length less than or equal to 128`,
            ],
            [
                "501 records",
                new PutRecordsCommand({
                    StreamName: "x",
                    Records: Array.from({ length: 501 }, () => ({ Data: utf8("a"), PartitionKey: "k" })),
                }),
                "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length less than or equal to 500",
            ],
            [
                "no records",
                new PutRecordsCommand({ StreamName: "x", Records: [] }),
                "1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1",
            ],
            [
                "an empty partition key, and one that is missing",
                new PutRecordsCommand({
                    StreamName: "x",
                    Records: [{ Data: utf8("a"), PartitionKey: "" }, { Data: utf8("a") } as never],
                }),
                "2 validation errors detected: Value '' at 'records.1.member.partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
                    "Value null at 'records.2.member.partitionKey' failed to satisfy constraint: Member must not be null",
            ],
            [
                "a scaling type that does not exist",
                new UpdateShardCountCommand({ StreamName: "x", TargetShardCount: 2, ScalingType: "WEIGHTED" as never }),
                "1 validation error detected: Value 'WEIGHTED' at 'scalingType' failed to satisfy constraint: Member must satisfy enum value set: [UNIFORM_SCALING]",
            ],
            [
                "a hash key that is no number",
                new SplitShardCommand({ StreamName: "x", ShardToSplit: "s", NewStartingHashKey: "0x1" }),
                "1 validation error detected: Value '0x1' at 'newStartingHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})",
            ],
        ];
        for (const [what, command, message] of rows) {
            it(`is told every reason: ${what}`, async () => {
                const answer = await refusal(kinesis.client.send(command as DescribeStreamCommand));
                assert.deepEqual(answer, { name: "ValidationException", message });
            });
        }

        it("costs nothing: 10^11 shards are refused by the account's quota", async () => {
            const answer = await refusal(
                kinesis.client.send(new CreateStreamCommand({ StreamName: "huge", ShardCount: 1e11 })),
            );
            assert.equal(answer.name, "LimitExceededException");
            assert.match(
                answer.message,
                /^This request would exceed the shard limit for the account \d+ in us-east-1\. .* Limit: 20000\. Number of additional shards that would have resulted from this request: 100000000000\. /,
            );
        });

        it("names neither a stream nor an ARN", async () => {
            assert.deepEqual(await refusal(kinesis.client.send(new DescribeStreamCommand({}))), {
                name: "InvalidArgumentException",
                message: "Either StreamName or StreamARN must be provided.",
            });
        });
    });

    describe("records", () => {
        it("go to the shard that holds the MD5 of their key, or the hash key that they name", async () => {
            const StreamName = await stream("routed", 2);
            const answer = await kinesis.client.send(
                new PutRecordsCommand({
                    StreamName,
                    Records: [
                        // md5("a") = 0cc1..., md5("b") = 92eb...
                        { Data: utf8("1"), PartitionKey: "a" },
                        { Data: utf8("2"), PartitionKey: "b" },
                        {
                            Data: utf8("3"),
                            PartitionKey: "a",
                            ExplicitHashKey: "170141183460469231731687303715884105728",
                        },
                        {
                            Data: utf8("4"),
                            PartitionKey: "b",
                            ExplicitHashKey: "170141183460469231731687303715884105727",
                        },
                    ],
                }),
            );
            assert.equal(answer.FailedRecordCount, 0);
            assert.deepEqual(
                answer.Records!.map(({ ShardId }) => ShardId),
                ["shardId-000000000000", "shardId-000000000001", "shardId-000000000001", "shardId-000000000000"],
            );
            const beyond = kinesis.client.send(
                new PutRecordCommand({
                    StreamName,
                    Data: utf8("5"),
                    PartitionKey: "a",
                    ExplicitHashKey: String(2n ** 128n),
                }),
            );
            assert.deepEqual(await refusal(beyond), {
                name: "InvalidArgumentException",
                message: `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${2n ** 128n}`,
            });
        });

        it("come back as they went in, in order, from every kind of start", async () => {
            const StreamName = await stream("read");
            const put = async (text: string) => {
                await kinesis.pass(1);
                const input = { StreamName, Data: utf8(text), PartitionKey: "ключ 🔑" };
                return (await kinesis.client.send(new PutRecordCommand(input))).SequenceNumber!;
            };
            await put("one");
            const two = await put("two");
            await put("three");
            const all = await read(StreamName, { ShardIteratorType: "TRIM_HORIZON" });
            assert.deepEqual([textOf(all), all.MillisBehindLatest], [["one", "two", "three"], 0]);
            const { ApproximateArrivalTimestamp, ...second } = all.Records![1]!;
            assert.deepEqual(
                { ...second, Data: Buffer.from(second.Data!).toString() },
                { SequenceNumber: two, Data: "two", PartitionKey: "ключ 🔑" },
            );
            const starts = [
                [{ ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber: two }, ["two", "three"]],
                [{ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: two }, ["three"]],
                [{ ShardIteratorType: "AT_TIMESTAMP", Timestamp: ApproximateArrivalTimestamp }, ["two", "three"]],
                [{ ShardIteratorType: "LATEST" }, []],
            ] as const;
            for (const [start, expected] of starts) assert.deepEqual(textOf(await read(StreamName, start)), expected);
        });

        it("are read on from where a reader stopped, and LATEST sees what came after it", async () => {
            const StreamName = await stream("followed");
            const put = (text: string) =>
                kinesis.client.send(new PutRecordCommand({ StreamName, Data: utf8(text), PartitionKey: "k" }));
            await put("before");
            const latest = await kinesis.client.send(
                new GetShardIteratorCommand({
                    StreamName,
                    ShardId: "shardId-000000000000",
                    ShardIteratorType: "LATEST",
                }),
            );
            await put("one");
            await put("two");
            await kinesis.pass(1);
            const first = await kinesis.client.send(
                new GetRecordsCommand({ ShardIterator: latest.ShardIterator, Limit: 1 }),
            );
            assert.deepEqual(textOf(first), ["one"]);
            assert.ok(first.MillisBehindLatest! > 0);
            const second = await kinesis.client.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator }));
            assert.deepEqual(textOf(second), ["two"]);
        });

        it("that are asked for wrongly are refused with the reason", async () => {
            const StreamName = await stream("asked-wrongly");
            const iterator = (input: Partial<GetShardIteratorCommandInput>) =>
                refusal(
                    kinesis.client.send(
                        new GetShardIteratorCommand({
                            StreamName,
                            ShardId: "shardId-000000000000",
                            ShardIteratorType: "LATEST",
                            ...input,
                        }),
                    ),
                );
            assert.deepEqual(await iterator({ ShardId: "shardId-000000000007" }), {
                name: "ResourceNotFoundException",
                message: `Shard shardId-000000000007 in stream ${StreamName} under account ${account} does not exist`,
            });
            assert.deepEqual(await refusal(kinesis.client.send(new GetRecordsCommand({ ShardIterator: "nonsense" }))), {
                name: "InvalidArgumentException",
                message: "Invalid ShardIterator.",
            });
        });
    });

    describe("shards", () => {
        it("are cut as Kinesis cuts them: three", async () => {
            await stream("three", 3);
            assert.deepEqual(
                (await listShards({ StreamName: "three" })).map(({ ShardId, HashKeyRange }) => [ShardId, HashKeyRange]),
                [
                    [
                        "shardId-000000000000",
                        { StartingHashKey: "0", EndingHashKey: "113427455640312821154458202477256070484" },
                    ],
                    [
                        "shardId-000000000001",
                        {
                            StartingHashKey: "113427455640312821154458202477256070485",
                            EndingHashKey: "226854911280625642308916404954512140969",
                        },
                    ],
                    [
                        "shardId-000000000002",
                        {
                            StartingHashKey: "226854911280625642308916404954512140970",
                            EndingHashKey: "340282366920938463463374607431768211455",
                        },
                    ],
                ],
            );
        });

        it("are split at a hash key and merged again, and know their parents", async () => {
            const StreamName = await stream("lineage");
            await kinesis.client.send(new PutRecordCommand({ StreamName, Data: utf8("before"), PartitionKey: "a" }));
            const half = String(2n ** 127n);
            await kinesis.client.send(
                new SplitShardCommand({ StreamName, ShardToSplit: "shardId-000000000000", NewStartingHashKey: half }),
            );
            await untilStatus(kinesis, StreamName, "ACTIVE");
            await kinesis.client.send(
                new MergeShardsCommand({
                    StreamName,
                    ShardToMerge: "shardId-000000000001",
                    AdjacentShardToMerge: "shardId-000000000002",
                }),
            );
            await untilStatus(kinesis, StreamName, "ACTIVE");
            const shards = await listShards({ StreamName });
            assert.deepEqual(
                shards.map((shard) => [
                    shard.ShardId!.slice(-1),
                    shard.ParentShardId?.slice(-1),
                    shard.AdjacentParentShardId?.slice(-1),
                    shard.HashKeyRange!.StartingHashKey,
                    shard.SequenceNumberRange!.EndingSequenceNumber === undefined,
                ]),
                [
                    ["0", undefined, undefined, "0", false],
                    ["1", "0", undefined, "0", false],
                    ["2", "0", undefined, half, false],
                    ["3", "1", "2", "0", true],
                ],
            );
            const old = await read(StreamName, { ShardIteratorType: "TRIM_HORIZON" });
            assert.deepEqual(
                [
                    textOf(old),
                    old.NextShardIterator,
                    old.ChildShards!.map(({ ShardId, ParentShards }) => [ShardId, ParentShards]),
                ],
                [
                    ["before"],
                    undefined,
                    [
                        ["shardId-000000000001", ["shardId-000000000000"]],
                        ["shardId-000000000002", ["shardId-000000000000"]],
                    ],
                ],
            );
            const ids = async (input: Omit<ListShardsCommandInput, "StreamName">) =>
                (await listShards({ StreamName, ...input })).map(({ ShardId }) => ShardId!.slice(-1)).join("");
            assert.deepEqual(
                [
                    await ids({ ShardFilter: { Type: "AT_LATEST" } }),
                    await ids({ ShardFilter: { Type: "AT_TRIM_HORIZON" } }),
                    await ids({ ShardFilter: { Type: "FROM_TRIM_HORIZON" } }),
                    await ids({ ShardFilter: { Type: "AFTER_SHARD_ID", ShardId: "shardId-000000000001" } }),
                    await ids({ ExclusiveStartShardId: "shardId-000000000002" }),
                ],
                ["3", "0", "0123", "23", "3"],
            );
        });

        it("that cannot be split or merged are refused with the reason", async () => {
            const StreamName = await stream("refused", 3);
            const of = `in stream ${StreamName} under account ${account}`;
            const split = (ShardToSplit: string, NewStartingHashKey: string) =>
                refusal(kinesis.client.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey })));
            assert.deepEqual(await split("shardId-000000000009", "5"), {
                name: "ResourceNotFoundException",
                message: `Could not find shard shardId-000000000009 ${of}.`,
            });
            const end = "113427455640312821154458202477256070484";
            for (const at of ["0", "1", end]) {
                assert.deepEqual(await split("shardId-000000000000", at), {
                    name: "InvalidArgumentException",
                    message:
                        `NewStartingHashKey ${at} used in SplitShard() on shard shardId-000000000000 ${of} is not both greater than one plus ` +
                        `the shard's StartingHashKey 0 and less than the shard's EndingHashKey ${end}.`,
                });
            }
            await kinesis.pass(1);
            const merge = new MergeShardsCommand({
                StreamName,
                ShardToMerge: "shardId-000000000000",
                AdjacentShardToMerge: "shardId-000000000002",
            });
            assert.deepEqual(await refusal(kinesis.client.send(merge)), {
                name: "InvalidArgumentException",
                message: `Shards shardId-000000000000 and shardId-000000000002 ${of} are not an adjacent pair of shards eligible for merging`,
            });
        });

        it("are listed a page at a time", async () => {
            const StreamName = await stream("paged", 5);
            const first = await kinesis.client.send(new ListShardsCommand({ StreamName, MaxResults: 3 }));
            const rest = await kinesis.client.send(
                new ListShardsCommand({ NextToken: first.NextToken, MaxResults: 3 }),
            );
            assert.deepEqual(
                [first, rest].map(({ Shards, NextToken }) => [Shards!.length, NextToken === undefined]),
                [
                    [3, false],
                    [2, true],
                ],
            );
            const beside = {
                StreamName,
                StreamARN: arnOf(StreamName),
                ExclusiveStartShardId: "shardId-000000000000",
                StreamCreationTimestamp: new Date(),
            };
            for (const [member, value] of Object.entries(beside)) {
                const both = new ListShardsCommand({ NextToken: first.NextToken, [member]: value });
                assert.deepEqual(await refusal(kinesis.client.send(both)), {
                    name: "InvalidArgumentException",
                    message: `NextToken and ${member} cannot be provided together.`,
                });
            }
            const described = await kinesis.client.send(
                new DescribeStreamCommand({ StreamName, Limit: 4, ExclusiveStartShardId: "shardId-000000000000" }),
            );
            assert.deepEqual(
                [described.StreamDescription!.Shards!.length, described.StreamDescription!.HasMoreShards],
                [4, false],
            );
        });

        it("are counted up and down, never above twice nor below half", async () => {
            const StreamName = await stream("counted", 3);
            const update = (TargetShardCount: number) =>
                kinesis.client.send(
                    new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: "UNIFORM_SCALING" }),
                );
            const rows = [
                [
                    7,
                    "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 3 Target shard count: 7",
                ],
                [
                    1,
                    "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: 3 Target shard count: 1",
                ],
                [
                    10_001,
                    "Target shard count or number of open shards cannot be greater than 10000. Current open shard count: 3 Target shard count: 10001",
                ],
            ] as const;
            for (const [target, message] of rows)
                assert.deepEqual(await refusal(update(target)), { name: "LimitExceededException", message });

            let from = 3;
            for (const target of [6, 5, 3, 2]) {
                const answer = await update(target);
                assert.deepEqual(
                    [answer.StreamName, answer.CurrentShardCount, answer.TargetShardCount, answer.StreamARN],
                    [StreamName, from, target, arnOf(StreamName)],
                );
                await untilStatus(kinesis, StreamName, "ACTIVE");
                const open = await listShards({ StreamName, ShardFilter: { Type: "AT_LATEST" } });
                assert.equal(open.length, target);
                from = target;
            }
            const open = await listShards({ StreamName, ShardFilter: { Type: "AT_LATEST" } });
            assert.deepEqual(open.map(({ HashKeyRange }) => HashKeyRange!.StartingHashKey).sort(), [
                "0",
                "170141183460469231731687303715884105728",
            ]);
        });
    });

    describe("a fan-out consumer", () => {
        it("is registered, described, listed and deregistered", async () => {
            const StreamARN = arnOf(await stream("fan-out"));
            const { Consumer } = await kinesis.client.send(
                new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "reader" }),
            );
            assert.equal(Consumer!.ConsumerStatus, "CREATING");
            assert.match(Consumer!.ConsumerARN!, new RegExp(`^${StreamARN}/consumer/reader:\\d+$`));
            await kinesis.pass(2);
            const described = await kinesis.client.send(
                new DescribeStreamConsumerCommand({ StreamARN, ConsumerName: "reader" }),
            );
            assert.deepEqual(described.ConsumerDescription, { ...Consumer, ConsumerStatus: "ACTIVE", StreamARN });
            const listed = await kinesis.client.send(new ListStreamConsumersCommand({ StreamARN }));
            assert.deepEqual(listed.Consumers, [{ ...Consumer, ConsumerStatus: "ACTIVE" }]);
            await kinesis.client.send(new DeregisterStreamConsumerCommand({ ConsumerARN: Consumer!.ConsumerARN }));
            await kinesis.pass(2);
            const gone = kinesis.client.send(new DescribeStreamConsumerCommand({ ConsumerARN: Consumer!.ConsumerARN }));
            assert.equal((await refusal(gone)).name, "ResourceNotFoundException");
        });

        it("is pushed what is there and what comes", async () => {
            const StreamName = await stream("pushed");
            const StreamARN = arnOf(StreamName);
            const put = (text: string) =>
                kinesis.client.send(new PutRecordCommand({ StreamName, Data: utf8(text), PartitionKey: "k" }));
            const { Consumer } = await kinesis.client.send(
                new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "pushed" }),
            );
            await kinesis.pass(2);
            await put("before");
            const { EventStream } = await kinesis.client.send(
                new SubscribeToShardCommand({
                    ConsumerARN: Consumer!.ConsumerARN,
                    ShardId: "shardId-000000000000",
                    StartingPosition: { Type: "TRIM_HORIZON" },
                }),
            );
            const seen: string[] = [];
            for await (const { SubscribeToShardEvent: event } of EventStream!) {
                for (const { Data } of event?.Records ?? []) seen.push(Buffer.from(Data!).toString());
                if (seen.length === 2) break;
                if (seen.length === 1) await put("after");
                await kinesis.pass(1);
            }
            assert.deepEqual(seen, ["before", "after"]);
        });

        it("is told in every event where to go on, without records too, and at the end of a shard by whom", async () => {
            const StreamName = await stream("told");
            const StreamARN = arnOf(StreamName);
            const ShardId = "shardId-000000000000";
            const { Consumer } = await kinesis.client.send(
                new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "told" }),
            );
            await kinesis.pass(2);
            const subscribe = async (StartingPosition: StartingPosition) => {
                await kinesis.pass(5);
                const asked = { ConsumerARN: Consumer!.ConsumerARN, ShardId, StartingPosition };
                const { EventStream } = await kinesis.client.send(new SubscribeToShardCommand(asked));
                for await (const { SubscribeToShardEvent: event } of EventStream!) if (event) return event;
                throw new Error("no event");
            };
            const idle = await subscribe({ Type: "TRIM_HORIZON" });
            assert.deepEqual(idle.Records, []);
            const put = new PutRecordCommand({ StreamName, Data: utf8("first"), PartitionKey: "k" });
            const { SequenceNumber } = await kinesis.client.send(put);
            const after = (event: SubscribeToShardEvent): Promise<SubscribeToShardEvent> =>
                subscribe({ Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber: event.ContinuationSequenceNumber });
            const one = await after(idle);
            assert.deepEqual(
                [one.Records!.map((record) => record.SequenceNumber), one.ContinuationSequenceNumber],
                [[SequenceNumber], SequenceNumber],
            );
            const half = (2n ** 127n).toString();
            await kinesis.client.send(
                new SplitShardCommand({ StreamName, ShardToSplit: ShardId, NewStartingHashKey: half }),
            );
            await untilStatus(kinesis, StreamName, "ACTIVE");
            const { Records, ContinuationSequenceNumber, ChildShards } = await after(one);
            assert.deepEqual(
                [Records, ContinuationSequenceNumber, ChildShards!.map((child) => child.ShardId)],
                [[], undefined, ["shardId-000000000001", "shardId-000000000002"]],
            );
        });
    });
});
