/**
 * An alarm on metrics, or on other alarms: its request, its state, and what its history tells.
 */
import { type CompositeRule, type StateValue } from "../../capacity/cloudwatch/compositeRule";
import { boolean, type InputOf, integer, listOf, number, oneOf, required, structure, text } from "../wire/shape";
import { type AlarmRule, type Comparison, comparisons } from "./alarmState";
import { type CompiledQueries, dimensionsShape, metricDataQueries, type MetricDataQuery } from "./queries";
import { statisticNames } from "./statistics";
import { standardUnits } from "./store";

export const secondsPerDay = 86_400;

const actionList = listOf(text(1, 1_024), 0, 5);

export const tagList = listOf(structure({ Key: required(text(1, 128)), Value: required(text(0, 256)) }), 0, 50);

const commonMembers = {
    AlarmName: required(text(1, 255)),
    AlarmDescription: text(0, 1_024),
    ActionsEnabled: boolean,
    OKActions: actionList,
    AlarmActions: actionList,
    InsufficientDataActions: actionList,
    Tags: tagList,
};

export const alarmMembers = {
    ...commonMembers,
    MetricName: text(1, 255),
    Namespace: text(1, 255),
    Statistic: oneOf(...statisticNames),
    ExtendedStatistic: text(),
    EvaluateLowSampleCountPercentile: text(1, 255),
    Dimensions: dimensionsShape,
    Period: integer(1),
    Unit: oneOf(...standardUnits),
    EvaluationPeriods: required(integer(1)),
    DatapointsToAlarm: integer(1),
    Threshold: number(),
    ComparisonOperator: required(oneOf(...(Object.keys(comparisons) as Comparison[]))),
    TreatMissingData: oneOf("breaching", "notBreaching", "ignore", "missing"),
    Metrics: metricDataQueries(),
};

export const compositeMembers = {
    ...commonMembers,
    AlarmRule: required(text(1, 10_240)),
    ActionsSuppressor: text(1, 1_600),
    ActionsSuppressorWaitPeriod: integer(),
    ActionsSuppressorExtensionPeriod: integer(),
};

export type CommonInput = InputOf<typeof commonMembers>;
export type PutMetricAlarmInput = InputOf<typeof alarmMembers>;
export type PutCompositeAlarmInput = InputOf<typeof compositeMembers>;

export type AlarmType = "MetricAlarm" | "CompositeAlarm";

/** What both kinds of alarm have. */
export interface AlarmCore {
    readonly name: string;
    readonly arn: string;
    readonly configuredMs: number;
    actionsEnabled: boolean;
    state: AlarmState;
}

export interface MetricAlarm extends AlarmCore {
    readonly type: "MetricAlarm";
    /** The request, as it came. */
    readonly input: PutMetricAlarmInput;
    readonly queries: CompiledQueries;
    /** Why it could not be evaluated, if it could not. */
    evaluationState: "EVALUATION_ERROR" | undefined;
    /** Contributors of a grouped alarm that are known, by id. */
    readonly contributors: Map<string, Contributor>;
}

export interface CompositeAlarm extends AlarmCore {
    readonly type: "CompositeAlarm";
    /** The request, as it came. */
    readonly input: PutCompositeAlarmInput;
    readonly rule: CompositeRule;
}

export type Alarm = MetricAlarm | CompositeAlarm;

export interface AlarmState {
    readonly value: StateValue;
    readonly reason: string;
    readonly reasonData: string | undefined;
    readonly timeMs: number;
    /** When its value became another one, if it was set to the same since. */
    readonly transitionedMs?: number;
    /** Of a composite alarm: the alarms that brought it here; nothing where somebody set the state. */
    readonly triggering?: readonly TriggeringAlarm[];
}

/** An alarm with its state at that time, as the reason of a composite alarm gives it. */
export interface TriggeringAlarm {
    readonly arn: string;
    readonly state: { readonly value: StateValue; readonly timestamp: string };
}

/** A group of a Metrics Insights query that an alarm watches by itself. */
export interface Contributor {
    readonly id: string;
    readonly attributes: Readonly<Record<string, string>>;
    state: AlarmState;
}

/** From one state to another: of an alarm, or of one of its contributors. */
export interface Transition {
    readonly alarm: Alarm;
    readonly before: AlarmState;
    readonly state: AlarmState;
    readonly contributor?: Contributor;
}

export const historyItemTypes = [
    "ConfigurationUpdate",
    "StateUpdate",
    "Action",
    "AlarmContributorStateUpdate",
    "AlarmContributorAction",
] as const;

export interface HistoryItem {
    readonly alarmName: string;
    readonly alarmType: AlarmType;
    readonly timeMs: number;
    readonly type: (typeof historyItemTypes)[number];
    readonly summary: string;
    readonly data: unknown;
    readonly contributor?: Contributor;
}

/** An alarm's metric or metrics as queries, in one form for both kinds. */
export function metricsOf(input: PutMetricAlarmInput): readonly MetricDataQuery[] {
    if (input.Metrics && input.Metrics.length > 0) return input.Metrics;
    const { Namespace, MetricName, Dimensions, Period, Unit } = input;
    const Metric = { Namespace: Namespace!, MetricName: MetricName!, Dimensions };
    return [{ Id: "m1", MetricStat: { Metric, Period: Period!, Stat: statisticOf(input)!, Unit }, ReturnData: true }];
}

/** Of an alarm on one metric, a percentile included. */
export function statisticOf({ Statistic, ExtendedStatistic }: PutMetricAlarmInput): string | undefined {
    return Statistic ?? ExtendedStatistic;
}

export function actionsOf(input: CommonInput): readonly string[] {
    return [input.OKActions, input.AlarmActions, input.InsufficientDataActions].flatMap((list) => list ?? []);
}

export function periodOf(input: PutMetricAlarmInput): number {
    if (input.Period !== undefined) return input.Period;
    const periods = (input.Metrics ?? []).map((query) => query.MetricStat?.Period ?? query.Period ?? 0);
    return Math.max(60, ...periods);
}

export function ruleOf(input: PutMetricAlarmInput): AlarmRule {
    return {
        evaluationPeriods: input.EvaluationPeriods,
        datapointsToAlarm: input.DatapointsToAlarm ?? input.EvaluationPeriods,
        threshold: input.Threshold!,
        comparison: input.ComparisonOperator,
        // Alarms on DynamoDB's own metrics always ignore missing data, whatever they say.
        treatMissingData: input.Namespace === "AWS/DynamoDB" ? "ignore" : (input.TreatMissingData ?? "missing"),
    };
}

/** Whether it watches each group of a Metrics Insights query by itself. */
export function isGrouped({ insights }: CompiledQueries): boolean {
    return [...insights.values()].some(({ groupBy }) => groupBy.length > 0);
}
