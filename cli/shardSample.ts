/**
 * A sample of the records in the hottest shards of a stream, to name their keys.
 */
import { GetRecordsCommand, GetShardIteratorCommand } from "@aws-sdk/client-kinesis";
import { minuteMs } from "../capacity/calendar";
import { ringOfShards } from "../capacity/keys/hashRing";
import { type HotShardJudgement } from "../capacity/keys/hotShards";
import { type ShardSample } from "../capacity/keys/streamSample";
import { scarcerOf } from "../capacity/keys/shardReports";
import { KeyTally } from "../capacity/keys/sample";
import { limits } from "../capacity/limits";
import { sum } from "../capacity/sums";
import { withBackoff } from "../stream/backoff";
import { type MeasuredShard } from "../stream/shardLoad";
import { type CommandContext } from "./command";
import { type Live } from "./live";

const readsPerSecond = limits.shardGetRecordsCallsPerSecond - 1;
const placesMax = 5;
const readsPerPlaceMax = 3;
const sampledShardsMax = 3;

/**
 * Reads some records of the hottest shards: a few calls each, and never as many a second as a shard answers. They are of the minutes that
 * the metrics tell of, in several places with as much load from one to the next: a key that was hot in a part of them is neither missed
 * nor taken for hot in all of them.
 */
export async function sampleHottest(
    live: Live,
    judgement: HotShardJudgement,
    loads: readonly MeasuredShard[],
    recordsMax: number,
    { progress }: CommandContext,
): Promise<ShardSample[]> {
    const ring = ringOfShards(loads);
    const hottest = judgement.shards.filter((shard) => shard.overAverage > 0);
    const hot = hottest.filter((shard) => shard.hot);
    const chosen = (hot.length > 0 ? hot : hottest).slice(0, sampledShardsMax);
    const samples: ShardSample[] = [];
    for (const { shardId } of chosen) {
        progress.update(`reading a sample of ${shardId}`);
        const tally = new KeyTally(ring);
        const { minutes } = loads.find((load) => load.shardId === shardId)!;
        const places = samplePlaces(minutes, recordsMax);
        await readInto(tally, { live, shardId, places, recordsMax, weighedBy: scarcerOf(loads) });
        if (tally.recordsRead > 0) samples.push({ shardId, sample: tally.sample() });
    }
    return samples;
}

/** Times between which there is as much load as between any two others; one alone where all records are read. */
export function samplePlaces(minutes: MeasuredShard["minutes"], recordsMax: number): number[] {
    const all = sum(minutes.map(({ records }) => records));
    const places = all <= recordsMax ? 1 : placesMax;
    let before = 0;
    const found: number[] = [];
    for (const { startMs, records } of minutes) {
        while (found.length < places && before + records > (all * found.length) / places) {
            const part = ((all * found.length) / places - before) / records;
            found.push(Math.round(startMs + part * minuteMs));
        }
        before += records;
    }
    return found;
}

interface SampleReading {
    readonly live: Live;
    readonly shardId: string;
    readonly places: readonly number[];
    readonly recordsMax: number;
    readonly weighedBy: "bytes" | "records";
}

async function readInto(tally: KeyTally, reading: SampleReading): Promise<void> {
    const { live, shardId, places, recordsMax, weighedBy } = reading;
    const { kinesis } = live.clients;
    let newest = -1n;
    // A shard gives so many calls and bytes a second to all its consumers together.
    let waitMs = 0;
    for (const [place, sinceMs] of places.entries()) {
        const from = new GetShardIteratorCommand({
            ...live.target,
            ShardId: shardId,
            ShardIteratorType: "AT_TIMESTAMP",
            Timestamp: new Date(sinceMs),
        });
        const { ShardIterator } = await withBackoff(live.pace, "read", () => kinesis.send(from));
        const goal = Math.ceil((recordsMax * (place + 1)) / places.length);
        let iterator = ShardIterator;
        for (let read = 0; read < readsPerPlaceMax && iterator !== undefined && tally.recordsRead < goal; read++) {
            if (waitMs > 0) await live.pace.sleep(waitMs);
            const limit = Math.min(goal - tally.recordsRead, limits.getRecordsRecordsMax);
            const next = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit });
            const page = await withBackoff(live.pace, "read", () => kinesis.send(next));
            let bytes = 0;
            for (const record of page.Records ?? []) {
                const key = record.PartitionKey ?? "";
                const recordBytes = Buffer.byteLength(key) + (record.Data?.length ?? 0);
                bytes += recordBytes;
                // The place before may have reached beyond this one.
                const number = BigInt(record.SequenceNumber!);
                if (number <= newest) continue;
                newest = number;
                tally.addKey(key, weighedBy === "bytes" ? recordBytes : 1);
            }
            waitMs = 1_000 * Math.max(1 / readsPerSecond, bytes / limits.shardReadBytesPerSecond);
            if (page.MillisBehindLatest === 0) break;
            iterator = page.NextShardIterator;
        }
    }
}
