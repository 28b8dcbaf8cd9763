/**
 * The limits of the local Kinesis, on a clock that the test moves: one below, on, and one above.
 */
import { CreateStreamCommand, PutRecordCommand, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import * as assert from "node:assert/strict";

import { explicitHashKeys } from "../../../capacity/keys/hashRing";
import { limits } from "../../../capacity/limits";
import { atOnce, type LocalKinesis, refusal, startKinesis } from "./streams";

const account = "123456789012";
const base64 = (bytes: number) => Buffer.alloc(bytes).toString("base64");
const mib = limits.bytesPerMiB;
const dayMs = 24 * 3_600_000;

describe("the limits of Kinesis", () => {
    let kinesis: LocalKinesis;
    beforeEach(async () => {
        kinesis = await startKinesis({ durations: atOnce });
    });
    afterEach(() => kinesis.stop());

    const create = (ShardCount: number) => kinesis.call("CreateStream", { StreamName: "orders", ShardCount });
    const put = (records: { Data: string; PartitionKey: string; ExplicitHashKey?: string }[]) =>
        kinesis.call("PutRecords", { StreamName: "orders", Records: records });
    const rateExceeded = (shard: number) => ({
        ErrorCode: "ProvisionedThroughputExceededException",
        ErrorMessage: `Rate exceeded for shard shardId-00000000000${shard} in stream orders under account ${account}.`,
    });

    describe("a shard", () => {
        it("takes 1,000 records a second and refuses the next one, in AWS's sentence", () => {
            create(1);
            const records = Array.from({ length: 500 }, () => ({ Data: base64(1), PartitionKey: "k" }));
            assert.equal(put(records).FailedRecordCount, 0);
            assert.equal(put(records.slice(0, 499)).FailedRecordCount, 0);
            const last = put(records.slice(0, 2));
            assert.deepEqual([last.FailedRecordCount, last.Records[1]], [1, rateExceeded(0)]);
            assert.equal(typeof last.Records[0].SequenceNumber, "string");
        });

        const byteRows: [string, number, number][] = [
            ["one byte below 1 MiB", mib - 1, 0],
            ["1 MiB", mib, 0],
            ["one byte above 1 MiB", mib + 1, 1],
        ];
        for (const [title, bytes, refused] of byteRows) {
            it(`takes 1 MiB a second, the keys' bytes included: ${title}`, () => {
                create(1);
                const half = bytes >> 1;
                // The key is two bytes long in UTF-8.
                const answer = put([half, bytes - half].map((size) => ({ Data: base64(size - 2), PartitionKey: "é" })));
                assert.equal(answer.FailedRecordCount, refused);
            });
        }

        it("takes again a second later, no sooner", async () => {
            create(1);
            const full = { Data: base64(mib - 1), PartitionKey: "k" };
            assert.equal(put([full]).FailedRecordCount, 0);
            await kinesis.clock.advance(999);
            assert.equal(put([{ Data: base64(1), PartitionKey: "k" }]).FailedRecordCount, 1);
            await kinesis.clock.advance(1);
            assert.equal(put([full]).FailedRecordCount, 0);
        });

        it("is full alone: the records of a call that go to other shards are taken", () => {
            create(2);
            const [first, second] = explicitHashKeys(2);
            const of = (key: string | undefined) => ({ Data: base64(1), PartitionKey: "k", ExplicitHashKey: key! });
            put(Array.from({ length: 500 }, () => of(first)));
            put(Array.from({ length: 500 }, () => of(first)));
            const answer = put([of(first), of(second), of(first)]);
            assert.deepEqual(
                [answer.FailedRecordCount, answer.Records[0], answer.Records[2]],
                [2, rateExceeded(0), rateExceeded(0)],
            );
            assert.equal(answer.Records[1].ShardId, "shardId-000000000001");
        });

        it("takes a record of 10 MiB when it is rested, and pays for it over ten seconds", async () => {
            create(1);
            kinesis.call("UpdateMaxRecordSize", { StreamName: "orders", MaxRecordSizeInKiB: limits.recordKiBMax });
            assert.equal(put([{ Data: base64(10 * mib - 1), PartitionKey: "k" }]).FailedRecordCount, 0);
            const small = { Data: base64(1), PartitionKey: "k" };
            await kinesis.clock.advance(9_000);
            assert.equal(put([small]).FailedRecordCount, 1);
            await kinesis.clock.advance(1_000);
            assert.equal(put([small]).FailedRecordCount, 0);
        });

        it("takes a burst of so many seconds as it is set to", async () => {
            const deep = await startKinesis({ durations: atOnce, burstSeconds: 3 });
            deep.call("CreateStream", { StreamName: "orders", ShardCount: 1 });
            const records = Array.from({ length: 500 }, () => ({ Data: base64(1), PartitionKey: "k" }));
            const refused = Array.from(
                { length: 8 },
                () => deep.call("PutRecords", { StreamName: "orders", Records: records }).FailedRecordCount,
            );
            await deep.stop();
            assert.deepEqual(refused, [0, 0, 0, 0, 0, 0, 500, 500]);
        });

        it("counts each record as many where one stands for many, in limits and metrics", async () => {
            const weighted = await startKinesis({ durations: atOnce, recordWeight: 100 });
            weighted.call("CreateStream", { StreamName: "orders", ShardCount: 1 });
            const records = Array.from({ length: 11 }, () => ({ Data: base64(9), PartitionKey: "k" }));
            const answer = weighted.call("PutRecords", { StreamName: "orders", Records: records });
            await weighted.stop();
            assert.equal(answer.FailedRecordCount, 1);
            const sums = Object.fromEntries(weighted.metrics.map(({ metricName, value }) => [metricName, value]));
            assert.deepEqual(
                [sums.IncomingRecords, sums.IncomingBytes, sums.WriteProvisionedThroughputExceeded],
                [1_000, 10_000, 100],
            );
        });

        it("answers five GetRecords a second", async () => {
            create(1);
            const { ShardIterator } = kinesis.call("GetShardIterator", {
                StreamName: "orders",
                ShardId: "shardId-000000000000",
                ShardIteratorType: "LATEST",
            });
            for (let call = 0; call < 5; call++) kinesis.call("GetRecords", { ShardIterator });
            assert.deepEqual(await refusal(() => kinesis.call("GetRecords", { ShardIterator })), {
                name: "ProvisionedThroughputExceededException",
                message: rateExceeded(0).ErrorMessage,
            });
            await kinesis.clock.advance(1_000);
            kinesis.call("GetRecords", { ShardIterator });
        });

        it("is read at 2 MiB a second: who took 10 MiB waits five seconds", async () => {
            create(1);
            for (let second = 0; second < 12; second++) {
                put([{ Data: base64(mib - 1), PartitionKey: "k" }]);
                await kinesis.clock.advance(1_000);
            }
            const { ShardIterator } = kinesis.call("GetShardIterator", {
                StreamName: "orders",
                ShardId: "shardId-000000000000",
                ShardIteratorType: "TRIM_HORIZON",
            });
            const first = kinesis.call("GetRecords", { ShardIterator });
            assert.deepEqual([first.Records.length, first.MillisBehindLatest], [10, 3_000]);
            const rest = () => kinesis.call("GetRecords", { ShardIterator: first.NextShardIterator });
            await kinesis.clock.advance(4_000);
            assert.equal((await refusal(rest)).name, "ProvisionedThroughputExceededException");
            await kinesis.clock.advance(1_000);
            assert.equal(rest().Records.length, 2);
        });
    });

    describe("a stream of N shards takes N MiB/s and 1,000 N records/s and refuses the rest per record", () => {
        const rows: [string, number, number, (shards: number) => number][] = [
            ["3 shards, bound by records", 3, 100, (shards) => shards * 1_000 * 100],
            ["4 shards, bound by bytes", 4, 4_096, (shards) => shards * mib],
            ["7 shards, bound by bytes just below the record limit", 7, 1_100, (shards) => shards * mib],
        ];
        for (const [title, shards, bytesPerRecord, bytesPerSecond] of rows) {
            it(title, async () => {
                create(shards);
                const keys = explicitHashKeys(shards);
                const Data = base64(bytesPerRecord - 8);
                const seconds = 20;
                // No whole number, so that no call comes just as a second begins.
                const callsPerSecond = 13.7;
                const offered = (1.5 * bytesPerSecond(shards)) / bytesPerRecord;
                let [sent, accepted, refused] = [0, 0, 0];
                for (let call = 1; call <= Math.round(seconds * callsPerSecond); call++) {
                    const until = Math.round((offered / callsPerSecond) * call);
                    while (sent < until) {
                        const count = Math.min(500, until - sent);
                        const records = Array.from({ length: count }, (_, index) => ({
                            Data,
                            PartitionKey: "12345678",
                            ExplicitHashKey: keys[(sent + index) % shards]!,
                        }));
                        const { FailedRecordCount } = put(records);
                        sent += count;
                        refused += FailedRecordCount;
                        accepted += count - FailedRecordCount;
                    }
                    await kinesis.clock.advance(1_000 / callsPerSecond);
                }
                assert.equal(accepted + refused, sent);
                const share = (accepted * bytesPerRecord) / (bytesPerSecond(shards) * seconds);
                assert.ok(Math.abs(share - 1) < 0.02, `accepted ${share} of the capacity`);
            });
        }

        it("as the real client sees it", async () => {
            create(2);
            const Data = Buffer.alloc(1_040);
            const [first, second] = explicitHashKeys(2);
            const Records = Array.from({ length: 500 }, (_, index) => ({
                Data,
                PartitionKey: "12345678",
                ExplicitHashKey: index % 2 === 0 ? first : second,
            }));
            let accepted = 0;
            // 3,000 records a second are offered to what takes 2,000 of 1,048 bytes.
            for (let call = 0; call < 30; call++) {
                const answer = await kinesis.client.send(new PutRecordsCommand({ StreamName: "orders", Records }));
                accepted += answer.Records!.filter(({ ErrorCode }) => ErrorCode === undefined).length;
                await kinesis.clock.advance(1_000 / 6);
            }
            assert.ok(Math.abs(accepted / (2_000 * 5) - 1) < 0.02, `accepted ${accepted} of 10,000`);
        });
    });

    describe("a record", () => {
        const sizeRows: [string, number, string, boolean][] = [
            ["of 1 MiB, its key included", mib - 1, "k", true],
            ["of one byte more", mib, "k", false],
            ["of one byte more in its key", mib - 1, "kk", false],
        ];
        for (const [title, bytes, PartitionKey, fits] of sizeRows) {
            it(`${title} ${fits ? "is taken" : "is refused, and the whole call with it"}`, async () => {
                create(1);
                const call = () =>
                    put([
                        { Data: base64(1), PartitionKey: "k" },
                        { Data: base64(bytes), PartitionKey },
                    ]);
                if (fits) {
                    await kinesis.clock.advance(1_000);
                    assert.equal(
                        kinesis.call("PutRecord", { StreamName: "orders", Data: base64(bytes), PartitionKey }).ShardId,
                        "shardId-000000000000",
                    );
                } else {
                    assert.deepEqual(await refusal(call), {
                        name: "InvalidArgumentException",
                        message:
                            `Record size of ${mib + 1} bytes, partition key included, exceeds the maximum record size of ${mib} bytes ` +
                            `for stream orders under account ${account}.`,
                    });
                }
            });
        }

        const keyRows: [string, string, boolean][] = [
            ["256 characters", "k".repeat(256), true],
            ["256 characters beyond the basic plane", "🔑".repeat(256), true],
            ["257 characters", "k".repeat(257), false],
        ];
        for (const [title, PartitionKey, fits] of keyRows) {
            it(`with a key of ${title} is ${fits ? "taken" : "refused"}`, async () => {
                create(1);
                const call = kinesis.client.send(
                    new PutRecordCommand({ StreamName: "orders", Data: Buffer.from("x"), PartitionKey }),
                );
                if (fits) {
                    await call;
                } else {
                    assert.deepEqual(await refusal(call), {
                        name: "ValidationException",
                        message: `1 validation error detected: Value '${PartitionKey}' at 'partitionKey' failed to satisfy constraint: Member must have length less than or equal to 256`,
                    });
                }
            });
        }

        it("that finds its shard full is refused as an error of the call, when it is alone", async () => {
            create(1);
            put(Array.from({ length: 500 }, () => ({ Data: base64(1), PartitionKey: "k" })));
            put(Array.from({ length: 500 }, () => ({ Data: base64(1), PartitionKey: "k" })));
            const call = kinesis.client.send(
                new PutRecordCommand({ StreamName: "orders", Data: Buffer.from("x"), PartitionKey: "k" }),
            );
            assert.deepEqual(await refusal(call), {
                name: "ProvisionedThroughputExceededException",
                message: rateExceeded(0).ErrorMessage,
            });
        });
    });

    describe("a PutRecords call", () => {
        const half = 5 * mib;
        const rows: [string, number, boolean][] = [
            ["10 MiB, keys included", half - 1, true],
            ["one byte more", half, false],
        ];
        for (const [title, second, fits] of rows) {
            it(`of ${title} is ${fits ? "looked into" : "refused"}`, async () => {
                create(1);
                kinesis.call("UpdateMaxRecordSize", { StreamName: "orders", MaxRecordSizeInKiB: limits.recordKiBMax });
                const call = () =>
                    put([
                        { Data: base64(half - 1), PartitionKey: "k" },
                        { Data: base64(second), PartitionKey: "k" },
                    ]);
                if (fits) {
                    assert.equal(call().Records.length, 2);
                } else {
                    assert.deepEqual(await refusal(call), {
                        name: "InvalidArgumentException",
                        message: "Records size exceeds 10 MB limit",
                    });
                }
            });
        }
    });

    describe("UpdateShardCount", () => {
        const update = (TargetShardCount: number) =>
            kinesis.call("UpdateShardCount", {
                StreamName: "orders",
                TargetShardCount,
                ScalingType: "UNIFORM_SCALING",
            });

        it("is called ten times in any 24 hours, and the eleventh call waits for the first to be a day old", async () => {
            create(2);
            const startMs = kinesis.clock.nowMs();
            for (let call = 0; call < 10; call++) {
                update(call % 2 === 0 ? 4 : 2);
                await kinesis.clock.advance(3_600_000);
            }
            const eleventh = {
                name: "LimitExceededException",
                message: `UpdateShardCount cannot be called more than 10 times in a rolling 24 hour period for stream orders under account ${account}.`,
            };
            assert.deepEqual(await refusal(() => update(4)), eleventh);
            await kinesis.clock.advanceTo(startMs + dayMs - 1);
            assert.deepEqual(await refusal(() => update(4)), eleventh);
            await kinesis.clock.advanceTo(startMs + dayMs);
            update(4);
            assert.deepEqual(await refusal(() => update(8)), eleventh);
        });

        it("does not count splits, merges and calls that were refused", async () => {
            create(2);
            for (let round = 0; round < 10; round++) {
                await refusal(() => update(100));
                const open = kinesis.call("ListShards", {
                    StreamName: "orders",
                    ShardFilter: { Type: "AT_LATEST" },
                }).Shards;
                const [left, right] = open;
                kinesis.call("MergeShards", {
                    StreamName: "orders",
                    ShardToMerge: left.ShardId,
                    AdjacentShardToMerge: right.ShardId,
                });
                await kinesis.clock.advance(1_000);
                const { Shards } = kinesis.call("ListShards", {
                    StreamName: "orders",
                    ShardFilter: { Type: "AT_LATEST" },
                });
                kinesis.call("SplitShard", {
                    StreamName: "orders",
                    ShardToSplit: Shards[0].ShardId,
                    NewStartingHashKey: String(2n ** 127n),
                });
                await kinesis.clock.advance(1_000);
            }
            update(4);
        });

        const rows: [number, number, boolean][] = [
            [4, 8, true],
            [4, 9, false],
            [4, 2, true],
            [4, 1, false],
            [5, 3, true],
            [5, 2, false],
            [1, 2, true],
            [1, 1, true],
        ];
        for (const [from, to, fits] of rows) {
            it(`from ${from} to ${to} is ${fits ? "accepted" : "refused"}`, async () => {
                create(from);
                if (fits) assert.equal(update(to).TargetShardCount, to);
                else assert.equal((await refusal(() => update(to))).name, "LimitExceededException");
            });
        }

        it("counts against the account's shards, with those that other changes will add", async () => {
            const small = await startKinesis({ accountShardsMax: 10 });
            const call = (operation: string, input: object) => small.call(operation, input);
            call("CreateStream", { StreamName: "orders", ShardCount: 4 });
            call("CreateStream", { StreamName: "clicks", ShardCount: 3 });
            await small.clock.advance(5_000);
            const to = (StreamName: string, TargetShardCount: number) => () =>
                call("UpdateShardCount", { StreamName, TargetShardCount, ScalingType: "UNIFORM_SCALING" });
            to("orders", 7)();
            const refused = await refusal(to("clicks", 4));
            await small.stop();
            assert.match(
                refused.message,
                /Current shard count for the account: 10\. Limit: 10\. Number of additional shards .*: 1\./,
            );
        });

        it("is not for on-demand streams", async () => {
            const StreamModeDetails = { StreamMode: "ON_DEMAND" };
            await kinesis.client.send(
                new CreateStreamCommand({ StreamName: "orders", StreamModeDetails: { StreamMode: "ON_DEMAND" } }),
            );
            assert.deepEqual(await refusal(() => update(8)), {
                name: "ValidationException",
                message: `Request is invalid. Stream orders under account ${account} is in On-Demand mode.`,
            });
            assert.deepEqual(
                kinesis.call("DescribeStreamSummary", { StreamName: "orders" }).StreamDescriptionSummary
                    .StreamModeDetails,
                StreamModeDetails,
            );
        });
    });

    describe("control calls", () => {
        const rows: [string, number, () => unknown][] = [
            ["DescribeLimits once", 1, () => kinesis.call("DescribeLimits", {})],
            [
                "DescribeStreamSummary 20 times",
                20,
                () => kinesis.call("DescribeStreamSummary", { StreamName: "orders" }),
            ],
            ["ListShards 1,000 times", 1_000, () => kinesis.call("ListShards", { StreamName: "orders" })],
            ["DescribeStream 10 times", 10, () => kinesis.call("DescribeStream", { StreamName: "orders" })],
            ["ListStreams 5 times", 5, () => kinesis.call("ListStreams", {})],
            ["ListTagsForStream 5 times", 5, () => kinesis.call("ListTagsForStream", { StreamName: "orders" })],
        ];
        for (const [title, calls, call] of rows) {
            it(`a second: ${title}`, async () => {
                create(1);
                for (let made = 0; made < calls; made++) call();
                const refused = await refusal(call);
                assert.equal(refused.name, "LimitExceededException");
                assert.match(refused.message, /^Rate exceeded( for stream orders)? under account 123456789012\.$/);
                await kinesis.clock.advance(1_000);
                call();
            });
        }

        it("a second: UpdateShardCount 10 times, whatever becomes of each", async () => {
            create(1);
            const input = { StreamName: "orders", TargetShardCount: 3, ScalingType: "UNIFORM_SCALING" };
            const call = () => refusal(() => kinesis.call("UpdateShardCount", input));
            for (let made = 0; made < 10; made++) assert.match((await call()).message, /cannot scale up over double/);
            assert.deepEqual(await call(), {
                name: "LimitExceededException",
                message: `Rate exceeded under account ${account}.`,
            });
            await kinesis.clock.advance(1_000);
            assert.match((await call()).message, /cannot scale up over double/);
        });

        it("a second: ListShards 1,000 times a stream, also where a token names it", async () => {
            create(2);
            const { NextToken } = kinesis.call("ListShards", { StreamName: "orders", MaxResults: 1 });
            for (let made = 1; made < 1_000; made++) kinesis.call("ListShards", { NextToken });
            assert.deepEqual(await refusal(() => kinesis.call("ListShards", { StreamName: "orders" })), {
                name: "LimitExceededException",
                message: `Rate exceeded for stream orders under account ${account}.`,
            });
        });

        it("a second: GetShardIterator 5 times a shard", async () => {
            create(2);
            const iterator = (shard: number) =>
                kinesis.call("GetShardIterator", {
                    StreamName: "orders",
                    ShardId: `shardId-00000000000${shard}`,
                    ShardIteratorType: "LATEST",
                });
            for (let made = 0; made < 5; made++) iterator(0);
            assert.deepEqual(await refusal(() => iterator(0)), {
                name: "ProvisionedThroughputExceededException",
                message: `Rate exceeded for shard shardId-000000000000 in stream orders under account ${account}.`,
            });
            iterator(1);
            await kinesis.clock.advance(1_000);
            iterator(0);
        });

        it("create five streams at a time", async () => {
            const slow = await startKinesis({ limitsCallRates: false });
            try {
                const make = (nth: number) => slow.call("CreateStream", { StreamName: `s${nth}`, ShardCount: 1 });
                for (let nth = 0; nth < 5; nth++) make(nth);
                assert.deepEqual(await refusal(() => make(5)), {
                    name: "LimitExceededException",
                    message: "Only 5 streams can simultaneously be in CREATING or DELETING state.",
                });
                await slow.clock.advance(60_000);
                make(5);
            } finally {
                await slow.stop();
            }
        });

        it("have 50 streams in on-demand mode", async () => {
            const free = await startKinesis({ durations: atOnce, limitsCallRates: false });
            try {
                const StreamModeDetails = { StreamMode: "ON_DEMAND" };
                const make = (nth: number, input: object) =>
                    free.call("CreateStream", { StreamName: `s${nth}`, ...input });
                for (let nth = 0; nth < 50; nth++) {
                    make(nth, { StreamModeDetails });
                    await free.clock.advance(1);
                }
                const limit = {
                    name: "LimitExceededException",
                    message: `This request would exceed the limit of 50 on-demand streams for the account ${account} in us-east-1.`,
                };
                assert.deepEqual(await refusal(() => make(50, { StreamModeDetails })), limit);
                make(50, { ShardCount: 1 });
                await free.clock.advance(1);
                const StreamARN = `arn:aws:kinesis:us-east-1:${account}:stream/s50`;
                const change = () => free.call("UpdateStreamMode", { StreamARN, StreamModeDetails });
                assert.deepEqual(await refusal(change), limit);
                free.call("DeleteStream", { StreamName: "s0" });
                await free.clock.advance(1);
                change();
                const { OnDemandStreamCount, OnDemandStreamCountLimit } = free.call("DescribeLimits", {});
                assert.deepEqual([OnDemandStreamCount, OnDemandStreamCountLimit], [50, 50]);
            } finally {
                await free.stop();
            }
        });

        it("create five fan-out consumers of a stream at a time", async () => {
            const slow = await startKinesis({
                durations: { ...atOnce, changeSeconds: 20 },
                limitsCallRates: false,
            });
            try {
                slow.call("CreateStream", { StreamName: "orders", ShardCount: 1 });
                const StreamARN = `arn:aws:kinesis:us-east-1:${account}:stream/orders`;
                const register = (nth: number) =>
                    slow.call("RegisterStreamConsumer", { StreamARN, ConsumerName: `c${nth}` });
                for (let nth = 0; nth < 5; nth++) register(nth);
                await slow.clock.advance(19_999);
                assert.deepEqual(await refusal(() => register(5)), {
                    name: "LimitExceededException",
                    message: `Stream orders under account ${account} cannot have more than 5 consumers in CREATING state.`,
                });
                await slow.clock.advance(1);
                register(5);
            } finally {
                await slow.stop();
            }
        });

        it("register 20 fan-out consumers a stream, five a second", async () => {
            create(1);
            const StreamARN = `arn:aws:kinesis:us-east-1:${account}:stream/orders`;
            const register = (index: number) =>
                kinesis.call("RegisterStreamConsumer", { StreamARN, ConsumerName: `c${index}` });
            for (let index = 0; index < 20; index++) {
                register(index);
                if (index % 5 === 4) await kinesis.clock.advance(1_000);
            }
            assert.deepEqual(await refusal(() => register(20)), {
                name: "LimitExceededException",
                message: `Stream orders under account ${account} cannot have more than 20 consumers.`,
            });
        });
    });
});

describe("On-demand Advantage in Kinesis", () => {
    let kinesis: LocalKinesis;
    beforeEach(async () => {
        kinesis = await startKinesis({ durations: atOnce });
    });
    afterEach(() => kinesis.stop());

    const commit = (Status: string) =>
        kinesis.call("UpdateAccountSettings", { MinimumThroughputBillingCommitment: { Status } });
    const status = () =>
        kinesis.call("DescribeAccountSettings", {}).MinimumThroughputBillingCommitment.Status as string;
    const create = (WarmThroughputMiBps?: number) =>
        kinesis.call("CreateStream", {
            StreamName: "orders",
            StreamModeDetails: { StreamMode: "ON_DEMAND" },
            WarmThroughputMiBps,
        });
    const warm = (WarmThroughputMiBps: number) => {
        kinesis.call("UpdateStreamWarmThroughput", { StreamName: "orders", WarmThroughputMiBps });
        return described();
    };
    const mode = (StreamMode: string, WarmThroughputMiBps?: number) => {
        const StreamARN = `arn:aws:kinesis:us-east-1:${account}:stream/orders`;
        kinesis.call("UpdateStreamMode", { StreamARN, StreamModeDetails: { StreamMode }, WarmThroughputMiBps });
        return described();
    };
    const described = () => {
        const summary = kinesis.call("DescribeStreamSummary", { StreamName: "orders" }).StreamDescriptionSummary;
        return [summary.StreamModeDetails.StreamMode, summary.OpenShardCount, summary.WarmThroughput];
    };

    it("opens the shards of a warm throughput, and releases what is more than a lower one", () => {
        commit("ENABLED");
        create(10);
        assert.deepEqual(described(), ["ON_DEMAND", 10, { CurrentMiBps: 10, TargetMiBps: 10 }]);
        assert.deepEqual(warm(25), ["ON_DEMAND", 25, { CurrentMiBps: 25, TargetMiBps: 25 }]);
        assert.deepEqual(warm(1), ["ON_DEMAND", 4, { CurrentMiBps: 4, TargetMiBps: 1 }]);
        assert.deepEqual(warm(0), ["ON_DEMAND", 4, { CurrentMiBps: 4 }]);
        assert.deepEqual(warm(6), ["ON_DEMAND", 6, { CurrentMiBps: 6, TargetMiBps: 6 }]);
        assert.deepEqual(mode("PROVISIONED"), ["PROVISIONED", 6, undefined]);
        assert.deepEqual(mode("ON_DEMAND", 8), ["ON_DEMAND", 8, { CurrentMiBps: 8, TargetMiBps: 8 }]);
    });

    it("refuses a warm throughput without it, on a provisioned stream, and beyond 10 GiB/s", async () => {
        const withoutIt = `Warm throughput is only supported with MinimumThroughputBillingCommitment enabled for account ${account}.`;
        assert.deepEqual(await refusal(() => create(10)), { name: "ValidationException", message: withoutIt });
        create();
        assert.deepEqual(await refusal(() => warm(10)), { name: "ValidationException", message: withoutIt });
        assert.equal(described()[2], undefined);
        commit("ENABLED");
        assert.equal((await refusal(() => warm(10_241))).name, "LimitExceededException");
        mode("PROVISIONED");
        assert.deepEqual(await refusal(() => warm(0)), {
            name: "ValidationException",
            message: `Warm throughput is not supported for stream orders under account ${account}, which is in PROVISIONED mode.`,
        });
    });

    it("lasts a day at least, and goes on where it is enabled again before that", async () => {
        assert.equal(status(), "DISABLED");
        commit("DISABLED");
        assert.equal(status(), "DISABLED");
        commit("ENABLED");
        await kinesis.clock.advance(dayMs / 2);
        commit("DISABLED");
        assert.equal(status(), "ENABLED_UNTIL_EARLIEST_ALLOWED_END");
        commit("ENABLED");
        await kinesis.clock.advance(dayMs);
        assert.equal(status(), "ENABLED");
        commit("DISABLED");
        assert.equal(status(), "DISABLED");
    });

    it("lets an on-demand stream have 50 fan-out consumers", async () => {
        commit("ENABLED");
        create();
        const StreamARN = `arn:aws:kinesis:us-east-1:${account}:stream/orders`;
        const register = (index: number) =>
            kinesis.call("RegisterStreamConsumer", { StreamARN, ConsumerName: `c${index}` });
        for (let index = 0; index < 50; index++) {
            register(index);
            if (index % 5 === 4) await kinesis.clock.advance(1_000);
        }
        assert.deepEqual(await refusal(() => register(50)), {
            name: "LimitExceededException",
            message: `Stream orders under account ${account} cannot have more than 50 consumers.`,
        });
    });
});

describe("time in Kinesis", () => {
    let kinesis: LocalKinesis;
    beforeEach(async () => {
        kinesis = await startKinesis();
        kinesis.call("CreateStream", { StreamName: "orders", ShardCount: 10 });
        await kinesis.clock.advance(5_000);
    });
    afterEach(() => kinesis.stop());

    const status = () =>
        kinesis.call("DescribeStreamSummary", { StreamName: "orders" }).StreamDescriptionSummary.StreamStatus;
    const open = () =>
        kinesis.call("DescribeStreamSummary", { StreamName: "orders" }).StreamDescriptionSummary.OpenShardCount;
    const update = (TargetShardCount: number) =>
        kinesis.call("UpdateShardCount", { StreamName: "orders", TargetShardCount, ScalingType: "UNIFORM_SCALING" });

    const rows: [string, number, () => unknown, number][] = [
        ["UpdateShardCount by 9 shards takes a minute", 60, () => update(19), 19],
        ["UpdateShardCount by 10 shards takes a minute", 60, () => update(20), 20],
        ["UpdateShardCount down by 5 shards takes a minute", 60, () => update(5), 5],
        [
            "SplitShard takes half a minute",
            30,
            () =>
                kinesis.call("SplitShard", {
                    StreamName: "orders",
                    ShardToSplit: "shardId-000000000000",
                    NewStartingHashKey: "1000",
                }),
            11,
        ],
        [
            "MergeShards takes half a minute",
            30,
            () =>
                kinesis.call("MergeShards", {
                    StreamName: "orders",
                    ShardToMerge: "shardId-000000000000",
                    AdjacentShardToMerge: "shardId-000000000001",
                }),
            9,
        ],
    ];
    for (const [title, seconds, act, after] of rows) {
        it(`${title}; the old shards serve until then`, async () => {
            act();
            await kinesis.clock.advance(seconds * 1_000 - 1);
            assert.deepEqual([status(), open()], ["UPDATING", 10]);
            await kinesis.clock.advance(1);
            assert.deepEqual([status(), open()], ["ACTIVE", after]);
        });
    }

    it("makes UpdateShardCount slower by 3 s for each shard beyond ten, or as late as a test wants it", async () => {
        update(20);
        await kinesis.clock.advance(60_000);
        update(40);
        await kinesis.clock.advance(89_000);
        assert.equal(status(), "UPDATING");
        await kinesis.clock.advance(1_000);
        assert.equal(status(), "ACTIVE");
        const { settings } = kinesis.sandbox.kinesis;
        settings.durations = { ...settings.durations, updateSeconds: () => 180 };
        update(20);
        await kinesis.clock.advance(179_999);
        assert.equal(status(), "UPDATING");
    });

    it("lets records expire after the retention, and closed shards with them", async () => {
        const put = () => kinesis.call("PutRecord", { StreamName: "orders", Data: "YQ==", PartitionKey: "k" });
        const { ShardId } = put();
        await kinesis.clock.advance(3_600_000);
        put();
        kinesis.call("SplitShard", {
            StreamName: "orders",
            ShardToSplit: ShardId,
            NewStartingHashKey: middleOf(ShardId),
        });
        await kinesis.clock.advance(30_000);
        const read = () => {
            const { ShardIterator } = kinesis.call("GetShardIterator", {
                StreamName: "orders",
                ShardId,
                ShardIteratorType: "TRIM_HORIZON",
            });
            return kinesis.call("GetRecords", { ShardIterator }).Records.length;
        };
        assert.equal(read(), 2);
        await kinesis.clock.advance(23 * 3_600_000);
        assert.equal(read(), 1);
        await kinesis.clock.advance(3_600_000);
        assert.deepEqual(await refusal(read), {
            name: "ResourceNotFoundException",
            message: `Shard ${ShardId} in stream orders under account ${account} does not exist`,
        });
        assert.equal(kinesis.call("ListShards", { StreamName: "orders" }).Shards.length, 11);
    });

    function middleOf(shardId: string): string {
        const { Shards } = kinesis.call("ListShards", { StreamName: "orders" });
        const { HashKeyRange } = Shards.find((shard: { ShardId: string }) => shard.ShardId === shardId);
        return String((BigInt(HashKeyRange.StartingHashKey) + BigInt(HashKeyRange.EndingHashKey)) / 2n);
    }

    it("lets an iterator expire after five minutes", async () => {
        const { ShardIterator } = kinesis.call("GetShardIterator", {
            StreamName: "orders",
            ShardId: "shardId-000000000000",
            ShardIteratorType: "LATEST",
        });
        await kinesis.clock.advance(300_000);
        kinesis.call("GetRecords", { ShardIterator });
        await kinesis.clock.advance(1);
        assert.deepEqual(await refusal(() => kinesis.call("GetRecords", { ShardIterator })), {
            name: "ExpiredIteratorException",
            message:
                "Iterator expired. The iterator was created at time Sun Nov 01 00:00:05 UTC 2026 while right now it is " +
                "Sun Nov 01 00:05:05 UTC 2026 which is further in the future than the tolerated delay of 300000 milliseconds.",
        });
    });

    it("keeps no more bytes than it may: the oldest records of all streams go first", async () => {
        const small = await startKinesis({ durations: atOnce, storedBytesMax: 100_000 });
        const count = (StreamName: string) => {
            const { ShardIterator } = small.call("GetShardIterator", {
                StreamName,
                ShardId: "shardId-000000000000",
                ShardIteratorType: "TRIM_HORIZON",
            });
            return small.call("GetRecords", { ShardIterator }).Records.length;
        };
        const Records = Array.from({ length: 50 }, () => ({ Data: base64(800), PartitionKey: "k" }));
        for (const StreamName of ["old", "new"]) {
            small.call("CreateStream", { StreamName, ShardCount: 1 });
            small.call("PutRecords", { StreamName, Records });
            await small.clock.advance(1_000);
        }
        assert.deepEqual([count("old"), count("new")], [50, 50]);
        small.call("PutRecords", { StreamName: "new", Records });
        await small.clock.advance(1_000);
        assert.deepEqual([count("old"), count("new")], [0, 90]);
        await small.stop();
    });
});

describe("what Kinesis tells CloudWatch", () => {
    it("is what flowed: accepted bytes and records, refusals, calls, per stream and per shard when that is on", async () => {
        const kinesis = await startKinesis({ durations: atOnce });
        const call = (operation: string, input: object) => kinesis.call(operation, { StreamName: "orders", ...input });
        call("CreateStream", { ShardCount: 2 });
        call("EnableEnhancedMonitoring", {
            ShardLevelMetrics: ["IncomingRecords", "WriteProvisionedThroughputExceeded", "IteratorAgeMilliseconds"],
        });
        const [first, second] = explicitHashKeys(2);
        const records = (count: number, ExplicitHashKey = first) =>
            Array.from({ length: count }, () => ({ Data: base64(9), PartitionKey: "k", ExplicitHashKey }));
        call("PutRecords", { Records: records(499) });
        call("PutRecords", { Records: records(500) });
        call("PutRecords", { Records: [...records(3), ...records(1, second)] });
        const { ShardIterator } = call("GetShardIterator", {
            ShardId: "shardId-000000000001",
            ShardIteratorType: "TRIM_HORIZON",
        });
        await kinesis.clock.advance(4_000);
        kinesis.call("GetRecords", { ShardIterator });
        await kinesis.stop();
        const sums: Record<string, number> = {};
        for (const { namespace, metricName, dimensions, value, count } of kinesis.metrics) {
            assert.deepEqual([namespace, dimensions.StreamName, count ?? 1], ["AWS/Kinesis", "orders", 1]);
            if (metricName.endsWith("Latency")) continue;
            const name =
                dimensions.ShardId === undefined ? metricName : `${metricName} ${dimensions.ShardId.slice(-1)}`;
            sums[name] = (sums[name] ?? 0) + value;
        }
        assert.deepEqual(sums, {
            IncomingBytes: 10_010,
            IncomingRecords: 1_001,
            WriteProvisionedThroughputExceeded: 2,
            "PutRecords.Bytes": 10_010,
            "PutRecords.Records": 1_001,
            "PutRecords.Success": 3,
            "PutRecords.TotalRecords": 1_003,
            "PutRecords.SuccessfulRecords": 1_001,
            "PutRecords.FailedRecords": 0,
            "PutRecords.ThrottledRecords": 2,
            "GetRecords.Bytes": 10,
            "GetRecords.Records": 1,
            "GetRecords.Success": 1,
            "GetRecords.IteratorAgeMilliseconds": 4_000,
            ReadProvisionedThroughputExceeded: 0,
            "IncomingRecords 0": 1_000,
            "IncomingRecords 1": 1,
            "WriteProvisionedThroughputExceeded 0": 2,
            "WriteProvisionedThroughputExceeded 1": 0,
            "IteratorAgeMilliseconds 1": 4_000,
        });
    });
});
