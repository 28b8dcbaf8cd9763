/**
 * What the local CloudWatch knows: one account's alarms with their history, its dashboards, and the tags of both. Metrics are in the store.
 */
import { type StateValue } from "../../capacity/cloudwatch/compositeRule";
import { type Timer } from "../clock";
import { type ActingService, type Ambient, arnOf } from "../service";
import { type Tags } from "../wire/tags";
import { type Alarm, type CompositeAlarm, type HistoryItem, type MetricAlarm } from "./alarm";
import { notFound } from "./errors";
import { type MetricStore } from "./store";

export interface Account extends Global {
    readonly ambient: Ambient;
    readonly store: MetricStore;
    readonly actions: AlarmActions;
    readonly alarms: Alarms;
}

/** What all regions of an account share: dashboards belong to none. */
export interface Global {
    readonly dashboards: Map<string, Dashboard>;
    /** The tags of each alarm and dashboard, by ARN. */
    readonly tags: Map<string, Tags>;
}

/** What an alarm acts with. Each rejects with an AwsError if the action fails; the failure goes to the alarm's history. */
export interface AlarmActions {
    publishAs(source: ActingService, topicArn: string, message: { subject: string; message: string }): Promise<void>;
    invokeAs(source: ActingService, functionArn: string, event: unknown): Promise<void>;
}

export interface Alarms {
    readonly byName: Map<string, Alarm>;
    readonly history: HistoryItem[];
    /** The newest 10,000 changes of state, oldest first. */
    readonly changes: AlarmChange[];
    /** The next evaluation, while there is an alarm. */
    timer: Timer | undefined;
    evaluatedMs: number;
}

/** A change of an alarm's state, for whoever watches the sandbox. */
export interface AlarmChange {
    readonly alarmName: string;
    readonly from: StateValue;
    readonly to: StateValue;
    readonly reason: string;
    readonly timeMs: number;
}

export interface Dashboard {
    readonly body: string;
    readonly modifiedMs: number;
}

export function newGlobal(): Global {
    return { dashboards: new Map(), tags: new Map() };
}

export function newAccount(ambient: Ambient, store: MetricStore, actions: AlarmActions, global: Global): Account {
    const alarms: Alarms = { byName: new Map(), history: [], changes: [], timer: undefined, evaluatedMs: -Infinity };
    return { ambient, store, actions, alarms, ...global };
}

/** @throws AwsError (ResourceNotFound) */
export function alarmOf({ alarms }: Account, name: string): Alarm {
    const alarm = alarms.byName.get(name);
    if (!alarm) throw notFound(`Unknown: Alarm ${name} does not exist.`);
    return alarm;
}

/** The alarms of a kind, in the order in which they were first put. */
export function alarmsOfType(account: Account, type: "MetricAlarm"): MetricAlarm[];
export function alarmsOfType(account: Account, type: "CompositeAlarm"): CompositeAlarm[];
export function alarmsOfType({ alarms }: Account, type: Alarm["type"]): Alarm[] {
    return [...alarms.byName.values()].filter((alarm) => alarm.type === type);
}

/** The composite alarms whose rules name an alarm. */
export function parentsOf(account: Account, name: string): CompositeAlarm[] {
    return alarmsOfType(account, "CompositeAlarm").filter(({ rule }) => rule.children.includes(name));
}

/** @throws AwsError (ResourceNotFound) */
export function dashboardOf({ dashboards }: Account, name: string): Dashboard {
    const dashboard = dashboards.get(name);
    if (!dashboard) throw notFound(`Dashboard ${name} does not exist`);
    return dashboard;
}

export const alarmArn = (ambient: Ambient, name: string): string => arnOf(ambient, "cloudwatch", `alarm:${name}`);
export const dashboardArn = (ambient: Ambient, name: string): string =>
    arnOf(ambient, "cloudwatch", `dashboard/${name}`);
