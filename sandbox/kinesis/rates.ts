/**
 * Holds control calls to AWS's rates.
 */
import { limits } from "../../capacity/limits";
import { type CallInput, textOf } from "../service";
import { limitExceeded, throughputExceeded } from "./errors";
import { streamNamed } from "./named";
import { type Account } from "./state";

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

/** Counts a call. @throws AwsError (LimitExceededException, of a shard ProvisionedThroughputExceededException) if it is one too many in its second */
export function countCall(account: Account, operation: string, input: CallInput, nowMs: number): void {
    const row = rateRows[operation];
    if (!row || !account.settings.limitsCallRates) return;
    const stream = streamNamed(operation, input) ?? "";
    const group = row.group ?? operation;
    const of = {
        account: "",
        stream: ` for stream ${stream}`,
        shard: ` for shard ${textOf(input, "ShardId")} in stream ${stream}`,
    }[row.scope];
    if (account.callBuckets.tryTake(`${group}${of}`, row.perSecond, nowMs)) return;
    const refuse = row.scope === "shard" ? throughputExceeded : limitExceeded;
    throw refuse(`Rate exceeded${of} under account ${account.ambient.accountId}.`);
}
