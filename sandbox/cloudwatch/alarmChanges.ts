/**
 * What follows when an alarm changes its state: a line in its history, its actions with a line each, and the composite alarms that name it
 * are judged again.
 */
import { type StateValue } from "../../capacity/cloudwatch/compositeRule";
import { AwsError, keepNewest } from "../service";
import {
    type Alarm,
    type AlarmState,
    type CompositeAlarm,
    type Contributor,
    type HistoryItem,
    type MetricAlarm,
    type Transition,
} from "./alarm";
import { lambdaEvent, notification, spokenDate, triggeringAlarms } from "./alarmMessages";
import { type Account, alarmOf, parentsOf } from "./state";

/** AWS keeps 30 days; this many items are more than a month of quiet alarms. */
const historyItemsMax = 20_000;

export function remember(
    { alarms: { history }, ambient }: Account,
    { name, type }: Pick<Alarm, "name" | "type">,
    item: Omit<HistoryItem, "alarmName" | "alarmType">,
): void {
    if (keepNewest(history, [{ alarmName: name, alarmType: type, ...item }], historyItemsMax) > 0) {
        ambient.warn(
            "alarm history",
            `the alarms' oldest history is forgotten: ${historyItemsMax} items of it are kept.`,
        );
    }
}

/** Sets an alarm's state; if it is another one than before, its actions follow and then its parents. */
export async function changeState(account: Account, alarm: Alarm, state: AlarmState): Promise<void> {
    const before = alarm.state;
    if (before.value === state.value) {
        alarm.state = { ...state, transitionedMs: before.transitionedMs ?? before.timeMs };
        return;
    }
    recordChange(account, alarm, state);
    await act(account, { alarm, before, state });
    await judgeParents(account, alarm);
}

/** A contributor has changed its state from another one. */
export interface ContributorChange {
    readonly contributor: Contributor;
    readonly from: StateValue;
}

/** A grouped alarm's change: the actions are its contributors', and the state may be the same as before. */
export async function changeGroupedState(
    account: Account,
    alarm: MetricAlarm,
    state: AlarmState,
    changed: readonly ContributorChange[],
): Promise<void> {
    const isAnother = state.value !== alarm.state.value;
    if (isAnother) recordChange(account, alarm, state);
    for (const each of changed) await changeContributor(account, alarm, each);
    if (isAnother) await judgeParents(account, alarm);
}

/** The state that its rule asks for, after it was created or updated. */
export async function judgeComposite(
    account: Account,
    alarm: CompositeAlarm,
    what: "created" | "updated",
): Promise<void> {
    const children = alarm.rule.children.map((child) => alarmOf(account, child));
    const reason = (value: StateValue): string => `${alarm.arn} was ${what} and its alarm rule evaluates to ${value}`;
    await followRule(account, alarm, children, reason);
}

async function judgeParents(account: Account, child: Alarm): Promise<void> {
    const { value, timeMs } = child.state;
    const reason = (): string => `${child.arn} transitioned to ${value} at ${spokenDate(timeMs)}`;
    for (const parent of parentsOf(account, child.name)) await followRule(account, parent, [child], reason);
}

async function followRule(
    account: Account,
    alarm: CompositeAlarm,
    triggering: readonly Alarm[],
    reason: (value: StateValue) => string,
): Promise<void> {
    // Deleted or put again while others were told of theirs.
    if (account.alarms.byName.get(alarm.name) !== alarm) return;
    if (dependsOn(account, alarm, alarm.name)) return;
    const value = alarm.rule.holds((child) => alarmOf(account, child).state.value) ? "ALARM" : "OK";
    if (value === alarm.state.value) return;
    const shown = triggeringAlarms(triggering);
    await changeState(account, alarm, {
        value,
        reason: reason(value),
        reasonData: JSON.stringify({ triggeringAlarms: shown }),
        timeMs: account.ambient.clock.nowMs(),
        triggering: shown,
    });
}

/** Whether its rule leads to an alarm, directly or by others. AWS lets composite alarms form a cycle, and evaluates none that is in one. */
function dependsOn(account: Account, { rule }: CompositeAlarm, name: string, seen = new Set<string>()): boolean {
    return rule.children.some((child) => {
        if (child === name) return true;
        if (seen.has(child)) return false;
        seen.add(child);
        const alarm = alarmOf(account, child);
        return alarm.type === "CompositeAlarm" && dependsOn(account, alarm, name, seen);
    });
}

function recordChange(account: Account, alarm: Alarm, state: AlarmState): void {
    const { name: alarmName, state: before } = alarm;
    const { timeMs, reason } = state;
    alarm.state = state;
    remember(account, alarm, {
        timeMs,
        type: "StateUpdate",
        summary: `Alarm updated from ${before.value} to ${state.value}`,
        data: { version: "1.0", oldState: historyState(before), newState: historyState(state) },
    });
    keepNewest(account.alarms.changes, [{ alarmName, from: before.value, to: state.value, reason, timeMs }]);
}

async function changeContributor(
    account: Account,
    alarm: MetricAlarm,
    { contributor, from }: ContributorChange,
): Promise<void> {
    const { state } = contributor;
    remember(account, alarm, {
        timeMs: state.timeMs,
        type: "AlarmContributorStateUpdate",
        summary: `Alarm contributor updated from ${from} to ${state.value}`,
        data: { version: "1.0", oldState: { stateValue: from }, newState: historyState(state) },
        contributor,
    });
    await act(account, { alarm, before: { ...state, value: from }, state, contributor });
}

function historyState(state: AlarmState): Record<string, unknown> {
    return {
        stateValue: state.value,
        stateReason: state.reason,
        ...(state.reasonData && { stateReasonData: JSON.parse(state.reasonData) as unknown }),
    };
}

async function act(account: Account, transition: Transition): Promise<void> {
    const { alarm, state, contributor } = transition;
    if (!alarm.actionsEnabled) return;
    const { OKActions, AlarmActions, InsufficientDataActions } = alarm.input;
    const targets = { OK: OKActions, ALARM: AlarmActions, INSUFFICIENT_DATA: InsufficientDataActions }[state.value];
    for (const target of targets ?? []) {
        const error = await failureOf(account, target, transition);
        remember(account, alarm, {
            timeMs: account.ambient.clock.nowMs(),
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
            contributor,
        });
    }
}

/** Executes an action. @returns the error in AWS's words, if it failed */
async function failureOf(
    { ambient, actions }: Account,
    target: string,
    transition: Transition,
): Promise<string | undefined> {
    const source = (service: string) => ({ service, title: "CloudWatch Alarms", sourceArn: transition.alarm.arn });
    const service = target.split(":")[2];
    try {
        if (service === "sns") {
            await actions.publishAs(source("cloudwatch.amazonaws.com"), target, notification(ambient, transition));
        } else if (service === "lambda") {
            await actions.invokeAs(
                source("lambda.alarms.cloudwatch.amazonaws.com"),
                target,
                lambdaEvent(ambient, transition),
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
