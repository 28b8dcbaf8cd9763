/**
 * The scaler's settings: defaults, ranges, and how they travel in a Lambda's environment variables.
 */
import { limits } from "../limits";
import { InvalidInputError, problem, type Problem } from "../problems";
import { type ScalingMode, scalingModes, type ScalingSettings } from "./observation";
import { closest, formatNumber } from "../text";

export const scalingDefaults = {
    mode: "reactive",
    maxReshardsPerDay: 48,
    everyMinutes: 1,
    paused: false,
    dryRun: false,
    logRetentionDays: 30,
} as const;

/** What a user may declare about scaling; only the two ends are required. */
export interface DeclaredScaling {
    readonly minShards: number;
    readonly maxShards: number;
    readonly peakShards?: number | undefined;
    readonly mode?: string | undefined;
    readonly maxReshardsPerDay?: number | undefined;
    readonly everyMinutes?: number | undefined;
    readonly logRetentionDays?: number | undefined;
}

interface SettingRow {
    readonly minimum: number;
    readonly maximum: number;
    readonly whole: boolean;
    readonly fix: string;
}

export const scalingSettingRows = {
    minShards: {
        minimum: 1,
        maximum: limits.updateShardCountTargetMax,
        whole: true,
        fix: "Declare the fewest shards that the scaler may go to.",
    },
    maxShards: {
        minimum: 1,
        maximum: limits.updateShardCountTargetMax,
        whole: true,
        fix: "Declare the most shards that the scaler may go to.",
    },
    peakShards: {
        minimum: 0.001,
        maximum: limits.updateShardCountTargetMax,
        whole: false,
        fix: "Declare the shards that the declared peak needs, without headroom.",
    },
    maxReshardsPerDay: {
        minimum: 0,
        maximum: 10_000,
        whole: true,
        fix: "Declare the SplitShard and MergeShards calls allowed in 24 h; 0 allows UpdateShardCount only.",
    },
    everyMinutes: {
        minimum: 1,
        maximum: 60,
        whole: true,
        fix: "Declare the minutes between two runs; EventBridge Scheduler is precise to a minute.",
    },
} as const satisfies Partial<Record<keyof DeclaredScaling, SettingRow>>;

/** The days that CloudWatch Logs accepts as a retention. */
export const logRetentionDaysAllowed: readonly number[] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Everything that is malformed about a declaration, at once; empty if the scaler can run with it. */
export function scalingProblems(declared: DeclaredScaling): Problem[] {
    const problems: Problem[] = [];
    for (const [name, row] of Object.entries(scalingSettingRows) as [keyof typeof scalingSettingRows, SettingRow][]) {
        const value = declared[name];
        if (value === undefined && name !== "minShards" && name !== "maxShards") continue;
        const fits =
            typeof value === "number" &&
            value >= row.minimum &&
            value <= row.maximum &&
            (!row.whole || Number.isInteger(value));
        if (fits) continue;
        const noun = row.whole ? "a whole number" : "a number";
        const allowed = `${noun} from ${formatNumber(row.minimum)} to ${formatNumber(row.maximum)}`;
        problems.push(problem(name, value, allowed, row.fix));
    }
    if (declared.mode !== undefined && !(scalingModes as readonly string[]).includes(declared.mode)) {
        const allowed = scalingModes.join(", ");
        const fix = typeof declared.mode === "string" ? `Did you mean ${closest(declared.mode, scalingModes)}?` : "";
        problems.push(problem("mode", declared.mode, `one of ${allowed}`, fix));
    }
    const days = declared.logRetentionDays;
    if (days !== undefined && !logRetentionDaysAllowed.includes(days)) {
        const nearest = logRetentionDaysAllowed.find((allowed) => allowed >= days) ?? 3653;
        const allowed = `one of ${logRetentionDaysAllowed.join(", ")}`;
        problems.push(problem("logRetentionDays", days, allowed, `The next longer retention is ${nearest} days.`));
    }
    if (problems.length === 0 && declared.minShards > declared.maxShards) {
        const raise = `Raise maxShards to at least ${formatNumber(declared.minShards)}, or lower minShards.`;
        problems.push(
            problem("maxShards", declared.maxShards, `at least minShards (${formatNumber(declared.minShards)})`, raise),
        );
    }
    return problems;
}

/**
 * The settings with every default filled in.
 *
 * @throws InvalidInputError with every problem at once
 */
export function completeScaling(declared: DeclaredScaling): ScalingSettings {
    const problems = scalingProblems(declared);
    if (problems.length > 0) throw new InvalidInputError("scaling", problems);
    return {
        mode: (declared.mode ?? scalingDefaults.mode) as ScalingMode,
        minShards: declared.minShards,
        maxShards: declared.maxShards,
        peakShards: declared.peakShards ?? peakShardsFor(declared.maxShards),
        maxReshardsPerDay: declared.maxReshardsPerDay ?? scalingDefaults.maxReshardsPerDay,
    };
}

/** The declared peak where nobody declared one: by default the ceiling is twice the recommended count, so half of it. */
export function peakShardsFor(maxShards: number): number {
    return maxShards / 2;
}

/** The environment variables of the scaler's Lambda. The code is the same in every deployment; only these differ. */
export const scalerEnvironmentNames = {
    streamName: "STREAM_NAME",
    streamArn: "STREAM_ARN",
    ledgerTable: "LEDGER_TABLE",
    minShards: "MIN_SHARDS",
    maxShards: "MAX_SHARDS",
    peakShards: "PEAK_SHARDS",
    mode: "MODE",
    maxReshardsPerDay: "MAX_RESHARDS_PER_DAY",
    paused: "PAUSED",
    dryRun: "DRY_RUN",
} as const;

/** What the Lambda reads from its environment. */
export interface ScalerEnvironment {
    readonly streamName: string;
    readonly streamArn: string;
    readonly ledgerTable: string;
    readonly paused: boolean;
    readonly dryRun: boolean;
    readonly settings: ScalingSettings;
}

/**
 * Reads the environment variables of the scaler's Lambda.
 *
 * @throws InvalidInputError with every problem at once
 */
export function scalerEnvironment(variables: Readonly<Record<string, string | undefined>>): ScalerEnvironment {
    const names = scalerEnvironmentNames;
    const missing = [names.streamName, names.streamArn, names.ledgerTable].filter((name) => !variables[name]);
    if (missing.length > 0) {
        const fix = "Deploy the function through StreamAutoscaler, which sets it.";
        throw new InvalidInputError(
            "environment",
            missing.map((name) => problem(name, undefined, "set", fix)),
        );
    }
    // Empty is malformed, not 0; and what is neither true nor false must not mean that a paused scaler acts.
    const numeric = (name: string) => {
        const text = variables[name];
        return text === undefined ? undefined : text.trim() === "" ? NaN : Number(text);
    };
    const flags = [names.paused, names.dryRun].filter(
        (name) => !["true", "false", undefined].includes(variables[name]),
    );
    if (flags.length > 0) {
        throw new InvalidInputError(
            "environment",
            flags.map((name) =>
                problem(name, variables[name], "true or false", "Deploy the stream again, which sets it."),
            ),
        );
    }
    return {
        streamName: variables[names.streamName]!,
        streamArn: variables[names.streamArn]!,
        ledgerTable: variables[names.ledgerTable]!,
        paused: variables[names.paused] === "true",
        dryRun: variables[names.dryRun] === "true",
        settings: completeScaling({
            minShards: numeric(names.minShards) ?? NaN,
            maxShards: numeric(names.maxShards) ?? NaN,
            peakShards: numeric(names.peakShards),
            mode: variables[names.mode],
            maxReshardsPerDay: numeric(names.maxReshardsPerDay),
        }),
    };
}
