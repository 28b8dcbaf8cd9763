/**
 * What may be set about alarms, within what CloudWatch allows and under which each still tells what it is there for.
 *
 * Source: PutMetricAlarm in the API reference of CloudWatch, read 2026-11.
 */
import {
    argsProblems,
    type Check,
    fits,
    flag,
    isGiven,
    notYetKnown,
    number,
    object,
    oneOf,
    plain,
    record,
    whole,
} from "../checks";
import { type Problem, problem } from "../problems";
import { formatNumber } from "../text";
import { type AlarmRow, type AlarmSettings, missingDataRules, secondsPerHour, windowOf } from "./alarmRow";
import { type AlarmName, alarmRows } from "./alarms";

const secondsPerDay = 86_400;

/** Alarms look back a day at most, and those with periods of an hour or more seven. */
export const lookBackSecondsMax = (periodSeconds: number) =>
    periodSeconds < secondsPerHour ? secondsPerDay : 7 * secondsPerDay;

export const looksBack =
    "CloudWatch looks back a day (86,400 seconds), or seven days (604,800) in periods of an hour or more";

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
    return plain((property, value) => {
        const alone = argsProblems(each, value, [], property);
        const malformed = new Set(alone.map(({ property: path }) => path.slice(property.length + 1).split(".")[0]));
        const given = Object.entries(record(value)).filter(([name]) => !malformed.has(name));
        const wellFormed: Record<string, unknown> = Object.fromEntries(given);
        const together = names
            .filter((name) => !malformed.has(name))
            .flatMap((name) => [
                ...windowProblems(`${property}.${name}`, alarmRows[name], record(wellFormed[name])),
                ...memoryProblems(property, name, wellFormed),
            ]);
        return [...alone, ...together];
    });
}

function settingsOf({ threshold: { isFixed, minimum, maximum, unit }, ...row }: AlarmRow): Check {
    const rules = row.missingDataRules ?? missingDataRules;
    const checks = {
        enabled: plain(flag),
        ...(!isFixed && { threshold: number(minimum, maximum, `The threshold is in ${unit}.`) }),
        periodSeconds,
        evaluationPeriods,
        datapointsToAlarm,
        ...(rules.length > 1 && {
            treatMissingData: oneOf(rules, `Leave it out for ${row.treatMissingData}.`),
        }),
    };
    return plain(object(checks));
}

/** Settings are well-formed for any function: a window that goes by its timeout is no shorter than this. */
const shortest = { functionTimeoutSeconds: 1 };

/** What is wrong with settings of which each is well-formed: M of N, and how far back they look. */
function windowProblems(path: string, row: AlarmRow, given: Record<string, unknown>): Problem[] {
    const set = Object.fromEntries(Object.entries(given).filter(([, value]) => isGiven(value)));
    // What is not known yet is checked when it is.
    if (Object.values(set).includes(notYetKnown)) return [];
    const { threshold, ...window } = set as AlarmSettings;
    if (row.threshold.isWindow && threshold !== undefined && window.evaluationPeriods !== undefined) {
        const fix = `The ${row.threshold.unit} are periodSeconds times evaluationPeriods: give one of the two.`;
        return [problem(`${path}.evaluationPeriods`, window.evaluationPeriods, "left out beside threshold", fix)];
    }
    const { periodSeconds: seconds, evaluationPeriods: periods } = windowOf(
        row,
        window,
        threshold ?? row.threshold.default({}),
        shortest,
    );
    const { datapointsToAlarm: wanted = periods } = window;
    const most = lookBackSecondsMax(seconds);
    const tooMany = `at most ${formatNumber(periods)}, the evaluationPeriods`;
    const fix = "So many of the last evaluationPeriods data points must breach: lower it, or raise those.";
    return [
        ...(wanted > periods ? [problem(`${path}.datapointsToAlarm`, wanted, tooMany, fix)] : []),
        ...(seconds * periods > most ? [tooFarBack(path, seconds, periods, most, window)] : []),
    ];
}

/** The problem is the one that was set, of period and periods. */
function tooFarBack(path: string, seconds: number, periods: number, most: number, window: AlarmSettings): Problem {
    const fix = `${looksBack}.`;
    if (window.evaluationPeriods === undefined) {
        const allowed = `at most ${formatNumber(Math.floor(most / periods / 60) * 60)} with ${formatNumber(periods)} evaluationPeriods`;
        return problem(`${path}.periodSeconds`, seconds, allowed, fix);
    }
    const allowed = `at most ${formatNumber(Math.floor(most / seconds))} with periods of ${formatNumber(seconds)} seconds`;
    return problem(`${path}.evaluationPeriods`, periods, allowed, fix);
}

/** An alarm by which another knows whether there ever was data has to keep it in mind. */
function memoryProblems(path: string, name: AlarmName, alarms: Record<string, unknown>): Problem[] {
    const { alarm = undefined } = alarmRows[name].onlyAfter ?? {};
    if (alarm === undefined || record(alarms[name]).enabled === false) return [];
    const { enabled, treatMissingData } = record(alarms[alarm]);
    if (enabled === false || typeof treatMissingData !== "string" || treatMissingData === "ignore") return [];
    const fix = `Leave it out, or switch off ${path}.${name}, which goes by this alarm: it tells of a reader that died, and ignore remembers that there was one.`;
    return [problem(`${path}.${alarm}.treatMissingData`, treatMissingData, `ignore beside ${path}.${name}`, fix)];
}
