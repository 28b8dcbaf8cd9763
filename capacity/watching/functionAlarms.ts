/**
 * The alarms of a Lambda function that reads a stream: rows like those of the stream (./alarms), told of the function and of the queue for
 * what it could not process.
 *
 * A count without data points is 0, so that one burst is told once: a function that is not invoked has not failed, and that it should have
 * been invoked is an alarm of its own.
 */
import { limits } from "../limits";
import {
    kinesisMetrics,
    kinesisNamespace,
    lambdaMetrics,
    lambdaNamespace,
    queueMetrics,
    queueNamespace,
} from "../metrics";
import { count, formatNumber } from "../text";
import { type AlarmRow, duration, exceeded, none } from "./alarms";
import { type MetricQuery } from "./queries";

/** The alarms on a function that reads a stream, which StreamConsumerFunction makes. */
export const functionAlarmNames = [
    "functionBehind",
    "functionSilent",
    "functionFailing",
    "functionThrottled",
    "recordsGivenUp",
] as const;

export type FunctionAlarmName = (typeof functionAlarmNames)[number];

/** What is known about a function and its stream. A fact that is not given leaves out the alarms that need it. */
export interface FunctionFacts {
    readonly functionName: string;
    readonly retentionHours: number;
    /** Seconds after which the mapping gives a record up; -1 is never. */
    readonly recordAgeSeconds: number;
    /** The queue of records that were given up; none where a topic is told. */
    readonly queueName: string;
}

type FunctionAlarmRow = AlarmRow<FunctionFacts>;

const secondsPerHour = 3_600;
/** Longer than the longest batching window: what came in one such period was processed by the end of the next. */
const silencePeriodSeconds = 600;

export const functionAlarmRows: Readonly<Record<FunctionAlarmName, FunctionAlarmRow>> = {
    functionBehind: {
        suffix: "FunctionBehind",
        needs: ["functionName", "retentionHours", "recordAgeSeconds"],
        watches: (_, { functionName = "" }) => [
            { id: "age", metric: functionMetric("IteratorAge", functionName, 300), returnData: true },
        ],
        ...exceeded,
        // Who is not invoked has no age: the alarm stays what it was, instead of a false OK for a function that was behind and died.
        treatMissingData: "ignore",
        threshold: {
            unit: "seconds",
            minimum: 1,
            maximum: limits.retentionHoursMax * secondsPerHour,
            default: (facts) => Math.floor(lostAfterSeconds(facts) / 2),
            toMetric: (seconds) => seconds * 1_000,
        },
        describe: (stream, seconds, facts) =>
            `The function ${facts.functionName} is more than ${duration(seconds)} behind ${stream}; it loses records that are ${duration(lostAfterSeconds(facts))} old. ` +
            "Look at its errors and throttles first; if it works and is too slow, raise its parallelizationFactor, or its batchSize where a batch costs more than its records. If that takes longer than is left, raise retentionHours of the stream first.",
    },
    functionSilent: {
        suffix: "FunctionSilent",
        needs: ["functionName"],
        watches: (stream, { functionName = "" }) => [
            {
                id: "incoming",
                metric: {
                    namespace: kinesisNamespace,
                    metricName: "IncomingRecords",
                    dimensions: { StreamName: stream },
                    period: silencePeriodSeconds,
                    stat: kinesisMetrics.IncomingRecords.statistic,
                    unit: kinesisMetrics.IncomingRecords.unit,
                },
                returnData: false,
            },
            {
                id: "invoked",
                metric: functionMetric("Invocations", functionName, silencePeriodSeconds),
                returnData: false,
            },
            // A sum over what there is: of a function that died there is nothing, and FILL alone may have nothing to fill.
            { id: "none", expression: "incoming * 0", returnData: false },
            {
                id: "unread",
                expression: "FILL(incoming * (SUM([invoked, none]) < 1), 0)",
                label: "Records that came while the function was not invoked",
                returnData: true,
            },
        ],
        ...exceeded,
        periodSeconds: silencePeriodSeconds,
        threshold: none("records in 10 minutes without an invocation"),
        describe: (stream, records, { functionName }) =>
            `${records === 0 ? "Records" : `More than ${count(records, "record")} in 10 minutes`} came into ${stream} for 20 minutes, and the function ${functionName} was not invoked once. ` +
            "Look at the state of its event source mapping (aws lambda list-event-source-mappings): disabled, or told why it cannot read. What nobody reads is lost after the retention time.",
    },
    functionFailing: {
        suffix: "FunctionFailing",
        needs: ["functionName"],
        watches: (_, { functionName = "" }) => filled("failed", functionMetric("Errors", functionName, 300)),
        ...exceeded,
        // A count, not a share: of a hundred shards one that is held up is a hundredth. Three periods: one failure that a retry mends is none.
        evaluationPeriods: 3,
        threshold: none("failed invocations in 5 minutes"),
        describe: (stream, failed, { functionName }) =>
            `The function ${functionName} fails on records of ${stream}${failed === 0 ? "" : `, more than ${count(failed, "time")} in 5 minutes`}, for 15 minutes now: each batch is tried again, and its shard waits. ` +
            `The log group /aws/lambda/${functionName} says why. What it never can process is given up after its retries.`,
    },
    functionThrottled: {
        suffix: "FunctionThrottled",
        needs: ["functionName"],
        watches: (_, { functionName = "" }) => filled("refused", functionMetric("Throttles", functionName, 300)),
        ...exceeded,
        evaluationPeriods: 3,
        threshold: none("refused invocations in 5 minutes"),
        describe: (stream, refused, { functionName }) =>
            `Lambda refuses to invoke ${functionName} for records of ${stream}${refused === 0 ? "" : `, more than ${count(refused, "time")} in 5 minutes`}, for 15 minutes now: its reserved concurrency or the account's is used up, and its shards wait. ` +
            "Give it a reserved concurrency of shards times parallelizationFactor, or ask for a higher quota.",
    },
    recordsGivenUp: {
        suffix: "RecordsGivenUp",
        needs: ["functionName", "queueName", "retentionHours"],
        watches: (_, { queueName = "" }) =>
            filled("waiting", {
                namespace: queueNamespace,
                metricName: "ApproximateNumberOfMessagesVisible",
                dimensions: { QueueName: queueName },
                period: 60,
                stat: queueMetrics.ApproximateNumberOfMessagesVisible.statistic,
            }),
        ...exceeded,
        periodSeconds: 60,
        evaluationPeriods: 1,
        threshold: none("messages"),
        describe: (stream, waiting, { functionName, queueName, retentionHours }) =>
            `${waiting === 0 ? "Records" : `More than ${formatNumber(waiting)} batches of records`} of ${stream} were given up by the function ${functionName}. Each message of the queue ${queueName} names a shard and sequence numbers, not the records: ` +
            `read them from the stream before it forgets them, ${count(retentionHours ?? limits.retentionHoursDefault, "hour")} after they were written. The alarm ends when the queue is empty.`,
    },
};

/** What loses a record first: that the mapping gives it up, or that the stream forgets it. */
function lostAfterSeconds({ retentionHours, recordAgeSeconds }: Partial<FunctionFacts>): number {
    const retentionSeconds = (retentionHours ?? limits.retentionHoursDefault) * secondsPerHour;
    return recordAgeSeconds === undefined || recordAgeSeconds < 0
        ? retentionSeconds
        : Math.min(retentionSeconds, recordAgeSeconds);
}

function functionMetric(
    metricName: keyof typeof lambdaMetrics,
    functionName: string,
    periodSeconds: number,
): NonNullable<MetricQuery["metric"]> {
    return {
        namespace: lambdaNamespace,
        metricName,
        dimensions: { FunctionName: functionName },
        period: periodSeconds,
        stat: lambdaMetrics[metricName].statistic,
    };
}

/** A count, 0 where there is no data point: CloudWatch looks further back where points are missing, and would find an old burst again. */
function filled(id: string, metric: NonNullable<MetricQuery["metric"]>): MetricQuery[] {
    return [
        { id, metric, returnData: false },
        { id: `${id}Filled`, expression: `FILL(${id}, 0)`, label: metric.metricName, returnData: true },
    ];
}
