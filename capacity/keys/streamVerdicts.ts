/**
 * The verdicts on a stream of which no shard stands out: too little traffic to tell, full, in bursts, or even.
 */
import { limits } from "../limits";
import { mean, sum } from "../sums";
import { count, formatNumber, formatPercent, formatRate } from "../text";
import { times } from "./advice";
import { evenOverAverageMax, recordsNeeded } from "./chance";
import { isAboveChance } from "./evidence";
import { burstRoomFactor, nearLimitUtilization, type ShardLoad, type ShardReport } from "./shardReports";
import { moreStreams } from "./spread";

/** How a stream is looked at. */
export interface StreamView {
    /** Whether AWS opens and cuts its shards by itself, and takes neither a count nor a split. Default: false. */
    readonly isOnDemand?: boolean;
    /** Whether more minutes can be asked for: not beyond a reshard, before which the shards were others. Default: true. */
    readonly canLookFurther?: boolean;
}

interface StreamVerdict<Verdict> {
    readonly verdict: Verdict;
    readonly message: string;
    readonly recommendation: string;
}

const secondsPerMinute = 60;
/** From this part of a limit on a shard is full. */
export const fullUtilization = 0.9;

/** So few records that chance would hide a hot shard, or make one: unless a shard is near its limit, refuses, or has more than chance gives. */
export function tooLittleTraffic(
    loads: readonly ShardLoad[],
    reports: readonly ShardReport[],
    { canLookFurther = true }: StreamView,
): StreamVerdict<"cannot-tell"> | undefined {
    const recordsOf = ({ records, recordsPerSecond }: ShardLoad) => records ?? recordsPerSecond * secondsPerMinute;
    const records = Math.round(sum(loads.map(recordsOf)));
    const needed = recordsNeeded(loads.length);
    if (records >= needed || reports.some(({ nearLimit, refusedPerSecond }) => nearLimit || refusedPerSecond > 0))
        return undefined;
    const open = count(reports.length, "open shard");
    if (records === 0) {
        return {
            verdict: "cannot-tell",
            message: `${reports.length === 1 ? "The only open shard took no" : `None of ${open} took a`} record in the last minutes.`,
            recommendation: "Look again when there is traffic.",
        };
    }
    const hottest = Math.max(...reports.map((report) => report.overAverage));
    const isProven = isAboveChance(hottest, { shards: loads.length, effectiveRecords: records });
    if (isProven && reports.some((report) => report.hot)) return undefined;
    return {
        verdict: "cannot-tell",
        message: `${open} took ${count(records, "record")} in these minutes: too few to tell a hot shard from chance.`,
        recommendation: `Look again when there is more traffic${canLookFurther ? ", or look back further with --minutes" : ""}: ${count(needed, "record")} are enough.`,
    };
}

/** Full by its minutes, which the refusals confirm. */
export function isFull({ utilization, nearLimit, refusedPerSecond }: ShardReport): boolean {
    return utilization >= fullUtilization || (nearLimit && refusedPerSecond > 0);
}

export function underCapacity(
    reports: readonly ShardReport[],
    full: number,
    { isOnDemand }: StreamView,
): StreamVerdict<"under-capacity"> {
    const refused = sum(reports.map((report) => report.refusedPerSecond));
    const more = refused > 0 ? "; how much more is refused demand shows when there is room" : "";
    const target = Math.ceil(Math.max(sum(reports.map((report) => report.utilization)), full) * evenOverAverageMax);
    return {
        verdict: "under-capacity",
        message: `${formatNumber(full)} of ${count(reports.length, "shard")} ${full === 1 ? "is" : "are"} full${refused > 0 ? `, and ${formatRate(refused)} records/s are refused` : ""}.`,
        recommendation: isOnDemand
            ? "AWS opens more shards by itself, and refuses for a while what more than doubles in 15 minutes: slow the producers down until it has."
            : (moreStreams(target) ?? `Scale to ${count(target, "shard")} or more${more}.`),
    };
}

/** Where no shard stands out and some are full: together they need more room. */
export function needMoreRoom(reports: readonly ShardReport[]): boolean {
    const average = mean(reports.map((report) => report.utilization));
    return average >= nearLimitUtilization / evenOverAverageMax;
}

export function bursts(
    reports: readonly ShardReport[],
    bursting: readonly ShardReport[],
    { isOnDemand }: StreamView,
): StreamVerdict<"bursts"> {
    const fullest = Math.max(...bursting.map((report) => report.utilization));
    const refused = sum(bursting.map((report) => report.refusedPerSecond));
    const room = Math.ceil(burstRoomFactor * sum(reports.map((report) => report.utilization)));
    // How many shards there are is AWS's business on demand.
    const more = isOnDemand
        ? ""
        : room > reports.length
          ? ` ${count(room, "shard")} give the bursts some room.`
          : " More shards hardly help: no minute needs them.";
    const records = formatNumber(reports.length * limits.shardWriteRecordsPerSecond);
    const mib = formatNumber(reports.length * limits.shardWriteMiBPerSecond);
    return {
        verdict: "bursts",
        message: `${formatNumber(bursting.length)} of ${count(reports.length, "shard")} refused records (${formatRate(refused)} records/s), although the fullest minute used ${formatPercent(fullest)} of what a shard takes: bursts within seconds.`,
        recommendation: `Spread the records over the seconds where they are written, to at most ${records} records and ${mib} MiB in each, and put what is refused again with a growing wait: the producer of this package does both.${more}`,
    };
}

export function even(reports: readonly ShardReport[]): StreamVerdict<"even"> {
    const over = Math.max(...reports.map((report) => report.overAverage));
    const fullest = formatPercent(Math.max(...reports.map((report) => report.utilization)));
    const message =
        reports.length === 1
            ? `The stream has one shard; the fullest minute used ${fullest} of it.`
            : `The hottest of ${count(reports.length, "shard")} has ${times(over)} the average; the fullest minute used ${fullest} of a shard.`;
    return { verdict: "even", message, recommendation: "Nothing to do." };
}
