/**
 * What alarms say of themselves: descriptions, contributors, history.
 */
import { stateValues } from "../../capacity/cloudwatch/compositeRule";
import { operation } from "../wire/operation";
import { pageOf, sortedBy } from "../wire/pages";
import { anyTimestamp, type InputOf, integer, listOf, oneOf, required, text, timestampMs } from "../wire/shape";
import { actionsOf, type Alarm, type AlarmType, type HistoryItem, historyItemTypes, metricsOf } from "./alarm";
import { validationError } from "./errors";
import { dimensionsShape, identityOf } from "./queries";
import { type Account, alarmOf, alarmsOfType, parentsOf } from "./state";
import { seriesKey } from "./store";

const alarmName = text(1, 255);
const alarmTypes = listOf(oneOf("CompositeAlarm", "MetricAlarm", "LogAlarm"));
/** Composite alarms are told of only to who asks for them. */
const typesByDefault: readonly AlarmType[] = ["MetricAlarm"];

const filters = {
    AlarmNames: listOf(alarmName, 0, 100),
    AlarmNamePrefix: text(1, 255),
    AlarmTypes: alarmTypes,
    StateValue: oneOf(...stateValues),
    ActionPrefix: text(1, 1_024),
};

export const describeAlarms = operation(
    {
        ...filters,
        ChildrenOfAlarmName: alarmName,
        ParentsOfAlarmName: alarmName,
        MaxRecords: integer(1, 100),
        NextToken: text(),
    },
    (account: Account, input) => {
        const { ChildrenOfAlarmName: parent, ParentsOfAlarmName: child } = input;
        const isOfFamily = parent !== undefined || child !== undefined;
        const others = Object.keys(filters).filter((name) => input[name as keyof typeof filters] !== undefined);
        if (isOfFamily && (others.length > 0 || (parent !== undefined && child !== undefined))) {
            throw validationError(
                "ChildrenOfAlarmName and ParentsOfAlarmName must not be used together or with anything but MaxRecords and NextToken.",
            );
        }
        const found =
            parent !== undefined
                ? childrenOf(account, parent)
                : child !== undefined
                  ? parentsOf(account, child)
                  : filtered(account, input);
        const sorted = sortedBy(found, ({ name }) => name);
        const { items, nextToken } = pageOf(sorted, input.MaxRecords ?? 100, input.NextToken);
        const shown = isOfFamily ? (alarm: Alarm) => describeBriefly(alarm, child !== undefined) : describeAlarm;
        const ofType = (type: AlarmType) => items.filter((alarm) => alarm.type === type).map(shown);
        return {
            CompositeAlarms: ofType("CompositeAlarm"),
            MetricAlarms: ofType("MetricAlarm"),
            NextToken: nextToken,
        };
    },
);

function childrenOf(account: Account, parent: string): Alarm[] {
    const alarm = account.alarms.byName.get(parent);
    return alarm?.type === "CompositeAlarm" ? alarm.rule.children.map((child) => alarmOf(account, child)) : [];
}

function filtered({ alarms }: Account, input: InputOf<typeof filters>): Alarm[] {
    const { AlarmNames, AlarmNamePrefix = "", AlarmTypes = typesByDefault, StateValue, ActionPrefix } = input;
    if (AlarmNames && input.AlarmNamePrefix !== undefined)
        throw validationError("AlarmNames and AlarmNamePrefix must not be used together.");

    return [...alarms.byName.values()].filter(
        (alarm) =>
            AlarmTypes.includes(alarm.type) &&
            (!AlarmNames || AlarmNames.includes(alarm.name)) &&
            alarm.name.startsWith(AlarmNamePrefix) &&
            (StateValue === undefined || alarm.state.value === StateValue) &&
            (ActionPrefix === undefined || actionsOf(alarm.input).some((each) => each.startsWith(ActionPrefix))),
    );
}

export const describeAlarmsForMetric = operation(
    { MetricName: required(text(1, 255)), Namespace: required(text(1, 255)), Dimensions: dimensionsShape },
    (account: Account, input) => {
        const wanted = seriesKey(identityOf(input));
        const found = alarmsOfType(account, "MetricAlarm").filter((alarm) =>
            metricsOf(alarm.input).some(
                ({ MetricStat: stat }) => stat && seriesKey(identityOf(stat.Metric)) === wanted,
            ),
        );
        return { MetricAlarms: sortedBy(found, ({ name }) => name).map(describeAlarm) };
    },
);

export const describeAlarmContributors = operation(
    { AlarmName: required(alarmName), NextToken: text() },
    (account: Account, { AlarmName, NextToken }) => {
        const alarm = alarmOf(account, AlarmName);
        const contributors = alarm.type === "MetricAlarm" ? [...alarm.contributors.values()] : [];
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
        AlarmTypes: alarmTypes,
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
        const types: readonly string[] = input.AlarmTypes ?? typesByDefault;
        const found = alarms.history.filter(
            ({ alarmName: name, alarmType, type, contributor, timeMs }) =>
                types.includes(alarmType) &&
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
        StateValue: state.value,
        StateReason: state.reason,
        StateReasonData: state.reasonData,
        StateUpdatedTimestamp: state.timeMs / 1_000,
        StateTransitionedTimestamp: (state.transitionedMs ?? state.timeMs) / 1_000,
        ...(alarm.type === "MetricAlarm" && {
            Dimensions: alarm.input.Dimensions ?? [],
            EvaluationState: alarm.evaluationState,
        }),
    };
}

/** What is told of an alarm's children, and of its parents still less. */
function describeBriefly({ name, arn, state }: Alarm, isParent: boolean): object {
    const known = { AlarmName: name, AlarmArn: arn };
    return isParent ? known : { ...known, StateValue: state.value, StateUpdatedTimestamp: state.timeMs / 1_000 };
}

function describeHistory(item: HistoryItem): object {
    return {
        AlarmName: item.alarmName,
        AlarmType: item.alarmType,
        Timestamp: item.timeMs / 1_000,
        HistoryItemType: item.type,
        HistorySummary: item.summary,
        HistoryData: JSON.stringify(item.data),
        AlarmContributorId: item.contributor?.id,
        AlarmContributorAttributes: item.contributor?.attributes,
    };
}
