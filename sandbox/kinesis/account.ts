/**
 * What the account may have: its quota of shards, and the operations that tell it.
 */
import { operation } from "../wire/operation";
import { limitExceeded } from "./errors";
import { type Account, type Stream } from "./state";

const onDemandStreamsMax = 50;

export const describeLimits = operation({}, (account: Account) => ({
    ShardLimit: account.settings.accountShardsMax,
    OpenShardCount: openShards(account),
    OnDemandStreamCount: [...account.streams.values()].filter(({ mode }) => mode === "ON_DEMAND").length,
    OnDemandStreamCountLimit: onDemandStreamsMax,
}));

export const describeAccountSettings = operation({}, (_account: Account) => ({
    MinimumThroughputBillingCommitment: { Status: "DISABLED" },
}));

/** The account's quota of open shards, in AWS's sentence; checked before a single shard is made. */
export function checkShardQuota(account: Account, additional: number): void {
    const { accountShardsMax } = account.settings;
    const current = openShards(account) + sum(account, ({ reservedShards }) => reservedShards);
    if (additional <= 0 || current + additional <= accountShardsMax) return;
    const { accountId, region } = account.ambient;
    throw limitExceeded(
        `This request would exceed the shard limit for the account ${accountId} in ${region}. ` +
            `Current shard count for the account: ${current}. Limit: ${accountShardsMax}. ` +
            `Number of additional shards that would have resulted from this request: ${additional}. ` +
            "Refer to the AWS Service Limits page " +
            "(https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) " +
            "for current limits and how to request higher limits.",
    );
}

function openShards(account: Account): number {
    return sum(account, ({ open }) => open.length);
}

function sum(account: Account, of: (stream: Stream) => number): number {
    return [...account.streams.values()].reduce((total, stream) => total + of(stream), 0);
}
