/**
 * When an alarm is in which state: M of N datapoints, and the four ways of treating data that is missing.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and alarms-and-missing-data.html, read 2026-11.
 */
import { type StateValue } from "../../capacity/cloudwatch/compositeRule";

export type TreatMissingData = "missing" | "notBreaching" | "breaching" | "ignore";

const comparison = (words: string, breaches: (value: number, threshold: number) => boolean) => ({ words, breaches });

export const comparisons = {
    GreaterThanOrEqualToThreshold: comparison("greater than or equal to", (value, threshold) => value >= threshold),
    GreaterThanThreshold: comparison("greater than", (value, threshold) => value > threshold),
    LessThanThreshold: comparison("less than", (value, threshold) => value < threshold),
    LessThanOrEqualToThreshold: comparison("less than or equal to", (value, threshold) => value <= threshold),
};

export type Comparison = keyof typeof comparisons;

export interface AlarmRule {
    /** N: the newest datapoints that count. */
    readonly evaluationPeriods: number;
    /** M: how many of them must breach. */
    readonly datapointsToAlarm: number;
    readonly threshold: number;
    readonly comparison: Comparison;
    readonly treatMissingData: TreatMissingData;
}

/** A datapoint with the time at which its period starts; no value where there is no data. */
export interface Datapoint {
    readonly timeMs: number;
    readonly value: number | undefined;
}

export interface StateVerdict {
    readonly state: StateValue;
    /** AWS's sentence about the state. */
    readonly reason: string;
    /** The datapoints that decided, newest first. */
    readonly evaluated: readonly Datapoint[];
}

/**
 * How many datapoints an alarm looks at: a few more than N, so that data that comes late or now and then still decides.
 * AWS does not publish the number; its examples look at 5 for N = 3.
 */
export function evaluationRange(evaluationPeriods: number): number {
    return evaluationPeriods + 2;
}

/**
 * The state of an alarm.
 *
 * @param datapoints the evaluation range, oldest first
 */
export function alarmState(datapoints: readonly Datapoint[], rule: AlarmRule, current: StateValue): StateVerdict {
    const { evaluationPeriods, datapointsToAlarm, treatMissingData } = rule;
    const newestFirst = [...datapoints].reverse();
    const real = newestFirst.filter((point) => point.value !== undefined).slice(0, evaluationPeriods);
    const breaching = real.filter((point) => breaches(point, rule)).length;
    const missing = evaluationPeriods - real.length;
    const decided = (state: StateValue, reason: string): StateVerdict => ({ state, reason, evaluated: real });
    const crossed = (state: StateValue): StateVerdict => decided(state, crossedReason(real, rule, state, current));

    // Enough data, or enough that breaches: missing data makes no difference.
    if (breaching >= datapointsToAlarm) return crossed("ALARM");
    if (missing === 0) return crossed("OK");

    if (treatMissingData === "breaching" || treatMissingData === "notBreaching") {
        const alarm = treatMissingData === "breaching" && breaching + missing >= datapointsToAlarm;
        return decided(alarm ? "ALARM" : "OK", filledReason(real, missing, rule));
    }
    if (real.length > breaching) return crossed("OK");
    const unchanged = decided(current, "");
    if (treatMissingData === "ignore") return unchanged;
    if (real.length === 0) {
        const noun = missing === 1 ? "datapoint was" : "datapoints were";
        return decided("INSUFFICIENT_DATA", `Insufficient Data: ${missing} ${noun} unknown.`);
    }
    // All that is known breaches. AWS waits until the oldest such point is M periods old, since the next one may be fine; what the
    // state is until then is not documented: it stays.
    const oldestAge = newestFirst.indexOf(real.at(-1)!) + 1;
    return oldestAge >= datapointsToAlarm ? crossed("ALARM") : unchanged;
}

function breaches({ value }: Datapoint, { comparison, threshold }: AlarmRule): boolean {
    return value !== undefined && comparisons[comparison].breaches(value, threshold);
}

/** `Threshold Crossed: 2 out of the last 3 datapoints [7.0 (01/11/26 00:02:00), ...] were greater than the threshold (5.0) (minimum ...` */
function crossedReason(real: readonly Datapoint[], rule: AlarmRule, state: StateValue, current: StateValue): string {
    const { comparison, threshold, evaluationPeriods, datapointsToAlarm } = rule;
    const shown = real.filter((point) => breaches(point, rule) === (state === "ALARM"));
    const alarms = state === "ALARM";
    const needed = alarms ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1;
    const from = alarms ? (current === "ALARM" ? "OK" : current) : current === "OK" ? "ALARM" : current;
    return (
        `Threshold Crossed: ${shown.length} out of the last ${real.length} datapoints ` +
        `[${shown.map(shownDatapoint).join(", ")}] ${shown.length === 1 ? "was" : "were"} ${alarms ? "" : "not "}` +
        `${comparisons[comparison].words} the threshold (${shownNumber(threshold)}) ` +
        `(minimum ${needed} ${needed === 1 ? "datapoint" : "datapoints"} for ${from} -> ${state} transition).`
    );
}

function filledReason(real: readonly Datapoint[], missing: number, { treatMissingData }: AlarmRule): string {
    const treated = `treated as [${treatMissingData === "breaching" ? "Breaching" : "NonBreaching"}]`;
    const points = `${missing} missing ${missing === 1 ? "datapoint was" : "datapoints were"} ${treated}`;
    if (real.length > 0) {
        const noun = real.length === 1 ? "datapoint" : "datapoints";
        return `Threshold Crossed: ${real.length} ${noun} [${real.map(shownDatapoint).join(", ")}] and ${points}.`;
    }
    return `Threshold Crossed: no datapoints were received for ${missing} ${missing === 1 ? "period" : "periods"} and ${points}.`;
}

function shownDatapoint({ timeMs, value }: Datapoint): string {
    const [date = "", time = ""] = new Date(timeMs).toISOString().split("T");
    const [year = "", month, day] = date.split("-");
    return `${shownNumber(value!)} (${day}/${month}/${year.slice(2)} ${time.slice(0, 8)})`;
}

/** A number as AWS prints it: 5 is "5.0". */
export function shownNumber(value: number): string {
    return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : String(value);
}
