/**
 * PutMetricAlarm and PutCompositeAlarm: how CloudWatch refuses an alarm whose members are well-formed each by itself.
 */
import { type CompositeRule, parseRule } from "../../capacity/cloudwatch/compositeRule";
import { type Ambient } from "../service";
import {
    actionsOf,
    type AlarmType,
    isGrouped,
    metricsOf,
    type PutCompositeAlarmInput,
    type PutMetricAlarmInput,
    secondsPerDay,
    statisticOf,
} from "./alarm";
import { combinationError, exclusive, limitExceeded, parameterError, validationError } from "./errors";
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
import { type Account, alarmArn, alarmsOfType, parentsOf } from "./state";
import { floorToMinute, type MetricStore } from "./store";

/** A metric-math alarm takes at most so many metrics. */
const mathMetricsMax = 10;
/** Metrics Insights alarms in a region, at most. */
const insightsAlarmsMax = 200;
/** Composite alarms whose rules name the same alarm, at most. */
const parentsMax = 150;

/** The alarm's queries, ready to run. @throws AwsError as CloudWatch refuses such an alarm */
export function validateAlarm(account: Account, input: PutMetricAlarmInput, nowMs: number): CompiledQueries {
    const { ambient, store } = account;
    checkMembers(input);
    checkType(account, input.AlarmName, "MetricAlarm");
    for (const action of actionsOf(input)) checkAction(action, ambient, metricAlarmServices);

    const metrics = metricsOf(input);
    const queries = compileQueries(metrics, "Metrics");
    const period = alarmPeriod(metrics);
    const spanMax = period >= 3_600 ? 7 * secondsPerDay : secondsPerDay;
    if (period * input.EvaluationPeriods > spanMax) {
        throw validationError(
            `Metrics cannot be checked across more than ${spanMax === secondsPerDay ? "a day" : "a week"} (EvaluationPeriods * Period must be <= ${spanMax}).`,
        );
    }
    checkWatched(queries, store, nowMs);
    if (queries.insights.size > 0) checkInsightsAlarms(account, input.AlarmName);
    return queries;
}

function checkInsightsAlarms(account: Account, newName: string): void {
    const others = alarmsOfType(account, "MetricAlarm").filter(
        ({ name, queries }) => name !== newName && queries.insights.size > 0,
    );
    if (others.length >= insightsAlarmsMax)
        throw limitExceeded(`The maximum number of Metrics Insights alarms, ${insightsAlarmsMax}, has been reached.`);
}

/** The alarm's rule, ready to be asked. @throws AwsError as CloudWatch refuses such an alarm */
export function validateComposite(account: Account, input: PutCompositeAlarmInput): CompositeRule {
    const { ambient, alarms } = account;
    const { AlarmName: name } = input;
    checkType(account, name, "CompositeAlarm");
    for (const action of actionsOf(input)) checkAction(action, ambient, compositeAlarmServices);
    if (input.ActionsSuppressor !== undefined) {
        throw validationError(
            "The sandbox suppresses no actions (ActionsSuppressor): leave it out, or say AND NOT ALARM(...) in the AlarmRule.",
        );
    }
    const prefix = alarmArn(ambient, "");
    const nameOf = (written: string) => (written.startsWith(prefix) ? written.slice(prefix.length) : written);
    const rule = parseRule(input.AlarmRule, nameOf, validationError);
    const missing = rule.children.filter((child) => !alarms.byName.has(child));
    if (missing.length > 0) {
        throw validationError(
            `Could not save the composite alarm as alarms [${missing.join(", ")}] in the alarm rule do not exist`,
        );
    }
    for (const child of rule.children) {
        if (parentsOf(account, child).filter((parent) => parent.name !== name).length >= parentsMax) {
            throw limitExceeded(
                `The alarm ${child} is in the rules of ${parentsMax} composite alarms already, the maximum.`,
            );
        }
    }
    return rule;
}

/** A name belongs to one alarm, of whichever kind. */
function checkType({ alarms }: Account, name: string, type: AlarmType): void {
    const existing = alarms.byName.get(name);
    if (existing && existing.type !== type)
        throw validationError(`The name ${name} belongs to a ${existing.type} and cannot be given to a ${type}.`);
}

/** Which members go together. */
function checkMembers(input: PutMetricAlarmInput): void {
    checkPercentile(input);
    if (input.Threshold === undefined)
        throw validationError("The parameter Threshold is required for an alarm on a static threshold.");
    if ((input.MetricName === undefined) === (input.Metrics === undefined || input.Metrics.length === 0))
        throw validationError("An alarm must have either MetricName or Metrics, and not both.");

    if (input.MetricName === undefined) {
        for (const name of ["Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"] as const) {
            const value = input[name];
            if (value !== undefined && !(Array.isArray(value) && value.length === 0))
                throw combinationError(`When Metrics is used, the parameter ${name} must not be set.`);
        }
    } else {
        const needed = { Namespace: input.Namespace, Statistic: statisticOf(input), Period: input.Period };
        const [missing] = Object.entries(needed).find(([, value]) => value === undefined) ?? [];
        if (missing) throw validationError(`The parameter ${missing} is required when MetricName is used.`);
        if (input.Statistic !== undefined && input.ExtendedStatistic !== undefined)
            throw combinationError(exclusive("Statistic", "ExtendedStatistic"));
    }
    const { EvaluationPeriods, DatapointsToAlarm } = input;
    if (DatapointsToAlarm !== undefined && DatapointsToAlarm > EvaluationPeriods) {
        throw validationError(
            `The parameter DatapointsToAlarm (${DatapointsToAlarm}) must not be greater than EvaluationPeriods (${EvaluationPeriods}).`,
        );
    }
}

/** AWS's own refusals before the sandbox's, which has percentiles, and none of the statistics that leave values out. */
function checkPercentile({ ExtendedStatistic: statistic, EvaluateLowSampleCountPercentile: low }: PutMetricAlarmInput) {
    if (low !== undefined && low !== "evaluate" && low !== "ignore") {
        throw validationError(
            `Option ${low} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.`,
        );
    }
    if (statistic === undefined) return;
    // p90, tm95, TC(0.5:10), PR(:300), IQM.
    if (!/^([a-z]{1,3}\d+(\.\d+)?|[A-Z]{2,3}(\(.+\))?)$/.test(statistic))
        throw parameterError(`The value ${statistic} for parameter ExtendedStatistic is not supported.`);
    checkStatistic(statistic);
}

const compositeAlarmServices = ["sns", "lambda", "ssm", "ssm-incidents", "aiops"];
const metricAlarmServices = [...compositeAlarmServices, "automate", "autoscaling", "swf"];

function checkAction(action: string, { partition, region }: Ambient, known: readonly string[]): void {
    const [prefix, actionPartition, service, actionRegion, account, resource] = action.split(":");
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
