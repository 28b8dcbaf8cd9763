/**
 * Warm throughput: an on-demand stream that is told what to be ready for, in an account with On-demand Advantage.
 *
 * Which sentences AWS refuses it with is not documented; the names of the exceptions are the API model's.
 */
import { limits } from "../../capacity/limits";
import { integer, required } from "../wire/shape";
import { checkShardQuota, hasAdvantage } from "./account";
import { invalid, limitExceeded, under } from "./errors";
import { reshard } from "./lineage";
import { stepsToUniform } from "./ranges";
import { type Account, change, onActiveStream, type Stream } from "./state";

/** On-demand streams begin with the shards that take their first 4 MB/s. */
const onDemandShardsMin = 4;

export const warmThroughput = integer(0);

/** The shards of an on-demand stream that is ready for so much. */
export function onDemandShards(warmMiBps = 0): number {
    return Math.max(onDemandShardsMin, Math.ceil(warmMiBps / limits.shardWriteMiBPerSecond));
}

/** @throws AwsError where a stream of this mode may not be warmed, or not by so much */
export function checkWarmThroughput(
    account: Account,
    streamName: string,
    mode: Stream["mode"],
    warmMiBps: number | undefined,
    nowMs: number,
): void {
    if (warmMiBps === undefined) return;
    if (mode === "PROVISIONED") {
        throw invalid(
            `Warm throughput is not supported for stream ${under(account, streamName)}, which is in PROVISIONED mode.`,
        );
    }
    if (!hasAdvantage(account, nowMs)) {
        throw invalid(
            `Warm throughput is only supported with MinimumThroughputBillingCommitment enabled for account ${account.ambient.accountId}.`,
        );
    }
    const most = limits.warmThroughputMiBpsMax;
    if (warmMiBps > most) {
        throw limitExceeded(
            `Warm throughput of ${warmMiBps} MiBps is more than the ${most} MiBps of an on-demand stream.`,
        );
    }
}

export const updateWarmThroughput = onActiveStream(
    { WarmThroughputMiBps: required(warmThroughput) },
    (stream, { WarmThroughputMiBps: warmMiBps }, account, nowMs) => {
        checkWarmThroughput(account, stream.name, stream.mode, warmMiBps, nowMs);
        warm(account, stream, warmMiBps, nowMs);
        return { StreamName: stream.name, StreamARN: stream.arn, WarmThroughput: warmThroughputOf(stream) };
    },
);

/** Opens the shards for so much, which takes its time; where the stream has more, it releases them. */
export function warm(account: Account, stream: Stream, warmMiBps: number, nowMs: number): void {
    const target = onDemandShards(warmMiBps);
    const open = stream.open.length;
    checkShardQuota(account, target - open);
    stream.warmThroughputMiBps = warmMiBps;
    stream.reservedShards = Math.max(0, target - open);
    change(stream, "UPDATING", nowMs, account.settings.durations.changeSeconds, (atMs) => {
        stream.mode = "ON_DEMAND";
        const ranges = stream.open.map(({ range }) => range);
        reshard(account, stream, stepsToUniform(ranges, target), atMs);
    });
}

/** What a description says: there only for on-demand streams of an account with On-demand Advantage. */
export function warmThroughputOf({ open, warmThroughputMiBps: TargetMiBps }: Stream): object {
    return { CurrentMiBps: open.length * limits.shardWriteMiBPerSecond, ...(TargetMiBps && { TargetMiBps }) };
}
