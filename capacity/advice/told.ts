/**
 * What is to be known of an advice: where its days say less than they seem to, and what was assumed.
 */
import { dayMs, hourMs, minuteMs } from "../calendar";
import { limits } from "../limits";
import { type CapacityPlan } from "../sizing/plan";
import { capitalized, count, formatDollars, formatNumber, formatPercent, formatRate, timeText } from "../text";
import { type Choice } from "./advice";
import { onDemandShardsMin } from "./choices";
import { type Reads } from "./declare";
import { type Gap, type Measured, minuteSeconds } from "./measure";
import { assumedSigma } from "./series";

/** Fewer days have no weekend, or no Monday. */
const daysWanted = 7;

export function warningsOf(measured: Measured, reads: Reads, retentionHours: number): string[] {
    const days = (measured.untilMs - measured.fromMs) / dayMs;
    return [
        ...(days >= daysWanted
            ? []
            : [
                  `Only ${knownText(days)} known, less than ${daysWanted} days: a week has days that these have not. Ask again when there are more.`,
              ]),
        ...refusedText(measured),
        ...gapsText(measured),
        ...olderText(measured),
        ...lateText(reads, retentionHours),
    ];
}

function knownText(days: number): string {
    const short = (value: number) => Number(value.toPrecision(2));
    if (days >= 1) return count(short(days), "day of load is", "days of load are");
    if (days * 24 >= 2) return count(short(days * 24), "hour of load is", "hours of load are");
    return count(short(days * 24 * 60), "minute of load is", "minutes of load are");
}

function refusedText({ refusedRecords, refusingPeriods, periodSeconds }: Measured): string[] {
    if (refusedRecords === 0) return [];
    const period = periodSeconds === minuteSeconds ? "minute" : "period";
    return [
        `${formatNumber(refusedRecords)} put attempts were refused in ${count(refusingPeriods, period)}: the true demand of these is not known. Each refused attempt counts once, in its ${period}, and no more of them than records were accepted in it; a record that was tried again counts again, so the demand may have been lower, and who gave up is not seen, so it may have been higher.`,
    ];
}

function gapsText({ gaps }: Measured): string[] {
    if (gaps.length === 0) return [];
    const lengthMs = ({ fromMs, untilMs }: Gap) => untilMs - fromMs;
    const longest = gaps.reduce((most, gap) => (lengthMs(gap) > lengthMs(most) ? gap : most));
    const hours = formatRate(lengthMs(longest) / hourMs);
    const which = gaps.length === 1 ? "" : ", the longest";
    return [
        `${count(gaps.length, "gap")} without a datapoint${which} of ${hours} h from ${timeText(longest.fromMs)}: taken as nothing written. If producers were down, these days say less than they seem to.`,
    ];
}

function olderText({ fromMs, writeMiBPerSecond, recordsPerSecond }: Measured): string[] {
    const older = [writeMiBPerSecond.peak, recordsPerSecond.peak].find(({ atMs }) => atMs < fromMs);
    if (older === undefined) return [];
    return [
        `The peak is of ${timeText(older.atMs)}, before the days of which there are minutes: it is a mean of ${formatNumber(older.periodSeconds / 60)} minutes, and none of the choices is played against it.`,
    ];
}

/** A reader that is so far behind has little left until records expire. */
const lateShare = 0.5;

function lateText({ iteratorAgeMaxMs }: Reads, retentionHours: number): string[] {
    const part = (iteratorAgeMaxMs ?? 0) / (retentionHours * hourMs);
    if (part <= lateShare) return [];
    const hours = formatRate(iteratorAgeMaxMs! / hourMs);
    return [
        `A reader was ${hours} h behind, ${formatPercent(part)} of the ${formatNumber(retentionHours)} hours that records are kept: a longer retention, or faster readers.`,
    ];
}

/** What no number of shards mends, whichever choice is taken, and more shards than an account may have. */
export function impossibleText({ findings }: Pick<CapacityPlan, "findings">): string[] {
    const stops = ({ severity, code }: CapacityPlan["findings"][number]) =>
        severity === "error" || code === "shard-quota";
    return findings.filter(stops).map(({ message, fix }) => `${message} ${fix}`);
}

/** The scaler follows what is written. */
export function readsBindText({ binding, bounds }: Pick<CapacityPlan, "binding" | "bounds">): string[] {
    if (binding !== "sharedReadBytes") return [];
    const { sentence, shards } = bounds.find(({ constraint }) => constraint === binding)!;
    return [
        `Readers need more shards than writing does, ${shards} at the peak: ${sentence} A scaler follows what is written, so it goes no lower than that; readers with enhanced fan-out need no more than writing does.`,
    ];
}

/** A size that is known to be enough for these days alone is not one to forget about. */
export function hindsightText(advised: Choice, choices: readonly Choice[]): string[] {
    const declared = choices.find(({ kind }) => kind === "static");
    if (advised.kind !== "static" || declared === undefined || advised.monthly >= declared.monthly) return [];
    const more = formatPercent(declared.monthly / advised.monthly - 1);
    return [
        `${capitalized(advised.choice)} was enough for these days, with nothing to spare: busier ones refuse more. ${capitalized(declared.choice)}, the peak with its headroom, costs ${more} more (${formatDollars(declared.monthly)} a month).`,
    ];
}

/** What is known of who reads, and what cannot be. */
export function readersText({ readOverWritten, fanOutConsumers, iteratorAgeMaxMs }: Reads): string[] {
    const registered = fanOutConsumers ?? [];
    return [
        ...(readOverWritten === undefined
            ? []
            : [
                  `GetRecords gave ${formatRate(readOverWritten)} times the bytes that were written: ${sharedText(readOverWritten)} Metrics do not tell who reads, nor one that reads twice from two that read once.`,
              ]),
        ...(fanOutConsumers === undefined
            ? []
            : [
                  registered.length === 0
                      ? "No consumer is registered for enhanced fan-out."
                      : `${count(registered.length, "consumer is", "consumers are")} registered for enhanced fan-out: ${registered.join(", ")}.`,
              ]),
        ...(typeof iteratorAgeMaxMs === "number"
            ? [`The slowest reader was ${formatRate(iteratorAgeMaxMs / minuteMs)} minutes behind at worst.`]
            : []),
    ];
}

function sharedText(readOverWritten: number): string {
    const readers = Math.round(readOverWritten);
    return readers === 0
        ? "nobody who reads all of it."
        : `about ${count(readers, "shared reader")}, if each reads all of it once.`;
}

export function assumptionsOf({
    seriesPeriodSeconds,
    startShards,
    switchedShards,
}: {
    readonly seriesPeriodSeconds: number;
    readonly startShards: number;
    readonly switchedShards?: number | undefined;
}): string[] {
    const period = seriesPeriodSeconds === minuteSeconds ? "minute" : "period";
    return [
        ...(seriesPeriodSeconds > 1
            ? [
                  `The seconds are not known: they are taken to scatter around a ${period}'s mean with a standard deviation of ${assumedSigma} x root of (load x peak), the same on every run.`,
              ]
            : []),
        `The load spreads evenly over the hash keys, a shard takes ${limits.shardWriteMiBPerSecond} MiB and ${formatNumber(limits.shardWriteRecordsPerSecond)} records a second, and a refused record is not tried again.`,
        `The scaler is played as if deployed on the first of these days at ${count(startShards, "shard")}, with its own cost; shards are paid by the second.`,
        `On-demand takes twice the highest minute until a quarter of an hour ago, and at first ${firstText(switchedShards)}.`,
    ];
}

function firstText(switchedShards: number | undefined): string {
    if (switchedShards === undefined || switchedShards <= onDemandShardsMin)
        return `what ${count(onDemandShardsMin, "shard")} take, as a new stream does`;
    return `what ${count(switchedShards, "shard")} take, as the stream has them when it is switched`;
}
