/**
 * A sample of the records in the hottest shards of a stream, to name their keys.
 */
import { GetRecordsCommand, GetShardIteratorCommand } from "@aws-sdk/client-kinesis";
import { ringOfShards } from "../capacity/keys/hashRing";
import { type HotShardJudgement } from "../capacity/keys/hotShards";
import { type ShardSample } from "../capacity/keys/streamSample";
import { type ShardLoad } from "../capacity/keys/shardReports";
import { KeyTally } from "../capacity/keys/sample";
import { limits } from "../capacity/limits";
import { withBackoff } from "../stream/backoff";
import { type CommandContext } from "./command";
import { type Live } from "./live";

const readsPerSecond = limits.shardGetRecordsCallsPerSecond - 1;
const sampleReadsMax = 10;
const sampledShardsMax = 3;

export interface SampleWish {
    readonly sampleRecords: number;
    readonly minutes: number;
    readonly nowMs: number;
}

/** Reads some records of the hottest shards: a few calls each, and never as many a second as a shard answers. */
export async function sampleHottest(
    live: Live,
    judgement: HotShardJudgement,
    loads: readonly ShardLoad[],
    { sampleRecords: recordsMax, minutes, nowMs }: SampleWish,
    { progress, signal }: CommandContext,
): Promise<ShardSample[]> {
    const ring = ringOfShards(loads);
    const hottest = judgement.shards.filter((shard) => shard.overAverage > 0);
    const hot = hottest.filter((shard) => shard.hot);
    const chosen = (hot.length > 0 ? hot : hottest).slice(0, sampledShardsMax);
    const samples: ShardSample[] = [];
    for (const { shardId, recordsPerSecond } of chosen) {
        progress.update(`reading a sample of ${shardId}`);
        // Far enough back to find that many records, and no further; all the way back where the traffic has stopped since.
        const near = Math.max(10, (2 * recordsMax) / Math.max(recordsPerSecond, 1));
        const all = minutes * 60;
        for (const seconds of near < all ? [near, all] : [all]) {
            const tally = new KeyTally(ring);
            await readInto(tally, { live, shardId, sinceMs: nowMs - seconds * 1_000, recordsMax, signal });
            if (tally.recordsRead === 0) continue;
            samples.push({ shardId, sample: tally.sample() });
            break;
        }
    }
    return samples;
}

interface SampleReading {
    readonly live: Live;
    readonly shardId: string;
    readonly sinceMs: number;
    readonly recordsMax: number;
    readonly signal: AbortSignal;
}

async function readInto(tally: KeyTally, reading: SampleReading): Promise<void> {
    const { live, shardId, sinceMs, recordsMax, signal } = reading;
    const { kinesis } = live.clients;
    const from = new GetShardIteratorCommand({
        ...live.target,
        ShardId: shardId,
        ShardIteratorType: "AT_TIMESTAMP",
        Timestamp: new Date(sinceMs),
    });
    const { ShardIterator } = await withBackoff(live.pace, "read", () => kinesis.send(from));
    const limit = Math.min(recordsMax, limits.getRecordsRecordsMax);
    let iterator = ShardIterator;
    for (let reads = 0; reads < sampleReadsMax && iterator !== undefined && !signal.aborted; reads++) {
        if (reads > 0) await new Promise((resolve) => setTimeout(resolve, 1_000 / readsPerSecond));
        const read = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit });
        const page = await withBackoff(live.pace, "read", () => kinesis.send(read));
        for (const record of page.Records ?? []) {
            const key = record.PartitionKey ?? "";
            tally.addKey(key, Buffer.byteLength(key) + (record.Data?.length ?? 0));
        }
        if (tally.recordsRead >= recordsMax || page.MillisBehindLatest === 0) return;
        iterator = page.NextShardIterator;
    }
}
