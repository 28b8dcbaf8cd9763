/**
 * The local CloudWatch: metrics of what really flowed, metric math and Metrics Insights, alarms on the sandbox's clock, dashboards.
 */
import { type MetricIdentity, type MetricStore, minuteMs, standardUnits, type Windows } from "./store";
import { type Ambient, AwsError, type Service } from "../service";
import {
    anything,
    boolean,
    integer,
    listOf,
    number,
    oneOf,
    structure,
    text,
    timestamp,
    timestampMs,
    validateShape,
} from "../wire/oldShape";
import { type PutMetricAlarmInput, validateAlarm } from "./alarmInput";
import { type Alarm, type AlarmActions, Alarms, type HistoryItem, metricsOf } from "./alarms";
import { type StateValue } from "./alarmState";
import { validateDashboard } from "./dashboards";
import {
    checkPeriod,
    compileQueries,
    type Dimension,
    dimensionsOf,
    dimensionsShape,
    type MetricDataQuery,
    metricDataQueriesShape,
    runQueries,
    seriesOfResult,
} from "./queries";
import { type Statistic, statisticNames, statisticOf } from "./statistics";

export { Alarms } from "./alarms";
export type { AlarmActions, AlarmChange } from "./alarms";

export interface CloudWatchOptions {
    readonly store: MetricStore;
    /** What alarms act with. */
    readonly actions: AlarmActions;
}

export interface CloudWatchService extends Service {
    readonly alarms: Alarms;
    readonly store: MetricStore;
}

export function cloudWatchService(ambient: Ambient, { store, actions }: CloudWatchOptions): CloudWatchService {
    const alarms = new Alarms(ambient, store, actions);
    return {
        name: "monitoring",
        targetPrefix: "GraniteServiceVersion20100801",
        operations: {
            ...metricOperations(ambient, store),
            ...alarmOperations(ambient, store, alarms),
            ...dashboardAndTagOperations(ambient, alarms),
        },
        alarms,
        store,
        stop: () => alarms.stop(),
    };
}

type Operations = Service["operations"];

const tagList = listOf(structure({ Key: text(1, 128), Value: text(0, 256) }, "Key", "Value"), 0, 50);

function metricOperations({ clock }: Ambient, store: MetricStore): Operations {
    return {
        PutMetricData(input: PutMetricDataInput) {
            validateShape(input, putMetricDataShape);
            if (input.Namespace.startsWith("AWS/"))
                throw parameterError(`The value ${input.Namespace} for parameter Namespace is invalid.`);

            const nowMs = clock.nowMs();
            // All or nothing: each datum is checked before the first one counts.
            input.MetricData?.forEach((datum, index) => checkDatum(datum, `MetricData.member.${index + 1}`, nowMs));
            for (const datum of input.MetricData ?? []) recordDatum(store, input.Namespace, datum, nowMs);
            return undefined;
        },

        GetMetricData(input: GetMetricDataInput) {
            validateShape(input, getMetricDataShape);
            if (input.MetricDataQueries.length === 0)
                throw new AwsError("ValidationError", "The collection MetricDataQueries must not be empty.");

            const startMs = floorToMinute(timestampMs(input.StartTime));
            const endMs = timestampMs(input.EndTime);
            if (startMs >= endMs) {
                throw new AwsError(
                    "ValidationError",
                    "The parameter StartTime must be less than the parameter EndTime.",
                );
            }
            const compiled = compileQueries(input.MetricDataQueries);
            const results = runQueries(compiled, store, { windows: windowsOf(startMs, endMs), nowMs: clock.nowMs() });
            const series = results
                .filter(({ query }) => query.ReturnData ?? true)
                .flatMap((result) => seriesOfResult(result).map((each) => ({ id: result.query.Id, series: each })));
            const oldestFirst = input.ScanBy === "TimestampAscending";
            const answers = series.map(({ id, series: { label, startMs: firstMs, periodMs, points } }) => {
                const present = points
                    .map((value, index) => ({ timestamp: (firstMs + index * periodMs) / 1_000, value: value! }))
                    .filter((point) => point.value !== undefined);
                if (!oldestFirst) present.reverse();
                return { id, label, points: present };
            });
            return page(answers, input.MaxDatapoints ?? datapointsMax, input.NextToken);
        },

        GetMetricStatistics(input: GetMetricStatisticsInput) {
            validateShape(input, getMetricStatisticsShape);
            if ((input.Statistics ?? []).length === 0) {
                throw new AwsError(
                    "InvalidParameterCombinationException",
                    "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
                    400,
                    "InvalidParameterCombination",
                );
            }
            checkPeriod(input.Period);
            const startMs = floorToMinute(timestampMs(input.StartTime));
            const endMs = timestampMs(input.EndTime);
            if (startMs >= endMs)
                throw combinationError("The parameter StartTime must be less than the parameter EndTime.");

            const windows = windowsOf(startMs, endMs)(input.Period);
            if (windows.count > statisticsDatapointsMax) {
                throw combinationError(
                    `You have requested up to ${windows.count} datapoints, which exceeds the limit of ${statisticsDatapointsMax}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
                );
            }
            const metric = {
                namespace: input.Namespace,
                metricName: input.MetricName,
                dimensions: dimensionsOf(input.Dimensions),
            };
            const points = store.statistics(metric, input.Unit, windows, clock.nowMs());
            return {
                Label: input.MetricName,
                Datapoints: points.flatMap((point, index) => {
                    if (!point) return [];
                    const asked = input.Statistics!.map((name) => [name, statisticOf(name, point)]);
                    return [
                        {
                            Timestamp: (windows.startMs + index * windows.periodMs) / 1_000,
                            ...(Object.fromEntries(asked) as Record<Statistic, number>),
                            Unit: input.Unit ?? "None",
                        },
                    ];
                }),
            };
        },

        ListMetrics(input: ListMetricsInput) {
            validateShape(input, listMetricsShape);
            const sinceMs = clock.nowMs() - (input.RecentlyActive ? 3 * 60 : 14 * 24 * 60) * minuteMs;
            const filters = input.Dimensions ?? [];
            const found = store
                .list({ namespace: input.Namespace, metricName: input.MetricName, sinceMs })
                .filter(({ dimensions }) =>
                    filters.every(({ Name, Value }) =>
                        Value === undefined ? Name in dimensions : dimensions[Name] === Value,
                    ),
                );
            const { items, nextToken } = slice(found, 500, input.NextToken);
            return { Metrics: items.map(describeMetric), NextToken: nextToken };
        },
    };
}

const datapointsMax = 100_800;
const statisticsDatapointsMax = 1_440;

interface PutMetricDataInput {
    readonly Namespace: string;
    readonly MetricData?: readonly Datum[];
}

interface Datum {
    readonly MetricName: string;
    readonly Dimensions?: readonly Dimension[];
    readonly Timestamp?: number | string;
    readonly Value?: number;
    readonly StatisticValues?: {
        readonly SampleCount: number;
        readonly Sum: number;
        readonly Minimum: number;
        readonly Maximum: number;
    };
    readonly Values?: readonly number[];
    readonly Counts?: readonly number[];
    readonly Unit?: string;
}

const putMetricDataShape = structure(
    {
        Namespace: text(1, 255, /^[^:].*/),
        MetricData: listOf(
            structure(
                {
                    MetricName: text(1, 255),
                    Dimensions: dimensionsShape,
                    Timestamp: timestamp,
                    Value: number,
                    StatisticValues: structure(
                        { SampleCount: number, Sum: number, Minimum: number, Maximum: number },
                        "SampleCount",
                        "Sum",
                        "Minimum",
                        "Maximum",
                    ),
                    Values: listOf(number, 0, 150),
                    Counts: listOf(number, 0, 150),
                    Unit: oneOf(...standardUnits),
                    StorageResolution: integer(1),
                },
                "MetricName",
            ),
            0,
            1_000,
        ),
        EntityMetricData: anything,
        StrictEntityValidation: boolean,
    },
    "Namespace",
);

function checkDatum(datum: Datum, path: string, nowMs: number): void {
    const given = [datum.Value, datum.StatisticValues, datum.Values].filter((value) => value !== undefined).length;
    if (given === 0) {
        throw new AwsError(
            "MissingRequiredParameterException",
            `The parameter ${path}.Value is required.`,
            400,
            "MissingParameter",
        );
    }
    if (given > 1) {
        throw combinationError(
            `The parameters ${path}.Value, ${path}.StatisticValues and ${path}.Values are mutually exclusive and you have specified more than one.`,
        );
    }
    if (datum.Counts && datum.Counts.length !== datum.Values?.length)
        throw parameterError(`The parameters ${path}.Values and ${path}.Counts must be of the same size.`);

    // 2^360, the largest magnitude that CloudWatch keeps.
    if ([datum.Value ?? 0, ...(datum.Values ?? [])].some((value) => Math.abs(value) > 2 ** 360))
        throw parameterError(`The value for parameter ${path}.Value must be from -2^360 to 2^360.`);

    const timeMs = datum.Timestamp === undefined ? nowMs : timestampMs(datum.Timestamp);
    if (timeMs < nowMs - 14 * 24 * 60 * minuteMs)
        throw parameterError(`The parameter ${path}.Timestamp must specify a time no more than two weeks in the past.`);

    if (timeMs > nowMs + 120 * minuteMs) {
        throw parameterError(
            `The parameter ${path}.Timestamp must specify a time no more than two hours in the future.`,
        );
    }
}

function recordDatum(store: MetricStore, namespace: string, datum: Datum, nowMs: number): void {
    const identity = {
        namespace,
        metricName: datum.MetricName,
        dimensions: dimensionsOf(datum.Dimensions),
        unit: datum.Unit ?? "None",
        timeMs: datum.Timestamp === undefined ? nowMs : timestampMs(datum.Timestamp),
    };
    if (datum.Value !== undefined) store.record({ ...identity, value: datum.Value });
    if (datum.StatisticValues) {
        const { Sum, SampleCount, Minimum, Maximum } = datum.StatisticValues;
        store.recordStatistics({
            ...identity,
            statistics: { sum: Sum, sampleCount: SampleCount, minimum: Minimum, maximum: Maximum },
        });
    }
    datum.Values?.forEach((value, index) => {
        const count = datum.Counts?.[index] ?? 1;
        store.record({ ...identity, value: value * count, count });
    });
}

interface GetMetricDataInput {
    readonly MetricDataQueries: readonly MetricDataQuery[];
    readonly StartTime: number | string;
    readonly EndTime: number | string;
    readonly NextToken?: string;
    readonly ScanBy?: "TimestampDescending" | "TimestampAscending";
    readonly MaxDatapoints?: number;
}

const getMetricDataShape = structure(
    {
        MetricDataQueries: { ...metricDataQueriesShape, max: 500 } as typeof metricDataQueriesShape,
        StartTime: timestamp,
        EndTime: timestamp,
        NextToken: text(),
        ScanBy: oneOf("TimestampDescending", "TimestampAscending"),
        MaxDatapoints: integer(1, datapointsMax),
        LabelOptions: anything,
    },
    "MetricDataQueries",
    "StartTime",
    "EndTime",
);

interface GetMetricStatisticsInput {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions?: readonly Dimension[];
    readonly StartTime: number | string;
    readonly EndTime: number | string;
    readonly Period: number;
    readonly Statistics?: readonly Statistic[];
    readonly Unit?: string;
}

const getMetricStatisticsShape = structure(
    {
        Namespace: text(1, 255),
        MetricName: text(1, 255),
        Dimensions: dimensionsShape,
        StartTime: timestamp,
        EndTime: timestamp,
        Period: integer(1),
        Statistics: listOf(oneOf(...statisticNames), 1, 5),
        ExtendedStatistics: anything,
        Unit: oneOf(...standardUnits),
    },
    "Namespace",
    "MetricName",
    "StartTime",
    "EndTime",
    "Period",
);

interface ListMetricsInput {
    readonly Namespace?: string;
    readonly MetricName?: string;
    readonly Dimensions?: readonly { readonly Name: string; readonly Value?: string }[];
    readonly NextToken?: string;
    readonly RecentlyActive?: string;
}

const listMetricsShape = structure({
    Namespace: text(1, 255),
    MetricName: text(1, 255),
    Dimensions: listOf(structure({ Name: text(1, 255), Value: text(1, 1_024) }, "Name"), 0, 30),
    NextToken: text(),
    RecentlyActive: oneOf("PT3H"),
});

function windowsOf(startMs: number, endMs: number): (periodSeconds: number) => Windows {
    return (periodSeconds) => ({
        startMs,
        periodMs: periodSeconds * 1_000,
        count: Math.ceil((endMs - startMs) / (periodSeconds * 1_000)),
    });
}

function floorToMinute(timeMs: number): number {
    return Math.floor(timeMs / minuteMs) * minuteMs;
}

interface MetricDataAnswer {
    readonly id: string;
    readonly label: string;
    readonly points: readonly { readonly timestamp: number; readonly value: number }[];
}

/** The results of a page: as many datapoints of each series as the request allows, the rest under the next token. */
function page(answers: readonly MetricDataAnswer[], pointsMax: number, nextToken: string | undefined): unknown {
    const perSeries = Math.max(1, Math.floor(pointsMax / Math.max(1, answers.length)));
    const from = offsetOf(nextToken);
    const more = answers.some((answer) => answer.points.length > from + perSeries);
    return {
        MetricDataResults: answers.map(({ id, label, points }) => {
            const shown = points.slice(from, from + perSeries);
            return {
                Id: id,
                Label: label,
                Timestamps: shown.map((point) => point.timestamp),
                Values: shown.map((point) => point.value),
                StatusCode: points.length > from + perSeries ? "PartialData" : "Complete",
            };
        }),
        NextToken: more ? tokenOf(from + perSeries) : undefined,
        Messages: [],
    };
}

function slice<T>(
    items: readonly T[],
    countMax: number,
    nextToken: string | undefined,
): { items: T[]; nextToken?: string } {
    const from = offsetOf(nextToken);
    const shown = items.slice(from, from + countMax);
    return from + countMax < items.length ? { items: shown, nextToken: tokenOf(from + countMax) } : { items: shown };
}

function tokenOf(offset: number): string {
    return Buffer.from(`offset:${offset}`).toString("base64");
}

function offsetOf(token: string | undefined): number {
    if (token === undefined) return 0;
    const [, offset] = /^offset:(\d+)$/.exec(Buffer.from(token, "base64").toString()) ?? [];
    if (offset === undefined) throw new AwsError("InvalidNextToken", "The specified next token is invalid.");
    return Number(offset);
}

function describeMetric({ namespace, metricName, dimensions }: MetricIdentity): unknown {
    const names = Object.keys(dimensions).sort();
    return {
        Namespace: namespace,
        MetricName: metricName,
        Dimensions: names.map((name) => ({ Name: name, Value: dimensions[name] })),
    };
}

function alarmOperations(ambient: Ambient, store: MetricStore, alarms: Alarms): Operations {
    const known = (name: string): Alarm => {
        const alarm = alarms.byName.get(name);
        if (!alarm) throw new AwsError("ResourceNotFound", `Unknown: Alarm ${name} does not exist.`, 404);
        return alarm;
    };
    const setActions = (input: { AlarmNames: readonly string[] }, enabled: boolean): undefined => {
        validateShape(input, alarmNamesShape);
        for (const name of input.AlarmNames) {
            const alarm = alarms.byName.get(name);
            if (alarm) alarm.actionsEnabled = enabled;
        }
        return undefined;
    };
    return {
        PutMetricAlarm(input: PutMetricAlarmInput) {
            const { queries, grouped } = validateAlarm(input, ambient, store);
            if (queries.expressions.size > 0 && isInsightsAlarm(queries)) {
                const others = [...alarms.byName.values()].filter(
                    (alarm) => alarm.name !== input.AlarmName && isInsightsAlarm(alarm.queries),
                );
                if (others.length >= insightsAlarmsMax) {
                    throw new AwsError(
                        "LimitExceededFault",
                        `The maximum number of Metrics Insights alarms, ${insightsAlarmsMax}, has been reached.`,
                        400,
                        "LimitExceeded",
                    );
                }
            }
            alarms.put({ name: input.AlarmName, input, queries, grouped });
            return undefined;
        },

        DescribeAlarms(input: DescribeAlarmsInput) {
            validateShape(input, describeAlarmsShape);
            if (input.AlarmNames && input.AlarmNamePrefix !== undefined)
                throw new AwsError("ValidationError", "AlarmNames and AlarmNamePrefix must not be used together.");

            if (input.AlarmTypes && !input.AlarmTypes.includes("MetricAlarm"))
                return { CompositeAlarms: [], MetricAlarms: [] };

            const { AlarmNames, AlarmNamePrefix = "", StateValue, ActionPrefix } = input;
            const found = sortedByName(alarms).filter(
                (alarm) =>
                    (!AlarmNames || AlarmNames.includes(alarm.name)) &&
                    alarm.name.startsWith(AlarmNamePrefix) &&
                    (StateValue === undefined || alarm.state.value === StateValue) &&
                    (ActionPrefix === undefined || actionsOf(alarm).some((action) => action.startsWith(ActionPrefix))),
            );
            const { items, nextToken } = slice(found, input.MaxRecords ?? 100, input.NextToken);
            return { CompositeAlarms: [], MetricAlarms: items.map(describeAlarm), NextToken: nextToken };
        },

        DescribeAlarmsForMetric(input: { MetricName: string; Namespace: string; Dimensions?: readonly Dimension[] }) {
            validateShape(
                input,
                structure(
                    { MetricName: text(1, 255), Namespace: text(1, 255), Dimensions: dimensionsShape },
                    "MetricName",
                    "Namespace",
                ),
            );
            const dimensions = JSON.stringify(sortedDimensions(input.Dimensions));
            const found = sortedByName(alarms).filter((alarm) =>
                metricsOf(alarm.input).some(({ MetricStat: stat }) => {
                    if (!stat) return false;
                    const { Namespace, MetricName, Dimensions } = stat.Metric;
                    return (
                        Namespace === input.Namespace &&
                        MetricName === input.MetricName &&
                        JSON.stringify(sortedDimensions(Dimensions)) === dimensions
                    );
                }),
            );
            return { MetricAlarms: found.map(describeAlarm) };
        },

        DescribeAlarmContributors(input: { AlarmName: string; NextToken?: string }) {
            validateShape(input, structure({ AlarmName: text(1, 255), NextToken: text() }, "AlarmName"));
            const { items, nextToken } = slice(
                [...known(input.AlarmName).contributors.values()].filter((each) => each.state.value === "ALARM"),
                100,
                input.NextToken,
            );
            return {
                AlarmContributors: items.map(({ id, attributes, state }) => ({
                    ContributorId: id,
                    ContributorAttributes: attributes,
                    StateReason: state.reason,
                    StateTransitionedTimestamp: state.timeMs / 1_000,
                })),
                NextToken: nextToken,
            };
        },

        DescribeAlarmHistory(input: DescribeAlarmHistoryInput) {
            validateShape(input, describeAlarmHistoryShape);
            const startMs = input.StartDate === undefined ? -Infinity : timestampMs(input.StartDate);
            const endMs = input.EndDate === undefined ? Infinity : timestampMs(input.EndDate);
            const found = alarms.history.filter(
                (item) =>
                    (input.AlarmName === undefined || item.alarmName === input.AlarmName) &&
                    (input.HistoryItemType === undefined || item.type === input.HistoryItemType) &&
                    (input.AlarmContributorId === undefined || item.contributor?.id === input.AlarmContributorId) &&
                    item.timeMs >= startMs &&
                    item.timeMs <= endMs,
            );
            if (input.ScanBy !== "TimestampAscending") found.reverse();
            const { items, nextToken } = slice(found, input.MaxRecords ?? 100, input.NextToken);
            return { AlarmHistoryItems: items.map(describeHistory), NextToken: nextToken };
        },

        DeleteAlarms(input: { AlarmNames: readonly string[] }) {
            validateShape(input, alarmNamesShape);
            for (const name of input.AlarmNames) known(name);
            for (const name of input.AlarmNames) alarms.delete(name);
            return undefined;
        },

        async SetAlarmState(input: SetAlarmStateInput) {
            validateShape(input, setAlarmStateShape);
            await alarms.setState(known(input.AlarmName), input.StateValue, input.StateReason, input.StateReasonData);
            return undefined;
        },

        EnableAlarmActions: (input: { AlarmNames: readonly string[] }) => setActions(input, true),
        DisableAlarmActions: (input: { AlarmNames: readonly string[] }) => setActions(input, false),
    };
}

/** Metrics Insights alarms in a region, at most. */
const insightsAlarmsMax = 200;

const isInsightsAlarm = (queries: Alarm["queries"]): boolean =>
    [...queries.expressions.values()].some((expression) => !("kind" in expression));

const alarmNamesShape = structure({ AlarmNames: listOf(text(1, 255), 0, 100) }, "AlarmNames");

interface DescribeAlarmsInput {
    readonly AlarmNames?: readonly string[];
    readonly AlarmNamePrefix?: string;
    readonly AlarmTypes?: readonly string[];
    readonly StateValue?: StateValue;
    readonly ActionPrefix?: string;
    readonly MaxRecords?: number;
    readonly NextToken?: string;
}

const stateValue = oneOf("OK", "ALARM", "INSUFFICIENT_DATA");

const describeAlarmsShape = structure({
    AlarmNames: listOf(text(1, 255), 0, 100),
    AlarmNamePrefix: text(1, 255),
    AlarmTypes: listOf(oneOf("CompositeAlarm", "MetricAlarm", "LogAlarm")),
    StateValue: stateValue,
    ActionPrefix: text(1, 1_024),
    MaxRecords: integer(1, 100),
    NextToken: text(),
});

interface DescribeAlarmHistoryInput {
    readonly AlarmName?: string;
    readonly AlarmContributorId?: string;
    readonly HistoryItemType?: HistoryItem["type"];
    readonly StartDate?: number | string;
    readonly EndDate?: number | string;
    readonly MaxRecords?: number;
    readonly NextToken?: string;
    readonly ScanBy?: string;
}

const describeAlarmHistoryShape = structure({
    AlarmName: text(1, 255),
    AlarmContributorId: text(1, 1_024),
    AlarmTypes: anything,
    HistoryItemType: oneOf(
        "ConfigurationUpdate",
        "StateUpdate",
        "Action",
        "AlarmContributorStateUpdate",
        "AlarmContributorAction",
    ),
    StartDate: timestamp,
    EndDate: timestamp,
    MaxRecords: integer(1, 100),
    NextToken: text(),
    ScanBy: oneOf("TimestampDescending", "TimestampAscending"),
});

interface SetAlarmStateInput {
    readonly AlarmName: string;
    readonly StateValue: StateValue;
    readonly StateReason: string;
    readonly StateReasonData?: string;
}

const setAlarmStateShape = structure(
    { AlarmName: text(1, 255), StateValue: stateValue, StateReason: text(0, 1_023), StateReasonData: text(0, 4_000) },
    "AlarmName",
    "StateValue",
    "StateReason",
);

function sortedByName(alarms: Alarms): Alarm[] {
    return [...alarms.byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function sortedDimensions(dimensions: readonly Dimension[] | undefined): [string, string][] {
    return Object.entries(dimensionsOf(dimensions)).sort();
}

function actionsOf({ input }: Alarm): readonly string[] {
    return [input.OKActions, input.AlarmActions, input.InsufficientDataActions].flatMap((list) => list ?? []);
}

function describeAlarm(alarm: Alarm): unknown {
    const { input } = alarm;
    return {
        ...input,
        Tags: undefined,
        AlarmArn: alarm.arn,
        AlarmConfigurationUpdatedTimestamp: alarm.configuredMs / 1_000,
        ActionsEnabled: alarm.actionsEnabled,
        OKActions: input.OKActions ?? [],
        AlarmActions: input.AlarmActions ?? [],
        InsufficientDataActions: input.InsufficientDataActions ?? [],
        Dimensions: input.Dimensions ?? [],
        StateValue: alarm.state.value,
        StateReason: alarm.state.reason,
        StateReasonData: alarm.state.reasonData,
        StateUpdatedTimestamp: alarm.state.timeMs / 1_000,
        StateTransitionedTimestamp: alarm.state.timeMs / 1_000,
        EvaluationState: alarm.evaluationState,
    };
}

function describeHistory(item: HistoryItem): unknown {
    return {
        AlarmName: item.alarmName,
        AlarmType: "MetricAlarm",
        Timestamp: item.timeMs / 1_000,
        HistoryItemType: item.type,
        HistorySummary: item.summary,
        HistoryData: JSON.stringify(item.data),
        AlarmContributorId: item.contributor?.id,
        AlarmContributorAttributes: item.contributor?.attributes,
    };
}

interface Dashboard {
    readonly body: string;
    readonly modifiedMs: number;
}

interface Tag {
    readonly Key: string;
    readonly Value: string;
}

function dashboardAndTagOperations(ambient: Ambient, alarms: Alarms): Operations {
    const { clock, partition, accountId } = ambient;
    const dashboards = new Map<string, Dashboard>();
    const tags = new Map<string, Map<string, string>>();
    const dashboardArn = (name: string): string => `arn:${partition}:cloudwatch::${accountId}:dashboard/${name}`;
    const exists = (arn: string): boolean =>
        [...alarms.byName.values()].some((alarm) => alarm.arn === arn) ||
        [...dashboards.keys()].some((name) => dashboardArn(name) === arn);
    const tagsOf = (arn: string): Map<string, string> => {
        if (!exists(arn)) throw new AwsError("ResourceNotFoundException", `The resource ${arn} does not exist.`, 404);

        let own = tags.get(arn);
        if (!own) {
            // Tags that came with the alarm itself.
            const alarm = [...alarms.byName.values()].find((each) => each.arn === arn);
            own = new Map((alarm?.input.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
            tags.set(arn, own);
        }
        return own;
    };
    const knownDashboard = (name: string): Dashboard => {
        const dashboard = dashboards.get(name);
        if (!dashboard) throw new AwsError("ResourceNotFound", `Dashboard ${name} does not exist`, 404);

        return dashboard;
    };
    return {
        PutDashboard(input: { DashboardName: string; DashboardBody: string; Tags?: readonly Tag[] }) {
            validateShape(
                input,
                structure(
                    { DashboardName: text(1, 255, /^[A-Za-z0-9_-]+$/), DashboardBody: text(1), Tags: tagList },
                    "DashboardName",
                    "DashboardBody",
                ),
            );
            validateDashboard(input.DashboardBody);
            const isNew = !dashboards.has(input.DashboardName);
            dashboards.set(input.DashboardName, { body: input.DashboardBody, modifiedMs: clock.nowMs() });
            if (isNew && input.Tags) {
                const own = tagsOf(dashboardArn(input.DashboardName));
                for (const { Key, Value } of input.Tags) own.set(Key, Value);
            }
            return { DashboardValidationMessages: [] };
        },

        GetDashboard(input: { DashboardName: string }) {
            validateShape(input, structure({ DashboardName: text(1, 255) }, "DashboardName"));
            return {
                DashboardArn: dashboardArn(input.DashboardName),
                DashboardBody: knownDashboard(input.DashboardName).body,
                DashboardName: input.DashboardName,
            };
        },

        ListDashboards(input: { DashboardNamePrefix?: string; NextToken?: string }) {
            validateShape(input, structure({ DashboardNamePrefix: text(1, 255), NextToken: text() }));
            const found = [...dashboards].filter(([name]) => name.startsWith(input.DashboardNamePrefix ?? "")).sort();
            const { items, nextToken } = slice(found, 1_000, input.NextToken);
            return {
                DashboardEntries: items.map(([name, { body, modifiedMs }]) => ({
                    DashboardName: name,
                    DashboardArn: dashboardArn(name),
                    LastModified: modifiedMs / 1_000,
                    Size: Buffer.byteLength(body),
                })),
                NextToken: nextToken,
            };
        },

        DeleteDashboards(input: { DashboardNames: readonly string[] }) {
            validateShape(input, structure({ DashboardNames: listOf(text(1, 255), 1, 100) }, "DashboardNames"));
            for (const name of input.DashboardNames) knownDashboard(name);
            for (const name of input.DashboardNames) {
                dashboards.delete(name);
                tags.delete(dashboardArn(name));
            }
            return {};
        },

        TagResource(input: { ResourceARN: string; Tags: readonly Tag[] }) {
            validateShape(input, structure({ ResourceARN: text(1, 1_024), Tags: tagList }, "ResourceARN", "Tags"));
            const own = tagsOf(input.ResourceARN);
            for (const { Key, Value } of input.Tags) own.set(Key, Value);
            return {};
        },

        UntagResource(input: { ResourceARN: string; TagKeys: readonly string[] }) {
            validateShape(
                input,
                structure({ ResourceARN: text(1, 1_024), TagKeys: listOf(text(1, 128)) }, "ResourceARN", "TagKeys"),
            );
            const own = tagsOf(input.ResourceARN);
            for (const key of input.TagKeys) own.delete(key);
            return {};
        },

        ListTagsForResource(input: { ResourceARN: string }) {
            validateShape(input, structure({ ResourceARN: text(1, 1_024) }, "ResourceARN"));
            return { Tags: [...tagsOf(input.ResourceARN)].map(([Key, Value]) => ({ Key, Value })) };
        },
    };
}

function parameterError(message: string): AwsError {
    return new AwsError("InvalidParameterValueException", message, 400, "InvalidParameterValue");
}

function combinationError(message: string): AwsError {
    return new AwsError("InvalidParameterCombinationException", message, 400, "InvalidParameterCombination");
}
