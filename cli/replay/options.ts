/**
 * The options of `replay`: one row each, with what it may be; what is malformed is told all at once.
 */
import { type Command, Option } from "commander";
import { type Check, number, oneOf, whole } from "../../capacity/checks";
import { limits } from "../../capacity/limits";
import { refuse } from "../../capacity/problems";
import { requirementCheck } from "../../capacity/requirements";
import { reshardTimes } from "../../capacity/scaling/times";
import { scalingChecks, scalingDefaults } from "../../capacity/scaling/settings";
import { numeric } from "../command";
import { loadDefaults } from "../trace/load";
import { gapFills } from "../trace/seconds";
import { recordKiBAssumed, traceUnitNames } from "../trace/units";

interface Row {
    readonly flag: string;
    readonly help: string;
    readonly argument?: string;
    readonly check?: Check;
    /** Text stays as it is; anything else is read as a number. */
    readonly isText?: true;
}

const shardsMax = limits.updateShardCountTargetMax;
const seconds = (most: number, fix: string) => number(0.001, most, fix);
const percent = (share: number) => `${Number((share * 100).toPrecision(6))} %`;

const rows = {
    column: {
        flag: "column",
        argument: "<name>",
        isText: true,
        help: "the column of the load, by name or number (default: the first with numbers and a name)",
    },
    recordsColumn: {
        flag: "records-column",
        argument: "<name>",
        isText: true,
        help: "a second column, of records, beside one of bytes",
    },
    timeColumn: {
        flag: "time",
        argument: "<name>",
        isText: true,
        help: "the column of the times (default: the first with times, if any)",
    },
    unit: {
        flag: "unit",
        argument: "<unit>",
        isText: true,
        check: oneOf(traceUnitNames, "Leave it out to play the shape alone."),
        help: `what the load counts: ${traceUnitNames.join(", ")} (default: by the column's name, else its shape alone)`,
    },
    periodSeconds: {
        flag: "period",
        argument: "<seconds>",
        check: seconds(86_400, "Give the seconds that a row stands for."),
        help: "seconds that a row stands for (default: by the times; 1 without)",
    },
    gaps: {
        flag: "gaps",
        argument: "<fill>",
        isText: true,
        check: oneOf(gapFills, "zero: nothing was written then; line: a straight line over each."),
        help: `what gaps are: ${gapFills.join(" or ")} (default ${loadDefaults.gaps})`,
    },
    scaleToShards: {
        flag: "scale-to-shards",
        check: number(0.001, shardsMax, "Give the shards that the peak is to need."),
        help: "scale the load so that 99.9 % of its seconds need at most so many shards",
    },
    recordKiB: {
        flag: "record-kib",
        check: number(0.001, limits.recordKiBMax, "Give the KiB of an average record."),
        help: `KiB of a record, where bytes or records are not told (default ${recordKiBAssumed}, for the price alone)`,
    },
    noise: {
        flag: "noise",
        check: number(0, 1, "Give 0 for seconds that are all alike."),
        help: `how the seconds of a longer row scatter: standard deviation over root of (load x peak) (default ${loadDefaults.noise})`,
    },
    peakShards: {
        flag: "peak",
        argument: "<shards>",
        check: number(0.001, shardsMax, "Give the shards that the declared peak needs."),
        help: "the declared peak (default: what 99.9 % of the seconds need at most)",
    },
    headroom: {
        flag: "headroom",
        check: requirementCheck("headroom", "Give a fraction: 0.2 for a fifth."),
        help: "spare capacity of the static size over the declared peak (default 0.2)",
    },
    minShards: {
        flag: "min",
        argument: "<shards>",
        check: scalingChecks.minShards,
        help: "fewest shards of the scaler (default 1)",
    },
    maxShards: {
        flag: "max",
        argument: "<shards>",
        check: scalingChecks.maxShards,
        help: "most shards of the scaler (default: twice the declared peak)",
    },
    startShards: {
        flag: "start",
        argument: "<shards>",
        check: whole(1, shardsMax, "Give the shards that are open at the start."),
        help: "shards at the start (default: the static size)",
    },
    mode: {
        flag: "mode",
        argument: "<mode>",
        isText: true,
        check: scalingChecks.mode,
        help: `of the scaler: reactive or predictive (default ${scalingDefaults.mode})`,
    },
    maxReshardsPerDay: {
        flag: "max-reshards-per-day",
        check: scalingChecks.maxReshardsPerDay,
        help: `splits and merges in 24 h (default ${scalingDefaults.maxReshardsPerDay})`,
    },
    refusedShareSlo: {
        flag: "refused-slo",
        argument: "<share>",
        check: scalingChecks.refusedShareSlo,
        help: `part of the records that may be refused, 0 to 0.1 (default ${scalingDefaults.refusedShareSlo}, ${percent(scalingDefaults.refusedShareSlo)})`,
    },
    everyMinutes: {
        flag: "every",
        argument: "<minutes>",
        check: scalingChecks.everyMinutes,
        help: `minutes between two runs of the scaler (default ${scalingDefaults.everyMinutes})`,
    },
    metricsLateMinutes: {
        flag: "metrics-late",
        argument: "<minutes>",
        check: whole(0, 60, "Give the minutes from the end of a minute until CloudWatch tells of it."),
        help: "minutes until CloudWatch tells of a minute (default 1)",
    },
    updateSeconds: {
        flag: "update-seconds",
        argument: "<seconds>",
        check: whole(1, 86_400, "Give the seconds that UpdateShardCount takes at least."),
        help: `seconds that UpdateShardCount takes at least (default ${reshardTimes.updateSecondsMin}; ${reshardTimes.updateSecondsBase} and ${reshardTimes.updateSecondsPerShard} more a shard where that is longer)`,
    },
    splitSeconds: {
        flag: "split-seconds",
        argument: "<seconds>",
        check: whole(1, 86_400, "Give the seconds that SplitShard and MergeShards take."),
        help: `seconds that a split or a merge takes (default ${reshardTimes.splitSeconds})`,
    },
    retrySeconds: {
        flag: "retry-seconds",
        argument: "<seconds>",
        check: whole(0, 3_600, "Give the seconds for which producers write a refused record again."),
        help: "seconds for which producers write a refused record again, before it is lost (default 0)",
    },
    retentionHours: {
        flag: "retention-hours",
        check: whole(
            limits.retentionHoursDefault,
            limits.retentionHoursMax,
            "Give the hours that records stay readable.",
        ),
        help: "hours that records stay readable, for the price (default 24)",
    },
    sharedConsumers: {
        flag: "shared-consumers",
        check: requirementCheck("sharedConsumers", "Give the consumers that read with GetRecords."),
        help: "consumers that read with GetRecords, for the price (default 1)",
    },
    fanOutConsumers: {
        flag: "fan-out-consumers",
        check: requirementCheck("fanOutConsumers", "Give the consumers with enhanced fan-out."),
        help: "consumers with enhanced fan-out, for the price (default 0)",
    },
    prices: {
        flag: "prices",
        argument: "<file>",
        isText: true,
        help: "JSON file with the prices of another region (default: us-east-1)",
    },
    compare: { flag: "compare", argument: "", help: "play both modes, the usual rules and published scalers as well" },
    html: {
        flag: "html",
        argument: "<file>",
        isText: true,
        help: "write an HTML page that shows it: one file, with charts that zoom",
    },
} as const satisfies Record<string, Row>;

type Name = keyof typeof rows;
type Value<Of extends Name> = Of extends "compare"
    ? true
    : (typeof rows)[Of] extends { isText: true }
      ? string
      : number;

/** What was given, by what it is. */
export type ReplayFlags = { readonly [Of in Name]?: Value<Of> };

/**
 * @param names those of a command that has not all of them
 * @param helps where they are another thing there
 */
export function addReplayOptions(
    command: Command,
    names: readonly Name[] = Object.keys(rows) as Name[],
    helps: Readonly<Partial<Record<Name, string>>> = {},
): Command {
    for (const name of names) {
        const { flag, argument = "<number>", isText, ...row }: Row = rows[name];
        const help = helps[name] ?? row.help;
        const written = `--${flag} ${argument}`.trimEnd();
        if (isText || argument === "") command.option(written, help);
        else command.option(written, help, numeric);
    }
    return command;
}

/** The options of some flags, as they are written. */
export function writtenAs(names: readonly Name[]): string[] {
    return names.map((name) => `--${rows[name].flag}`);
}

/** @throws InvalidInputError with everything that is malformed */
export function readReplayFlags(given: Readonly<Record<string, unknown>>, command = "replay"): ReplayFlags {
    const flags = Object.entries<Row>(rows).flatMap(([name, row]) => {
        const value = given[new Option(`--${row.flag}`).attributeName()];
        return value === undefined ? [] : [{ name, row, value }];
    });
    const problems = flags.flatMap(({ row, value }) => row.check?.(`--${row.flag}`, value) ?? []);
    refuse(command, problems);
    return Object.fromEntries(flags.map(({ name, value }) => [name, value]));
}
