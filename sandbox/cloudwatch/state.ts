/**
 * What the local CloudWatch knows: one account's alarms with their history, its dashboards, and the tags of both. Metrics are in the store.
 */
import { type Timer } from "../clock";
import { type Ambient, AwsError } from "../service";
import { type Alarm, type HistoryItem } from "./alarm";
import { type StateValue } from "./alarmState";
import { type MetricStore } from "./store";

export interface Account {
    readonly ambient: Ambient;
    readonly store: MetricStore;
    readonly actions: AlarmActions;
    readonly alarms: Alarms;
    readonly dashboards: Map<string, Dashboard>;
    /** The tags of each alarm and dashboard, by ARN. */
    readonly tags: Map<string, Map<string, string>>;
}

/** What an alarm acts with. Each rejects with an AwsError if the action fails; the failure goes to the alarm's history. */
export interface AlarmActions {
    publish(topicArn: string, message: { subject: string; message: string }, alarmArn: string): Promise<void>;
    invokeFunction(functionArn: string, event: unknown, alarmArn: string): Promise<void>;
}

export interface Alarms {
    readonly byName: Map<string, Alarm>;
    readonly history: HistoryItem[];
    /** Every change of state since the start, oldest first. */
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

export function newAccount(ambient: Ambient, store: MetricStore, actions: AlarmActions): Account {
    const alarms: Alarms = { byName: new Map(), history: [], changes: [], timer: undefined, evaluatedMs: -Infinity };
    return { ambient, store, actions, alarms, dashboards: new Map(), tags: new Map() };
}

/** @throws AwsError (ResourceNotFound) */
export function alarmOf({ alarms }: Account, name: string): Alarm {
    const alarm = alarms.byName.get(name);
    if (!alarm) throw new AwsError("ResourceNotFound", `Unknown: Alarm ${name} does not exist.`, 404);
    return alarm;
}

/** @throws AwsError (ResourceNotFound) */
export function dashboardOf({ dashboards }: Account, name: string): Dashboard {
    const dashboard = dashboards.get(name);
    if (!dashboard) throw new AwsError("ResourceNotFound", `Dashboard ${name} does not exist`, 404);
    return dashboard;
}

/** The tags that come with something new. */
export function tagMap(
    tags: readonly { readonly Key: string; readonly Value: string }[] | undefined,
): Map<string, string> {
    return new Map((tags ?? []).map(({ Key, Value }) => [Key, Value]));
}

export function alarmArn({ partition, region, accountId }: Ambient, name: string): string {
    return `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:${name}`;
}

/** Dashboards belong to no region. */
export function dashboardArn({ partition, accountId }: Ambient, name: string): string {
    return `arn:${partition}:cloudwatch::${accountId}:dashboard/${name}`;
}
