/**
 * The rows of alarms on a stream's scaler: runs that fail, and no runs.
 */
import { lambdaMetrics, lambdaNamespace, scalerMetrics, scalerNamespace } from "../metrics";
import { logGroupName, scalerFunctionName, scalerScheduleName } from "../names";
import { count } from "../text";
import { type AlarmRow, duration, exceeded, none, ofStream, secondsOf, secondsPerHour } from "./alarmRow";

/** The alarms on a stream's scaler, which StreamAutoscaler makes. */
export const scalerAlarmNames = ["scalerFailing", "scalerSilent"] as const;

/** An alarm on a scaler. */
export type ScalerAlarmName = (typeof scalerAlarmNames)[number];

export const scalerAlarmRows: Readonly<Record<ScalerAlarmName, AlarmRow<never>>> = {
    scalerFailing: {
        suffix: "ScalerFailing",
        needs: ["scaled"],
        watches: {
            namespace: lambdaNamespace,
            metricName: "Errors",
            row: lambdaMetrics.Errors,
            dimensions: { FunctionName: scalerFunctionName },
        },
        ...exceeded,
        evaluationPeriods: 1,
        threshold: none("failed runs in one period"),
        describe: (stream, failed, _, { periodSeconds }) =>
            `The scaler of ${stream} failed${failed === 0 ? "" : ` more than ${count(failed, "time")} in ${duration(periodSeconds)}`}: the stream keeps its shards and nobody scales it. The last line of the log group ${scalerLogGroup(stream)} says why; ` +
            `until it works, scale by hand with "sharded-stream scale ${stream} to N".`,
    },
    scalerSilent: {
        suffix: "ScalerSilent",
        needs: ["scaled"],
        watches: {
            namespace: scalerNamespace,
            metricName: "OpenShards",
            row: scalerMetrics.OpenShards,
            dimensions: ofStream,
        },
        // CloudWatch looks for data some periods further back than the alarm counts: in periods of an hour it would be told hours later.
        periodSeconds: 300,
        evaluationPeriods: (hours, periodSeconds) => Math.ceil((hours * secondsPerHour) / periodSeconds),
        comparisonOperator: "LessThanThreshold",
        // Silence is the signal. As missing data it takes effect only after the first datapoint, so a new stream does not alarm.
        treatMissingData: "missing",
        missingDataRules: ["missing", "breaching"],
        alsoTells: "insufficientData",
        threshold: {
            unit: "hours of silence",
            minimum: 1,
            maximum: 24,
            isWindow: true,
            default: () => 1,
            toMetric: () => 1,
        },
        describe: (stream, _, __, window) =>
            `The scaler of ${stream} has published nothing for more than ${secondsOf(window) === secondsPerHour ? "an hour" : duration(secondsOf(window))}: it is not invoked, or it fails before it sees the stream. ` +
            `Look at the schedule ${scalerScheduleName(stream)} and at the log group ${scalerLogGroup(stream)}.`,
    },
};

function scalerLogGroup(stream: string): string {
    return logGroupName(scalerFunctionName(stream));
}
