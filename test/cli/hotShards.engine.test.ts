/** `hot-shards` on running streams whose trouble is known. */
import assert from "node:assert/strict";
import {
    CreateStreamCommand,
    EnableEnhancedMonitoringCommand,
    MergeShardsCommand,
    PutRecordsCommand,
    SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import pico from "picocolors";
import { hashKeySpace } from "../../capacity/keys/hashRing";
import { randomOf } from "../../capacity/keys/random";
import { type CommandContext, type CommandResult } from "../../cli/command";
import { findHotShards } from "../../cli/hotShards";
import { liveStream } from "../../cli/live";
import { AwsError, ManualClock, type Sandbox, startSandbox } from "../../sandbox/index";
import { type Clients, closeClients, newClients } from "../../stream/clients";

interface Found {
    readonly shards: readonly {
        shardId: string;
        mibPerSecond: number;
        overAverage: number;
        refusedPerSecond: number;
    }[];
    readonly verdict: string | null;
    readonly certain: boolean;
    readonly message: string;
    readonly recommendation: string;
    readonly hotKeys: readonly { key: string; share: number; suffixes: number }[];
    readonly splits: readonly { shardId: string; newStartingHashKey: string }[];
    readonly commands: readonly string[];
    readonly sampled: readonly { shardId: string; records: number; hottestKeys: { key: string }[] }[];
    readonly metricsMonthlyCost?: number;
}

const context: CommandContext = {
    terminal: { interactive: false, columns: 100, colours: pico.createColors(false) },
    progress: { update: () => undefined, end: () => undefined },
    json: true,
    print: () => undefined,
    endUnread: () => undefined,
    signal: new AbortController().signal,
};

/** What a producer sends in one second: partition key, explicit hash key, bytes. */
type Traffic = (index: number) => { key: string; hashKey?: bigint; bytes?: number };

describe("hot shards of a running stream", () => {
    const clock = new ManualClock();
    const weight = 25;
    const recordsPerCall = 60;
    let sandbox: Sandbox;
    let clients: Clients;

    before(async () => {
        sandbox = await startSandbox({ clock, recordWeight: weight, limitsCallRates: false });
        const { endpoint, region, credentials } = sandbox;
        clients = newClients({ endpoint, region, credentials });
    });

    after(async () => {
        closeClients(clients);
        await sandbox.stop();
    });

    async function create(name: string, shards: number, metrics = true): Promise<void> {
        // A sample takes seconds; minutes begin anew.
        await clock.advance(60_000 - (clock.nowMs() % 60_000));
        await clients.kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
        await clock.advance(60_000);
        if (!metrics) return;
        await clients.kinesis.send(
            new EnableEnhancedMonitoringCommand({
                StreamName: name,
                ShardLevelMetrics: ["IncomingBytes", "IncomingRecords", "WriteProvisionedThroughputExceeded"],
            }),
        );
        await clock.advance(5_000);
    }

    /** Ninety seconds of traffic, and the two minutes that CloudWatch takes. */
    async function play(name: string, traffic: Traffic, perCall = recordsPerCall): Promise<void> {
        let index = 0;
        for (let second = 0; second < 90; second++) {
            const Records = Array.from({ length: perCall }, () => {
                const { key, hashKey, bytes = 200 } = traffic(index++);
                return { PartitionKey: key, ExplicitHashKey: hashKey?.toString(), Data: Buffer.alloc(bytes) };
            });
            await clients.kinesis.send(new PutRecordsCommand({ StreamName: name, Records }));
            await clock.advance(1_000);
        }
        await clock.advance(60_000);
    }

    async function look(name: string, flags = {}): Promise<{ found: Found; result: CommandResult }> {
        const all = { minutes: 10, sampleRecords: 2_000, ...flags };
        const live = liveStream(name, clients, context.signal);
        const pace = { ...live.pace, sleep: (ms: number) => clock.advance(ms), random: () => 0.99 };
        const result = await findHotShards({ ...live, pace }, all, context);
        return { found: result.document as Found, result };
    }

    it("names a hot key from a sample, and says that splitting cannot help", async () => {
        await create("hot-key", 4);
        const random = randomOf(1);
        await play("hot-key", (index) => ({ key: random() < 0.5 ? "tenant-7" : `tenant-${index}` }));
        const { found, result } = await look("hot-key", { sample: true });
        assert.equal(found.verdict, "hot-key");
        assert.equal(found.hotKeys[0]?.key, "tenant-7");
        assert.ok(Math.abs((found.hotKeys[0]?.share ?? 0) - 0.5) < 0.1, String(found.hotKeys[0]?.share));
        assert.match(
            found.recommendation,
            /^Salt the key with \d+ suffixes \("tenant-7-0" to .* Splitting cannot help/,
        );
        assert.equal(result.exitCode, 1);
        const { found: unsampled } = await look("hot-key");
        assert.deepEqual([unsampled.verdict, unsampled.certain], ["hot-key", false]);
        assert.match(unsampled.recommendation, /--sample/);
    });

    it("finds a hot range of many keys, and where to split it", async () => {
        await create("hot-range", 4);
        const random = randomOf(2);
        const quarter = hashKeySpace / 4n;
        const within = (part: bigint) => (part * BigInt(Math.floor(random() * 2 ** 50))) >> 50n;
        await play("hot-range", (index) => ({
            key: `order-${index}`,
            hashKey: random() < 0.6 ? quarter + within(quarter) : within(hashKeySpace),
        }));
        const { found, result } = await look("hot-range", { sample: true });
        assert.equal(found.verdict, "hot-range");
        assert.equal(found.shards[0]?.shardId, "shardId-000000000001");
        assert.deepEqual(
            found.splits.map(({ shardId }) => shardId),
            ["shardId-000000000001"],
        );
        assert.match(found.recommendation, /^Split shardId-000000000001 /);
        const command = `sharded-stream split hot-range shardId-000000000001 --at ${found.splits[0]!.newStartingHashKey}`;
        assert.deepEqual(found.commands, [command]);
        assert.ok(result.text(context.terminal).endsWith(`\n  ${command}`), result.text(context.terminal));
        assert.equal(result.exitCode, 1);
    });

    it("names a key that was hot in the later of the minutes alone, also when the traffic has stopped since", async () => {
        await create("later", 4);
        const random = randomOf(3);
        await play("later", (index) => ({ key: `tenant-${index}` }));
        await play("later", (index) => ({ key: random() < 0.6 ? "tenant-7" : `tenant-${index}` }));
        await clock.advance(240_000);
        const { found } = await look("later", { sample: true });
        assert.deepEqual([found.verdict, found.hotKeys[0]?.key], ["hot-key", "tenant-7"]);
        assert.equal(found.sampled[0]?.records, 2_000);
    });

    it("finds a range that is hot because it is wide, with closed shards left out", async () => {
        await create("wide", 6);
        for (const [left, right] of [
            [0, 1],
            [6, 2],
        ]) {
            await clients.kinesis.send(
                new MergeShardsCommand({
                    StreamName: "wide",
                    ShardToMerge: `shardId-00000000000${left}`,
                    AdjacentShardToMerge: `shardId-00000000000${right}`,
                }),
            );
            await clock.advance(120_000);
        }
        await play("wide", (index) => ({ key: `device-${index}` }), 100);
        const { found } = await look("wide");
        assert.equal(found.shards.length, 4);
        assert.deepEqual([found.verdict, found.certain], ["hot-range", true]);
        assert.match(found.message, /its range is 2 times the average one/);
    });

    it("tells full shards from hot ones", async () => {
        await create("full", 2);
        await play("full", (index) => ({ key: `click-${index}` }), 110);
        const { found } = await look("full");
        assert.equal(found.verdict, "under-capacity");
        assert.match(found.message, /^2 of 2 shards are full, and [\d,]+ records\/s are refused\.$/);
    });

    it("names bursts within seconds, where no minute comes near a shard's limit", async () => {
        await create("bursts", 2);
        for (let minute = 0; minute < 3; minute++) {
            const Records = Array.from({ length: 160 }, (_, index) => ({
                PartitionKey: `click-${minute}-${index}`,
                Data: Buffer.alloc(20),
            }));
            await clients.kinesis.send(new PutRecordsCommand({ StreamName: "bursts", Records }));
            await clock.advance(60_000);
        }
        const { found, result } = await look("bursts");
        assert.equal(found.verdict, "bursts");
        assert.match(
            found.message,
            /^2 of 2 shards refused records \([\d.]+ records\/s\), although the fullest minute used \d %/,
        );
        assert.match(found.recommendation, /More shards hardly help/);
        assert.equal(result.exitCode, 1);
    });

    it("says so where its records may not be read, and judges by the metrics", async () => {
        const denied = ({ operation }: { operation: string }): void => {
            if (operation === "GetRecords")
                throw new AwsError("AccessDeniedException", "not authorized: kinesis:GetRecords");
        };
        sandbox.guards.push(denied);
        try {
            const { found, result } = await look("bursts", { sample: true });
            assert.deepEqual([found.verdict, found.sampled], ["bursts", []]);
            assert.match(
                result.text(context.terminal),
                /\nNo sample: its records: AccessDeniedException: not authorized: kinesis:GetRecords\./,
            );
        } finally {
            sandbox.guards.splice(sandbox.guards.indexOf(denied), 1);
        }
    });

    it("is content with an even stream", async () => {
        await create("even", 4);
        await play("even", (index) => ({ key: `user-${index}` }));
        const { found, result } = await look("even");
        assert.equal(found.verdict, "even");
        assert.equal(result.exitCode, 0);
        const rate = found.shards.reduce((sum, shard) => sum + shard.mibPerSecond, 0);
        const offered = (recordsPerCall * weight * (200 + 9)) / 2 ** 20;
        assert.ok(Math.abs(rate / offered - 1) < 0.35, `${rate} MiB/s of ${offered}`);
        assert.match(result.text(context.terminal), /^even: 4 open shards\n\nshard\tMiB\/s\t/);
    });

    it("counts what its shards did since they are the ones of now", async () => {
        await create("split", 2);
        const traffic: Traffic = (index) => ({ key: `user-${index}` });
        await play("split", traffic);
        await clients.kinesis.send(
            new SplitShardCommand({
                StreamName: "split",
                ShardToSplit: "shardId-000000000001",
                NewStartingHashKey: String((3n * hashKeySpace) / 4n),
            }),
        );
        await clock.advance(60_000);
        await play("split", traffic);
        const { found, result } = await look("split");
        assert.equal(found.verdict, "even");
        // One has half of the hash keys, two have a quarter each.
        const byShard = Object.fromEntries(found.shards.map(({ shardId, overAverage }) => [shardId, overAverage]));
        for (const [shard, overAverage] of [
            [0, 1.5],
            [2, 0.75],
            [3, 0.75],
        ] as const)
            assert.ok(Math.abs(byShard[`shardId-00000000000${shard}`]! - overAverage) < 0.1, JSON.stringify(byShard));
        assert.match(
            result.text(context.terminal),
            /^split: 3 open shards\nThe shards are these since \d{4}-\d\d-\d\d \d\d:\d\d UTC; what was before that does not count\.\n/,
        );
    });

    it("weighs a key by what the stream has less of: records, where they are small", async () => {
        await create("large", 4);
        const random = randomOf(4);
        await play("large", (index) =>
            random() < 0.5 ? { key: "tenant-7", bytes: 1_000 } : { key: `tenant-${index}`, bytes: 100 },
        );
        const { found } = await look("large", { sample: true, sampleRecords: 500 });
        assert.equal(found.hotKeys[0]?.key, "tenant-7");
        // By bytes it would be 60 %.
        assert.ok(Math.abs(found.hotKeys[0].share - 0.5) < 0.05, String(found.hotKeys[0].share));
    });

    it("asks for no more minutes than there are of these shards", async () => {
        await create("little", 2);
        const { found: wide } = await look("little", { minutes: 2 });
        assert.equal(wide.recommendation, "Look again when there is traffic.");
        await clock.advance(180_000);
        const Records = ["a", "b"].map((PartitionKey) => ({ PartitionKey, Data: Buffer.alloc(20) }));
        await clients.kinesis.send(new PutRecordsCommand({ StreamName: "little", Records }));
        await clock.advance(60_000);
        const more =
            "Look again when there is more traffic, or look back further with --minutes: 119 records are enough.";
        const none = "Look again when there is more traffic: 119 records are enough.";
        for (const [minutes, recommendation] of [
            [2, more],
            [180, none],
        ] as const)
            assert.equal((await look("little", { minutes })).found.recommendation, recommendation);
    });

    it("sees too few keys in shards that stay idle", async () => {
        await create("few", 8);
        await play("few", (index) => ({ key: ["a", "b", "c"][index % 3]! }), 30);
        const { found } = await look("few", { sample: true });
        assert.equal(found.verdict, "too-few-keys");
        assert.match(found.message, /shards are as good as idle/);
    });

    it("says what shard-level metrics cost where they are off, and turns them on when asked", async () => {
        await create("plain", 10, false);
        const { found, result } = await look("plain");
        assert.deepEqual([found.verdict, result.exitCode], [null, 1]);
        assert.equal(found.metricsMonthlyCost, 9);
        assert.equal(
            result.text(context.terminal),
            "Shard-level metrics are off (IncomingBytes, IncomingRecords, WriteProvisionedThroughputExceeded), so nothing is known about single shards.\n" +
                'Turn them on with "sharded-stream hot-shards plain --sample-records 2000 --enable-metrics": 3 metrics on 10 shards, $0.30 each: $9.00 a month. A ShardedStream does it with shardLevelMetrics.',
        );
        const { result: sampled } = await look("plain", { sample: true });
        assert.match(
            sampled.text(context.terminal),
            /single shards\. No record was read: --sample reads the hottest shards, and only these metrics tell which they are\.\nTurn them on /,
        );
        const { result: enabled } = await look("plain", { enableMetrics: true });
        assert.equal(enabled.exitCode, 0);
        const { found: atOnce } = await look("plain");
        assert.equal(
            atOnce.message,
            "Shard-level metrics are off (IncomingBytes, IncomingRecords, WriteProvisionedThroughputExceeded), so nothing is known about single shards. The stream is being changed: if they were turned on just now, look again in a minute.",
        );
        await clock.advance(5_000);
        const { found: quiet, result: told } = await look("plain");
        assert.deepEqual(
            [quiet.verdict, told.exitCode, quiet.message],
            ["cannot-tell", 1, "None of 10 open shards took a record in the last minutes."],
        );
    });
});
