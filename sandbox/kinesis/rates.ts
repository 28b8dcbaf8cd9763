/**
 * Holds control calls to AWS's rates.
 */
import { limits } from "../../capacity/limits";
import { limitExceeded, throughputExceeded } from "./errors";
import { type Account, type StreamNames } from "./state";
import { TokenBucket } from "./throughput";

interface RateRow {
    readonly perSecond: number;
    readonly scope: "account" | "stream" | "shard";
    /** Operations of one group share a rate. @default the operation alone */
    readonly group?: string;
}

const reshard: RateRow = { perSecond: limits.splitAndMergeCallsPerSecond, scope: "account", group: "reshard" };

/** By operation; what is not named may come as it likes. */
export const rateRows: Readonly<Record<string, RateRow>> = {
    SplitShard: reshard,
    MergeShards: reshard,
    UpdateShardCount: { perSecond: limits.updateShardCountCallsPerSecond, scope: "account" },
    ListShards: { perSecond: limits.listShardsCallsPerSecond, scope: "stream" },
    DescribeStreamSummary: { perSecond: limits.describeStreamSummaryCallsPerSecond, scope: "account" },
    DescribeLimits: { perSecond: limits.describeLimitsCallsPerSecond, scope: "account" },
    RegisterStreamConsumer: { perSecond: limits.registerStreamConsumerCallsPerSecond, scope: "account" },
    DescribeStream: { perSecond: limits.describeStreamCallsPerSecond, scope: "account" },
    DescribeStreamConsumer: { perSecond: limits.describeStreamConsumerCallsPerSecond, scope: "stream" },
    DeregisterStreamConsumer: { perSecond: limits.controlCallsPerSecond, scope: "stream" },
    ListStreamConsumers: { perSecond: limits.controlCallsPerSecond, scope: "stream" },
    GetShardIterator: { perSecond: limits.shardGetShardIteratorCallsPerSecond, scope: "shard" },
    ...Object.fromEntries(
        [
            "CreateStream",
            "DeleteStream",
            "ListStreams",
            "AddTagsToStream",
            "RemoveTagsFromStream",
            "ListTagsForStream",
            "DescribeAccountSettings",
            "UpdateAccountSettings",
            "UpdateStreamWarmThroughput",
        ].map((operation) => [operation, { perSecond: limits.controlCallsPerSecond, scope: "account" }]),
    ),
};

/** What a call may name of the things that rates are counted by. */
interface Named extends StreamNames {
    readonly ConsumerARN?: string;
    readonly ShardId?: string;
}

/** Counts a call. @throws AwsError (LimitExceededException, of a shard ProvisionedThroughputExceededException) if it is one too many in its second */
export function countCall(account: Account, operation: string, input: Named, nowMs: number): void {
    const row = rateRows[operation];
    if (!row || !account.settings.limitsCallRates) return;
    const stream = input.StreamName ?? (input.StreamARN ?? input.ConsumerARN)?.split("/")[1] ?? "";
    const group = row.group ?? operation;
    const of = {
        account: "",
        stream: ` for stream ${stream}`,
        shard: ` for shard ${input.ShardId} in stream ${stream}`,
    };
    const key = `${group}${of[row.scope]}`;
    let bucket = account.callBuckets.get(key);
    if (!bucket) account.callBuckets.set(key, (bucket = new TokenBucket(row.perSecond, 1, nowMs)));
    if (bucket.tryTake(1, nowMs)) return;
    const refuse = row.scope === "shard" ? throughputExceeded : limitExceeded;
    throw refuse(`Rate exceeded${of[row.scope]} under account ${account.ambient.accountId}.`);
}
