/**
 * What the arguments of the components may be, and every problem of a malformed set at once.
 *
 * Only what is malformed is a problem. What is impossible, risky or wasteful about well-formed arguments is a finding, and for the policies.
 */
import { kinesisName, readersCheck, sharingConflicts, writersCheck } from "./access";
import { regionConflicts, streamConflicts } from "./arnConflicts";
import {
    argsProblems,
    type Check,
    type Checks,
    fits,
    flag,
    isGiven,
    list,
    map,
    notYetKnown,
    object,
    oneOf,
    plain,
    record,
    text,
    whole,
} from "./checks";
import { existingStream, existingStreamArn, kmsKeyId } from "./identifiers";
import { limits } from "./limits";
import { shardLevelMetricNames } from "./metrics";
import { type Problem, problem } from "./problems";
import { isRegion } from "./regions";
import { requirementsCheck } from "./requirements";
import { endsProblems, kmsKeyArn, notifyProblems, scalerChecks, scalerEnds, scalingChecks } from "./scaling/settings";
import { alarmNames, consumerAlarmNames, scalerAlarmNames, streamAlarmNames } from "./watching/alarms";
import { alarmSettingsCheck } from "./watching/alarmSettings";

/** The capacity modes of a stream, as the arguments spell them. */
export const capacityModes = ["provisioned", "on-demand"] as const;

/** The Pulumi providers that can manage the stream. */
const streamProviders = ["aws", "aws-native"] as const;

/** Every problem of a ShardedStream's arguments, in the order of the properties; empty if it can be deployed. */
export function shardedStreamProblems(args: unknown): Problem[] {
    return [
        ...argsProblems(shardedStreamChecks, args, ["requirements"]),
        ...notificationConflicts(args),
        ...modeConflicts(args),
        ...providerConflicts(args),
        ...regionConflicts(args),
        ...holdConflicts(args),
        ...ledgerTagConflicts(args),
        ...sharingConflicts(args),
        ...endsProblems(record(args).scaling, "scaling."),
    ];
}

/** Every problem of the arguments of StreamAlarms. */
export function streamAlarmsProblems(args: unknown): Problem[] {
    return [
        ...argsProblems(streamAlarmsChecks, args, ["stream"]),
        ...notificationConflicts(args),
        ...regionConflicts(args, "stream"),
        ...scalerConflicts(args),
    ];
}

/** Every problem of the arguments of StreamDashboard. */
export function streamDashboardProblems(args: unknown): Problem[] {
    return argsProblems(streamDashboardChecks, args, ["stream"]);
}

/** Every problem of the arguments of StreamAutoscaler. */
export function streamAutoscalerProblems(args: unknown): Problem[] {
    return [
        ...argsProblems(streamAutoscalerChecks, args, ["streamName", "streamArn", ...scalerEnds]),
        ...endsProblems(args),
        ...notifyProblems(args),
        ...streamConflicts(args),
        ...regionConflicts(args, "streamArn"),
    ];
}

export const shardCountOf = (fix: string) => whole(1, limits.updateShardCountTargetMax, fix);

export const retentionHours = whole(
    limits.retentionHoursDefault,
    limits.retentionHoursMax,
    "Kinesis keeps records for at least a day and at most a year.",
);

const shardLevelMetrics = list(
    oneOf(shardLevelMetricNames, "List each metric that should be published per shard."),
    "List the names of shard-level metrics.",
);

const eachTag = map(
    fits(
        (value) => typeof value === "string" && value.length <= 256,
        "text of at most 256 characters",
        "Shorten the value; a number or a flag is given as text, in quotes.",
    ),
    fits(
        (value) => typeof value === "string" && /^.{1,128}$/s.test(value) && !/^aws:/i.test(value),
        "a tag key of 1 to 128 characters that does not begin with aws:",
        "Rename the tag.",
    ),
);

export const tags: Check = (property, value) => [...eachTag(property, value), ...tooManyTags(property, value)];

/** @param others how many the component gives a resource beside them */
function tooManyTags(property: string, value: unknown, others = 0): Problem[] {
    // One that is not known yet may turn out to hold nothing.
    const given = Object.values(record(value)).filter((one) => typeof one === "string").length;
    if (given <= limits.tagsMax - others) return [];
    const allowed = `at most ${limits.tagsMax}${others === 0 ? "" : `, with that of the stream which names scaling.ledgerTable`}`;
    return [problem(property, `${given} tags`, allowed, "Remove some; the provider's default tags count, too.")];
}

export const region = fits(
    (value) => typeof value === "string" && isRegion(value),
    "an AWS region",
    "Give a region such as us-east-1, or leave it out for the provider's.",
);

const topicArn = (without: string) =>
    text(
        /^arn:[^:]+:sns:[^:]*:[^:]*:[^:]+$/,
        "the ARN of an SNS topic",
        `Give an ARN such as arn:aws:sns:us-east-1:123456789012:oncall, or leave it out ${without}.`,
    );

const email = text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an email address", "Give an address such as oncall@example.com.");

const notificationChecks: Checks = {
    topicArn: topicArn("for a topic of the stream's own"),
    emails: plain(list(plain(email), "List email addresses.")),
    topicKmsKeyId: fits(
        (value) => typeof value === "string" && value !== "" && !/(^|:)alias\/aws\/sns$/.test(value),
        "the ID, ARN or alias of a customer managed key",
        "CloudWatch cannot publish to a topic encrypted with alias/aws/sns; use a key whose policy admits cloudwatch.amazonaws.com.",
    ),
};

export const notifications = plain(object(notificationChecks));

const consumerName = kinesisName("Give the consumer a name that Kinesis accepts.");
const consumers = plain(list(plain(consumerName), "List the consumers' names."));

const shardedStreamChecks: Checks = {
    requirements: requirementsCheck,
    shardCount: shardCountOf("Leave it out to deploy the planned count."),
    streamName: kinesisName("Leave it out and Pulumi names the stream."),
    hold: plain(flag),
    capacityMode: plain(oneOf(capacityModes, "Leave it out for provisioned shards.")),
    streamProvider: plain(oneOf(streamProviders, "Leave it out for the aws provider.")),
    warmThroughputMiBps: whole(
        1,
        limits.warmThroughputMiBpsMax,
        "Give the MiB per second that an on-demand stream must take at once; AWS raises the most on request.",
    ),
    retentionHours,
    maxRecordKiB: whole(
        limits.recordKiBDefaultMax,
        limits.recordKiBMax,
        "Store a larger payload in S3 and write its key, or split the record.",
    ),
    kmsKeyId,
    shardLevelMetrics,
    enforceConsumerDeletion: flag,
    scaling: plain(object(scalingChecks)),
    alarms: alarmSettingsCheck(alarmNames),
    dashboard: plain(flag),
    notifications,
    consumers,
    readers: readersCheck,
    writers: writersCheck,
    region,
    tags,
};

const existingStreamChecks: Checks = {
    stream: existingStream(
        "Give a name such as orders, or an ARN such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.",
    ),
    requirements: requirementsCheck,
    shardCount: shardCountOf("Give the stream's open shards."),
    retentionHours,
    shardLevelMetrics,
    consumers,
    scaled: plain(flag),
};

const streamAlarmsChecks: Checks = {
    ...existingStreamChecks,
    scalerFunctionArn: text(
        /^arn:[^:]+:lambda:[^:]+:[^:]*:function:.+$/,
        "the ARN of a Lambda function",
        "Give StreamAutoscaler's functionArn.",
    ),
    alarms: alarmSettingsCheck([...streamAlarmNames, ...consumerAlarmNames]),
    notifications,
    region,
    tags,
};

const streamDashboardChecks: Checks = {
    ...existingStreamChecks,
    scalerLogGroup: text(
        /^[.\-_/#A-Za-z0-9]{1,512}$/,
        "the name of a CloudWatch log group",
        "Give StreamAutoscaler's logGroupName.",
    ),
    region,
};

const streamAutoscalerChecks: Checks = {
    ...scalerChecks,
    streamName: kinesisName("Give the stream's name."),
    streamArn: existingStreamArn(
        "Give the stream's arn, such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.",
    ),
    invokedByAlarms: plain(
        list(text(/^.{1,255}$/s, "the name of an alarm", "Give the alarm's name."), "List the names of alarms."),
    ),
    topicArn: topicArn("and nobody is told"),
    topicKmsKeyArn: kmsKeyArn("Give the key's ARN, since IAM knows no alias as a resource."),
    alarms: alarmSettingsCheck(scalerAlarmNames),
    region,
    tags,
};

/** aws-native makes everything in its provider's region, and has no setting for how a stream is deleted. */
function providerConflicts(args: unknown): Problem[] {
    const { streamProvider, region: given, enforceConsumerDeletion } = record(args);
    if (streamProvider !== "aws-native") return [];
    const inVain = (property: string, fix: string) =>
        problem(property, "with streamProvider aws-native", "left out", fix);
    const regionFix =
        "Give both providers the region: pulumi config set aws-native:region, pulumi config set aws:region.";
    // Source: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1720, open in 2026-11.
    const deletionFix =
        "CloudFormation deletes no stream that has registered consumers: deregister those that are not in consumers first, or set streamProvider to aws.";
    return [
        ...(isGiven(given) ? [inVain("region", regionFix)] : []),
        ...(enforceConsumerDeletion === true ? [inVain("enforceConsumerDeletion", deletionFix)] : []),
    ];
}

/** An on-demand stream scales itself, and it alone can be warmed. */
function modeConflicts(args: unknown): Problem[] {
    const { capacityMode = "provisioned", scaling: scaler, warmThroughputMiBps: warm } = record(args);
    if (capacityMode === "provisioned" && (warm ?? notYetKnown) !== notYetKnown) {
        const fix =
            "A provisioned stream has the throughput of its shards: set shardCount instead, or capacityMode to on-demand.";
        return [problem("warmThroughputMiBps", "with capacityMode provisioned", "left out", fix)];
    }
    if (capacityMode !== "on-demand" || !isGiven(scaler)) return [];
    const fix = "An on-demand stream scales itself: remove scaling, or set capacityMode to provisioned.";
    return [problem("scaling", "with capacityMode on-demand", "left out", fix)];
}

/** A name that is made up anew would be another stream than the held one. */
function holdConflicts(args: unknown): Problem[] {
    const { hold, streamName } = record(args);
    if (hold !== true || isGiven(streamName)) return [];
    const fix = "Give the name of the stream that is held as it is.";
    return [problem("streamName", undefined, "given with hold: true", fix)];
}

/** The alarm that invokes the scaler divides by the open shards that the scaler publishes: without them it would not exist, or be wrong after a reshard. */
function scalerConflicts(args: unknown): Problem[] {
    const { scaled, scalerFunctionArn } = record(args);
    if ((scalerFunctionArn ?? notYetKnown) === notYetKnown || scaled === true) return [];
    const fix =
        "The alarm on utilization invokes that function, and goes by the open shards that it publishes: give scaled: true.";
    return [problem("scaled", scaled, "true beside scalerFunctionArn", fix)];
}

/** A ledger that is shared is found again by a tag of the stream, which is one of those that AWS allows. */
function ledgerTagConflicts(args: unknown): Problem[] {
    const { tags: given, scaling: scaler } = record(args);
    const isShared = isGiven(record(scaler).ledgerTable);
    const alone = tooManyTags("tags", given);
    return isShared && alone.length === 0 ? tooManyTags("tags", given, 1) : [];
}

export function notificationConflicts(args: unknown): Problem[] {
    const given = record(record(args).notifications);
    if (!isGiven(given.topicArn)) return [];
    const fix = "Set it where the topic is declared, or leave out topicArn for a topic of the stream's own.";
    return ["emails", "topicKmsKeyId"]
        .filter((name) => isGiven(given[name]))
        .map((name) => problem(`notifications.${name}`, given[name], "left out beside topicArn", fix));
}
