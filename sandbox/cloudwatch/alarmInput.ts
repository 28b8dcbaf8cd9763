/**
 * PutMetricAlarm: how CloudWatch refuses an alarm whose members are well-formed each by itself.
 */
import { type Ambient } from "../service";
import { actionsOf, isGrouped, metricsOf, type PutMetricAlarmInput } from "./alarm";
import { combinationError, validationError } from "./errors";
import { mentions } from "./expression";
import {
    checkPeriod,
    checkStatistic,
    type CompiledQueries,
    compileQueries,
    type MetricDataQuery,
    periodsUntil,
    runQueries,
    watchedSeries,
} from "./queries";
import { floorToMinute, type MetricStore } from "./store";

/** A metric-math alarm takes at most so many metrics. */
const mathMetricsMax = 10;
const secondsPerDay = 86_400;

/** The alarm's queries, ready to run. @throws AwsError as CloudWatch refuses such an alarm */
export function validateAlarm(
    input: PutMetricAlarmInput,
    ambient: Ambient,
    store: MetricStore,
    nowMs: number,
): CompiledQueries {
    checkMembers(input);
    for (const action of actionsOf(input)) checkAction(action, ambient);

    const metrics = metricsOf(input);
    const queries = compileQueries(metrics);
    const period = alarmPeriod(metrics);
    const spanMax = period >= 3_600 ? 7 * secondsPerDay : secondsPerDay;
    if (period * input.EvaluationPeriods > spanMax) {
        throw validationError(
            `Metrics cannot be checked across more than ${spanMax === secondsPerDay ? "a day" : "a week"} (EvaluationPeriods * Period must be <= ${spanMax}).`,
        );
    }
    checkWatched(queries, store, nowMs);
    return queries;
}

/** Which members go together. */
function checkMembers(input: PutMetricAlarmInput): void {
    if (input.ExtendedStatistic !== undefined) checkStatistic(String(input.ExtendedStatistic));
    if (input.Threshold === undefined)
        throw validationError("The parameter Threshold is required for an alarm on a static threshold.");
    if ((input.MetricName === undefined) === (input.Metrics === undefined || input.Metrics.length === 0))
        throw validationError("An alarm must have either MetricName or Metrics, and not both.");

    if (input.MetricName === undefined) {
        for (const name of ["Namespace", "Statistic", "Dimensions", "Period", "Unit"] as const) {
            const value = input[name];
            if (value !== undefined && !(Array.isArray(value) && value.length === 0))
                throw combinationError(`When Metrics is used, the parameter ${name} must not be set.`);
        }
    } else {
        const missing = (["Namespace", "Statistic", "Period"] as const).find((name) => input[name] === undefined);
        if (missing) throw validationError(`The parameter ${missing} is required when MetricName is used.`);
    }
    const { EvaluationPeriods, DatapointsToAlarm } = input;
    if (DatapointsToAlarm !== undefined && DatapointsToAlarm > EvaluationPeriods) {
        throw validationError(
            `The parameter DatapointsToAlarm (${DatapointsToAlarm}) must not be greater than EvaluationPeriods (${EvaluationPeriods}).`,
        );
    }
}

function checkAction(action: string, { partition, region }: Ambient): void {
    const [prefix, actionPartition, service, actionRegion, account, resource] = action.split(":");
    const known = ["sns", "lambda", "automate", "autoscaling", "swf", "ssm", "ssm-incidents", "aiops"];
    if (prefix !== "arn" || !service || !known.includes(service) || (service !== "automate" && !account) || !resource)
        throw validationError(`Invalid arn syntax: ${action}`);

    if (actionPartition !== partition)
        throw validationError(`Invalid partition ${actionPartition} specified. Only ${partition} is supported.`);
    if (service !== "automate" && actionRegion !== region)
        throw validationError(`Invalid region ${actionRegion} specified. Only ${region} is supported.`);
}

/** All metrics of an alarm have one period. */
function alarmPeriod(metrics: readonly MetricDataQuery[]): number {
    const periods = new Set(metrics.flatMap((query) => query.MetricStat?.Period ?? query.Period ?? []));
    if (periods.size > 1) {
        const shown = [...periods].join(", ");
        throw validationError(`All metrics of an alarm must have the same period; these have ${shown}.`);
    }
    const [period = 60] = periods;
    checkPeriod(period);
    if (period < 10) throw validationError("Period must be 10, 20, 30 or a multiple of 60.");
    return period;
}

/** What the alarm watches must be a single series, or the groups of one query. */
function checkWatched(compiled: CompiledQueries, store: MetricStore, nowMs: number): void {
    const { queries, math, insights } = compiled;
    if (queries.filter((query) => query.ReturnData ?? true).length !== 1)
        throw validationError("Exactly one element of the metrics list should return data.");
    if (queries.filter((query) => query.MetricStat).length > mathMetricsMax)
        throw validationError(`An alarm on metric math may have at most ${mathMetricsMax} metrics.`);

    if (insights.size > 1) throw validationError("An alarm may have at most one Metrics Insights query.");
    for (const node of math.values())
        if (mentions(node).functions.has("SEARCH")) throw validationError("SEARCH is not supported on Metric Alarms.");

    const grouped = isGrouped(compiled);
    if (grouped && [...insights.values()].some(({ orderBy }) => orderBy === undefined))
        throw validationError("A Metrics Insights query of an alarm with GROUP BY must have ORDER BY.");

    // A dry run tells what kind of value comes out.
    const series = watchedSeries(runQueries(compiled, store, periodsUntil(floorToMinute(nowMs), 1)));
    if (!grouped && series.length > 1)
        throw validationError(`The expression of an alarm must return a single time series, not ${series.length}.`);
}
