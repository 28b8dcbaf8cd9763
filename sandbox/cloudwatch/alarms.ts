/**
 * Alarms: put, described, set, switched and deleted.
 */
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import { pageOf, sortedBy } from "../wire/pages";
import { anything, anyTimestamp, integer, listOf, oneOf, required, text, timestampMs } from "../wire/shape";
import { actionsOf, type Alarm, alarmMembers, type HistoryItem, historyItemTypes, metricsOf } from "./alarm";
import { changeState } from "./alarmChanges";
import { validateAlarm } from "./alarmInput";
import { deleteAlarm, putAlarm } from "./alarmEvaluation";
import { validationError } from "./errors";
import { dimensionsShape, identityOf } from "./queries";
import { type Account, alarmOf } from "./state";
import { seriesKey } from "./store";

/** Metrics Insights alarms in a region, at most. */
const insightsAlarmsMax = 200;

export const putMetricAlarm = operation(alarmMembers, (account: Account, input, nowMs) => {
    const queries = validateAlarm(input, account.ambient, account.store, nowMs);
    const others = alarmsOf(account).filter(
        (alarm) => alarm.name !== input.AlarmName && alarm.queries.insights.size > 0,
    );
    if (queries.insights.size > 0 && others.length >= insightsAlarmsMax) {
        const message = `The maximum number of Metrics Insights alarms, ${insightsAlarmsMax}, has been reached.`;
        throw new AwsError("LimitExceededFault", message, 400, "LimitExceeded");
    }
    putAlarm(account, input, queries, nowMs);
});

const alarmName = text(1, 255);
const alarmNames = listOf(alarmName, 0, 100);
const stateValue = oneOf("OK", "ALARM", "INSUFFICIENT_DATA");

export const describeAlarms = operation(
    {
        AlarmNames: alarmNames,
        AlarmNamePrefix: text(1, 255),
        AlarmTypes: listOf(oneOf("CompositeAlarm", "MetricAlarm", "LogAlarm")),
        StateValue: stateValue,
        ActionPrefix: text(1, 1_024),
        MaxRecords: integer(1, 100),
        NextToken: text(),
    },
    (account: Account, input) => {
        const { AlarmNames, AlarmNamePrefix = "", StateValue, ActionPrefix } = input;
        if (AlarmNames && input.AlarmNamePrefix !== undefined)
            throw validationError("AlarmNames and AlarmNamePrefix must not be used together.");
        if (input.AlarmTypes && !input.AlarmTypes.includes("MetricAlarm"))
            return { CompositeAlarms: [], MetricAlarms: [] };

        const found = alarmsOf(account).filter(
            (alarm) =>
                (!AlarmNames || AlarmNames.includes(alarm.name)) &&
                alarm.name.startsWith(AlarmNamePrefix) &&
                (StateValue === undefined || alarm.state.value === StateValue) &&
                (ActionPrefix === undefined || actionsOf(alarm.input).some((each) => each.startsWith(ActionPrefix))),
        );
        const { items, nextToken } = pageOf(found, input.MaxRecords ?? 100, input.NextToken);
        return { CompositeAlarms: [], MetricAlarms: items.map(describeAlarm), NextToken: nextToken };
    },
);

export const describeAlarmsForMetric = operation(
    { MetricName: required(text(1, 255)), Namespace: required(text(1, 255)), Dimensions: dimensionsShape },
    (account: Account, input) => {
        const wanted = seriesKey(identityOf(input));
        const found = alarmsOf(account).filter((alarm) =>
            metricsOf(alarm.input).some(
                ({ MetricStat: stat }) => stat && seriesKey(identityOf(stat.Metric)) === wanted,
            ),
        );
        return { MetricAlarms: found.map(describeAlarm) };
    },
);

export const describeAlarmContributors = operation(
    { AlarmName: required(alarmName), NextToken: text() },
    (account: Account, { AlarmName, NextToken }) => {
        const contributors = [...alarmOf(account, AlarmName).contributors.values()];
        const alarming = contributors.filter(({ state }) => state.value === "ALARM");
        const { items, nextToken } = pageOf(alarming, 100, NextToken);
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
);

export const describeAlarmHistory = operation(
    {
        AlarmName: alarmName,
        AlarmContributorId: text(1, 1_024),
        AlarmTypes: anything(),
        HistoryItemType: oneOf(...historyItemTypes),
        StartDate: anyTimestamp,
        EndDate: anyTimestamp,
        MaxRecords: integer(1, 100),
        NextToken: text(),
        ScanBy: oneOf("TimestampDescending", "TimestampAscending"),
    },
    ({ alarms }: Account, input) => {
        const startMs = timestampMs(input.StartDate ?? -Infinity);
        const endMs = timestampMs(input.EndDate ?? Infinity);
        const found = alarms.history.filter(
            ({ alarmName: name, type, contributor, timeMs }) =>
                (input.AlarmName === undefined || name === input.AlarmName) &&
                (input.HistoryItemType === undefined || type === input.HistoryItemType) &&
                (input.AlarmContributorId === undefined || contributor?.id === input.AlarmContributorId) &&
                timeMs >= startMs &&
                timeMs <= endMs,
        );
        if (input.ScanBy !== "TimestampAscending") found.reverse();
        const { items, nextToken } = pageOf(found, input.MaxRecords ?? 100, input.NextToken);
        return { AlarmHistoryItems: items.map(describeHistory), NextToken: nextToken };
    },
);

export const deleteAlarms = operation(
    { AlarmNames: required(alarmNames) },
    (account: Account, { AlarmNames }, nowMs) => {
        for (const name of AlarmNames) alarmOf(account, name);
        for (const name of AlarmNames) deleteAlarm(account, name, nowMs);
    },
);

export const setAlarmState = operation(
    {
        AlarmName: required(alarmName),
        StateValue: required(stateValue),
        StateReason: required(text(0, 1_023)),
        StateReasonData: text(0, 4_000),
    },
    async (account: Account, { AlarmName, StateValue, StateReason, StateReasonData }, nowMs) => {
        await changeState(account, alarmOf(account, AlarmName), {
            value: StateValue,
            reason: StateReason,
            reasonData: StateReasonData,
            timeMs: nowMs,
        });
    },
);

export const enableAlarmActions = switchActions(true);
export const disableAlarmActions = switchActions(false);

function switchActions(enabled: boolean) {
    return operation({ AlarmNames: required(alarmNames) }, ({ alarms }: Account, { AlarmNames }) => {
        for (const name of AlarmNames) {
            const alarm = alarms.byName.get(name);
            if (alarm) alarm.actionsEnabled = enabled;
        }
    });
}

/** In the order of their names. */
function alarmsOf({ alarms }: Account): Alarm[] {
    return sortedBy(alarms.byName.values(), ({ name }) => name);
}

function describeAlarm(alarm: Alarm): object {
    const { input, state } = alarm;
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
        StateValue: state.value,
        StateReason: state.reason,
        StateReasonData: state.reasonData,
        StateUpdatedTimestamp: state.timeMs / 1_000,
        StateTransitionedTimestamp: state.timeMs / 1_000,
        EvaluationState: alarm.evaluationState,
    };
}

function describeHistory(item: HistoryItem): object {
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
