/**
 * Holds control calls to AWS's rates.
 */
import { limits } from "../../capacity/limits";
import { limitExceeded } from "./errors";
import { type Account, type StreamNames } from "./state";
import { TokenBucket } from "./throughput";

interface RateRow {
    readonly perSecond: number;
    readonly scope: "account" | "stream";
    /** Operations of one group share a rate. @default the operation alone */
    readonly group?: string;
}

const reshard: RateRow = { perSecond: limits.splitAndMergeCallsPerSecond, scope: "account", group: "reshard" };

const rateRows: Readonly<Record<string, RateRow>> = {
    SplitShard: reshard,
    MergeShards: reshard,
    ListShards: { perSecond: limits.listShardsCallsPerSecond, scope: "stream" },
    DescribeStreamSummary: { perSecond: limits.describeStreamSummaryCallsPerSecond, scope: "account" },
    DescribeLimits: { perSecond: limits.describeLimitsCallsPerSecond, scope: "account" },
    RegisterStreamConsumer: { perSecond: limits.registerStreamConsumerCallsPerSecond, scope: "stream" },
};

/** Counts a call. @throws AwsError (LimitExceededException) if it is one too many in its second */
export function countCall(account: Account, operation: string, input: StreamNames, nowMs: number): void {
    const row = rateRows[operation];
    if (!row || !account.settings.limitsCallRates) return;
    const stream = input.StreamName ?? input.StreamARN?.split("/").at(-1) ?? "";
    const group = row.group ?? operation;
    const key = row.scope === "account" ? group : `${group} ${stream}`;
    let bucket = account.callBuckets.get(key);
    if (!bucket) account.callBuckets.set(key, (bucket = new TokenBucket(row.perSecond, 1, nowMs)));
    if (bucket.tryTake(1, nowMs)) return;
    const of = row.scope === "account" ? "" : ` for stream ${stream}`;
    throw limitExceeded(`Rate exceeded${of} under account ${account.ambient.accountId}.`);
}
