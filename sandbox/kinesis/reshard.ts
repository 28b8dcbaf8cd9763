/**
 * UpdateShardCount, SplitShard and MergeShards, with AWS's limits of each.
 */
import { limits } from "../../capacity/limits";
import { operation, operationOn } from "../wire/operation";
import { integer, oneOf, required } from "../wire/shape";
import { checkShardQuota } from "./account";
import { invalid, invalidArgument, limitExceeded, notFound, under } from "./errors";
import { reshard } from "./lineage";
import { stepsToUniform } from "./ranges";
import { hashKey, name, streamNames } from "./shapes";
import {
    type Account,
    activeStreamOf,
    change,
    keepLastDay,
    type Shard,
    shardIdIn,
    type Stream,
    type StreamNames,
} from "./state";

const onProvisionedStream = operationOn(streamNames, provisionedStreamOf);

function provisionedStreamOf(account: Account, input: StreamNames): Stream {
    const stream = activeStreamOf(account, input);
    if (stream.mode === "PROVISIONED") return stream;
    throw invalid(`Request is invalid. Stream ${under(account, stream.name)} is in On-Demand mode.`);
}

export const updateShardCount = onProvisionedStream(
    { TargetShardCount: required(integer(1)), ScalingType: required(oneOf("UNIFORM_SCALING")) },
    (stream, { TargetShardCount: target }, account, nowMs) => {
        const open = stream.open.length;
        checkTarget(account, stream, target, nowMs);
        stream.updateCallsMs.push(nowMs);
        stream.reservedShards = Math.max(0, target - open);
        const { updateSeconds } = account.settings.durations;
        change(stream, "UPDATING", nowMs, updateSeconds(Math.abs(target - open)), (atMs) => {
            const ranges = stream.open.map((shard) => shard.range);
            reshard(account, stream, stepsToUniform(ranges, target), atMs);
        });
        return { StreamName: stream.name, CurrentShardCount: open, TargetShardCount: target, StreamARN: stream.arn };
    },
);

/** AWS's limits of UpdateShardCount, each with its own sentence. */
function checkTarget(account: Account, stream: Stream, target: number, nowMs: number): void {
    const open = stream.open.length;
    const counts = `Current open shard count: ${open} Target shard count: ${target}`;
    const most = limits.updateShardCountTargetMax;
    if (target > most)
        throw limitExceeded(`Target shard count or number of open shards cannot be greater than ${most}. ${counts}`);
    if (target > open * limits.updateShardCountGrowthFactorMax)
        throw limitExceeded(`UpdateShardCount cannot scale up over double your current open shard count. ${counts}`);
    // How AWS rounds half of an odd count is not documented; up is what it surely accepts.
    if (target < Math.ceil(open * limits.updateShardCountShrinkFactorMin))
        throw limitExceeded(`UpdateShardCount cannot scale down below half your current open shard count. ${counts}`);
    keepLastDay(stream.updateCallsMs, nowMs);
    const { updateCallsPer24HoursMax } = account.settings;
    if (stream.updateCallsMs.length >= updateCallsPer24HoursMax) {
        throw limitExceeded(
            `UpdateShardCount cannot be called more than ${updateCallsPer24HoursMax} times in a rolling ` +
                `24 hour period for stream ${under(account, stream.name)}.`,
        );
    }
    checkShardQuota(account, target - open);
}

export const splitShard = operation(
    { ...streamNames, ShardToSplit: required(name), NewStartingHashKey: required(hashKey) },
    (account: Account, input, nowMs) => {
        // What names no shard is refused before the stream is looked for.
        const shardId = shardIdIn(account, input, input.ShardToSplit);
        const stream = provisionedStreamOf(account, input);
        const shard = reshardable(account, stream, shardId);
        const at = BigInt(input.NewStartingHashKey);
        const { start, end } = shard.range;
        // AWS leaves both children more than one hash key.
        if (at <= start + 1n || at >= end) {
            throw invalidArgument(
                `NewStartingHashKey ${at} used in SplitShard() on shard ${shard.id} in stream ${under(account, stream.name)} is not both greater than one plus the shard's StartingHashKey ${start} ` +
                    `and less than the shard's EndingHashKey ${end}.`,
            );
        }
        checkShardQuota(account, 1);
        stream.reservedShards = 1;
        change(stream, "UPDATING", nowMs, account.settings.durations.splitOrMergeSeconds, (atMs) =>
            reshard(account, stream, [{ kind: "split", index: stream.open.indexOf(shard), at }], atMs),
        );
    },
);

export const mergeShards = operation(
    { ...streamNames, ShardToMerge: required(name), AdjacentShardToMerge: required(name) },
    (account: Account, input, nowMs) => {
        const shardIds = [input.ShardToMerge, input.AdjacentShardToMerge].map((id) => shardIdIn(account, input, id));
        const stream = provisionedStreamOf(account, input);
        const [shard, adjacent] = shardIds.map((id) => reshardable(account, stream, id)) as [Shard, Shard];
        // AWS takes the two in the order of their hash keys alone.
        if (shard.range.end + 1n !== adjacent.range.start) {
            throw invalidArgument(
                `Shards ${shard.id} and ${adjacent.id} in stream ${under(account, stream.name)} are not an adjacent pair of shards eligible for merging`,
            );
        }
        change(stream, "UPDATING", nowMs, account.settings.durations.splitOrMergeSeconds, (atMs) =>
            reshard(account, stream, [{ kind: "merge", index: stream.open.indexOf(shard) }], atMs),
        );
    },
);

function reshardable(account: Account, stream: Stream, shardId: string): Shard {
    const of = `in stream ${under(account, stream.name)}`;
    const shard = stream.shards.get(shardId);
    if (!shard) throw notFound(`Could not find shard ${shardId} ${of}.`);
    if (shard.closedMs === undefined) return shard;
    throw invalidArgument(
        `Shard ${shardId} ${of} has already been merged or split, and thus is not eligible for merging or splitting.`,
    );
}
