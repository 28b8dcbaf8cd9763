/**
 * What follows when an alarm changes its state: a line in its history, and its actions with a line each.
 */
import { AwsError, keepNewest } from "../service";
import { type Alarm, type AlarmState, type Contributor, type HistoryItem, type Transition } from "./alarm";
import { lambdaEvent, notification } from "./alarmMessages";
import { type StateValue } from "./alarmState";
import { type Account } from "./state";

/** AWS keeps 30 days; this many items are more than a month of quiet alarms. */
const historyItemsMax = 20_000;

export function remember({ alarms: { history } }: Account, item: HistoryItem): void {
    keepNewest(history, [item], historyItemsMax);
}

/** Sets an alarm's state; actions follow if it is another one than before. */
export async function changeState(account: Account, alarm: Alarm, state: AlarmState): Promise<void> {
    const before = alarm.state;
    if (before.value === state.value) {
        alarm.state = state;
        return;
    }
    recordChange(account, alarm, state);
    await act(account, { alarm, before, state });
}

/** A grouped alarm's own change: the actions are its contributors'. */
export function recordChange(account: Account, alarm: Alarm, state: AlarmState): void {
    const { name: alarmName, state: before } = alarm;
    const { timeMs, reason } = state;
    alarm.state = state;
    remember(account, {
        alarmName,
        timeMs,
        type: "StateUpdate",
        summary: `Alarm updated from ${before.value} to ${state.value}`,
        data: { version: "1.0", oldState: historyState(before), newState: historyState(state) },
    });
    account.alarms.changes.push({ alarmName, from: before.value, to: state.value, reason, timeMs });
}

/** A contributor has changed its state from another one: history and actions. */
export async function changeContributor(
    account: Account,
    alarm: Alarm,
    contributor: Contributor,
    from: StateValue,
): Promise<void> {
    const { state } = contributor;
    remember(account, {
        alarmName: alarm.name,
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
        remember(account, {
            alarmName: alarm.name,
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
