/**
 * PutMetricAlarm: what CloudWatch takes and how it refuses the rest.
 */
import { type MetricStore, minuteMs, standardUnits } from "./store";
import { type Ambient, AwsError } from "../service";
import { anything, boolean, integer, listOf, number, oneOf, structure, text, validateShape } from "../wire/oldShape";
import { comparisons } from "./alarmState";
import { metricsOf, watchedSeries } from "./alarms";
import { mentions } from "./expression";
import {
    checkPeriod,
    checkStatistic,
    type CompiledQueries,
    compileQueries,
    type Dimension,
    dimensionsShape,
    type MetricDataQuery,
    metricDataQueriesShape,
    runQueries,
} from "./queries";
import { statisticNames } from "./statistics";

/** The request, once it is valid. */
export interface PutMetricAlarmInput {
    readonly AlarmName: string;
    readonly AlarmDescription?: string;
    readonly ActionsEnabled?: boolean;
    readonly OKActions?: readonly string[];
    readonly AlarmActions?: readonly string[];
    readonly InsufficientDataActions?: readonly string[];
    readonly MetricName?: string;
    readonly Namespace?: string;
    readonly Statistic?: string;
    readonly Dimensions?: readonly Dimension[];
    readonly Period?: number;
    readonly Unit?: string;
    readonly EvaluationPeriods: number;
    readonly DatapointsToAlarm?: number;
    readonly Threshold: number;
    readonly ComparisonOperator: string;
    readonly TreatMissingData?: string;
    readonly Metrics?: readonly MetricDataQuery[];
    readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

const actionList = listOf(text(1, 1_024), 0, 5);
const tagList = listOf(structure({ Key: text(1, 128), Value: text(0, 256) }, "Key", "Value"), 0, 50);

const shape = structure(
    {
        AlarmName: text(1, 255),
        AlarmDescription: text(0, 1_024),
        ActionsEnabled: boolean,
        OKActions: actionList,
        AlarmActions: actionList,
        InsufficientDataActions: actionList,
        MetricName: text(1, 255),
        Namespace: text(1, 255),
        Statistic: oneOf(...statisticNames),
        ExtendedStatistic: anything,
        Dimensions: dimensionsShape,
        Period: integer(1),
        Unit: oneOf(...standardUnits),
        EvaluationPeriods: integer(1),
        DatapointsToAlarm: integer(1),
        Threshold: number,
        ComparisonOperator: oneOf(...Object.keys(comparisons)),
        TreatMissingData: oneOf("breaching", "notBreaching", "ignore", "missing"),
        Metrics: metricDataQueriesShape,
        Tags: tagList,
    },
    "AlarmName",
    "EvaluationPeriods",
    "ComparisonOperator",
);

/** A metric-math alarm takes at most so many metrics. */
const mathMetricsMax = 10;
const secondsPerDay = 86_400;

/** @throws AwsError as CloudWatch refuses such an alarm */
export function validateAlarm(
    input: PutMetricAlarmInput,
    ambient: Ambient,
    store: MetricStore,
): { queries: CompiledQueries; grouped: boolean } {
    validateShape(input, shape);
    if ("ExtendedStatistic" in input && input.ExtendedStatistic !== undefined)
        checkStatistic(String(input.ExtendedStatistic));

    if (input.Threshold === undefined)
        throw invalid("The parameter Threshold is required for an alarm on a static threshold.");
    if ((input.MetricName === undefined) === (input.Metrics === undefined || input.Metrics.length === 0))
        throw invalid("An alarm must have either MetricName or Metrics, and not both.");

    if (input.MetricName === undefined) {
        for (const name of ["Namespace", "Statistic", "Dimensions", "Period", "Unit"] as const) {
            const value = input[name];
            if (value !== undefined && !(Array.isArray(value) && value.length === 0))
                throw combination(`When Metrics is used, the parameter ${name} must not be set.`);
        }
    } else {
        for (const name of ["Namespace", "Statistic", "Period"] as const)
            if (input[name] === undefined) throw invalid(`The parameter ${name} is required when MetricName is used.`);
    }
    const { EvaluationPeriods, DatapointsToAlarm } = input;
    if (DatapointsToAlarm !== undefined && DatapointsToAlarm > EvaluationPeriods) {
        throw invalid(
            `The parameter DatapointsToAlarm (${DatapointsToAlarm}) must not be greater than EvaluationPeriods (${EvaluationPeriods}).`,
        );
    }
    for (const action of [input.OKActions, input.AlarmActions, input.InsufficientDataActions].flatMap(
        (list) => list ?? [],
    ))
        checkAction(action, ambient);

    const metrics = metricsOf(input);
    const queries = compileQueries(metrics);
    const period = alarmPeriod(metrics);
    const spanMax = period >= 3_600 ? 7 * secondsPerDay : secondsPerDay;
    if (period * EvaluationPeriods > spanMax) {
        throw invalid(
            `Metrics cannot be checked across more than ${spanMax === secondsPerDay ? "a day" : "a week"} (EvaluationPeriods * Period must be <= ${spanMax}).`,
        );
    }
    return { queries, grouped: checkWatched(queries, store, ambient) };
}

/** All metrics of an alarm have one period. */
function alarmPeriod(metrics: readonly MetricDataQuery[]): number {
    const periods = new Set(metrics.flatMap((query) => query.MetricStat?.Period ?? query.Period ?? []));
    if (periods.size > 1)
        throw invalid(`All metrics of an alarm must have the same period; these have ${[...periods].join(", ")}.`);

    const [period = 60] = periods;
    checkPeriod(period);
    if (period < 10) throw invalid("Period must be 10, 20, 30 or a multiple of 60.");
    return period;
}

/** @returns whether the alarm watches each group of a query by itself */
function checkWatched({ queries, expressions }: CompiledQueries, store: MetricStore, { clock }: Ambient): boolean {
    const watched = queries.filter((query) => query.ReturnData ?? true);
    if (watched.length !== 1) throw invalid("Exactly one element of the metrics list should return data.");
    if (queries.filter((query) => query.MetricStat).length > mathMetricsMax)
        throw invalid(`An alarm on metric math may have at most ${mathMetricsMax} metrics.`);

    const insights = [...expressions.values()].filter((expression) => !("kind" in expression));
    if (insights.length > 1) throw invalid("An alarm may have at most one Metrics Insights query.");
    for (const expression of expressions.values()) {
        if ("kind" in expression && mentions(expression).functions.has("SEARCH"))
            throw invalid("SEARCH is not supported on Metric Alarms.");
    }
    const query = insights[0];
    const grouped = query !== undefined && !("kind" in query) && query.groupBy.length > 0;
    if (grouped && !("kind" in query) && query.orderBy === undefined)
        throw invalid("A Metrics Insights query of an alarm with GROUP BY must have ORDER BY.");

    // A dry run tells what kind of value comes out.
    const nowMs = Math.floor(clock.nowMs() / minuteMs) * minuteMs;
    const windows = (periodSeconds: number) => ({
        startMs: nowMs - periodSeconds * 1_000,
        periodMs: periodSeconds * 1_000,
        count: 1,
    });
    const series = watchedSeries(runQueries({ queries, expressions }, store, { windows, nowMs }));
    if (!grouped && series.length > 1)
        throw invalid(`The expression of an alarm must return a single time series, not ${series.length}.`);

    return grouped;
}

function checkAction(action: string, { partition, region }: Ambient): void {
    const [prefix, actionPartition, service, actionRegion, account, resource] = action.split(":");
    const known = ["sns", "lambda", "automate", "autoscaling", "swf", "ssm", "ssm-incidents", "aiops"];
    if (prefix !== "arn" || !service || !known.includes(service) || (service !== "automate" && !account) || !resource)
        throw invalid(`Invalid arn syntax: ${action}`);

    if (actionPartition !== partition)
        throw invalid(`Invalid partition ${actionPartition} specified. Only ${partition} is supported.`);
    if (service !== "automate" && actionRegion !== region)
        throw invalid(`Invalid region ${actionRegion} specified. Only ${region} is supported.`);
}

function invalid(message: string): AwsError {
    return new AwsError("ValidationError", message);
}

function combination(message: string): AwsError {
    return new AwsError("InvalidParameterCombinationException", message, 400, "InvalidParameterCombination");
}
