/**
 * What an alarm's actions say of a change of state: the message to a topic, and the event of a function.
 */
import { type Ambient } from "../service";
import {
    type Alarm,
    type AlarmState,
    metricsOf,
    periodOf,
    type PutMetricAlarmInput,
    type Transition,
    type TriggeringAlarm,
} from "./alarm";
import { identityOf, type MetricDataQuery } from "./queries";

const regionNames: Readonly<Record<string, string>> = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)",
    "eu-central-1": "EU (Frankfurt)",
};

/** What an SNS topic gets. */
export function notification(
    { accountId, region }: Ambient,
    { alarm, before, state, contributor }: Transition,
): { subject: string; message: string } {
    const { input } = alarm;
    const regionName = regionNames[region] ?? region;
    const isComposite = alarm.type === "CompositeAlarm";
    const message = {
        AlarmName: alarm.name,
        AlarmDescription: input.AlarmDescription ?? null,
        AWSAccountId: accountId,
        ...(!isComposite && { AlarmConfigurationUpdatedTimestamp: awsDate(alarm.configuredMs) }),
        NewStateValue: state.value,
        NewStateReason: state.reason,
        StateChangeTime: awsDate(state.timeMs),
        Region: regionName,
        AlarmArn: alarm.arn,
        OldStateValue: before.value,
        OKActions: input.OKActions ?? [],
        AlarmActions: input.AlarmActions ?? [],
        InsufficientDataActions: input.InsufficientDataActions ?? [],
        ...(contributor && { AlarmContributorId: contributor.id, AlarmContributorAttributes: contributor.attributes }),
        ...(isComposite
            ? { AlarmRule: alarm.input.AlarmRule, TriggeringChildren: (state.triggering ?? []).map(triggeringChild) }
            : { Trigger: trigger(alarm.input) }),
    };
    return {
        subject: `${state.value}: "${alarm.name}" in ${regionName}`.slice(0, 100),
        message: JSON.stringify(message),
    };
}

function triggeringChild({ arn, state }: TriggeringAlarm): unknown {
    return { Arn: arn, State: { Value: state.value, Timestamp: state.timestamp } };
}

function trigger(input: PutMetricAlarmInput): unknown {
    const metric = {
        MetricName: input.MetricName,
        Namespace: input.Namespace,
        ...(input.ExtendedStatistic === undefined
            ? // SampleCount is SAMPLE_COUNT here.
              { StatisticType: "Statistic", Statistic: input.Statistic?.replace(/(?<!^)([A-Z])/, "_$1").toUpperCase() }
            : { StatisticType: "ExtendedStatistic", ExtendedStatistic: input.ExtendedStatistic }),
        Unit: input.Unit ?? null,
        Dimensions: (input.Dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name })),
    };
    return {
        ...(input.MetricName ? metric : { Metrics: input.Metrics }),
        Period: periodOf(input),
        EvaluationPeriods: input.EvaluationPeriods,
        DatapointsToAlarm: input.DatapointsToAlarm ?? input.EvaluationPeriods,
        ComparisonOperator: input.ComparisonOperator,
        Threshold: input.Threshold,
        TreatMissingData: input.TreatMissingData ?? "missing",
        EvaluateLowSampleCountPercentile: input.EvaluateLowSampleCountPercentile ?? "",
    };
}

/** What a Lambda function gets. */
export function lambdaEvent(
    { accountId, region }: Ambient,
    { alarm, before, state, contributor }: Transition,
): unknown {
    const shown = ({ value, reason, reasonData, timeMs }: AlarmState) => ({
        value,
        reason,
        ...(reasonData && { reasonData }),
        timestamp: awsDate(timeMs),
    });
    const { AlarmDescription: description } = alarm.input;
    return {
        source: "aws.cloudwatch",
        alarmArn: alarm.arn,
        accountId,
        time: awsDate(state.timeMs),
        region,
        alarmData: {
            alarmName: alarm.name,
            state: shown(state),
            previousState: shown(before),
            ...(contributor && { contributor: { id: contributor.id, attributes: contributor.attributes } }),
            configuration: {
                ...(description && { description }),
                ...(alarm.type === "CompositeAlarm"
                    ? { alarmRule: alarm.input.AlarmRule }
                    : { metrics: metricsOf(alarm.input).map(eventMetric) }),
            },
        },
    };
}

function eventMetric({ Id, ReturnData, Expression, MetricStat }: MetricDataQuery): unknown {
    const queried = { id: Id, returnData: ReturnData ?? true, ...(Expression && { expression: Expression }) };
    if (!MetricStat) return queried;
    const { Metric, Period: period, Stat: stat } = MetricStat;
    const { namespace, metricName: name, dimensions } = identityOf(Metric);
    return { ...queried, metricStat: { metric: { namespace, name, dimensions }, period, stat } };
}

export function triggeringAlarms(alarms: readonly Alarm[]): TriggeringAlarm[] {
    return alarms.map(({ arn, state: { value, timeMs } }) => ({ arn, state: { value, timestamp: awsDate(timeMs) } }));
}

const dayWords = new Intl.DateTimeFormat("en-US", { weekday: "long", day: "2-digit", month: "long", timeZone: "UTC" });

/** `Sunday 01 November, 2026 00:04:00 UTC` */
export function spokenDate(timeMs: number): string {
    const date = new Date(timeMs);
    const words = Object.fromEntries(dayWords.formatToParts(date).map(({ type, value }) => [type, value]));
    const time = date.toISOString().slice(11, 19);
    return `${words.weekday} ${words.day} ${words.month}, ${date.getUTCFullYear()} ${time} UTC`;
}

export function awsDate(timeMs: number): string {
    return new Date(timeMs).toISOString().replace("Z", "+0000");
}
