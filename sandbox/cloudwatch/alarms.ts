/**
 * Metric alarms: kept, evaluated once a minute of the sandbox's clock, with a history and with actions on a change of state.
 */
import { createHash } from "node:crypto";

import { type Timer } from "../clock";
import { type MetricStore, minuteMs, type Windows } from "./store";
import { type Ambient, AwsError } from "../service";
import {
    alarmState,
    type Comparison,
    type Datapoint,
    evaluationRange,
    type StateValue,
    type StateVerdict,
    type TreatMissingData,
} from "./alarmState";
import { type PutMetricAlarmInput } from "./alarmInput";
import { isSeries, type TimeSeries } from "./expression";
import { type CompiledQueries, type MetricDataQuery, type QueryResult, runQueries, seriesOfResult } from "./queries";

/** What an alarm acts with. Each rejects with an AwsError if the action fails; the failure goes to the alarm's history. */
export interface AlarmActions {
    publish(topicArn: string, message: { subject: string; message: string }, alarmArn: string): Promise<void>;
    invokeFunction(functionArn: string, event: unknown, alarmArn: string): Promise<void>;
}

export type EvaluationState = "PARTIAL_DATA" | "EVALUATION_FAILURE" | "EVALUATION_ERROR";

export interface AlarmState {
    readonly value: StateValue;
    readonly reason: string;
    readonly reasonData: string | undefined;
    readonly timeMs: number;
}

export interface Alarm {
    readonly name: string;
    readonly arn: string;
    /** The request, as it came. */
    readonly input: PutMetricAlarmInput;
    readonly queries: CompiledQueries;
    /** Whether it watches each group of a Metrics Insights query by itself. */
    readonly grouped: boolean;
    readonly configuredMs: number;
    actionsEnabled: boolean;
    state: AlarmState;
    evaluationState: EvaluationState | undefined;
    /** Contributors of a grouped alarm that are known, by id. */
    readonly contributors: Map<string, Contributor>;
}

export interface Contributor {
    readonly id: string;
    readonly attributes: Readonly<Record<string, string>>;
    state: AlarmState;
}

export interface HistoryItem {
    readonly alarmName: string;
    readonly timeMs: number;
    readonly type:
        "ConfigurationUpdate" | "StateUpdate" | "Action" | "AlarmContributorStateUpdate" | "AlarmContributorAction";
    readonly summary: string;
    readonly data: unknown;
    readonly contributor?: Contributor;
}

/** A change of an alarm's state, for whoever watches the sandbox. */
export interface AlarmChange {
    readonly alarmName: string;
    readonly from: StateValue;
    readonly to: StateValue;
    readonly reason: string;
    readonly timeMs: number;
}

/** AWS keeps 30 days; this many items are more than a month of quiet alarms. */
const historyItemsMax = 20_000;

export class Alarms {
    readonly byName = new Map<string, Alarm>();
    readonly history: HistoryItem[] = [];
    /** Every change of state since the start, oldest first. */
    readonly changes: AlarmChange[] = [];
    private readonly listeners = new Set<(change: AlarmChange) => void>();
    private timer: Timer | undefined;
    private evaluatedMs = -Infinity;

    constructor(
        private readonly ambient: Ambient,
        private readonly store: MetricStore,
        private readonly actions: AlarmActions,
    ) {}

    /** Calls back at each change of state; returns a function that ends it. */
    onChange(listener: (change: AlarmChange) => void): () => void {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }

    put(alarm: Pick<Alarm, "name" | "input" | "queries" | "grouped">): void {
        const nowMs = this.ambient.clock.nowMs();
        const existing = this.byName.get(alarm.name);
        const arn = this.arnOf(alarm.name);
        // An update leaves the state as it is until the next evaluation.
        this.byName.set(alarm.name, {
            ...alarm,
            arn,
            configuredMs: nowMs,
            actionsEnabled: alarm.input.ActionsEnabled ?? true,
            state: existing?.state ?? {
                value: "INSUFFICIENT_DATA",
                reason: "Unchecked: Initial alarm creation",
                reasonData: undefined,
                timeMs: nowMs,
            },
            evaluationState: undefined,
            contributors: existing?.contributors ?? new Map(),
        });
        this.remember({
            alarmName: alarm.name,
            timeMs: nowMs,
            type: "ConfigurationUpdate",
            summary: `Alarm "${alarm.name}" ${existing ? "updated" : "created"}`,
            data: { type: existing ? "Update" : "Create", version: "1.0", updatedAlarm: alarm.input },
        });
        this.arm();
    }

    delete(name: string): void {
        if (!this.byName.delete(name)) return;
        this.remember({
            alarmName: name,
            timeMs: this.ambient.clock.nowMs(),
            type: "ConfigurationUpdate",
            summary: `Alarm "${name}" deleted`,
            data: { type: "Delete", version: "1.0" },
        });
        if (this.byName.size === 0) this.stop();
    }

    arnOf(name: string): string {
        const { partition, region, accountId } = this.ambient;
        return `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:${name}`;
    }

    /** Sets a state until the next evaluation, as SetAlarmState does; actions follow. */
    async setState(alarm: Alarm, value: StateValue, reason: string, reasonData: string | undefined): Promise<void> {
        await this.change(alarm, { value, reason, reasonData, timeMs: this.ambient.clock.nowMs() });
    }

    stop(): void {
        this.timer?.cancel();
        this.timer = undefined;
    }

    /** Evaluates at each full minute while there is an alarm. A clock that is behind catches up minute by minute. */
    private arm(): void {
        if (this.timer || this.byName.size === 0) return;
        const nowMs = this.ambient.clock.nowMs();
        const nextMs = Math.max((Math.floor(nowMs / minuteMs) + 1) * minuteMs, this.evaluatedMs + minuteMs);
        this.armAt(nextMs);
    }

    private armAt(timeMs: number): void {
        this.timer = this.ambient.clock.at(timeMs, async () => {
            this.evaluatedMs = timeMs;
            await this.evaluateAll(timeMs);
            if (this.timer) this.armAt(timeMs + minuteMs);
        });
    }

    private async evaluateAll(timeMs: number): Promise<void> {
        for (const alarm of [...this.byName.values()])
            if (this.byName.get(alarm.name) === alarm) await this.evaluate(alarm, timeMs);
    }

    /** One evaluation: over the periods that end now, a few more than the alarm counts. */
    private async evaluate(alarm: Alarm, timeMs: number): Promise<void> {
        const rule = ruleOf(alarm.input);
        const windowCount = evaluationRange(rule.evaluationPeriods);
        const windows = (periodSeconds: number): Windows => ({
            startMs: timeMs - windowCount * periodSeconds * 1_000,
            periodMs: periodSeconds * 1_000,
            count: windowCount,
        });
        let series: readonly TimeSeries[];
        try {
            const results = runQueries(alarm.queries, this.store, { windows, nowMs: timeMs });
            series = watchedSeries(results);
            alarm.evaluationState = undefined;
        } catch (error) {
            // What cannot be evaluated keeps its state and says so.
            alarm.evaluationState = "EVALUATION_ERROR";
            alarm.state = { ...alarm.state, reason: error instanceof Error ? error.message : String(error) };
            return;
        }
        if (alarm.grouped) {
            await this.judgeContributors(alarm, series, timeMs);
            return;
        }
        const only = series[0];
        const verdict = alarmState(only ? datapointsOf(only) : emptyRange(windowCount), rule, alarm.state.value);
        if (verdict.state === alarm.state.value) return;
        await this.change(alarm, stateOf(verdict, alarm.input, timeMs));
    }

    /** Each group has a state of its own, ALARM or OK; the alarm is in ALARM while one of them is. Groups without data are gone. */
    private async judgeContributors(alarm: Alarm, series: readonly TimeSeries[], timeMs: number): Promise<void> {
        const rule = ruleOf(alarm.input);
        const present = new Set<string>();
        const changed: { contributor: Contributor; from: StateValue }[] = [];
        for (const each of series) {
            const id = contributorId(each.attributes ?? {});
            present.add(id);
            let contributor = alarm.contributors.get(id);
            const before = contributor?.state.value ?? "OK";
            const verdict = alarmState(datapointsOf(each), rule, before);
            const value = verdict.state === "ALARM" ? "ALARM" : "OK";
            if (!contributor) {
                contributor = {
                    id,
                    attributes: each.attributes ?? {},
                    state: { ...stateOf(verdict, alarm.input, timeMs), value: before },
                };
                alarm.contributors.set(id, contributor);
            }
            if (value === before) continue;
            contributor.state = { ...stateOf(verdict, alarm.input, timeMs), value };
            changed.push({ contributor, from: before });
        }
        for (const [id, contributor] of alarm.contributors) {
            if (present.has(id)) continue;
            alarm.contributors.delete(id);
            if (contributor.state.value === "ALARM") {
                const reason = "The contributor has no more data.";
                contributor.state = { value: "OK", reason, reasonData: undefined, timeMs };
                changed.push({ contributor, from: "ALARM" });
            }
        }
        const alarming = [...alarm.contributors.values()].filter((each) => each.state.value === "ALARM");
        await this.changeGrouped(alarm, alarming, series.length > 0, timeMs);
        for (const { contributor, from } of changed) await this.changeContributor(alarm, contributor, from);
    }

    private async changeGrouped(
        alarm: Alarm,
        alarming: readonly Contributor[],
        hasData: boolean,
        timeMs: number,
    ): Promise<void> {
        const rule = ruleOf(alarm.input);
        let state: AlarmState;
        if (alarming.length > 0) {
            const noun = alarming.length === 1 ? "contributor is" : "contributors are";
            const reason = `${alarming.length} ${noun} in ALARM state: ${alarming.map(shownContributor).join(", ")}.`;
            state = { value: "ALARM", reason, reasonData: undefined, timeMs };
        } else if (hasData) {
            state = { value: "OK", reason: "No contributor is in ALARM state.", reasonData: undefined, timeMs };
        } else {
            const verdict = alarmState(emptyRange(evaluationRange(rule.evaluationPeriods)), rule, alarm.state.value);
            state = stateOf(verdict, alarm.input, timeMs);
        }
        if (state.value === alarm.state.value) return;
        this.recordChange(alarm, state);
    }

    private async changeContributor(alarm: Alarm, contributor: Contributor, from: StateValue): Promise<void> {
        const { state } = contributor;
        this.remember({
            alarmName: alarm.name,
            timeMs: state.timeMs,
            type: "AlarmContributorStateUpdate",
            summary: `Alarm contributor updated from ${from} to ${state.value}`,
            data: { version: "1.0", oldState: { stateValue: from }, newState: historyState(state) },
            contributor,
        });
        await this.act(alarm, { ...contributor.state, value: from }, state, contributor);
    }

    private async change(alarm: Alarm, state: AlarmState): Promise<void> {
        const before = alarm.state;
        if (before.value === state.value) {
            alarm.state = state;
            return;
        }
        this.recordChange(alarm, state);
        await this.act(alarm, before, state);
    }

    private recordChange(alarm: Alarm, state: AlarmState): void {
        const before = alarm.state;
        alarm.state = state;
        this.remember({
            alarmName: alarm.name,
            timeMs: state.timeMs,
            type: "StateUpdate",
            summary: `Alarm updated from ${before.value} to ${state.value}`,
            data: { version: "1.0", oldState: historyState(before), newState: historyState(state) },
        });
        const change = {
            alarmName: alarm.name,
            from: before.value,
            to: state.value,
            reason: state.reason,
            timeMs: state.timeMs,
        };
        this.changes.push(change);
        for (const listener of this.listeners) listener(change);
    }

    private async act(alarm: Alarm, before: AlarmState, state: AlarmState, contributor?: Contributor): Promise<void> {
        if (!alarm.actionsEnabled) return;
        const { OKActions, AlarmActions: alarmActions, InsufficientDataActions } = alarm.input;
        const targets = { OK: OKActions, ALARM: alarmActions, INSUFFICIENT_DATA: InsufficientDataActions }[state.value];
        for (const target of targets ?? []) {
            const error = await this.execute(target, alarm, before, state, contributor);
            this.remember({
                alarmName: alarm.name,
                timeMs: this.ambient.clock.nowMs(),
                type: contributor ? "AlarmContributorAction" : "Action",
                summary: error
                    ? `Failed to execute action ${target}. Received error: "${error}"`
                    : `Successfully executed action ${target}`,
                data: {
                    actionState: error ? "Failed" : "Succeeded",
                    stateUpdateTimestamp: state.timeMs,
                    notificationResource: target,
                    error: error ?? null,
                },
                ...(contributor && { contributor }),
            });
        }
    }

    /** @returns the error in AWS's words, if the action failed */
    private async execute(
        target: string,
        alarm: Alarm,
        before: AlarmState,
        state: AlarmState,
        contributor: Contributor | undefined,
    ): Promise<string | undefined> {
        const service = target.split(":")[2];
        try {
            if (service === "sns") {
                await this.actions.publish(
                    target,
                    notification(this.ambient, alarm, before, state, contributor),
                    alarm.arn,
                );
            } else if (service === "lambda") {
                await this.actions.invokeFunction(
                    target,
                    lambdaEvent(this.ambient, alarm, before, state, contributor),
                    alarm.arn,
                );
            } else {
                return `The sandbox executes actions on SNS topics and Lambda functions, not on ${service}.`;
            }
            return undefined;
        } catch (error) {
            if (error instanceof AwsError) return error.message;
            throw error;
        }
    }

    private remember(item: HistoryItem): void {
        this.history.push(item);
        if (this.history.length > historyItemsMax) this.history.splice(0, this.history.length - historyItemsMax);
    }
}

function ruleOf(input: PutMetricAlarmInput) {
    const dynamo = input.Namespace === "AWS/DynamoDB";
    return {
        evaluationPeriods: input.EvaluationPeriods,
        datapointsToAlarm: input.DatapointsToAlarm ?? input.EvaluationPeriods,
        threshold: input.Threshold,
        comparison: input.ComparisonOperator as Comparison,
        // Alarms on DynamoDB's own metrics always ignore missing data, whatever they say.
        treatMissingData: dynamo ? "ignore" : ((input.TreatMissingData ?? "missing") as TreatMissingData),
    };
}

/** The series of the one query that returns data. */
export function watchedSeries(results: readonly QueryResult[]): readonly TimeSeries[] {
    const watched = results.find((result) => result.query.ReturnData ?? true)!;
    if (isSeries(watched.value)) return [watched.value];
    return seriesOfResult(watched);
}

function datapointsOf(series: TimeSeries): Datapoint[] {
    return series.points.map((value, index) => ({ timeMs: series.startMs + index * series.periodMs, value }));
}

function emptyRange(count: number): Datapoint[] {
    return new Array<Datapoint>(count).fill({ timeMs: 0, value: undefined });
}

function stateOf(verdict: StateVerdict, input: PutMetricAlarmInput, timeMs: number): AlarmState {
    const reasonData = JSON.stringify({
        version: "1.0",
        queryDate: awsDate(timeMs),
        ...(verdict.evaluated.length > 0 && { startDate: awsDate(verdict.evaluated.at(-1)!.timeMs) }),
        ...(input.Statistic && { statistic: input.Statistic }),
        period: periodOf(input),
        recentDatapoints: verdict.evaluated.map((point) => point.value).reverse(),
        threshold: input.Threshold,
        evaluatedDatapoints: verdict.evaluated.map((point) => ({
            timestamp: awsDate(point.timeMs),
            value: point.value,
        })),
    });
    return { value: verdict.state, reason: verdict.reason, reasonData, timeMs };
}

export function periodOf(input: PutMetricAlarmInput): number {
    if (input.Period !== undefined) return input.Period;
    const periods = (input.Metrics ?? []).map((query) => query.MetricStat?.Period ?? query.Period ?? 0);
    return Math.max(60, ...periods);
}

function awsDate(timeMs: number): string {
    return new Date(timeMs).toISOString().replace("Z", "+0000");
}

function historyState(state: AlarmState): Record<string, unknown> {
    return {
        stateValue: state.value,
        stateReason: state.reason,
        ...(state.reasonData && { stateReasonData: JSON.parse(state.reasonData) as unknown }),
    };
}

function contributorId(attributes: Readonly<Record<string, string>>): string {
    return createHash("md5").update(JSON.stringify(attributes)).digest("hex");
}

function shownContributor({ attributes }: Contributor): string {
    return Object.entries(attributes)
        .map(([name, value]) => `${name}=${value}`)
        .join(" ");
}

const regionNames: Readonly<Record<string, string>> = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)",
    "eu-central-1": "EU (Frankfurt)",
};

/** What an SNS topic gets. */
function notification(
    { accountId, region }: Ambient,
    alarm: Alarm,
    before: AlarmState,
    state: AlarmState,
    contributor: Contributor | undefined,
): { subject: string; message: string } {
    const { input } = alarm;
    const regionName = regionNames[region] ?? region;
    const message = {
        AlarmName: alarm.name,
        AlarmDescription: input.AlarmDescription ?? null,
        AWSAccountId: accountId,
        AlarmConfigurationUpdatedTimestamp: awsDate(alarm.configuredMs),
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
        Trigger: {
            ...(input.MetricName
                ? {
                      MetricName: input.MetricName,
                      Namespace: input.Namespace,
                      StatisticType: "Statistic",
                      Statistic: statisticInCapitals(input.Statistic!),
                      Unit: input.Unit ?? null,
                      Dimensions: (input.Dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name })),
                  }
                : { Metrics: input.Metrics }),
            Period: periodOf(input),
            EvaluationPeriods: input.EvaluationPeriods,
            DatapointsToAlarm: input.DatapointsToAlarm ?? input.EvaluationPeriods,
            ComparisonOperator: input.ComparisonOperator,
            Threshold: input.Threshold,
            TreatMissingData: input.TreatMissingData ?? "missing",
            EvaluateLowSampleCountPercentile: "",
        },
    };
    return {
        subject: `${state.value}: "${alarm.name}" in ${regionName}`.slice(0, 100),
        message: JSON.stringify(message),
    };
}

function statisticInCapitals(statistic: string): string {
    return statistic.replace(/(?<!^)([A-Z])/, "_$1").toUpperCase();
}

/** What a Lambda function gets. */
function lambdaEvent(
    { accountId, region }: Ambient,
    alarm: Alarm,
    before: AlarmState,
    state: AlarmState,
    contributor: Contributor | undefined,
): unknown {
    const shown = (each: AlarmState): Record<string, unknown> => ({
        value: each.value,
        reason: each.reason,
        ...(each.reasonData && { reasonData: each.reasonData }),
        timestamp: awsDate(each.timeMs),
    });
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
                ...(alarm.input.AlarmDescription && { description: alarm.input.AlarmDescription }),
                metrics: metricsOf(alarm.input).map((query) => eventMetric(query)),
            },
        },
    };
}

function eventMetric(query: MetricDataQuery): unknown {
    const { MetricStat: stat } = query;
    return {
        id: query.Id,
        returnData: query.ReturnData ?? true,
        ...(query.Expression && { expression: query.Expression }),
        ...(stat && {
            metricStat: {
                metric: {
                    namespace: stat.Metric.Namespace,
                    name: stat.Metric.MetricName,
                    dimensions: Object.fromEntries(
                        (stat.Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]),
                    ),
                },
                period: stat.Period,
                stat: stat.Stat,
            },
        }),
    };
}

/** An alarm's metric or metrics as queries, in one form for both kinds. */
export function metricsOf(input: PutMetricAlarmInput): readonly MetricDataQuery[] {
    if (input.Metrics && input.Metrics.length > 0) return input.Metrics;
    return [
        {
            Id: "m1",
            MetricStat: {
                Metric: {
                    Namespace: input.Namespace!,
                    MetricName: input.MetricName!,
                    ...(input.Dimensions && { Dimensions: input.Dimensions }),
                },
                Period: input.Period!,
                Stat: input.Statistic!,
                ...(input.Unit && { Unit: input.Unit }),
            },
            ReturnData: true,
        },
    ];
}
