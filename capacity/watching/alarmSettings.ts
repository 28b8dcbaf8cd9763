/**
 * What may be set about alarms, within what CloudWatch allows and under which each still tells what it is there for.
 *
 * Source: PutMetricAlarm in the API reference of CloudWatch, read 2026-11.
 */
import { argsProblems, type Check, fits, flag, number, object, oneOf, record, whole } from "../checks";
import { type Problem, problem } from "../problems";
import { formatNumber } from "../text";
import { type AlarmRow, missingDataRules, windowOf } from "./alarmRow";
import { type AlarmName, alarmRows } from "./alarms";

const secondsPerDay = 86_400;
const hourSeconds = 3_600;

/** Alarms look back a day at most, and those with periods of an hour or more seven. */
const lookBackSecondsMax = (periodSeconds: number) => (periodSeconds < hourSeconds ? secondsPerDay : 7 * secondsPerDay);

const periodSeconds = fits(
    (value) =>
        Number.isInteger(value) && (value as number) % 60 === 0 && isWithin(value as number, 60, 7 * secondsPerDay),
    `a multiple of 60 from 60 to ${formatNumber(7 * secondsPerDay)}`,
    "CloudWatch has a data point of each minute. It takes 10, 20 and 30 only of metrics that are published more often.",
);

const evaluationPeriods = whole(1, secondsPerDay / 60, "Give the last data points that count.");
const datapointsToAlarm = whole(1, secondsPerDay / 60, "Give how many of the data points must breach.");

function isWithin(value: number, least: number, most: number): boolean {
    return value >= least && value <= most;
}

/** The settings of some alarms by their names, each alone and with the ones that it goes by. */
export function alarmSettingsCheck(names: readonly AlarmName[]): Check {
    const each = Object.fromEntries(names.map((name) => [name, settingsOf(alarmRows[name])]));
    return (property, value) => [
        ...argsProblems(each, value, [], property),
        ...names.flatMap((name) => [
            ...windowProblems(`${property}.${name}`, alarmRows[name], record(record(value)[name])),
            ...memoryProblems(property, name, record(value)),
        ]),
    ];
}

function settingsOf({ threshold: { isFixed, minimum, maximum, unit }, ...row }: AlarmRow): Check {
    const rules = row.missingDataRules ?? missingDataRules;
    return object({
        enabled: flag,
        ...(!isFixed && { threshold: number(minimum, maximum, `The threshold is in ${unit}.`) }),
        periodSeconds,
        evaluationPeriods,
        datapointsToAlarm,
        ...(rules.length > 1 && {
            treatMissingData: oneOf(rules, `Leave it out for ${row.treatMissingData}.`),
        }),
    });
}

/** What is wrong with settings that are well-formed each: M of N, and how far back they look. */
function windowProblems(path: string, row: AlarmRow, given: Record<string, unknown>): Problem[] {
    const known = {
        threshold: numberIn(given.threshold),
        periodSeconds: numberIn(given.periodSeconds),
        evaluationPeriods: numberIn(given.evaluationPeriods),
        datapointsToAlarm: numberIn(given.datapointsToAlarm),
    };
    const isTime = typeof row.evaluationPeriods === "function";
    if (isTime && known.evaluationPeriods !== undefined && known.threshold !== undefined) {
        const fix = `The ${row.threshold.unit} are periodSeconds x evaluationPeriods; give one of the two.`;
        return [problem(`${path}.evaluationPeriods`, known.evaluationPeriods, "left out beside threshold", fix)];
    }
    // What is not known yet is checked when it is.
    const later = ["threshold", "periodSeconds", "evaluationPeriods", "datapointsToAlarm"] as const;
    if (later.some((name) => typeof given[name] === "symbol")) return [];
    const window = windowOf(row, withoutAbsent(known), known.threshold ?? row.threshold.default({}));
    const { evaluationPeriods: periods, periodSeconds: seconds } = window;
    const problems: Problem[] = [];
    if (known.datapointsToAlarm !== undefined && known.datapointsToAlarm > periods) {
        const fix = "So many of the last evaluationPeriods data points must breach: lower it, or raise those.";
        const allowed = `at most ${formatNumber(periods)}, the evaluationPeriods`;
        problems.push(problem(`${path}.datapointsToAlarm`, known.datapointsToAlarm, allowed, fix));
    }
    const most = lookBackSecondsMax(seconds);
    if (seconds * periods > most) {
        const of = known.evaluationPeriods === undefined ? "periodSeconds" : "evaluationPeriods";
        const value = of === "periodSeconds" ? seconds : periods;
        const rest = of === "periodSeconds" ? periods : seconds;
        const allowed = `at most ${formatNumber(Math.floor(most / rest))} with ${formatNumber(rest)} ${of === "periodSeconds" ? "evaluationPeriods" : "periodSeconds"}`;
        const fix =
            "CloudWatch looks back a day (86,400 seconds) at most, and seven days (604,800) in periods of an hour or more.";
        problems.push(problem(`${path}.${of}`, value, allowed, fix));
    }
    return problems;
}

/** An alarm by which another knows whether there ever was data has to keep it in mind. */
function memoryProblems(path: string, name: AlarmName, alarms: Record<string, unknown>): Problem[] {
    const { alarm = undefined } = alarmRows[name].onlyAfter ?? {};
    if (alarm === undefined || record(alarms[name]).enabled === false) return [];
    const { enabled, treatMissingData } = record(alarms[alarm]);
    if (enabled === false || typeof treatMissingData !== "string" || treatMissingData === "ignore") return [];
    if (!missingDataRules.includes(treatMissingData as "ignore")) return [];
    const fix = `Leave it out, or switch off ${path}.${name}, which goes by this alarm: it tells of a reader that died, and ignore remembers that there was one.`;
    return [problem(`${path}.${alarm}.treatMissingData`, treatMissingData, `ignore beside ${path}.${name}`, fix)];
}

function numberIn(value: unknown): number | undefined {
    return typeof value === "number" && value > 0 && Number.isFinite(value) ? value : undefined;
}

function withoutAbsent<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
        [K in keyof T]?: Exclude<T[K], undefined>;
    };
}
