/**
 * The rows of alarms on a Lambda function that reads a stream: how far it is behind, whether it is invoked, whether it works, and what it
 * gave up.
 */
import { limits } from "../limits";
import { lambdaMetrics, lambdaNamespace, queueMetrics, queueNamespace } from "../metrics";
import { logGroupName } from "../names";
import { count } from "../text";
import {
    ageThreshold,
    type AlarmRow,
    duration,
    exceeded,
    howLong,
    none,
    secondsPerHour,
    silence,
    type StreamFacts,
    type WatchedMetric,
} from "./alarmRow";
import { uninvokedQueries } from "./queries";

/** The alarms on a function that reads a stream, which StreamConsumerFunction makes. */
export const functionAlarmNames = [
    "functionBehind",
    "functionSilent",
    "functionFailing",
    "functionThrottled",
    "recordsGivenUp",
] as const;

/** An alarm on a function that reads a stream. */
export type FunctionAlarmName = (typeof functionAlarmNames)[number];

function ofFunction(metricName: keyof typeof lambdaMetrics): WatchedMetric {
    const dimensions: WatchedMetric["dimensions"] = { FunctionName: (_, { functionName = "" }) => functionName };
    return { namespace: lambdaNamespace, metricName, row: lambdaMetrics[metricName], dimensions };
}

const failuresToAlarm = 3;

export const functionAlarmRows: Readonly<Record<FunctionAlarmName, AlarmRow<never>>> = {
    functionBehind: {
        suffix: "Behind",
        needs: ["functionName", "retentionHours", "recordAgeSeconds"],
        watches: ofFunction("IteratorAge"),
        ...exceeded,
        // Who is not invoked has no age: the alarm stays what it was, instead of a false OK for a function that was behind and died.
        treatMissingData: "ignore",
        threshold: ageThreshold({ default: (facts) => Math.floor(lostAfterSeconds(facts) / 2) }),
        describe: (stream, seconds, facts) =>
            `The function ${facts.functionName} is more than ${duration(seconds)} behind ${stream}; it loses records that are ${duration(lostAfterSeconds(facts))} old. ` +
            "Look at its errors and throttles first; if it works and is too slow, raise its parallelizationFactor, or its batchSize where a batch costs more than its records. " +
            "If that takes longer than is left, raise the stream's retentionHours and the function's maximumRecordAgeSeconds first.",
    },
    functionSilent: {
        suffix: "Silent",
        needs: ["functionName"],
        watches: (stream, { functionName = "" }, periodSeconds) =>
            uninvokedQueries(stream, functionName, periodSeconds),
        // Its periods are longer than the longest batching window: what came in one was processed by the end of the next.
        ...silence,
        describe: (stream, _, { functionName }, window) =>
            `Records come in to ${stream}, and the function ${functionName} was not invoked ${howLong(window, "for more than")}. ` +
            "Look at its event source mapping (aws lambda list-event-source-mappings): it is disabled, or says why it cannot read. " +
            "Nothing is lost as long as the stream keeps the records; once it is repaired it goes on where it was.",
    },
    functionFailing: {
        suffix: "Failing",
        needs: ["functionName", "functionTimeoutSeconds"],
        watches: { ...ofFunction("Errors"), isCount: true },
        ...exceeded,
        // A count, not a share: of a hundred shards one that is held up is a hundredth. Three data points: what one retry mends wakes nobody.
        datapointsToAlarm: failuresToAlarm,
        // One that hangs fails once in its timeout and the back-off: they need not be in a row.
        evaluationPeriods: (_, periodSeconds, { functionTimeoutSeconds = limits.lambdaTimeoutSecondsMax }) =>
            Math.max(
                failuresToAlarm,
                Math.ceil(
                    (failuresToAlarm * (functionTimeoutSeconds + limits.eventSourceBackoffSecondsMax)) / periodSeconds,
                ),
            ),
        threshold: none("failed invocations in one period"),
        describe: (stream, failed, { functionName = "" }, window) =>
            `The function ${functionName} fails on records of ${stream}${failed === 0 ? "" : `, more than ${count(failed, "time")} in ${duration(window.periodSeconds)}`}, ${howLong(window)}: each batch is tried again, and its shard waits. ` +
            `The log group ${logGroupName(functionName)} says why. A record that always fails is given up after its retries.`,
    },
    functionThrottled: {
        suffix: "Throttled",
        needs: ["functionName"],
        watches: { ...ofFunction("Throttles"), isCount: true },
        ...exceeded,
        evaluationPeriods: 3,
        threshold: none("refused invocations in one period"),
        describe: (stream, refused, { functionName }, window) =>
            `Lambda refuses to invoke ${functionName} for records of ${stream}${refused === 0 ? "" : `, more than ${count(refused, "time")} in ${duration(window.periodSeconds)}`}, ${howLong(window)}: its reserved concurrency or the account's is used up, and its shards wait. ` +
            "Give it a reserved concurrency of shards times parallelizationFactor, or ask for a higher quota.",
    },
    recordsGivenUp: {
        suffix: "GivenUp",
        needs: ["functionName", "queueName", "retentionHours"],
        watches: {
            namespace: queueNamespace,
            metricName: "ApproximateNumberOfMessagesVisible",
            row: queueMetrics.ApproximateNumberOfMessagesVisible,
            dimensions: { QueueName: (_, { queueName = "" }) => queueName },
        },
        ...exceeded,
        periodSeconds: 60,
        evaluationPeriods: 1,
        threshold: none("messages"),
        describe: (stream, waiting, { functionName, queueName, retentionHours }) =>
            `Records of ${stream} were given up by the function ${functionName}: ${waiting === 0 ? "messages" : `more than ${count(waiting, "message")}`} in the queue ${queueName}. Each names a shard and sequence numbers, not the records: ` +
            `read them from the stream before it forgets them, ${count(retentionHours ?? limits.retentionHoursDefault, "hour")} after they were written. The alarm ends when the queue is empty.`,
    },
};

/** What loses a record first: that the mapping gives it up, or that the stream forgets it. */
function lostAfterSeconds({ retentionHours, recordAgeSeconds }: Partial<StreamFacts>): number {
    const retentionSeconds = (retentionHours ?? limits.retentionHoursDefault) * secondsPerHour;
    return recordAgeSeconds === undefined || recordAgeSeconds < 0
        ? retentionSeconds
        : Math.min(retentionSeconds, recordAgeSeconds);
}
