/**
 * UpdateShardCount, SplitShard and MergeShards, with AWS's limits of each.
 */
import { limits } from "../../capacity/limits";
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import { integer, oneOf, required } from "../wire/shape";
import { checkShardQuota } from "./account";
import { reshard } from "./lineage";
import { stepsToUniform } from "./ranges";
import { hashKey, name, streamNames } from "./shapes";
import { type Account, activeStreamOf, change, keepLastDay, type Shard, type Stream } from "./state";

export const updateShardCount = operation(
    {
        ...streamNames,
        TargetShardCount: required(integer(1)),
        ScalingType: required(oneOf("UNIFORM_SCALING")),
    },
    (account: Account, input, nowMs) => {
        const stream = provisioned(account, activeStreamOf(account, input));
        const target = input.TargetShardCount;
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
        throw exceeded(`Target shard count or number of open shards cannot be greater than ${most}. ${counts}`);
    if (target > open * limits.updateShardCountGrowthFactorMax)
        throw exceeded(`UpdateShardCount cannot scale up over double your current open shard count. ${counts}`);
    // How AWS rounds half of an odd count is not documented; up is what it surely accepts.
    if (target < Math.ceil(open * limits.updateShardCountShrinkFactorMin))
        throw exceeded(`UpdateShardCount cannot scale down below half your current open shard count. ${counts}`);
    keepLastDay(stream.updateCallsMs, nowMs);
    if (stream.updateCallsMs.length >= limits.updateShardCountCallsPer24Hours) {
        throw exceeded(
            `UpdateShardCount cannot be called more than ${limits.updateShardCountCallsPer24Hours} times in a rolling ` +
                `24 hour period for stream ${stream.name} under account ${account.ambient.accountId}.`,
        );
    }
    checkShardQuota(account, target - open);
}

function exceeded(sentence: string): AwsError {
    return new AwsError("LimitExceededException", sentence);
}

export const splitShard = operation(
    { ...streamNames, ShardToSplit: required(name), NewStartingHashKey: required(hashKey) },
    (account: Account, input, nowMs) => {
        const stream = provisioned(account, activeStreamOf(account, input));
        const shard = reshardable(account, stream, input.ShardToSplit);
        const at = BigInt(input.NewStartingHashKey);
        const { start, end } = shard.range;
        // AWS leaves both children more than one hash key.
        if (at <= start + 1n || at >= end) {
            throw new AwsError(
                "InvalidArgumentException",
                `NewStartingHashKey ${at} used in SplitShard() on shard ${shard.id} in stream ${stream.name} under account ` +
                    `${account.ambient.accountId} is not both greater than one plus the shard's StartingHashKey ${start} ` +
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
        const stream = provisioned(account, activeStreamOf(account, input));
        const shard = reshardable(account, stream, input.ShardToMerge);
        const adjacent = reshardable(account, stream, input.AdjacentShardToMerge);
        const left = shard.range.start < adjacent.range.start ? shard : adjacent;
        const right = left === shard ? adjacent : shard;
        if (left.range.end + 1n !== right.range.start) {
            throw new AwsError(
                "InvalidArgumentException",
                `Shards ${shard.id} and ${adjacent.id} in stream ${stream.name} under account ` +
                    `${account.ambient.accountId} are not an adjacent pair of shards eligible for merging`,
            );
        }
        change(stream, "UPDATING", nowMs, account.settings.durations.splitOrMergeSeconds, (atMs) =>
            reshard(account, stream, [{ kind: "merge", index: stream.open.indexOf(left) }], atMs),
        );
    },
);

function provisioned(account: Account, stream: Stream): Stream {
    if (stream.mode === "PROVISIONED") return stream;
    throw new AwsError(
        "ValidationException",
        `Request is invalid. Stream ${stream.name} under account ${account.ambient.accountId} is in On-Demand mode.`,
    );
}

function reshardable(account: Account, stream: Stream, shardId: string): Shard {
    const of = `in stream ${stream.name} under account ${account.ambient.accountId}`;
    const shard = stream.shards.get(shardId);
    if (!shard) throw new AwsError("ResourceNotFoundException", `Could not find shard ${shardId} ${of}.`);
    if (shard.closedMs === undefined) return shard;
    throw new AwsError(
        "InvalidArgumentException",
        `Shard ${shardId} ${of} has already been merged or split, and thus is not eligible for merging or splitting.`,
    );
}
