/**
 * A stream, and records that are written to it while it is resharded: a shard is split, two are merged, all are counted anew.
 */
import {
    CreateStreamCommand,
    KinesisClient,
    ListShardsCommand,
    MergeShardsCommand,
    PutRecordsCommand,
    type Shard,
    SplitShardCommand,
    UpdateShardCountCommand,
    waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { setTimeout as sleep } from "node:timers/promises";

import { type Sandbox } from "../../sandbox/index";
import { streamName as StreamName } from "./watch";

export const shardsAtFirst = 4;
const keyCount = 100;
const recordsPerCall = 500;
/** Far below what four shards take, so that none is refused and has to be written again, out of order. */
const pauseMs = 1_000;

export interface Writer {
    /** Writes all records; each is its number, and those of a key are numbered in the order in which they are written. */
    write(records: number): Promise<void>;
    close(): void;
}

export async function openStream({ endpoint, region, credentials }: Sandbox): Promise<Writer> {
    const client = new KinesisClient({ endpoint, region, credentials });
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: shardsAtFirst }));
    await untilActive(client);
    return {
        async write(records) {
            const resharded = reshard(client);
            for (let from = 0; from < records; from += recordsPerCall) {
                await put(client, from, Math.min(records, from + recordsPerCall));
                await sleep(pauseMs);
            }
            await resharded;
        },
        close: () => client.destroy(),
    };
}

async function put(client: KinesisClient, from: number, to: number): Promise<void> {
    const Records = Array.from({ length: to - from }, (_, index) => ({
        PartitionKey: `key-${(from + index) % keyCount}`,
        Data: Buffer.from(String(from + index)),
    }));
    const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName, Records }));
    if (FailedRecordCount) throw new Error(`${FailedRecordCount} records were not taken: the run proves nothing.`);
}

/** One after the other, each in the middle of the writing. */
async function reshard(client: KinesisClient): Promise<void> {
    await sleep(10_000);
    const [first] = await openShards(client);
    const { StartingHashKey, EndingHashKey } = first!.HashKeyRange!;
    const NewStartingHashKey = ((BigInt(StartingHashKey!) + BigInt(EndingHashKey!) + 1n) / 2n).toString();
    await client.send(new SplitShardCommand({ StreamName, ShardToSplit: first!.ShardId, NewStartingHashKey }));
    await untilActive(client);
    const [, , one, other] = await openShards(client);
    await client.send(
        new MergeShardsCommand({ StreamName, ShardToMerge: one!.ShardId, AdjacentShardToMerge: other!.ShardId }),
    );
    await untilActive(client);
    const TargetShardCount = 6;
    await client.send(new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: "UNIFORM_SCALING" }));
    await untilActive(client);
}

/** In the order of their hash keys. */
async function openShards(client: KinesisClient): Promise<Shard[]> {
    const { Shards } = await client.send(new ListShardsCommand({ StreamName, ShardFilter: { Type: "AT_LATEST" } }));
    const start = (shard: Shard): bigint => BigInt(shard.HashKeyRange!.StartingHashKey!);
    return Shards!.sort((one, other) => (start(one) < start(other) ? -1 : 1));
}

async function untilActive(client: KinesisClient): Promise<void> {
    await waitUntilStreamExists({ client, maxWaitTime: 60, minDelay: 0.5, maxDelay: 1 }, { StreamName });
}
