/**
 * What the arguments of StreamConsumerFunction may be, and every problem of a malformed set at once.
 */
import { isArn, parseArn } from "./arns";
import { isMoment } from "./calendar";
import {
    argsProblems,
    type Check,
    type Checks,
    fits,
    flag,
    isGiven,
    notYetKnown,
    number,
    oneOf,
    plain,
    record,
    text,
    whole,
} from "./checks";
import { consumerArn, kmsKeyId, queueArn, streamArn, topicArn } from "./identifiers";
import { limits } from "./limits";
import { type Problem, problem } from "./problems";
import { regionConflicts } from "./arnConflicts";
import { requirementsCheck } from "./requirements";
import { startingPositions, withoutEnd } from "./sizing/consumerFunction";
import { notificationConflicts, notifications, region, retentionHours, shardCountOf, tags } from "./streamArgs";
import { alarmSettingsCheck } from "./watching/alarmSettings";
import { functionAlarmNames } from "./watching/functionAlarms";

/** Every problem of the arguments of StreamConsumerFunction, in the order of the properties; empty if it can be deployed. */
export function consumerFunctionProblems(args: unknown): Problem[] {
    return [
        ...argsProblems(consumerFunctionChecks, args, ["stream", "function"]),
        ...functionConflicts(args),
        ...consumerConflicts(args),
        ...positionConflicts(args),
        ...destinationConflicts(args),
        ...queueConflicts(args),
        ...notificationConflicts(args),
        ...regionConflicts(args, "stream"),
    ];
}

/** A number in a range, or -1 for what has no end. */
const orWithoutEnd = (minimum: number, maximum: number, fix: string): Check => {
    const inRange = whole(minimum, maximum, fix);
    return (property, value) =>
        value === withoutEnd
            ? []
            : inRange(property, value).map(({ allowed }) =>
                  problem(property, value, `${allowed}, or ${withoutEnd} for without end`, fix),
              );
};

const milliseconds = (minimum: number, fix: string) => number(minimum, limits.lambdaTimeoutSecondsMax * 1_000, fix);

const functionName = "[a-zA-Z0-9-_]{1,64}(:[a-zA-Z0-9-_$]{1,128})?";

const consumerFunctionChecks: Checks = {
    stream: streamArn(
        "Give a ShardedStream's streamArn, such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.",
    ),
    function: text(
        new RegExp(`^(arn:[^:]+:lambda:[^:]+:\\d{12}:function:)?${functionName}$`),
        "the name or the ARN of a Lambda function",
        "Give a name such as billing, or the function's arn.",
    ),
    role: text(
        /^(arn:[^:]+:iam::\d{12}:role\/([!-~]+\/)?)?[\w+=,.@-]{1,64}$/,
        "the name or the ARN of an IAM role",
        "Give the name of the function's role, or leave it out and attach the output readPolicy yourself.",
    ),
    consumer: consumerArn(
        "Give the consumer's arn, which ends with the time of its registration, or leave it out to share the stream's reads.",
    ),
    requirements: requirementsCheck,
    shardCount: shardCountOf("Give the stream's open shards."),
    retentionHours,
    kmsKeyId,
    processingMillisecondsPerRecord: milliseconds(0.001, "Declare what each record more adds to an invocation."),
    processingMillisecondsPerBatch: milliseconds(0, "Declare what an invocation takes beside its records."),
    functionTimeoutSeconds: whole(1, limits.lambdaTimeoutSecondsMax, "Give the function's own timeout."),
    batchSize: whole(1, limits.eventSourceBatchRecordsMax, "Leave it out for 100 records."),
    batchingWindowSeconds: whole(0, limits.eventSourceBatchingWindowSecondsMax, "Leave it out to wait for no more."),
    parallelizationFactor: whole(
        1,
        limits.eventSourceParallelizationFactorMax,
        "Leave it out for the smallest that keeps up; beyond it the stream needs more shards.",
    ),
    bisectBatchOnError: flag,
    maximumRetryAttempts: orWithoutEnd(
        0,
        limits.eventSourceRetryAttemptsMax,
        "Leave it out for about an hour of retries.",
    ),
    maximumRecordAgeSeconds: orWithoutEnd(
        limits.eventSourceRecordAgeSecondsMin,
        limits.eventSourceRecordAgeSecondsMax,
        "Leave it out for an hour less than the retention time.",
    ),
    reportBatchItemFailures: flag,
    startingPosition: oneOf(startingPositions, "Leave it out for TRIM_HORIZON, which misses nothing."),
    startingPositionTimestamp: fits(
        (value) => typeof value === "string" && isMoment(value),
        "a time of the calendar, such as 2026-11-02T12:00:00Z",
        "Give it with its time zone, beside startingPosition AT_TIMESTAMP.",
    ),
    enabled: plain(flag),
    failureQueueArn: queueArn("Give the queue's arn, or leave it out for a queue of the function's own."),
    failureTopicArn: topicArn("Give the topic's arn, or leave it out for a queue of the function's own."),
    alarms: alarmSettingsCheck(functionAlarmNames),
    notifications,
    region,
    tags,
};

/** Undefined where it comes later, or is a name. */
function knownArn(value: unknown): string | undefined {
    return typeof value === "string" && isArn(value) ? value : undefined;
}

/** Lambda answers CreateEventSourceMapping that the region of the event source must match the function's. */
function functionConflicts(args: unknown): Problem[] {
    const { stream, function: given } = record(args);
    const [of, its] = [stream, given].map((arn) => parseArn(knownArn(arn)).region);
    if (!of || !its || of === its) return [];
    return [
        problem(
            "function",
            given,
            `in ${of}, the region of stream`,
            "Lambda feeds no function from another region: give one of the stream's.",
        ),
    ];
}

/** A consumer of another stream would be read, and the alarms and the policy would be about this one. */
function consumerConflicts(args: unknown): Problem[] {
    const { stream, consumer } = record(args);
    const [streamArn, consumerArn] = [stream, consumer].map(knownArn);
    if (streamArn === undefined || consumerArn === undefined || consumerArn.startsWith(`${streamArn}/consumer/`))
        return [];
    return [
        problem("consumer", consumer, `a consumer of ${streamArn}`, "Give stream and consumer that belong together."),
    ];
}

function positionConflicts(args: unknown): Problem[] {
    const { startingPosition: position, startingPositionTimestamp: time } = record(args);
    const isMalformed = isGiven(position) && !startingPositions.includes(position as never);
    if (isMalformed || time === notYetKnown) return [];
    const isWanted = position === "AT_TIMESTAMP";
    if (isGiven(time) === isWanted) return [];
    const allowed = `${isWanted ? "given with" : "left out without"} startingPosition AT_TIMESTAMP`;
    const fix = isWanted
        ? "Give the time from which on to read."
        : "Remove it, or set startingPosition to AT_TIMESTAMP.";
    return [problem("startingPositionTimestamp", time ?? undefined, allowed, fix)];
}

function destinationConflicts(args: unknown): Problem[] {
    const { failureQueueArn: queue, failureTopicArn: topic } = record(args);
    const isKnown = (arn: unknown) => isGiven(arn) && arn !== notYetKnown;
    if (!isKnown(queue) || !isKnown(topic)) return [];
    return [
        problem(
            "failureTopicArn",
            topic,
            "left out beside failureQueueArn",
            "A mapping has one destination: give one.",
        ),
    ];
}

/** An alarm sees its own region and account; of a queue elsewhere it would be OK for ever. */
function queueConflicts(args: unknown): Problem[] {
    const { stream, function: reader, role, failureQueueArn, alarms } = record(args);
    if (record(record(alarms).recordsGivenUp).enabled === false) return [];
    const queue = parseArn(knownArn(failureQueueArn));
    const { region } = parseArn(knownArn(stream));
    // A stream may be another account's; function, role and alarms are of one account.
    const { accountId } = parseArn([reader, role, stream].map(knownArn).find((arn) => arn !== undefined));
    const isElsewhere = (its: string, of: string) => its !== "" && of !== "" && its !== of;
    const [otherRegion, otherAccount] = [isElsewhere(queue.region, region), isElsewhere(queue.accountId, accountId)];
    const place = [...(otherRegion ? [`in ${region}`] : []), ...(otherAccount ? [`of account ${accountId}`] : [])];
    if (place.length === 0) return [];
    const isTold = !otherAccount || knownArn(reader) !== undefined;
    const fix = `Give a queue there${isTold ? "" : ", or the function's ARN where its account is the queue's"}; or set alarms.recordsGivenUp.enabled to false, and watch this one where it is.`;
    return [
        problem(
            "failureQueueArn",
            failureQueueArn,
            `${place.join(" and ")}, where the alarm recordsGivenUp looks`,
            fix,
        ),
    ];
}
