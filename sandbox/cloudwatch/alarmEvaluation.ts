/**
 * Alarms on the sandbox's clock: kept, and evaluated at each full minute.
 */
import { minuteMs } from "../../capacity/calendar";
import { createHash } from "node:crypto";

import { type StateValue } from "../../capacity/cloudwatch/compositeRule";
import { newTags } from "../wire/tags";
import {
    type Alarm,
    type AlarmCore,
    type AlarmState,
    type CommonInput,
    type Contributor,
    isGrouped,
    type MetricAlarm,
    periodOf,
    ruleOf,
    secondsPerDay,
    statisticOf,
} from "./alarm";
import { changeGroupedState, changeState, type ContributorChange, remember } from "./alarmChanges";
import { awsDate } from "./alarmMessages";
import { alarmState, type Datapoint, evaluationRange } from "./alarmState";
import { tagRefusals } from "./errors";
import { identityOf, periodsUntil, runQueries, watchedSeries } from "./queries";
import { type TimeSeries } from "./series";
import { type Account, alarmArn, alarmsOfType } from "./state";
import { percentOf, pointsOf } from "./statistics";
import { floorToMinute } from "./store";

/** What an alarm of either kind is once it is put. An update leaves the state as it is until the next evaluation. */
export function alarmCore({ ambient, alarms }: Account, input: CommonInput, nowMs: number): AlarmCore {
    const { AlarmName: name } = input;
    const existing = alarms.byName.get(name);
    return {
        name,
        arn: alarmArn(ambient, name),
        configuredMs: nowMs,
        actionsEnabled: input.ActionsEnabled ?? true,
        state: existing?.state ?? {
            value: "INSUFFICIENT_DATA",
            reason: "Unchecked: Initial alarm creation",
            reasonData: undefined,
            timeMs: nowMs,
        },
    };
}

/** @returns whether it is a new one */
export function putAlarm(account: Account, alarm: Alarm, nowMs: number): boolean {
    const { name, arn, input } = alarm;
    const isNew = !account.alarms.byName.has(name);
    const tags = newTags(input.Tags, tagRefusals);
    // An update leaves the tags as they are, whatever it says.
    if (isNew) account.tags.set(arn, tags);
    account.alarms.byName.set(name, alarm);
    remember(account, alarm, {
        timeMs: nowMs,
        type: "ConfigurationUpdate",
        summary: `Alarm "${name}" ${isNew ? "created" : "updated"}`,
        data: { type: isNew ? "Create" : "Update", version: "1.0", updatedAlarm: input },
    });
    const nextMs = Math.max(floorToMinute(nowMs), account.alarms.evaluatedMs) + minuteMs;
    if (!account.alarms.timer) evaluateAt(account, nextMs);
    return isNew;
}

export function deleteAlarm(account: Account, alarm: Alarm, nowMs: number): void {
    const { name, arn } = alarm;
    account.alarms.byName.delete(name);
    account.tags.delete(arn);
    remember(account, alarm, {
        timeMs: nowMs,
        type: "ConfigurationUpdate",
        summary: `Alarm "${name}" deleted`,
        data: { type: "Delete", version: "1.0" },
    });
    if (account.alarms.byName.size === 0) stopAlarms(account);
}

export function stopAlarms({ alarms }: Account): void {
    alarms.timer?.cancel();
    alarms.timer = undefined;
}

/** Evaluates at each full minute while there is an alarm. A clock that is behind catches up minute by minute. */
function evaluateAt(account: Account, timeMs: number): void {
    const { alarms, ambient } = account;
    const timer = ambient.clock.at(timeMs, async () => {
        alarms.evaluatedMs = timeMs;
        for (const alarm of alarmsOfType(account, "MetricAlarm")) {
            const isThere = alarms.byName.get(alarm.name) === alarm;
            if (isThere && isDue(alarm, timeMs)) await evaluate(account, alarm, timeMs);
        }

        // An action may have deleted the last alarm, and put one that has a timer of its own.
        if (alarms.timer === timer) evaluateAt(account, timeMs + minuteMs);
    });
    alarms.timer = timer;
}

/** An alarm that looks at more than a day is evaluated at each full hour only. */
function isDue({ input }: MetricAlarm, timeMs: number): boolean {
    const isMultiDay = periodOf(input) * input.EvaluationPeriods > secondsPerDay;
    return !isMultiDay || timeMs % (60 * minuteMs) === 0;
}

/** One evaluation: over the periods that end now, a few more than the alarm counts. */
async function evaluate(account: Account, alarm: MetricAlarm, timeMs: number): Promise<void> {
    const periods = periodsUntil(timeMs, evaluationRange(alarm.input.EvaluationPeriods));
    let series: readonly TimeSeries[];
    try {
        series = watchedSeries(runQueries(alarm.queries, account.store, periods));
        alarm.evaluationState = undefined;
    } catch (error) {
        // What cannot be evaluated keeps its state and says so.
        alarm.evaluationState = "EVALUATION_ERROR";
        alarm.state = { ...alarm.state, reason: error instanceof Error ? error.message : String(error) };
        return;
    }
    if (hasTooFewSamples(account, alarm, timeMs)) return;
    if (isGrouped(alarm.queries)) return judgeContributors(account, alarm, series, timeMs);
    const state = judge(alarm, series[0], alarm.state.value, timeMs);
    if (state.value !== alarm.state.value) await changeState(account, alarm, state);
}

/**
 * Whether an alarm on a percentile is to keep its state, since the newest period has too few samples for the percentile to mean much. A period
 * without any is one of missing data.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html, read 2026-11.
 */
function hasTooFewSamples({ store }: Account, { input }: MetricAlarm, timeMs: number): boolean {
    const percent = percentOf(input.ExtendedStatistic ?? "");
    if (percent === undefined || input.EvaluateLowSampleCountPercentile !== "ignore") return false;
    const metric = identityOf({ ...input, Namespace: input.Namespace!, MetricName: input.MetricName! });
    const windows = periodsUntil(timeMs, 1).windows(periodOf(input));
    const [samples] = pointsOf(store, { metric, unit: input.Unit, windows, nowMs: timeMs }, "SampleCount");
    const rarePercent = Math.min(percent, 100 - percent);
    if (samples === undefined || rarePercent === 0) return false;
    // 100 - 99.9 is a little less than 0.1.
    return samples < Math.ceil((100 * tailSamplesMin) / rarePercent - 1e-6);
}

/** At least so many samples are to lie beyond the percentile, on the side where fewer do. */
const tailSamplesMin = 10;

/** Each group has a state of its own, ALARM or OK; the alarm is in ALARM while one of them is. Groups without data are gone. */
async function judgeContributors(
    account: Account,
    alarm: MetricAlarm,
    series: readonly TimeSeries[],
    timeMs: number,
): Promise<void> {
    const { contributors } = alarm;
    const changed: ContributorChange[] = [];
    const gone = new Map(contributors);
    for (const each of series) {
        const attributes = each.attributes ?? {};
        const id = createHash("md5").update(JSON.stringify(attributes)).digest("hex").slice(0, 16);
        gone.delete(id);
        const from = contributors.get(id)?.state.value ?? "OK";
        const judged = judge(alarm, each, from, timeMs);
        const state: AlarmState = { ...judged, value: judged.value === "ALARM" ? "ALARM" : "OK" };
        const contributor = contributors.get(id) ?? { id, attributes, state };
        contributors.set(id, contributor);
        if (state.value === from) continue;
        contributor.state = state;
        changed.push({ contributor, from });
    }
    for (const [id, contributor] of gone) {
        contributors.delete(id);
        if (contributor.state.value !== "ALARM") continue;
        const reason = "The contributor has no more data.";
        contributor.state = { value: "OK", reason, reasonData: undefined, timeMs };
        changed.push({ contributor, from: "ALARM" });
    }
    await changeGroupedState(account, alarm, groupedState(alarm, series.length > 0, timeMs), changed);
}

function groupedState(alarm: MetricAlarm, hasData: boolean, timeMs: number): AlarmState {
    const alarming = [...alarm.contributors.values()].filter(({ state }) => state.value === "ALARM");
    if (alarming.length > 0) {
        const noun = alarming.length === 1 ? "contributor is" : "contributors are";
        const reason = `${alarming.length} ${noun} in ALARM state: ${alarming.map(shownContributor).join(", ")}.`;
        return { value: "ALARM", reason, reasonData: undefined, timeMs };
    }
    if (hasData) return { value: "OK", reason: "No contributor is in ALARM state.", reasonData: undefined, timeMs };
    return judge(alarm, undefined, alarm.state.value, timeMs);
}

function shownContributor({ attributes }: Contributor): string {
    return Object.entries(attributes)
        .map(([name, value]) => `${name}=${value}`)
        .join(" ");
}

/** The state that a series asks for, or the lack of one. */
function judge(alarm: MetricAlarm, series: TimeSeries | undefined, current: StateValue, timeMs: number): AlarmState {
    const { input } = alarm;
    const rule = ruleOf(input);
    const datapoints = series
        ? series.points.map((value, index) => ({ timeMs: series.startMs + index * series.periodMs, value }))
        : new Array<Datapoint>(evaluationRange(rule.evaluationPeriods)).fill({ timeMs: 0, value: undefined });
    const { state: value, reason, evaluated } = alarmState(datapoints, rule, current);
    const reasonData = JSON.stringify({
        version: "1.0",
        queryDate: awsDate(timeMs),
        ...(evaluated.length > 0 && { startDate: awsDate(evaluated.at(-1)!.timeMs) }),
        statistic: statisticOf(input),
        period: periodOf(input),
        recentDatapoints: evaluated.map((point) => point.value).reverse(),
        threshold: rule.threshold,
        evaluatedDatapoints: evaluated.map((point) => ({ timestamp: awsDate(point.timeMs), value: point.value })),
    });
    return { value, reason, reasonData, timeMs };
}
