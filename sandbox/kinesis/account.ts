/**
 * What the account may have: its quota of shards, and the operations that tell it.
 */
import { limits } from "../../capacity/limits";
import { operation } from "../wire/operation";
import { oneOf, required, structure } from "../wire/shape";
import { limitExceeded } from "./errors";
import { type Account, type Stream } from "./state";

const onDemandStreamsMax = 50;

export const describeLimits = operation({}, (account: Account) => ({
    ShardLimit: account.settings.accountShardsMax,
    OpenShardCount: openShards(account),
    OnDemandStreamCount: onDemandStreams(account),
    OnDemandStreamCountLimit: onDemandStreamsMax,
}));

export const describeAccountSettings = operation({}, (account: Account, _input, nowMs) => ({
    MinimumThroughputBillingCommitment: commitment(account, nowMs),
}));

const hourMs = 3_600_000;

/** Who ends a commitment early is bound until its first day is over; who begins it again before that goes on with it. */
export const updateAccountSettings = operation(
    {
        MinimumThroughputBillingCommitment: required(structure({ Status: required(oneOf("ENABLED", "DISABLED")) })),
    },
    (account: Account, { MinimumThroughputBillingCommitment: { Status } }, nowMs) => {
        const startedMs = hasAdvantage(account, nowMs) ? account.commitment!.startedMs : nowMs;
        if (Status === "ENABLED") account.commitment = { startedMs };
        else if (hasAdvantage(account, nowMs))
            account.commitment = { startedMs, endsMs: Math.max(nowMs, startedMs + limits.advantageHoursMin * hourMs) };
        return { MinimumThroughputBillingCommitment: commitment(account, nowMs) };
    },
);

/** Whether the account is in On-demand Advantage. */
export function hasAdvantage({ commitment: made }: Account, nowMs: number): boolean {
    return made !== undefined && (made.endsMs === undefined || nowMs < made.endsMs);
}

function commitment(account: Account, nowMs: number): object {
    const { commitment: made } = account;
    if (made === undefined) return { Status: "DISABLED" };
    const { startedMs, endsMs } = made;
    const StartedAt = startedMs / 1_000;
    if (!hasAdvantage(account, nowMs)) return { Status: "DISABLED", StartedAt, EndedAt: endsMs! / 1_000 };
    return {
        Status: endsMs === undefined ? "ENABLED" : "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
        StartedAt,
        EarliestAllowedEndAt: (startedMs + limits.advantageHoursMin * hourMs) / 1_000,
    };
}

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
            "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) " +
            "for current limits and how to request higher limits.",
    );
}

/** One more stream in on-demand mode. AWS documents the limit, not its sentence. */
export function checkOnDemandQuota(account: Account): void {
    if (onDemandStreams(account) < onDemandStreamsMax) return;
    const { accountId, region } = account.ambient;
    throw limitExceeded(
        `This request would exceed the limit of ${onDemandStreamsMax} on-demand streams for the account ${accountId} in ${region}.`,
    );
}

function onDemandStreams(account: Account): number {
    return sum(account, ({ mode }) => (mode === "ON_DEMAND" ? 1 : 0));
}

function openShards(account: Account): number {
    return sum(account, ({ open }) => open.length);
}

function sum(account: Account, of: (stream: Stream) => number): number {
    return [...account.streams.values()].reduce((total, stream) => total + of(stream), 0);
}
