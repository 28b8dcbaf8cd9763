/**
 * Alarms: put, set, switched and deleted.
 */
import { stateValues } from "../../capacity/cloudwatch/compositeRule";
import { operation } from "../wire/operation";
import { listOf, oneOf, required, text } from "../wire/shape";
import { type Alarm, alarmMembers, compositeMembers, type MetricAlarm } from "./alarm";
import { changeState, judgeComposite } from "./alarmChanges";
import { alarmCore, deleteAlarm, putAlarm } from "./alarmEvaluation";
import { validateAlarm, validateComposite } from "./alarmInput";
import { notFound, validationError } from "./errors";
import { type Account, alarmOf, parentsOf } from "./state";

export const putMetricAlarm = operation(alarmMembers, (account: Account, input, nowMs) => {
    const queries = validateAlarm(account, input, nowMs);
    const existing = account.alarms.byName.get(input.AlarmName) as MetricAlarm | undefined;
    const contributors = existing?.contributors ?? new Map();
    const core = alarmCore(account, input, nowMs);
    putAlarm(
        account,
        { ...core, type: "MetricAlarm", input, queries, contributors, evaluationState: undefined },
        nowMs,
    );
});

/** It is judged at once, as in AWS; after that only when an alarm of its rule changes. */
export const putCompositeAlarm = operation(compositeMembers, async (account: Account, input, nowMs) => {
    const rule = validateComposite(account, input);
    const alarm = { ...alarmCore(account, input, nowMs), type: "CompositeAlarm", input, rule } as const;
    const isNew = putAlarm(account, alarm, nowMs);
    await judgeComposite(account, alarm, isNew ? "created" : "updated");
});

const alarmName = text(1, 255);
const alarmNames = listOf(alarmName, 0, 100);

/** What has a name that is right is deleted, also where another name is wrong. */
export const deleteAlarms = operation(
    { AlarmNames: required(alarmNames) },
    (account: Account, { AlarmNames }, nowMs) => {
        const names = [...new Set(AlarmNames)];
        const found = names.flatMap((name) => account.alarms.byName.get(name) ?? []);
        checkDeletable(account, found);
        for (const alarm of found) deleteAlarm(account, alarm, nowMs);
        const missing = names.filter((name) => found.every((alarm) => alarm.name !== name));
        if (missing.length > 0) throw notFound(`Unknown: Alarm ${missing.join(", ")} does not exist.`);
    },
);

/** Nobody is left who names one of them, and no two of them are composite. */
function checkDeletable(account: Account, alarms: readonly Alarm[]): void {
    const composites = alarms.filter(({ type }) => type === "CompositeAlarm").map(({ name }) => name);
    if (composites.length > 1)
        throw validationError(`A call deletes one composite alarm at most, not ${composites.join(", ")}.`);
    const needed = alarms.filter((alarm) => parentsOf(account, alarm.name).some((parent) => !alarms.includes(parent)));
    if (needed.length === 0) return;
    const names = needed.map(({ name }) => name).join(",");
    const them = needed.length === 1 ? "it" : "them";
    throw validationError(`Cannot delete ${names} as there are composite alarm(s) depending on ${them}.`);
}

/** A metric alarm returns to its own state at the next evaluation, a composite one when an alarm of its rule changes. */
export const setAlarmState = operation(
    {
        AlarmName: required(alarmName),
        StateValue: required(oneOf(...stateValues)),
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
