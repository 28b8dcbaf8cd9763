/**
 * What the arguments of ShardedStream, StreamAlarms and StreamDashboard may be, and every problem of a malformed set at once.
 *
 * Only what is malformed is a problem. What is impossible, risky or wasteful about well-formed arguments is a finding, and for the policies.
 */
import { type AlarmName, alarmNames, alarmRows, streamAlarmNames } from "./watching/alarms";
import { limits } from "./limits";
import { shardLevelMetricNames } from "./metrics";
import { type Problem, problem } from "./problems";
import { requirementProblems } from "./requirements";
import { logRetentionDaysAllowed, scalingSettingRows } from "./scaling/settings";
import { scalingModes } from "./scaling/observation";
import { closest, formatNumber } from "./text";

/** Stands for a value that a preview does not know yet: nothing is wrong with it so far. */
export const notYetKnown: unique symbol = Symbol("not yet known");

/** The capacity modes of a stream, as the arguments spell them. */
export const capacityModes = ["provisioned", "on-demand"] as const;

/** The Pulumi providers that can manage the stream. */
export const streamProviders = ["aws", "aws-native"] as const;

/** Every problem of a ShardedStream's arguments, in the order of the properties; empty if it can be deployed. */
export function shardedStreamProblems(args: unknown): Problem[] {
    return [...withUnknownNames(shardedStreamChecks)("", args), ...conflicts(args)];
}

/** Every problem of the arguments of StreamAlarms. */
export function streamAlarmsProblems(args: unknown): Problem[] {
    return [...withUnknownNames(streamAlarmsChecks)("", args), ...notificationConflicts(args)];
}

/** Every problem of the arguments of StreamDashboard. */
export function streamDashboardProblems(args: unknown): Problem[] {
    return withUnknownNames(streamDashboardChecks)("", args);
}

type Check = (property: string, value: unknown) => Problem[];

const flag: Check = fits((value) => typeof value === "boolean", "true or false", "Leave it out for the default.");

const shardCountOf = (fix: string) => whole(1, limits.updateShardCountTargetMax, fix);

const kinesisName = (fix: string) =>
    fits(
        (value) => typeof value === "string" && /^[a-zA-Z0-9_.-]{1,128}$/.test(value),
        "1 to 128 letters, digits, underscores, dots and hyphens",
        fix,
    );

const requirements: Check = (property, value) =>
    requirementProblems(value)
        .filter((found) => found.value !== notYetKnown)
        .map((found) =>
            problem(
                found.property === "requirements" ? property : `${property}.${found.property}`,
                found.value,
                found.allowed,
                found.fix,
            ),
        );

const retentionHours = whole(
    limits.retentionHoursDefault,
    limits.retentionHoursMax,
    "Kinesis keeps records for at least a day and at most a year.",
);

const shardLevelMetrics = list(
    oneOf(shardLevelMetricNames, "List each metric that should be published per shard."),
    "List the names of shard-level metrics.",
);

const tags = map(
    fits(
        (value) => typeof value === "string" && value.length <= 256,
        "text of at most 256 characters",
        "Shorten the value.",
    ),
    fits(
        (value) => typeof value === "string" && /^.{1,128}$/s.test(value) && !/^aws:/i.test(value),
        "a tag key of 1 to 128 characters that does not begin with aws:",
        "Rename the tag.",
    ),
);

const notifications = object({
    topicArn: fits(
        (value) => typeof value === "string" && /^arn:[^:]+:sns:[^:]*:[^:]*:[^:]+$/.test(value),
        "the ARN of an SNS topic",
        "Give an ARN such as arn:aws:sns:us-east-1:123456789012:oncall, or leave it out for a topic of the stream's own.",
    ),
    emails: list(
        fits(
            (value) => typeof value === "string" && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value),
            "an email address",
            "Give an address such as oncall@example.com.",
        ),
        "List email addresses.",
    ),
    topicKmsKeyId: fits(
        (value) => typeof value === "string" && value !== "" && !/(^|:)alias\/aws\/sns$/.test(value),
        "the ID, ARN or alias of a customer managed key",
        "CloudWatch cannot publish to a topic encrypted with alias/aws/sns; use a key whose policy admits cloudwatch.amazonaws.com.",
    ),
});

const alarms = (names: readonly AlarmName[]) =>
    object(
        Object.fromEntries(
            names.map((name): [AlarmName, Check] => {
                const { minimum, maximum, unit } = alarmRows[name].threshold;
                const threshold = number(minimum, maximum, `The threshold is in ${unit}.`);
                return [name, object({ enabled: flag, threshold })];
            }),
        ),
    );

const scalingSetting = (name: keyof typeof scalingSettingRows) => {
    const { minimum, maximum, fix } = scalingSettingRows[name];
    return whole(minimum, maximum, fix);
};

const scaling = object({
    minShards: scalingSetting("minShards"),
    maxShards: scalingSetting("maxShards"),
    mode: oneOf(scalingModes, "Leave it out for the default."),
    maxReshardsPerDay: scalingSetting("maxReshardsPerDay"),
    everyMinutes: scalingSetting("everyMinutes"),
    paused: flag,
    dryRun: flag,
    logRetentionDays: oneOf(logRetentionDaysAllowed, "CloudWatch Logs keeps logs for one of these times."),
    ledgerTable: fits(
        (value) => typeof value === "string" && /^[a-zA-Z0-9_.-]{3,255}$/.test(value),
        "the name of a DynamoDB table",
        "Give the table's name, or leave it out for a table of the scaler's own.",
    ),
    permissionsBoundary: fits(
        (value) => typeof value === "string" && /^arn:[^:]+:iam::[^:]*:policy\/.+$/.test(value),
        "the ARN of an IAM policy",
        "Give an ARN such as arn:aws:iam::123456789012:policy/boundary.",
    ),
    rolePath: fits(
        (value) => typeof value === "string" && /^\/([!-~]{1,510}\/)?$/.test(value),
        "an IAM path that begins and ends with /",
        "Give a path such as /platform/.",
    ),
});

const shardedStreamChecks: Readonly<Record<string, Check>> = {
    requirements,
    shardCount: shardCountOf("Leave it out to deploy the planned count."),
    streamName: kinesisName("Leave it out and Pulumi names the stream."),
    capacityMode: oneOf(capacityModes, "Leave it out for provisioned shards."),
    streamProvider: oneOf(streamProviders, "Leave it out for the aws provider."),
    retentionHours,
    maxRecordKiB: whole(
        limits.recordKiBDefaultMax,
        limits.recordKiBMax,
        "Store a larger payload in S3 and write its key, or split the record.",
    ),
    kmsKeyId: fits(
        (value) => typeof value === "string" && value !== "",
        "the ID, ARN or alias of a KMS key",
        "Leave it out for alias/aws/kinesis, the key that AWS manages.",
    ),
    shardLevelMetrics,
    enforceConsumerDeletion: flag,
    scaling,
    alarms: alarms(alarmNames),
    dashboard: flag,
    notifications,
    consumers: list(kinesisName("Give the consumer a name that Kinesis accepts."), "List the consumers' names."),
    tags,
};

/** A stream that exists already, by its name or its ARN. */
const stream: Check = (property, value) =>
    value === notYetKnown ||
    (typeof value === "string" && /^(arn:[^:]+:kinesis:[^:]+:[^:]*:stream\/)?[a-zA-Z0-9_.-]{1,128}$/.test(value))
        ? []
        : [
              problem(
                  property,
                  value ?? undefined,
                  "the name or the ARN of a stream",
                  "Give a name such as orders, or an ARN such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.",
              ),
          ];

const existingStreamChecks: Readonly<Record<string, Check>> = {
    stream,
    requirements: optional(requirements),
    shardCount: shardCountOf("Give the stream's open shards."),
    retentionHours,
    shardLevelMetrics,
    scaled: flag,
};

const streamAlarmsChecks: Readonly<Record<string, Check>> = {
    ...existingStreamChecks,
    scalerFunctionArn: fits(
        (value) => typeof value === "string" && /^arn:[^:]+:lambda:[^:]+:[^:]*:function:.+$/.test(value),
        "the ARN of a Lambda function",
        "Give StreamAutoscaler's functionArn.",
    ),
    alarms: alarms(streamAlarmNames),
    notifications,
    tags,
};

const streamDashboardChecks: Readonly<Record<string, Check>> = {
    ...existingStreamChecks,
    scalerLogGroup: fits(
        (value) => typeof value === "string" && /^[.\-_/#A-Za-z0-9]{1,512}$/.test(value),
        "the name of a CloudWatch log group",
        "Give StreamAutoscaler's logGroupName.",
    ),
    region: fits(
        (value) => typeof value === "string" && /^[a-z]{2}(-[a-z]+)+-\d+$/.test(value),
        "an AWS region",
        "Give a region such as us-east-1, or leave it out for the provider's.",
    ),
};

/** What each argument allows, but not beside another one. */
function conflicts(args: unknown): Problem[] {
    const { capacityMode, scaling: scaler } = record(args);
    const { minShards, maxShards } = record(scaler);
    const problems = notificationConflicts(args);
    if (capacityMode === "on-demand" && scaler !== undefined && scaler !== null) {
        problems.push(
            problem(
                "scaling",
                "with capacityMode on-demand",
                "left out",
                "An on-demand stream scales itself: remove scaling, or set capacityMode to provisioned.",
            ),
        );
    }
    if (typeof minShards === "number" && typeof maxShards === "number" && minShards > maxShards) {
        problems.push(
            problem(
                "scaling.minShards",
                minShards,
                `at most maxShards, ${formatNumber(maxShards)}`,
                `Lower minShards to ${formatNumber(maxShards)}, or raise maxShards to ${formatNumber(minShards)}.`,
            ),
        );
    }
    return problems;
}

function notificationConflicts(args: unknown): Problem[] {
    const given = record(record(args).notifications);
    if (given.topicArn === undefined || given.topicArn === null) return [];
    const fix = "Set it where the topic is declared, or leave out topicArn for a topic of the stream's own.";
    return ["emails", "topicKmsKeyId"]
        .filter((name) => given[name] !== undefined && given[name] !== null)
        .map((name) => problem(`notifications.${name}`, given[name], "left out beside topicArn", fix));
}

function fits(test: (value: unknown) => boolean, allowed: string, fix: string): Check {
    return (property, value) => (absent(value) || test(value) ? [] : [problem(property, value, allowed, fix)]);
}

function optional(check: Check): Check {
    return (property, value) => (absent(value) ? [] : check(property, value));
}

function number(minimum: number, maximum: number, fix: string): Check {
    return fits(
        (value) => typeof value === "number" && value >= minimum && value <= maximum,
        `a number from ${formatNumber(minimum)} to ${formatNumber(maximum)}`,
        fix,
    );
}

function whole(minimum: number, maximum: number, fix: string): Check {
    return fits(
        (value) => Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum,
        `a whole number from ${formatNumber(minimum)} to ${formatNumber(maximum)}`,
        fix,
    );
}

function oneOf(values: readonly (string | number)[], fix: string): Check {
    return (property, value) => {
        if (absent(value) || values.includes(value as string)) return [];
        const names = values.filter((name): name is string => typeof name === "string");
        const near = typeof value === "string" && names.length > 2 ? `Did you mean ${closest(value, names)}? ` : "";
        return [problem(property, value, `one of ${values.join(", ")}`, near + fix)];
    };
}

function list(item: Check, fix: string): Check {
    return (property, value) => {
        if (absent(value)) return [];
        if (!Array.isArray(value)) return [problem(property, value, "a list", fix)];
        return value.flatMap((entry, index) => {
            const path = `${property}[${index}]`;
            if (entry === undefined || entry === null) return [problem(path, undefined, "given", fix)];
            if (typeof entry === "string" && value.indexOf(entry) < index)
                return [problem(path, entry, "given once", "Remove the second one.")];
            return item(path, entry);
        });
    };
}

function map(item: Check, key: Check): Check {
    return (property, value) => {
        if (absent(value)) return [];
        if (!isRecord(value)) return [problem(property, value, "an object", "Give keys and values.")];
        return Object.entries(value).flatMap(([name, entry]) => [
            ...key(`${property}.${name}`, name),
            ...item(`${property}.${name}`, entry),
        ]);
    };
}

function object(checks: Readonly<Record<string, Check>>): Check {
    return (property, value) => (absent(value) ? [] : withUnknownNames(checks)(`${property}.`, value));
}

/** Checks each property and names the ones that nobody knows: a misspelt name would otherwise be ignored in silence. */
function withUnknownNames(checks: Readonly<Record<string, Check>>): Check {
    return (prefix, value) => {
        if (!isRecord(value))
            return [problem(prefix.replace(/\.$/, "") || "args", value, "an object", "Give named properties.")];

        const problems = Object.entries(checks).flatMap(([name, check]) => check(prefix + name, value[name]));
        for (const [name, given] of Object.entries(value)) {
            if (Object.hasOwn(checks, name) || given === undefined) continue;
            const names = Object.keys(checks);
            problems.push(
                problem(
                    prefix + name,
                    given,
                    `one of ${names.map((known) => prefix + known).join(", ")}`,
                    `Did you mean ${prefix}${closest(name, names)}?`,
                ),
            );
        }
        return problems;
    };
}

function absent(value: unknown): boolean {
    return value === undefined || value === null || value === notYetKnown;
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function record(value: unknown): Record<string, unknown> {
    return isRecord(value) ? value : {};
}
