/**
 * The scaler's settings: defaults, ranges, and how they travel in a Lambda's environment variables.
 */
import { argsProblems, type Checks, flag, isGiven, number, oneOf, plain, record, text, whole } from "../checks";
import { limits } from "../limits";
import { type Problem, problem, refuse } from "../problems";
import { defaultScalerMode } from "../sizing/scalerMode";
import { formatNumber } from "../text";
import { type ScalingMode, scalingModes, type ScalingSettings } from "./observation";

export const scalingDefaults = {
    mode: defaultScalerMode,
    maxReshardsPerDay: 48,
    refusedShareSlo: 0.001,
    everyMinutes: 1,
    paused: false,
    dryRun: false,
    logRetentionDays: 30,
    notify: "off",
} as const;

/** What the scaler tells its topic: nothing, each reshard and what failed, or only what failed. */
export const notifyLevels = ["off", "all", "failures"] as const;

export type NotifyLevel = (typeof notifyLevels)[number];

/** What a user may declare about scaling; only the two ends are required. */
export interface DeclaredScaling {
    readonly minShards: number;
    readonly maxShards: number;
    readonly peakShards?: number | undefined;
    readonly mode?: string | undefined;
    readonly maxReshardsPerDay?: number | undefined;
    readonly refusedShareSlo?: number | undefined;
}

const shardsMax = limits.updateShardCountTargetMax;

/** The declared peak in shards: more than nothing, at most what a stream gets. */
export const peakShardsRange = { minimum: 0.001, maximum: shardsMax } as const;

/** The days that CloudWatch Logs accepts as a retention. */
const logRetentionDaysAllowed: readonly number[] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The processors that Lambda has, as it spells them. */
const functionArchitectures = ["arm64", "x86_64"] as const;

/** A key by its ARN: IAM knows no alias as a resource. */
export const kmsKeyArn = (fix: string) => text(/^arn:[^:]+:kms:[^:]+:[^:]*:key\/.+$/, "the ARN of a KMS key", fix);

/** What each argument of a scaler may be, whoever declares it. */
export const scalingChecks = {
    minShards: whole(1, shardsMax, "Declare the fewest shards that the scaler may go to."),
    maxShards: whole(1, shardsMax, "Declare the most shards that the scaler may go to."),
    mode: oneOf(scalingModes, "Leave it out for the default."),
    maxReshardsPerDay: whole(
        0,
        10_000,
        "Declare the SplitShard and MergeShards calls allowed in 24 h; 0 allows UpdateShardCount only.",
    ),
    refusedShareSlo: number(0, 0.1, "Declare the part of the records that may be refused: 0.001 is one in a thousand."),
    everyMinutes: whole(1, 60, "Declare the minutes between two runs; EventBridge Scheduler is precise to a minute."),
    paused: flag,
    dryRun: flag,
    logRetentionDays: oneOf(logRetentionDaysAllowed, "CloudWatch Logs keeps logs for one of these times."),
    notify: plain(oneOf(notifyLevels, "Leave it out and the topic is told of no reshard.")),
    ledgerTable: text(
        /^[a-zA-Z0-9_.-]{3,255}$/,
        "the name of a DynamoDB table (3 to 255 characters)",
        "Give the table's name, not its ARN, or leave it out for a table of the scaler's own.",
    ),
    kmsKeyArn: kmsKeyArn("Give the key's ARN, or leave it out for the keys of AWS."),
    architecture: oneOf(functionArchitectures, "Leave it out for x86_64."),
    permissionsBoundary: text(
        /^arn:[^:]+:iam::[^:]*:policy\/.+$/,
        "the ARN of an IAM policy",
        "Give an ARN such as arn:aws:iam::123456789012:policy/boundary.",
    ),
    rolePath: text(
        /^\/([!-~]{1,510}\/)?$/,
        "an IAM path that begins and ends with /",
        "Give a path such as /platform/.",
    ),
} as const satisfies Checks;

/** The same and the peak, which a ShardedStream takes from its plan. */
export const scalerChecks: Checks = {
    ...scalingChecks,
    peakShards: number(
        peakShardsRange.minimum,
        peakShardsRange.maximum,
        "Declare the shards that the declared peak needs, without headroom.",
    ),
};

/** The ends that a scaler cannot do without. */
export const scalerEnds = ["minShards", "maxShards"] as const;

/** Everything that is malformed about a declaration, at once; empty if the scaler can run with it. */
export function scalingProblems(declared: unknown): Problem[] {
    return [...argsProblems(scalerChecks, declared, scalerEnds), ...endsProblems(declared)];
}

/** The two ends of a declaration that contradict each other. */
export function endsProblems(declared: unknown, path = ""): Problem[] {
    const { minShards, maxShards } = record(declared);
    if (typeof minShards !== "number" || typeof maxShards !== "number" || !(minShards > maxShards)) return [];
    const fix = `Lower minShards to ${formatNumber(maxShards)}, or raise maxShards to ${formatNumber(minShards)}.`;
    return [problem(`${path}minShards`, minShards, `at most maxShards, ${formatNumber(maxShards)}`, fix)];
}

/** A scaler that is to tell somebody, and has no topic to tell. */
export function notifyProblems(declared: unknown): Problem[] {
    const { notify, topicArn } = record(declared);
    if (notify !== "all" && notify !== "failures") return [];
    if (isGiven(topicArn)) return [];
    const fix = "Give topicArn, the ARN of the SNS topic that is told, or leave notify out.";
    return [problem("notify", notify, "off where there is no topicArn", fix)];
}

/**
 * The settings with every default filled in.
 *
 * @throws InvalidInputError with every problem at once
 */
export function completeScaling(declared: DeclaredScaling): ScalingSettings {
    refuse("scaling", scalingProblems(declared));
    return {
        mode: (declared.mode ?? scalingDefaults.mode) as ScalingMode,
        minShards: declared.minShards,
        maxShards: declared.maxShards,
        peakShards: declared.peakShards ?? peakShardsFor(declared.maxShards),
        maxReshardsPerDay: declared.maxReshardsPerDay ?? scalingDefaults.maxReshardsPerDay,
        refusedShareSlo: declared.refusedShareSlo ?? scalingDefaults.refusedShareSlo,
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
    refusedShareSlo: "REFUSED_SHARE_SLO",
    paused: "PAUSED",
    dryRun: "DRY_RUN",
    notify: "NOTIFY",
    topicArn: "TOPIC_ARN",
} as const;

/** Whom the scaler tells of what. */
export interface ScalerNotify {
    readonly level: Exclude<NotifyLevel, "off">;
    readonly topicArn: string;
}

/** What the Lambda reads from its environment. */
export interface ScalerEnvironment {
    readonly streamName: string;
    readonly streamArn: string;
    readonly ledgerTable: string;
    readonly paused: boolean;
    readonly dryRun: boolean;
    readonly settings: ScalingSettings;
    /** Absent: nobody is told. */
    readonly notify?: ScalerNotify;
}

/**
 * Reads the environment variables of the scaler's Lambda.
 *
 * @throws InvalidInputError with every problem of the variables at once, else with every problem of the settings in them
 */
export function scalerEnvironment(variables: Readonly<Record<string, string | undefined>>): ScalerEnvironment {
    refuse("environment", environmentProblems(variables));
    const names = scalerEnvironmentNames;
    // Empty is malformed, not 0.
    const numeric = (name: string) => {
        const text = variables[name];
        return text === undefined ? undefined : text.trim() === "" ? NaN : Number(text);
    };
    const level = (variables[names.notify] ?? "off") as NotifyLevel;
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
            refusedShareSlo: numeric(names.refusedShareSlo),
        }),
        ...(level !== "off" && { notify: { level, topicArn: variables[names.topicArn]! } }),
    };
}

function environmentProblems(variables: Readonly<Record<string, string | undefined>>): Problem[] {
    const { streamName, streamArn, ledgerTable, paused, dryRun, notify, topicArn } = scalerEnvironmentNames;
    const again = "Deploy the stream again, which sets it.";
    const missing = [streamName, streamArn, ledgerTable]
        .filter((name) => !variables[name])
        .map((name) => problem(name, undefined, "set", "Deploy the function through StreamAutoscaler, which sets it."));
    // What is neither true nor false must not mean that a paused scaler acts.
    const flags = [paused, dryRun]
        .filter((name) => !["true", "false", undefined].includes(variables[name]))
        .map((name) => problem(name, variables[name], "true or false", again));
    const level = variables[notify] ?? "off";
    const known = (notifyLevels as readonly string[]).includes(level);
    const isUntold = known && level !== "off" && !variables[topicArn];
    return [
        ...missing,
        ...flags,
        ...(known ? [] : [problem(notify, level, `one of ${notifyLevels.join(", ")}`, again)]),
        ...(isUntold ? [problem(topicArn, undefined, `set beside ${notify}`, again)] : []),
    ];
}
